"""Where the segments of a U stand from left to right: its stairs down and up.

All lengths are px.
"""

from __future__ import annotations

import math

from sphinx_visualtorch.layout.recognise import Level
from sphinx_visualtorch.layout.segments import Pieces, Way, middle

__all__ = ["ARROW", "Columns"]

ARROW = 12.0  # the length of an arrow to a box
_JOG = 14.0  # how far a way turns aside, at least
_ACROSS = 26.0  # the length of a copy, at least
_EDGE, _WIRE = 4.0, 8.0  # left of the first trunk, and from trunk to trunk
_WIDER = 34.0  # how much further apart segments may stand than they must


class Columns:
    """Where the segments of a U stand: *left* is the left edge of each.

    What is given goes down to all rows on its *trunks*, left of them.
    """

    def __init__(self, pieces: Pieces) -> None:
        self.pieces = pieces
        self.left: dict[str, float] = {}
        sources = dict.fromkeys(source for source, _ in pieces.told)
        self.trunks = {name: _EDGE + _WIRE * number for number, name in enumerate(sources)}
        self.start = _EDGE + _WIRE * len(sources) if sources else 0.0
        self.level_of = {level.right: level for level in pieces.shape.levels}

    def fit(self, room: float, *, steep: bool) -> bool:
        """Choose the edges so that all is at most *room* px wide; say whether that can be."""
        width = self.stand()
        if width <= room:
            self.spread(min(room - width, _WIDER * len(self.pieces.ways)))
            return True
        if not steep or self.stand(step=0.0) > room:
            return False
        low, high = 0.0, room
        for _ in range(12):
            half = (low + high) / 2
            low, high = (half, high) if self.stand(step=half) <= room else (low, half)
        self.stand(step=low)
        return True

    def spread(self, free: float) -> None:
        """Move the segments apart by *free* px in all, the bottom as near the middle as can be."""
        name = self.pieces.shape.bottom
        width = self.stand()
        centre = self.left[name] + self.pieces.blocks[name].width / 2
        left = min(free, max(0.0, (free + width - 2 * centre) / 2))
        steps = len(self.pieces.ways) / 2
        self.stand(more=(left / steps, (free - left) / steps))

    def stand(self, *, step: float = math.inf, more: tuple[float, float] = (0.0, 0.0)) -> float:
        """Choose the left edge of each segment and return the width.

        A segment stands behind the way to it, *more* px on the way down and up, but no more than
        *step* px behind the left edge of the segment before.
        """
        self.left = {self.pieces.shape.order[0]: self.start}
        x = self.start
        for name in self.pieces.shape.given:
            self.left[name] = x
            x += self.pieces.blocks[name].width + _ACROSS
        for way in self.pieces.ways:
            x = self._behind(way, step, more[0] if way.down else more[1])
            if way.end in self.level_of:
                x = max(x, self._after_copy(self.level_of[way.end]))
            self.left[way.end] = x
        for way in reversed(self.pieces.ways):
            aside = self.upper(way) - self.lower(way)
            if way.rises and 0.0 < aside < _JOG:  # it can be straight
                self.left[way.begin] += aside
        for level in self.pieces.shape.levels:
            if level.across in self.pieces.blocks:
                start = self.end(level.left)
                free = self.left[level.right] - start - self.pieces.blocks[level.across].width
                self.left[level.across] = start + free / 2
        return self.width()

    def _behind(self, way: Way, step: float, more: float) -> float:
        """Return the left edge of the segment to which a way leads."""
        inwards = 0.0 if way.down else self._inwards(way)
        if way.rises:  # straight up
            block = self.pieces.blocks[way.begin]
            straight = self.left[way.begin] + middle(block, self.pieces.boxes, way.source)
            return straight - inwards
        x = (self.upper(way) if way.down else self.end(way.begin)) + ARROW + more
        near = self.left[way.begin] + step + inwards
        if near < x:  # a little less would make a tiny jog
            x = max(self.start + ARROW if way.down else 0.0, min(near, x - _JOG))
        return x - inwards

    def _after_copy(self, level: Level) -> float:
        """Return where the right segment of a level may begin at the earliest."""
        x = self.end(level.left) + _ACROSS
        if level.across in self.pieces.blocks:
            x += self.pieces.blocks[level.across].width + _ACROSS
        return x

    def end(self, name: str) -> float:
        """Return the right edge of a segment."""
        return self.left[name] + self.pieces.blocks[name].width

    def width(self) -> float:
        """Return the width of the whole."""
        ends = [self.end(name) for name in self.left]
        return max(*ends, *(self.lower(way) + 2.0 for way in self.pieces.ways))

    def _inwards(self, way: Way) -> float:
        """Return how far inside its segment a way up ends: where it enters a box from below."""
        if not way.free:
            return -ARROW
        return middle(self.pieces.blocks[way.end], self.pieces.boxes, way.targets[0])

    def upper(self, way: Way) -> float:
        """Return the x of the upper end of a way."""
        if not way.down:
            return self.left[way.end] + self._inwards(way)
        if not way.free:
            return self.end(way.begin) + ARROW
        block = self.pieces.blocks[way.begin]
        return self.left[way.begin] + middle(block, self.pieces.boxes, way.source)

    def lower(self, way: Way) -> float:
        """Return the x of the vertical stretch at the lower end of a way."""
        x = self.upper(way)
        if way.rises:
            block = self.pieces.blocks[way.begin]
            return self.left[way.begin] + middle(block, self.pieces.boxes, way.source)
        if way.down:
            return min(x, self.left[way.end] - ARROW)
        return max(x, self.end(way.begin) + ARROW)
