"""From galleries to the figures in them: listed before anything is traced.

What the store does not have, or has of other sources, the worker lists; it then stays for the
models.  Thumbnails become figures of their documents, so that all that is true of those is true
of them: one batch of tracing, located warnings, dependencies.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sphinx.util.display import status_iterator

from sphinx_visualtorch.errors import (
    MissingError,
    NewerStoreError,
    NoModelsError,
    ReportedError,
    StaleError,
    StoreError,
    TorchMissingError,
    VisualTorchError,
    several,
)
from sphinx_visualtorch.gallery import catalogue, choose, with_entry_points
from sphinx_visualtorch.gallery.kept import Kept, Listings
from sphinx_visualtorch.listing import Catalogue, Listing
from sphinx_visualtorch.reference import Reference
from sphinx_visualtorch.sphinx_ext.config import NEVER, memory_limit, time_limit
from sphinx_visualtorch.sphinx_ext.galleries.exhibits import Selection
from sphinx_visualtorch.sphinx_ext.log import debug, tell, warn
from sphinx_visualtorch.store import Missing

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

    from sphinx_visualtorch.gallery import Gallery
    from sphinx_visualtorch.sphinx_ext.record import Record, Shelf, Use
    from sphinx_visualtorch.sphinx_ext.request import Request

__all__ = [
    "Found",
    "check_galleries",
    "gallery_lines",
    "hang_thumbnails",
    "list_catalogues",
    "select",
    "unproved",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A listing with its sources, or an error; *doubt* says what may be wrong with the listing.

    *kept* says that it comes from the store, not from the models as they are.
    """

    listing: Listing | None = None
    sources: tuple[str, ...] = ()
    error: VisualTorchError | None = None
    doubt: VisualTorchError | None = None
    kept: bool = False

    @property
    def targets(self) -> frozenset[str]:
        """What references to its models name."""
        found = set()
        for model in (self.listing or Listing()).models:
            with suppress(VisualTorchError):  # what is no reference is not run either
                # a target may be written in several ways
                found.add(Reference.parse(model.target).target)
        return frozenset(found)


def list_catalogues(app: Sphinx, shelf: Shelf, wanted: Iterable[Catalogue]) -> None:
    """Have a listing, or an error, of each catalogue on the shelf: once in a build."""
    listings = Listings(shelf.store)
    wanting: dict[Catalogue, Kept | Missing] = {}
    for item in dict.fromkeys(wanted):
        if item in shelf.listings:
            continue
        kept = listings.load(item)
        if isinstance(kept, Kept) and not kept.changed and shelf.mode != "always":
            shelf.listings[item] = Found(listing=kept.listing, sources=kept.sources, kept=True)
        else:
            wanting[item] = kept
    if shelf.mode == "never":
        for item, old in wanting.items():
            shelf.listings[item] = _unlisted(item, NEVER, old)
    elif wanting:
        for item, old in wanting.items():
            _tell_why(item, old)
        _list(app, shelf, wanting, listings)


def unproved(app: Sphinx, shelf: Shelf, wanted: Collection[str]) -> frozenset[str]:
    """Return those of the targets *wanted* that only listings in the store have named.

    They are going to be run, and a file in the store has no say in what is run: the galleries are
    listed anew.
    """
    doubted = {
        item: found.targets
        for item, found in shelf.listings.items()
        if found.kept and not found.targets.isdisjoint(wanted)
    }
    if not doubted:
        return frozenset()
    listings = Listings(shelf.store)
    _list(app, shelf, {item: listings.load(item) for item in doubted}, listings)
    true = {target for item in doubted for target in shelf.listings[item].targets}
    return frozenset.union(*doubted.values()) - true


def _tell_why(item: Catalogue, old: Kept | Missing) -> None:
    if isinstance(old, Kept) and old.changed:
        tell(f"{item} is listed again, changed: {several(old.changed)}")
    elif isinstance(old, Missing) and old.reason:
        tell(f"{item} is listed again: {old.reason}")


def _list(
    app: Sphinx, shelf: Shelf, wanting: dict[Catalogue, Kept | Missing], listings: Listings
) -> None:
    # builds that list nothing never load the process handling
    from sphinx_visualtorch.tracing.client import Crew, list_all

    shelf.crew = shelf.crew or Crew(app.confdir)
    answers = status_iterator(
        list_all(
            wanting,
            timeout=time_limit(app.config),
            max_memory=memory_limit(app.config),
            crew=shelf.crew,
        ),
        "listing models... ",
        "green",
        len(wanting),
        app.verbosity,
        stringify_func=lambda answer: str(answer.catalogue)[:60],
    )
    unwritable: list[StoreError] = []
    for answer in answers:
        if answer.log:
            debug(f"{answer.catalogue} printed:\n{answer.log}")
        if answer.error is not None:
            old = wanting[answer.catalogue]
            shelf.listings[answer.catalogue] = _failed(answer.catalogue, answer.error, old)
            continue
        shelf.listings[answer.catalogue] = Found(
            listing=answer.listing, sources=tuple(answer.made.sources)
        )
        try:
            listings.save(answer.catalogue, answer.listing, answer.made)
        except StoreError as error:
            if not (isinstance(error, NewerStoreError) and _refusal(wanting[answer.catalogue])):
                unwritable.append(error)
    for item, old in wanting.items():
        found = shelf.listings[item]
        if _refusal(old) and not isinstance(found.error or found.doubt, MissingError):
            warn(StoreError(_refusal(old)))
    for problem in unwritable[:1]:
        warn(problem)
        # that the store cannot be written to is said once a build
        shelf.told_unwritable |= not isinstance(problem, NewerStoreError)


