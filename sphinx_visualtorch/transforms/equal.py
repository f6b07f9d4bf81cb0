"""Which parts of a graph are equal: same kinds, hyper-parameters, tensors and inner edges."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from operator import attrgetter

from sphinx_visualtorch.graph import ArchitectureGraph, Edge, Node
from sphinx_visualtorch.rules import Rule, ruled
from sphinx_visualtorch.transforms.depth import Item, levels, members

__all__ = ["Block", "Blocks", "crossings"]

_facts = attrgetter("op", "kind", "role", "attributes", "inputs", "outputs", "repeat", "left_out")


@dataclass(frozen=True, slots=True)
class Block:
    """An item of a scope with where its nodes stand: positions *start* to *stop* − 1."""

    item: Item
    start: int
    stop: int
    signature: int


class Blocks:
    """What is computed once for a graph: positions, blocks and their signatures."""

    def __init__(self, graph: ArchitectureGraph, rules: tuple[Rule, ...]) -> None:
        self.graph = graph
        self.rules = rules
        self.position = {node.id: index for index, node in enumerate(graph.nodes)}
        self.members = members(graph)
        self.numbers: dict[object, int] = {}
        self.edges: dict[str, list[tuple[int, int, tuple[str, ...]]]] = {}
        self.ends: dict[str, dict[tuple[int, tuple[str, ...]], None]] = {}
        self._note_edges()
        self.blocks: dict[str, list[Block]] = {}
        for scope in reversed(graph.scopes):  # children before their parents
            self.blocks[scope.id] = [self.block(item) for item in self.members[scope.id]]

    def _number(self, value: object) -> int:
        """Return a small number that is equal for equal values (so hashing stays linear)."""
        return self.numbers.setdefault(value, len(self.numbers))

    def _note_edges(self) -> None:
        """Note the edges by the innermost scope around both ends, as positions.

        Those within an inner scope are told by its own signature.  What is left out on an edge that
        crosses the border of a scope belongs to that scope if it was called in it.
        """
        depth = levels(self.graph)
        self.parent = {scope.id: scope.parent or "" for scope in self.graph.scopes}
        for target, node in enumerate(self.graph.nodes):
            for edge in self.graph.incoming[node.id]:
                source = self.position[edge.source]
                one, two = self.graph.nodes[source].scope, node.scope
                while one != two:
                    if depth[one] >= depth[two]:
                        self._note_end(one, source, edge)
                        one = self.parent[one]
                    else:
                        self._note_end(two, target, edge)
                        two = self.parent[two]
                words = tuple(exact for _, _, exact in edge.through)
                self.edges.setdefault(one, []).append((source, target, words))

    def _note_end(self, scope: str, place: int, edge: Edge) -> None:
        inside = tuple(exact for at, _, exact in edge.through if self._is_in(at, scope))
        if inside:
            self.ends.setdefault(scope, {})[place, inside] = None

    def _is_in(self, scope: str, outer: str) -> bool:
        while scope and scope != outer:
            scope = self.parent.get(scope, "")
        return scope == outer

    def block(self, item: Item) -> Block:
        """Return *item*, a node or a scope whose inner blocks are known, as a block."""
        if isinstance(item, Node):
            start = self.position[item.id]
            return Block(item, start, start + 1, self._number(self._leaf(item)))
        inner = self.blocks[item.id]
        start, stop = inner[0].start, inner[-1].stop
        edges = tuple(
            (source - start, target - start, words)
            for source, target, words in self.edges.get(item.id, ())
        )
        # how often a tensor is used behind a border is no matter of what is within
        ends = tuple((place - start, words) for place, words in self.ends.get(item.id, {}))
        signatures = tuple(block.signature for block in inner)
        look = ruled(self.rules, item)
        value = (item.kind, item.repeat, signatures, self._number(edges), self._number(ends), look)
        return Block(item, start, stop, self._number(value))

    def _leaf(self, node: Node) -> object:
        """Return what two nodes have in common that are equal."""
        if not node.parts and not self.rules:
            return _facts(node)
        parts = tuple((part.kind, part.attributes) for part in node.parts)
        looks = (ruled(self.rules, node), *(ruled(self.rules, part) for part in node.parts))
        return (*_facts(node), parts, looks)


def crossings(graph: ArchitectureGraph) -> list[int]:
    """Return for each position how many tensors are made before it and used from there on."""
    position = {node.id: index for index, node in enumerate(graph.nodes)}
    change = [0] * (len(position) + 2)
    for node, index in position.items():
        last = max((position[edge.target] for edge in graph.outgoing[node]), default=index)
        change[index + 1] += 1
        change[last + 1] -= 1
    return list(accumulate(change))
