"""Draw equal neighbouring blocks once, with ×N.

Two blocks are equal when their layers have the same kinds, hyper-parameters, tensors and inner
edges.  A run of equal blocks is folded when it is a chain (each block takes its input from the
same place in the one before) or when its blocks stand side by side (all take the same inputs and
feed the same layers); other tensors that flow in must come from one place outside the run.  What
a figure of the first block then says is true of each of them; an author's rules must therefore
want the same of them, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias, TypeVar

from sphinx_visualtorch.graph import SOURCES, ArchitectureGraph, Edge, Node, Scope, sums
from sphinx_visualtorch.rules import Rule
from sphinx_visualtorch.transforms.depth import Item
from sphinx_visualtorch.transforms.equal import Block, Blocks
from sphinx_visualtorch.transforms.rewire import Joined, living

__all__ = ["fold"]

_LEAVES = 3  # two equal layers in a row are as quickly read as "× 2"


_Way: TypeAlias = tuple[int, int, tuple[str, ...]]


def _words(edge: Edge, *, roughly: bool = False) -> tuple[str, ...]:
    return tuple(rough if roughly else exact for _, rough, exact in edge.through)


class _Folder:
    """How the equal blocks of a graph follow each other."""

    def __init__(self, known: Blocks) -> None:
        self.graph, self.position, self.blocks = known.graph, known.position, known.blocks

    def entering(self, block: Block, first: Block) -> list[_Way]:
        """Return (source position, target offset, what is left out) of the edges into *block*.

        What comes from before the run, which begins with *first*, may be other parts of a tensor:
        of eight equal experts each takes its own column of the weights.
        """
        return [
            (position, index - block.start, _words(edge, roughly=position < first.start))
            for index in range(block.start, block.stop)
            for edge in self.graph.incoming[self.graph.nodes[index].id]
            if not block.start <= (position := self.position[edge.source]) < block.stop
        ]

    def leaving(self, block: Block) -> list[_Way]:
        """Return (source offset, target position, what is left out) of the edges out of *block*."""
        return [
            (index - block.start, position, _words(edge))
            for index in range(block.start, block.stop)
            for edge in self.graph.outgoing[self.graph.nodes[index].id]
            if not block.start <= (position := self.position[edge.target]) < block.stop
        ]

    def returned(self, block: Block) -> set[int]:
        """Return the offsets of the nodes of *block* whose tensors the model returns."""
        nodes = self.graph.nodes[block.start : block.stop]
        return {offset for offset, node in enumerate(nodes) if node.id in self.graph.returned}

    def follows(self, first: Block, one: Block, two: Block) -> str:
        """Return how *two* continues a run from *first* to *one*: chain, side or not ("").

        All three have the same signature.
        """
        if not self.returned(one) <= self.returned(two):
            return ""
        come, came = sorted(self.entering(two, first)), sorted(self.entering(one, first))
        go, went = sorted(self.leaving(two)), sorted(self.leaving(one))
        if come == came and go == went and self._outside(first, two, come):
            return "side" if go and come else ""
        if one.stop != two.start:
            return ""
        linked = [(source - one.start, *way) for source, *way in come if source >= one.start]
        shared = [pair for pair in come if pair[0] < one.start]
        if not linked or any(source >= first.start for source, *_ in shared):
            return ""
        # what all blocks share (a mask) may enter where the one before comes in, too
        passed = [pair for pair in came if pair not in set(shared)]
        if len(passed) + len(shared) != len(came):
            return ""
        # x = f(x) + x0 begins with x = x0: one line would be drawn for two
        if one is first and {source for source, *_ in passed} & {source for source, *_ in shared}:
            return ""
        if one is not first:
            back = one.start - (one.stop - one.start)
            if sorted((source - back, *way) for source, *way in passed) != sorted(linked):
                return ""
        elif {target for _, target, _ in passed} != {target for _, target, *_ in linked}:
            return ""
        return "chain" if all(position < two.stop for _, position, _ in went) else ""

    @staticmethod
    def _outside(first: Block, two: Block, edges: list[_Way]) -> bool:
        return all(not first.start <= source < two.stop for source, *_ in edges)


def _is_alone(item: Item) -> bool:
    """Say whether a node is never folded: a source, or a merge, whose sign has no room for ×N."""
    return isinstance(item, Node) and (item.op in SOURCES or item.role == "merge")


def _runs(folder: _Folder, blocks: Sequence[Block]) -> list[tuple[list[Block], bool]]:
    """Return the foldable runs of one scope's blocks, and whether they stand side by side."""
    found: list[tuple[list[Block], bool]] = []
    index = 0
    while index < len(blocks):
        run, beside = _run(folder, blocks, index)
        if len(run) >= (2 if isinstance(run[0].item, Scope) else _LEAVES):
            found.append((run, beside))
        index += len(run)
    return found


