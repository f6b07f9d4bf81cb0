"""The *graph* style: boxes and links, merges as glyphs, frames around blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sphinx_visualtorch import fonts
from sphinx_visualtorch.graph import ArchitectureGraph, Node, Scope
from sphinx_visualtorch.layout.compose import GLYPH, Measure, Spot, compose, node_group
from sphinx_visualtorch.layout.diagram import Box, Point, Spacing
from sphinx_visualtorch.layout.neurons import neurons, wants_neurons
from sphinx_visualtorch.layout.pen import Pen, rounded
from sphinx_visualtorch.layout.words import CONTAINERS, contents, facts, label
from sphinx_visualtorch.options import GraphOptions
from sphinx_visualtorch.scene import Group, Mark, Path, Scene

__all__ = ["graph"]

_WIDEST = 150.0  # of a box, in px; longer words are cut off
_BAND = 4.0


@dataclass(slots=True)
class _GraphLook:
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
        return self.pen.edge(points, ends, skip=skip)


def _framed(graph: ArchitectureGraph) -> set[str]:
    """Return the scopes that get a border: repeated ones, and the author's own blocks."""
    held: dict[str, int] = {scope.id: 0 for scope in graph.scopes}
    for node in graph.nodes:
        if node.op not in ("parameter", "constant"):
            held[node.scope] += 1
    for scope in reversed(graph.scopes):
        if scope.parent is not None:
            held[scope.parent] += held[scope.id]
    level: dict[str, int] = {}
    framed = set()
    for scope in graph.scopes:
        above = level[scope.parent] if scope.parent is not None else 0
        level[scope.id] = above
        if scope.parent is not None and _is_framed(scope, held[scope.id], above):
            framed.add(scope.id)
            level[scope.id] = above + 1
    return framed


def _is_framed(scope: Scope, boxes: int, level: int) -> bool:
    if scope.repeat > 1:
        return True
    # frames in frames in frames leave no room for what is in them
    return scope.kind not in CONTAINERS and boxes > 1 and level < 2


def graph(model: ArchitectureGraph, options: GraphOptions) -> Scene:
    """Return the node-link figure of a graph."""
    pen = Pen(options)
    if wants_neurons(model, options):
        return neurons(model, pen, options)
    look = _GraphLook(pen, options, GLYPH * options.node_size / 34)

    def style(measure: Measure) -> tuple[_GraphLook, Spacing]:
        columns = max(min(16.0, options.layer_spacing), options.layer_spacing * measure.tightness)
        return look, Spacing(columns=columns, lanes=options.node_spacing)

    return compose(model, style, _framed(model))
