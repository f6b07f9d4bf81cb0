"""What the placement takes and gives: boxes and frames with links in, coordinates out.

Nothing here knows what a box shows.  All lengths are px.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from sphinx_visualtorch.scene import Bounds, Mark

__all__ = ["STACK", "Block", "Box", "Drawing", "Frame", "Item", "Link", "Point", "Spacing", "Title"]

Point: TypeAlias = tuple[float, float]

STACK = 6.0  # how far the borders behind a repeated frame stick out
_PAD = 14.0  # between a frame's border and what is in it


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A thing with a size.

    Wires run on its *line*: *above* and *below* are its extents from there.  They end *inlet* px
    right of its left edge and start *outlet* px left of its right edge.  A wire that comes from
    another lane may enter a box with a *radius* (a merge glyph) from above or below, *radius* px
    from the line at the middle between the two ports, unless something *crowned* it there.
    """

    id: str
    width: float
    above: float
    below: float
    inlet: float = 0.0
    outlet: float = 0.0
    radius: float = 0.0
    crowned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Data flow from the item *source* to the item *target* of one frame.

    *key* is the node that made the tensor: links with one key share their wires.  A source of
    None is the frame's left border, a target of None its right border.
    """

    key: str
    source: str | None
    target: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A group of items, with room for a border where *bordered*; at least *least* wide.

    A *turned* one is placed as if it lay on its side: its title, the borders behind it and its
    least width are then where they belong once the drawing stands upright.
    """

    id: str
    items: tuple[Item, ...]
    links: tuple[Link, ...]
    bordered: bool = True
    title: float = 0.0
    least: float = 0.0
    stacked: bool = False
    turned: bool = False

    @property
    def edge(self) -> float:
        """What is free inside each border, in px."""
        return _PAD if self.bordered else 0.0

    @property
    def left(self) -> float:
        """What is free on the left, the title of a turned frame included, in px."""
        return self.edge + (self.title if self.turned else 0.0)

    @property
    def top(self) -> float:
        """What is free at the top, the title included, in px."""
        return self.edge + (0.0 if self.turned else self.title)


Item: TypeAlias = Box | Frame


@dataclass(frozen=True, slots=True, kw_only=True)
class Title:
    """What a frame's title needs, and whether borders of a *repeated* one stand behind it."""

    wide: float
    high: float
    repeated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Spacing:
    """The distances of a placement: between *columns*, between *lanes*, between wires."""

    columns: float = 22.0
    lanes: float = 14.0
    wires: float = 7.0
    rows: float = 16.0


@dataclass(slots=True, kw_only=True)
class Block:
    """A placed frame, its own top left corner at (0, 0).

    *boxes* holds for each box, at any depth, its left edge and its line; *frames* holds for each
    inner frame left, top, width and height; *wires* holds the polyline of each link; *lanes* the
    upper and the lower end of the lane of each box.  *ins* and *outs* are the heights at which the
    wire of a key crosses the left and the right border; *rows* counts those of the inner frames,
    too, and *returns* the wires that go on in another row beside the first of each.
    """

    id: str
    rows: int = 1
    returns: int = 0
    width: float = 0.0
    height: float = 0.0
    boxes: dict[str, Point] = field(default_factory=dict)
    lanes: dict[str, tuple[float, float]] = field(default_factory=dict)
    frames: dict[str, tuple[float, float, float, float]] = field(default_factory=dict)
    wires: dict[tuple[str, str, str | None, str | None], tuple[Point, ...]] = field(
        default_factory=dict
    )
    ins: dict[str, float] = field(default_factory=dict)
    outs: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """What is drawn of a graph, its top left corner at (0, 0), without padding and legend.

    *spots* tells where the box of each node stands, *arranged* whether they stand in a U.
    """

    marks: tuple[Mark, ...]
    width: float
    height: float
    spots: Mapping[str, Bounds] = field(default_factory=dict)
    arranged: bool = False
