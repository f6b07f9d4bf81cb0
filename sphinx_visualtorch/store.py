"""What outlives a build: traced graphs, one JSON file each, and painted pictures by key.

This room knows no torch and no Sphinx, runs nothing and trusts nothing: what it cannot read it
calls missing, and says why.  A file appears whole or not at all, because it is written under a
temporary name and then moved; so several builds may share one store.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import re
import secrets
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from sphinx_visualtorch.errors import StoreError
from sphinx_visualtorch.source import source_digest

if TYPE_CHECKING:
    from sphinx_visualtorch.graph import ArchitectureGraph
    from sphinx_visualtorch.reference import Reference

__all__ = [
    "SCHEMA",
    "Entry",
    "Missing",
    "Pictures",
    "Seen",
    "Store",
    "checked_sources",
    "read_bounded",
    "reference_digest",
    "write_whole",
]

SCHEMA = 1
"""The version of the file's form around the graph; a file of another version is traced again."""

_LARGEST = 64 * 2**20
"""Bytes: a larger file was not written by a store."""

_ABANDONED = 3600.0
_DAY = 86_400.0
_MONTH = 30 * _DAY
"""Seconds after which nobody writes on to a temporary file."""

_ENDS: Mapping[str, bytes] = {
    ".svg": b"</svg>",
    # PNG (RFC 2083), 3.4: the empty IEND chunk with its check sum is the last one
    ".png": b"IEND\xaeB`\x82",
    ".pdf": b"%%EOF",
}
"""How a picture that is whole ends, by the suffix of its name."""


def _reference_data(reference: Reference) -> dict[str, Any]:
    """Return the fields that are set, as JSON has them."""
    data = {name: value for name, value in dataclasses.asdict(reference).items() if value}
    plain: dict[str, Any] = json.loads(json.dumps(data))
    return plain


@lru_cache(maxsize=4096)
def reference_digest(reference: Reference) -> str:
    """Return 16 hexadecimal digits that are equal for equal references."""
    text = json.dumps(_reference_data(reference), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def write_whole(path: Path, content: bytes) -> bool:
    """Write *content* to *path*, which other processes see whole or not at all.

    A file that has this content already is left alone; return whether it was written.

    :raises StoreError: if the directory cannot be written to.
    """
    with contextlib.suppress(OSError):
        if path.read_bytes() == content:
            return False
    # unlike a process number, a token is also unique among containers that share a disk
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            temporary.write_bytes(content)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror or error}") from error
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What :meth:`Store.confirms` needs to say that an entry is the same, and fresh.

    *file* is the name of the entry's file, *content* a digest of the whole of it, *sources* are the
    names and digests in it.
    """

    file: str
    content: str
    sources: tuple[tuple[str, str], ...]


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
        The project's source files that are not as they were, as the file names them.
    """

    reference: Reference
    graph: ArchitectureGraph
    seen: Seen
    changed: tuple[str, ...] = ()

    @property
    def fresh(self) -> bool:
        """Whether all sources are as they were when the graph was made."""
        return not self.changed


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """Why the store has no entry for a reference; the reason is empty if there never was one."""

    reason: str = ""


