"""``check``: whether the store has what the pages show, as it is now.  Nothing of a model runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import click

from sphinx_visualtorch.cli.docs import (
    docs_params,
    pages_of,
    places,
    surveyed,
    tell,
    traced_by,
)
from sphinx_visualtorch.cli.ends import End
from sphinx_visualtorch.cli.models import note
from sphinx_visualtorch.cli.params import Listed
from sphinx_visualtorch.errors import several
from sphinx_visualtorch.listing import Catalogue

if TYPE_CHECKING:
    from sphinx_visualtorch.reference import Reference
    from sphinx_visualtorch.sphinx_ext.project.survey import Known

__all__ = ["check", "unlike"]


def _by_file(found: Iterable[Known]) -> list[list[Known]]:
    """Return the places of each file together, in the order of the first ones."""
    together: dict[object, list[Known]] = {}
    for known in found:
        together.setdefault(known.path, []).append(known)
    return list(together.values())


def unlike(found: Iterable[Known]) -> Iterator[tuple[Known, str]]:
    """Yield what is not fresh, each once, and a line that says so."""
    for group in _by_file(found):
        known = group[0]
        if known.state == "fresh":
            continue
        changed = ", changed" if known.state == "stale" else ""
        reasons = f"{changed}: {several(known.reasons)}" if known.reasons else ""
        yield known, f"{places(group)}: {_named(known.about)} is {known.state}{reasons}"


def _named(about: Reference | Catalogue) -> str:
    """Return what a reader needs to find it in a page: two figures may differ in inputs only."""
    if isinstance(about, Catalogue):
        return f"the listing of {about}"
    sizes = ("×".join(map(str, shape)) or "scalar" for shape in about.input_shape)
    inputs = "; ".join(sizes) or about.inputs
    return f"{about} on {inputs}" if inputs else str(about)


def _check(**given: Any) -> None:
    with pages_of(given) as pages:
        found = surveyed(pages)
        lines = [line for _, line in unlike((*found.listings, *found.figures))]
        tell(pages.problems)
        for line in lines:
            click.echo(line)
        fresh = f"{len(found.files) - len(lines)} fresh"
        again = f"{len(lines)} to be made by: {traced_by(given)}"
        note(f"{fresh}, {again}" if lines else fresh, quiet=given["quiet"])
        if lines or pages.problems:
            click.get_current_context().exit(End.FOUND if lines else End.DOCS)


_HELP = """Say which figures of a docs project are older than their models, or not in the store.

SRCDIR has the pages. They are read, and conf.py is run; of the models nothing is, and no torch is
needed. The exit code is 1 if something is stale or missing.
"""

check = Listed(
    "check",
    callback=_check,
    help=_HELP,
    short_help="Say whether the store of a docs project is up to date.",
    params=docs_params(),
)
