"""Where a drawing touches the canvas: few boxes, for shapes that are large but mostly empty.

What shows through has to be mixed with what was there before.  A thin line across the figure has
a box as large as the figure; mixing along the line alone is a hundred times less work.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import TypeAlias

__all__ = ["Box", "Corners", "is_empty", "overlap", "tiled"]

Box: TypeAlias = tuple[int, int, int, int]
"""Left, top, right, bottom; the last two exclusive."""
Corners: TypeAlias = tuple[tuple[int, int], ...]

_TILE = 128


def overlap(box: Box, other: Box) -> Box:
    """Return the common part of two boxes, which may be empty."""
    left, top, right, bottom = box
    return max(left, other[0]), max(top, other[1]), min(right, other[2]), min(bottom, other[3])


def is_empty(box: Box) -> bool:
    """Say whether *box* holds nothing."""
    return box[0] >= box[2] or box[1] >= box[3]


def tiled(shapes: Iterable[tuple[Box, Corners]], within: Box) -> tuple[Box, ...]:
    """Return boxes that do not overlap and that cover all *shapes*, as far as they are *within*.

    A shape is its box and the corners of its outline, or no corners if it fills its box.
    """
    rows: dict[int, set[int]] = {}
    for box, corners in shapes:
        _, top, _, bottom = overlap(box, within)
        for row in range(top // _TILE, (bottom - 1) // _TILE + 1):
            left, right = _extent(box, corners, row)
            left, right = max(left, within[0]), min(right, within[2])
            if left < right:
                columns = range(left // _TILE, (right - 1) // _TILE + 1)
                rows.setdefault(row, set()).update(columns)
    return tuple(
        overlap((left * _TILE, row * _TILE, right * _TILE, (row + 1) * _TILE), within)
        for row, columns in sorted(rows.items())
        for left, right in _runs(sorted(columns))
    )


def _extent(box: Box, corners: Corners, row: int) -> tuple[int, int]:
    """Return how far a shape reaches to the left and right within one row of tiles."""
    left, top, right, bottom = box
    if not corners or right - left <= _TILE or bottom - top <= _TILE:
        return left, right
    low, high = row * _TILE - 1, (row + 1) * _TILE + 1
    reached = [
        x0 + (x1 - x0) * (y - y0) / (y1 - y0) if y1 != y0 else x
        for (x0, y0), (x1, y1) in pairwise((*corners, corners[0]))
        if max(y0, y1) >= low and min(y0, y1) <= high
        for x, y in ((x0, min(max(y0, low), high)), (x1, min(max(y1, low), high)))
    ]
    return max(left, int(min(reached)) - 1), min(right, int(max(reached)) + 2)


def _runs(columns: list[int]) -> Iterator[tuple[int, int]]:
    """Join neighbours: 1, 2, 3, 7 gives (1, 4) and (7, 8)."""
    start = columns[0]
    for before, after in pairwise([*columns, columns[-1] + 2]):
        if after != before + 1:
            yield start, before + 1
            start = after
