"""How far marks reach, in px: generously, because curves are taken by their control points."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from sphinx_visualtorch.fonts import ASCENT, DESCENT
from sphinx_visualtorch.paint import assert_never
from sphinx_visualtorch.scene import Bounds, Group, Mark, Path, Text, walk

if TYPE_CHECKING:
    from sphinx_visualtorch.paint.outline import Point

__all__ = ["baseline", "extent"]

_ANCHORS = {"start": 0.0, "middle": 0.5, "end": 1.0}


def baseline(text: Text, width: float) -> tuple[Point, Point]:
    """Return where a text of *width* px starts, and the direction in which it runs."""
    turn = math.radians(text.rotate)
    along = math.cos(turn), math.sin(turn)
    back = _ANCHORS[text.anchor] * width
    return (text.x - along[0] * back, text.y - along[1] * back), along


def extent(marks: Iterable[Mark]) -> Bounds | None:
    """Return the smallest box that is sure to hold *marks*, or None for nothing."""
    points = [point for mark in walk(tuple(marks)) for point in _points(mark)]
    if not points:
        return None
    xs, ys = zip(*points, strict=True)
    return Bounds(left=min(xs), top=min(ys), right=max(xs), bottom=max(ys))


def _points(mark: Mark) -> Iterator[Point]:
    match mark:
        case Group():
            return
        case Path():
            # joins are round: nothing reaches further than half the width
            reach = mark.width / 2 if mark.stroke != "none" else 0.0
            for segment in mark.segments:
                values = [float(value) for value in segment[1:]]
                for x, y in zip(values[::2], values[1::2], strict=True):
                    yield x - reach, y - reach
                    yield x + reach, y + reach
        case Text():
            yield from _corners(mark)
        case _:
            assert_never(mark)


def _corners(text: Text) -> Iterator[Point]:
    (x, y), (cos, sin) = baseline(text, text.width)
    # letters may stick out on both sides
    for along in (-text.size / 8, text.width + text.size / 8):
        for down in (-text.size * ASCENT, text.size * DESCENT):
            yield x + along * cos - down * sin, y + along * sin + down * cos
