"""From requests to graphs: when all documents are read, everything is looked up at once.

What the store does not have, or has of other sources, one worker traces in one batch.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import sphinx

from sphinx_visualtorch.errors import ReportedError
from sphinx_visualtorch.layout import LAYOUT_VERSION
from sphinx_visualtorch.paint import PAINTER_VERSION
from sphinx_visualtorch.sphinx_ext.log import warn
from sphinx_visualtorch.sphinx_ext.record import Outcome, Record, record_of
from sphinx_visualtorch.sphinx_ext.search import Search
from sphinx_visualtorch.sphinx_ext.sweep import forget_partial

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

    from sphinx_visualtorch.errors import VisualTorchError
    from sphinx_visualtorch.sphinx_ext.shelf import Shelf

__all__ = ["end_crew", "look_up", "start_ahead"]

_NONE = Outcome()


def start_ahead(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Start the worker before the documents are read, where it is sure to be needed.

    Importing torch takes longer than reading a small project, and both can go on at once.  It is
    sure only where the store is empty, or all is to be traced, and a document names the directive.
    """
    shelf = record_of(env).shelf
    if shelf is None or shelf.form == "nothing" or shelf.mode == "never" or shelf.crew:
        return
    if not docnames:
        return
    if shelf.mode == "auto" and not shelf.store.empty:
        return
    if any(_names_directive(Path(env.doc2path(docname))) for docname in docnames):
        from sphinx_visualtorch.tracing.client import Crew

        shelf.crew = Crew(app.confdir)
        shelf.crew.start()


def end_crew(app: Sphinx, _problem: Exception | None) -> None:
    """End a worker that was started for galleries in a build that has stopped since."""
    shelf: Shelf | None = record_of(app.env).shelf if hasattr(app, "env") else None
    if shelf is not None and shelf.crew is not None:
        shelf.crew.end()


_NAMES = (b"visualtorch::", b"{visualtorch}", b"visualtorch-gallery::", b"{visualtorch-gallery}")


def _names_directive(path: Path) -> bool:
    try:
        text = path.read_bytes()
    except OSError:
        return False
    return any(name in text for name in _NAMES)


