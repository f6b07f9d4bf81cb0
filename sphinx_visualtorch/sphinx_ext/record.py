"""What the environment keeps: which document shows which figure, and what came of it.

A record is plain data, pickled with the environment, purged and merged with its documents.  Its
*shelf* is not: that belongs to one build.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sphinx_visualtorch import __version__
from sphinx_visualtorch.errors import ReportedError
from sphinx_visualtorch.options import STYLES, Font, StyleOptions, options_digest
from sphinx_visualtorch.paint.pdf import can_paint
from sphinx_visualtorch.reference import Reference
from sphinx_visualtorch.sphinx_ext.config import Mode, store_name, trace_mode
from sphinx_visualtorch.sphinx_ext.exhibits import GALLERY_CLASSES, Galleries
from sphinx_visualtorch.sphinx_ext.log import inform
from sphinx_visualtorch.store import Missing, Pictures, Seen, Store, reference_digest

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

    from sphinx_visualtorch.graph import ArchitectureGraph
    from sphinx_visualtorch.listing import Catalogue
    from sphinx_visualtorch.pipeline import Figure
    from sphinx_visualtorch.sphinx_ext.catalogues import Found
    from sphinx_visualtorch.tracing.client import Crew

__all__ = ["Form", "Outcome", "Record", "Request", "Shelf", "Use", "env_version", "record_of"]

Form = Literal["inline", "svg", "pdf", "png", "words", "lines", "nothing"]
"""What a builder makes of a figure.

Without pictures that is words, with a table of layers, in "lines" where there are only letters;
with "nothing" it has no use for one at all.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a directive asks for.

    *naming* are the options in it that name layers: those of a whole project suit not every model.
    """

    reference: Reference
    style: str
    options: StyleOptions
    naming: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """16 hexadecimal digits that are equal for equal requests."""
        options = options_digest(self.options)
        parts = (reference_digest(self.reference), self.style, options, *self.naming)
        return hashlib.sha256(" ".join(parts).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One figure in a document: the request's key, and where a warning would point to.

    *gallery* is the key of the gallery that it is a thumbnail of.
    """

    key: str
    location: str | None
    gallery: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a reference: a graph, or a stage that failed.

    digest
        That of the graph, of a partial one if a stage failed.
    seen
        Where it stands in the store; None where it could not be kept.
    sources
        The project's source files that it was made of, absolute.
    """

    digest: str = ""
    seen: Seen | None = None
    sources: tuple[str, ...] = ()
    stage: str = ""
    message: str = ""

    @property
    def error(self) -> ReportedError | None:
        """The failure, if it was one."""
        return ReportedError(self.stage, self.message) if self.stage else None


@dataclass(slots=True, kw_only=True)
class Shelf:
    """What one build takes graphs and pictures from; *crew* is a worker that waits for work.

    *mode* says when models are traced.  *figures* holds by the keys of requests what was laid out
    while the worker was busy; *partial* holds by the digests of references how far a model came
    that failed.  Such a graph is shown by this build and kept nowhere.  *lacks_pdf* says that PNG
    has to do for want of a library.  *listings* holds what was listed; *pages* by index document
    the documents that were written for single models, by digest of reference and by target.
    """

    store: Store
    pictures: Pictures
    form: Form
    mode: Mode = "auto"
    graphs: dict[str, ArchitectureGraph] = field(default_factory=dict)
    crew: Crew | None = None
    figures: dict[str, Figure] = field(default_factory=dict)
    partial: dict[str, ArchitectureGraph] = field(default_factory=dict)
    lacks_pdf: bool = False
    listings: dict[Catalogue, Found] = field(default_factory=dict)
    pages: dict[str, dict[str, str]] = field(default_factory=dict)

    def graph(self, reference: Reference) -> ArchitectureGraph | None:
        """Return the graph of *reference*, if there is one."""
        digest = reference_digest(reference)
        if digest not in self.graphs:
            found = self.store.load(reference)
            if isinstance(found, Missing):
                return None
            self.graphs[digest] = found.graph
        return self.graphs[digest]


class Record:
    """The figures of all documents.

    requests
        By key.
    uses
        By document, in the order of the page.
    outcomes
        By the digest of the reference.
    noted
        By document, the source files that Sphinx knows it to depend on.
    shown
        By builder and document, a digest of what the page shows.
    suits
        By key and digest of the graph, whether the graph has the modules that the options name.
    missed
        By the same, what is to be said of other names that nothing in the graph has.
    galleries
        Those of all documents; their thumbnails are figures like others.
    """

    def __init__(self) -> None:
        self.requests: dict[str, Request] = {}
        self.uses: dict[str, tuple[Use, ...]] = {}
        self.outcomes: dict[str, Outcome] = {}
        self.noted: dict[str, set[str]] = {}
        self.shown: dict[str, dict[str, str]] = {}
        self.suits: dict[str, bool] = {}
        self.missed: dict[str, list[str]] = {}
        self.galleries = Galleries()
        self.shelf: Shelf | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "shelf": None}

    def note(self, docname: str, request: Request, location: str | None) -> str:
        """Remember that a document asks for a figure; return the request's key."""
        key = request.key
        self.requests[key] = request
        self.uses[docname] = (*self.uses.get(docname, ()), Use(key=key, location=location))
        return key

    def hang(self, thumbnails: Iterable[tuple[str, Request, Use]]) -> None:
        """Take these thumbnails, each with document, request and use, for those of before."""
        self.uses = {
            docname: tuple(use for use in uses if not use.gallery)
            for docname, uses in self.uses.items()
        }
        for docname, request, use in thumbnails:
            self.requests[use.key] = request
            self.uses[docname] = (*self.uses.get(docname, ()), use)

    def purge(self, docname: str) -> None:
        """Forget a document that is read again, or that is gone."""
        self.galleries.purge(docname)
        self.uses.pop(docname, None)
        self.noted.pop(docname, None)

    def merge(self, docnames: Iterable[str], other: Record) -> None:
        """Take over the documents that another process has read."""
        self.galleries.merge(docnames, other.galleries)
        for docname in docnames:
            if docname in other.uses:
                self.uses[docname] = other.uses[docname]
                for use in other.uses[docname]:
                    self.requests[use.key] = other.requests[use.key]

    def unnoted(self, docname: str, outcome: Outcome) -> set[str]:
        """Return the source files that Sphinx is yet to be told of, once."""
        known = self.noted.setdefault(docname, set())
        new = set(outcome.sources) - known
        known |= new
        return new

    def tidy(self) -> None:
        """Drop what no document asks for any more."""
        self.galleries.tidy()
        keys = {use.key for uses in self.uses.values() for use in uses}
        self.requests = {key: self.requests[key] for key in sorted(keys)}
        self.suits = {at: suits for at, suits in self.suits.items() if at.split()[0] in keys}
        self.missed = {at: said for at, said in self.missed.items() if at.split()[0] in keys}
        digests = set(self.references())
        kept = {key: value for key, value in self.outcomes.items() if key in digests}
        self.outcomes = kept
        for shown in self.shown.values():
            for docname in shown.keys() - self.uses.keys():
                del shown[docname]

    def references(self) -> dict[str, Reference]:
        """Return all references that documents ask for, by digest."""
        found = (request.reference for request in self.requests.values())
        return {reference_digest(reference): reference for reference in found}

    def digest(self, key: str) -> str:
        """Return the digest of what the request with this key refers to."""
        return reference_digest(self.requests[key].reference)

    def outcome(self, key: str) -> Outcome | None:
        """Return what came of the request with this key, if it was looked up."""
        return self.outcomes.get(self.digest(key)) if key in self.requests else None

    def figures(self) -> Iterator[tuple[str, Use, Outcome]]:
        """Yield document, use and outcome of each figure whose reference was looked up."""
        for docname in sorted(self.uses):
            for use in self.uses[docname]:
                outcome = self.outcome(use.key)
                if outcome is not None:
                    yield docname, use, outcome


