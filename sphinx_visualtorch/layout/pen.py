"""The shapes that figures are drawn with, as scene marks.

A *pen* also notes which colour slots a figure uses, so that the scene can list their values.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sphinx_visualtorch import fonts
from sphinx_visualtorch.graph import Node, Part, Scope
from sphinx_visualtorch.layout.diagram import Point
from sphinx_visualtorch.layout.words import repeat_text
from sphinx_visualtorch.options import FigureOptions, VolumeOptions
from sphinx_visualtorch.rules import Look, Rule, ruled
from sphinx_visualtorch.scene import Colour, Group, Mark, Path, Segment, Text
from sphinx_visualtorch.theme import SHADE_STEP, Theme, contrast

__all__ = ["BESIDE", "FACT", "Pen", "polygon", "rounded", "smooth"]

_USUAL = 11.0  # px of type for which the lengths of all styles are made
_HINT = 0.54  # the width of a thin hint relative to that of an edge
BESIDE = 0.9  # px of ground on each side of what lies on bodies: its rim
FACT = 9.5 / 11  # the size of facts relative to names
_KAPPA = 0.5523  # the control points of a quarter circle drawn as a cubic curve
_CORNER = 8.0


def polygon(points: Sequence[Point], *, closed: bool = True) -> tuple[Segment, ...]:
    """Return straight lines from point to point."""
    head: list[Segment] = [("M", *points[0])]
    lines: list[Segment] = [("L", *point) for point in points[1:]]
    return (*head, *lines, ("Z",)) if closed else (*head, *lines)


def rounded(x: float, y: float, width: float, height: float, radius: float) -> tuple[Segment, ...]:
    """Return a rectangle with round corners, its top left corner at (*x*, *y*)."""
    r = max(0.0, min(radius, width / 2, height / 2))
    right, bottom = x + width, y + height
    return (
        ("M", x + r, y),
        ("L", right - r, y),
        ("Q", right, y, right, y + r),
        ("L", right, bottom - r),
        ("Q", right, bottom, right - r, bottom),
        ("L", x + r, bottom),
        ("Q", x, bottom, x, bottom - r),
        ("L", x, y + r),
        ("Q", x, y, x + r, y),
        ("Z",),
    )


def circle(x: float, y: float, radius: float) -> tuple[Segment, ...]:
    """Return a circle about (*x*, *y*)."""
    k, r = radius * _KAPPA, radius
    return (
        ("M", x + r, y),
        ("C", x + r, y + k, x + k, y + r, x, y + r),
        ("C", x - k, y + r, x - r, y + k, x - r, y),
        ("C", x - r, y - k, x - k, y - r, x, y - r),
        ("C", x + k, y - r, x + r, y - k, x + r, y),
        ("Z",),
    )


def smooth(points: Sequence[Point]) -> tuple[Segment, ...]:
    """Return a polyline with round corners."""
    segments: list[Segment] = [("M", *points[0])]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        one = math.dist(before, corner)
        two = math.dist(corner, after)
        r = min(_CORNER, one / 2, two / 2)
        start = _towards(corner, before, r / one if one else 0)
        end = _towards(corner, after, r / two if two else 0)
        segments += [("L", *start), ("Q", *corner, *end)]
    segments.append(("L", *points[-1]))
    return tuple(segments)


def _towards(point: Point, other: Point, share: float) -> Point:
    return point[0] + (other[0] - point[0]) * share, point[1] + (other[1] - point[1]) * share


@dataclass(slots=True)
class Pen:
    """Draws with the options of one figure."""

    options: FigureOptions
    batch: int | None = None  # the size of the batch, which no shape tells
    used: dict[str, None] = field(default_factory=dict)
    keys: dict[Rule, None] = field(default_factory=dict)  # the rules whose colours are drawn
    signs: dict[str, None] = field(default_factory=dict)  # what is drawn: funnel, skip, times
    theme: Theme = field(init=False)

    def __post_init__(self) -> None:
        options = self.options
        overrides = [
            (slot, options.font_color) for slot in ("ink", "fact") if options.font_color
        ] + [
            (slot, options.connector_fill)
            for slot in ("edge", "skip", "hint", "across")
            if options.connector_fill
        ]
        if options.background_fill != "none":
            overrides.append(("background", options.background_fill))
        step = options.shade_step if isinstance(options, VolumeOptions) else SHADE_STEP
        self.theme = Theme(
            palette=options.palette,
            color_map=options.color_map,
            overrides=tuple(overrides),
            shade_step=step,
        )

    # colours

    def slot(self, name: str) -> str:
        """Note that a slot is used and return its name."""
        if name != "none":
            self.used[name] = None
        return name

    def look(self, item: Node | Part | Scope) -> Look:
        """Return what the author's rules want of one item."""
        return ruled(self.options.style_rules, item)

    def shade(self, item: Node | Part, shade: str, *, ruled: bool = True) -> str:
        """Return the slot for a node or part: its own colour if the author chose one.

        With *ruled* off it is the colour of its class or role, whatever the author's rules say.
        """
        rule = self.look(item) if ruled else Look()
        self.keys.update(dict.fromkeys(rule.keys))
        if rule.font_color and shade in ("ink", "boxfact"):
            return self.slot(rule.font_color)
        names = [f"{rule.fill}/{rule.outline}"] if rule.fill or rule.outline else []
        names.append(item.kind)
        if isinstance(item, Node):
            names += [item.target, item.path]
        return self.slot(self.theme.slot(names, item.role, shade))

    def opacity(self, node: Node) -> float:
        """Return the opacity of a node's box, from 0 to 1."""
        own = self.look(node).opacity
        return (self.options.opacity if own is None else own) / 255

    def beside(self, node: Node, *, fact: bool = False) -> str:
        """Return the slot for a name, or a fact, that stands beside a node's body."""
        return self.look(node).font_color or ("fact" if fact else "ink")

    def colours(self) -> tuple[Colour, ...]:
        """Return the values of all slots used.

        A background that the author chose stays as it is when the page turns dark, and so must
        everything on it.
        """
        background, mode = self.options.background_fill, self.options.mode
        variant = {"light": 0, "dark": 1}.get(mode)
        if variant is None and background != "none":
            variant = 0 if contrast(background, "#000000") > contrast(background, "#ffffff") else 1
        table = []
        for slot in self.used:
            pair = self.theme.colour(slot)
            light, dark = pair if variant is None else (pair[variant], pair[variant])
            table.append(Colour(slot=slot, light=light, dark=dark))
        return tuple(table)

    # text

    @property
    def size(self) -> float:
        """The size of names in px."""
        return self.options.font.size

    @property
    def small(self) -> float:
        """The size of facts in px."""
        return self.options.font.size * FACT

    @property
    def grown(self) -> float:
        """How many times larger than usual the type is, at least 1: lengths grow with it."""
        return max(1.0, self.options.font.size / _USUAL)

    def width(self, text: str, *, fact: bool = False) -> float:
        """Return the width of a name, or of a fact."""
        if fact:
            return fonts.text_width(text, self.small)
        return fonts.text_width(text, self.size, bold=True)

    def text(  # noqa: PLR0913 - the ways in which one line of text may differ
        self,
        at: Point,
        text: str,
        *,
        fact: bool = False,
        anchor: str = "middle",
        fill: str = "",
        rotate: float = 0.0,
    ) -> Text:
        """Return a name (bold) or a fact with its base line at *at*."""
        return Text(
            x=at[0],
            y=at[1],
            text=text,
            size=self.small if fact else self.size,
            width=self.width(text, fact=fact),
            fill=self.slot(fill or ("fact" if fact else "ink")),
            bold=not fact,
            anchor=anchor,
            rotate=rotate,
        )

    def short(self, text: str, room: float, *, fact: bool = False) -> str:
        """Return *text*, cut off with an ellipsis where it is wider than *room*.

        A count at its end is kept: ``TransformerEnc… × 6``.
        """
        size = self.small if fact else self.size
        head, cross, count = text.rpartition(" × ")
        if not cross or not count.partition(" ")[0].isdecimal():
            return fonts.ellipsize(text, room, size, bold=not fact)
        tail = cross + count
        left = room - self.width(tail, fact=fact)
        return fonts.ellipsize(head, max(left, size), size, bold=not fact) + tail

    # lines

    def edge(
        self,
        points: Sequence[Point],
        ends: tuple[Node, Node],
        *,
        skip: int | None = None,
    ) -> list[Mark]:
        """Return the path of an edge with round corners and its arrow head.

        With *skip* the edge stands out from its point number *skip* on; before that it shares the
        line of the main flow.
        """
        if skip is None:
            return self._stroke(points, edge_data(ends), "edge")
        self.signs["skip"] = None
        if skip == 0:
            return self._stroke(points, edge_data(ends), "skip")
        shared = self._stroke(points, edge_data(ends), "edge", head=False)
        # from the point before, so that both have the same round corner, of which it begins
        path, *head = self._stroke(points[skip - 1 :], (), "skip")
        if isinstance(path, Path):
            first, *rest = path.segments[1:]
            path = replace(path, segments=(("M", *first[1:]), *rest))
        return [*shared, path, *head]

    def wire(self, points: Sequence[Point]) -> list[Mark]:
        """Return a line with an arrow head that is no edge between two boxes."""
        return self._stroke(points, (), "edge")

    def way(
        self, points: Sequence[Point], ends: tuple[Node, Node], slot: str, *, head: bool = True
    ) -> list[Mark]:
        """Return the path of an edge in a colour of its own, with or without its arrow head."""
        return self._stroke(points, edge_data(ends), slot, head=head)

    def hint(self, points: Sequence[Point], ends: tuple[Node, Node]) -> list[Mark]:
        """Return a thin dashed edge with a small arrow head."""
        colour = self.slot("hint")
        path = Path(
            segments=smooth(points),
            stroke=colour,
            width=self.options.connector_width * _HINT,
            dash=(2.5, 2.5),
            role="edge",
            data=edge_data(ends),
        )
        return [path, self.arrow_head(points, colour)]

    def _stroke(
        self,
        points: Sequence[Point],
        data: tuple[tuple[str, str], ...],
        slot: str,
        *,
        head: bool = True,
    ) -> list[Mark]:
        colour = self.slot(slot)
        width = self.options.connector_width
        tip = self.arrow_head(points, colour) if head and width else None
        line = list(points)
        if tip is not None:  # the line ends inside the head, so that its tip stays sharp
            length = math.dist(line[-2], line[-1])
            line[-1] = _towards(line[-1], line[-2], min(1.0, 4.0 / length) if length else 0)
        path = Path(
            segments=smooth(line),
            stroke=colour,
            width=width,
            role="edge" if data else "",
            data=data,
        )
        return [path] if tip is None else [path, tip]

    def hints(
        self, lines: Sequence[Sequence[Point]], ends: tuple[Node, Node], *, plain: bool = False
    ) -> Path:
        """Return the dashed lines from body to body, one element for the whole edge.

        *Plain* ones are drawn through, for what they cross is not the ground.
        """
        if not plain:
            self.signs["funnel"] = None
        return Path(
            segments=tuple(part for line in lines for part in polygon(line, closed=False)),
            stroke=self.slot("across" if plain else "hint"),
            width=self.options.connector_width * _HINT,
            dash=() if plain else (2.5, 2.5),
            role="edge",
            data=edge_data(ends),
        )

    def arrow_head(self, points: Sequence[Point], colour: str) -> Path:
        """Return a filled head at the last of *points*."""
        tip, before = points[-1], points[-2]
        length = math.dist(before, tip) or 1.0
        ux, uy = (tip[0] - before[0]) / length, (tip[1] - before[1]) / length
        scale = max(1.0, self.options.connector_width / 1.3) ** 0.5
        long, half = 7.0 * scale, 3.4 * scale
        base = (tip[0] - ux * long, tip[1] - uy * long)
        corners = [
            tip,
            (base[0] - uy * half, base[1] + ux * half),
            (base[0] + uy * half, base[1] - ux * half),
        ]
        return Path(segments=polygon(corners), fill=colour)

    def glyph(self, at: Point, radius: float, kind: str) -> list[Mark]:
        """Return the circle with the sign of a merge: +, ∥, ×, − or ·."""
        x, y = at
        ink = self.slot("skip")
        arm = radius * 0.5
        ring = Path(segments=circle(x, y, radius), fill=self.slot("paper"), stroke=ink, width=1.2)
        strokes = {
            "add": [((x - arm, y), (x + arm, y)), ((x, y - arm), (x, y + arm))],
            "sub": [((x - arm, y), (x + arm, y))],
            "mul": [
                ((x - arm * 0.75, y - arm * 0.75), (x + arm * 0.75, y + arm * 0.75)),
                ((x - arm * 0.75, y + arm * 0.75), (x + arm * 0.75, y - arm * 0.75)),
            ],
            "cat": [
                ((x - 2.2, y - arm), (x - 2.2, y + arm)),
                ((x + 2.2, y - arm), (x + 2.2, y + arm)),
            ],
        }[GLYPHS[kind]]
        segments = tuple(segment for line in strokes for segment in polygon(line, closed=False))
        return [ring, Path(segments=segments, stroke=ink, width=1.5)]

    def badge(self, right: float, middle: float, text: str) -> list[Mark]:
        """Return a dark pill with *text* whose right end is at *right*."""
        self.signs["times"] = None
        width, height = self.width(text) + 14, self.size + 7
        pill = Path(
            segments=rounded(right - width, middle - height / 2, width, height, height / 2),
            fill=self.slot("badge"),
        )
        base = middle + self.size * fonts.CAP_HEIGHT / 2
        return [pill, self.text((right - width / 2, base), text, fill="badgeink")]

    def frame(
        self,
        box: tuple[float, float, float, float],
        scope: Scope,
        title: tuple[str, float],
        data: tuple[tuple[str, str], ...],
    ) -> Group:
        """Return the border around a scope, with borders behind it where it is repeated.

        *title* is what is written at its top, and how far from its left side.
        """
        x, y, width, height = box
        ground, line, _ = self._frame_slots(scope)
        marks: list[Mark] = []
        behind = (6.0, 3.0) if scope.repeat > 1 else ()
        for shift in behind:
            outline = rounded(x + shift, y - shift, width, height, 9)
            marks.append(Path(segments=outline, fill=ground, stroke=line, width=0.9))
        marks += self.border(box, scope, title)
        if scope.repeat > 1:
            marks += self.badge(x + width - 8, y - 1, repeat_text(scope))
        own = self.look(scope).opacity
        opacity = 1.0 if own is None else own / 255
        return Group(marks=tuple(marks), role="scope", data=data, tooltip=title[0], opacity=opacity)

    def _frame_slots(self, scope: Scope) -> tuple[str, str, str]:
        """Return the slots of a frame's ground, border and title."""
        rule = self.look(scope)
        self.keys.update(dict.fromkeys(rule.keys))
        pair = f"{rule.fill}/{rule.outline}"
        chosen = rule.fill not in ("", "none")
        ground = f"{pair}.ground" if rule.fill else "frame"
        line = f"{pair}.line" if rule.outline or chosen else "frameline"
        ink = f"{pair}.title" if chosen else "fact"
        return self.slot(ground), self.slot(line), self.slot(rule.font_color or ink)

    def border(
        self, box: tuple[float, float, float, float], scope: Scope, title: tuple[str, float]
    ) -> list[Mark]:
        """Return a border with a title at its top: its words, and how far from its left side."""
        x, y, width, height = box
        outline = rounded(x, y, width, height, 9)
        ground, line, ink = self._frame_slots(scope)
        words, at = title
        return [
            Path(segments=outline, fill=ground, stroke=line, width=1.0),
            self.text((x + at, y + 6 + self.size), words, anchor="start", fill=ink),
        ]


GLYPHS = {
    "add": "add",
    "sub": "sub",
    "mul": "mul",
    "cat": "cat",
    "stack": "cat",
    "hstack": "cat",
    "vstack": "cat",
}
"""The functions that are drawn as a glyph, with the sign that they have."""


def edge_data(ends: tuple[Node, Node]) -> tuple[tuple[str, str], ...]:
    """Return the open interface of an edge: the paths of its ends, and ids where these differ."""
    source, target = ends
    pairs = [("source", source.path or source.name), ("target", target.path or target.name)]
    if source.id != pairs[0][1]:
        pairs.append(("source-id", source.id))
    if target.id != pairs[1][1]:
        pairs.append(("target-id", target.id))
    return tuple(pairs)


def is_glyph(node: Node) -> bool:
    """Say whether a node is drawn as a merge glyph."""
    return node.op == "function" and node.role == "merge" and node.kind in GLYPHS
