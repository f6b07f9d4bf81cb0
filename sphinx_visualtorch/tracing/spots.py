"""Of many regions of one memory, those that have an element in common with one.

Thousands of views of one tensor may be kept and written into; each is found without asking the
others.  This file knows neither tensors nor producers.
"""

from __future__ import annotations

import heapq
import itertools
import operator
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar, Union

from sphinx_visualtorch.tracing.regions import Region, overlap

__all__ = ["Regions", "Spot"]

Value = TypeVar("Value")

_FEW = 16
"""Regions that are asked one by one."""
_FULL = 8
"""Regions in one cell of a tree."""
_BITS = 2
"""By so many bits of each coordinate the cells inside a cell differ."""
_MOST_RADICES = 6
_MOST_TREES = 4


@dataclass(slots=True, eq=False)
class Spot(Generic[Value]):
    """A region, how many elements it has, and what was put there last, and when."""

    region: Region
    time: int
    value: Value
    size: int
    low: tuple[int, ...] = ()
    high: tuple[int, ...] = ()
    tree: _Tree[Value] | None = None

    def empty(self) -> None:
        """Be found no more."""
        self.time = self.size = -1


class Regions(Generic[Value]):
    """One value a region, and when it was put there."""

    def __init__(self) -> None:
        self._spots: dict[Region, Spot[Value]] = {}
        self._trees: list[_Tree[Value]] = []

    def get(self, region: Region) -> Spot[Value] | None:
        """Return what is at just this region."""
        return self._spots.get(region)

    def put(self, region: Region, time: int, value: Value) -> None:
        """Put *value* at *region* in place of what is there; *time* is later than all before."""
        spot = self._spots.get(region)
        if spot is not None:
            spot.time, spot.value, spot.size = time, value, region.size
            if spot.tree is not None:
                spot.tree.touch(spot)
            return
        spot = Spot(region, time, value, region.size)
        self._spots[region] = spot
        if self._trees:
            self._plant(spot)
        elif len(self._spots) > _FEW:
            for one in self._spots.values():
                self._plant(one)

    def _plant(self, spot: Spot[Value]) -> None:
        for tree in self._trees:
            if tree.takes(spot.region):
                tree.add(spot)
                return
        last = len(self._trees) == _MOST_TREES - 1
        self._trees.append(_Tree(takes_all=last))
        self._trees[-1].add(spot)

    def latest(self, region: Region, since: int = -1) -> Iterator[Spot[Value]]:
        """Yield what was put after *since* where it overlaps with *region*, the latest first."""
        return self._found(region, _TIME, since)

    def largest(self, region: Region) -> Iterator[Spot[Value]]:
        """Yield what overlaps with *region* and has more elements, the largest first."""
        return self._found(region, _SIZE, region.size)

    def _found(
        self, region: Region, rank: Callable[[_Part], int], least: int
    ) -> Iterator[Spot[Value]]:
        if not self._trees:
            for spot in sorted(self._spots.values(), key=rank, reverse=True):
                if rank(spot) > least and overlap(spot.region, region):
                    yield spot
            return
        order = itertools.count()  # of two that are equal neither is asked which is less
        heap: list[tuple[int, int, Spot[Value] | _Cell[Value], _Box]] = [
            (-rank(tree.root), next(order), tree.root, tree.box(region)) for tree in self._trees
        ]
        heapq.heapify(heap)
        while heap:
            _, _, part, box = heapq.heappop(heap)
            if isinstance(part, Spot):
                if overlap(part.region, region):
                    yield part
                continue
            time = size = -1
            for one in part.inner():
                time, size = max(time, one.time), max(size, one.size)
                if rank(one) > least and _meet(one, box):
                    heapq.heappush(heap, (-rank(one), next(order), one, box))
            part.time, part.size = time, size  # what counted most may be empty by now


_Part = Union["Spot[Any]", "_Cell[Any]"]
_TIME: Callable[[_Part], int] = operator.attrgetter("time")
_SIZE: Callable[[_Part], int] = operator.attrgetter("size")
_Box = tuple[tuple[int, ...], tuple[int, ...]]


def _meet(part: Spot[Value] | _Cell[Value], box: _Box) -> bool:
    for low, high, first, last in zip(part.low, part.high, *box, strict=True):
        if low > last or high < first:
            return False
    return True


