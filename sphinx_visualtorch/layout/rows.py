"""Break a strip of columns into rows that fit a width."""

from __future__ import annotations

import math
from collections.abc import Sequence

__all__ = ["break_rows"]


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
