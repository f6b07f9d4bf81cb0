"""How much of a model a figure shows: as much as fits the page, and less where it would not.

A figure that came out too tall, or too wide, is drawn again with fewer boxes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, islice

from sphinx_visualtorch.graph import ArchitectureGraph
from sphinx_visualtorch.options import GraphOptions, LayeredOptions, LenetOptions, StyleOptions
from sphinx_visualtorch.scene import Scene, scaled
from sphinx_visualtorch.transforms.prepare import Boxes, Cleaned, choose, clean, usual_budget

__all__ = ["fitted"]

_SLACK = 0.5  # px
_FEWEST = 8  # boxes: a figure is not cut down further by itself


def fitted(graph: ArchitectureGraph, style: str, options: StyleOptions) -> Scene:
    """Return the drawing: one that would be too tall, or too wide, shows fewer boxes instead."""
    if options.zoom != 1.0:  # drawn for less room, then enlarged
        most = (options.max_width, options.max_height)
        wide, high = (None if size is None else size / options.zoom for size in most)
        plain = replace(options, max_width=wide, max_height=high, zoom=1.0)
        return scaled(fitted(graph, style, plain), options.zoom)
    cleaned, budget = clean(graph, style, options), usual_budget(style, options)
    tried: list[tuple[float, Scene]] = []
    for boxes in _choices(cleaned, budget):
        drawn = _drawn(boxes, options)
        if not tried and _U not in drawn.data:
            u = _smaller_u(cleaned, budget, boxes)
            if u is not None:
                return u
        tried.append((_excess(drawn, options), drawn))
        if not tried[-1][0]:
            break
    return min(tried, key=lambda pair: pair[0])[1]


_U = ("arrange", "u")


def _smaller_u(cleaned: Cleaned, budget: int, first: Boxes) -> Scene | None:
    """Return an encoder-decoder that is a U where it shows less than the *first* choice.

    Blocks of one kind are closed on both sides before one side is; by itself a U shows no less
    than half of the first choice.
    """
    from sphinx_visualtorch.layout.arrange import wants_u
    from sphinx_visualtorch.layout.recognise import recognise

    options = cleaned.options
    if not wants_u(options) or recognise(first.graph) is None:
        return None
    open_kinds = Counter(scope.kind for scope in first.graph.scopes[1:])
    even = (choose(cleaned, budget, shut=kind) for kind, _ in open_kinds.most_common(2))
    less = islice(_choices(cleaned, budget), 1, None)
    for boxes in chain(even, less) if _is_free(options) else less:
        if options.arrange == "auto" and 2 * len(boxes.graph.nodes) < len(first.graph.nodes):
            continue
        drawn = _drawn(boxes, options)
        if _U in drawn.data and not _excess(drawn, options):
            return drawn
    return None


def _is_free(options: StyleOptions) -> bool:
    """Say whether the author left it to us how much a figure shows."""
    return options.depth is None and options.budget is None and options.max_width is not None


def _choices(cleaned: Cleaned, budget: int) -> Iterator[Boxes]:
    """Yield the boxes of a figure, then ever less of it; it is left alone if the author chose."""
    options = cleaned.options
    free = _is_free(options)
    fewest = _FEWEST if options.max_height is None else 1  # whoever gives a height means it
    before = None
    while True:
        boxes = choose(cleaned, budget)
        if boxes != before:  # a thousand inputs are no fewer boxes with a lower budget
            yield boxes
            if free and boxes.detail is not None and options.detail == "auto":
                yield replace(boxes, detail=None)
        before = boxes
        if not free or budget <= fewest:
            return
        budget = budget * 3 // 4


def _excess(drawn: Scene, options: StyleOptions) -> float:
    """Return by which part of what it may have a drawing is too high or too wide, at least 0."""
    from sphinx_visualtorch.layout.finish import LOW, TALL

    wide = options.max_width or drawn.width
    high = options.max_height or max(TALL * drawn.width, LOW)
    return max(0.0, (drawn.height - _SLACK) / high - 1, (drawn.width - _SLACK) / wide - 1)


def _drawn(boxes: Boxes, options: StyleOptions) -> Scene:
    match options:
        case LayeredOptions():
            from sphinx_visualtorch.layout.layered import layered

            return layered(boxes.graph, options, boxes.detail)
        case LenetOptions():
            from sphinx_visualtorch.layout.lenet import lenet

            return lenet(boxes.graph, options, boxes.detail)
        case GraphOptions():
            from sphinx_visualtorch.layout.graph import graph as node_link

            return node_link(boxes.graph, options, boxes.detail)
