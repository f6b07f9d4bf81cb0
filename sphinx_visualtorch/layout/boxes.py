"""What a box with a name looks like: in the *graph* style, and in the panel of a detail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sphinx_visualtorch import fonts
from sphinx_visualtorch.graph import Node
from sphinx_visualtorch.layout.compose import Spot, node_group
from sphinx_visualtorch.layout.diagram import Box, Point
from sphinx_visualtorch.layout.pen import Pen, rounded
from sphinx_visualtorch.layout.words import contents, facts, label
from sphinx_visualtorch.options import GraphOptions
from sphinx_visualtorch.scene import Group, Mark, Path

__all__ = ["BoxLook"]

_WIDEST = 150.0  # of a box, in px; longer words are cut off
_BAND = 4.0


@dataclass(slots=True)
class BoxLook:
    """Boxes with a name and a fact in them; bands for what is merged into one."""

    pen: Pen
    options: GraphOptions
    glyph: float

    def words(self, node: Node) -> tuple[str, str]:
        """Return the name and the fact that a box shows."""
        name = label(node, self.options, default="name" if node.op == "scope" else "kind")
        fact = facts(node) if self.options.show_dimension else ""
        if node.op == "scope":
            inside = contents(node) or (node.kind if node.kind != name else "")
            fact = inside or fact
        elif node.repeat > 1:
            fact = f"{fact} × {node.repeat}".strip()
        pen = self.pen
        return pen.short(name, _WIDEST), pen.short(fact, _WIDEST, fact=True)

    def bands(self, node: Node) -> int:
        """Return how many bands a box has for what is merged into it."""
        return max(0, len(node.parts) - 1)

    def box(self, node: Node) -> Box:
        """Return the size of a node's box."""
        name, fact = self.words(node)
        wide = max(self.pen.width(name), self.pen.width(fact, fact=True)) + 20
        wide += self.bands(node) * (_BAND + 2.5)
        half = self.options.node_size / 2
        behind = 5.0 if node.repeat > 1 else 0.0
        return Box(
            id=node.id,
            width=max(wide, self.options.node_size) + behind,
            outlet=behind,
            above=half + behind,
            below=half,
        )

    def draw(self, node: Node, spot: Spot) -> Group:
        """Return the marks of a node's box."""
        pen, opacity = self.pen, self.options.opacity / 255
        box = self.box(node)
        half = self.options.node_size / 2
        x, y, width = spot.x, spot.line - half, box.width - box.outlet
        fill, line = pen.shade(node, "fill"), pen.shade(node, "line")
        thick = self.options.outline_width * 1.1
        marks: list[Mark] = []
        for shift in (5.0, 2.5) if node.repeat > 1 else ():
            outline = rounded(x + shift, y - shift, width, 2 * half, 5)
            marks.append(Path(segments=outline, fill=fill, stroke=line, width=thick))
        outline = rounded(x, y, width, 2 * half, 5)
        marks.append(Path(segments=outline, fill=fill, stroke=line, width=thick))
        right = self._bands(node, (x + width - 6, y), marks)
        marks += self._texts(node, (x + right) / 2, spot.line)
        if opacity < 1:
            return node_group(node, marks, opacity)
        return node_group(node, marks)

    def _bands(self, node: Node, corner: Point, marks: list[Mark]) -> float:
        """Add a band for each merged layer; return where they begin."""
        if not node.parts:
            return corner[0] + 6
        right, y = corner
        others = [part for part in node.parts if part.path != node.path or part.role != node.role]
        high = self.options.node_size - 8
        for part in reversed(others[: self.bands(node)]):
            right -= _BAND
            band = rounded(right, y + 4, _BAND, high, 1.5)
            marks.append(Path(segments=band, fill=self.pen.shade(part, "front")))
            right -= 2.5
        return right

    def _texts(self, node: Node, middle: float, line: float) -> list[Mark]:
        pen = self.pen
        name, fact = self.words(node)
        cap = pen.size * fonts.CAP_HEIGHT
        if not name:
            base = (middle, line + pen.small * fonts.CAP_HEIGHT / 2)
            words = pen.text(base, fact, fact=True, fill=pen.shade(node, "boxfact"))
            return [words] if fact else []
        if not fact or self.options.node_size < 2.4 * pen.size:
            return [pen.text((middle, line + cap / 2), name, fill=pen.shade(node, "ink"))]
        low = pen.small * fonts.CAP_HEIGHT
        gap = (self.options.node_size - cap - low) / 3
        top = line - self.options.node_size / 2
        first = (middle, top + gap + cap)
        second = (middle, top + 2 * gap + cap + low)
        return [
            pen.text(first, name, fill=pen.shade(node, "ink")),
            pen.text(second, fact, fact=True, fill=pen.shade(node, "boxfact")),
        ]

    def edge(
        self, ends: tuple[Node, Node], points: Sequence[Point], *, skip: int | None
    ) -> list[Mark]:
        """Return a line with an arrow head."""
        return self.pen.edge(points, ends, skip=skip)
