"""The segments of a U, each placed as one row of columns, and the ways from one to the next.

A segment is a frame without a border.  Its wires end at its borders, but where a way can leave a
box at its bottom, or come to one from below, it needs no wire inside: the segment is placed anew
without it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace

from sphinx_visualtorch.graph import ArchitectureGraph, Node
from sphinx_visualtorch.layout.diagram import Block, Box, Link, Spacing, Title
from sphinx_visualtorch.layout.place import place
from sphinx_visualtorch.layout.plan import Plan, Tree, frame_of, plan_of
from sphinx_visualtorch.layout.recognise import UShape
from sphinx_visualtorch.scene import Bounds

__all__ = ["Pieces", "SegmentPlan", "Sizes", "Way", "bodies_of", "middle", "pieces_of", "plan_u"]

_NEAR = 6.0  # px beside a way that must be free


@dataclass(slots=True)
class SegmentPlan(Plan):
    """A plan in which each segment of a U is a frame without a border."""

    segment: Mapping[str, str] = field(default_factory=dict)

    def chain(self, node: Node) -> list[str]:
        """Return the frames around a node, its segment among them; a tag stands in none."""
        if node.id not in self.segment:
            return [""]
        return ["", self.segment[node.id], *Plan.chain(self, node)[1:]]


def plan_u(graph: ArchitectureGraph, shape: UShape, framed: set[str]) -> SegmentPlan | None:
    """Return the plan of a U in which the scopes in *framed* have a border.

    A scope has none that is in several segments or holds a box that is told something from
    outside of all segments; None if such a scope is repeated.
    """
    given = {name for name, segment in shape.segment.items() if segment in shape.given}
    held: dict[str, set[str]] = {}
    for node in graph.nodes:
        name: str | None = node.scope
        while name is not None:
            held.setdefault(name, set()).add(shape.segment.get(node.id, ""))
            if node.id not in given and any(
                edge.source in given for edge in graph.incoming[node.id]
            ):
                held[name].add("told")
            name = graph.scope_by_id[name].parent
    whole = {name for name in framed if len(held.get(name, ())) == 1}
    if any(graph.scope_by_id[name].repeat > 1 for name in framed - whole):
        return None
    plan = plan_of(graph, whole)
    values = {entry.name: getattr(plan, entry.name) for entry in fields(Plan)}
    return SegmentPlan(**values, segment=shape.segment)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """The sizes of boxes, of frames' titles and of tags (wide × high), and the distances."""

    boxes: Mapping[str, Box]
    titles: Mapping[str, Title]
    tags: Mapping[str, tuple[float, float]]
    spacing: Spacing


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """The way from the node *source* in the segment *begin* to the next segment, *end*.

    A *tag* of the size *wide* × *high* stands on it where *tag* names a node.  The way down leaves
    a box at its bottom where it is *free*, a way up then enters its *targets* there; otherwise
    both use the borders of the segment.  A way up that *rises* leaves its box at the top.
    """

    source: str
    targets: tuple[str, ...]
    begin: str
    end: str
    down: bool
    free: bool
    rises: bool = False
    tag: str = ""
    wide: float = 0.0
    high: float = 0.0

    @property
    def key(self) -> str:
        """The node whose tensor comes in."""
        return self.tag or self.source


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """What is placed: the segments by their names, the sizes of all boxes, and the ways.

    *told* holds the edges from what is given.
    """

    shape: UShape
    blocks: Mapping[str, Block]
    boxes: Mapping[str, Box]
    ways: Sequence[Way]
    told: Sequence[tuple[str, str]]


def middle(block: Block, boxes: Mapping[str, Box], name: str) -> float:
    """Return the middle of a box between its two ports."""
    box = boxes[name]
    return block.boxes[name][0] + (box.inlet + box.width - box.outlet) / 2


def bodies_of(block: Block, boxes: Mapping[str, Box]) -> Iterator[Bounds]:
    """Yield what each box and frame of *block* covers."""
    for name, (x, line) in block.boxes.items():
        box = boxes[name]
        yield Bounds(left=x, right=x + box.width, top=line - box.above, bottom=line + box.below)
    for left, top, width, height in block.frames.values():
        yield Bounds(left=left, right=left + width, top=top - 8.0, bottom=top + height)


def pieces_of(plan: SegmentPlan, tree: Tree, shape: UShape, sizes: Sizes) -> Pieces | None:
    """Return the pieces of a U; None if a copy cannot get past what else is in its row."""
    return _Cutter(plan.graph, tree, shape, sizes).pieces()


