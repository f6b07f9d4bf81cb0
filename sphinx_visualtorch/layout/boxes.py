"""What a box with a name looks like: in the *graph* style, and in the panel of a detail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sphinx_visualtorch import fonts
from sphinx_visualtorch.graph import Node
from sphinx_visualtorch.layout.compose import Spot, node_group
from sphinx_visualtorch.layout.diagram import Box, Point
from sphinx_visualtorch.layout.formula import bands
from sphinx_visualtorch.layout.known import once
from sphinx_visualtorch.layout.pen import Pen, rounded
from sphinx_visualtorch.layout.words import contents, costs, count_of, facts, label, repeat_text
from sphinx_visualtorch.options import GraphOptions
from sphinx_visualtorch.scene import Group, Mark, Path

__all__ = ["BoxLook"]

_WIDEST = 150.0  # of a box, in px; longer words are cut off
_BAND = 4.0
_BEHIND = (5.0, 2.5)  # px by which the boxes behind a repeated one stick out


@dataclass(slots=True)
class BoxLook:
    """Boxes with a name and a fact in them; bands for what is merged into one."""

    pen: Pen
    options: GraphOptions
    glyph: float
    known: dict[tuple[str, str], Any] = field(default_factory=dict)

    @property
    def high(self) -> float:
        """The height of all boxes: one more line where numbers are asked for."""
        size = self.options.node_size
        if size == GraphOptions().node_size:  # what an author asks for is as high as that
            size *= self.pen.grown
        return size + (self.pen.small + 3) * self.options.tells_costs

    @once
    def words(self, node: Node) -> tuple[str, str, str]:
        """Return the name, the fact and the numbers that a box shows."""
        options, pen = self.options, self.pen
        name = label(node, options, default="name" if node.op == "scope" else "kind")
        fact = facts(node, options, pen.batch)
        if node.op == "scope":
            inside = contents(node) or (node.kind if node.kind not in name.split(" · ") else "")
            fact = inside if inside and options.tells("contents") else fact
        numbers = costs(node, options)  # a number is never cut
        widest = _WIDEST * pen.grown
        return pen.short(name, widest), pen.short(fact, widest, fact=True), numbers

    @once
    def box(self, node: Node) -> Box:
        """Return the size of a node's box."""
        name, *small = self.words(node)
        wide = max([self.pen.width(name), *(self.pen.width(text, fact=True) for text in small)])
        wide += 20 + len(bands(node)) * (_BAND + 2.5)
        if self._badged(node):  # no badge is wider than its box
            wide = max(wide, self.pen.width(repeat_text(node)) + 14)
        half = self.high / 2
        behind = _BEHIND[0] if count_of(node) > 1 else 0.0
        badge = (self.pen.size + 7) / 2 if self._badged(node) else 0.0
        return Box(
            id=node.id,
            width=max(wide, self.options.node_size) + behind,
            outlet=behind,
            above=half + behind + badge,
            below=half,
        )

    @staticmethod
    def _badged(node: Node) -> bool:
        """Say whether a badge tells how many equal layers a box is: beside a size it would be one.

        What a closed scope holds is words already.
        """
        return node.op != "scope" and node.repeat > 1

    def draw(self, node: Node, spot: Spot) -> Group:
        """Return the marks of a node's box."""
        pen = self.pen
        box = self.box(node)
        half = self.high / 2
        x, y, width = spot.x, spot.line - half, box.width - box.outlet
        fill, line = pen.shade(node, "fill"), pen.shade(node, "line")
        thick = self.options.outline_width * 1.1
        marks: list[Mark] = []
        for shift in _BEHIND if count_of(node) > 1 else ():
            outline = rounded(x + shift, y - shift, width, 2 * half, 5)
            marks.append(Path(segments=outline, fill=fill, stroke=line, width=thick))
        outline = rounded(x, y, width, 2 * half, 5)
        marks.append(Path(segments=outline, fill=fill, stroke=line, width=thick))
        right = self._bands(node, (x + width - 6, y), marks)
        badge: list[Mark] = []
        if self._badged(node):
            badge += pen.badge(x + box.width, y - _BEHIND[0], repeat_text(node))
        texts = self._texts(node, (x + right) / 2, spot.line)
        group = node_group(node, [*marks, *texts], pen.opacity(node))
        return replace(group, marks=(*group.marks, *badge))

    def _bands(self, node: Node, corner: Point, marks: list[Mark]) -> float:
        """Add a band for each merged layer; return where they begin."""
        right, y = corner
        shown = bands(node)
        if not shown:
            return right + 6
        top = y + (7.0 if self._badged(node) else 4.0)  # clear of the badge
        high = y + self.high - 4 - top
        for part in reversed(shown):
            right -= _BAND
            band = rounded(right, top, _BAND, high, 1.5)
            fill, line = self.pen.shade(part, "front"), self.pen.shade(node, "seam")
            marks.append(Path(segments=band, fill=fill, stroke=line, width=0.6))
            right -= 2.5
        return right

    def _texts(self, node: Node, middle: float, line: float) -> list[Mark]:
        pen = self.pen
        lines = [(text, bool(number)) for number, text in enumerate(self.words(node)) if text]
        if self.high < 2.4 * pen.size:  # of a low box
            lines = lines[:1]
        caps = [(pen.small if fact else pen.size) * fonts.CAP_HEIGHT for _, fact in lines]
        gap = (self.high - sum(caps)) / (len(lines) + 1)
        base = line - self.high / 2
        marks: list[Mark] = []
        for (text, fact), cap in zip(lines, caps, strict=True):
            base += gap + cap
            ink = pen.shade(node, "boxfact" if fact else "ink")
            marks.append(pen.text((middle, base), text, fact=fact, fill=ink))
        return marks

    def edge(
        self, ends: tuple[Node, Node], points: Sequence[Point], *, skip: int | None
    ) -> list[Mark]:
        """Return a line with an arrow head."""
        return self.pen.edge(points, ends, skip=skip)
