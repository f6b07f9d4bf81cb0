"""Listings that were made before: in the store, beside the graphs.

There and not beside the doctrees, because a gallery has to come out of a committed store as its
figures do: where there is no torch nothing can be listed.  A listing is stale when one of the
project's files that it was made of has another text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sphinx_visualtorch.listing import Catalogue, Listing
from sphinx_visualtorch.store import Missing, Store, checked_sources, read_bounded, write_whole

__all__ = ["Kept", "Listings"]

_SCHEMA = 1
"""The version of the file's form; a listing of another version is made again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What the store knows of a catalogue.

    *sources* are absolute paths, *changed* the names of those that are not as they were.
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
        path = self.path(catalogue)
        try:
            return self._kept(catalogue, json.loads(read_bounded(path)))
        except FileNotFoundError:
            return Missing()
        # a file from outside may be anything
        except (OSError, ValueError, TypeError, LookupError, RecursionError) as error:
            return Missing(reason=f"{path.name} cannot be used: {error}")

    def _kept(self, catalogue: Catalogue, data: object) -> Kept:
        if not isinstance(data, dict) or data.get("schema") != _SCHEMA:
            raise ValueError(f"its schema is not {_SCHEMA}")
        if data.get("catalogue") != [catalogue.kind, *catalogue.names]:
            raise ValueError("it belongs to another catalogue")
        sources = tuple(checked_sources(data.get("sources")).items())
        return Kept(
            listing=Listing.from_data(data.get("listing")),
            sources=tuple(str(self._store.source(name)) for name, _ in sources),
            changed=self._store.changed(sources),
        )

    def save(
        self,
        catalogue: Catalogue,
        listing: Listing,
        sources: Mapping[str, str],
        versions: Mapping[str, str],
    ) -> None:
        """Write down a listing, as :meth:`.Store.save` does a graph.

        :raises StoreError: if the directory cannot be written to.
        """
        data = {
            "schema": _SCHEMA,
            "catalogue": [catalogue.kind, *catalogue.names],
            "versions": dict(sorted(versions.items())),
            "sources": dict(sorted((self._store.name(path), was) for path, was in sources.items())),
            "listing": listing.to_data(),
        }
        text = json.dumps(data, indent=1, sort_keys=True) + "\n"
        write_whole(self.path(catalogue), text.encode())