def env_version() -> int:
    """Return a number that is another one when an old record would be read wrongly.

    Sphinx then reads all documents again, also when a new release has other defaults.
    """
    kept = (Request, Use, Outcome, Seen, Reference, Font, *GALLERY_CLASSES, *STYLES.values())
    forms = [
        # a default that is missing has an address in its repr
        (entry.name, "" if entry.default is MISSING else repr(entry.default))
        for cls in kept
        for entry in fields(cls)
    ]
    text = repr((__version__, sorted(vars(Record())), sorted(vars(Galleries())), forms))
    return int(hashlib.sha256(text.encode()).hexdigest()[:12], 16)


def record_of(env: BuildEnvironment) -> Record:
    """Return the record of an environment, a new one if it has none."""
    found = getattr(env, "visualtorch", None)
    if not isinstance(found, Record):
        found = Record()
        env.visualtorch = found  # type: ignore[attr-defined]
    return found


def open_shelf(app: Sphinx) -> None:
    """Say where this build takes its graphs and pictures from."""
    kept = Path(app.doctreedir) / "visualtorch"
    name = store_name(app.config)
    directory = kept / "graphs" if name is None else Path(app.confdir) / name
    shelf = Shelf(
        store=Store(directory),
        pictures=Pictures(kept / "pictures"),
        form=_form(app),
        mode=trace_mode(app.config),
    )
    if shelf.form == "pdf" and not can_paint():
        shelf.form, shelf.lacks_pdf = "png", True
    record_of(app.env).shelf = shelf


def _form(app: Sphinx) -> Form:
    builder = app.builder
    types = builder.supported_image_types
    if builder.format == "html" and builder.name != "epub":
        return "inline"
    if "image/svg+xml" in types:
        return "svg"
    if "application/pdf" in types:
        return "pdf"
    if "image/png" in types:
        return "png"
    if builder.format in ("text", "man"):
        return "lines"
    # gettext, dummy, linkcheck, doctest and the like write no pages
    return "words" if builder.format else "nothing"


def tell_of_pdf(_app: Sphinx, env: BuildEnvironment) -> None:
    """Say once per build why figures are not as sharp in print as they might be."""
    record = record_of(env)
    if record.uses and record.shelf is not None and record.shelf.lacks_pdf:
        inform("figures are PNG; the extra 'sphinx-visualtorch[pdf]' makes them vectors")


def purge(_app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """Answer Sphinx's event of the same name."""
    record_of(env).purge(docname)


def merge(
    _app: Sphinx, env: BuildEnvironment, docnames: list[str], other: BuildEnvironment
) -> None:
    """Answer Sphinx's event of the same name."""
    record_of(env).merge(docnames, record_of(other))
