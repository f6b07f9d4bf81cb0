"""The *lenet* style: stacks of feature maps, after Y. LeCun et al., 1998, figure 2.

``6@28×28`` stands above a stack and the operation below; a patch on the front map and two lines
to one point of the next stack show which neighbourhood an output sees; vectors are bars.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sphinx_visualtorch.acyclic import acyclic
from sphinx_visualtorch.graph import ArchitectureGraph, Node
from sphinx_visualtorch.graph.detail import Detail
from sphinx_visualtorch.layout.arrange import arrange
from sphinx_visualtorch.layout.bodies import Scale
from sphinx_visualtorch.layout.compose import GLYPH, Measure, Spot, node_group
from sphinx_visualtorch.layout.diagram import Box, Drawing, Point, Spacing
from sphinx_visualtorch.layout.finish import finish
from sphinx_visualtorch.layout.known import once
from sphinx_visualtorch.layout.pen import BESIDE, Pen, circle, edge_data, is_glyph, polygon
from sphinx_visualtorch.layout.words import (
    PARALLEL,
    TIMES,
    batch_of,
    contents,
    costs,
    kernel_text,
    label,
    repeat_text,
    short_kind,
    sizes_of,
)
from sphinx_visualtorch.options import LenetOptions
from sphinx_visualtorch.scene import Group, Mark, Path, Scene, Segment

__all__ = ["RIM", "lenet"]

RIM = 0.65
"""How opaque the ground is beside what lies on maps: so that it can be seen on any colour."""

_WIDEST = 92.0
_LONGEST = 70.0  # of a plate, in px
_SHARE = 0.8  # of max_xy that the largest map has
_GAP = 2  # maps whose place the dots take that stand for all that are not drawn
_LARGEST = 0.4  # of a map that a patch covers: it stays clear of the point in the middle
_PATCH = 0.3  # of a map that a patch covers, where the kernel is not told
_WORDS = {"convolution": "conv", "upsampling": "up", "pooling": "pool", "linear": "linear"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stack:
    """A stack in px: *count* maps of *width* × *height*, each shifted by *step*.

    Where the tensor has *more*, dots take the place of some.
    """

    count: int
    width: float
    height: float
    step: float
    caption: str
    flat: bool = False
    more: bool = False


@dataclass(slots=True)
class _LenetLook:
    pen: Pen
    options: LenetOptions
    scale: Scale
    tightness: float
    glyph: float = GLYPH
    known: dict[tuple[str, str], Any] = field(default_factory=dict)

    @once
    def stack(self, node: Node) -> _Stack:
        options = self.options
        shape = sizes_of(node.outputs[0], self.scale.batch) if node.outputs else (1,)
        caption = f"{shape[0]}@{TIMES.join(map(str, shape[1:]))}" if shape else ""
        if len(shape) >= 3 and set(shape[1:]) == {1} and options.scale == "soft":
            shape = shape[:1]  # maps of one point are a vector
        elif len(shape) >= 3:
            channels, rows, columns = shape[0], shape[-2], shape[-1]
            # at least so many maps as make a stack min_z px deep, if there are so many channels
            least = min(channels, 1 + math.ceil(options.min_z / max(options.offset_z, 1.0)))
            wanted = min(round(channels * options.scale_z), channels, options.max_channels)
            count = max(1, least, wanted)
            share = _SHARE * self.tightness if options.scale == "soft" else 1.0
            high, wide = self.scale.high(rows) * share, self.scale.high(columns) * share
            # a small map's stack is shifted less, so that it stays a stack of small maps
            step = min(options.offset_z, max(2.0, high * 0.16)) if share < 1 else options.offset_z
            more = count >= _GAP + 3 and channels > count
            return _Stack(
                count=count, width=wide, height=high, step=step, caption=caption, more=more
            )
        if len(shape) == 2:
            rows, features = shape
            return _Stack(
                count=1,
                width=max(options.min_xy, self.scale.long(features) * 0.8),
                height=max(options.min_xy, self.scale.high(rows) * 0.7),
                step=0.0,
                caption=f"{rows}{TIMES}{features}",
                flat=True,
            )
        if len(shape) == 1 and _is_indices(node):
            tall = max(options.min_xy, self.scale.high(shape[0]) * 0.7)
            return _Stack(
                count=1, width=9.0, height=tall, step=0.0, caption=str(shape[0]), flat=True
            )
        size = shape[0] if shape else 1
        top = self.scale.high(self.scale.extent) * (_SHARE if options.scale == "soft" else 1.0)
        tall = max(14.0, top * self.scale.share(size) * self.tightness)
        wide = 9.0
        if options.one_dim_orientation == "x":
            wide, tall = tall, wide
        if len(shape) == 1 and "@1" not in caption:
            caption = str(size) if node.outputs else ""  # what raised has no size
        return _Stack(count=1, width=wide, height=tall, step=0.0, caption=caption, flat=True)

    @once
    def words(self, node: Node) -> tuple[str, str, str, str]:
        """Return caption and name above a stack, operation and numbers below it."""
        pen = self.pen
        stack = self.stack(node)
        caption = stack.caption if self.options.tells("shape") else ""
        name, operation = label(node, self.options, default="name"), self._operation(node)
        if name.lower() == operation.lower() or (name == node.kind and operation):
            name = ""  # the class, or the function, stands below
        numbers = costs(node, self.options)
        return (
            caption,
            pen.short(name, _WIDEST * pen.grown, fact=True),
            pen.short(operation, _WIDEST * pen.grown, fact=True),
            numbers,
        )

    def _operation(self, node: Node) -> str:
        if node.op == "input":
            return ""
        options = self.options
        if node.op == "scope":
            inside = contents(node) or node.kind
            return inside if options.tells("contents") else repeat_text(node)
        word = _WORDS.get(node.role, short_kind(node)) if options.tells("kind") else ""
        kernel = kernel_text(node) if options.tells("kernel") else ""
        times = f"{node.repeat} {TIMES}" if node.repeat > 1 else ""
        beside = PARALLEL.strip() if node.beside and times else ""
        return " ".join(text for text in (times, word, kernel, beside) if text)

    @property
    def _numbers(self) -> float:
        """The height of the line of numbers, if there is one."""
        return self.options.tells_costs * (self.pen.small + 4)

    @once
    def box(self, node: Node) -> Box:
        pen, stack = self.pen, self.stack(node)
        caption, *small = self.words(node)
        reach = (stack.count - 1) * stack.step
        wide = stack.width + reach + (5.0 if stack.flat else 0.0)
        high = stack.height + reach
        half = max(pen.width(caption), *(pen.width(text, fact=True) for text in small)) / 2
        side = max(wide / 2, half)
        lines = (pen.size + 4) * bool(caption) + pen.small + 8
        return Box(
            id=node.id,
            width=2 * side,
            inlet=side - wide / 2,
            outlet=side - wide / 2,
            above=high / 2 + lines + (4.0 if stack.flat else 0.0),
            below=high / 2 + pen.small + 10 + self._numbers,
        )

    def draw(self, node: Node, spot: Spot) -> Group:
        box, stack = self.box(node), self.stack(node)
        marks: list[Mark] = []
        reach = (stack.count - 1) * stack.step
        x = spot.x + box.inlet
        y = spot.line - (stack.height + reach) / 2
        left_out = range(1, 1 + _GAP) if stack.more else ()
        for index in range(stack.count):
            if index in left_out:
                continue
            shade = "front" if index % 2 == stack.count % 2 else "top"
            marks += self._map(node, stack, (x + index * stack.step, y + index * stack.step), shade)
        if stack.more:
            marks += self._dots(stack, (x, y))
        solid = Group(marks=tuple(marks), opacity=self.pen.opacity(node))
        return node_group(node, [solid, *self._texts(node, spot, box)])

    def _dots(self, stack: _Stack, corner: Point) -> list[Mark]:
        """Return the dots between the last map and the others, at both ends of their diagonals."""
        x, y = corner
        ink, step = self.pen.slot("fact"), stack.step
        radius = min(1.0, step * 0.24)
        first, last = 0.55 * step, (_GAP + 0.45) * step  # from behind the last map to the others
        segments: list[Segment] = []
        for dx, dy in ((stack.width, 0.0), (0.0, stack.height)):
            for share in (0.0, 0.5, 1.0):
                shift = first + (last - first) * share
                segments += circle(x + dx + shift, y + dy + shift, radius)
        return [Path(segments=tuple(segments), fill=ink)]

    def _map(self, node: Node, stack: _Stack, corner: Point, shade: str) -> list[Mark]:
        pen = self.pen
        x, y = corner
        line, width = pen.shade(node, "line"), self.options.outline_width * 0.9
        right, low = x + stack.width, y + stack.height
        marks: list[Mark] = []
        if stack.flat:  # a bar or a plate has a little thickness, a map has none
            dx, dy = 5.0, 4.0
            top = [(x, y), (x + dx, y - dy), (right + dx, y - dy), (right, y)]
            side = [(right, y), (right + dx, y - dy), (right + dx, low - dy), (right, low)]
            for name, face in (("top", top), ("side", side)):
                slot = pen.shade(node, name)
                marks.append(Path(segments=polygon(face), fill=slot, stroke=line, width=width))
            shade = "front"
        front = [(x, y), (right, y), (right, low), (x, low)]
        slot = pen.shade(node, shade)
        marks.append(Path(segments=polygon(front), fill=slot, stroke=line, width=width))
        return marks

    def _texts(self, node: Node, spot: Spot, box: Box) -> list[Mark]:
        pen = self.pen
        caption, name, operation, numbers = self.words(node)
        middle = spot.x + box.width / 2
        # captions share a line, and so do operations
        top = spot.ceiling
        marks: list[Mark] = []
        base = top + pen.size
        if caption:
            marks.append(pen.text((middle, base), caption, fill=pen.beside(node)))
            base += pen.small + 4
        low = spot.floor - 3
        for text, line in ((name, base), (operation, low - self._numbers), (numbers, low)):
            if text:
                fill = pen.beside(node, fact=True)
                marks.append(pen.text((middle, line), text, fact=True, fill=fill))
        return marks

    def edge(
        self, ends: tuple[Node, Node], points: Sequence[Point], *, skip: int | None
    ) -> list[Mark]:
        source, target = ends
        straight = len(points) == 2 and abs(points[0][1] - points[1][1]) < 0.01
        if straight and not is_glyph(source) and not is_glyph(target) and self.options.draw_funnel:
            return self._pyramid(ends, points)
        return self.pen.edge(points, ends, skip=skip)

    def _pyramid(self, ends: tuple[Node, Node], points: Sequence[Point]) -> list[Mark]:
        """Return the patch on the front map and its two lines to a point of the next stack."""
        one, two = (self.stack(node) for node in ends)
        (x1, y), (x2, _) = points
        ink = self.pen.slot("skip")
        if one.flat or two.flat:
            lines = [
                [(x1, y - one.height / 2), (x2, y - two.height / 2)],
                [(x1, y + one.height / 2), (x2, y + two.height / 2)],
            ]
            return [self.pen.hints(lines, ends)]
        share = self._share(ends[0], ends[1])
        reach = (one.count - 1) * one.step
        right, low = x1, y + (one.height + reach) / 2
        wide, high = one.width * share, one.height * share
        left, top = right - wide - one.width * 0.12, low - high - one.height * 0.16
        patch = [(left, top), (left + wide, top), (left + wide, top + high), (left, top + high)]
        back = (two.count - 1) * two.step
        goal = (x2 + back + two.width * 0.42, y + (two.height + back) / 2 - two.height * 0.55)
        lines = [[patch[1], goal], [patch[2], goal]]
        fan = Path(
            segments=tuple(s for line in lines for s in polygon(line, closed=False)),
            stroke=ink,
            width=self.options.connector_width * 0.7,
            role="edge",
            data=edge_data(ends),
        )
        window = Path(
            segments=polygon(patch),
            fill=self.pen.slot("paper"),
            stroke=ink,
            width=0.9,
            opacity=0.75,
        )
        dot = Path(segments=circle(*goal, 2.0), fill=ink)
        return [self._rim([*fan.segments, *window.segments, *dot.segments]), window, fan, dot]

    def _rim(self, segments: Sequence[Segment]) -> Path:
        """Return what parts lines from the maps below, whatever colour these have."""
        width = self.options.connector_width * 0.7 + 2 * BESIDE
        stroke = self.pen.slot("paper")
        return Path(segments=tuple(segments), stroke=stroke, width=width, opacity=RIM, role="rim")

    def _share(self, source: Node, target: Node) -> float:
        """Return which part of a map's side the next layer's kernel covers, made visible."""
        kernel = kernel_text(target).partition(" ")[0].partition(TIMES)[0]
        shape = source.outputs[0].shape
        if not kernel.isdecimal() or len(shape) < 4:
            return _PATCH
        return max(0.22, min(_LARGEST, int(kernel) / max(1, shape[-1]) * 1.4))


def _is_indices(node: Node) -> bool:
    """Say whether a node makes a sequence of whole numbers, as token ids are."""
    kinds = ("float", "bfloat", "complex")
    return bool(node.outputs) and not node.outputs[0].dtype.startswith(kinds)


@acyclic()
def lenet(model: ArchitectureGraph, options: LenetOptions, detail: Detail | None = None) -> Scene:
    """Return the figure of a graph as stacks of feature maps."""
    pen = Pen(options, batch_of(model))

    def style(measure: Measure) -> tuple[_LenetLook, Spacing]:
        scale = Scale.of(model, options, _LONGEST, measure.lowness)
        columns = max(min(12.0, options.spacing), options.spacing * measure.tightness)
        return _LenetLook(pen, options, scale, measure.tightness), Spacing(columns=columns)

    framed = {scope.id for scope in model.scopes if scope.repeat > 1}
    return finish(model, pen, _edges_on_top(arrange(model, style, framed)), detail)


def _edges_on_top(drawing: Drawing) -> Drawing:
    """Return the drawing with patches and pyramid lines over the maps that they lie on."""
    boxes = [mark for mark in drawing.marks if isinstance(mark, Group)]
    lines = [mark for mark in drawing.marks if not isinstance(mark, Group)]
    return replace(drawing, marks=(*boxes, *lines))
