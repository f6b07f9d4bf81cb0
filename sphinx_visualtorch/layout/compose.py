"""From a graph to a drawing: frames, placement, edges.

What a box looks like is the style's own: it hands in a :class:`Look`, which measures and draws
single boxes and says how an edge between neighbours is drawn.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeAlias

from sphinx_visualtorch.acyclic import acyclic
from sphinx_visualtorch.graph import ArchitectureGraph, Node, Scope
from sphinx_visualtorch.layout.diagram import Block, Box, Drawing, Link, Point, Spacing, Title
from sphinx_visualtorch.layout.interface import node_data, scope_data, tooltip
from sphinx_visualtorch.layout.pen import Pen, is_glyph
from sphinx_visualtorch.layout.place import place
from sphinx_visualtorch.layout.plan import Plan, Tree, frame_of, plan_of, tree_of
from sphinx_visualtorch.layout.turn import turned, upright
from sphinx_visualtorch.layout.words import repeat_text, scope_name, scope_title
from sphinx_visualtorch.options import GraphOptions
from sphinx_visualtorch.scene import Bounds, Group, Mark, Text

__all__ = [
    "GLYPH",
    "Laid",
    "Look",
    "Measure",
    "Spot",
    "Style",
    "boxes_of",
    "compose",
    "draw_box",
    "draw_edges",
    "draw_frames",
    "highest",
    "node_group",
    "room_of",
    "spot_of",
    "titles_of",
]

GLYPH = 8.0  # the radius of a merge glyph in px
_TITLE = 16.0  # the height of a frame's title
_LONG_TITLE = 220.0  # px of a frame's title beyond which it is cut off
_NEAR = 0.01  # px within which two coordinates are one
_CROWN = 14.0  # the length of the arrow from a parameter's name to its user


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where a box stands: its left edge, its line, and both ends of its lane.

    *wired* tells that an arrow comes in from the left, not just the lines from a neighbour.
    """

    x: float
    line: float
    ceiling: float
    floor: float
    wired: bool = False


class Look(Protocol):
    """How one style measures and draws."""

    pen: Pen
    glyph: float  # the radius of a merge glyph in px

    def box(self, node: Node) -> Box:
        """Return the size of a node's box."""

    def draw(self, node: Node, spot: Spot) -> Group:
        """Return the marks of a node's box."""

    def edge(
        self, ends: tuple[Node, Node], points: Sequence[Point], *, skip: int | None
    ) -> list[Mark]:
        """Return the marks of an edge along *points*.

        A *skip* comes down on a merge; it is the number of the point where it leaves the main
        flow, None for other edges.
        """


def node_group(node: Node, marks: Sequence[Mark], opacity: float = 1.0) -> Group:
    """Return the marks of a node as a box of the open interface.

    *opacity* is that of the body: its words, which come last, are to be read.
    """
    words = [mark for mark in marks if isinstance(mark, Text)]
    body = tuple(mark for mark in marks if not isinstance(mark, Text))
    if opacity < 1:
        marks = [Group(marks=body, opacity=opacity), *words]
    return Group(
        marks=tuple(marks),
        role="node",
        data=node_data(node),
        tooltip=tooltip(node),
        link=node.target,
    )


def titles_of(plan: Plan, pen: Pen, *, down: bool = False) -> dict[str, Title]:
    """Return what the title of each frame needs.

    What runs *down* enters a frame at its top, in the middle: the title stands beside that.
    """
    found: dict[str, Title] = {}
    high, longest = _TITLE * pen.grown, _LONG_TITLE * pen.grown
    if plan.ports:
        found[""] = Title(wide=pen.width(plan.graph.name) + 24, high=high)
    for name in plan.parent:
        scope = plan.graph.scope_by_id[name]
        badge = pen.width(repeat_text(scope)) + 34 if scope.repeat > 1 else 10
        wide = min(pen.width(scope_title(scope, pen.options)), longest) + badge + 14
        if down:
            short = scope_name(scope, pen.options)
            wide = 2 * (min(pen.width(short), longest) + badge + 12)
        found[name] = Title(wide=wide, high=high, repeated=scope.repeat > 1)
    return found


