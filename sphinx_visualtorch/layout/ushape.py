"""Place a U: its segments in rows, and what leads from one to another.

The encoder's segments go down to the right, the decoder's up to the right, and the two of a level
stand on one line, so that what is copied runs straight across.  Nothing here knows what a box
shows.  All lengths are px.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sphinx_visualtorch.layout.diagram import Block, Box, Point
from sphinx_visualtorch.layout.place import embed
from sphinx_visualtorch.layout.recognise import Level
from sphinx_visualtorch.layout.segments import Pieces, Way, bodies_of, middle
from sphinx_visualtorch.layout.staircase import ARROW, Columns
from sphinx_visualtorch.scene import Bounds

__all__ = ["Placed", "place_u"]

_APART = 10.0  # between boxes of different rows
_ARC = 8.0  # between copies of one level that run above one another


@dataclass(slots=True, kw_only=True)
class Placed:
    """A placed U: all boxes in one *block*, and what is between the segments.

    *tags* holds the middle of each tag; *ways* the points of the way into each segment, from
    above, and *ends* how it goes on to each of the boxes that it enters from below; *spans* the
    free stretch before each right segment and its height.  *arcs* holds the height at which a node
    is copied to a segment past the straight copy, *trunks* the way of what is given to the left of
    all rows, and *branches* at what height it goes to a segment.
    """

    block: Block
    tags: dict[str, Point] = field(default_factory=dict)
    ways: dict[str, list[Point]] = field(default_factory=dict)
    ends: dict[tuple[str, str], list[Point]] = field(default_factory=dict)
    spans: dict[str, tuple[float, float, float]] = field(default_factory=dict)
    arcs: dict[tuple[str, str], float] = field(default_factory=dict)
    trunks: dict[str, list[Point]] = field(default_factory=dict)
    branches: dict[tuple[str, str], float] = field(default_factory=dict)


def place_u(pieces: Pieces, room: float, *, steep: bool) -> Placed | None:
    """Return the U in at most *room* px of width, or None where it does not fit.

    A *steep* one has segments above one another where they would not fit beside each other.
    """
    columns = Columns(pieces)
    if not columns.fit(room, steep=steep):
        return None
    return _Rows(pieces, columns).placed()


class _Rows:
    """Where the rows stand: *line* is the height at which each segment is copied from or to."""

    def __init__(self, pieces: Pieces, columns: Columns) -> None:
        self.pieces, self.columns = pieces, columns
        self.left = columns.left
        self.line: dict[str, float] = {}
        self.taken: list[Bounds] = []
        self.result = Placed(block=Block(id="frame "))

    def placed(self) -> Placed:
        """Return everything in its place, the top left corner at (0, 0)."""
        blocks, boxes = self.pieces.blocks, self.pieces.boxes
        if self.pieces.told:
            self._row(self.pieces.shape.given, None)
            self._trunks()
        for level in self.pieces.shape.levels:
            names = (level.left, level.across, level.right)
            self._row([name for name in names if name in blocks], level)
        self._row([self.pieces.shape.bottom], None)
        block = self.result.block
        for name, part in blocks.items():
            embed(block, part, self.left[name], self.top(name))
            del block.frames[part.id]
        block.width = self.columns.width()
        block.height = max(bounds.bottom for bounds in self.taken)
        for name, (_, line) in block.boxes.items():
            block.lanes[name] = (line - boxes[name].above, line + boxes[name].below)
        return self.result

    def anchor(self, name: str) -> float:
        """Return how far below its top a segment has the line of its row."""
        block = self.pieces.blocks[name]
        if name in self.pieces.shape.given:
            return min(line for _, line in block.boxes.values())
        for level in self.pieces.shape.levels:
            if name == level.left:
                return block.outs[level.source]
            if name in (level.right, level.across):
                segment = self.pieces.shape.segment
                before = (level.left, level.across)
                return next(y for key, y in block.ins.items() if segment.get(key) in before)
        way = next(way for way in self.pieces.ways if way.end == name)
        return block.ins[way.key]

    def top(self, name: str) -> float:
        """Return the upper edge of a segment."""
        return self.line[name] - self.anchor(name)

    def _row(self, names: Sequence[str], level: Level | None) -> None:
        """Choose the line of a row: as high as what is above allows."""
        pieces = self.pieces
        parts = [
            _shifted(bounds, self.left[name], -self.anchor(name))
            for name in names
            for bounds in _covered(pieces.blocks[name], pieces.boxes)
        ]
        told = self._sources(self.pieces.told, names)
        arcs = self._sources(self.pieces.shape.outer, names)
        low = min(bounds.top for bounds in parts)
        if told:
            parts.append(_above(parts, _ARC * len(told) + 4.0, 0.0))
        high = min(bounds.top for bounds in parts)
        if arcs:
            parts.append(_above(parts, _ARC * len(arcs) + 4.0))
        line = max(-bounds.top for bounds in parts)
        if self.taken:
            line = max(
                (
                    other.bottom + _APART - bounds.top
                    for bounds in parts
                    for other in self.taken
                    if other.left < bounds.right + 4.0 and other.right > bounds.left - 4.0
                ),
                default=0.0,
            )
        line = max(line, *(self._needed(way, names) for way in pieces.ways))
        self.line.update(dict.fromkeys(names, line))
        self.taken += [_shifted(bounds, 0.0, line) for bounds in parts]
        if level is not None:
            self._copies(level, line)
        for number, source in enumerate(arcs):
            y = line + high - 4.0 - (len(arcs) - 1 - number) * _ARC
            self.result.arcs.update({(source, name): y for name in names})
        for number, source in enumerate(told):
            y = line + low - 8.0 - number * _ARC
            self.result.branches.update({(source, name): y for name in names})
        for way in pieces.ways:
            if (way.begin if way.down else way.end) in names:
                self._hang(way)
            if (way.end if way.down else way.begin) in names:
                self.result.ways[way.end].append((self.columns.lower(way), self._low(way)))

    def _sources(self, edges: Iterable[tuple[str, str]], names: Sequence[str]) -> list[str]:
        """Return the nodes from which *edges* lead to the segments *names*, in their order."""
        segment = self.pieces.shape.segment
        found = {source for source, target in edges if segment[target] in names}
        return [name for name in segment if name in found]

    def _copies(self, level: Level, line: float) -> None:
        """Note where the straight copy of a level runs."""
        blocks, boxes = self.pieces.blocks, self.pieces.boxes
        name = level.across if level.across in blocks else level.left
        start = max(part.right for part in bodies_of(blocks[name], boxes)) + self.left[name]
        stop = min(part.left for part in bodies_of(blocks[level.right], boxes))
        stop += self.left[level.right]
        self.result.spans[level.right] = (start, stop, line)
        first = self.columns.end(level.left)
        self.taken.append(Bounds(left=first, right=stop, top=line - 14.0, bottom=line))

    def _trunks(self) -> None:
        """Note how what is given goes down and to the left, where its trunk begins."""
        pieces = self.pieces
        low = max(bounds.bottom for bounds in self.taken)
        for number, (source, trunk) in enumerate(self.columns.trunks.items()):
            name = pieces.shape.segment[source]
            block = pieces.blocks[name]
            x = self.left[name] + middle(block, pieces.boxes, source)
            bottom = self.top(name) + _bottom(block, pieces.boxes, source) + 1.0
            y = low + 6.0 + number * _ARC
            self.result.trunks[source] = [(x, bottom), (x, y), (trunk, y)]
            self.taken.append(Bounds(left=trunk, right=x, top=y, bottom=y))

    # ways

    def _needed(self, way: Way, names: Sequence[str]) -> float:
        """Return the line that a row needs so that a way to or from it is long enough."""
        name = way.end if way.down else way.begin
        if name not in names:
            return 0.0
        points = self.result.ways[way.end]
        need = ARROW if len(points) > 1 else 20.0 + (way.high + 2.0 if way.tag else 0.0)
        return points[-1][1] + need - self._port(way) + self.anchor(name)

    def _port(self, way: Way) -> float:
        """Return the height in its segment at which a way has its lower end."""
        if way.down:
            return self.pieces.blocks[way.end].ins[way.key]
        block = self.pieces.blocks[way.begin]
        if way.rises:
            box = self.pieces.boxes[way.source]
            return block.boxes[way.source][1] - (box.radius or box.above)
        return block.outs[way.source]

    def _low(self, way: Way) -> float:
        """Return the y of the lower end of a way."""
        return self.top(way.end if way.down else way.begin) + self._port(way)

    def _high(self, way: Way) -> float:
        """Return the y of the upper end of a way."""
        boxes = self.pieces.boxes
        name = way.begin if way.down else way.end
        block, top = self.pieces.blocks[name], self.top(name)
        if not way.free:
            return top + (block.outs[way.source] if way.down else block.ins[way.key])
        if way.down:
            return top + _bottom(block, boxes, way.source)
        if len(way.targets) == 1:
            return top + _bottom(block, boxes, way.targets[0])
        # a line below all that stands between several targets, from which each is reached
        xs = [middle(block, boxes, name) for name in way.targets]
        passed = [
            other.bottom
            for other in _covered(block, boxes)
            if other.left < max(xs) and other.right > min(xs)
        ]
        return top + max(passed) + 7.0

    def _hang(self, way: Way) -> None:
        """Begin a way at its upper end: its tag, and where it turns to what is not below it."""
        x, y = self.columns.upper(way), self._high(way)
        points = self.result.ways[way.end] = [(x, y)]
        if way.free and not way.down:
            self._fork(way, points[0])
        if way.tag:
            tag = self._tag(way, y + (6.0 if way.down else 11.0))
            self.taken.append(tag)
            y = tag.bottom
        goal = self.columns.lower(way)
        if goal != x:
            left, right = min(x, goal), max(x, goal)
            passed = [
                other.bottom
                for other in self.taken
                if other.left < right + 4.0 and other.right > left - 4.0
            ]
            y = max(y, *passed) + 8.0
            self.taken.append(Bounds(left=left, right=right, top=y, bottom=y))
            points += [(x, y), (goal, y)]

    def _fork(self, way: Way, start: Point) -> None:
        """Note how a way up goes on to each of its targets."""
        block, boxes = self.pieces.blocks[way.end], self.pieces.boxes
        for name in way.targets:
            goal = self.left[way.end] + middle(block, boxes, name)
            bottom = self.top(way.end) + _bottom(block, boxes, name)
            self.result.ends[way.end, name] = [start, (goal, start[1]), (goal, bottom + 1.0)]

    def _tag(self, way: Way, top: float) -> Bounds:
        """Place a tag on its way, *top* px from above or lower: not on anything else.

        It may stand out to the left of its way by more than to the right.
        """
        x, half = self.columns.upper(way), way.wide / 2
        for other in sorted(self.taken, key=lambda other: other.bottom):
            if other.left - 3.0 < x < other.right + 3.0 and other.top < top < other.bottom + 4.0:
                top = other.bottom + 4.0
        bottom = top + way.high
        aside = max(
            (
                x + half + 4.0 - other.left
                for other in self.taken
                if x < other.left < x + half + 4.0
                and other.top < bottom + 2.0
                and other.bottom > top - 2.0
            ),
            default=0.0,
        )
        x -= min(aside, half - 4.0)
        self.result.tags[way.tag] = (x, top + way.high / 2)
        return Bounds(left=x - half, right=x + half, top=top, bottom=bottom)


def _covered(block: Block, boxes: Mapping[str, Box]) -> Iterator[Bounds]:
    """Yield what each box, frame and wire of *block* covers."""
    yield from bodies_of(block, boxes)
    for points in block.wires.values():
        xs, ys = zip(*points, strict=True)
        yield Bounds(left=min(xs), right=max(xs), top=min(ys), bottom=max(ys))


def _above(parts: Sequence[Bounds], high: float, left: float = math.inf) -> Bounds:
    """Return a stretch of *high* px above all *parts*, from *left* on if that is left of them."""
    top = min(bounds.top for bounds in parts)
    left = min(left, *(bounds.left for bounds in parts))
    right = max(bounds.right for bounds in parts)
    return Bounds(left=left, right=right, top=top - high, bottom=top)


def _bottom(block: Block, boxes: Mapping[str, Box], name: str) -> float:
    """Return the height at which a way from below ends at a box."""
    return block.boxes[name][1] + (boxes[name].radius or boxes[name].below)


def _shifted(bounds: Bounds, dx: float, dy: float) -> Bounds:
    return Bounds(
        left=bounds.left + dx,
        right=bounds.right + dx,
        top=bounds.top + dy,
        bottom=bounds.bottom + dy,
    )
