"""What a browser shows of a page, as plain values: places in CSS px, colours as computed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from browser.checker.shapes import Line, Point, Rect

HEAD = 24.0
"""CSS px that the head of an arrow may be long."""

Veil = tuple[int, float]
"""A group that is painted as a whole: its number and its opacity."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What is painted at a point (*at*), here and wherever it is the same.

    *fills* are the numbers of shapes whose inside the point lies in, *rims* those of lines that
    it lies on and that part others from what is below them.
    """

    fills: tuple[int, ...]
    rims: tuple[int, ...]
    at: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A line of text: its *quad* around the ink, clockwise from the top left of the letters.

    *size* is the type size as shown; *node*, *scope* and *entry* number the box, the frame and
    the entry of the legend that it belongs to.  *grounds* are all that it lies on.
    """

    text: str
    quad: tuple[Point, ...]
    size: float
    fill: str
    fill_opacity: float
    veils: tuple[Veil, ...]
    order: int
    node: int | None
    scope: int | None
    entry: int | None
    grounds: tuple[Ground, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """The boxes that an edge joins: their paths, and the ids that tell them apart."""

    source: str
    target: str
    source_id: str
    target_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Something painted, by its *outline*: one polyline a stroke.

    *rim* says that it parts a line from what is below and is no line itself; *grounds* are all
    that lies beside its outline, on both sides and all along it.
    """

    order: int
    rect: Rect
    outline: tuple[Line, ...]
    fill: str
    stroke: str
    stroke_width: float
    fill_opacity: float
    stroke_opacity: float
    dashed: bool
    marker: bool
    rim: bool
    veils: tuple[Veil, ...]
    edge: Ends | None
    node: int | None
    scope: int | None
    entry: int | None
    grounds: tuple[Ground, ...]

    @property
    def is_loose(self) -> bool:
        """Whether it is part of no box, frame or legend: a line or the head of one."""
        return self.node is None and self.scope is None and self.entry is None

    @property
    def is_head(self) -> bool:
        """Whether it may be the head of an arrow."""
        left, top, right, low = self.rect
        filled = self.fill != "none" and self.edge is None
        return self.is_loose and filled and max(right - left, low - top) <= HEAD


@dataclass(frozen=True, slots=True, kw_only=True)
class Scroller:
    """What a figure can be scrolled in: its sizes, and those of what it holds.

    *hinted* says whether it has a background that may show that there is more.
    """

    rect: Rect
    width: float
    content_width: float
    height: float
    content_height: float
    hinted: bool


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A figure on a page; *name* is for the reader of a message, *window* the window's width.

    *natural* is the width that the figure has by itself, *column* the left and right end of the
    text around it, *clips* are rectangles beyond which nothing of it is shown, *grounds* the
    colours behind it, the page's first.
    """

    name: str
    window: float
    data: Mapping[str, str]
    natural: float
    rect: Rect
    column: tuple[float, float]
    scroller: Scroller | None
    clips: tuple[Rect, ...]
    grounds: tuple[str, ...]
    nodes: tuple[Mapping[str, str], ...]
    scopes: tuple[Mapping[str, str], ...]
    shapes: tuple[Shape, ...]
    texts: tuple[Words, ...]

    @property
    def width(self) -> float:
        return self.rect[2] - self.rect[0]

    @property
    def height(self) -> float:
        return self.rect[3] - self.rect[1]

    @property
    def style(self) -> str:
        return self.data.get("style", "")

    def is_ground(self, shape: Shape) -> bool:
        """Say whether a shape is only there for others: the background, or the rim of a line."""
        if shape.rim:
            return True
        left, top, right, low = shape.rect
        wide = min(right, self.rect[2]) - max(left, self.rect[0])
        high = min(low, self.rect[3]) - max(top, self.rect[1])
        return shape.is_loose and min(wide - self.width, high - self.height) > -1.0

    def called(self, node: int) -> str:
        """Return what a box is called."""
        return node_id(self.nodes[node])

    @cached_property
    def bodies(self) -> tuple[tuple[int, Shape], ...]:
        """The shapes of the boxes with their boxes, without what lies inside another of them."""
        return _outermost((shape.node, shape) for shape in self.shapes)

    @cached_property
    def swatches(self) -> tuple[tuple[int, Shape], ...]:
        """The shapes of the legend's entries with their entries, without bands inside of them."""
        return _outermost((shape.entry, shape) for shape in self.shapes)

    @cached_property
    def edges(self) -> tuple[tuple[Ends, Shape], ...]:
        """The edges with their ends."""
        return tuple((shape.edge, shape) for shape in self.shapes if shape.edge is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page: the width of its window, that of what it holds, and its figures."""

    name: str
    width: float
    content_width: float
    figures: tuple[Figure, ...]


def node_id(data: Mapping[str, str]) -> str:
    """Return what tells a box from the others, as the ends of edges have it."""
    return data.get("id", data.get("path", ""))


def _outermost(shapes: Iterable[tuple[int | None, Shape]]) -> tuple[tuple[int, Shape], ...]:
    found: list[tuple[int, Shape]] = []
    for owner, shape in shapes:
        if owner is None or shape.rim or (shape.fill == "none" and shape.stroke == "none"):
            continue
        if not any(owner == other and _within(shape.rect, one.rect) for other, one in found):
            found.append((owner, shape))
    return tuple(found)


def _within(inner: Rect, outer: Rect) -> bool:
    return (
        outer[0] <= inner[0]
        and outer[1] <= inner[1]
        and inner[2] <= outer[2]
        and inner[3] <= outer[3]
    )


def page_of(name: str, raw: Mapping[str, Any]) -> Page:
    """Return the page that ``collect.js`` has read."""
    width = raw["width"]
    figures = tuple(
        _figure(name, number, item, width) for number, item in enumerate(raw["figures"])
    )
    return Page(name=name, width=width, content_width=raw["content_width"], figures=figures)


def _figure(page: str, number: int, raw: Mapping[str, Any], window: float) -> Figure:
    data = raw["data"]
    told = raw["told"] or f"{data.get('model', '?')} {data.get('style', '?')}"
    frozen = {key: _frozen(value) for key, value in raw.items()}
    made = {
        "name": f"{page}, figure {number + 1}: {told}",
        "window": window,
        "nodes": tuple(raw["nodes"]),
        "scopes": tuple(raw["scopes"]),
        "scroller": Scroller(**_known(Scroller, raw["scroller"])) if raw["scroller"] else None,
        "shapes": tuple(_shape(shape) for shape in raw["shapes"]),
        "texts": tuple(Words(**_known(Words, text)) for text in raw["texts"]),
    }
    made["grounds"] = frozen["grounds"]
    return Figure(**(_known(Figure, frozen) | made))


def _shape(raw: Mapping[str, Any]) -> Shape:
    edge = Ends(**raw["edge"]) if raw["edge"] else None
    return Shape(**(_known(Shape, raw) | {"edge": edge}))


def _known(cls: Any, raw: Mapping[str, Any]) -> dict[str, Any]:
    names = {field.name for field in fields(cls)} - {"grounds"}
    known = {key: _frozen(value) for key, value in raw.items() if key in names}
    if "grounds" in raw and cls is not Figure:
        known["grounds"] = tuple(Ground(*_frozen(ground)) for ground in raw["grounds"])
    return known


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value
