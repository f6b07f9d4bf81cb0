"""Which models there are: what the store does not have, or has of other sources, is listed.

The worker does so, and then stays for the models.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sphinx.util.display import status_iterator

from sphinx_visualtorch.errors import (
    MissingError,
    NewerStoreError,
    StaleError,
    StoreError,
    TorchMissingError,
    VisualTorchError,
    several,
)
from sphinx_visualtorch.gallery import catalogue
from sphinx_visualtorch.gallery.kept import Kept, Listings
from sphinx_visualtorch.listing import Catalogue, Listing
from sphinx_visualtorch.reference import Reference
from sphinx_visualtorch.sphinx_ext.config import NEVER, limits
from sphinx_visualtorch.sphinx_ext.log import debug, tell, warn
from sphinx_visualtorch.store import Missing

if TYPE_CHECKING:
    from sphinx.application import Sphinx

    from sphinx_visualtorch.gallery import Gallery
    from sphinx_visualtorch.sphinx_ext.shelf import Shelf
    from sphinx_visualtorch.tracing.client import Found as Answer

__all__ = ["Found", "list_catalogues", "unproved"]


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


def list_catalogues(app: Sphinx, shelf: Shelf, galleries: Iterable[Gallery]) -> None:
    """Have a listing, or an error, of what galleries name on the shelf: once in a build."""
    listings = Listings(shelf.store)
    wanting: dict[Catalogue, Kept | Missing] = {}
    for item in dict.fromkeys(catalogue(gallery) for gallery in galleries):
        if item is None or item in shelf.listings:
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
    """Have the worker list these, of which the store has no more than what stands beside each."""
    unwritable: list[StoreError] = []
    for answer in _answers(app, shelf, wanting):
        item, old = answer.catalogue, wanting[answer.catalogue]
        if answer.error is not None:
            shelf.listings[item] = _failed(item, answer.error, old)
            continue
        shelf.listings[item] = Found(listing=answer.listing, sources=tuple(answer.made.sources))
        try:
            listings.save(item, answer.listing, answer.made)
        except StoreError as error:
            if not (isinstance(error, NewerStoreError) and _refusal(old)):
                unwritable.append(error)
    for item, old in wanting.items():
        found = shelf.listings[item]
        if _refusal(old) and not isinstance(found.error or found.doubt, MissingError):
            warn(StoreError(_refusal(old)))
    for problem in unwritable[:1]:
        warn(problem)
        # that the store cannot be written to is said once a build
        shelf.told_unwritable |= not isinstance(problem, NewerStoreError)


def _answers(app: Sphinx, shelf: Shelf, wanted: Collection[Catalogue]) -> Iterator[Answer]:
    """Yield what the worker says of each, behind a bar of progress."""
    # builds that list nothing never load the process handling
    from sphinx_visualtorch.tracing.client import Crew, list_all

    shelf.crew = shelf.crew or Crew(app.confdir)
    for answer in status_iterator(
        list_all(wanted, **limits(app.config), crew=shelf.crew),
        "listing models... ",
        "green",
        len(wanted),
        app.verbosity,
        stringify_func=lambda answer: str(answer.catalogue)[:60],
    ):
        if answer.log:
            debug(f"{answer.catalogue} printed:\n{answer.log}")
        yield answer


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
