"""The way of a thin line from a box down to the panel that shows its inside.

From a box of the last row it is straight.  From another one it runs down beside the boxes and the
words of the rows below; wires it may cross, but it never runs along one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from itertools import pairwise
from operator import or_

from sphinx_visualtorch.layout.diagram import Drawing, Point
from sphinx_visualtorch.scene import Bounds, Group, Mark, Path, Text, walk

__all__ = ["way_down"]

_CLEAR = 4.0  # px between the line and what it passes
_DROPS = (4.0, 7.0, 10.0, 14.0)  # px below the box at which it may turn


def way_down(drawing: Drawing, spot: Bounds) -> tuple[Point, ...]:
    """Return the points of a line from the box at *spot* to the lower edge of *drawing*.

    There are none where nothing leads down.
    """
    middle = (spot.left + spot.right) / 2
    words = list(_words(drawing.marks))
    floor = _floor(drawing.spots.values(), spot)
    outlines = list(_outlines(drawing.marks))
    others = [outline for outline in outlines if not _is_in(outline, spot)]
    own = [word for word in words if not any(_is_in(word, other) for other in others)]
    low = max([spot.bottom, *(word.bottom for word in own if _is_own(word, spot, floor))])
    things = [*drawing.spots.values(), *words, *outlines]
    wires = list(_wires(drawing.marks))
    for drop in _DROPS:
        turn = low + drop
        below = [thing for thing in things if thing.bottom > turn]
        upright = [wire for wire in wires if wire.right - wire.left < 1.0 and wire.bottom > turn]
        flat = [*things, *(wire for wire in wires if wire.bottom - wire.top < 1.0)]
        for x in _lanes((*below, *upright), drawing.width, middle):
            path = Bounds(left=min(x, middle), top=turn, right=max(x, middle), bottom=turn)
            if x == middle or not any(_meet(path, thing) for thing in flat if thing is not spot):
                return ((middle, low + 1.0), (middle, turn), (x, turn), (x, drawing.height))
    return ()


def _is_in(one: Bounds, other: Bounds) -> bool:
    """Say whether the middle of *one* lies in *other*."""
    x, y = (one.left + one.right) / 2, (one.top + one.bottom) / 2
    return other.left < x < other.right and other.top < y < other.bottom


def _floor(spots: Iterable[Bounds], spot: Bounds) -> float:
    """Return the lower edge of a row: the words of all its boxes may share one base line there."""
    line = (spot.top + spot.bottom) / 2
    return max([spot.bottom, *(other.bottom for other in spots if other.top < line < other.bottom)])


def _is_own(word: Bounds, spot: Bounds, floor: float) -> bool:
    """Say whether a word is written below a box, in its row."""
    middle = (spot.left + spot.right) / 2
    return word.left < middle < word.right and spot.top < word.top < floor + _CLEAR


def _lanes(things: Iterable[Bounds], width: float, middle: float) -> Iterator[float]:
    """Yield places where a line may run down between *things*, the nearest to *middle* first."""
    ends = sorted((thing.left - _CLEAR, thing.right + _CLEAR) for thing in things)
    free: list[tuple[float, float]] = []
    reach = 0.0
    for left, right in [*ends, (width, width)]:
        if left >= reach:
            free.append((reach, min(left, width)))
        reach = max(reach, right)
    yield from sorted(
        (min(max(middle, left), right) for left, right in free), key=lambda x: abs(x - middle)
    )


def _meet(one: Bounds, two: Bounds) -> bool:
    across = one.left < two.right + _CLEAR and two.left < one.right + _CLEAR
    return across and one.top < two.bottom + _CLEAR / 2 and two.top < one.bottom + _CLEAR / 2


def _words(marks: Sequence[Mark]) -> Iterator[Bounds]:
    """Yield where words stand."""
    for mark in walk(tuple(marks)):
        if isinstance(mark, Text):
            long, high = mark.width, mark.size
            if mark.rotate:
                yield Bounds(
                    left=mark.x - high, top=mark.y - long, right=mark.x + high, bottom=mark.y + long
                )
                continue
            left = mark.x - {"start": 0.0, "middle": long / 2, "end": long}[mark.anchor]
            yield Bounds(left=left, top=mark.y - high, right=left + long, bottom=mark.y + high / 3)


def _wires(marks: Sequence[Mark]) -> Iterator[Bounds]:
    """Yield the straight stretches of wires and of the borders of frames."""
    for mark in walk(tuple(marks)):
        if isinstance(mark, Path) and mark.role == "edge":
            yield from _stretches(mark)
        elif isinstance(mark, Group) and mark.role == "scope":
            for border in mark.marks:
                if isinstance(border, Path):
                    yield from _stretches(border)


def _outlines(marks: Sequence[Mark]) -> Iterator[Bounds]:
    """Yield where the outlines of boxes are: calls that stand on a way are no boxes in a row."""
    for mark in walk(tuple(marks)):
        if isinstance(mark, Group) and mark.role == "node":
            for outline in walk(mark.marks):
                if isinstance(outline, Path):
                    yield reduce(or_, _stretches(outline))


def _stretches(path: Path) -> Iterator[Bounds]:
    points = [segment[-2:] for segment in path.segments if len(segment) > 1]
    for (x1, y1), (x2, y2) in pairwise(points):
        yield Bounds(left=min(x1, x2), top=min(y1, y2), right=max(x1, x2), bottom=max(y1, y2))
