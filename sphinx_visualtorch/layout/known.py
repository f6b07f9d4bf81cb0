"""What a look has found out about a node: placing and drawing ask for the same sizes and words."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Protocol, TypeVar

from sphinx_visualtorch.graph import Node

__all__ = ["Known", "once"]


class Known(Protocol):
    """A look that keeps what it found out, by the name of the method and the id of the node."""

    known: dict[tuple[str, str], Any]


Look = TypeVar("Look", bound=Known)
Found = TypeVar("Found")


def once(method: Callable[[Look, Node], Found]) -> Callable[[Look, Node], Found]:
    """Return a method of a look that is worked out once for each node."""
    name = method.__name__

    @wraps(method)
    def asked(look: Look, node: Node) -> Found:
        key = (name, node.id)
        if key not in look.known:
            look.known[key] = method(look, node)
        found: Found = look.known[key]
        return found

    return asked
