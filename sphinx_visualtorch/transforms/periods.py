"""Find where a row of signs repeats itself: the rounds of a loop that was written out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

__all__ = ["Run", "runs"]

Item = TypeVar("Item")

_LONGEST = 200  # items of one round, and
_TRIES = 8  # distances at which a second one is looked for: both bound the search
_LEAST = 2  # items of a round, and rounds of a run


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Where equal rounds stand in a row: *count* of *size* items each, from *start* on."""

    start: int
    size: int
    count: int

    @property
    def stop(self) -> int:
        """The place behind the last round."""
        return self.start + self.size * self.count

    def parts(self, items: Sequence[Item]) -> Iterator[Sequence[Item]]:
        """Return the items of each round."""
        for begin in range(self.start, self.stop, self.size):
            yield items[begin : begin + self.size]


def runs(signs: Sequence[int], cost: Callable[[int], int]) -> list[Run]:
    """Return the runs of equal rounds in a row of *signs*, each round of at least two.

    *cost* tells for each place what it costs to begin a round there: it begins where that is
    least.  Equal signs in a row are no rounds.  The search is linear in the row.
    """
    places: dict[int, list[int]] = {}
    for place, sign in enumerate(signs):
        places.setdefault(sign, []).append(place)
    seen = dict.fromkeys(places, 0)
    found: list[Run] = []
    begin = 0
    while begin < len(signs):
        same, next_ = places[signs[begin]], seen[signs[begin]]
        while next_ < len(same) and same[next_] <= begin:
            next_ += 1
        seen[signs[begin]] = next_
        sizes = [place - begin for place in same[next_ : next_ + _TRIES]]
        repeated = _repeated(signs, begin, [size for size in sizes if size <= _LONGEST])
        if repeated is None:
            begin += 1
            continue
        size, stop = repeated
        if size >= _LEAST:
            found.append(_phased((begin, stop), size, cost))
        begin = stop
    return found


def _repeated(signs: Sequence[int], begin: int, sizes: Sequence[int]) -> tuple[int, int] | None:
    """Return the size of the shortest round that comes again at once, and where it no more does."""
    for size in sizes:
        place = begin + size
        while place < len(signs) and signs[place] == signs[place - size]:
            place += 1
        if place - begin >= _LEAST * size:
            return size, place
    return None


def _phased(span: tuple[int, int], size: int, cost: Callable[[int], int]) -> Run:
    """Return the rounds of *size* in *span* that begin where it costs least."""
    begin, stop = span
    choices = [
        Run(start=begin + phase, size=size, count=(stop - begin - phase) // size)
        for phase in range(size)
    ]
    # the border between the first two rounds stands for all: the first may begin otherwise
    return min(
        (run for run in choices if run.count >= _LEAST),
        key=lambda run: (cost(run.start + size), -run.count, run.start),
    )
