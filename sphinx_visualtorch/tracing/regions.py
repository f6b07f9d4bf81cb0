"""Which elements of a memory a tensor is of, and whether two tensors have one in common."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Region", "overlap", "region"]

_MOST_STEPS = 10_000


class Region(NamedTuple):
    """Elements of a memory: the first, and stride and size of each dimension from there.

    Strides fall; dimensions that are one in memory are one here, so that equal elements are equal.
    """

    first: int
    dims: tuple[tuple[int, int], ...]

    @property
    def size(self) -> int:
        """How many elements it has."""
        return math.prod([size for _, size in self.dims])

    def within(self, other: Region) -> bool:
        """Say whether *other* is one piece and the first or the last element is in it."""
        if len(other.dims) > 1 or (other.dims and other.dims[0][0] > 1):
            return False
        end = other.first + other.size
        last = self.first + sum([stride * (size - 1) for stride, size in self.dims])
        return other.first <= self.first < end or other.first <= last < end


EVERYTHING = Region(0, ((1, 1 << 60),))


def region(tensor: Tensor) -> Region:
    """Return the elements of *tensor*; where it has no strides, they may be any."""
    try:
        first, shape, strides = tensor.storage_offset(), tensor.shape, tensor.stride()
    except RuntimeError:
        return EVERYTHING
    if type(first) is not int or any(type(size) is not int for size in (*shape, *strides)):
        return EVERYTHING  # nested tensors have symbols
    dims: list[tuple[int, int]] = []
    for stride, size in sorted(zip(strides, shape, strict=True), reverse=True):
        if size == 0:
            return Region(first, ((1, 0),))
        if size == 1 or stride == 0:
            continue
        if dims and dims[-1][0] == stride * size:
            dims[-1] = (stride, dims[-1][1] * size)
        else:
            dims.append((stride, size))
    return Region(first, tuple(dims))


def overlap(one: Region, other: Region) -> bool:
    """Say whether two regions of one memory have an element in common.

    Exact, as NumPy's ``shares_memory``; where the search is too long, the answer is yes.
    """
    if any(size == 0 for _, size in (*one.dims, *other.dims)):
        return False
    if one.first == other.first or one.within(other) or other.within(one):
        return True
    # one.first + Σ s·i = other.first + Σ t·j, and with k = size - 1 - j: Σ s·i + Σ t·k = target
    target = other.first - one.first + sum(stride * (size - 1) for stride, size in other.dims)
    most: dict[int, int] = {}
    for stride, size in (*one.dims, *other.dims):
        most[stride] = most.get(stride, 0) + size - 1
    return _reachable(sorted(most.items(), reverse=True), target)


def _reachable(terms: Sequence[tuple[int, int]], target: int) -> bool:
    """Say whether a sum of each stride, taken 0 to *count* times, can be *target*."""
    reach, divisor = [0], [0]
    for stride, count in reversed(terms):
        reach.append(reach[-1] + stride * count)
        divisor.append(math.gcd(divisor[-1], stride))
    reach.reverse()
    divisor.reverse()
    open_sums = [(0, target)]
    for _ in range(_MOST_STEPS):
        if not open_sums:
            return False
        index, rest = open_sums.pop()
        if rest == 0:
            return True
        if not 0 < rest <= reach[index] or rest % (divisor[index] or 1):
            continue
        stride, count = terms[index]
        # what the smaller strides cannot reach, this one has to
        least = max(0, -((reach[index + 1] - rest) // stride))
        choices = range(least, min(count, rest // stride) + 1)
        if len(choices) > _MOST_STEPS:
            return True
        open_sums.extend((index + 1, rest - stride * choice) for choice in choices)
    return True
