"""Find the U in a graph: an encoder, a decoder, and tensors that are copied across.

Skips that lie one in another, from ever smaller tensors, are the levels of a U; they cut the main
path into segments: those of the encoder (*left*), the *bottom*, and those of the decoder
(*right*).  Whatever else there is must fit into one segment.  If anything does not, the graph is
no U: no edge is ever lost.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sphinx_visualtorch.graph import ArchitectureGraph, Edge
from sphinx_visualtorch.layout.skips import MainPath, Side

__all__ = ["Level", "UShape", "recognise"]

_STEP = 1.4  # how many times larger than the next a level is, at least
_MOST = 160  # boxes; a figure of more is no U that anybody could see


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One level: *sources* are copied from its left to its right segment, the outermost first.

    The last of *sources* is also where the way down begins.
    """

    left: str
    right: str
    across: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UShape:
    """A graph cut into segments.

    *levels* are listed from the top.  *segment* tells for each node the name of its segment;
    *bottom* is that of the lowest.  Nodes in *tags* stand between two segments: each alone changes
    the resolution there, and is named by the segment that it leads to.
    """

    levels: tuple[Level, ...]
    bottom: str
    segment: Mapping[str, str]
    tags: Mapping[str, str]

    @property
    def order(self) -> tuple[str, ...]:
        """The segments along the main path."""
        left = (level.left for level in self.levels)
        right = (level.right for level in reversed(self.levels))
        return (*left, self.bottom, *right)


def recognise(graph: ArchitectureGraph) -> UShape | None:
    """Return how *graph* is a U, or None if it is none."""
    if not 6 <= len(graph.nodes) <= _MOST:
        return None
    # channels stand before the sizes, or behind them
    for axes in (slice(2, None), slice(1, -1)):
        shape = _Finder(MainPath(graph, axes)).shape()
        if shape is not None:
            return shape
    return None


class _Finder:
    """The levels of a U along the main path, and what is in them."""

    def __init__(self, main: MainPath) -> None:
        self.graph, self.path, self.number = main.graph, main.path, main.number
        self.sides, self.side_of = main.sides, main.side_of
        self.chain = main.nested()

    def shape(self) -> UShape | None:
        """Return the U, or None."""
        groups = [
            list(group) for _, group in itertools.groupby(self.chain, key=lambda skip: skip.size)
        ]
        sizes = [group[0].size for group in groups]
        if len(sizes) < 2 or any(one < _STEP * two for one, two in itertools.pairwise(sizes)):
            return None
        starts = [[skip.start for skip in group] for group in groups]
        cuts = self._cuts(starts)
        if cuts is None:
            return None
        levels = tuple(
            Level(
                left=f":left {index}",
                right=f":right {index}",
                across=f":across {index}",
                sources=tuple(self.path[start] for start in group),
            )
            for index, group in enumerate(starts)
        )
        shape = UShape(levels=levels, bottom=":bottom", segment={}, tags={})
        segment = self._segments(shape, [*(group[-1] + 1 for group in starts), *cuts])
        if segment is None or not _sound(self.graph, levels, shape.order, segment):
            return None
        return _tagged(self.graph, shape, segment)

    def _cuts(self, starts: list[list[int]]) -> list[int] | None:
        """Return where on the main path the right segments begin, the lowest first."""
        bottom = starts[-1][-1] + 1
        outside: set[int] = set()
        first: list[int] = []
        for group in starts:
            outside.update(group)
            first.append(min(self._targets(group, bottom)))
        cuts: list[int] = []
        low = bottom + 1
        for level in range(len(starts) - 1, -1, -1):
            outer = {start for group in starts[: level + 1] for start in group}
            cut = next(
                (cut for cut in range(first[level], low - 1, -1) if self._is_cut(cut, outer)), None
            )
            if cut is None:
                return None
            cuts.append(cut)
            low = cut + 1
        return cuts

    def _targets(self, group: Iterable[int], bottom: int) -> Iterator[int]:
        """Yield where what the nodes number *group* make comes back behind the *bottom*."""
        for start in group:
            for edge in self.graph.outgoing[self.path[start]]:
                if edge.target in self.number:
                    stops = {self.number[edge.target]}
                else:
                    stops = self.side_of[edge.target].exits
                yield from (stop for stop in stops if stop > bottom)

    def _is_cut(self, cut: int, outer: set[int]) -> bool:
        """Say whether only one tensor, and those of the *outer* skips, pass before node *cut*."""
        sources: set[int] = set()
        for index in range(cut):
            for edge in self.graph.outgoing[self.path[index]]:
                if edge.target in self.number and self.number[edge.target] >= cut:
                    sources.add(index)
        for side in self.sides:
            if max(side.exits, default=0) >= cut:
                sources.update(entry for entry in side.entries if entry < cut)
        return len(sources - outer) <= 1

    # what is in which segment

    def _segments(self, shape: UShape, cuts: list[int]) -> dict[str, str] | None:
        """Return the segment of each node; *cuts* are where all but the first begin."""
        found: dict[str, str] = {}
        bounds = itertools.pairwise([0, *cuts, len(self.path)])
        for name, (start, stop) in zip(shape.order, bounds, strict=True):
            found.update(dict.fromkeys(self.path[start:stop], name))
        for side in self.sides:
            home = self._home(side, shape, found)
            if home is None:
                return None
            found.update(dict.fromkeys(side.nodes, home))
        return found

    def _home(self, side: Side, shape: UShape, found: Mapping[str, str]) -> str | None:
        """Return the segment in which the nodes of *side* are drawn."""
        ends = {found[self.path[index]] for index in side.exits}
        begins = {found[self.path[index]] for index in side.entries}
        if len(ends or begins) != 1:
            return None
        (home,) = ends or begins
        sources = {self.path[index] for index in side.entries}
        for level in shape.levels:
            if home == level.right and sources == {level.sources[-1]}:
                users = [edge.target for edge in self.graph.outgoing[level.sources[-1]]]
                others = [name for name in users if name not in side.nodes]
                if all(found.get(name, "") != home for name in others):
                    return level.across
        return home


