"""Listings that were made before: in the store, beside the graphs.

There and not beside the doctrees, because a gallery has to come out of a committed store as its
figures do: where there is no torch nothing can be listed.  A listing is stale when what it was made
of has changed, as a graph is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sphinx_visualtorch.listing import Catalogue, Listing
from sphinx_visualtorch.store import Missing, Store
from sphinx_visualtorch.store.form import Form

if TYPE_CHECKING:
    from sphinx_visualtorch.source import Made

__all__ = ["Kept", "Listings"]

_FORM = Form(body="listing", request_before="catalogue")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What the store knows of a catalogue.

    *sources* are absolute paths, *changed* says in words what is not as it was.
    """

    listing: Listing
    sources: tuple[str, ...]
    changed: tuple[str, ...] = ()


class Listings:
    """The listings of one store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def path(self, catalogue: Catalogue) -> Path:
        """Return where the listing of *catalogue* is, or would be."""
        first = catalogue.names[0] if catalogue.names else ""
        slug = re.sub(r"[^A-Za-z0-9_]+", ".", first).strip(".")[:80]
        name = f"{catalogue.kind}-{slug}-{catalogue.digest}.json"
        return self._store.directory / "listings" / name

    def load(self, catalogue: Catalogue) -> Kept | Missing:
        """Return what the store knows of *catalogue*; this never raises."""
        return self._store.attempt(self.path(catalogue), lambda path: self._kept(catalogue, path))

    def _kept(self, catalogue: Catalogue, path: Path) -> Kept:
        content = _FORM.read(path, [catalogue.kind, *catalogue.names])
        return Kept(
            listing=Listing.from_data(content.body),
            sources=tuple(str(self._store.source(name)) for name, _ in content.seen.sources),
            changed=self._store.changed(content.seen),
        )

    def save(self, catalogue: Catalogue, listing: Listing, made: Made) -> None:
        """Write down a listing, as :meth:`.Store.save` does a graph.

        :raises StoreError: if the directory cannot be written to.
        """
        what = [catalogue.kind, *catalogue.names], listing.to_data()
        self._store.keep(self.path(catalogue), _FORM, what, made)