_MANY = 400  # boxes: more are no page, and only the tightest measure is tried
_TIGHTNESS = (1.0, 0.8, 0.62)
_LOWNESS = (1.0, 0.7, 0.5, 0.36)
_TALL = 1.2  # times its width; beyond that, and beyond _LOW px, bodies are drawn lower
_LOW = 460.0
_LEGEND = 30.0  # px that a legend of one row takes


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """How large a style draws: *tightness* is that of lengths and gaps, *lowness* of heights.

    Where *same* is given the boxes stand in a U, with arrows that come and go below them; it names
    the nodes whose sizes another box in their row tells.
    """

    tightness: float = 1.0
    lowness: float = 1.0
    same: frozenset[str] | None = None


Style: TypeAlias = Callable[[Measure], tuple[Look, Spacing]]


@acyclic()
def compose(
    graph: ArchitectureGraph, style: Style, framed: set[str], *, ports: bool = False
) -> Drawing:
    """Return the drawing of *graph*; the scopes in *framed* get a border.

    With *ports* it is the inside of a frame, with room for its border and the graph's name as its
    title: inputs and outputs are wires through the border.

    *style* gives the look and the distances for a measure.  A tighter drawing is taken where it
    saves rows, a lower one where the figure would be too tall.
    """
    laid = _laid((graph, framed, ports), style, down=False)
    options = laid.look.pen.options
    direction = options.direction if isinstance(options, GraphOptions) and not ports else "right"
    if direction == "down" or (direction == "auto" and laid.block.returns > _RETURNS):
        other = _laid((graph, framed, ports), style, down=True)
        if direction == "down" or _is_column(other):
            laid = other
    block = laid.block
    marks = draw_frames(laid)
    marks += draw_edges(laid)
    for node in graph.nodes:
        if node.id in block.boxes:
            marks += draw_box(laid, node)
    return Drawing(
        marks=tuple(marks),
        width=block.width,
        height=block.height,
        spots={name: spot_of(block.boxes[name], laid.boxes[name]) for name in block.boxes},
    )


_RETURNS = 1  # wires that go on in another row beside the main flow, before a column is tried
_THIN = 2.5  # times its width: a column that is higher leaves most of the page empty


@dataclass(slots=True, kw_only=True)
class Laid:
    """A placed graph, its boxes as they are drawn; *down* where it runs from top to bottom."""

    plan: Plan
    tree: Tree
    look: Look
    boxes: dict[str, Box]
    block: Block
    down: bool = False


def _laid(drawn: tuple[ArchitectureGraph, set[str], bool], style: Style, *, down: bool) -> Laid:
    graph, framed, ports = drawn
    plan = plan_of(graph, framed, ports=ports, crowned=not down)
    tree = tree_of(plan)
    placed: _Placed = {}
    for lowness in _LOWNESS if len(graph.nodes) <= _MANY else _LOWNESS[:1]:
        laid = _tightened((plan, tree), style, (lowness, down), placed)
        if laid.block.height <= highest(laid.look.pen, max(_LOW, _TALL * laid.block.width)):
            break
    if down:
        laid.block = upright(laid.block, laid.boxes)
    return laid


def highest(pen: Pen, usual: float) -> float:
    """Return the px of height beyond which bodies are drawn lower: *usual*, or what is allowed."""
    options = pen.options
    if options.max_height is None:
        return usual
    return min(usual, options.max_height - 2 * options.padding - _LEGEND * options.legend)


def _is_column(laid: Laid) -> bool:
    """Say whether what runs downwards is a single column, neither too wide, too high nor thin."""
    room, block = room_of(laid.look.pen), laid.block
    single = block.rows == 1 + len(block.frames)  # a row of its own for each frame
    high = min(room, _THIN * block.width, laid.look.pen.options.max_height or room)
    return single and block.width <= room and block.height <= high


def spot_of(corner: Point, box: Box) -> Bounds:
    """Return where a box is whose left edge and line are at *corner*."""
    x, line = corner
    return Bounds(left=x, top=line - box.above, right=x + box.width, bottom=line + box.below)


_Placed: TypeAlias = dict[Spacing, tuple[dict[str, Box], Block]]
"""What was placed last at each spacing: not every style draws anything lower."""