def _sound(
    graph: ArchitectureGraph,
    levels: tuple[Level, ...],
    order: tuple[str, ...],
    segment: Mapping[str, str],
) -> bool:
    """Say whether every edge stays in a segment, follows the U or is one of its copies."""
    following = dict(itertools.pairwise(order))
    allowed: dict[tuple[str, str], tuple[str, ...]] = {}
    used: dict[tuple[str, str], set[str]] = {}
    for edge in graph.edges:
        ends = segment[edge.source], segment[edge.target]
        if ends[0] != ends[1]:
            used.setdefault(ends, set()).add(edge.source)
    alone = list(itertools.pairwise(order))  # ways that any one node may begin
    if any(ends not in used for ends in alone):
        return False
    for level in levels:
        inner = level.sources[-1:]
        changed = (level.across, level.right)
        allowed[level.left, level.right] = level.sources[:-1] if changed in used else level.sources
        allowed[level.left, level.across] = inner
        allowed[level.left, following[level.left]] = inner
        alone.append(changed)
    for ends in alone:
        if ends not in allowed and len(used.get(ends, ())) == 1:
            allowed[ends] = tuple(used[ends])
    return all(sources <= set(allowed.get(ends, ())) for ends, sources in used.items())


def _tagged(graph: ArchitectureGraph, shape: UShape, segment: Mapping[str, str]) -> UShape:
    """Return the U with calls that stand alone between two segments as tags."""
    held: dict[str, int] = {}
    for name in segment.values():
        held[name] = held.get(name, 0) + 1
    copied = {source for level in shape.levels for source in level.sources}
    tags: dict[str, str] = {}
    for one, two in itertools.pairwise(shape.order):
        down = two == shape.bottom or any(two == level.left for level in shape.levels)
        crossing = [
            edge
            for edge in graph.edges
            if segment[edge.source] == one and segment[edge.target] == two
        ]
        name = crossing[0].target if down else crossing[0].source
        home = two if down else one
        if held[home] > 1 and name not in copied and _is_tag(graph, crossing, name, down=down):
            if any(segment[edge.source] != one for edge in graph.incoming[name]):
                continue
            held[home] -= 1
            tags[name] = two
    kept = {name: where for name, where in segment.items() if name not in tags}
    return UShape(levels=shape.levels, bottom=shape.bottom, segment=kept, tags=tags)


def _is_tag(graph: ArchitectureGraph, crossing: list[Edge], name: str, *, down: bool) -> bool:
    """Say whether a node does nothing but change the resolution between two segments."""
    node = graph.by_id[name]
    if node.role != ("pooling" if down else "upsampling") or node.parts or node.repeat > 1:
        return False
    if node.op not in ("module", "function") or name in graph.returned:
        return False
    before, after = graph.incoming[name], graph.outgoing[name]
    if down:
        return len(crossing) == 1 and len(before) == 1 and bool(after)
    return len(before) == 1 and set(after) == set(crossing)
