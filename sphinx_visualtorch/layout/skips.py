"""The main path of a graph, and the skips that lead past lower resolutions.

The *main path* leads through all resolutions.  A *skip* leaves it at a node and comes back where
what lies between has a lower resolution than both.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from sphinx_visualtorch.graph import ArchitectureGraph, Edge, Node, TensorSpec

__all__ = ["MainPath", "Side", "Skip"]

_CHANGE = 4  # how much longer than a box a change of resolution makes a path


@dataclass(slots=True)
class Side:
    """Nodes beside the main path that hang together, and where on it they begin and end."""

    nodes: list[str] = field(default_factory=list)
    entries: set[int] = field(default_factory=set)
    exits: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Skip:
    """A way from the main path's node number *start* to number *stop* past lower resolutions."""

    start: int
    stop: int
    size: int


class MainPath:
    """The main path of a graph, and what leads past it.

    *axes* are those of a tensor's shape that are its resolution.
    """

    def __init__(self, graph: ArchitectureGraph, axes: slice) -> None:
        self.graph, self.axes = graph, axes
        self.sizes = {node.id: self._node_size(node) for node in graph.nodes}
        self.path = self._main_path()
        self.number = {name: index for index, name in enumerate(self.path)}
        self.sides = self._sides()
        self.side_of = {name: side for side in self.sides for name in side.nodes}

    def _size(self, spec: TensorSpec) -> int:
        return math.prod(spec.shape[self.axes]) if len(spec.shape) > 2 else 1

    def _node_size(self, node: Node) -> int:
        return self._size(node.outputs[0]) if node.outputs else 0

    def _rank(self, name: str) -> int:
        """Return how many axes the tensor of a node has."""
        outputs = self.graph.by_id[name].outputs
        return len(outputs[0].shape) if outputs else 0

    def edge_size(self, edge: Edge) -> int:
        """Return the greatest resolution of what an edge carries."""
        return max((self._size(spec) for spec in edge.tensors), default=0)

    def stops(self, edge: Edge) -> set[int]:
        """Return the numbers of the nodes of the path to which an edge leads, at once or not."""
        if edge.target in self.number:
            return {self.number[edge.target]}
        return self.side_of[edge.target].exits

    def _main_path(self) -> list[str]:
        """Return the longest path; a change of resolution counts like some boxes."""
        length: dict[str, int] = {}
        before: dict[str, str] = {}
        for node in self.graph.nodes:
            length[node.id] = 1
            sources = [edge.source for edge in self.graph.incoming[node.id]]
            # a vector, or a text, only tells something to a picture
            alike = [name for name in sources if self._rank(name) == self._rank(node.id)]
            for source in alike or sources:
                changed = self.sizes[source] != self.sizes[node.id]
                reached = length[source] + 1 + _CHANGE * changed
                if reached > length[node.id]:
                    length[node.id] = reached
                    before[node.id] = source
        last = max(length, key=lambda name: length[name])
        path = [last]
        while path[-1] in before:
            path.append(before[path[-1]])
        return path[::-1]

    def _sides(self) -> list[Side]:
        """Return the groups of nodes beside the main path."""
        group: dict[str, Side] = {}
        for node in self.graph.nodes:
            if node.id in self.number:
                continue
            side = Side(nodes=[node.id])
            for edge in self.graph.incoming[node.id]:
                other = group.get(edge.source)
                if other is None:
                    side.entries.add(self.number[edge.source])
                elif other is not side:
                    side = _joined(other, side)
                    group.update(dict.fromkeys(side.nodes, side))
            side.exits.update(
                self.number[edge.target]
                for edge in self.graph.outgoing[node.id]
                if edge.target in self.number
            )
            group[node.id] = side
        return list({id(side): side for side in group.values()}.values())

    # skips

    def _skips(self) -> Iterator[Skip]:
        """Yield all ways past lower resolutions."""
        for edge in self.graph.edges:
            if edge.source not in self.number:
                continue
            start = self.number[edge.source]
            size = self.edge_size(edge)
            for stop in sorted(self.stops(edge)):
                passed = [self.sizes[name] for name in self.path[start + 1 : stop]]
                if passed and min(passed) < min(size, self.sizes[self.path[stop]]):
                    yield Skip(start, stop, size)
                    break

    def nested(self) -> list[Skip]:
        """Return the longest row of skips that lie one in another, from ever smaller tensors."""
        skips = sorted(set(self._skips()), key=lambda skip: (skip.start, -skip.stop))
        best: list[list[Skip]] = []
        for index, skip in enumerate(skips):
            around = [
                best[other]
                for other in range(index)
                if skips[other].start < skip.start
                and skips[other].stop > skip.stop
                and skips[other].size >= skip.size
            ]
            best.append([*max(around, key=_rank, default=[]), skip])
        return max(best, key=_rank, default=[])


def _rank(row: list[Skip]) -> tuple[int, int, int]:
    """Return how good a row of skips is: of equally long ones the one that is nearer the bottom."""
    return len(row), sum(skip.start for skip in row), sum(skip.size for skip in row)


def _joined(one: Side, two: Side) -> Side:
    return Side(
        nodes=[*one.nodes, *two.nodes],
        entries=one.entries | two.entries,
        exits=one.exits | two.exits,
    )
