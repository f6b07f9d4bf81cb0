"""``trace``: the store gets all that the pages show, from the models as they are now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from sphinx_visualtorch.cli.docs import (
    bar,
    counted,
    docs_params,
    pages_of,
    places,
    surveyed,
    tell,
)
from sphinx_visualtorch.cli.ends import End
from sphinx_visualtorch.cli.models import note
from sphinx_visualtorch.cli.params import Listed, Sectioned

if TYPE_CHECKING:
    from sphinx_visualtorch.sphinx_ext.project.filling import Filled
    from sphinx_visualtorch.sphinx_ext.project.reading import Pages
    from sphinx_visualtorch.sphinx_ext.project.survey import Known

__all__ = ["trace"]


class _Tracing:
    """One run of the command, and what has come of it."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._given = given
        self._tried: set[object] = set()
        self.failed: Counter[str] = Counter()

    def wanted(
        self, found: Sequence[Known], beside: Mapping[Any, list[Known]] | None = None
    ) -> dict[Any, list[Known]]:
        """Return what is to be made, each with all its places.

        So is all that is on the pages of what is made *beside* it: a listing in the store has no
        say in what is run.
        """
        wanted: dict[Any, list[Known]] = {}
        pages = {known.docname for places in (beside or {}).values() for known in places}
        for known in found:
            asked = self._given["everything"] or known.state != "fresh" or known.docname in pages
            if asked and known.about not in self._tried:
                wanted.setdefault(known.about, []).append(known)
        return wanted

    def take(self, label: str, wanted: Mapping[Any, list[Known]], filled: Iterable[Filled]) -> int:
        """Say what comes of each that is wanted, below the bar of progress where there is one.

        Return how many are made.

        :raises VisualTorchError: if it is torch that is missing: all others would fail alike.
        """
        made = 0
        below: list[str] = []
        with bar(label, quiet=self._given["quiet"]) as shown_by:
            shown_by.begin(len(wanted))
            for one in filled:
                if one.error is not None and one.error.stage == "torch":
                    raise one.error
                self._tried.add(one.about)
                if one.error is None:
                    made += 1
                else:
                    self.failed[one.error.stage] += 1
                shown_by.step(len(wanted), str(one.about))
                lines = [*self._lines(one, wanted[one.about])]
                if shown_by.shown:
                    below += lines
                else:
                    tell(lines)
        tell(below)
        return made

    def _lines(self, one: Filled, shown: Sequence[Known]) -> Iterator[str]:
        if self._given["verbose"] and one.log.strip():
            yield one.log.rstrip()
        if one.error is not None:
            yield f"{places(shown)}: {one.error}"
        elif not self._given["quiet"]:
            guessed = f", runs on {one.inputs}" if one.inputs else ""
            done = f"{one.seconds:.1f} s" if one.seconds else "listed"
            yield f"{one.about}: {done}{guessed}"


def _trace(**given: Any) -> None:
    run = _Tracing(given)
    told = None
    while told is None:
        with pages_of(given) as pages:
            told = _fill(run, pages)
            problems = pages.problems
    tell(problems)
    note(told, quiet=given["quiet"])
    if run.failed["store"]:
        click.get_current_context().exit(End.PLACE)
    if run.failed or problems:
        click.get_current_context().exit(End.FOUND if run.failed else End.DOCS)


def _fill(run: _Tracing, pages: Pages) -> str | None:
    """List and trace what *pages* want; say what was done, or None if they are to be read again."""
    from sphinx_visualtorch.sphinx_ext.project.filling import filling

    found = surveyed(pages)
    with filling(pages.app, found.store) as filler:
        listings = run.wanted(found.listings, beside=run.wanted(found.figures))
        listed = run.take("listing models", listings, filler.listings([*listings]))
        # pages may have to be written for what was found just now
        if listed and pages.app.config.visualtorch_galleries:
            return None
        found = surveyed(pages) if listed else found
        figures = run.wanted(found.figures)
        fresh = {known.path for known in found.figures if known.about not in figures}
        traced = run.take("tracing models", figures, filler.graphs([*figures]))
    told = [f"{counted(traced, 'graph')} made", f"{len(fresh)} fresh"]
    failed = sum(run.failed.values())
    return ", ".join([*told, *([f"{failed} failed"] if failed else [])])


_HELP = """Fill the store of a docs project with what its pages show, and refresh what has changed.

SRCDIR has the pages. They are read, and conf.py is run; each model is run once, in a process of its
own. Graphs that are as their models are stay as they are. Commit what this has written.
"""

trace = Listed(
    "trace",
    callback=_trace,
    help=_HELP,
    short_help="Fill and refresh the store of a docs project.",
    params=[
        *docs_params(),
        Sectioned(
            ["-a", "--all", "everything"],
            is_flag=True,
            help="Trace everything again, whether or not it has changed.",
            section="Tracing",
        ),
    ],
)
