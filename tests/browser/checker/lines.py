"""Rules about edges: they keep out of other boxes, and arrows have heads."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from browser.checker.figure import Ends, Figure, Shape, node_id
from browser.checker.shapes import Line, Point, distance, inside, is_bent, meet, steps

_DEEP = 1.0  # px that a line may be inside of a box at its border
_REACH = 3.0  # px between the end of a line and its head
_NEAR_TARGET = 16.0  # px between the end of a line and its target: a head
_TAG = 60.0  # px that a box may be long that stands on a way


def edge_through_box(figure: Figure) -> Iterator[str]:
    """No edge crosses a box that is not its own.

    In the graph style this holds for all edges, in the others for those that are arrows: dashed
    lines from body to body are no edges to be followed with the eye.  Lines that are no edges, such
    as those to a panel, cross no box at all.
    """
    yield from _strays(figure)
    arrows = {shape.order for _, shape in _arrows(figure)}
    for ends, edge in figure.edges:
        if figure.style != "graph" and edge.dashed and edge.order not in arrows:
            continue
        crossed = {
            node: point
            for node, body in figure.bodies
            if not _is_own(figure.nodes[node], ends) and (point := _entry(edge, body))
        }
        for node, (x, y) in crossed.items():
            where = f"({x - figure.rect[0]:.0f}, {y - figure.rect[1]:.0f})"
            yield f"{_told(ends)} runs through the box {figure.called(node)!r} at {where}"


def _strays(figure: Figure) -> Iterator[str]:
    for line in figure.shapes:
        if line.is_loose and line.edge is None and line.fill == "none" and not line.rim:
            for node, body in figure.bodies:
                if point := _entry(line, body):
                    where = f"({point[0] - figure.rect[0]:.0f}, {point[1] - figure.rect[1]:.0f})"
                    yield f"a line runs through the box {figure.called(node)!r} at {where}"


def _is_own(node: Mapping[str, str], ends: Ends) -> bool:
    return node_id(node) in (ends.source_id, ends.target_id)


def _entry(edge: Shape, body: Shape) -> Point | None:
    """Return a point of an edge well inside a body, None if there is none."""
    if not meet(_grown(edge.rect), body.rect):
        return None
    left, top, right, low = body.rect
    for line in edge.outline:
        for point in steps(line, 2.0):
            if left < point[0] < right and top < point[1] < low and _is_deep(point, body.outline):
                return point
    return None


def _grown(rect: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    return rect[0] - 1, rect[1] - 1, rect[2] + 1, rect[3] + 1


def _is_deep(point: Point, outline: tuple[Line, ...]) -> bool:
    return any(inside(point, line) and distance(point, line) > _DEEP for line in outline)


def no_arrow_head(figure: Figure) -> Iterator[str]:
    """An arrow has a head at its end, and in the graph style it ends at its target."""
    heads = [shape for shape in figure.shapes if shape.is_head]
    headed = [edge for _, edge in figure.edges if edge.marker or _has_head(edge, heads)]
    for ends, edge in _arrows(figure):
        further = [
            other.outline[0]
            for after, other in figure.edges
            if after.source_id == ends.target_id and other in headed
        ]
        end = edge.outline[-1][-1]
        where = f"({end[0] - figure.rect[0]:.0f}, {end[1] - figure.rect[1]:.0f})"
        if edge not in headed and not any(_goes_on(edge.outline[-1], line) for line in further):
            yield f"{_told(ends)} has no arrow head at its end {where}"
        elif figure.style == "graph" and not _has_arrived(figure, ends, end):
            yield f"{_told(ends)} ends at {where}, where its target is not"


def _has_arrived(figure: Figure, ends: Ends, end: Point) -> bool:
    return any(
        inside(end, line) or distance(end, line) <= _NEAR_TARGET
        for node, body in figure.bodies
        if node_id(figure.nodes[node]) == ends.target_id
        for line in body.outline
    )


def _has_head(edge: Shape, heads: Sequence[Shape]) -> bool:
    return any(_is_at(edge.outline[-1][-1], head) for head in heads)


def _goes_on(line: Line, further: Line) -> bool:
    """Say whether a line goes straight on as another, behind a small box that stands on the way."""
    (x1, y1), (x2, y2) = line[-2:] if len(line) > 1 else (line[0], line[0])
    dx, dy = further[0][0] - x2, further[0][1] - y2
    length = math.dist((x1, y1), (x2, y2)) or 1.0
    ux, uy = (x2 - x1) / length, (y2 - y1) / length
    return 0 <= dx * ux + dy * uy <= _TAG and abs(dx * uy - dy * ux) <= _REACH


def _is_at(end: Point, head: Shape) -> bool:
    if not meet((end[0], end[1], end[0], end[1]), _near(head.rect), -0.01):
        return False
    return any(inside(end, line) or distance(end, line) <= _REACH for line in head.outline)


def _near(rect: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    return rect[0] - _REACH, rect[1] - _REACH, rect[2] + _REACH, rect[3] + _REACH


def _arrows(figure: Figure) -> Iterator[tuple[Ends, Shape]]:
    """Yield the edges that have to be followed with the eye.

    In the graph style these are all but the many straight lines between neurons.  In the others
    they are the skip connections, beside which there is a longer way from box to box: straight
    lines between neighbours (funnels, pyramids) say themselves where they lead, and a way may go
    on behind a box that stands on it.
    """
    after: dict[str, list[str]] = {}
    for ends, _ in figure.edges:
        after.setdefault(ends.source_id, []).append(ends.target_id)
    for ends, edge in figure.edges:
        fan = len(edge.outline) > 1 and not any(map(is_bent, edge.outline))
        if (figure.style == "graph" and not fan) or _is_skip(ends, after):
            yield ends, edge


def _is_skip(ends: Ends, after: Mapping[str, list[str]]) -> bool:
    """Say whether there is another way from source to target, over other boxes."""
    seen = {ends.source_id}
    ahead = [box for box in after[ends.source_id] if box != ends.target_id]
    while ahead:
        box = ahead.pop()
        if box == ends.target_id:
            return True
        if box not in seen:
            seen.add(box)
            ahead += after.get(box, [])
    return False


def _told(ends: Ends) -> str:
    return f"the edge {ends.source_id!r} → {ends.target_id!r}"
