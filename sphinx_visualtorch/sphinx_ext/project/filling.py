"""Filling the store outside of a build: galleries are listed, and models traced, by one worker."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sphinx_visualtorch.errors import StoreError
from sphinx_visualtorch.gallery.kept import Listings
from sphinx_visualtorch.sphinx_ext.config import limits
from sphinx_visualtorch.store import Store
from sphinx_visualtorch.tracing.client import Crew, Found, Traced, list_all, trace_all

if TYPE_CHECKING:
    from sphinx.application import Sphinx

    from sphinx_visualtorch.errors import VisualTorchError
    from sphinx_visualtorch.listing import Catalogue
    from sphinx_visualtorch.reference import Reference

__all__ = ["Filled", "Filling", "filling"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What came of one model, or of one gallery's listing.

    A listing's *seconds* are not counted.  *inputs* says where a model's come from if its author
    did not, *log* is what was printed.
    """

    about: Reference | Catalogue
    seconds: float = 0.0
    error: VisualTorchError | None = None
    inputs: str = ""
    log: str = ""


class Filling:
    """One worker, and the store that gets what it makes."""

    def __init__(self, app: Sphinx, directory: Path) -> None:
        self._store = Store(directory)
        self._limits = limits(app.config)
        self._crew = Crew(app.confdir)

    def end(self) -> None:
        """End the worker, if there is one."""
        self._crew.end()

    def listings(self, items: Sequence[Catalogue]) -> Iterator[Filled]:
        """List each of *items* and keep what was found."""
        for found in list_all(items, **self._limits, crew=self._crew):
            error = found.error or self._kept(found)
            yield Filled(about=found.catalogue, error=error, log=found.log)

    def graphs(self, references: Sequence[Reference]) -> Iterator[Filled]:
        """Trace each of *references* and keep the graphs; the worker has ended then."""
        for answer in trace_all(references, **self._limits, crew=self._crew):
            yield Filled(
                about=answer.reference,
                seconds=answer.seconds,
                error=self._kept(answer) if isinstance(answer, Traced) else answer.error,
                inputs=answer.inputs if isinstance(answer, Traced) else "",
                log=answer.log,
            )

    def _kept(self, answer: Traced | Found) -> StoreError | None:
        """Write down what was made; return why not, if that is not possible."""
        try:
            if isinstance(answer, Traced):
                self._store.save(answer.reference, answer.graph, answer.made)
            else:
                Listings(self._store).save(answer.catalogue, answer.listing, answer.made)
        except StoreError as error:
            return error
        return None


@contextmanager
def filling(app: Sphinx, directory: Path) -> Iterator[Filling]:
    """Have a worker for the store in *directory*, with the limits of the application."""
    made = Filling(app, directory)
    try:
        yield made
    finally:
        made.end()
