"""Find the U in a graph: an encoder, a decoder, and tensors that are copied across.

Skips that lie one in another, from ever smaller tensors, are the levels of a U; they cut the main
path into segments: those of the encoder (*left*), the *bottom*, and those of the decoder
(*right*).  Whatever else there is must fit into one segment.  If anything does not, the graph is
no U: no edge is ever lost.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from sphinx_visualtorch.graph import ArchitectureGraph, Edge
from sphinx_visualtorch.layout.skips import MainPath, Side, Skip

__all__ = ["Level", "UShape", "recognise"]

_STEP = 1.4  # how many times larger than the next a level is, at least
_GIVEN = ":given"
_MOST = 160  # boxes; a figure of more is no U that anybody could see


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One level: the node *source* of its left segment is copied straight to the right one.

    The way down begins there, too.  What is on the copy is a segment of its own, *across*.
    """

    left: str
    right: str
    across: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UShape:
    """A graph cut into segments.

    *levels* are listed from the top.  *segment* tells for each node the name of its segment;
    *bottom* is that of the lowest.  Nodes in *tags* stand between two segments: each alone changes
    the resolution there, and is named by the segment that it leads to.  The edges in *outer* are
    copies, too, past a straight one.  The segments in *given* are what many others are told, such
    as the time in a model of diffusion.
    """

    levels: tuple[Level, ...]
    bottom: str
    segment: Mapping[str, str]
    tags: Mapping[str, str]
    outer: tuple[tuple[str, str], ...] = ()
    given: tuple[str, ...] = ()

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
        self.main = main
        self.graph, self.path, self.number = main.graph, main.path, main.number
        self.chain = main.nested()

    def shape(self) -> UShape | None:
        """Return the U, or None."""
        groups = [
            list(group) for _, group in itertools.groupby(self.chain, key=lambda skip: skip.size)
        ]
        sizes = [group[0].size for group in groups]
        if len(sizes) < 2 or any(one < _STEP * two for one, two in itertools.pairwise(sizes)):
            return None
        cuts = self._cuts([group[-1] for group in groups])
        if cuts is None:
            return None
        starts = [group[-1].start for group in groups]
        levels = tuple(
            Level(
                left=f":left {index}",
                right=f":right {index}",
                across=f":across {index}",
                source=self.path[start],
            )
            for index, start in enumerate(starts)
        )
        shape = UShape(levels=levels, bottom=":bottom", segment={}, tags={})
        segment = self._segments(shape, [*(start + 1 for start in starts), *cuts])
        if segment is None:
            return None
        given = tuple(dict.fromkeys(name for name in segment.values() if name[:6] == _GIVEN))
        outer = tuple(_outer(self.graph, levels, segment))
        shape = replace(shape, segment=segment, outer=outer, given=given)
        return _tagged(self.graph, shape) if _is_sound(self.graph, shape) else None

    def _cuts(self, skips: list[Skip]) -> list[int] | None:
        """Return where on the main path the right segments begin, the lowest first."""
        cuts: list[int] = []
        low, under = skips[-1].start + 2, skips[-1].start + 1
        for skip in reversed(skips):
            first = min(stop for stop in self._targets(skip) if stop > under)
            found = range(first, low - 1, -1)
            cut = next((cut for cut in found if self._is_cut(cut, skip.start)), None)
            if cut is None:
                return None
            cuts.append(cut)
            low, under = cut + 1, skip.stop
        return cuts

    def _targets(self, skip: Skip) -> Iterator[int]:
        """Yield where on the main path what a skip copies is used."""
        for edge in self.graph.outgoing[self.path[skip.start]]:
            if self.main.edge_size(edge) == skip.size:
                yield from self.main.stops(edge)

    def _is_cut(self, cut: int, last: int) -> bool:
        """Say whether at most one tensor from behind the node *last* passes before node *cut*."""
        sources: set[int] = set()
        for index in range(last + 1, cut):
            for edge in self.graph.outgoing[self.path[index]]:
                if edge.target in self.number and self.number[edge.target] >= cut:
                    sources.add(index)
        for side in self.main.sides:
            if max(side.exits, default=0) >= cut:
                sources.update(entry for entry in side.entries if last < entry < cut)
        return len(sources) <= 1

    # what is in which segment

    def _segments(self, shape: UShape, cuts: list[int]) -> dict[str, str] | None:
        """Return the segment of each node; *cuts* are where all but the first begin."""
        found: dict[str, str] = {}
        bounds = itertools.pairwise([0, *cuts, len(self.path)])
        for name, (start, stop) in zip(shape.order, bounds, strict=True):
            found.update(dict.fromkeys(self.path[start:stop], name))
        for number, side in enumerate(self.main.sides):
            home = self._home(side, shape, found)
            if home is None and not side.entries and side.exits:
                home = f"{_GIVEN} {number}"
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
            if home == level.right and sources == {level.source}:
                users = [edge.target for edge in self.graph.outgoing[level.source]]
                others = [name for name in users if name not in side.nodes]
                if all(found.get(name, "") != home for name in others):
                    return level.across
        return home


def _outer(
    graph: ArchitectureGraph, levels: tuple[Level, ...], segment: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Yield the copies that are not straight.

    They come from other nodes of the same level's left segment, or on the way down to it.
    """
    above = {two.right: one.source for one, two in itertools.pairwise(levels)}
    level_of = {level.right: level for level in levels}
    for edge in graph.edges:
        level = level_of.get(segment[edge.target])
        if level is None or edge.source == level.source:
            continue
        if segment[edge.source] == level.left or above.get(level.right) == edge.source:
            yield edge.source, edge.target


def _is_sound(graph: ArchitectureGraph, shape: UShape) -> bool:
    """Say whether every edge stays in a segment, follows the U or is one of its copies."""
    segment, order = shape.segment, shape.order
    used: dict[tuple[str, str], set[str]] = {}
    for edge in graph.edges:
        ends = segment[edge.source], segment[edge.target]
        apart = ends[0] in shape.given or (edge.source, edge.target) in shape.outer
        if ends[0] != ends[1] and not apart:
            used.setdefault(ends, set()).add(edge.source)
    alone = list(itertools.pairwise(order))  # ways that any one node may begin
    if any(ends not in used for ends in alone):
        return False
    following = dict(alone)
    allowed: dict[tuple[str, str], set[str]] = {}
    for level in shape.levels:
        changed = (level.across, level.right)
        allowed[level.left, level.right] = set() if changed in used else {level.source}
        allowed[level.left, level.across] = {level.source}
        allowed[level.left, following[level.left]] = {level.source}
        alone.append(changed)
    for ends in alone:
        if ends not in allowed and len(used.get(ends, ())) == 1:
            allowed[ends] = used[ends]
    return all(sources <= allowed.get(ends, set()) for ends, sources in used.items())


def _tagged(graph: ArchitectureGraph, shape: UShape) -> UShape:
    """Return the U with calls that stand alone between two segments as tags."""
    segment = shape.segment
    held: dict[str, int] = {}
    for name in segment.values():
        held[name] = held.get(name, 0) + 1
    copied = {level.source for level in shape.levels} | {source for source, _ in shape.outer}
    # what is copied on its way down needs the way for itself
    tensors = {level.source for level in shape.levels}
    entered = {segment[target] for source, target in shape.outer if source in tensors}
    busy = {level.left for level in shape.levels if level.right in entered}
    tags: dict[str, str] = {}
    for one, two in itertools.pairwise(shape.order):
        if two in busy:
            continue
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
    return replace(shape, segment=kept, tags=tags)


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
