"""What will be seen of straight lines that lie on one another: each sample is drawn once.

Many edges may share one long line, a thousand users of one tensor for example.  Painting it a
thousand times would take the square of their number.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from typing import TypeAlias

from sphinx_visualtorch.paint.png.strokes import Polygon, Stroke
from sphinx_visualtorch.paint.png.tiles import Box

__all__ = ["seen"]

_Line: TypeAlias = tuple[bool, int, int]
"""Whether it is level, and from where to where it is thick."""


def seen(drawn: Iterable[Stroke]) -> list[Stroke]:
    """Return strokes that look like *drawn*, without what later ones on the same line cover.

    That is found from the last to the first: what is covered in the end may be left out, whatever
    is drawn in between.
    """
    covered: dict[_Line, _Stretches] = {}
    kept: list[Stroke] = []
    for stroke in reversed(list(drawn)):
        if not isinstance(stroke, Polygon) or not _is_bar(stroke):
            kept.append(stroke)
            continue
        left, top, right, bottom = stroke.box
        level = right - left >= bottom - top
        line = (level, top, bottom) if level else (level, left, right)
        start, stop = (left, right) if level else (top, bottom)
        gaps = covered.setdefault(line, _Stretches()).cover(start, stop)
        if gaps == [(start, stop)]:
            kept.append(stroke)
            continue
        for first, last in gaps:
            box = (first, top, last, bottom) if level else (left, first, right, last)
            kept.append(_bar(box, stroke))
    return kept[::-1]


def _is_bar(stroke: Polygon) -> bool:
    """Say whether a polygon is opaque and fills its box."""
    left, top, right, bottom = stroke.box
    if stroke.ink[3] < 255 or len(stroke.points) != 4:
        return False
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = stroke.points
    upright = x0 == x1 and y1 == y2 and x2 == x3 and y3 == y0
    level = y0 == y1 and x1 == x2 and y2 == y3 and x3 == x0
    return (upright or level) and {x0, x2} == {left, right - 1} and {y0, y2} == {top, bottom - 1}


def _bar(box: Box, like: Polygon) -> Polygon:
    left, top, right, bottom = box
    x, y = right - 1, bottom - 1
    return Polygon(((left, top), (x, top), (x, y), (left, y)), like.ink, box)


class _Stretches:
    """Stretches of a line that are covered: sorted, and none touches another."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._stops: list[int] = []

    def cover(self, start: int, stop: int) -> list[tuple[int, int]]:
        """Cover *start* to *stop*, the last not included, and return what of it was free."""
        first = bisect_left(self._stops, start)
        last = bisect_right(self._starts, stop)
        starts, stops = self._starts[first:last], self._stops[first:last]
        gaps = [
            (low, high)
            for low, high in zip([start, *stops], [*starts, stop], strict=True)
            if low < high
        ]
        self._starts[first:last] = [min([start, *starts])]
        self._stops[first:last] = [max([stop, *stops])]
        return gaps
