"""What the environment keeps: which document shows which figure, and what came of it.

A record is plain data, pickled with the environment, purged and merged with its documents.  Its
*shelf* (:mod:`.shelf`) is not: that belongs to one build.

Each build reads the record, and most builds change little.  So what has many classes is packed,
there are plain texts for what is always looked at, and its own values are named tuples: a
dataclass takes ten times as long to be declared, and to come out of a pickle.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from sphinx_visualtorch import __version__
from sphinx_visualtorch.errors import ReportedError
from sphinx_visualtorch.store import Seen, reference_digest

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

    from sphinx_visualtorch.reference import Reference
    from sphinx_visualtorch.sphinx_ext.galleries.exhibits import Galleries
    from sphinx_visualtorch.sphinx_ext.request import Request
    from sphinx_visualtorch.sphinx_ext.shelf import Shelf

__all__ = ["Asked", "Outcome", "Record", "Use", "env_version", "merge", "purge", "record_of"]

_Value = TypeVar("_Value")


class Packed(Generic[_Value]):
    """A value that comes out of a pickle as bytes, and is made of them when it is asked for.

    Making it loads the modules that its classes are declared in, which is what takes the time.
    """

    __slots__ = ("_bytes", "_value")

    def __init__(self, value: _Value) -> None:
        self._value = value
        self._bytes: bytes | None = None

    @property
    def value(self) -> _Value:
        """The value; it may be changed."""
        if self._bytes is not None:
            self._value = pickle.loads(self._bytes)  # noqa: S301 - a part of Sphinx's own pickle
            self._bytes = None
        return self._value

    def __getstate__(self) -> bytes:
        return pickle.dumps(self._value) if self._bytes is None else self._bytes

    def __setstate__(self, state: Any) -> None:
        self._bytes = state


class Asked(NamedTuple):
    """What each build looks at of a request.

    digest, model
        The digest of its reference, and that in words.
    names
        Whether it names modules or layers, which a model may turn out not to have.
    """

    digest: str
    model: str
    names: bool


class Use(NamedTuple):
    """One figure in a document: the request's key, and where a warning would point to.

    *gallery* is the key of the gallery that it is a thumbnail of.
    """

    key: str
    location: str | None
    gallery: str = ""


class Outcome(NamedTuple):
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


class Record:
    """The figures of all documents.

    asked
        What is plain of each request, by its key.
    requests
        The requests themselves.
    keys
        By document, those of what it shows, in the order of the page.
    uses
        The same, with the places.
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
        self.asked: dict[str, Asked] = {}
        self._requests: Packed[dict[str, Request]] = Packed({})
        self.keys: dict[str, tuple[str, ...]] = {}
        self._uses: Packed[dict[str, tuple[Use, ...]]] = Packed({})
        self.outcomes: dict[str, Outcome] = {}
        self.noted: dict[str, tuple[str, ...]] = {}
        self.shown: dict[str, dict[str, str]] = {}
        self.suits: dict[str, bool] = {}
        self.missed: dict[str, list[str]] = {}
        self._galleries: Packed[Galleries] | None = None
        self.shelf: Shelf | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "shelf": None}

    @property
    def requests(self) -> dict[str, Request]:
        """The requests by key, for reading."""
        return self._requests.value

    @property
    def uses(self) -> dict[str, tuple[Use, ...]]:
        """The figures of each document in the order of the page, for reading."""
        return self._uses.value

    @property
    def has_galleries(self) -> bool:
        """Whether there are any, on pages or written for conf.py."""
        return self._galleries is not None

    @property
    def galleries(self) -> Galleries:
        """The galleries of all documents; projects without them better ask before."""
        if self._galleries is None:
            from sphinx_visualtorch.sphinx_ext.galleries.exhibits import Galleries

            self._galleries = Packed(Galleries())
        return self._galleries.value

    def note(self, docname: str, request: Request, location: str | None) -> str:
        """Remember that a document asks for a figure; return the request's key."""
        key = self._ask(request)
        self._put(docname, (*self.uses.get(docname, ()), Use(key, location)))
        return key

    def _put(self, docname: str, uses: tuple[Use, ...]) -> None:
        self.uses[docname] = uses
        self.keys[docname] = tuple(use.key for use in uses)

    def _ask(self, request: Request) -> str:
        key = request.key
        digest = reference_digest(request.reference)
        self.asked[key] = Asked(digest, str(request.reference), request.names)
        self.requests[key] = request
        return key

    def hang(self, thumbnails: Iterable[tuple[str, Request, Use]]) -> None:
        """Take these thumbnails, each with document, request and use, for those of before."""
        for docname, uses in self.uses.items():
            self._put(docname, tuple(use for use in uses if not use.gallery))
        for docname, request, use in thumbnails:
            self._ask(request)
            self._put(docname, (*self.uses.get(docname, ()), use))

    def purge(self, docname: str) -> None:
        """Forget a document that is read again, or that is gone."""
        if self.has_galleries:
            self.galleries.purge(docname)
        self.uses.pop(docname, None)
        self.keys.pop(docname, None)
        self.noted.pop(docname, None)

    def merge(self, docnames: Iterable[str], other: Record) -> None:
        """Take over the documents that another process has read."""
        if other.has_galleries:
            self.galleries.merge(docnames, other.galleries)
        for docname in docnames:
            if docname in other.uses:
                self._put(docname, other.uses[docname])
                for use in other.uses[docname]:
                    self._ask(other.requests[use.key])

    def unnoted(self, docname: str, sources: Iterable[str]) -> set[str]:
        """Return the source files that Sphinx is yet to be told of, once."""
        known = self.noted.get(docname, ())
        new = set(sources).difference(known)
        if new:
            self.noted[docname] = (*known, *sorted(new))
        return new

    def tidy(self) -> None:
        """Drop what no document asks for any more."""
        if self.has_galleries:
            self.galleries.tidy()
            self._galleries = self._galleries if self.galleries else None
        keys = set().union(*self.keys.values())
        for key in self.asked.keys() - keys:
            del self.asked[key], self.requests[key]
        self.suits = {at: suits for at, suits in self.suits.items() if at.split()[0] in keys}
        self.missed = {at: said for at, said in self.missed.items() if at.split()[0] in keys}
        for digest in self.outcomes.keys() - self.models().keys():
            del self.outcomes[digest]
        for shown in self.shown.values():
            for docname in shown.keys() - self.keys.keys():
                del shown[docname]

    def models(self) -> dict[str, str]:
        """Return all references that documents ask for in words, by digest."""
        return {asked.digest: asked.model for asked in self.asked.values()}

    def references(self) -> dict[str, Reference]:
        """Return all references that documents ask for, by digest."""
        found = (request.reference for request in self.requests.values())
        return {reference_digest(reference): reference for reference in found}

    def natural(self, width: float) -> str:
        """Return a picture's own width in px as a length for the writer of this build."""
        points = self.shelf is not None and self.shelf.in_points
        return f"{width * 0.75:.0f}pt" if points else f"{width:.0f}px"

    def digest(self, key: str) -> str:
        """Return the digest of what the request with this key refers to."""
        return self.asked[key].digest

    def outcome(self, key: str) -> Outcome | None:
        """Return what came of the request with this key, if it was looked up."""
        return self.outcomes.get(self.digest(key)) if key in self.asked else None