def _tightened(
    drawn: tuple[Plan, Tree], style: Style, way: tuple[float, bool], placed: _Placed
) -> Laid:
    """Return the roomiest drawing that has as few rows as a tighter one would have."""
    plan, tree = drawn
    lowness, down = way
    drawings: list[Laid] = []
    tightnesses = _TIGHTNESS if len(plan.graph.nodes) <= _MANY else _TIGHTNESS[-1:]
    for tightness in tightnesses:
        look, spacing = style(Measure(tightness=tightness, lowness=lowness))
        boxes = boxes_of(plan, look)
        if spacing in placed and placed[spacing][0] == boxes:
            block = placed[spacing][1]
        else:
            sides = {name: turned(box) for name, box in boxes.items()} if down else boxes
            frame = frame_of("", tree, sides, titles_of(plan, look.pen, down=down), down=down)
            block = place(frame, room_of(look.pen) * (_HIGH if down else 1.0), spacing)
            placed[spacing] = boxes, block
        drawings.append(Laid(plan=plan, tree=tree, look=look, boxes=boxes, block=block, down=down))
        if block.rows == 1:
            break
    return min(drawings, key=lambda drawing: drawing.block.rows)


_HIGH = 1.36  # a column may be as high as this times the width of a row


def room_of(pen: Pen) -> float:
    """Return the width that a drawing may have."""
    options = pen.options
    if options.max_width is None:
        return float("inf")
    return max(1.0, options.max_width - 2 * options.padding)


def _box(look: Look, node: Node) -> Box:
    if is_glyph(node):
        half = look.glyph
        return Box(id=node.id, width=2 * half, above=half, below=half, radius=half)
    return look.box(node)


def boxes_of(plan: Plan, look: Look) -> dict[str, Box]:
    """Return the sizes of all boxes."""
    boxes: dict[str, Box] = {}
    for node in plan.graph.nodes:
        box = _box(look, node)
        if node.id in plan.crowns:
            crown = plan.graph.by_id[plan.crowns[node.id]]
            wide = look.pen.width(_crown_text(look.pen, crown), fact=True)
            box = _crowned(box, wide, _CROWN + look.pen.small)
        boxes[node.id] = box
    return boxes


def _crowned(box: Box, wide: float, high: float) -> Box:
    """Return a box with a name above its middle, which may be wider than the box."""
    middle = (box.inlet + box.width - box.outlet) / 2
    left = max(0.0, wide / 2 - middle)
    right = max(0.0, wide / 2 - (box.width - middle))
    return replace(
        box,
        width=box.width + left + right,
        inlet=box.inlet + left,
        outlet=box.outlet + right,
        above=max(box.above, box.radius + high),
        crowned=True,
    )


def _crown_text(pen: Pen, node: Node) -> str:
    return pen.short(node.name or node.kind, 76 * pen.grown, fact=True)


def draw_box(laid: Laid, node: Node) -> list[Mark]:
    """Return the marks of a node's box, and of a parameter's name above it."""
    plan, tree, block, look = laid.plan, laid.tree, laid.block, laid.look
    box = laid.boxes[node.id]
    x, line = block.boxes[node.id]
    plain = _box(look, node)
    ceiling, floor = block.lanes[node.id]
    wired = any(
        len(tree.lines[edge.source, node.id]) > 2 or is_glyph(plan.graph.by_id[edge.source])
        for edge in plan.graph.incoming[node.id]
        if (edge.source, node.id) in tree.lines
    )
    left = x + box.inlet - plain.inlet
    spot = Spot(x=left, line=line, ceiling=ceiling, floor=floor, wired=wired)
    if is_glyph(node):
        glyph = look.pen.glyph((spot.x + plain.radius, line), plain.radius, node.kind)
        marks: list[Mark] = [node_group(node, glyph)]
    else:
        marks = [look.draw(node, spot)]
    crown = plan.crowns.get(node.id)
    if crown is None:
        return marks
    source = plan.graph.by_id[crown]
    top = line - box.radius
    middle = x + (box.inlet + box.width - box.outlet) / 2
    text = look.pen.text((middle, top - _CROWN - 2), _crown_text(look.pen, source), fact=True)
    points = [(middle, top - _CROWN), (middle, top)]
    return [
        *look.pen.edge(points, (source, node)),
        *marks,
        node_group(source, [text]),
    ]


