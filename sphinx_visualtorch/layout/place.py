"""Place a frame: cells into columns, lanes and rows, and every wire along them.

The one algorithm behind all styles.  Inner frames are placed first and are then cells like any
other.  Wires run straight on lanes, change lanes only in the gaps between columns, and go on in
the next row along the margins; all three are free of cells, so no wire crosses a cell.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import accumulate

from sphinx_visualtorch.layout.diagram import Block, Box, Frame, Item, Point, Spacing
from sphinx_visualtorch.layout.ranks import Tie, assign_lanes, assign_ranks
from sphinx_visualtorch.layout.routes import Journey, return_tracks, tidied, track_numbers
from sphinx_visualtorch.layout.rows import break_rows

__all__ = ["PAD", "STACK", "embed", "place"]

PAD = 14.0  # between a frame's border and what is in it
STACK = 6.0  # how far the borders behind a repeated frame stick out
_MANY = 16  # wires to one cell, beyond which they join one line
_ARROW = 9.0  # what a wire needs in front of a cell for its arrow head


@dataclass(slots=True, kw_only=True)
class _Cell:
    """A box, a placed inner frame or a port (width 0), as the placement sees it."""

    id: str
    width: float = 0.0
    above: float = 2.0
    below: float = 2.0
    inlet: float = 0.0
    outlet: float = 0.0
    radius: float = 0.0
    crowned: bool = False
    port: bool = False
    ins: dict[str, float] = field(default_factory=dict)
    outs: dict[str, float] = field(default_factory=dict)


def _cell(item: Item, room: float, spacing: Spacing) -> tuple[_Cell, Block | None]:
    if isinstance(item, Box):
        return (
            _Cell(
                id=item.id,
                width=item.width,
                above=item.above,
                below=item.below,
                inlet=item.inlet,
                outlet=item.outlet,
                radius=item.radius,
                crowned=item.crowned,
            ),
            None,
        )
    block = place(item, room - (STACK if item.stacked else 0.0), spacing)
    line = next(iter(block.ins.values()), next(iter(block.outs.values()), block.height / 2))
    behind = STACK if item.stacked else 0.0  # the borders behind it stick out to the top right
    top, bottom = (0.0, behind) if item.turned else (behind, 0.0)
    return (
        _Cell(
            id=item.id,
            width=block.width + behind,
            inlet=bottom,
            outlet=top,
            above=line + top,
            below=block.height - line + bottom,
            ins={key: height - line for key, height in block.ins.items()},
            outs={key: height - line for key, height in block.outs.items()},
        ),
        block,
    )


class _Grid:
    """The cells of one frame with their ranks, lanes, rows and coordinates."""

    def __init__(self, frame: Frame, room: float, spacing: Spacing, kept: float) -> None:
        self.frame, self.spacing = frame, spacing
        self.edge = PAD if frame.bordered else 0.0
        self.lead = self.edge + (frame.title if frame.turned else 0.0)
        self.room = room - self.edge - self.lead
        inside = self.room - kept  # what inner frames may use beside this frame's margins
        ins = dict.fromkeys(link.key for link in frame.links if link.source is None)
        outs = dict.fromkeys(link.key for link in frame.links if link.target is None)
        self.cells: list[_Cell] = [_Cell(id=f"in {key}", port=True) for key in ins]
        self.blocks: dict[str, Block] = {}
        self.number: dict[tuple[str, str], int] = {}
        for index, key in enumerate(ins):
            self.number["in", key] = index
        for item in frame.items:
            cell, block = _cell(item, inside, spacing)
            self.number["item", item.id] = len(self.cells)
            self.cells.append(cell)
            if block is not None:
                self.blocks[item.id] = block
        for key in outs:
            self.number["out", key] = len(self.cells)
            self.cells.append(_Cell(id=f"out {key}", port=True))
        self.ins, self.outs = list(ins), list(outs)
        self.ties = self._joined(frame)
        self.at_port: dict[int, list[Tie]] = {}  # the ties of each port
        for tie in self.ties:
            for end in (tie.source, tie.target):
                if self.cells[end].port:
                    self.at_port.setdefault(end, []).append(tie)
        first = [self.number["in", key] for key in ins]
        last = [self.number["out", key] for key in outs]
        self.ranks = assign_ranks(len(self.cells), self.ties, first, last)
        self.lanes = assign_lanes(self.ranks, self.ties)
        self._columns()
        self._rows()
        self._uncross()
        self._heights()

    def _joined(self, frame: Frame) -> list[Tie]:
        """Return the links as ties; where very many lead to one cell, they join one line."""
        number, ends = self.number, []
        for link in frame.links:
            start = ("in", link.key) if link.source is None else ("item", link.source)
            end = ("out", link.key) if link.target is None else ("item", link.target)
            ends.append((number[start], number[end]))
        many = Counter(target for _, target in ends)
        ties = []
        for link, (source, target) in zip(frame.links, ends, strict=True):
            # a frame takes each in at a height of its own
            joins = link.target and many[target] > _MANY and not self.cells[target].ins
            bus = f"⇥{link.target}" if joins else link.key  # no key begins so
            ties.append(Tie(link.key, source, target, bus))
        return ties

    def travel(self, tie: Tie) -> int:
        """Return the lane on which a link travels between its ends."""
        if self.ranks[tie.target] - self.ranks[tie.source] > 1:
            return self.lanes.wires[tie.bus]
        return self.lanes.cells[tie.target]

    def out_shift(self, tie: Tie) -> float:
        """Return how far below its line a cell lets this link out."""
        return self.cells[tie.source].outs.get(tie.key, 0.0)

    def in_shift(self, tie: Tie) -> float:
        """Return how far below its line a cell takes this link in."""
        return self.cells[tie.target].ins.get(tie.key, 0.0)

    # columns and the tracks of the gaps behind them

    def _columns(self) -> None:
        count = max(self.ranks, default=-1) + 1
        self.widths = [0.0] * count
        for cell, rank in zip(self.cells, self.ranks, strict=True):
            self.widths[rank] = max(self.widths[rank], cell.width)
        self._tracks(count)
        ports = {rank for cell, rank in zip(self.cells, self.ranks, strict=True) if cell.port}
        self.narrow = {rank for rank in ports if not self.widths[rank]}
        self.gaps = [
            max(self._least_gap(rank), _ARROW + (tracks + 1) * self.spacing.wires)
            if tracks
            else self._least_gap(rank)
            for rank, tracks in enumerate(self.track_count)
        ]

    def _least_gap(self, rank: int) -> float:
        """Return the gap behind a column: half of one where only the frame's border stands."""
        return self.spacing.columns * (0.5 if rank in self.narrow else 1.0)

    def _tracks(self, count: int) -> None:
        """Give each wire that changes lanes in a gap a track of its own there."""
        spans: list[dict[str, tuple[float, float]]] = [{} for _ in range(count)]
        for tie in self.ties:
            start, end = self.ranks[tie.source], self.ranks[tie.target]
            lane = self.travel(tie)
            here = self.lanes.cells[tie.source] + (0.3 if self.out_shift(tie) else 0.0)
            there = self.lanes.cells[tie.target] + (0.3 if self.in_shift(tie) else 0.0)
            if end - start == 1:
                if here != there:
                    self._span(spans[start], tie.bus, here, there)
                continue
            if here != lane:
                self._span(spans[start], tie.bus, here, lane)
            if there != lane and not self.drops(tie):
                self._span(spans[end - 1], tie.bus, lane, there)
        self.tracks: list[dict[str, int]] = []
        self.track_count: list[int] = []
        for gap in spans:
            chosen, used = track_numbers(gap)
            self.tracks.append(chosen)
            self.track_count.append(used)

    @staticmethod
    def _span(gap: dict[str, tuple[float, float]], key: str, one: float, two: float) -> None:
        low, high = min(one, two), max(one, two)
        if key in gap:
            low, high = min(low, gap[key][0]), max(high, gap[key][1])
        gap[key] = (low, high)

    def drops(self, tie: Tie) -> bool:
        """Say whether a wire enters its glyph from above or below, not from the left."""
        cell = self.cells[tie.target]
        if not cell.radius or cell.crowned:
            return False
        lane, own = self.travel(tie), self.lanes.cells[tie.target]
        rank = self.ranks[tie.target]
        if lane == own or rank - self.ranks[tie.source] < 2:
            return False
        if self.lanes.reach[tie.bus] < rank:
            return False
        between = range(min(lane, own) + 1, max(lane, own))
        return self.lanes.taken.all_free(between, rank)

    # rows

    def _rows(self) -> None:
        count = len(self.widths)
        change = [0] * (count + 1)
        reach: dict[str, tuple[int, int]] = {}
        for tie in self.ties:
            start, end = self.ranks[tie.source], self.ranks[tie.target]
            low, high = reach.get(tie.bus, (start, end))
            reach[tie.bus] = (min(low, start), max(high, end))
        for start, end in reach.values():
            change[start] += 1
            change[end] -= 1
        crossing = list(accumulate(change[:count]))
        self.left_margin = self.right_margin = 0.0
        while True:  # wires that go on in another row need the margins, which cost room
            inner = self.room - self.left_margin - self.right_margin
            self.rows = break_rows(self.widths, self.gaps, crossing, inner)
            self.row_of = [
                number for number, (start, stop) in enumerate(self.rows) for _ in range(start, stop)
            ]
            before = (self.left_margin, self.right_margin)
            self._returns()
            if (self.left_margin, self.right_margin) == before:
                break
        self._lefts()

    def _returns(self) -> None:
        """Choose the tracks of wires that leave a row, and make room for them in the margins."""
        journeys = [
            Journey(
                key=tie.bus,
                row=self.row_of[self.ranks[tie.source]],
                goal=self.row_of[self.ranks[tie.target]],
                lane=self.travel(tie),
            )
            for tie in self.ties
        ]
        self.right_track, self.entering = return_tracks(journeys)
        far = {journey.key for journey in journeys if journey.goal > journey.row + 1}
        self.short = {journey.key for journey in journeys if journey.goal > journey.row} - far
        wires = self.spacing.wires
        most = max(map(len, self.entering.values()), default=0)
        tracks = max(self.right_track.values(), default=-1) + 1
        # margins only ever grow, so that the search for them ends
        self.left_margin = max(self.left_margin, 8.0 + wires * most if most else 0.0)
        self.right_margin = max(self.right_margin, 8.0 + wires * tracks if tracks else 0.0)

    def _lefts(self) -> None:
        self.left = [0.0] * len(self.widths)
        ends = []
        for start, stop in self.rows:
            x = self.lead + self.left_margin
            for rank in range(start, stop):
                self.left[rank] = x
                x += self.widths[rank] + self.gaps[rank]
            ends.append(x - self.gaps[stop - 1] if stop > start else x)
        self.ends = ends
        self.right = max(ends, default=self.edge)
        self.width = self.right + self.right_margin + self.edge
        if (
            self.width < self.frame.least and not self.frame.turned
        ):  # what is in a frame with a long title is centred
            free = self.frame.least - self.width
            self.left = [x + free / 2 for x in self.left]
            self.ends = [x + free / 2 for x in self.ends]
            self.right += free / 2
            self.width += free

    def _uncross(self) -> None:
        """Turn all lanes upside down if fewer wires then cross at the ends of the rows."""
        upright = self._crossings()
        if not upright:
            return
        before = self.lanes
        self.lanes = before.upside_down()
        self._columns()
        self._rows()
        if self._crossings() >= upright:
            self.lanes = before
            self._columns()
            self._rows()

    def _crossings(self) -> int:
        """Return how many wires to the next row go down through one that runs on further."""
        leaving: dict[int, set[tuple[int, bool]]] = {}
        for tie in self.ties:
            row = self.row_of[self.ranks[tie.source]]
            if self.row_of[self.ranks[tie.target]] > row:
                leaving.setdefault(row, set()).add((self.travel(tie), tie.bus in self.short))
        crossings = 0
        for wires in leaving.values():
            above = 0  # those to the next row, of the lanes seen so far
            for _, short in sorted(wires):
                above += short
                crossings += 0 if short else above
        return crossings

    # heights

    def _heights(self) -> None:
        above: dict[tuple[int, int], float] = {}
        below: dict[tuple[int, int], float] = {}
        for index, cell in enumerate(self.cells):
            place_ = (self.row_of[self.ranks[index]], self.lanes.cells[index])
            above[place_] = max(above.get(place_, 0.0), cell.above)
            below[place_] = max(below.get(place_, 0.0), cell.below)
        for tie in self.ties:
            lane = self.travel(tie)
            for rank in (self.ranks[tie.source], self.ranks[tie.target]):
                above.setdefault((self.row_of[rank], lane), 2.0)
                below.setdefault((self.row_of[rank], lane), 2.0)
        self.line: dict[tuple[int, int], float] = {}
        self.extent: dict[tuple[int, int], tuple[float, float]] = {}
        self.channel: dict[int, float] = {}
        lanes_of: dict[int, list[int]] = {}
        for row, lane in above:
            lanes_of.setdefault(row, []).append(lane)
        y = self.edge + (0.0 if self.frame.turned else self.frame.title)
        for row in range(len(self.rows)):
            if row:
                wires = len(self.entering.get(row, ()))
                y += self.spacing.rows
                self.channel[row] = y
                y += (wires - 1) * self.spacing.wires + self.spacing.rows if wires else 0.0
            previous = False
            for position, lane in enumerate(sorted(lanes_of.get(row, []))):
                solid = above[row, lane] > 2.0
                if position:
                    y += self.spacing.lanes if solid and previous else self.spacing.wires
                ceiling = y
                y += above[row, lane]
                self.line[row, lane] = y
                y += below[row, lane]
                self.extent[row, lane] = (ceiling, y)
                previous = solid
        self.height = y + self.edge
        if self.frame.turned and self.height < self.frame.least:
            self._lowered((self.frame.least - self.height) / 2)
            self.height = self.frame.least

    def _lowered(self, free: float) -> None:
        """Move all rows by *free* px."""
        self.line = {place_: y + free for place_, y in self.line.items()}
        self.channel = {row: y + free for row, y in self.channel.items()}
        self.extent = {
            place_: (top + free, low + free) for place_, (top, low) in self.extent.items()
        }

    # coordinates

    def spot(self, index: int) -> Point:
        """Return a cell's left edge and the height of its line."""
        rank = self.ranks[index]
        cell = self.cells[index]
        line = self.line[self.row_of[rank], self.lanes.cells[index]]
        if cell.port:
            x = 0.0 if cell.id.startswith("in ") else self.width
            return x, self._opposite(index, line)
        return self.left[rank] + (self.widths[rank] - cell.width) / 2, line

    def _opposite(self, port: int, line: float) -> float:
        """Return the height of a port: that of the one way in or out which it stands beside."""
        ties = self.at_port.get(port, ())
        if len(ties) != 1:
            return line
        (tie,) = ties
        if self.ranks[tie.target] - self.ranks[tie.source] != 1:
            return line
        other, shift = (
            (tie.target, self.in_shift(tie))
            if tie.source == port
            else (tie.source, self.out_shift(tie))
        )
        rank = self.ranks[other]
        same_row = self.row_of[rank] == self.row_of[self.ranks[port]]
        if not shift or not same_row:
            return line
        return self.line[self.row_of[rank], self.lanes.cells[other]] + shift

    def track(self, rank: int, key: str) -> float:
        """Return the x of a key's track in the gap behind a rank."""
        right = self.left[rank] + self.widths[rank]
        number, count = self.tracks[rank].get(key, 0), self.track_count[rank]
        free = self.gaps[rank] - _ARROW
        return right + free * (number + 1) / (count + 1)

    def route(self, tie: Tie) -> tuple[Point, ...]:
        """Return the polyline of a link."""
        start, end = self.ranks[tie.source], self.ranks[tie.target]
        source, target = self.cells[tie.source], self.cells[tie.target]
        x, line = self.spot(tie.source)
        y = line + self.out_shift(tie)
        points: list[Point] = [(x + source.width - source.outlet, y)]
        lane = self.travel(tie)
        goal_x, goal_line = self.spot(tie.target)
        goal = goal_line + self.in_shift(tie)
        row, last_row = self.row_of[start], self.row_of[end]
        moved = start == self.rows[row][1] - 1  # at the end of a row nothing is in the way
        if not moved:
            to = goal if end - start == 1 else self.line[row, lane]
            if to != y:
                x = self.track(start, tie.bus)
                points += [(x, y), (x, to)]
                y = to
        if row < last_row:
            y = self._turn(tie, points, y)
        if self.drops(tie):
            middle = goal_x + (target.inlet + target.width - target.outlet) / 2
            side = target.radius if goal > y else -target.radius
            points += [(middle, y), (middle, goal - side)]
            return tidied(points)
        if y != goal:
            x = self.track(end - 1, tie.bus)
            points += [(x, y), (x, goal)]
        points.append((goal_x + target.inlet, goal))
        return tidied(points)

    def _turn(self, tie: Tie, points: list[Point], y: float) -> float:
        """Lead a wire to another row; return the height at which it comes back."""
        end = self.ranks[tie.target]
        row = self.row_of[end]
        number = self.entering[row][tie.bus]
        wires = self.spacing.wires
        # what goes on in the next row turns where its own ends, what passes rows beside them all
        turn = self.ends[row - 1] if tie.bus in self.short else self.right
        right = turn + 6.0 + self.right_track[tie.bus] * wires
        channel = self.channel[row] + number * wires
        left = self.lead + self.left_margin - 8.0
        left -= (len(self.entering[row]) - 1 - number) * wires
        if end == self.rows[row][0] and not self.drops(tie):
            back = self.spot(tie.target)[1] + self.in_shift(tie)
        else:
            back = self.line[row, self.travel(tie)]
        points += [(right, y), (right, channel), (left, channel), (left, back)]
        return back