def _refusal(old: Kept | Missing) -> str:
    """Return why a file that is there is not trusted, if so."""
    return old.reason if isinstance(old, Missing) and not old.outdated else ""


def _failed(item: Catalogue, error: VisualTorchError, old: Kept | Missing) -> Found:
    if isinstance(error, TorchMissingError):
        return _unlisted(item, error.why, old)
    if item.kind == "references":
        # the names are known all the same, and tracing will tell what is wrong with them
        return Found(listing=Listing())
    return Found(error=error)


def _unlisted(item: Catalogue, why: str, old: Kept | Missing) -> Found:
    """Return what is shown of a catalogue that nothing can list anew, which *why* explains."""
    if isinstance(old, Kept):
        doubt = StaleError(str(item), old.changed, why, done="listed")
        return Found(listing=old.listing, sources=old.sources, doubt=doubt, kept=True)
    error = MissingError(str(item), why, old.reason, kind="listing")
    if item.kind == "references":  # their names are known all the same
        return Found(listing=Listing(), doubt=error)
    return Found(error=error)


def hang_thumbnails(app: Sphinx, record: Record) -> None:
    """List what the galleries of all documents name, and put their thumbnails into the record."""
    shelf, galleries = record.shelf, record.galleries
    galleries.tidy()
    if shelf is None:
        return
    asked = {key: with_entry_points(request.gallery) for key, request in galleries.requests.items()}
    catalogues = (catalogue(gallery) for gallery in asked.values())
    list_catalogues(app, shelf, (item for item in catalogues if item is not None))
    galleries.selections = {key: select(gallery, shelf.listings) for key, gallery in asked.items()}
    record.hang(_thumbnails(record))


def select(gallery: Gallery, listings: Mapping[Catalogue, Found]) -> Selection:
    """Return what a gallery consists of, from what was listed."""
    item = catalogue(gallery)
    found = listings[item] if item is not None else Found(listing=Listing())
    if found.listing is None:
        stage = found.error.stage if found.error else "gallery"
        return Selection(stage=stage, message=str(found.error))
    try:
        chosen = choose(gallery, found.listing)
    except NoModelsError as error:
        return Selection(stage=error.stage, message=str(error), sources=found.sources)
    doubt = (found.doubt.stage, str(found.doubt)) if found.doubt is not None else ()
    return Selection(chosen=chosen, sources=found.sources, doubt=doubt)


def _thumbnails(record: Record) -> Iterator[tuple[str, Request, Use]]:
    from sphinx_visualtorch.sphinx_ext.record import Use
    from sphinx_visualtorch.sphinx_ext.request import Request

    for docname, exhibit in record.galleries.all():
        asked = record.galleries.requests[exhibit.key]
        for choice in record.galleries.selections[exhibit.key].chosen.choices:
            if choice.reference is None:
                continue
            request = Request(reference=choice.reference, style=asked.style, options=asked.options)
            location = choice.location or exhibit.location
            yield docname, request, Use(key=request.key, location=location, gallery=exhibit.key)


def check_galleries(env: BuildEnvironment, record: Record) -> Iterator[tuple[str, Selection]]:
    """Say what is wrong with the galleries; yield the document and selection of each."""
    for docname, exhibit in record.galleries.all():
        selection = record.galleries.selections.get(exhibit.key, Selection())
        if selection.error is not None:
            warn(selection.error, exhibit.location)
            env.reread_always.add(docname)
        if selection.doubt:
            warn(ReportedError(*selection.doubt), exhibit.location)
        for first, second in selection.chosen.twice:
            text = f"{first!r} and {second!r} are one model, which is shown as {first!r}"
            warn(ReportedError("gallery", text), exhibit.location)
        for choice in selection.chosen.choices:
            # what an author has written, the directive has complained of
            if choice.error and not choice.location:
                problem = f"{choice.name!r} cannot be shown: {choice.error}"
                warn(ReportedError("gallery", problem), exhibit.location)
        yield docname, selection


def gallery_lines(record: Record) -> Iterator[tuple[str, str]]:
    """Yield what a page shows of a gallery besides its figures, as document and digest."""
    pages = record.shelf.pages if record.shelf is not None else {}
    for docname, exhibit in record.galleries.all():
        selection = record.galleries.selections.get(exhibit.key)
        text = repr((exhibit.key, selection, sorted(pages.items())))
        yield docname, hashlib.sha256(text.encode()).hexdigest()
