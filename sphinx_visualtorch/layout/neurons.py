"""Dense models as circles and lines: a circle for each neuron, an ellipsis beyond a limit."""

from __future__ import annotations

import itertools

from sphinx_visualtorch import fonts
from sphinx_visualtorch.graph import ArchitectureGraph, Node
from sphinx_visualtorch.layout.compose import node_group
from sphinx_visualtorch.layout.diagram import Drawing
from sphinx_visualtorch.layout.pen import FACT, Pen, circle, edge_data, polygon
from sphinx_visualtorch.layout.words import costs, label
from sphinx_visualtorch.options import GraphOptions
from sphinx_visualtorch.scene import Mark, Path

__all__ = ["neurons", "wants_neurons"]

_MANY = 64  # features of a layer that ``show_neurons: auto`` still draws as neurons
_NARROW = 52.0  # px that a column of neurons needs at the least


def _columns(graph: ArchitectureGraph) -> list[Node] | None:
    """Return the nodes as one chain, or None where the model is none."""
    if any(scope.repeat > 1 for scope in graph.scopes):
        return None
    for index, node in enumerate(graph.nodes):
        sources = [edge.source for edge in graph.incoming[node.id]]
        if sources != ([graph.nodes[index - 1].id] if index else []):
            return None
        if not node.outputs or len(node.outputs[0].shape) != 2 or node.repeat > 1:
            return None
    return list(graph.nodes)


def _dense(node: Node) -> bool:
    roles = {part.role for part in node.parts} or {node.role}
    if node.op == "scope":  # what is in a closed box is not one layer
        return False
    return node.op == "input" or roles <= {"linear", "activation", "normalisation", "dropout"}


def wants_neurons(graph: ArchitectureGraph, options: GraphOptions) -> bool:
    """Say whether a figure shows neurons: as asked for, or for a small dense chain."""
    if options.show_neurons is False:
        return False
    columns = _columns(graph)
    if columns is None or len(columns) < 2 or not all(map(_dense, columns)):
        return False
    if options.max_width and len(columns) * _narrow(columns, options) > options.max_width:
        return False
    small = all(node.outputs[0].shape[-1] <= _MANY for node in columns)
    return bool(options.show_neurons) or small


def _narrow(columns: list[Node], options: GraphOptions) -> float:
    """Return the px that a column needs at the least: more where numbers are asked for."""
    size = options.font.size * FACT
    return max(_NARROW, *(fonts.text_width(costs(node, options), size) + 8 for node in columns))


def _heights(count: int, step: float, limit: int) -> tuple[list[float], float | None]:
    """Return the neurons' offsets from the middle, and that of the ellipsis where there is one."""
    if count <= limit:
        return [(index - (count - 1) / 2) * step for index in range(count)], None
    places = [(index - limit / 2) * step for index in range(limit + 1)]
    gap = limit - 1 if limit > 1 else limit
    return [place for index, place in enumerate(places) if index != gap], places[gap]


def _line_width(options: GraphOptions) -> float:
    """Return the width of a line between neurons: many lines have to be thin."""
    usual = GraphOptions().connector_width
    return usual * 0.6 if options.connector_width == usual else options.connector_width


def _measures(options: GraphOptions) -> tuple[float, float, float]:
    """Return the size of a neuron, the space between two, and that between two layers.

    The defaults are those of boxes; neurons are smaller, and their many lines need more room.
    """
    usual = GraphOptions()
    size = 26.0 if options.node_size == usual.node_size else options.node_size
    between = 10.0 if options.node_spacing == usual.node_spacing else options.node_spacing
    gap = 64.0 if options.layer_spacing == usual.layer_spacing else options.layer_spacing
    return size, between, gap


