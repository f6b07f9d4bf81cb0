"""Bodies that stand one before the depth of the other, as in the figures of the VisualTorch paper.

The space between two of them counts from front to front, so that the depth of one reaches behind
those that follow.  That works for a chain in one row, without sizes written at the bodies; what is
no such figure has its bodies clear of each other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from sphinx_visualtorch.graph import ArchitectureGraph, Node
from sphinx_visualtorch.layout.bodies import Body
from sphinx_visualtorch.layout.diagram import Drawing
from sphinx_visualtorch.options import LayeredOptions
from sphinx_visualtorch.scene import Group, Mark

__all__ = ["Nest", "nest_of", "overlaps", "steep", "woven"]

_STEEPER = (1.67, 1.98)  # a third of the depth to the right and upwards, from what is usual


def overlaps(graph: ArchitectureGraph, options: LayeredOptions) -> bool:
    """Say whether the bodies of a figure stand before each other."""
    chain = all(
        len(graph.incoming[node.id]) <= 1 and len(graph.outgoing[node.id]) <= 1
        for node in graph.nodes
    )
    plain = options.max_width is None and not options.tells("shape")
    return options.overlap and options.draw_volume and plain and chain


def steep(body: Body) -> Body:
    """Return a body with the paper's slant."""
    right, up = _STEEPER
    return replace(body, dx=body.dx * right, dy=body.dy * up)


@dataclass(frozen=True, slots=True, kw_only=True)
class Nest:
    """How the bodies of a chain stand, by the id of the node; all lengths are px.

    The middles of their depths are in line: the front of a body stands left of its place by its
    *lead*, and right of the front it has the room *right*.
    """

    lead: Mapping[str, float]
    right: Mapping[str, float]

    def room(self, node: Node) -> tuple[float, float]:
        """Return the lead of a node's body and its room right of the front."""
        return self.lead[node.id], self.right[node.id]


def nest_of(graph: ArchitectureGraph, body: Callable[[Node], Body], spacing: float) -> Nest:
    """Return how the bodies of a chain stand that are *spacing* px apart."""
    lead: dict[str, float] = {}
    right: dict[str, float] = {}
    before, end, reach = 0.0, -spacing, 0.0  # *end*: where the place of the last body ended
    for node in graph.nodes:
        shape = body(node)
        # never before the front of what comes before
        lead[node.id] = min(shape.dx, before) / 2
        front = end + spacing - lead[node.id] + shape.length
        right[node.id] = shape.dx / 2
        end = front + right[node.id]
        reach = max(reach, front + shape.dx)
        right_of_last = reach - front
        before = shape.dx
    right[graph.nodes[-1].id] = right_of_last
    return Nest(lead=lead, right=right)


def woven(drawing: Drawing) -> Drawing:
    """Return a drawing of a chain in which each line is painted just before the body it leads to.

    So it lies on the body that it comes from, as the fronts do that follow.
    """
    boxes = [mark for mark in drawing.marks if isinstance(mark, Group)]
    lines = [mark for mark in drawing.marks if not isinstance(mark, Group)]
    each, rest = divmod(len(lines), max(1, len(boxes) - 1))  # a line may have an arrow head
    if rest:
        return drawing
    marks: list[Mark] = [*boxes[:1]]
    for index, box in enumerate(boxes[1:]):
        marks += [*lines[index * each : (index + 1) * each], box]
    return replace(drawing, marks=tuple(marks))
