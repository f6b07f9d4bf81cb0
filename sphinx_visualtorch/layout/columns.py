"""From the cells of a frame to columns: which cell stands in which, how wide it and its gap are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sphinx_visualtorch.layout.cells import Contents
from sphinx_visualtorch.layout.diagram import Spacing
from sphinx_visualtorch.layout.ranks import Lanes, Tie, assign_lanes, assign_ranks
from sphinx_visualtorch.layout.routes import track_numbers

__all__ = ["ARROW", "Columns", "Layering", "columns", "layering"]

ARROW = 9.0  # what a wire needs in front of a cell for its arrow head


@dataclass(frozen=True, slots=True, kw_only=True)
class Layering:
    """In which column (its rank) and on which lane each cell stands."""

    contents: Contents
    ranks: Sequence[int]
    lanes: Lanes

    def length(self, tie: Tie) -> int:
        """Return how many columns further a link ends than it starts."""
        return self.ranks[tie.target] - self.ranks[tie.source]

    def travel(self, tie: Tie) -> int:
        """Return the lane on which a link travels between its ends."""
        if self.length(tie) > 1:
            return self.lanes.wires[tie.bus]
        return self.lanes.cells[tie.target]

    def drops(self, tie: Tie) -> bool:
        """Say whether a wire enters its glyph from above or below, not from the left."""
        cell = self.contents.cells[tie.target]
        if not cell.radius or cell.crowned:
            return False
        lane, own = self.travel(tie), self.lanes.cells[tie.target]
        rank = self.ranks[tie.target]
        if lane == own or self.length(tie) < 2:
            return False
        if self.lanes.reach[tie.bus] < rank:
            return False
        between = range(min(lane, own) + 1, max(lane, own))
        return self.lanes.taken.all_free(between, rank)

    def upside_down(self) -> Layering:
        """Return the same with the lanes in the opposite order."""
        return replace(self, lanes=self.lanes.upside_down())


def layering(contents: Contents) -> Layering:
    """Return the column and the lane of each cell."""
    first, last = list(contents.first.values()), list(contents.last.values())
    ranks = assign_ranks(len(contents.cells), contents.ties, first, last)
    lanes = assign_lanes(ranks, contents.ties)
    return Layering(contents=contents, ranks=ranks, lanes=lanes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The *widths* of the columns and of the *gaps* behind them, in px.

    *tracks* tells for each gap which track the wire of a key changes lanes on, *counts* how many
    tracks there are.
    """

    layering: Layering
    widths: Sequence[float]
    gaps: Sequence[float]
    tracks: Sequence[Mapping[str, int]]
    counts: Sequence[int]


def columns(layers: Layering, spacing: Spacing) -> Columns:
    """Return columns as wide as their widest cells, with room for the wires between them."""
    count = max(layers.ranks, default=-1) + 1
    widths = [0.0] * count
    ports = set()
    for cell, rank in zip(layers.contents.cells, layers.ranks, strict=True):
        widths[rank] = max(widths[rank], cell.width)
        if cell.port:
            ports.add(rank)
    numbered = [track_numbers(gap) for gap in _changes(layers, count)]
    gaps = []
    for rank, (_, used) in enumerate(numbered):
        # half of one where only the frame's border stands
        narrow = rank in ports and not widths[rank]
        least = spacing.columns * (0.5 if narrow else 1.0)
        gaps.append(max(least, ARROW + (used + 1) * spacing.wires) if used else least)
    return Columns(
        layering=layers,
        widths=widths,
        gaps=gaps,
        tracks=[tracks for tracks, _ in numbered],
        counts=[used for _, used in numbered],
    )


def _changes(layers: Layering, count: int) -> list[dict[str, tuple[float, float]]]:
    """Return for each gap the wires that change lanes there: from where to where, by their bus."""
    spans: list[dict[str, tuple[float, float]]] = [{} for _ in range(count)]
    lanes, contents = layers.lanes.cells, layers.contents
    for tie in contents.ties:
        start, end = layers.ranks[tie.source], layers.ranks[tie.target]
        lane = layers.travel(tie)
        here = lanes[tie.source] + (0.3 if contents.out_shift(tie) else 0.0)
        there = lanes[tie.target] + (0.3 if contents.in_shift(tie) else 0.0)
        if end - start == 1:
            _span(spans[start], tie.bus, here, there)
            continue
        _span(spans[start], tie.bus, here, lane)
        if not layers.drops(tie):
            _span(spans[end - 1], tie.bus, lane, there)
    return spans


def _span(gap: dict[str, tuple[float, float]], key: str, one: float, two: float) -> None:
    """Widen the stretch of a key in a gap by what lies between two lanes, if they are two."""
    if one == two:
        return
    low, high = min(one, two), max(one, two)
    if key in gap:
        low, high = min(low, gap[key][0]), max(high, gap[key][1])
    gap[key] = (low, high)
