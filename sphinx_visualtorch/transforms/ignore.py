"""Hide kinds of operation and join the edges around them."""

from __future__ import annotations

from collections.abc import Collection

from sphinx_visualtorch.graph import ArchitectureGraph, Node
from sphinx_visualtorch.transforms.rewire import drop

__all__ = ["ignore", "ignore_indices"]


def _is_called(node: Node, kinds: Collection[str]) -> bool:
    names = (node.kind, node.target, node.role)
    return any(name in kinds for name in names)


def ignore(graph: ArchitectureGraph, kinds: Collection[str]) -> ArchitectureGraph:
    """Leave out every node whose class, function, public path or role is in *kinds*."""
    return drop(graph, {node.id for node in graph.nodes if _is_called(node, kinds)})


def ignore_indices(graph: ArchitectureGraph, indices: Collection[int]) -> ArchitectureGraph:
    """Leave out the leaf layers with these numbers, counted from 0 in the order of execution."""
    layers = [node.id for node in graph.nodes if node.op == "module"]
    return drop(graph, {layers[index] for index in indices if index < len(layers)})
