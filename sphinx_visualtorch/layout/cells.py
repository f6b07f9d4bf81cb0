"""The cells of a frame and the ties between them: what a placement puts into columns and rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from sphinx_visualtorch.layout.diagram import STACK, Block, Box, Frame, Item
from sphinx_visualtorch.layout.ranks import Tie

__all__ = ["Cell", "Contents", "contents"]

_MANY = 16  # wires to one cell, beyond which they join one line

Placed: TypeAlias = Callable[[Frame, float], Block]
"""What places an inner frame in a room of so many px."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A box, a placed inner frame or a port (width 0), as the placement sees it.

    *ins* and *outs* tell how far below its line a frame takes the wire of a key in, or lets it
    out; *block* is what is in the frame.  The other lengths are those of a Box.
    """

    id: str
    width: float = 0.0
    above: float = 2.0
    below: float = 2.0
    inlet: float = 0.0
    outlet: float = 0.0
    radius: float = 0.0
    crowned: bool = False
    port: bool = False
    ins: Mapping[str, float] = field(default_factory=dict)
    outs: Mapping[str, float] = field(default_factory=dict)
    block: Block | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """The cells of a frame: its ways in, its items, its ways out, each in order.

    *first* and *last* are the numbers of the ways in and out by key, *numbers* those of the items;
    *ties* are the links of the frame, in their order.
    """

    cells: Sequence[Cell]
    first: Mapping[str, int]
    numbers: Mapping[str, int]
    last: Mapping[str, int]
    ties: Sequence[Tie]

    def out_shift(self, tie: Tie) -> float:
        """Return how far below its line a cell lets this link out."""
        return self.cells[tie.source].outs.get(tie.key, 0.0)

    def in_shift(self, tie: Tie) -> float:
        """Return how far below its line a cell takes this link in."""
        return self.cells[tie.target].ins.get(tie.key, 0.0)


def contents(frame: Frame, room: float, place: Placed) -> Contents:
    """Return what is in *frame*, its inner frames placed in *room* px each."""
    ins = dict.fromkeys(link.key for link in frame.links if link.source is None)
    outs = dict.fromkeys(link.key for link in frame.links if link.target is None)
    cells = [
        *(Cell(id=f"in {key}", port=True) for key in ins),
        *(_cell(item, room, place) for item in frame.items),
        *(Cell(id=f"out {key}", port=True) for key in outs),
    ]
    behind = len(ins) + len(frame.items)
    found = Contents(
        cells=cells,
        first={key: number for number, key in enumerate(ins)},
        numbers={item.id: number for number, item in enumerate(frame.items, len(ins))},
        last={key: number for number, key in enumerate(outs, behind)},
        ties=[],
    )
    return replace(found, ties=_ties(frame, found))


def _cell(item: Item, room: float, place: Placed) -> Cell:
    if isinstance(item, Box):
        return Cell(
            id=item.id,
            width=item.width,
            above=item.above,
            below=item.below,
            inlet=item.inlet,
            outlet=item.outlet,
            radius=item.radius,
            crowned=item.crowned,
        )
    behind = STACK if item.stacked else 0.0  # the borders behind it stick out to the top right
    block = place(item, room - behind)
    line = next(iter(block.ins.values()), next(iter(block.outs.values()), block.height / 2))
    top, bottom = (0.0, behind) if item.turned else (behind, 0.0)
    return Cell(
        id=item.id,
        width=block.width + behind,
        inlet=bottom,
        outlet=top,
        above=line + top,
        below=block.height - line + bottom,
        ins={key: height - line for key, height in block.ins.items()},
        outs={key: height - line for key, height in block.outs.items()},
        block=block,
    )


def _ties(frame: Frame, found: Contents) -> list[Tie]:
    """Return the links as ties; where very many lead to one cell, they join one line."""
    ends = [
        (
            found.first[link.key] if link.source is None else found.numbers[link.source],
            found.last[link.key] if link.target is None else found.numbers[link.target],
        )
        for link in frame.links
    ]
    many = Counter(target for _, target in ends)
    ties = []
    for link, (source, target) in zip(frame.links, ends, strict=True):
        # a frame takes each in at a height of its own
        joins = link.target and many[target] > _MANY and not found.cells[target].ins
        bus = f"⇥{link.target}" if joins else link.key  # no key begins so
        ties.append(Tie(link.key, source, target, bus))
    return ties
