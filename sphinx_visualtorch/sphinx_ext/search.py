"""One look through the store for all models of a build, and one batch for the worker."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

from sphinx.util.display import status_iterator

from sphinx_visualtorch.errors import (
    MissingError,
    NewerStoreError,
    StaleError,
    StoreError,
    TorchMissingError,
    UnlistedError,
    several,
)
from sphinx_visualtorch.sphinx_ext.config import NEVER, limits
from sphinx_visualtorch.sphinx_ext.log import debug, inform, tell, warn
from sphinx_visualtorch.sphinx_ext.record import Outcome, Record
from sphinx_visualtorch.store import Entry, reference_digest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sphinx.application import Sphinx

    from sphinx_visualtorch.reference import Reference
    from sphinx_visualtorch.sphinx_ext.shelf import Shelf
    from sphinx_visualtorch.tracing.client import Answer, Failed, Traced

__all__ = ["Search"]

_NONE = Outcome()


class Search:
    """Gives each reference of the record an outcome.

    *doubts* says by digest of reference why a graph that is shown may be out of date.
    """

    def __init__(self, app: Sphinx, shelf: Shelf, record: Record) -> None:
        self._app = app
        self._shelf = shelf
        self._record = record
        self._unwritable: list[StoreError] = []
        self._refused: dict[Reference, str] = {}
        self._guesses: list[str] = []
        self.doubts: dict[str, StaleError] = {}

    def run(self) -> None:
        """Give each reference of the record an outcome."""
        models = self._record.models()
        always = self._shelf.mode == "always"
        doubtful = [
            digest for digest, model in models.items() if always or not self._confirm(digest, model)
        ]
        # a build in which nothing has changed makes no reference
        found = self._record.references() if doubtful else {}
        missing = [
            found[digest] for digest in doubtful if always or not self._take_stored(found[digest])
        ]
        if self._shelf.mode == "never":
            for item in missing:
                self._settle_untraced(item, NEVER)
        elif missing:
            self._trace(sorted(self._proved(missing), key=repr))
        # not before the bar of progress has come to its end
        for guess in self._guesses:
            inform(guess)
        for reason in self._refused.values():
            warn(StoreError(reason))
        told = self._shelf.told_unwritable
        for error in [
            error for error in self._unwritable if not told or isinstance(error, NewerStoreError)
        ][:1]:
            warn(error)

    def _confirm(self, digest: str, model: str) -> bool:
        """Say whether all is as it was when the graph was last taken from the store."""
        started = time.perf_counter()
        before = self._record.outcomes.get(digest, _NONE)
        fresh = before.seen is not None and self._shelf.store.confirms(before.seen)
        if fresh:
            tell(f"{model} from the store, {_milliseconds(time.perf_counter() - started)}")
        return fresh

    def _take_stored(self, reference: Reference) -> bool:
        started = time.perf_counter()
        found = self._shelf.store.load(reference)
        if isinstance(found, Entry) and found.fresh:
            self._take_entry(found)
            tell(f"{reference} from the store, {_milliseconds(time.perf_counter() - started)}")
            return True
        if self._shelf.mode == "never":
            return False  # a warning will tell
        if isinstance(found, Entry):
            tell(f"{reference} is traced again, changed: {several(found.changed)}")
        elif found.reason:
            tell(f"{reference} is traced again: {found.reason}")
            if not found.outdated:
                self._refused[reference] = found.reason
        return False

    def _take_entry(self, entry: Entry) -> None:
        digest = reference_digest(entry.reference)
        self._shelf.graphs[digest] = entry.graph
        sources = tuple(str(self._shelf.store.source(name)) for name, _ in entry.seen.sources)
        outcome = Outcome(digest=entry.graph.digest, seen=entry.seen, sources=sources)
        self._record.outcomes[digest] = outcome

    def _proved(self, references: list[Reference]) -> list[Reference]:
        """Return those that pages name, or galleries as they are now."""
        if not self._shelf.listings:
            return references
        from sphinx_visualtorch.sphinx_ext.galleries.catalogues import unproved

        refused = unproved(self._app, self._shelf, {one.target for one in references})
        for one in references:
            if one.target in refused:
                error = UnlistedError(str(one))
                outcome = Outcome(stage=error.stage, message=str(error))
                self._record.outcomes[reference_digest(one)] = outcome
        return [one for one in references if one.target not in refused]

    def _trace(self, references: list[Reference]) -> None:
        # builds that trace nothing never load the process handling
        from sphinx_visualtorch.tracing.client import Crew, Failed, trace_all

        answers: Iterable[Answer] = status_iterator(
            trace_all(
                references,
                **limits(self._app.config),
                crew=self._shelf.crew or Crew(self._app.confdir),
            ),
            "tracing models... ",
            "green",
            len(references),
            self._app.verbosity,
            stringify_func=lambda answer: str(answer.reference),
        )
        for answer in answers:
            if answer.log:
                debug(f"{answer.reference} printed:\n{answer.log}")
            if isinstance(answer, Failed):
                self._settle_failed(answer)
            else:
                self._settle_traced(answer)

    def _settle_traced(self, answer: Traced) -> None:
        tell(f"{answer.reference} traced, {_milliseconds(answer.seconds)}")
        if answer.inputs:
            self._guesses.append(f"{answer.reference} runs on {answer.inputs}")
        digest = reference_digest(answer.reference)
        self._shelf.graphs[digest] = answer.graph
        outcome = Outcome(digest=answer.graph.digest, sources=tuple(answer.made.sources))
        self._record.outcomes[digest] = outcome
        self._lay_out(digest, answer)
        try:
            self._shelf.store.save(answer.reference, answer.graph, answer.made)
        except StoreError as error:
            refused = self._refused.get(answer.reference)
            if refused is None:
                self._unwritable.append(error)
            elif not isinstance(error, NewerStoreError):
                # of a newer file that was refused it need not be said that it stays
                self._refused[answer.reference] = f"{refused}; {error}"
        else:
            # so that the next build need not parse what this one has just written
            seen = self._shelf.store.saved(answer.reference)
            self._record.outcomes[digest] = outcome._replace(seen=seen)

    def _lay_out(self, digest: str, answer: Traced) -> None:
        """Lay out the new figures now, while the worker is busy with the next model."""
        if self._shelf.form in ("words", "lines"):
            return
        from sphinx_visualtorch import pipeline

        for request in self._record.requests.values():
            if reference_digest(request.reference) == digest:
                figure = pipeline.figure(answer.graph, request.style, request.options)
                with suppress(Exception):  # where it cannot be drawn, the page will say so
                    _ = figure.scene
                self._shelf.figures[request.key] = figure

    def _settle_failed(self, answer: Failed) -> None:
        if isinstance(answer.error, TorchMissingError):
            self._settle_untraced(answer.reference, answer.error.why)
            return
        tell(f"{answer.reference} failed, {_milliseconds(answer.seconds)}")
        digest = reference_digest(answer.reference)
        failed = Outcome(stage=answer.error.stage, message=str(answer.error))
        if answer.partial is not None:
            self._shelf.partial[digest] = answer.partial
            failed = failed._replace(digest=answer.partial.digest)
        self._record.outcomes[digest] = failed

    def _settle_untraced(self, reference: Reference, why: str) -> None:
        """Show what the store has of a model that nothing can trace, which *why* explains."""
        digest = reference_digest(reference)
        self._refused.pop(reference, None)  # the figure's own warning says so
        found = self._shelf.store.load(reference)
        if isinstance(found, Entry):
            self._take_entry(found)
            self.doubts[digest] = StaleError(str(reference), found.changed, why)
            return
        error = MissingError(str(reference), why, found.reason)
        self._record.outcomes[digest] = Outcome(stage=error.stage, message=str(error))


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"