@dataclass(slots=True, eq=False)
class _Cell(Generic[Value]):
    """Spots whose boxes lie near each other, or cells of such, and what they span together."""

    shift: int
    time: int = -1
    size: int = -1
    low: tuple[int, ...] = ()
    high: tuple[int, ...] = ()
    spots: list[Spot[Value]] = field(default_factory=list)
    cells: dict[tuple[int, ...], _Cell[Value]] = field(default_factory=dict)

    def inner(self) -> Sequence[Spot[Value] | _Cell[Value]]:
        return [*self.cells.values()] if self.cells else self.spots

    def add(self, spot: Spot[Value]) -> _Cell[Value] | None:
        """Take *spot* in, or return the inner cell that must."""
        self.time = max(self.time, spot.time)
        self.size = max(self.size, spot.size)
        self.low = tuple(map(min, self.low, spot.low)) if self.low else spot.low
        self.high = tuple(map(max, self.high, spot.high)) if self.high else spot.high
        if self.cells:
            return self.towards(spot)
        self.spots.append(spot)
        if len(self.spots) > _FULL and self.shift >= 0:
            for one in self.spots:
                self.towards(one).add(one)
            self.spots = []
        return None

    def wider(self) -> _Cell[Value]:
        """Return a cell of which this one is the first."""
        cells = {(0,) * len(self.low) * 2: self} if self.cells else {}
        return replace(self, shift=self.shift + _BITS, cells=cells)

    def towards(self, spot: Spot[Value]) -> _Cell[Value]:
        """Return the inner cell of *spot*."""
        key = tuple(at >> self.shift for at in (*spot.low, *spot.high))
        cell = self.cells.get(key)
        if cell is None:
            cell = self.cells[key] = _Cell(max(0, self.shift - _BITS) if self.shift else -1)
        return cell


class _Tree(Generic[Value]):
    """Regions as boxes in a space in which columns, too, are narrow.

    The coordinates of an element are its digits in a system of mixed radices, the strides of the
    regions: with a stride of 100, element 523 is at (5, 23).
    """

    def __init__(self, *, takes_all: bool) -> None:
        self._takes_all = takes_all
        self._radices: tuple[int, ...] = ()
        self._spots: list[Spot[Value]] = []
        self.root: _Cell[Value] = _Cell(0)

    def takes(self, region: Region) -> bool:
        """Say whether all strides of *region* may be radices beside those that there are."""
        return self._takes_all or all(
            stride % radix == 0 or radix % stride == 0
            for stride, _ in region.dims
            for radix in self._radices
        )

    def add(self, spot: Spot[Value]) -> None:
        """Take *spot* in."""
        spot.tree = self
        self._spots.append(spot)
        strides = {stride for stride, _ in spot.region.dims if stride > 1}
        radices = strides.union(self._radices)
        fit = all(one % other == 0 or other % one == 0 for one in radices for other in strides)
        if len(radices) > len(self._radices) and len(radices) <= _MOST_RADICES and fit:
            self._radices = tuple(sorted(radices, reverse=True))
            self.root = _Cell(0)
            for one in self._spots:
                self._add(one)
        else:
            self._add(spot)

    def _add(self, spot: Spot[Value]) -> None:
        spot.low, spot.high = self.box(spot.region)
        while max(spot.high) >> self.root.shift >> _BITS:
            self.root = self.root.wider()
        cell: _Cell[Value] | None = self.root
        while cell is not None:
            cell = cell.add(spot)

    def touch(self, spot: Spot[Value]) -> None:
        """Take notice of a new value of *spot*."""
        cell: _Cell[Value] | None = self.root
        while cell is not None:
            cell.time, cell.size = max(cell.time, spot.time), max(cell.size, spot.size)
            cell = cell.towards(spot) if cell.cells else None

    def box(self, region: Region) -> _Box:
        """Return the least and the greatest coordinates of the elements of *region*."""
        radices = (*self._radices, 1)
        wide = [0] * len(radices)
        for stride, size in region.dims:
            axis = next(at for at, radix in enumerate(radices) if stride % radix == 0)
            wide[axis] += stride // radices[axis] * (size - 1)
        low, high = [0] * len(radices), [0] * len(radices)
        for axis in range(len(radices) - 1, -1, -1):
            at = region.first // radices[axis]
            if axis == 0:
                low[0], high[0] = at, at + wide[0]
                continue
            digits = radices[axis - 1] // radices[axis]
            low[axis] = at % digits
            high[axis] = low[axis] + wide[axis]
            if high[axis] >= digits:  # there is a carry: it may be any digit
                wide[axis - 1] += high[axis] // digits
                low[axis], high[axis] = 0, digits - 1
        return tuple(low), tuple(high)