def draw_frames(laid: Laid) -> list[Mark]:
    """Return the borders of all frames, the largest first."""
    pen, block = laid.look.pen, laid.block
    entries: dict[str, list[float]] = {}
    for (_, name, source, _), points in block.wires.items():
        if source is None:
            entries.setdefault(name, []).append(points[0][0])
    marks: list[Mark] = []
    for name, box in sorted(block.frames.items(), key=lambda item: -item[1][2] * item[1][3]):
        scope = laid.plan.graph.scope_by_id[name.removeprefix("frame ")]
        wires = entries.get(name, []) if laid.down else []
        title = _placed_title(pen, scope, (box[0], box[2]), wires)
        marks.append(pen.frame(box, scope, title, scope_data(scope)))
    return marks


def _placed_title(
    pen: Pen, scope: Scope, span: tuple[float, float], wires: Sequence[float]
) -> tuple[str, float]:
    """Return a frame's title and how far from its left that begins.

    *span* is the frame's left side and width; the title stands beside *wires* that enter at the
    top, and left of the number of repetitions.
    """
    x, width = span
    end = width - (pen.width(repeat_text(scope)) + 30 if scope.repeat > 1 else 14)
    left = min(wires, default=x + end) - x - 8
    start = max(wires, default=x + end) - x + 8
    at, room = (10.0, left - 10) if left - 10 >= end - start else (start, end - start)
    title = scope_title(scope, pen.options)
    if wires and pen.width(title) > room:
        title = scope_name(scope, pen.options)
    return pen.short(title, room), at


def _line(steps: Sequence[tuple[str, Link]], block: Block) -> list[Point]:
    """Return the polyline of an edge through all frames that it touches."""
    points: list[Point] = []
    for name, link in steps:
        for point in block.wires[link.key, f"frame {name}", link.source, link.target]:
            if not points or points[-1] != point:
                points.append(point)
    return _straightened(points * (2 if len(points) == 1 else 1))


def draw_edges(laid: Laid) -> list[Mark]:
    """Return the marks of all edges, and note their lines in the tree."""
    plan, tree, block, look = laid.plan, laid.tree, laid.block, laid.look
    for ends, steps in tree.routes.items():
        tree.lines[ends] = _line(steps, block)
    mains: dict[str, list[list[Point]]] = {}
    skips: dict[tuple[str, str], None] = {}
    for (source, target), points in tree.lines.items():
        if is_glyph(plan.graph.by_id[target]) and _is_across(points, down=laid.down):
            skips[source, target] = None
        else:
            mains.setdefault(source, []).append(points)
    drawn: list[Mark] = []
    for (source, target), points in tree.lines.items():
        nodes = (plan.graph.by_id[source], plan.graph.by_id[target])
        if (source, target) in skips:
            leaves = _leaving(points, mains.get(source, [])[:4])
            drawn += look.edge(nodes, points, skip=leaves)
        else:
            drawn += look.edge(nodes, points, skip=None)
    for steps in tree.exits.values():
        drawn += look.pen.wire(_line(steps, block))
    return drawn


def _is_across(points: list[Point], *, down: bool) -> bool:
    """Say whether a wire comes in from the side of the main flow."""
    axis = 1 if down else 0
    return abs(points[-1][axis] - points[-2][axis]) < _NEAR


def _leaving(points: list[Point], others: list[list[Point]]) -> int:
    """Return the number of the last point that still lies on one of the *others*' lines."""
    best = 0
    for line in others:
        number = 0
        while number + 1 < len(points) and _lies_on(points[number + 1], line):
            number += 1
        best = max(best, number)
    return best if best < len(points) - 1 else 0


def _lies_on(point: Point, line: list[Point]) -> bool:
    x, y = point
    return any(
        min(x1, x2) - _NEAR <= x <= max(x1, x2) + _NEAR
        and min(y1, y2) - _NEAR <= y <= max(y1, y2) + _NEAR
        for (x1, y1), (x2, y2) in itertools.pairwise(line)
    )


def _straightened(points: list[Point]) -> list[Point]:
    """Return the points without those inside a straight stretch."""
    kept: list[Point] = []
    for point in points:
        while len(kept) > 1 and (
            abs(kept[-2][1] - kept[-1][1]) < 0.01 and abs(kept[-1][1] - point[1]) < 0.01
        ):
            kept.pop()
        kept.append(point)
    return kept