def neurons(graph: ArchitectureGraph, pen: Pen, options: GraphOptions) -> Drawing:
    """Return the drawing of a dense chain, one column a layer."""
    columns = _columns(graph) or []
    size, between, gap = _measures(options)
    width = _line_width(options)
    step = size + between
    names = [pen.short(label(node, options, default="kind"), 96 * pen.grown) for node in columns]
    numbers = [pen.width(costs(node, options), fact=True) for node in columns]
    room = max([size, *map(pen.width, names), *numbers])
    if options.max_width:
        free = options.max_width - 2 * options.padding - room
        gap = min(gap + size, max(free / max(1, len(columns) - 1), size + 6)) - size
    gap = max(gap, _narrow(columns, options) - size) if options.tells_costs else gap
    limit = options.ellipsize_after
    rows = [_heights(node.outputs[0].shape[-1], step, limit) for node in columns]
    tall = max(offsets[-1] for offsets, _ in rows) * 2 + size
    middle = tall / 2
    marks: list[Mark] = []
    xs = [room / 2 + index * (size + gap) for index in range(len(columns))]
    for index in range(1, len(columns)):
        lines = _links(columns[index], rows[index - 1][0], rows[index][0])
        segments = tuple(
            segment
            for one, two in lines
            for segment in polygon(
                [(xs[index - 1] + size / 2, middle + one), (xs[index] - size / 2, middle + two)],
                closed=False,
            )
        )
        marks.append(
            Path(
                segments=segments,
                stroke=pen.slot("edge"),
                width=width,
                opacity=1.0 if options.connector_fill else 0.85,
                role="edge",
                data=edge_data((columns[index - 1], columns[index])),
            )
        )
    stagger = _stagger(names, pen, size + gap)
    finishes = [_finish(node, pen, size + gap - 6) for node in columns]
    for index, node in enumerate(columns):
        marks.append(_column(pen, node, (xs[index], middle), (size, rows[index])))
        low = tall + pen.size + 5 + (pen.size + 3 if stagger and index % 2 else 0)
        count = str(node.outputs[0].shape[-1])
        if names[index]:
            marks.append(pen.text((xs[index], low), names[index], fill=pen.beside(node)))
        low += pen.size + 3 if stagger and not index % 2 else 0
        for text in (
            count if options.tells("shape") else "",
            finishes[index],
            costs(node, options),
        ):
            if text:
                low += pen.small + 3.5
                fill = pen.beside(node, fact=True)
                marks.append(pen.text((xs[index], low), text, fact=True, fill=fill))
    width = xs[-1] + room / 2
    small = options.tells("shape") + options.tells_costs + any(finishes)
    foot = pen.size + 9 + (pen.size + 3 if stagger else 0) + (pen.small + 3.5) * small
    foot = foot if any(names) or small else 0.0
    return Drawing(marks=tuple(marks), width=width, height=tall + foot)


def _finish(node: Node, pen: Pen, room: float) -> str:
    """Return the classes that are merged into a layer: ``ReLU``."""
    kinds = [part.kind for part in node.parts if part.path != node.path]
    told = kinds if pen.options.tells("contents") and pen.options.label != "none" else []
    return pen.short(", ".join(told), room, fact=True)


def _stagger(names: list[str], pen: Pen, step: float) -> bool:
    """Say whether neighbouring names would touch, so that every other one must stand lower."""
    return any(
        (pen.width(one) + pen.width(two)) / 2 + 6 > step for one, two in itertools.pairwise(names)
    )


def _links(node: Node, before: list[float], here: list[float]) -> list[tuple[float, float]]:
    """Return which neurons are connected: all with all, or each with its own below a function."""
    roles = {part.role for part in node.parts} or {node.role}
    if "linear" not in roles and len(before) == len(here):
        return list(zip(before, here, strict=True))
    return [(one, two) for one in before for two in here]


def _column(
    pen: Pen,
    node: Node,
    at: tuple[float, float],
    shape: tuple[float, tuple[list[float], float | None]],
) -> Mark:
    x, middle = at
    size, (offsets, ellipsis) = shape
    fill, line = pen.shade(node, "fill"), pen.shade(node, "line")
    marks: list[Mark] = [
        Path(
            segments=circle(x, middle + offset, size / 2),
            fill=fill,
            stroke=line,
            width=pen.options.outline_width * 1.1,
        )
        for offset in offsets
    ]
    if ellipsis is not None:
        for shift in (-size / 4, 0.0, size / 4):
            dot = circle(x, middle + ellipsis + shift, 1.8)
            marks.append(Path(segments=dot, fill=pen.slot("fact")))
    return node_group(node, marks, pen.opacity(node))
