"""Call boxes by names that tell them apart, where no frame tells to which block each belongs."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from sphinx_visualtorch.graph import ArchitectureGraph, Node

__all__ = ["told_apart"]

_LONGEST = 14  # characters of a name that has room beside its neighbours


def told_apart(graph: ArchitectureGraph) -> ArchitectureGraph:
    """Return the graph with the block's name before those that several boxes have.

    The four ``conv`` of a way up are ``dec4.conv`` to ``dec1.conv``; a name that would be long
    stays as it is.
    """
    paths = {(node.name, node.path) for node in graph.nodes if _is_named(node)}
    several = Counter(name for name, _ in paths)
    nodes = tuple(
        replace(node, name=_longer(node)) if _is_named(node) and several[node.name] > 1 else node
        for node in graph.nodes
    )
    return replace(graph, nodes=nodes)


def _is_named(node: Node) -> bool:
    """Say whether a box is called by an attribute: a position in a Sequential is no name."""
    return node.op in ("module", "scope") and "." not in node.name and not node.name.isdecimal()


def _longer(node: Node) -> str:
    """Return the name with that of the block around it, if that is one and not too long."""
    *_, block, own = ("", *node.path.split("."))
    name = f"{block}.{own}"
    return name if block and not block.isdecimal() and len(name) <= _LONGEST else node.name
