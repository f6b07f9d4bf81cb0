"""The panel below a figure: the inside of one of its boxes, tied to it by thin lines.

It shows again what a box of the figure stands for.  Its boxes are therefore no boxes of the open
interface, and nothing is counted twice.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

from sphinx_visualtorch.graph.detail import Detail
from sphinx_visualtorch.layout.boxes import BoxLook
from sphinx_visualtorch.layout.compose import GLYPH, Measure, compose
from sphinx_visualtorch.layout.diagram import Drawing, Point, Spacing
from sphinx_visualtorch.layout.pen import Pen, polygon
from sphinx_visualtorch.layout.ties import way_down
from sphinx_visualtorch.layout.words import path_text
from sphinx_visualtorch.options import FigureOptions, GraphOptions
from sphinx_visualtorch.scene import Bounds, Group, Mark, Path, moved

__all__ = ["with_panel"]

_GAP = 22.0  # px between a figure and its panel, where the lines between them run
_PART = 7.0  # px below a figure at which lines part that come from a higher row
_BELOW = 2.0  # px below a box of the last row at which its lines begin
_ROUND = 9.0  # px from a corner at which a line meets the panel


def with_panel(drawing: Drawing, detail: Detail, pen: Pen) -> Drawing:
    """Return *drawing* with the panel of *detail* below it, both in the middle."""
    detail = _nearest(detail, drawing)
    panel = _panel(detail, pen)
    width = max(drawing.width, panel.width)
    left, inset = (width - drawing.width) / 2, (width - panel.width) / 2
    top = drawing.height + _GAP
    spot = drawing.spots.get(detail.anchor)
    corners = ((inset + _ROUND, top), (inset + panel.width - _ROUND, top))
    ties = [] if spot is None else _ties(pen, _lines(drawing, spot, left), corners)
    return dataclasses.replace(
        drawing,
        marks=(*moved(drawing.marks, left, 0.0), *ties, *moved(panel.marks, inset, top)),
        width=width,
        height=top + panel.height,
    )


def _nearest(detail: Detail, drawing: Drawing) -> Detail:
    """Return the detail whose box stands lowest, nearest to the panel."""
    choices = [one for one in (detail, detail.last) if one is not None]
    shown = [one for one in choices if one.anchor in drawing.spots]
    return max(shown, key=lambda one: drawing.spots[one.anchor].bottom, default=detail)


def _is_low(spot: Bounds, others: Iterable[Bounds]) -> bool:
    """Say whether no box stands lower, so that lines from here downwards cross none."""
    return all(other.top < spot.bottom for other in others)


def _lines(drawing: Drawing, spot: Bounds, left: float) -> list[tuple[Point, ...]]:
    """Return the ways from the box at *spot* to below *drawing*, which is moved by *left*.

    From the last row there are two, from the box's sides.
    """
    if _is_low(spot, drawing.spots.values()):
        ways: list[tuple[Point, ...]] = [
            ((x, drawing.height + _BELOW),) for x in (spot.left, spot.right)
        ]
    else:
        way = way_down(drawing, spot)
        # they part a bit lower than the last row, whose boxes stand beside the way
        way = (*way, (way[-1][0], way[-1][1] + _PART)) if way else ()
        ways = [way, way[-1:]] if way else []
    return [tuple((x + left, y) for x, y in way) for way in ways]


def _ties(pen: Pen, ways: Sequence[tuple[Point, ...]], corners: tuple[Point, Point]) -> list[Mark]:
    """Return the lines from a box, and what is written below it, to the panel's corners."""
    segments = tuple(
        part
        for way, corner in zip(ways, corners, strict=False)
        for part in polygon((*way, corner), closed=False)
    )
    if not segments:
        return []
    return [Path(segments=segments, stroke=pen.slot("hint"), width=0.8, dash=(2.5, 2.5))]


def _panel(detail: Detail, pen: Pen) -> Drawing:
    """Return the inside of a block as boxes and links in a frame."""
    scope = detail.scope
    title = pen.look(scope).label or " · ".join(dict.fromkeys((scope.kind, path_text(scope))))
    graph = dataclasses.replace(detail.graph, name=title)
    # its skips are no signs of the figure: there they need no word beside the arrow
    inner = dataclasses.replace(pen, options=_as_boxes(pen.options), signs={})
    look = BoxLook(inner, _as_boxes(pen.options), GLYPH)

    def style(measure: Measure) -> tuple[BoxLook, Spacing]:
        return look, Spacing(columns=max(16.0, 22.0 * measure.tightness), lanes=12.0)

    framed = {inner.id for inner in graph.scopes if inner.repeat > 1}
    drawing = compose(graph, style, framed, ports=True)
    if "times" in inner.signs:
        pen.signs["times"] = None
    box = (0.0, 0.0, drawing.width, drawing.height)
    border = inner.border(box, scope, (inner.short(title, drawing.width - 24), 10.0))
    data = (("path", scope.path), ("kind", scope.kind))
    frame = Group(marks=tuple(border), role="inner-scope", data=data)
    marks = (frame, *map(_shown_again, drawing.marks))
    group = Group(marks=marks, role="detail", data=data)
    return Drawing(marks=(group,), width=drawing.width, height=drawing.height)


def _as_boxes(options: FigureOptions) -> GraphOptions:
    """Return the options of the figure as the panel's: those that all styles have."""
    if isinstance(options, GraphOptions):
        return options
    common = {
        field.name: getattr(options, field.name) for field in dataclasses.fields(FigureOptions)
    }
    return GraphOptions(**{**common, "opacity": GraphOptions().opacity})


_COUNTS = ("calls", "params", "flops", "repeat")


def _shown_again(mark: Mark) -> Mark:
    """Return a mark as one of the inside: what is shown a second time carries no counts."""
    match mark:
        case Group():
            marks: Sequence[Mark] = [_shown_again(inner) for inner in mark.marks]
            data = tuple(pair for pair in mark.data if pair[0] not in _COUNTS)
            return dataclasses.replace(mark, marks=tuple(marks), role=_inner(mark.role), data=data)
        case Path():
            return dataclasses.replace(mark, role=_inner(mark.role))
        case _:
            return mark


def _inner(role: str) -> str:
    return f"inner-{role}" if role else ""