_FORMS = (
    *("options", "reference.py", "rules.py", "gallery/__init__.py", "store/freshness.py"),
    *(f"sphinx_ext/{name}.py" for name in ("record", "request", "galleries/exhibits")),
)
"""The modules that declare what a record holds, with the defaults of options."""


def env_version(package: Path = Path(__file__).parents[1]) -> int:
    """Return a number that is another one when an old record would be read wrongly.

    Sphinx then reads all documents again, also when a new release has other defaults.  The texts
    of the modules tell that before any of them is loaded.
    """
    found = hashlib.sha256(__version__.encode())
    for name in _FORMS:
        path = package / name
        for file in sorted(path.glob("*.py")) if path.is_dir() else [path]:
            with suppress(OSError):  # a package in an archive has its version to go by
                found.update(file.read_bytes())
    return int(found.hexdigest()[:12], 16)


def record_of(env: BuildEnvironment) -> Record:
    """Return the record of an environment, a new one if it has none."""
    found = getattr(env, "visualtorch", None)
    if not isinstance(found, Record):
        found = Record()
        env.visualtorch = found  # type: ignore[attr-defined]
    return found


def purge(_app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """Answer Sphinx's event of the same name."""
    record_of(env).purge(docname)


def merge(
    _app: Sphinx, env: BuildEnvironment, docnames: list[str], other: BuildEnvironment
) -> None:
    """Answer Sphinx's event of the same name."""
    record_of(env).merge(docnames, record_of(other))
