"""What the store has for the pages of a project: told without tracing, listing or importing.

The command line stands on this: what is to be traced, what a check complains of, and which files
no page asks for any more.  It wants an application that has read its pages, with whatever builder.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sphinx_visualtorch.gallery import catalogue, with_entry_points
from sphinx_visualtorch.gallery.kept import Kept, Listings
from sphinx_visualtorch.listing import Catalogue, Listing
from sphinx_visualtorch.reference import Reference
from sphinx_visualtorch.sphinx_ext.galleries.catalogues import Found
from sphinx_visualtorch.sphinx_ext.galleries.selections import select
from sphinx_visualtorch.sphinx_ext.record import Record, record_of
from sphinx_visualtorch.store import Entry, Missing, Store

if TYPE_CHECKING:
    from sphinx.application import Sphinx

    from sphinx_visualtorch.gallery import Gallery
    from sphinx_visualtorch.sphinx_ext.galleries.exhibits import Exhibit

__all__ = ["Known", "State", "Survey", "survey"]

State = Literal["fresh", "stale", "missing", "refused"]
"""Of a file in the store: as it should be, older than what it was made of, not there, unusable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the store has for one place in a document.

    about
        What is shown there, or, of a gallery, what is to be listed for it.
    docname, location
        The document, and where a warning would point to.
    state, reasons
        How its file is, and why so, in words; nothing is to be said of a fresh one.
    path
        Where its file is, or would be.
    """

    about: Reference | Catalogue
    docname: str
    location: str | None
    state: State
    reasons: tuple[str, ...]
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """All figures and all listings that documents ask for, in the order of the pages.

    *store* is the directory.  A figure is there once for each place, thumbnails of galleries too.
    """

    store: Path
    figures: tuple[Known, ...]
    listings: tuple[Known, ...]

    @property
    def files(self) -> frozenset[Path]:
        """The files of the store that documents ask for, whether or not they are there."""
        return frozenset(known.path for known in (*self.figures, *self.listings))

    @property
    def whole(self) -> bool:
        """Whether all models of all galleries are known; if not, more files may be in use."""
        return all(known.state in ("fresh", "stale") for known in self.listings)


def survey(app: Sphinx) -> Survey:
    """Return what the store has for the documents of *app*, which have been read.

    Nothing is traced and no code of the author's runs, whatever ``visualtorch_trace`` says.
    """
    record = record_of(app.env)
    if record.shelf is None:
        raise RuntimeError("the application has not come to its builder yet")
    return _Surveyor(record, Store(record.shelf.store.directory)).survey()


class _Surveyor:
    """One look at each file."""

    def __init__(self, record: Record, store: Store) -> None:
        self._record = record
        self._store = store
        self._listings = Listings(store)
        self._graphs: dict[Reference, tuple[State, tuple[str, ...]]] = {}
        self._kept: dict[Catalogue, tuple[State, tuple[str, ...], Listing]] = {}

    def survey(self) -> Survey:
        figures, listings = [*self._own_figures()], []
        for docname, exhibit in self._record.galleries.all():
            gallery = with_entry_points(self._record.galleries.requests[exhibit.key].gallery)
            item = catalogue(gallery)
            if item is not None:
                listings.append(self._listing(item, docname, exhibit))
            figures += self._thumbnails(gallery, docname, exhibit)
        figures.sort(key=lambda known: known.docname)
        return Survey(store=self._store.directory, figures=tuple(figures), listings=tuple(listings))

    def _own_figures(self) -> Iterator[Known]:
        for docname in sorted(self._record.uses):
            for use in self._record.uses[docname]:
                if not use.gallery:
                    reference = self._record.requests[use.key].reference
                    yield self._figure(reference, docname, use.location)

    def _thumbnails(self, gallery: Gallery, docname: str, exhibit: Exhibit) -> Iterator[Known]:
        found = {item: Found(listing=listing) for item, (_, _, listing) in self._kept.items()}
        for choice in select(gallery, found).chosen.choices:
            if choice.reference is not None:
                at = choice.location or exhibit.location
                yield self._figure(choice.reference, docname, at)

    def _figure(self, reference: Reference, docname: str, location: str | None) -> Known:
        if reference not in self._graphs:
            self._graphs[reference] = _judged(self._store.load(reference))
        state, reasons = self._graphs[reference]
        return Known(
            about=reference,
            docname=docname,
            location=location,
            state=state,
            reasons=reasons,
            path=self._store.path(reference),
        )

    def _listing(self, item: Catalogue, docname: str, exhibit: Exhibit) -> Known:
        if item not in self._kept:
            kept = self._listings.load(item)
            listing = kept.listing if isinstance(kept, Kept) else Listing()
            self._kept[item] = (*_judged(kept), listing)
        state, reasons, _ = self._kept[item]
        return Known(
            about=item,
            docname=docname,
            location=exhibit.location,
            state=state,
            reasons=reasons,
            path=self._listings.path(item),
        )


def _judged(found: Entry | Kept | Missing) -> tuple[State, tuple[str, ...]]:
    if isinstance(found, Missing):
        return ("refused", (found.reason,)) if found.reason else ("missing", ())
    return ("stale", found.changed) if found.changed else ("fresh", ())