def place(frame: Frame, room: float, spacing: Spacing) -> Block:
    """Return where everything in *frame* stands, in rows of at most *room* px."""
    grid = _Grid(frame, room, spacing, 0.0)
    if grid.blocks and grid.width > room:  # an inner frame left no room for the wires beside it
        grid = _Grid(frame, room, spacing, grid.left_margin + grid.right_margin)
    rows = sum(block.rows for block in grid.blocks.values()) + len(grid.rows)
    returns = sum(block.returns for block in grid.blocks.values())
    returns += sum(len(keys) - 1 for keys in grid.entering.values())
    block = Block(id=frame.id, width=grid.width, height=grid.height, rows=rows, returns=returns)
    for key in grid.ins:
        block.ins[key] = grid.spot(grid.number["in", key])[1]
    for key in grid.outs:
        block.outs[key] = grid.spot(grid.number["out", key])[1]
    for item in frame.items:
        index = grid.number["item", item.id]
        x, line = grid.spot(index)
        inner = grid.blocks.get(item.id)
        if inner is None:
            block.boxes[item.id] = (x, line)
            row = grid.row_of[grid.ranks[index]]
            block.lanes[item.id] = grid.extent[row, grid.lanes.cells[index]]
        else:
            behind = STACK if isinstance(item, Frame) and item.stacked else 0.0
            right, down = (behind, 0.0) if frame.turned else (0.0, behind)
            embed(block, inner, x + right, line - grid.cells[index].above + down)
    for link, tie in zip(frame.links, grid.ties, strict=True):
        block.wires[link.key, frame.id, link.source, link.target] = grid.route(tie)
    return block


def embed(block: Block, inner: Block, x: float, y: float) -> None:
    """Put what a placed frame holds into *block*, its top left corner at (*x*, *y*)."""
    block.frames[inner.id] = (x, y, inner.width, inner.height)
    for name, (left, line) in inner.boxes.items():
        block.boxes[name] = (left + x, line + y)
    for name, (ceiling, floor) in inner.lanes.items():
        block.lanes[name] = (ceiling + y, floor + y)
    for name, (left, top, width, height) in inner.frames.items():
        block.frames[name] = (left + x, top + y, width, height)
    for link, points in inner.wires.items():
        block.wires[link] = tuple((px + x, py + y) for px, py in points)
