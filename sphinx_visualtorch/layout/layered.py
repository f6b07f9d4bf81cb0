"""The *layered* style: bodies in a row, sized by their tensors, with funnels between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sphinx_visualtorch import fonts
from sphinx_visualtorch.acyclic import acyclic
from sphinx_visualtorch.graph import ArchitectureGraph, Node
from sphinx_visualtorch.graph.detail import Detail
from sphinx_visualtorch.layout.arrange import arrange
from sphinx_visualtorch.layout.bodies import Body, Scale, body_of
from sphinx_visualtorch.layout.compose import GLYPH, Measure, Spot, node_group
from sphinx_visualtorch.layout.diagram import Box, Point, Spacing
from sphinx_visualtorch.layout.finish import finish
from sphinx_visualtorch.layout.formula import bands
from sphinx_visualtorch.layout.known import once
from sphinx_visualtorch.layout.overlap import Nest, nest_of, overlaps, steep, woven
from sphinx_visualtorch.layout.pen import BESIDE, Pen, is_glyph, polygon
from sphinx_visualtorch.layout.words import (
    batch_of,
    contents,
    costs,
    count_of,
    kernel_text,
    label,
    repeat_text,
)
from sphinx_visualtorch.options import LayeredOptions
from sphinx_visualtorch.scene import Group, Mark, Path, Scene, Text

__all__ = ["layered"]

_WIDEST = 98.0  # of a name below a body, in px
_BAND = 3.2
_SPARE = 8.0  # px by which a kernel may be wider than what is told anyway
_ROOMY = 46.0  # what is in a box may need so many px in a U
_GAP = 4.0  # between a name and the sizes beside it, in px
_CLEAR = 6.0  # between an arrow and a text below it, in px
_BEHIND = (6.8, 3.4)  # the bodies behind a repeated one, px to the right; a bit less upwards


@dataclass(slots=True)
class _LayeredLook:
    pen: Pen
    options: LayeredOptions
    scale: Scale
    fact_line: bool = False  # whether any body has a fact below its name
    glyph: float = GLYPH
    nest: Nest | None = None  # where bodies overlap
    known: dict[tuple[str, str], Any] = field(default_factory=dict)

    @once
    def body(self, node: Node) -> Body:
        body = body_of(node, self.scale)
        if self.options.draw_volume:
            return steep(body) if self.options.overlap else body
        return Body(
            length=body.length,
            height=body.height,
            dx=0.0,
            dy=0.0,
            side=body.side,
            foot=body.foot,
        )

    def _behind(self, node: Node) -> float:
        return _BEHIND[0] if count_of(node) > 1 else 0.0

    def _back(self, node: Node) -> float:
        """Return how far a body reaches right of its front, before a line begins."""
        return 0.0 if self.nest else self.body(node).dx + self._behind(node)

    def _drop(self, body: Body) -> float:
        """Return how far below the line the middle of a front is."""
        return body.dy / 2 if self.nest else 0.0

    @once
    def words(self, node: Node) -> tuple[str, str, str, str]:
        """Return channels, name, fact and numbers: the lines below a body."""
        pen, options = self.pen, self.options
        body = self.body(node)
        foot = body.foot if options.tells("shape") and options.tells("features") else ""
        name = pen.short(label(node, options, default="name"), _WIDEST * pen.grown)
        numbers = costs(node, options)  # a number is never cut
        room = max(body.length, pen.width(name), pen.width(foot, fact=True)) + _SPARE
        fact = self._contents(node, name) or repeat_text(node) if name else ""
        if not fact and options.tells("kernel"):
            kernel = kernel_text(node)
            fits = bool(name) and pen.width(kernel, fact=True) <= room
            fact = kernel if fits or options.asks("kernel") else ""
        return foot, name, pen.short(fact, (_WIDEST + 8) * pen.grown, fact=True), numbers

    def _contents(self, node: Node, name: str) -> str:
        """Return what a closed box holds, and how often, or at least its class."""
        if node.op != "scope" or not self.options.tells("contents"):
            return ""
        return contents(node) or (node.kind if node.kind not in name.split(" · ") else "")

    def _side(self, body: Body) -> tuple[str, float]:
        """Return the text at a body's edge and the room that it needs left of the body."""
        if not self.options.tells("shape") or not body.side:
            return "", 0.0
        wide = self.pen.width(body.side, fact=True)
        return body.side, (self.pen.small + 2 if wide <= body.height else wide + 4)

    @once
    def box(self, node: Node) -> Box:
        pen = self.pen
        body = self.body(node)
        behind = self._behind(node)
        foot, name, *small = self.words(node)
        facts = [pen.width(text, fact=True) for text in (foot, *small)]
        half = max(pen.width(name), *facts) / 2
        _, room = self._side(body)
        depth, drop = self._back(node), self._drop(body)
        lead, beside = self.nest.room(node) if self.nest else (0.0, depth)
        left = body.length / 2 + room - lead
        left = max(left, half) if half else left
        right = max(body.length / 2 + beside, half)
        lines = bool(foot) * (pen.small + 4) + bool(name) * (pen.size + 4)
        lines += (self.fact_line + self.options.tells_costs) * (pen.small + 4)
        return Box(
            id=node.id,
            width=left + right,
            inlet=left - body.length / 2,
            outlet=right - body.length / 2 - depth,
            above=body.height / 2 + body.dy + behind * 0.76 - drop,
            below=body.height / 2 + lines + 3 + drop,
        )

    def draw(self, node: Node, spot: Spot) -> Group:
        box = self.box(node)
        body = self.body(node)
        x, y = spot.x + box.inlet, spot.line - body.height / 2 + self._drop(body)
        marks: list[Mark] = []
        for shift in _BEHIND if count_of(node) > 1 else ():
            marks += self._faces(node, body, (x + shift, y - shift * 0.76))
        marks += self._faces(node, body, (x, y))
        marks += self._bands(node, body, (x, y))
        solid = Group(marks=tuple(marks), opacity=self.pen.opacity(node))
        return node_group(node, [solid, *self._texts(node, body, (x, spot))])

    def _faces(self, node: Node, body: Body, corner: Point) -> list[Mark]:
        x, y = corner
        pen = self.pen
        right, low = x + body.length, y + body.height
        line, width = pen.shade(node, "line"), self.options.outline_width * 0.9
        marks: list[Mark] = [self._rim(body, corner)] if self.nest else []
        if body.dx:
            top = [(x, y), (x + body.dx, y - body.dy), (right + body.dx, y - body.dy), (right, y)]
            side = [
                (right, y),
                (right + body.dx, y - body.dy),
                (right + body.dx, low - body.dy),
                (right, low),
            ]
            for shade, face in (("top", top), ("side", side)):
                slot = pen.shade(node, shade)
                marks.append(Path(segments=polygon(face), fill=slot, stroke=line, width=width))
        front = [(x, y), (right, y), (right, low), (x, low)]
        slot = pen.shade(node, "front")
        marks.append(Path(segments=polygon(front), fill=slot, stroke=line, width=width))
        return marks

    def _rim(self, body: Body, corner: Point) -> Path:
        """Return what parts a body from the one before whose depth it stands."""
        x, y = corner
        right, low = x + body.length, y + body.height
        points = [
            (x, y),
            (x + body.dx, y - body.dy),
            (right + body.dx, y - body.dy),
            (right + body.dx, low - body.dy),
            (right, low),
            (x, low),
        ]
        width = self.options.outline_width * 0.9 + 2 * BESIDE
        return Path(
            segments=polygon(points), stroke=self.pen.slot("paper"), width=width, role="rim"
        )

    def _bands(self, node: Node, body: Body, corner: Point) -> list[Mark]:
        """Return a stripe on the front for each layer that is merged into the box."""
        others = bands(node)
        wide = min(_BAND, body.length / (len(others) + 2))
        x, y = corner
        marks: list[Mark] = []
        right = x + body.length - 0.4
        if others and node.parts[0].role != node.role:
            right = x + 0.4 + wide * len(others)
        for part in reversed(others):
            stripe = [
                (right - wide, y + 0.4),
                (right, y + 0.4),
                (right, y + body.height - 0.4),
                (right - wide, y + body.height - 0.4),
            ]
            fill, line = self.pen.shade(part, "front"), self.pen.shade(node, "seam")
            marks.append(Path(segments=polygon(stripe), fill=fill, stroke=line, width=0.7))
            right -= wide
        return marks

    def _texts(self, node: Node, body: Body, where: tuple[float, Spot]) -> list[Mark]:
        pen = self.pen
        x, spot = where
        middle = x + body.length / 2
        foot, name, fact, numbers = self.words(node)
        low = spot.line + body.height / 2
        small = pen.beside(node, fact=True)
        marks: list[Mark] = []
        if foot:
            at = (middle, low + 3 + pen.small * fonts.ASCENT)
            marks.append(pen.text(at, foot, fact=True, fill=small))
        # names share one base line, so that a row can be read like a sentence
        step = pen.small + 4
        last = spot.floor - 3
        base = last - self.options.tells_costs * step
        if numbers:
            marks.append(pen.text((middle, last), numbers, fact=True, fill=small))
        if fact:
            marks.append(pen.text((middle, base), fact, fact=True, fill=small))
        if name:
            at = (middle, base - self.fact_line * step)
            marks.append(pen.text(at, name, fill=pen.beside(node)))
        side, _ = self._side(body)
        if side:
            text = self._side_text(side, body, (x - 4, spot))
            marks.append(replace(text, fill=pen.slot(small)))
        return marks

    def _yields(self, side: str, body: Body) -> bool:
        """Say whether a text at a body's edge can stand below the line, out of an arrow's way."""
        return self.pen.width(side, fact=True) + 2 * _CLEAR <= body.height / 2

    def _side_text(self, side: str, body: Body, where: tuple[float, Spot]) -> Text:
        """Return the text at a body's edge, below the line where an arrow comes in on it."""
        pen = self.pen
        x, spot = where
        wide = pen.width(side, fact=True)
        if wide <= body.height:
            arrows = spot.wired or not self.options.draw_funnel
            below = arrows and self._yields(side, body)
            middle = spot.line + (_CLEAR + wide / 2 if below else 0.0)
            return pen.text((x, middle), side, fact=True, rotate=-90.0)
        base = spot.line + pen.small * fonts.CAP_HEIGHT / 2
        return pen.text((x, base), side, fact=True, anchor="end")

    def edge(
        self, ends: tuple[Node, Node], points: Sequence[Point], *, skip: int | None
    ) -> list[Mark]:
        source, target = ends
        straight = len(points) == 2 and abs(points[0][1] - points[1][1]) < 0.01
        glyph = is_glyph(source) or is_glyph(target)
        if straight and not glyph and self.options.draw_funnel:
            return [self._funnel(ends, points)]
        if not is_glyph(target) and points[-1][1] == points[-2][1]:
            body = self.body(target)
            side, room = self._side(body)
            if side and not self._yields(side, body):  # the arrow ends at the text
                points = [*points[:-1], (points[-1][0] - room, points[-1][1])]
        return self.pen.edge(points, ends, skip=skip)

    def _funnel(self, ends: tuple[Node, Node], points: Sequence[Point]) -> Path:
        """Return the dashed lines from body to body, one element for the whole edge."""
        one, two = (self.body(node) for node in ends)
        (x1, y), (x2, _) = points
        x1 -= self._back(ends[0])  # from the front's right edge
        y1, y2 = y + self._drop(one), y + self._drop(two)
        lines = [
            [(x1, y1 - one.height / 2), (x2, y2 - two.height / 2)],
            [(x1, y1 + one.height / 2), (x2, y2 + two.height / 2)],
        ]
        if one.dx or two.dx:
            lines.append(
                [
                    (x1 + one.dx, y1 - one.height / 2 - one.dy),
                    (x2 + two.dx, y2 - two.height / 2 - two.dy),
                ]
            )
        return self.pen.hints(lines, ends, plain=self.nest is not None)


