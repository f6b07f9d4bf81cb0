"""The traced graphs in one directory, and whether they are as fresh as when they were made."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sphinx_visualtorch.acyclic import acyclic
from sphinx_visualtorch.errors import StoreError
from sphinx_visualtorch.store.freshness import Freshness, Seen, digest
from sphinx_visualtorch.store.whole import read_bounded, sweep

if TYPE_CHECKING:
    from sphinx_visualtorch.graph import ArchitectureGraph
    from sphinx_visualtorch.reference import Reference
    from sphinx_visualtorch.source import Made
    from sphinx_visualtorch.store.form import Form

__all__ = ["Entry", "Missing", "Store", "reference_digest"]

_Found = TypeVar("_Found")


@lru_cache(maxsize=4096)
def _reference_data(reference: Reference) -> dict[str, Any]:
    """Return the fields that are set, as JSON has them; nobody changes what is returned."""
    data = {name: value for name, value in dataclasses.asdict(reference).items() if value}
    plain: dict[str, Any] = json.loads(json.dumps(data))
    return plain


@lru_cache(maxsize=4096)
def reference_digest(reference: Reference) -> str:
    """Return 16 hexadecimal digits that are equal for equal references."""
    text = json.dumps(_reference_data(reference), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What the store knows of a reference.

    reference
        What was traced.
    graph
        What came of it.
    seen
        What it was read from.
    changed
        In words, what is not as it was: source files as the file names them, and distributions.
    """

    reference: Reference
    graph: ArchitectureGraph
    seen: Seen
    changed: tuple[str, ...] = ()

    @property
    def fresh(self) -> bool:
        """Whether all that the graph was made of is as it was."""
        return not self.changed


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """Why the store has no entry for a reference; the reason is empty if there never was one.

    *outdated* is a file of an older version of this package that this one cannot upgrade: nothing
    is wrong with it.
    """

    reason: str = ""
    outdated: bool = False


def _check_count(part: str, items: Any) -> None:
    """Refuse a graph that would keep a build busy for hours, for whatever reason it is there."""
    from sphinx_visualtorch.graph.lines import MOST, MOST_EDGES

    most = MOST_EDGES if part == "edges" else MOST
    if isinstance(items, list | tuple) and len(items) > most:
        raise ValueError(f"it has more than {most} {part}")


class _OutdatedError(ValueError):
    """A file that was right once."""


class Store:
    """The traced graphs in one directory, meant to be committed like a lock file.

    Paths in it are relative to the *directory*'s parent.  A store looks at each source file once;
    it lives as long as one build.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._root = directory.parent
        self._freshness = Freshness(self._root)
        self._swept: set[Path] = set()
        self._saved: dict[Reference, Seen] = {}

    @property
    def empty(self) -> bool:
        """Whether there is no entry at all."""
        return next(self.directory.glob("*.json"), None) is None

    def path(self, reference: Reference) -> Path:
        """Return where the graph of *reference* is, or would be."""
        slug = re.sub(r"[^A-Za-z0-9_]+", ".", reference.target).strip(".")[:80]
        return self.directory / f"{slug}-{reference_digest(reference)}.json"

    @acyclic()
    def load(self, reference: Reference) -> Entry | Missing:
        """Return what the store knows of *reference*; this never raises."""
        return self.attempt(self.path(reference), lambda path: self._entry(reference, path))

    def attempt(self, path: Path, read: Callable[[Path], _Found]) -> _Found | Missing:
        """Return what *read* makes of the file at *path*, or why nothing can be made of it."""
        try:
            return read(path)
        except (FileNotFoundError, NotADirectoryError):
            return Missing()
        except _OutdatedError as error:
            return Missing(reason=f"{path.name} cannot be used: {error}", outdated=True)
        # a file from outside may be anything; GraphError, UnicodeError and JSON's own error are
        # ValueErrors, RecursionError comes from deep nesting
        except (OSError, ValueError, TypeError, LookupError, RecursionError, MemoryError) as error:
            return Missing(reason=f"{path.name} cannot be used: {error}")

    def confirms(self, seen: Seen) -> bool:
        """Say whether :meth:`load` would return a fresh entry with this *seen*, without parsing."""
        try:
            if digest(read_bounded(self.directory / seen.file)) != seen.content:
                return False
        except (OSError, ValueError):
            return False
        return not self.changed(seen)

    def source(self, name: str) -> Path:
        """Return the path of a source file by its name in an entry."""
        return self._root / name

    def _entry(self, reference: Reference, path: Path) -> Entry:
        # builds in which nothing has changed read no graph
        from sphinx_visualtorch.graph import SCHEMA, ArchitectureGraph
        from sphinx_visualtorch.store.form import GRAPHS

        content = GRAPHS.read(path, _reference_data(reference))
        schema = content.body.get("schema") if isinstance(content.body, dict) else None
        if type(schema) is int and 0 < schema < SCHEMA:
            raise _OutdatedError(f"its graph has schema {schema}, not {SCHEMA}")
        if isinstance(content.body, dict):
            for part in ("nodes", "scopes", "edges"):
                _check_count(part, content.body.get(part, ()))
        graph = ArchitectureGraph.from_data(content.body)
        changed = self.changed(content.seen)
        return Entry(reference=reference, graph=graph, seen=content.seen, changed=changed)

    def changed(self, seen: Seen) -> tuple[str, ...]:
        """Return, in words, what is not as it was when *seen* was made."""
        return (
            *self._freshness.changed_sources(seen.sources),
            *self._freshness.changed_distributions(seen.distributions),
        )

    def save(self, reference: Reference, graph: ArchitectureGraph, made: Made) -> bool:
        """Write down a graph and what it was made of; return whether the file changed.

        :raises StoreError: if the directory cannot be written to, or if a newer version of this
            package has written the file.
        """
        from sphinx_visualtorch.graph.compact import compact

        try:
            for part in ("nodes", "scopes", "edges"):
                _check_count(part, getattr(graph, part))
        except ValueError as error:
            raise StoreError(f"{self.path(reference)} is not written: {error}") from error
        from sphinx_visualtorch.store.form import GRAPHS

        seen, changed = self.keep(
            self.path(reference), GRAPHS, (_reference_data(reference), compact(graph)), made
        )
        self._saved[reference] = seen
        return changed

    def keep(self, path: Path, form: Form, what: tuple[Any, Any], made: Made) -> tuple[Seen, bool]:
        """Write a file of some *form*: *what* are the request and the body.

        :raises StoreError: as :meth:`save` does.
        """
        request, body = what
        if path.parent not in self._swept:
            self._swept.add(path.parent)
            sweep(path.parent)
        fields = {
            "request": request,
            "versions": made.versions,
            "sources": {self.name(source): was for source, was in made.sources.items()},
            "distributions": made.distributions,
            form.body: body,
        }
        return form.write(path, fields)

    def saved(self, reference: Reference) -> Seen | None:
        """Return what :meth:`confirms` needs for a graph that this store has written down."""
        return self._saved.get(reference)

    def name(self, path: str) -> str:
        """Return the name of a source file in an entry, by its path.

        :raises StoreError: if it has none.
        """
        try:
            relative = os.path.relpath(os.path.realpath(path), os.path.realpath(self._root))
        except ValueError as error:  # Windows: another drive
            raise StoreError(f"{path} cannot be named relative to {self._root}") from error
        return Path(relative).as_posix()