def look_up(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Find the graph of each request; return the documents that show something else than before.

    Connected to ``env-updated``, which runs in the parent process, before the environment is kept.
    """
    record = record_of(env)
    shelf = record.shelf
    if shelf is None or shelf.form == "nothing":
        record.tidy()
        return []
    forget_partial(app, shelf.pictures)
    if record.has_galleries:
        # builds without galleries never load what they are made of
        from sphinx_visualtorch.sphinx_ext.galleries.selections import hang_thumbnails

        hang_thumbnails(app, record)
    record.tidy()
    search = Search(app, shelf, record)
    try:
        search.run()
    finally:
        if shelf.crew is not None:
            shelf.crew.end()
    findings = _findings(record, search.doubts)
    _tell_of_figures(env, record, findings)
    lines = [(docname, findings[key].line) for docname, keys in record.keys.items() for key in keys]
    if record.has_galleries:
        lines += _tell_of_galleries(env, record)
    return _changed(record, app.builder.name, lines)


class _Finding(NamedTuple):
    """What came of a request, wherever it is shown.

    line
        What a page shows, as far as it may differ from build to build.
    problem
        What is to be said of it, with each build.
    again
        Whether its pages have to be read with each build.
    missed
        What is to be said of names that nothing in the graph has.
    """

    sources: tuple[str, ...]
    line: str
    problem: VisualTorchError | None
    again: bool
    missed: list[str]

    @property
    def quiet(self) -> bool:
        """Whether there is nothing to say or to do."""
        return not (self.problem or self.again or self.missed)


def _findings(record: Record, doubts: Mapping[str, VisualTorchError]) -> dict[str, _Finding]:
    """Return what came of each request, by its key.

    A large site shows few models many times, so that this is found once for all places.
    """
    found = {}
    for key, asked in record.asked.items():
        outcome = record.outcomes.get(asked.digest, _NONE)
        error = outcome.error
        sound = error is None and asked.names
        found[key] = _Finding(
            sources=outcome.sources,
            line=f"{key} {outcome.digest} {outcome.stage} {outcome.message}",
            problem=error or doubts.get(asked.digest),
            again=error is not None or (sound and not _suits(record, key, outcome)),
            missed=_missed(record, key, outcome) if sound else [],
        )
    return found


def _tell_of_figures(
    env: BuildEnvironment, record: Record, findings: Mapping[str, _Finding]
) -> None:
    """Say what is wrong with figures, and have their pages read again when a source changes."""
    for docname, keys in sorted(record.keys.items()):
        sources = {path for key in keys for path in findings[key].sources}
        for path in record.unnoted(docname, sources):
            _note_dependency(env, docname, path)
        if all(findings[key].quiet for key in keys):
            continue
        for use in record.uses[docname]:
            found = findings[use.key]
            if found.problem is not None:
                warn(found.problem, use.location)
            if found.again:
                env.reread_always.add(docname)
            # what one model of a gallery does not have, another may
            for said in found.missed if not use.gallery else ():
                warn(ReportedError("option", said), use.location)


def _tell_of_galleries(env: BuildEnvironment, record: Record) -> Iterable[tuple[str, str]]:
    """Do the same for galleries; return what pages show of them besides their figures."""
    from sphinx_visualtorch.sphinx_ext.galleries.selections import check_galleries, gallery_lines

    for docname, selection in check_galleries(env, record):
        for path in record.unnoted(docname, selection.sources):
            _note_dependency(env, docname, path)
    return gallery_lines(record)


def _suits(record: Record, key: str, outcome: Outcome) -> bool:
    """Say whether a figure's options name only modules that its graph has.

    If not, its page says so when it is written, and has to be written with each build.
    """
    request = record.requests[key]
    if not request.options.names_modules:
        return True
    known = f"{key} {outcome.digest}"
    if known not in record.suits:
        # builds that have all pictures never load the layouts' line
        from sphinx_visualtorch import pipeline

        graph = record.shelf.graph(request.reference) if record.shelf else None
        if graph is None:
            return True
        record.suits[known] = pipeline.suits(graph, request.style, request.options)
    return record.suits[known]


def _missed(record: Record, key: str, outcome: Outcome) -> list[str]:
    """Return what is to be said, with each build, of names that nothing in a graph has."""
    request = record.requests[key]
    if not request.naming:
        return []
    known = f"{key} {outcome.digest}"
    if known not in record.missed:
        from sphinx_visualtorch import pipeline  # as above

        graph = record.shelf.graph(request.reference) if record.shelf else None
        if graph is None:
            return []
        record.missed[known] = pipeline.missed(graph, request.options, request.naming)
    return record.missed[known]


def _note_dependency(env: BuildEnvironment, docname: str, path: str) -> None:
    # a path that is gone would have the document read again for ever
    if not Path(path).is_file():
        return
    if sphinx.version_info >= (8, 2):
        env.note_dependency(path, docname=docname)
    else:
        env.dependencies[docname].add(path)  # type: ignore[arg-type]


def _changed(record: Record, builder: str, lines: Iterable[tuple[str, str]]) -> list[str]:
    """Return the documents whose figures are not those that this builder last wrote.

    *lines* tell what a document shows.  Each builder has a memory of its own: two of them may
    share an environment.
    """
    versions = f"{LAYOUT_VERSION}.{PAINTER_VERSION}"
    parts: dict[str, list[str]] = {}
    for docname, line in lines:
        parts.setdefault(docname, [versions]).append(line)
    shown = {
        docname: hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]
        for docname, lines in parts.items()
    }
    before = record.shown.get(builder, {})
    record.shown[builder] = shown
    return [docname for docname, digest in shown.items() if before.get(docname) != digest]
