"""From columns to rows that fit a width, and what of the wires goes on from row to row."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence, Set as AbstractSet
from dataclasses import dataclass
from itertools import accumulate

from sphinx_visualtorch.layout.columns import Columns
from sphinx_visualtorch.layout.diagram import Frame, Spacing
from sphinx_visualtorch.layout.routes import Journey, return_tracks

__all__ = ["Margins", "Returns", "Rows", "break_rows", "into_rows"]

_FREE = 8.0  # between a margin's wires and the columns


@dataclass(frozen=True, slots=True, kw_only=True)
class Margins:
    """What wires that go on in another row need on both sides, in px."""

    left: float = 0.0
    right: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Returns:
    """The wires that go on in another row, by their bus.

    *tracks* are those in the right margin, from the inside; *entering* tells for each row that is
    entered the order of its wires; *short* are those that only go on in the next row.
    """

    tracks: Mapping[str, int]
    entering: Mapping[int, Mapping[str, int]]
    short: AbstractSet[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Columns in rows.

    *bounds* are the first column of each row and the one after its last, *of* is the row of each
    column, *left* where it begins; *ends* is where each row ends, *right* the furthest of these.
    *width* is that of the whole frame.  All in px.
    """

    columns: Columns
    bounds: Sequence[tuple[int, int]]
    of: Sequence[int]
    margins: Margins
    returns: Returns
    left: Sequence[float]
    ends: Sequence[float]
    right: float
    width: float

    def crossings(self) -> int:
        """Return how many wires to the next row go down through one that runs on further."""
        layers = self.columns.layering
        leaving: dict[int, set[tuple[int, bool]]] = {}
        for tie in layers.contents.ties:
            row = self.of[layers.ranks[tie.source]]
            if self.of[layers.ranks[tie.target]] > row:
                short = tie.bus in self.returns.short
                leaving.setdefault(row, set()).add((layers.travel(tie), short))
        crossings = 0
        for wires in leaving.values():
            above = 0  # those to the next row, of the lanes seen so far
            for _, short in sorted(wires):
                above += short
                crossings += 0 if short else above
        return crossings


def into_rows(columns: Columns, frame: Frame, room: float, spacing: Spacing) -> Rows:
    """Return *columns* in rows of at most *room* px, the borders of *frame* included."""
    crossing = _crossing(columns)
    room -= frame.edge + frame.left
    margins = Margins()
    while True:  # wires that go on in another row need the margins, which cost room
        inner = room - margins.left - margins.right
        bounds = break_rows(columns.widths, columns.gaps, crossing, inner)
        of = [number for number, (start, stop) in enumerate(bounds) for _ in range(start, stop)]
        returns = _returns(columns, of)
        needed = _margins(returns, margins, spacing)
        if needed == margins:
            break
        margins = needed
    start = frame.left + margins.left
    left, ends = _lefts(columns, bounds, start)
    right = max(ends, default=frame.edge)
    width = right + margins.right + frame.edge
    # what is in a frame with a long title is centred
    free = 0.0 if frame.turned else max(0.0, frame.least - width)
    return Rows(
        columns=columns,
        bounds=bounds,
        of=of,
        margins=margins,
        returns=returns,
        left=[x + free / 2 for x in left],
        ends=[x + free / 2 for x in ends],
        right=right + free / 2,
        width=width + free,
    )


def _crossing(columns: Columns) -> list[int]:
    """Return how many wires pass the gap behind each column."""
    layers, count = columns.layering, len(columns.widths)
    reach: dict[str, tuple[int, int]] = {}
    for tie in layers.contents.ties:
        start, end = layers.ranks[tie.source], layers.ranks[tie.target]
        low, high = reach.get(tie.bus, (start, end))
        reach[tie.bus] = (min(low, start), max(high, end))
    change = [0] * (count + 1)
    for start, end in reach.values():
        change[start] += 1
        change[end] -= 1
    return list(accumulate(change[:count]))


def _returns(columns: Columns, of: Sequence[int]) -> Returns:
    """Return the wires that leave their row, where each column is in the row *of* it."""
    layers = columns.layering
    journeys = [
        Journey(
            key=tie.bus,
            row=of[layers.ranks[tie.source]],
            goal=of[layers.ranks[tie.target]],
            lane=layers.travel(tie),
        )
        for tie in layers.contents.ties
    ]
    tracks, entering = return_tracks(journeys)
    far = {journey.key for journey in journeys if journey.goal > journey.row + 1}
    short = {journey.key for journey in journeys if journey.goal > journey.row} - far
    return Returns(tracks=tracks, entering=entering, short=short)


def _margins(returns: Returns, before: Margins, spacing: Spacing) -> Margins:
    """Return margins for *returns*; they only ever grow, so that the search for them ends."""
    most = max(map(len, returns.entering.values()), default=0)
    tracks = max(returns.tracks.values(), default=-1) + 1
    return Margins(
        left=max(before.left, _FREE + spacing.wires * most if most else 0.0),
        right=max(before.right, _FREE + spacing.wires * tracks if tracks else 0.0),
    )


def _lefts(
    columns: Columns, bounds: Sequence[tuple[int, int]], begin: float
) -> tuple[list[float], list[float]]:
    """Return where each column begins and each row ends, where all rows begin at *begin*."""
    left, ends = [0.0] * len(columns.widths), []
    for start, stop in bounds:
        x = begin
        for rank in range(start, stop):
            left[rank] = x
            x += columns.widths[rank] + columns.gaps[rank]
        ends.append(x - columns.gaps[stop - 1] if stop > start else x)
    return left, ends


def break_rows(
    widths: Sequence[float], gaps: Sequence[float], crossing: Sequence[int], room: float
) -> list[tuple[int, int]]:
    """Return the rows as (first column, column after the last).

    *widths* are those of the columns, *gaps* the spaces behind each column (the last is unused),
    *crossing* how many wires would have to continue if the row ended behind the column; *room*
    is the width of a row.  As few rows as possible, even ones, and breaks where few wires cross;
    a single column may be wider than the room.
    """
    count = len(widths)
    if not count:
        return []
    if math.isinf(room):
        return [(0, count)]
    best: list[tuple[float, int]] = [(0.0, 0)]
    for stop in range(1, count + 1):
        found: tuple[float, int] | None = None
        width = -gaps[stop - 1]
        for start in range(stop - 1, -1, -1):
            width += widths[start] + gaps[start]
            if width > room and start < stop - 1:
                break
            slack = max(0.0, room - width) / room
            cost = best[start][0] + 3.0 + slack * slack
            if start:
                cost += 0.35 * max(0, crossing[start - 1] - 1)
            if found is None or cost < found[0]:
                found = (cost, start)
        best.append(found or (0.0, stop - 1))
    rows = []
    stop = count
    while stop:
        start = best[stop][1]
        rows.append((start, stop))
        stop = start
    return rows[::-1]