@dataclass(slots=True)
class _RaisedLook(_LayeredLook):
    """Bodies in a U: names and sizes stand above them, where no arrow comes from.

    The sizes of the nodes in *same* are told by others.
    """

    same: frozenset[str] = frozenset()

    def _contents(self, node: Node, name: str) -> str:  # noqa: ARG002 - no class is told
        fact, count = contents(node), count_of(node)
        if count < 2 or not self.options.tells("contents"):
            return ""
        return fact if self.pen.width(fact, fact=True) <= _ROOMY else f"× {count}"

    def _side(self, body: Body) -> tuple[str, float]:  # noqa: ARG002 - the sizes stand above
        return "", 0.0

    def _title(self, node: Node) -> tuple[str, str, float]:
        """Return name and sizes as they stand above a body, and how wide they are."""
        name = self.words(node)[1]
        size = self.body(node).side if self.options.tells("shape") else ""
        if node.id in self.same:
            size = ""
        wide = self.pen.width(name) + self.pen.width(size, fact=True)
        return name, size, wide + (_GAP if name and size else 0.0)

    def box(self, node: Node) -> Box:
        pen, body = self.pen, self.body(node)
        lines = self._lines(node)
        half = max((pen.width(text, fact=True) for text in lines), default=0.0) / 2
        lean = (body.dx + self._behind(node)) / 2
        title = self._title(node)[2] / 2
        left = max(body.length / 2, half, title - lean)
        right = max(body.length / 2 + 2 * lean, half, title + lean)
        high = body.height / 2 + body.dy + self._behind(node) * 0.76
        return Box(
            id=node.id,
            width=left + right,
            inlet=left - body.length / 2,
            outlet=right - body.length / 2 - 2 * lean,
            above=high + bool(title) * (pen.size + 3),
            below=body.height / 2 + len(lines) * (pen.small + 4) + 3,
        )

    def _lines(self, node: Node) -> list[str]:
        foot, _, fact, numbers = self.words(node)
        return [text for text in (foot, fact, numbers) if text]

    def _texts(self, node: Node, body: Body, where: tuple[float, Spot]) -> list[Mark]:
        pen = self.pen
        x, spot = where
        small = pen.beside(node, fact=True)
        marks: list[Mark] = []
        base = spot.line + body.height / 2 + 3 + pen.small * fonts.ASCENT
        for number, text in enumerate(self._lines(node)):
            at = (x + body.length / 2, base + number * (pen.small + 4))
            marks.append(pen.text(at, text, fact=True, fill=small))
        name, size, wide = self._title(node)
        left = x + (body.length + body.dx + self._behind(node) - wide) / 2
        base = spot.ceiling + pen.size - 1
        if name:
            marks.append(pen.text((left, base), name, anchor="start", fill=pen.beside(node)))
        if size:
            at = (left + wide, base)
            marks.append(pen.text(at, size, fact=True, anchor="end", fill=small))
        return marks

    def edge(
        self, ends: tuple[Node, Node], points: Sequence[Point], *, skip: int | None
    ) -> list[Mark]:
        return self.pen.edge(points, ends, skip=skip)


@acyclic()
def layered(
    model: ArchitectureGraph, options: LayeredOptions, detail: Detail | None = None
) -> Scene:
    """Return the figure of a graph as bodies in rows."""
    pen = Pen(options, batch_of(model))
    nested = overlaps(model, options)

    def style(measure: Measure) -> tuple[_LayeredLook, Spacing]:
        scale = Scale.of(model, options, options.max_z * measure.tightness, measure.lowness)
        columns = max(min(12.0, options.spacing), options.spacing * measure.tightness)
        if measure.same is not None:
            raised = _RaisedLook(pen, options, scale, same=measure.same)
            return raised, Spacing(columns=columns)
        look = _LayeredLook(pen, options, scale)
        look.fact_line = any(look.words(node)[2] for node in model.nodes if not is_glyph(node))
        if nested:
            look.nest = nest_of(model, look.body, columns)
        return look, Spacing(columns=columns)

    framed = {scope.id for scope in model.scopes if scope.repeat > 1}
    drawing = arrange(model, style, framed)
    return finish(model, pen, woven(drawing) if nested else drawing, detail)