class Store:
    """The traced graphs in one directory, meant to be committed like a lock file.

    Paths in it are relative to the *directory*'s parent.  A store looks at each source file once;
    it lives as long as one build.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._root = directory.parent
        self._digests: dict[str, str] = {}
        self._swept = False
        self._saved: dict[Reference, Seen] = {}

    @property
    def empty(self) -> bool:
        """Whether there is no entry at all."""
        return next(self.directory.glob("*.json"), None) is None

    def path(self, reference: Reference) -> Path:
        """Return where the graph of *reference* is, or would be."""
        slug = re.sub(r"[^A-Za-z0-9_]+", ".", reference.target).strip(".")[:80]
        return self.directory / f"{slug}-{reference_digest(reference)}.json"

    def load(self, reference: Reference) -> Entry | Missing:
        """Return what the store knows of *reference*; this never raises."""
        path = self.path(reference)
        try:
            return self._entry(reference, path.name, read_bounded(path))
        except FileNotFoundError:
            return Missing()
        # a file from outside may be anything; GraphError, UnicodeError and JSON's own error are
        # ValueErrors, RecursionError comes from deep nesting
        except (OSError, ValueError, TypeError, LookupError, RecursionError) as error:
            return Missing(reason=f"{path.name} cannot be used: {error}")

    def confirms(self, seen: Seen) -> bool:
        """Say whether :meth:`load` would return a fresh entry with this *seen*, without parsing."""
        try:
            if _digest(read_bounded(self.directory / seen.file)) != seen.content:
                return False
        except (OSError, ValueError):
            return False
        return not self.changed(seen.sources)

    def source(self, name: str) -> Path:
        """Return the path of a source file by its name in an entry."""
        return self._root / name

    def _entry(self, reference: Reference, file: str, content: bytes) -> Entry:
        data = json.loads(content)
        if not isinstance(data, dict):
            raise ValueError("it does not hold a JSON object")
        if data.get("schema") != SCHEMA:
            raise ValueError(f"its schema is {data.get('schema')!r}, not {SCHEMA}")
        if data.get("reference") != _reference_data(reference):
            raise ValueError("it belongs to another reference")
        # builds in which nothing has changed read no graph
        from sphinx_visualtorch.graph import ArchitectureGraph

        sources = checked_sources(data.get("sources"))
        graph = ArchitectureGraph.from_data(data.get("graph"))
        seen = Seen(file=file, content=_digest(content), sources=tuple(sources.items()))
        return Entry(
            reference=reference, graph=graph, seen=seen, changed=self.changed(seen.sources)
        )

    def changed(self, sources: Iterable[tuple[str, str]]) -> tuple[str, ...]:
        """Return the names of source files that have not the digest that is given with them."""
        return tuple(name for name, was in sources if self._source_digest(name) != was)

    def _source_digest(self, name: str) -> str:
        if name not in self._digests:
            path = self.source(name)
            try:
                self._digests[name] = source_digest(path) if path.is_file() else ""
            except OSError:
                self._digests[name] = ""
        return self._digests[name]

    def save(
        self,
        reference: Reference,
        graph: ArchitectureGraph,
        sources: Mapping[str, str],
        versions: Mapping[str, str],
    ) -> bool:
        """Write down a graph; return whether the file changed.

        *sources* holds the absolute paths of the project's files with their digests, *versions*
        the names and versions of what made the graph.

        :raises StoreError: if the directory cannot be written to.
        """
        data: dict[str, Any] = {
            "schema": SCHEMA,
            "reference": _reference_data(reference),
            "versions": dict(sorted(versions.items())),
            "sources": dict(sorted((self.name(path), was) for path, was in sources.items())),
            "graph": graph.to_data(),
        }
        content = "".join(f"{line}\n" for line in _lines(data)).encode()
        self._sweep()
        path = self.path(reference)
        changed = write_whole(path, content)
        self._saved[reference] = Seen(
            file=path.name, content=_digest(content), sources=tuple(data["sources"].items())
        )
        return changed

    def saved(self, reference: Reference) -> Seen | None:
        """Return what :meth:`confirms` needs for a graph that this store has written down."""
        return self._saved.get(reference)

    def _sweep(self) -> None:
        """Remove what writers that were killed have left half written."""
        if self._swept:
            return
        self._swept = True
        for path in self.directory.glob(".*.tmp"):
            with contextlib.suppress(OSError):
                if time.time() - path.stat().st_mtime > _ABANDONED:
                    path.unlink()

    def name(self, path: str) -> str:
        """Return the name of a source file in an entry, by its path.

        :raises StoreError: if it has none.
        """
        try:
            relative = os.path.relpath(os.path.realpath(path), os.path.realpath(self._root))
        except ValueError as error:  # Windows: another drive
            raise StoreError(f"{path} cannot be named relative to {self._root}") from error
        return Path(relative).as_posix()


def read_bounded(path: Path) -> bytes:
    """Return the content of *path*, if it is not larger than anything that a store writes.

    :raises ValueError: if it is.
    :raises OSError: if it cannot be read.
    """
    if path.stat().st_size > _LARGEST:
        raise ValueError(f"it is larger than {_LARGEST} bytes")
    return path.read_bytes()


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def checked_sources(data: Any) -> dict[str, str]:
    """Return the names and digests of source files that a file of the store holds.

    :raises ValueError: if it holds anything else.
    """
    if not isinstance(data, dict):
        raise ValueError("its sources are no JSON object")
    for name, was in data.items():
        # nothing but source is ever opened, whatever the file says: no device, no pipe
        path = PurePosixPath(name)
        if path.is_absolute() or path.suffix != ".py" or "\0" in name or "\\" in name:
            raise ValueError(f"{name!r:.60} is no relative path of a source file")
        if not isinstance(was, str):
            raise ValueError(f"the digest of {name!r:.60} is no text")
    return dict(data)


def _lines(data: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of a store's file: each node, edge, scope and source has one of its own."""
    yield "{"
    for index, (key, value) in enumerate(data.items()):
        comma = "," if index < len(data) - 1 else ""
        if key == "graph":
            yield f'"{key}": {{'
            names = sorted(value)
            for name in names:
                yield from _block(name, value[name], "," if name != names[-1] else "")
            yield f"}}{comma}"
        else:
            yield from _block(key, value, comma)
    yield "}"


def _block(key: str, value: Any, comma: str) -> Iterator[str]:
    def line(item: Any) -> str:
        return json.dumps(item, sort_keys=True)

    if isinstance(value, dict) and value:
        items = [f"{line(name)}: {line(item)}" for name, item in value.items()]
        opening, closing = "{}"
    elif isinstance(value, list) and value:
        items = [line(item) for item in value]
        opening, closing = "[]"
    else:
        yield f"{line(key)}: {line(value)}{comma}"
        return
    yield f"{line(key)}: {opening}"
    yield ",\n".join(items)
    yield f"{closing}{comma}"


class Pictures:
    """Painted pictures by name, beside the doctrees; a name holds the picture's key."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def path(self, name: str) -> Path:
        """Return where the picture *name* is, or would be."""
        return self.directory / name

    def read(self, name: str) -> bytes | None:
        """Return the picture *name*, or None if there is none or if it is cut off."""
        try:
            content = self.path(name).read_bytes()
        except OSError:
            return None
        self._note_use(self.path(name))
        return content if content.rstrip().endswith(_ENDS[Path(name).suffix]) else None

    def forget_old(self) -> None:
        """Remove what was neither written nor read for a month: nobody shows it any more."""
        now = time.time()
        for path in self.directory.glob("*.*"):
            with contextlib.suppress(OSError):
                if now - path.stat().st_mtime > _MONTH:
                    path.unlink()

    def _note_use(self, path: Path) -> None:
        """Keep a picture from being taken for forgotten."""
        now = time.time()
        with contextlib.suppress(OSError):  # a directory that cannot be written to is kept as it is
            if now - path.stat().st_mtime > _DAY:
                os.utime(path, (now, now))

    def write(self, name: str, content: bytes) -> Path:
        """Keep a picture and return its path.

        :raises StoreError: if the directory cannot be written to.
        """
        write_whole(self.path(name), content)
        return self.path(name)
