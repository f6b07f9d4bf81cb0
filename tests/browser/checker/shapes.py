"""Plane geometry for the rules: quadrangles, outlines, lines; no browser, no figure."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

Point: TypeAlias = tuple[float, float]
Line: TypeAlias = tuple[Point, ...]
Rect: TypeAlias = tuple[float, float, float, float]
"""Left, top, right, bottom."""


def bounds(points: Iterable[Point]) -> Rect:
    """Return the rectangle around points."""
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def meet(one: Rect, two: Rect, by: float = 0.0) -> bool:
    """Say whether two rectangles share more than *by* px in both directions."""
    return (
        min(one[2], two[2]) - max(one[0], two[0]) > by
        and min(one[3], two[3]) - max(one[1], two[1]) > by
    )


def middle(quad: Sequence[Point]) -> Point:
    """Return the middle of a quadrangle."""
    return sum(x for x, _ in quad) / len(quad), sum(y for _, y in quad) / len(quad)


def overlap(one: Sequence[Point], two: Sequence[Point]) -> float:
    """Return how far two convex polygons reach into each other in px, at most 0 if they do not.

    By the separating axis theorem: the least way by which moving one would part them.
    """
    least = math.inf
    for first, second in itertools.chain(_sides(one), _sides(two)):
        x, y = first[1] - second[1], second[0] - first[0]
        length = math.hypot(x, y)
        if length == 0:
            continue
        ones = [(px * x + py * y) / length for px, py in one]
        twos = [(px * x + py * y) / length for px, py in two]
        least = min(least, max(ones) - min(twos), max(twos) - min(ones))
    return least


def shrunk(quad: Sequence[Point], by: float) -> Line:
    """Return a quadrangle whose sides have moved inwards, and at most to its middle."""
    x, y = middle(quad)
    wide, high = math.dist(quad[0], quad[1]), math.dist(quad[1], quad[2])
    along = max(0.0, 1 - 2 * by / wide) if wide else 0.0
    across = max(0.0, 1 - 2 * by / high) if high else 0.0
    ux, uy = (quad[1][0] - quad[0][0]) / 2 * along, (quad[1][1] - quad[0][1]) / 2 * along
    vx, vy = (quad[3][0] - quad[0][0]) / 2 * across, (quad[3][1] - quad[0][1]) / 2 * across
    signs = ((-1, -1), (1, -1), (1, 1), (-1, 1))
    return tuple((x + a * ux + b * vx, y + a * uy + b * vy) for a, b in signs)


def _sides(polygon: Sequence[Point]) -> Iterator[tuple[Point, Point]]:
    return zip(polygon, (*polygon[1:], polygon[0]), strict=True)


def inside(point: Point, polygon: Sequence[Point]) -> bool:
    """Say whether a point lies in a polygon, by counting the sides right of it."""
    x, y = point
    odd = False
    for (x1, y1), (x2, y2) in _sides(polygon):
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) / (y2 - y1) * (x2 - x1):
            odd = not odd
    return odd


def distance(point: Point, line: Sequence[Point]) -> float:
    """Return the distance of a point from a polyline."""
    if len(line) == 1:
        return math.dist(point, line[0])
    return min(_from_stretch(point, *ends) for ends in itertools.pairwise(line))


def _from_stretch(point: Point, start: Point, end: Point) -> float:
    dx, dy = end[0] - start[0], end[1] - start[1]
    square = dx * dx + dy * dy
    share = ((point[0] - start[0]) * dx + (point[1] - start[1]) * dy) / square if square else 0.0
    share = max(0.0, min(1.0, share))
    return math.dist(point, (start[0] + share * dx, start[1] + share * dy))


def steps(line: Sequence[Point], size: float) -> Iterator[Point]:
    """Yield points along a polyline that are at most *size* px apart."""
    for start, end in itertools.pairwise(line):
        count = max(1, math.ceil(math.dist(start, end) / size))
        for index in range(count):
            share = index / count
            yield (
                start[0] + (end[0] - start[0]) * share,
                start[1] + (end[1] - start[1]) * share,
            )
    yield line[-1]


def runs_into(line: Sequence[Point], quad: Sequence[Point]) -> bool:
    """Say whether a polyline has a point in common with a convex quadrangle."""
    around = bounds(quad)
    for start, end in itertools.pairwise(line):
        stretch = bounds((start, end))
        if (
            all(stretch[side] <= around[side + 2] for side in (0, 1))
            and all(stretch[side + 2] >= around[side] for side in (0, 1))
            and overlap((start, end), quad) >= 0
        ):
            return True
    return False


def is_bent(line: Sequence[Point], degrees: float = 25.0) -> bool:
    """Say whether a polyline ends in another direction than it begins in, or turns on its way."""
    if len(line) < 3:
        return False
    x, y = line[1][0] - line[0][0], line[1][1] - line[0][1]
    for start, end in itertools.pairwise(line[1:]):
        dx, dy = end[0] - start[0], end[1] - start[1]
        turn = abs(math.degrees(math.atan2(x * dy - y * dx, x * dx + y * dy)))
        if turn > degrees:
            return True
    return False
