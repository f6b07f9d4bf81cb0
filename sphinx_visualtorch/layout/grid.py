"""A placed frame: where its cells stand, and the way of each wire between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sphinx_visualtorch.layout.cells import Contents, Placed, contents
from sphinx_visualtorch.layout.columns import ARROW, Columns, Layering, columns, layering
from sphinx_visualtorch.layout.diagram import Frame, Point, Spacing
from sphinx_visualtorch.layout.heights import Heights, heights
from sphinx_visualtorch.layout.ranks import Tie
from sphinx_visualtorch.layout.routes import tidied
from sphinx_visualtorch.layout.rows import Rows, into_rows

__all__ = ["Grid", "grid"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """The cells of one frame with their columns, lanes, rows and heights.

    *beside* holds the ties of each port.
    """

    frame: Frame
    spacing: Spacing
    contents: Contents
    layering: Layering
    columns: Columns
    rows: Rows
    heights: Heights
    beside: Mapping[int, Sequence[Tie]]

    def place(self, cell: int) -> tuple[int, int]:
        """Return the row of a cell and its lane there."""
        return self.rows.of[self.layering.ranks[cell]], self.layering.lanes.cells[cell]

    def spot(self, number: int) -> Point:
        """Return a cell's left edge and the height of its line."""
        cell, rank = self.contents.cells[number], self.layering.ranks[number]
        if cell.port:
            x = 0.0 if cell.id.startswith("in ") else self.rows.width
            return x, self._beside(number)
        return (
            self.rows.left[rank] + (self.columns.widths[rank] - cell.width) / 2,
            self.heights.line[self.place(number)],
        )

    def _beside(self, port: int) -> float:
        """Return the height of a port: that of the one way in or out which it stands beside."""
        line = self.heights.line[self.place(port)]
        ties = self.beside.get(port, ())
        if len(ties) != 1:
            return line
        (tie,) = ties
        if self.layering.length(tie) != 1:
            return line
        other, shift = (
            (tie.target, self.contents.in_shift(tie))
            if tie.source == port
            else (tie.source, self.contents.out_shift(tie))
        )
        row, lane = self.place(other)
        if not shift or row != self.place(port)[0]:
            return line
        return self.heights.line[row, lane] + shift

    def track(self, rank: int, key: str) -> float:
        """Return the x of a key's track in the gap behind a rank."""
        right = self.rows.left[rank] + self.columns.widths[rank]
        number, count = self.columns.tracks[rank].get(key, 0), self.columns.counts[rank]
        free = self.columns.gaps[rank] - ARROW
        return right + free * (number + 1) / (count + 1)

    def route(self, tie: Tie) -> tuple[Point, ...]:
        """Return the polyline of a link."""
        start, end = self.layering.ranks[tie.source], self.layering.ranks[tie.target]
        source, target = self.contents.cells[tie.source], self.contents.cells[tie.target]
        row, last_row = self.rows.of[start], self.rows.of[end]
        x, line = self.spot(tie.source)
        y = line + self.contents.out_shift(tie)
        points: list[Point] = [(x + source.width - source.outlet, y)]
        goal_x, goal_line = self.spot(tie.target)
        goal = goal_line + self.contents.in_shift(tie)
        moved = start == self.rows.bounds[row][1] - 1  # at the end of a row nothing is in the way
        if not moved:
            to = goal if end - start == 1 else self.heights.line[row, self.layering.travel(tie)]
            if to != y:
                x = self.track(start, tie.bus)
                points += [(x, y), (x, to)]
                y = to
        if row < last_row:
            turned = self._turn(tie, y)
            points += turned
            y = turned[-1][1]
        if self.layering.drops(tie):
            middle = goal_x + (target.inlet + target.width - target.outlet) / 2
            side = target.radius if goal > y else -target.radius
            points += [(middle, y), (middle, goal - side)]
            return tidied(points)
        if y != goal:
            x = self.track(end - 1, tie.bus)
            points += [(x, y), (x, goal)]
        points.append((goal_x + target.inlet, goal))
        return tidied(points)

    def _turn(self, tie: Tie, y: float) -> list[Point]:
        """Return the way of a wire from the height *y* to where it comes back in another row."""
        rows, returns, wires = self.rows, self.rows.returns, self.spacing.wires
        end = self.layering.ranks[tie.target]
        row = rows.of[end]
        number = returns.entering[row][tie.bus]
        # what goes on in the next row turns where its own ends, what passes rows beside them all
        turn = rows.ends[row - 1] if tie.bus in returns.short else rows.right
        right = turn + 6.0 + returns.tracks[tie.bus] * wires
        channel = self.heights.channel[row] + number * wires
        left = self.frame.left + rows.margins.left - 8.0
        left -= (len(returns.entering[row]) - 1 - number) * wires
        if end == rows.bounds[row][0] and not self.layering.drops(tie):
            back = self.spot(tie.target)[1] + self.contents.in_shift(tie)
        else:
            back = self.heights.line[row, self.layering.travel(tie)]
        return [(right, y), (right, channel), (left, channel), (left, back)]


def grid(frame: Frame, room: float, spacing: Spacing, place: Placed) -> Grid:
    """Return *frame* in rows of at most *room* px; *place* gives the inner frames."""
    inside = room - frame.edge - frame.left
    cells = contents(frame, inside, place)
    rows = _rows(cells, frame, room, spacing)
    if any(cell.block for cell in cells.cells) and rows.width > room:
        # an inner frame left no room for the wires beside it
        cells = contents(frame, inside - rows.margins.left - rows.margins.right, place)
        rows = _rows(cells, frame, room, spacing)
    beside: dict[int, list[Tie]] = {}
    for tie in cells.ties:
        for end in (tie.source, tie.target):
            if cells.cells[end].port:
                beside.setdefault(end, []).append(tie)
    return Grid(
        frame=frame,
        spacing=spacing,
        contents=cells,
        layering=rows.columns.layering,
        columns=rows.columns,
        rows=rows,
        heights=heights(rows, frame, spacing),
        beside=beside,
    )


def _rows(cells: Contents, frame: Frame, room: float, spacing: Spacing) -> Rows:
    """Return the rows, all lanes upside down if fewer wires then cross at the ends of the rows."""
    layers = layering(cells)
    upright = into_rows(columns(layers, spacing), frame, room, spacing)
    crossings = upright.crossings()
    if not crossings:
        return upright
    other = into_rows(columns(layers.upside_down(), spacing), frame, room, spacing)
    return other if other.crossings() < crossings else upright
