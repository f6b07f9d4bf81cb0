"""Ranks and lanes: the column and the track of every cell, and the track of every long wire.

Cells are numbered in topological order.  A cell's *rank* is its longest distance from a start.
The longest path takes lane 0, so that the main flow is one straight line; what branches off takes
the nearest lane that is free over its ranks, and a wire that passes over other cells gets a lane
over those ranks like a cell.  Nothing therefore ever shares its place, and no wire runs through
a cell.  (After K. Sugiyama, S. Tagawa, M. Toda, 1981, with lanes in place of sweeps.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sphinx_visualtorch.layout.tracks import Tracks

__all__ = ["Lanes", "Tie", "assign_lanes", "assign_ranks"]


@dataclass(frozen=True, slots=True)
class Tie:
    """A link between the cells with the numbers *source* and *target*, *key* as in Link.

    Links with one *bus* share their line.  That is the key, but where very many lead to one cell.
    """

    key: str
    source: int
    target: int
    bus: str


def assign_ranks(
    size: int, ties: Sequence[Tie], first: Sequence[int], last: Sequence[int]
) -> list[int]:
    """Return the rank of each of *size* cells.

    The cells in *first* have rank 0 and those in *last* stand behind all others.  Another cell
    that nothing leads to stands right before the first that uses it.
    """
    ranks = [0] * size
    entered = [False] * size
    for tie in sorted(ties, key=lambda tie: tie.source):
        ranks[tie.target] = max(ranks[tie.target], ranks[tie.source] + 1)
        entered[tie.target] = True
    nearest: dict[int, int] = {}
    for tie in ties:
        rank = ranks[tie.target]
        nearest[tie.source] = min(nearest.get(tie.source, rank), rank)
    for cell, rank in nearest.items():
        if not entered[cell]:
            ranks[cell] = rank - 1
    for cell in first:
        ranks[cell] = 0
    ends = set(last)
    behind = max((ranks[cell] for cell in range(size) if cell not in ends), default=-1) + 1
    for cell in last:
        ranks[cell] = behind
    return ranks


@dataclass(slots=True)
class Lanes:
    """Which lane each cell has (*cells*) and each key's long wire (*wires*).

    *reach* is the last rank up to which a wire has its lane for itself; *taken* tells where each
    lane is used, by ranks.
    """

    cells: list[int]
    taken: Tracks
    wires: dict[str, int] = field(default_factory=dict)
    reach: dict[str, int] = field(default_factory=dict)

    def upside_down(self) -> Lanes:
        """Return the same lanes in the opposite order, the main one stays where it is."""
        return Lanes(
            cells=[-lane for lane in self.cells],
            wires={key: -lane for key, lane in self.wires.items()},
            reach=self.reach,
            taken=self.taken.upside_down(),
        )


def _chains(size: int, ties: Sequence[Tie]) -> list[list[int]]:
    """Return a partition of the cells into paths, the longest path first."""
    after: list[list[int]] = [[] for _ in range(size)]
    for tie in ties:
        after[tie.source].append(tie.target)
    height = [1] * size
    for cell in range(size - 1, -1, -1):
        for target in after[cell]:
            height[cell] = max(height[cell], height[target] + 1)
    free = [True] * size
    chains = []
    for start in sorted(range(size), key=lambda cell: (-height[cell], cell)):
        if not free[start]:
            continue
        chain = [start]
        free[start] = False
        while True:
            targets = [target for target in after[chain[-1]] if free[target]]
            if not targets:
                break
            best = max(targets, key=lambda cell: (height[cell], -cell))
            free[best] = False
            chain.append(best)
        chains.append(chain)
    return chains


def assign_lanes(ranks: Sequence[int], ties: Sequence[Tie]) -> Lanes:
    """Return the lanes of all cells and long wires."""
    size = len(ranks)
    lanes = Lanes([0] * size, Tracks(max(ranks, default=0) + 1))
    before: list[list[int]] = [[] for _ in range(size)]
    after: list[list[int]] = [[] for _ in range(size)]
    for tie in ties:
        before[tie.target].append(tie.source)
        after[tie.source].append(tie.target)
    placed = [False] * size
    kept = _Kept()
    for number, chain in enumerate(_chains(size, ties)):
        head, tail = chain[0], chain[-1]
        start, stop = ranks[head], ranks[tail]
        sources = [cell for cell in before[head] if placed[cell]]
        targets = [cell for cell in after[tail] if placed[cell]]
        if number:
            # what comes from far, or is waited for, travels on the chain's own lane
            start = min([start, *(ranks[cell] + 1 for cell in sources)])
            stop = max([stop, *(ranks[cell] - 1 for cell in targets)])
        near = lanes.cells[(sources or targets or [head])[0]]
        lane = 0 if not number else _nearest(lanes, near, start, stop)
        lanes.taken.take(lane, start, stop)
        for cell in chain:
            lanes.cells[cell] = lane
            placed[cell] = True
        kept.before[head] = start
        kept.after[tail] = stop
    _long_wires(lanes, ranks, ties, kept)
    return lanes


@dataclass(slots=True)
class _Kept:
    """The ranks that chains keep free for wires: from where to a head, to where from a tail."""

    before: dict[int, int] = field(default_factory=dict)
    after: dict[int, int] = field(default_factory=dict)


def _nearest(lanes: Lanes, near: int, start: int, stop: int) -> int:
    """Return the free lane that is nearest to lane *near*, below before above."""
    below = lanes.taken.first(near + 1, 1, (start, stop))
    above = lanes.taken.first(near - 1, -1, (start, stop))
    return below if below - near <= near - above else above


def _long_wires(lanes: Lanes, ranks: Sequence[int], ties: Sequence[Tie], kept: _Kept) -> None:
    """Give a lane to each key whose wire passes over cells; short wires lie nearer."""
    far: dict[str, list[Tie]] = {}
    for tie in ties:
        if ranks[tie.target] - ranks[tie.source] > 1:
            far.setdefault(tie.bus, []).append(tie)
    spans = []
    for key, group in far.items():
        source = min((tie.source for tie in group), key=lambda cell: ranks[cell])
        target = max((tie.target for tie in group), key=lambda cell: ranks[cell])
        spans.append((ranks[target] - ranks[source], source, target, key))
    for _, source, target, key in sorted(spans):
        start, last = ranks[source] + 1, ranks[target]
        lanes.reach[key] = last - 1
        if kept.after.get(source, -1) >= last - 1:
            lanes.wires[key] = lanes.cells[source]
            del kept.after[source]
        elif kept.before.get(target, last) <= start and len(far[key]) == 1:
            lanes.wires[key] = lanes.cells[target]
            del kept.before[target]
        else:
            ends = (lanes.cells[source], lanes.cells[target])
            lanes.wires[key] = _wire_lane(lanes, ends, (start, last - 1))
        if lanes.taken.free(lanes.wires[key], last, last):
            lanes.taken.take(lanes.wires[key], last, last)
            lanes.reach[key] = last


def _wire_lane(lanes: Lanes, ends: tuple[int, int], span: tuple[int, int]) -> int:
    """Return the lane for a wire between cells in the lanes *ends*, taken over the ranks *span*.

    That is the lane of one of its ends, or the nearest free one above them (below them where
    these lie below the main lane).
    """
    step = 1 if min(ends) > 0 else -1
    lane = (max(ends) if step > 0 else min(ends)) + step
    for own in reversed(ends):
        if lanes.taken.free(own, *span):
            lane = own
            break
    lane = lanes.taken.first(lane, step, span)
    lanes.taken.take(lane, *span)
    return lane
