"""Outlines as polygons: what a painter of pixels needs and a painter of SVG leaves to others.

Plain geometry on points in px; it knows no image library.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, pairwise
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from sphinx_visualtorch.scene import Segment

__all__ = ["Line", "Point", "dashed", "lines", "quads", "signed_area"]

Point: TypeAlias = tuple[float, float]

_STEPS_PER_ROOT = 0.8  # chords of a quarter circle then leave it by less than 0.3 px
_MAX_STEPS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A polyline; *closed* if it returns to its first point, which is not repeated."""

    points: tuple[Point, ...]
    closed: bool = False


def lines(segments: tuple[Segment, ...], scale: float) -> list[Line]:
    """Return the subpaths of *segments*, times *scale*, with their curves as chords."""
    found: list[Line] = []
    points: list[Point] = []
    for segment in segments:
        values = [float(value) * scale for value in segment[1:]]
        ends = list(zip(values[::2], values[1::2], strict=True))
        match segment[0]:
            case "M":
                found += _finished(points, closed=False)
                points = ends
            case "L":
                points.append(ends[0])
            case "Q" | "C":
                points += _chords([points[-1], *ends])
            case "Z":
                found += _finished(points, closed=True)
                points = points[:1]
            case letter:
                raise ValueError(f"a path has the unknown segment {letter!r}")
    return found + _finished(points, closed=False)


def _finished(points: list[Point], *, closed: bool) -> list[Line]:
    distinct = points[:1] + [after for before, after in pairwise(points) if after != before]
    if closed and len(distinct) > 1 and distinct[0] == distinct[-1]:
        distinct.pop()
    return [Line(points=tuple(distinct), closed=closed)] if len(distinct) > 1 else []


def _chords(controls: list[Point]) -> list[Point]:
    """Return points on a Bézier curve, its start left out."""
    length = sum(math.dist(one, other) for one, other in pairwise(controls))
    steps = min(_MAX_STEPS, max(2, math.ceil(_STEPS_PER_ROOT * math.sqrt(length))))
    return [_at(controls, step / steps) for step in range(1, steps + 1)]


def _at(controls: list[Point], share: float) -> Point:
    # de Casteljau's construction, for any degree
    while len(controls) > 1:
        controls = [
            (x0 + (x1 - x0) * share, y0 + (y1 - y0) * share)
            for (x0, y0), (x1, y1) in pairwise(controls)
        ]
    return controls[0]


def dashed(line: Line, dash: tuple[float, ...]) -> Iterator[Line]:
    """Cut *line* into dashes of alternating lengths and gaps in px, as SVG does it."""
    if sum(dash) < 1 or min(dash) < 0:  # finer than a sample: it would not be seen
        yield line
        return
    lengths = cycle(dash * 2 if len(dash) % 2 else dash)
    left, drawn = next(lengths), True
    points = [*line.points, line.points[0]] if line.closed else list(line.points)
    piece = [points[0]]
    for start, end in pairwise(points):
        here, length = start, math.dist(start, end)
        while length > left:
            here = _at([here, end], left / length)
            length -= left
            if drawn:
                yield Line(points=(*piece, here))
            left, drawn, piece = next(lengths), not drawn, [here]
        left -= length
        piece.append(end)
    if drawn and len(piece) > 1:
        yield Line(points=tuple(piece))


def quads(line: Line, width: float, end: float) -> Iterator[tuple[Point, Point, Point, Point]]:
    """Yield a rectangle of *width* px for every straight part, shortened by *end* at both ends."""
    points = [*line.points, line.points[0]] if line.closed else list(line.points)
    for (x0, y0), (x1, y1) in pairwise(points):
        length = math.hypot(x1 - x0, y1 - y0)
        if not length:
            continue
        along_x, along_y = (x1 - x0) / length, (y1 - y0) / length
        cut = min(end, length / 2)
        start = x0 + along_x * cut, y0 + along_y * cut
        stop = x1 - along_x * cut, y1 - along_y * cut
        dx, dy = -along_y * width / 2, along_x * width / 2
        yield (
            (start[0] + dx, start[1] + dy),
            (stop[0] + dx, stop[1] + dy),
            (stop[0] - dx, stop[1] - dy),
            (start[0] - dx, start[1] - dy),
        )


def signed_area(line: Line) -> float:
    """Return the area inside *line* in px², positive if it runs clockwise on the screen."""
    points = [*line.points, line.points[0]]
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairwise(points)) / 2