def _run(folder: _Folder, blocks: Sequence[Block], index: int) -> tuple[list[Block], bool]:
    """Return the block at *index* and those that can be folded into it, and if side by side."""
    first = blocks[index]
    run = [first]
    manner = ""
    # signatures first: most neighbours differ, and their nodes need not be looked at
    for place in range(index + 1, len(blocks)):
        following = blocks[place]
        if following.signature != first.signature or _is_alone(first.item):
            break
        step = folder.follows(first, run[-1], following)
        if not step or (manner and step != manner):
            break
        manner = step
        run.append(following)
    return run, manner == "side"


def fold(
    graph: ArchitectureGraph, rules: tuple[Rule, ...] = (), known: Blocks | None = None
) -> ArchitectureGraph:
    """Fold every run of equal blocks, innermost first as far as the outer ones stay equal.

    Blocks of which *rules* want different looks are not equal; *known* are those of the graph.
    """
    folder = _Folder(known or Blocks(graph, rules))
    first_of: dict[int, int] = {}  # position of a folded node → position in the first block
    told: dict[str, _Told] = {}
    for scope in graph.scopes:
        for run, beside in _runs(folder, folder.blocks[scope.id]):
            _note(run, first_of)
            item, last = run[0].item, run[-1].item.path
            told[item.id] = _Told(times=len(run), last=last, beside=beside)
    if not first_of:
        return graph
    return _rebuilt(graph, first_of, told)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What the first block of a run says of the others."""

    times: int
    last: str
    beside: bool


def _note(run: list[Block], first_of: dict[int, int]) -> None:
    head = run[0]
    for block in run[1:]:
        for index in range(block.start, block.stop):
            first_of[index] = head.start + index - block.start


def _resolve(first_of: Mapping[int, int], index: int) -> int:
    while index in first_of:
        index = first_of[index]
    return index


def _rebuilt(
    graph: ArchitectureGraph,
    first_of: Mapping[int, int],
    told: Mapping[str, _Told],
) -> ArchitectureGraph:
    folded: dict[int, list[Node]] = {}
    for index in first_of:
        head = _resolve(first_of, index)
        folded.setdefault(head, [graph.nodes[head]]).append(graph.nodes[index])
    name = {node.id: nodes[0].id for nodes in folded.values() for node in nodes}
    nodes = tuple(
        _told(replace(node, **sums(folded[index])), told) if index in folded else node
        for index, node in enumerate(graph.nodes)
        if index not in first_of
    )
    edges = _folded(graph.edges, name, {node.id: index for index, node in enumerate(nodes)})
    living_ones = living(graph.scopes, nodes)
    scopes = tuple(_told(scope, told) for scope in living_ones)
    outputs = tuple(dict.fromkeys(name.get(item, item) for item in graph.outputs))
    return replace(graph, scopes=scopes, nodes=nodes, edges=edges, outputs=outputs)


_Any = TypeVar("_Any", Node, Scope)


def _told(item: _Any, told: Mapping[str, _Told]) -> _Any:
    """Return the first of a run with what it says of the others."""
    found = told.get(item.id)
    if found is None:
        return item
    repeat = item.repeat * found.times
    return replace(item, repeat=repeat, last=found.last, beside=found.beside)


def _folded(
    edges: Sequence[Edge], name: Mapping[str, str], order: Mapping[str, int]
) -> tuple[Edge, ...]:
    """Return *edges* between those that stand for others, without those that lead back."""
    left = Joined()
    for edge in edges:
        source, target = name.get(edge.source), name.get(edge.target)
        if source is None and target is None:
            left.keep(edge)
            continue
        start, end = source or edge.source, target or edge.target
        if order[start] < order[end]:
            left.add(start, end, edge)
    return left.edges()
