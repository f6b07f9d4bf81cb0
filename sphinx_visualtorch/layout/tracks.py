"""Parallel tracks, where each of them is taken, and the nearest that is free over a stretch."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator

__all__ = ["Tracks"]


class Tracks:
    """Tracks with whole numbers, endless on both sides; their places are numbered from 0.

    What is once taken stays so.  The search for a free track therefore never has to look again at
    those that it passed: *_next* tells for some stretches which tracks to jump to.  A stretch is
    a node of a binary tree over the places, of which the root has the number 1, and the children
    of node n have the numbers 2n and 2n + 1.
    """

    def __init__(self, places: int) -> None:
        self._leaves = 1 << max(0, places - 1).bit_length()
        self._spans: dict[int, list[tuple[int, int]]] = {}
        self._next: dict[tuple[int, int], dict[int, int]] = {}
        self._taken: dict[int, list[int]] = {}  # the tracks that are taken all over a stretch

    def free(self, track: int, start: int, stop: int) -> bool:
        """Say whether nothing is on *track* from place *start* to *stop*, both included."""
        return self._obstacle(track, start, stop) is None

    def all_free(self, tracks: range, place: int) -> bool:
        """Say whether nothing is at *place* on any of *tracks*, which are one after the other."""
        stretch = place + self._leaves
        while stretch:
            taken = self._taken.get(stretch, ())
            index = bisect_left(taken, tracks.start)
            if index < len(taken) and taken[index] < tracks.stop:
                return False
            stretch //= 2
        return True

    def take(self, track: int, start: int, stop: int) -> None:
        """Mark *track* as taken from place *start* to *stop*, both included."""
        insort(self._spans.setdefault(track, []), (start, stop))
        for stretch in self._stretches(start, stop):
            insort(self._taken.setdefault(stretch, []), track)
            for step in (1, -1):
                self._next.setdefault((stretch, step), {})[track] = track + step

    def upside_down(self) -> Tracks:
        """Return the same with track -n in the place of track n."""
        other = Tracks(self._leaves)
        other._spans = {-track: list(spans) for track, spans in self._spans.items()}
        other._next = {
            (stretch, -step): {-track: -after for track, after in known.items()}
            for (stretch, step), known in self._next.items()
        }
        other._taken = {
            stretch: [-track for track in reversed(taken)] for stretch, taken in self._taken.items()
        }
        return other

    def first(self, track: int, step: int, span: tuple[int, int]) -> int:
        """Return the first track from *track* on, in steps of 1 or -1, that is free over *span*."""
        places = dict.fromkeys(span)  # places at which something stood in the way
        while True:
            before = track
            for place in places:
                track = self._passing(track, step, place)
            if track != before:
                continue
            obstacle = self._obstacle(track, *span)
            if obstacle is None:
                return track
            places[max(obstacle, span[0])] = None
            track += step

    def _obstacle(self, track: int, start: int, stop: int) -> int | None:
        """Return where something begins that stands on *track* from *start* to *stop*."""
        spans = self._spans.get(track, [])
        index = bisect_left(spans, (start, start))
        if index < len(spans) and spans[index][0] <= stop:
            return spans[index][0]
        if index and spans[index - 1][1] >= start:
            return spans[index - 1][0]
        return None

    def _passing(self, track: int, step: int, place: int) -> int:
        """Return the first track from *track* on that is free at one *place*."""
        stretch = place + self._leaves
        while stretch:
            known = self._next.get((stretch, step))
            if known is not None and track in known:
                track = _last(known, track)
                stretch = place + self._leaves
            else:
                stretch //= 2
        return track

    def _stretches(self, start: int, stop: int) -> Iterator[int]:
        """Yield the fewest stretches that together are all from *start* to *stop*."""
        left, right = start + self._leaves, stop + self._leaves + 1
        while left < right:
            if left & 1:
                yield left
                left += 1
            if right & 1:
                right -= 1
                yield right
            left //= 2
            right //= 2


def _last(known: dict[int, int], track: int) -> int:
    """Follow *known* to its end, and shorten the way for the next time."""
    passed = []
    while track in known:
        passed.append(track)
        track = known[track]
    known.update(dict.fromkeys(passed, track))
    return track