class _Cutter:
    """Places the segments, with ever fewer wires inside of them."""

    def __init__(self, graph: ArchitectureGraph, tree: Tree, shape: UShape, sizes: Sizes) -> None:
        self.graph, self.shape, self.sizes = graph, shape, sizes
        self.tree = replace(tree, links={name: dict(links) for name, links in tree.links.items()})
        self.blocks: dict[str, Block] = {}

    def pieces(self) -> Pieces | None:
        """Return the pieces, or None."""
        segment, given = self.shape.segment, self.shape.given
        edges = [(edge.source, edge.target) for edge in self.graph.edges]
        told = [
            (source, target)
            for source, target in edges
            if segment.get(source) in given and segment[source] != segment.get(target)
        ]
        apart = [*self.shape.outer, *told]
        straight = {level.source for level in self.shape.levels}
        for ends in apart:
            self._unlink(ends, after=True)
            if ends[0] not in straight:  # else it is copied straight, too
                self._unlink(ends, after=False)
        for name in dict.fromkeys(segment.values()):
            self.blocks[name] = self._placed(name)
        ways = tuple(self._way(one, two) for one, two in itertools.pairwise(self.shape.order))
        if not all(self._is_open(ends, told=ends in told) for ends in apart):
            return None
        return Pieces(
            shape=self.shape, blocks=self.blocks, boxes=self.sizes.boxes, ways=ways, told=told
        )

    def _is_open(self, ends: tuple[str, str], *, told: bool) -> bool:
        """Say whether an edge can leave and enter its boxes from outside their segments."""
        segment = self.shape.segment
        one, two = (self.blocks[segment[name]] for name in ends)
        if told:  # a thin line may cross others
            bare = replace(two, wires={})
            free = self._is_free(bare, ends[1], below=False)
            return free and self._is_free(one, ends[0], below=True)
        if not self._is_free(two, ends[1], below=False):
            return False
        level = next(level for level in self.shape.levels if level.right == segment[ends[1]])
        return segment[ends[0]] != level.left or self._is_free(one, ends[0], below=False)

    def _placed(self, name: str) -> Block:
        frame = frame_of(name, self.tree, dict(self.sizes.boxes), self.sizes.titles)
        return place(frame, float("inf"), self.sizes.spacing)

    def _unlink(self, ends: tuple[str, str], *, after: bool) -> None:
        """Take away the wires of an edge in its last segment, or in its first."""
        steps = self.tree.routes[ends]
        top = next(index for index, (name, _) in enumerate(steps) if name == "")
        for name, link in steps[top + 1 :] if after else steps[:top]:
            self.tree.links[name].pop(link, None)

    def _without(
        self, edges: Sequence[tuple[str, str]], nodes: Sequence[str], *, below: bool
    ) -> bool:
        """Place a segment anew without the wires of *edges*, if its *nodes* are free then.

        These edges come to the nodes from below, or leave them above.
        """
        kept = self.tree.links
        links: dict[str, dict[Link, None]] = {name: dict(old) for name, old in kept.items()}
        self.tree.links = links
        for ends in edges:
            self._unlink(ends, after=below)
        name = self.shape.segment[nodes[0]]
        block = self._placed(name)
        if all(self._is_free(block, node, below=below) for node in nodes):
            self.blocks[name] = block
            return True
        self.tree.links = kept
        return False

    # ways

    def _way(self, one: str, two: str) -> Way:
        """Return the way from segment *one* to segment *two*."""
        tag = next((name for name, end in self.shape.tags.items() if end == two), "")
        source, targets = self._ends(one, two, tag)
        down = two == self.shape.bottom or any(two == level.left for level in self.shape.levels)
        rises = False
        if down:
            free = self._is_free(self.blocks[one], source, below=True)
        else:
            comes = [(tag or source, target) for target in targets]
            free = self._without(comes, targets, below=True)
            if not self._is_last(one, source):
                goes = [(source, tag)] if tag else comes
                rises = self._without(goes, (source,), below=False)
        block = self.blocks[two]
        wide, high = self.sizes.tags.get(tag, (0.0, 0.0))
        return Way(
            source=source,
            targets=tuple(sorted(targets, key=lambda name: block.boxes[name][0])),
            begin=one,
            end=two,
            down=down,
            free=free,
            rises=rises,
            tag=tag,
            wide=wide,
            high=high,
        )

    def _ends(self, one: str, two: str, tag: str) -> tuple[str, tuple[str, ...]]:
        """Return the node that a way begins at and those that it leads to."""
        if tag:
            targets = tuple(edge.target for edge in self.graph.outgoing[tag])
            return self.graph.incoming[tag][0].source, targets
        segment = self.shape.segment
        crossing = [
            edge
            for edge in self.graph.edges
            if segment.get(edge.source) == one and segment.get(edge.target) == two
        ]
        return crossing[0].source, tuple(edge.target for edge in crossing)

    def _is_last(self, name: str, node: str) -> bool:
        """Say whether a box is the last of its segment, so that a wire leaves it straight."""
        block = self.blocks[name]
        x, line = block.boxes[node]
        return block.outs[node] == line and all(left <= x for left, _ in block.boxes.values())

    def _is_free(self, block: Block, name: str, *, below: bool) -> bool:
        """Say whether nothing in *block* is below, or above, the box *name*."""
        boxes = self.sizes.boxes
        if boxes[name].crowned and not below:
            return False
        x, line = middle(block, boxes, name), block.boxes[name][1]
        sign = 1.0 if below else -1.0
        spans = [
            (left, left + boxes[other].width, (height - line) * sign)
            for other, (left, height) in block.boxes.items()
        ]
        for points in block.wires.values():
            for (x1, y1), (x2, y2) in itertools.pairwise(points):
                far = max((y1 - line) * sign, (y2 - line) * sign)
                spans.append((min(x1, x2), max(x1, x2), far))
        return not any(left - _NEAR < x < right + _NEAR and far > 1.0 for left, right, far in spans)
