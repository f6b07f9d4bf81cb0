"""Draw an encoder-decoder as a U, and anything else in a line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sphinx_visualtorch import fonts
from sphinx_visualtorch.acyclic import acyclic
from sphinx_visualtorch.graph import ArchitectureGraph, Node
from sphinx_visualtorch.layout.compose import (
    Laid,
    Look,
    Measure,
    Style,
    boxes_of,
    compose,
    draw_box,
    draw_edges,
    draw_frames,
    highest,
    node_group,
    room_of,
    spot_of,
    titles_of,
)
from sphinx_visualtorch.layout.diagram import Drawing, Point
from sphinx_visualtorch.layout.pen import Pen, is_glyph, rounded
from sphinx_visualtorch.layout.plan import Tree, tree_of
from sphinx_visualtorch.layout.recognise import UShape, recognise
from sphinx_visualtorch.layout.routes import tidied
from sphinx_visualtorch.layout.segments import (
    Pieces,
    SegmentPlan,
    Sizes,
    Way,
    middle,
    pieces_of,
    plan_u,
)
from sphinx_visualtorch.layout.ushape import Placed, place_u
from sphinx_visualtorch.layout.words import way_text
from sphinx_visualtorch.options import FigureOptions, GraphOptions
from sphinx_visualtorch.scene import Mark, Path

__all__ = ["arrange", "wants_u"]

_TIGHTNESS = (1.0, 0.75, 0.55, 0.4)
_LOWNESS = (0.75, 0.65, 0.55, 0.45, 0.36)
_LOW = 300.0  # px of height that are never too much
_TALL = 0.95  # times its width; a U that is higher is drawn lower if it can be
_TALLEST = 1.25  # what is higher stands in a line
_DROP = 8.0  # px beside the middle of a box at which something told comes in
_COPY = 44.0  # px of a copy that have room for the word


@acyclic()
def arrange(graph: ArchitectureGraph, style: Style, framed: set[str]) -> Drawing:
    """Return the drawing of a graph: a U where it is one and has room, else in a line."""
    look, _ = style(Measure())
    if wants_u(look.pen.options):
        shape = recognise(graph)
        plan = plan_u(graph, shape, framed) if shape is not None else None
        if shape is not None and plan is not None:
            best = _Tries(shape, plan, style).best()
            if best is not None:
                return best.drawing()
    return compose(graph, style, framed)


def wants_u(options: FigureOptions) -> bool:
    """Say whether a U may be drawn: by itself not where the author says which way a line runs."""
    straight = isinstance(options, GraphOptions) and options.direction != "auto"
    return options.arrange == "u" or (options.arrange == "auto" and not straight)


class _Tries:
    """The Us that were tried, from roomy to tight and from high to low."""

    def __init__(self, shape: UShape, plan: SegmentPlan, style: Style) -> None:
        self.shape, self.plan, self.style = shape, plan, style
        self.tree = tree_of(plan)
        self.same = frozenset(_told(plan.graph, shape))
        self.tried: list[tuple[Sizes, Pieces | None]] = []

    def best(self) -> _U | None:
        """Return the highest U that is not too high, or the lowest."""
        found: _U | None = None
        for lowness in _LOWNESS:
            low = self._roomiest(lowness)
            if low is None:
                continue
            found = low
            if low.height <= highest(low.look.pen, max(_LOW, _TALL * low.width)):
                break
        if found is None or found.height > max(_LOW, _TALLEST * found.width):
            return None
        return found

    def _roomiest(self, lowness: float) -> _U | None:
        """Return the roomiest U that is as wide as the figure may be.

        It is steep only where even the tightest would be too wide.
        """
        steep = self._u(lowness, _TIGHTNESS[-1], steep=False) is None
        wanted = _TIGHTNESS[2:] if steep else _TIGHTNESS
        found = (self._u(lowness, tightness, steep=steep) for tightness in wanted)
        return next((u for u in found if u is not None), None)

    def _u(self, lowness: float, tightness: float, *, steep: bool) -> _U | None:
        look, pieces = self._try(Measure(tightness=tightness, lowness=lowness, same=self.same))
        if pieces is None:
            return None
        placed = place_u(pieces, room_of(look.pen), steep=steep)
        return None if placed is None else _U(self.plan, self.tree, look, pieces, placed)

    def _try(self, measure: Measure) -> tuple[Look, Pieces | None]:
        look, spacing = self.style(measure)
        by_id = self.plan.graph.by_id
        sizes = Sizes(
            boxes=boxes_of(self.plan, look),
            titles=titles_of(self.plan, look.pen),
            tags={name: _tag_size(look.pen, by_id[name]) for name in self.shape.tags},
            spacing=spacing,
        )
        for other, pieces in self.tried:  # not every style draws anything lower
            if other == sizes:
                return look, pieces
        pieces = pieces_of(self.plan, self.tree, self.shape, sizes)
        self.tried.append((sizes, pieces))
        return look, pieces


def _told(graph: ArchitectureGraph, shape: UShape) -> Iterator[str]:
    """Yield the nodes whose sizes another node further left in their row tells."""
    for level in shape.levels:
        sizes: set[tuple[int, ...]] = set()
        for node in graph.nodes:
            segment = shape.segment.get(node.id)
            if segment in (level.left, level.across, level.right) and not is_glyph(node):
                own = node.outputs[0].shape[2:] if node.outputs else ()
                if own in sizes:
                    yield node.id
                sizes.add(own)


def _tag_size(pen: Pen, node: Node) -> tuple[float, float]:
    text = way_text(node, pen.options)
    return (pen.width(text, fact=True) + 10.0, pen.small + 6.0) if text else (9.0, 9.0)


@dataclass(frozen=True, slots=True)
class _U:
    """A placed U, and how it is drawn."""

    plan: SegmentPlan
    tree: Tree
    look: Look
    pieces: Pieces
    placed: Placed

    @property
    def width(self) -> float:
        """The width in px."""
        return self.placed.block.width

    @property
    def height(self) -> float:
        """The height in px."""
        return self.placed.block.height

    def drawing(self) -> Drawing:
        """Return the marks of the U."""
        block, boxes, graph = self.placed.block, self.pieces.boxes, self.plan.graph
        inner = {
            ends: steps
            for ends, steps in self.tree.routes.items()
            if all(name != "" for name, _ in steps)
        }
        tree = replace(self.tree, routes=inner, lines={})
        laid = Laid(plan=self.plan, tree=tree, look=self.look, boxes=dict(boxes), block=block)
        marks = [*draw_frames(laid), *draw_edges(laid)]
        marks += self._told()
        for ends in self.tree.routes:
            if ends not in inner:
                marks += [] if ends in self.pieces.told else self._crossing(ends)
                tree.lines[ends] = [(0.0, 0.0)] * 3  # it has corners: an arrow comes in
        marks += self._words()
        for node in graph.nodes:
            if node.id in block.boxes:
                marks += draw_box(laid, node)
            elif node.id in self.placed.tags:
                marks.append(self._tag(node))
        return Drawing(
            marks=tuple(marks),
            width=self.width,
            height=self.height,
            spots={name: spot_of(corner, boxes[name]) for name, corner in block.boxes.items()},
            arranged=True,
        )

    def _tag(self, node: Node) -> Mark:
        """Return the marks of a call that stands on a way."""
        pen = self.look.pen
        (x, y), (wide, high) = self.placed.tags[node.id], _tag_size(pen, node)
        outline = rounded(x - wide / 2, y - high / 2, wide, high, high / 2)
        fill, line = pen.shade(node, "fill"), pen.shade(node, "line")
        width = pen.options.outline_width
        marks: list[Mark] = [Path(segments=outline, fill=fill, stroke=line, width=width)]
        text = way_text(node, pen.options)
        if text:
            at = (x, y + pen.small * fonts.CAP_HEIGHT / 2)
            marks.append(pen.text(at, text, fact=True, fill=pen.shade(node, "boxfact")))
        return node_group(node, marks, pen.opacity(node))

    # edges from one segment to another

    def _crossing(self, ends: tuple[str, str]) -> list[Mark]:
        pen, by_id = self.look.pen, self.plan.graph.by_id
        nodes = (by_id[ends[0]], by_id[ends[1]])
        if ends in self.pieces.shape.outer:
            return pen.edge(self._arc(ends), nodes, skip=0)
        way = self._way_of(ends)
        if way is not None:
            return self._way(nodes, way)
        before, after = self._inside(ends)
        points = tidied([*before, *after])
        return pen.edge(points, nodes, skip=0)

    def _way_of(self, ends: tuple[str, str]) -> Way | None:
        """Return the way that an edge is, or that it is one half of."""
        for way in self.pieces.ways:
            if way.tag in ends if way.tag else ends[0] == way.source and ends[1] in way.targets:
                return way
        return None

    def _inside(self, ends: tuple[str, str]) -> tuple[list[Point], list[Point]]:
        """Return the line of an edge within its first and within its last segment."""
        before: list[Point] = []
        after: list[Point] = []
        side = before
        for name, link in self.tree.routes[ends]:
            if name == "":
                side = after
                continue
            wire = (link.key, f"frame {name}", link.source, link.target)
            side += self.placed.block.wires.get(wire, ())
        return before, after

    def _way(self, nodes: tuple[Node, Node], way: Way) -> list[Mark]:
        """Return the marks of an edge that is a way, or its half up to or from the tag."""
        placed, pen = self.placed, self.look.pen
        source, target = nodes[0].id, nodes[1].id
        before, after = self._inside((source, target))
        line = list(placed.ways[way.end])
        if way.down and way.free:
            before = []
            line[0] = (line[0][0], line[0][1] + 1.0)
        slot = "edge"
        if way.tag:
            slot = pen.shade(self.plan.graph.by_id[way.tag], "line")
            x, y = line[0][0], placed.tags[way.tag][1]
            if (target == way.tag) == way.down:
                line = [line[0], (x, y - way.high / 2)]
            else:
                line[0] = (x, y + way.high / 2)
        if not way.down:
            line.reverse()
            after = placed.ends.get((way.end, target), after)
        points = tidied([*before, *line, *after])
        return pen.way(points, nodes, slot, head=target != way.tag)

    def _top(self, name: str) -> Point:
        """Return where a wire enters or leaves a box at its top."""
        block, boxes = self.placed.block, self.pieces.boxes
        above = boxes[name].radius or boxes[name].above
        return middle(block, boxes, name), block.boxes[name][1] - above - 1.0

    def _arc(self, ends: tuple[str, str]) -> list[Point]:
        """Return the line of a copy that runs above its row, from a box or the way down to it."""
        source, target = ends
        segment = self.plan.segment
        y = self.placed.arcs[source, segment[target]]
        x, top = self._top(target)
        level = next(level for level in self.pieces.shape.levels if level.right == segment[target])
        if segment[source] == level.left:
            start, low = self._top(source)
            return [(start, low), (start, y), (x, y), (x, top)]
        way = next(way for way in self.pieces.ways if way.end == level.left)
        before, _ = self._inside((source, way.targets[0]))
        points = self.placed.ways[level.left]
        return [*([] if way.free else before), *points[:-1], (points[-1][0], y), (x, y), (x, top)]

    def _told(self) -> Iterator[Mark]:
        """Yield the edges from what is given: a trunk, a branch for each row, a drop for each box.

        Each begins where it leaves what is drawn already, so that no line is drawn twice.
        """
        by_id = self.plan.graph.by_id
        for source, trunk in self.placed.trunks.items():
            told = [target for start, target in self.pieces.told if start == source]
            corner = trunk[-1][0]
            row = -1.0
            for y, x, top, target in sorted(
                (self._drop(source, name) for name in told), reverse=True
            ):
                line = [(x, y), (x, top)]
                if y != row:
                    line = [*(trunk if row < 0 else ()), (corner, y), *line]
                yield from self.look.pen.hint(line, (by_id[source], by_id[target]))
                row = y

    def _drop(self, source: str, target: str) -> tuple[float, float, float, str]:
        """Return the height of a branch, and where on it what is told drops to a box."""
        x, top = self._top(target)
        y = self.placed.branches[source, self.plan.segment[target]]
        number, all_ = list(self.placed.trunks).index(source), len(self.placed.trunks)
        step = min(_DROP, self.pieces.boxes[target].width / 2 / (all_ + 1))
        return y, x - step * (number + 1), top, target

    def _words(self) -> Iterator[Mark]:
        """Yield the word on each copy that has room for it."""
        pen, graph = self.look.pen, self.plan.graph
        for level in self.pieces.shape.levels:
            start, stop, line = self.placed.spans[level.right]
            if stop - start < _COPY or pen.options.label == "none":
                continue
            users = [graph.by_id[edge.target] for edge in graph.outgoing[level.source]]
            if any(
                self.plan.segment.get(user.id) == level.right and _is_copy(user) for user in users
            ):
                yield pen.text(((start + stop) / 2, line - 4.0), "copy", fact=True)


def _is_copy(user: Node) -> bool:
    """Say whether what uses a tensor from across takes it as it is."""
    return user.op == "scope" or (is_glyph(user) and user.kind in ("cat", "add"))
