"""What the environment keeps of galleries: which document shows which, and what they consist of.

A part of the record, and as plain: pickled with the environment, purged and merged by document.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sphinx_visualtorch.errors import ReportedError
from sphinx_visualtorch.gallery import Choice, Chosen, Gallery
from sphinx_visualtorch.options import StyleOptions
from sphinx_visualtorch.sphinx_ext.request import Request

__all__ = ["Exhibit", "Galleries", "GalleryRequest", "Selection"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryRequest:
    """What the directive asks for; *style* and *options* are those of the thumbnails."""

    gallery: Gallery
    style: str
    options: StyleOptions
    columns: int = 3
    sort: str = "order"

    @property
    def key(self) -> str:
        """16 hexadecimal digits that are equal for equal requests."""
        text = repr(dataclasses.asdict(self))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def thumbnail(self, choice: Choice) -> Request | None:
        """Return what the thumbnail of a model asks for, None of one without a reference."""
        if choice.reference is None:
            return None
        return Request(reference=choice.reference, style=self.style, options=self.options)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """One gallery in a document: the request's key, and where a warning would point to."""

    key: str
    location: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What a gallery consists of, or why that is not known.

    *sources* are the project's files that it was listed from, *doubt* is what a reader of the log
    should know though there is a listing: stage and message.
    """

    chosen: Chosen = Chosen()  # noqa: RUF009 - it is frozen
    sources: tuple[str, ...] = ()
    stage: str = ""
    message: str = ""
    doubt: tuple[str, str] | tuple[()] = ()

    @property
    def error(self) -> ReportedError | None:
        """Why there is nothing to show, if that is so."""
        return ReportedError(self.stage, self.message) if self.message else None


class Galleries:
    """The galleries of all documents.

    requests
        By key.
    uses
        By document, in the order of the page.
    selections
        By key.
    folders
        Where pages were written for the galleries of conf.py.
    """

    def __init__(self) -> None:
        self.requests: dict[str, GalleryRequest] = {}
        self.uses: dict[str, tuple[Exhibit, ...]] = {}
        self.selections: dict[str, Selection] = {}
        self.folders: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.uses or self.folders)

    def note(self, docname: str, request: GalleryRequest, location: str | None) -> str:
        """Remember that a document asks for a gallery; return the request's key."""
        self.requests[request.key] = request
        exhibit = Exhibit(key=request.key, location=location)
        self.uses[docname] = (*self.uses.get(docname, ()), exhibit)
        return request.key

    def purge(self, docname: str) -> None:
        """Forget a document that is read again, or that is gone."""
        self.uses.pop(docname, None)

    def merge(self, docnames: Iterable[str], other: Galleries) -> None:
        """Take over the documents that another process has read."""
        for docname in docnames:
            if docname in other.uses:
                self.uses[docname] = other.uses[docname]
                for exhibit in other.uses[docname]:
                    self.requests[exhibit.key] = other.requests[exhibit.key]

    def tidy(self) -> None:
        """Drop what no document asks for any more."""
        keys = {exhibit.key for _, exhibit in self.all()}
        self.requests = {key: self.requests[key] for key in sorted(keys)}
        self.selections = {key: it for key, it in self.selections.items() if key in keys}

    def shown(self, key: str) -> list[tuple[Choice, Request | None]]:
        """Return the models of the gallery with this key, each with what its thumbnail asks for."""
        request, selection = self.requests.get(key), self.selections.get(key)
        if request is None or selection is None:
            return []
        return [(choice, request.thumbnail(choice)) for choice in selection.chosen.choices]

    def all(self) -> Iterator[tuple[str, Exhibit]]:
        """Yield document and exhibit of each gallery."""
        for docname in sorted(self.uses):
            for exhibit in self.uses[docname]:
                yield docname, exhibit
