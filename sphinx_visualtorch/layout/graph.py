"""The *graph* style: boxes and links, merges as glyphs, frames around blocks."""

from __future__ import annotations

from sphinx_visualtorch.acyclic import acyclic
from sphinx_visualtorch.graph import CONTAINERS, ArchitectureGraph, Scope
from sphinx_visualtorch.graph.detail import Detail
from sphinx_visualtorch.layout.arrange import arrange
from sphinx_visualtorch.layout.boxes import BoxLook
from sphinx_visualtorch.layout.compose import GLYPH, Measure, highest
from sphinx_visualtorch.layout.diagram import Spacing
from sphinx_visualtorch.layout.finish import finish
from sphinx_visualtorch.layout.neurons import neurons, wants_neurons
from sphinx_visualtorch.layout.pen import Pen
from sphinx_visualtorch.layout.words import batch_of
from sphinx_visualtorch.options import GraphOptions
from sphinx_visualtorch.scene import Scene

__all__ = ["graph"]


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


@acyclic()
def graph(model: ArchitectureGraph, options: GraphOptions, detail: Detail | None = None) -> Scene:
    """Return the node-link figure of a graph."""
    pen = Pen(options, batch_of(model))
    if wants_neurons(model, options):
        drawing = neurons(model, pen, options)
        if drawing.height <= highest(pen, drawing.height):
            return finish(model, pen, drawing, detail)
        pen = Pen(options, batch_of(model))  # boxes are lower, and use other colours
    look = BoxLook(pen, options, GLYPH * options.node_size / 34 * pen.grown)

    def style(measure: Measure) -> tuple[BoxLook, Spacing]:
        columns = max(min(16.0, options.layer_spacing), options.layer_spacing * measure.tightness)
        return look, Spacing(columns=columns, lanes=options.node_spacing)

    return finish(model, pen, arrange(model, style, _framed(model)), detail)
