"""Tracks: which of several parallel wires runs where, so that none lies on another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from heapq import heappop, heappush

from sphinx_visualtorch.layout.diagram import Point
from sphinx_visualtorch.layout.tracks import Tracks

__all__ = ["Journey", "return_tracks", "tidied", "track_numbers"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """A link from a cell in *row* to one in the row *goal*; *lane* is where it travels."""

    key: str
    row: int
    goal: int
    lane: int


def return_tracks(
    journeys: Iterable[Journey],
) -> tuple[dict[str, int], dict[int, dict[str, int]]]:
    """Return the tracks of wires that leave their row.

    Such a wire goes down the right margin, passes the rows that it skips there, and comes back on
    the left.  The first result is each key's track in the right margin, from the inside; longer
    wires run further out.  The second tells for each row that is entered the order of its keys.
    """
    spans: dict[str, tuple[int, int]] = {}
    lanes: dict[str, int] = {}
    entering: dict[int, set[str]] = {}
    for journey in journeys:
        if journey.goal > journey.row:
            low, high = spans.get(journey.key, (journey.row, journey.goal))
            spans[journey.key] = (low, max(high, journey.goal))
            lanes[journey.key] = min(lanes.get(journey.key, journey.lane), journey.lane)
            entering.setdefault(journey.goal, set()).add(journey.key)
    taken = Tracks(max((high for _, high in spans.values()), default=0) + 1)
    track: dict[str, int] = {}
    # among wires of one length the lower one stays further in, so that they do not cross
    for key in sorted(spans, key=lambda key: (spans[key][1] - spans[key][0], -lanes[key], key)):
        low, high = spans[key]
        track[key] = taken.first(0, 1, (low, high - 1))
        taken.take(track[key], low, high - 1)
    order = {
        row: {
            key: index for index, key in enumerate(sorted(keys, key=lambda key: (track[key], key)))
        }
        for row, keys in entering.items()
    }
    return track, order


def track_numbers(spans: dict[str, tuple[float, float]]) -> tuple[dict[str, int], int]:
    """Return a track for each span so that overlapping spans differ, and how many there are."""
    busy: list[tuple[float, int]] = []
    free: list[int] = []
    chosen: dict[str, int] = {}
    count = 0
    for key, (low, high) in sorted(spans.items(), key=lambda item: (item[1], item[0])):
        while busy and busy[0][0] < low:
            heappush(free, heappop(busy)[1])
        number = heappop(free) if free else count
        count = max(count, number + 1)
        heappush(busy, (high, number))
        chosen[key] = number
    return chosen, count


def tidied(points: list[Point]) -> tuple[Point, ...]:
    """Return the points without repetitions and without those inside a straight stretch."""
    kept: list[Point] = []
    for point in points:
        if kept and abs(kept[-1][0] - point[0]) < 0.01 and abs(kept[-1][1] - point[1]) < 0.01:
            continue
        while len(kept) > 1 and (
            abs(kept[-2][0] - kept[-1][0]) < 0.01 > abs(kept[-1][0] - point[0])
            or abs(kept[-2][1] - kept[-1][1]) < 0.01 > abs(kept[-1][1] - point[1])
        ):
            kept.pop()
        kept.append(point)
    return tuple(kept)
