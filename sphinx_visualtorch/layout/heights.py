"""From rows to heights: on which line each lane of a row runs, and where wires come back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from sphinx_visualtorch.layout.diagram import Frame, Spacing
from sphinx_visualtorch.layout.rows import Rows

__all__ = ["Heights", "heights"]

_WIRE = 2.0  # what a lane without cells takes on both sides of its line

Place: TypeAlias = tuple[int, int]
"""A row, and a lane in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heights:
    """*line* and *extent* of each lane of a row, the first wire of each *channel* above a row.

    *height* is that of the whole frame.  All in px.
    """

    line: Mapping[Place, float]
    extent: Mapping[Place, tuple[float, float]]
    channel: Mapping[int, float]
    height: float


def heights(rows: Rows, frame: Frame, spacing: Spacing) -> Heights:
    """Return the heights of all lanes of all rows, from the top to the bottom."""
    room = _room(rows)
    lanes_of: dict[int, list[int]] = {}
    for row, lane in room:
        lanes_of.setdefault(row, []).append(lane)
    line: dict[Place, float] = {}
    extent: dict[Place, tuple[float, float]] = {}
    channel: dict[int, float] = {}
    y = frame.top
    for row in range(len(rows.bounds)):
        if row:
            wires = len(rows.returns.entering.get(row, ()))
            y += spacing.rows
            channel[row] = y
            y += (wires - 1) * spacing.wires + spacing.rows if wires else 0.0
        previous = False
        for position, lane in enumerate(sorted(lanes_of.get(row, []))):
            above, below = room[row, lane]
            solid = above > _WIRE
            if position:
                y += spacing.lanes if solid and previous else spacing.wires
            line[row, lane] = y + above
            extent[row, lane] = (y, line[row, lane] + below)
            y = line[row, lane] + below
            previous = solid
    found = Heights(line=line, extent=extent, channel=channel, height=y + frame.edge)
    return _centred(found, frame.least) if frame.turned else found


def _room(rows: Rows) -> dict[Place, tuple[float, float]]:
    """Return what each lane of each row takes above and below its line."""
    layers = rows.columns.layering
    room: dict[Place, tuple[float, float]] = {}
    for cell, rank, lane in zip(
        layers.contents.cells, layers.ranks, layers.lanes.cells, strict=True
    ):
        above, below = room.get((rows.of[rank], lane), (0.0, 0.0))
        room[rows.of[rank], lane] = (max(above, cell.above), max(below, cell.below))
    for tie in layers.contents.ties:
        lane = layers.travel(tie)
        for rank in (layers.ranks[tie.source], layers.ranks[tie.target]):
            room.setdefault((rows.of[rank], lane), (_WIRE, _WIRE))
    return room


def _centred(found: Heights, least: float) -> Heights:
    """Return the same in the middle of a frame that is *least* px high."""
    free = (least - found.height) / 2
    if free <= 0.0:
        return found
    return Heights(
        line={place: y + free for place, y in found.line.items()},
        extent={place: (top + free, low + free) for place, (top, low) in found.extent.items()},
        channel={row: y + free for row, y in found.channel.items()},
        height=least,
    )
