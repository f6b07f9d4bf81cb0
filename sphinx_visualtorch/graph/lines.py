"""What those who write the lines of a compact graph, and those who read them, agree on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sphinx_visualtorch.graph import SOURCES

__all__ = [
    "DEEPEST",
    "MOST",
    "MOST_EDGES",
    "Extents",
    "last_of",
    "moved",
    "numbered",
    "parent_of",
    "stem",
    "told",
]

MOST = 250_000
"""Nodes and scopes that a compact form may stand for, however few lines it has."""

MOST_EDGES = 500_000
"""Likewise edges, of which a block can have as many as the square of its lines."""

DEEPEST = 1_000
"""Scopes in one another: Python itself does not call as deep as that."""


def stem(identifier: str) -> str:
    """Return the path that an id is made of, as far as the id tells."""
    return identifier.partition("#")[0]


def parent_of(path: str) -> str:
    """Return the path up to the last dot."""
    return path.rpartition(".")[0]


def last_of(path: str) -> str:
    """Return the path behind the last dot."""
    return path.rpartition(".")[2]


def numbered(path: str, call: int) -> str:
    """Return the id that is usual for a call of *path*, counted from 1."""
    return f"{path}#{call}" if call > 1 else path


def moved(path: str, old: str, new: str) -> str:
    """Return *path* below *new* if it is below *old*; what is elsewhere stays there."""
    if path == old:
        return new
    return new + path[len(old) :] if path.startswith(f"{old}.") else path


def told(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a node has, by the *values* that it has besides, if its line is silent on it."""
    op = values.get("op", "module")
    made = 0 if op in SOURCES else sum(spec.nbytes for spec in values["outputs"])
    return {"op": "module", "calls": int(op == "module"), "activation_bytes": made}


class Extents:
    """Where scopes begin and end in a row of items, each of which follows on the scope it is in."""

    def __init__(self) -> None:
        self.ends: dict[int, int] = {}
        self.torn: set[int] = set()
        self._open: list[int] = []
        self._parents: dict[int, int] = {}

    def place(self, index: int, parent: int) -> None:
        """Put an item into the scope at *parent*: what is open inside of that ends here."""
        while parent >= 0 and parent in self.ends:
            self.torn.add(parent)
            parent = self._parents[parent]
        while self._open and self._open[-1] != parent:
            self.ends[self._open.pop()] = index

    def open(self, index: int, parent: int) -> None:
        """Put a scope there."""
        self.place(index, parent)
        self._parents[index] = parent
        self._open.append(index)

    def seal(self, index: int, parent: int, end: int) -> None:
        """Put a scope there that has ended, and is not to be found."""
        self._parents[index] = parent
        self.ends[index] = end
        self.torn.add(index)

    def close(self, index: int) -> None:
        """Say that the row ends here."""
        while self._open:
            self.ends[self._open.pop()] = index

    def whole(self, index: int) -> tuple[int, int] | None:
        """Return from where to where the scope at *index* reaches, if it has ended."""
        if index in self.torn or index not in self.ends:
            return None
        return index, self.ends[index]
