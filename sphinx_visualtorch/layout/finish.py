"""From a drawing to a finished scene: padding, legend, colours, and what is said of the figure."""

from __future__ import annotations

from collections.abc import Sequence

from sphinx_visualtorch.graph import ArchitectureGraph
from sphinx_visualtorch.graph.detail import Detail
from sphinx_visualtorch.layout.diagram import Drawing
from sphinx_visualtorch.layout.interface import alt_text
from sphinx_visualtorch.layout.legend import legend
from sphinx_visualtorch.layout.panel import with_panel
from sphinx_visualtorch.layout.pen import Pen
from sphinx_visualtorch.scene import Group, Mark, Scene, moved

__all__ = ["LOW", "TALL", "finish"]

TALL = 1.4  # a figure is never higher than this times its width
_NARROW = 360.0  # px that a legend may have even if the figure is narrower
LOW = 480.0  # px of height that are never too much


def finish(graph: ArchitectureGraph, pen: Pen, drawing: Drawing, detail: Detail | None) -> Scene:
    """Return the scene of a drawing, with padding and, where wanted, a panel and a legend."""
    nodes = graph.nodes
    if detail is not None:
        drawing = with_panel(drawing, detail, pen)
        nodes += tuple(node for node in detail.graph.nodes if node.op != "input")
    options = pen.options
    pad = options.padding
    marks: Sequence[Mark] = drawing.marks
    width, height = drawing.width, drawing.height
    dy = 0.0
    foot: tuple[Mark, ...] = ()
    if options.legend:
        most = _NARROW if options.max_width is None else options.max_width - 2 * pad
        room = max(width, min(most, _NARROW), 60.0)
        parts, wide, high = legend(nodes, pen, room)
        position = options.legend_position
        total = max(width, wide)
        x = (total - wide) / 2
        if position.endswith("left"):
            x = 0.0
        elif position.endswith("right"):
            x = total - wide
        dx = (total - width) / 2
        top = position.startswith("top")
        y = pad if top else pad + height + 16
        dy = high + 16 if top else 0.0
        foot = (Group(marks=moved(parts, pad + x, y), role="legend"),)
        width, height = total, height + high + 16
        marks = moved(marks, dx, 0.0)
    background = "none"
    if options.background_fill != "none":
        background = pen.slot("background")
    free = _lacking(pen, width + 2 * pad, height + 2 * pad)
    return Scene(
        width=width + free + 2 * pad,
        height=height + 2 * pad,
        marks=(*moved(marks, pad + free / 2, pad + dy), *moved(foot, free / 2, 0.0)),
        colours=pen.colours(),
        title=graph.name,
        description=alt_text(graph),
        data=(("arrange", "u"),) if drawing.arranged else (),
        background=background,
        font=options.font.family,
    )


def _lacking(pen: Pen, width: float, height: float) -> float:
    """Return the px that a figure lacks in width.

    A column shrinks what is too tall for it, and the author may want an exact width.
    """
    most = pen.options.max_width
    if most is None:
        return 0.0
    return max(0.0, (most if pen.options.fixed_width else min(most, height / TALL)) - width)
