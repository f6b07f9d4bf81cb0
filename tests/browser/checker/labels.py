"""Rules about texts: large enough, apart from each other, whole, and not on anybody's border."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from browser.checker.paints import is_opaque
from browser.checker.shapes import (
    Line,
    Rect,
    bounds,
    inside,
    meet,
    middle,
    overlap,
    runs_into,
    shrunk,
)

if TYPE_CHECKING:
    from browser.checker.figure import Figure, Scroller, Shape, Words

SMALLEST = 9.0
"""CSS px of type."""

_TOUCH = 0.3  # px by which the ink of two texts may reach into each other: rounding
_SLACK = 0.75  # px by which a text may reach over a line beside it


def small_text(figure: Figure) -> Iterator[str]:
    """No text is smaller than 9 px as shown."""
    for text in figure.texts:
        if text.size < SMALLEST - 0.005:
            yield f"{_told(text)} is shown at {text.size:.2f} px, {SMALLEST:g} px are wanted"


def label_overlap(figure: Figure) -> Iterator[str]:
    """No two texts overlap."""
    boxed = sorted(((bounds(text.quad), text) for text in figure.texts), key=lambda pair: pair[0])
    for index, (rect, text) in enumerate(boxed):
        for other_rect, other in boxed[index + 1 :]:
            if other_rect[0] > rect[2]:
                break
            if meet(rect, other_rect) and (depth := overlap(text.quad, other.quad)) > _TOUCH:
                yield f"{_told(text)} and {_told(other)} overlap by {depth:.1f} px"


def clipped(figure: Figure) -> Iterator[str]:
    """No text leaves the figure or is cut off."""
    for text in figure.texts:
        if beyond := _beyond(bounds(text.quad), figure.rect):
            yield f"{_told(text)} leaves the figure by {beyond:.1f} px"
        elif figure.scroller is None and any(
            _beyond(bounds(text.quad), clip) for clip in figure.clips
        ):
            yield f"{_told(text)} is cut off by what is around the figure"
    if figure.scroller is not None:
        yield from _cut(figure, figure.scroller)


def _cut(figure: Figure, scroller: Scroller) -> Iterator[str]:
    """Yield what cannot be reached by scrolling."""
    left, top, right, low = scroller.rect
    if scroller.content_height > scroller.height + 1:
        missing = scroller.content_height - scroller.height
        yield f"the figure is cut off below: {missing:.0f} px are left out"
    ends = left, top, left + max(scroller.content_width, scroller.width), low
    if beyond := _beyond(figure.rect, ends):
        yield f"the figure cannot be scrolled to its ends: {beyond:.1f} px are beyond"
    if any(_beyond((left, top, right, low), clip) for clip in figure.clips):
        yield "what the figure is scrolled in is cut off by what is around it"


def _beyond(inner: Rect, outer: Rect) -> float:
    """Return by how many px a rectangle leaves another, 0 where it does not."""
    most = max(outer[0] - inner[0], outer[1] - inner[1], inner[2] - outer[2], inner[3] - outer[3])
    return most if most > 0.5 else 0.0


def foreign_border(figure: Figure) -> Iterator[str]:
    """No text lies on the border of a box or frame that is not its own, or in such a box."""
    frames = [
        (shape.scope, shape)
        for shape in figure.shapes
        if shape.scope is not None and shape.stroke != "none"
    ]
    for text in figure.texts:
        quad = shrunk(text.quad, _SLACK)
        rect = bounds(quad)
        for node, shape in figure.bodies:
            if node != text.node and meet(rect, shape.rect) and _lies_on(quad, shape):
                yield f"{_told(text)} lies on the box {figure.called(node)!r}"
        for scope, shape in frames:
            if scope == text.scope or not meet(rect, shape.rect):
                continue
            if any(runs_into(line, quad) for line in shape.outline) and not _is_hidden(
                figure, text, shape
            ):
                path = figure.scopes[scope].get("path", "")
                yield f"{_told(text)} lies on the border of the frame {path!r}"


def _lies_on(quad: Line, shape: Shape) -> bool:
    if any(runs_into(line, quad) for line in shape.outline):
        return True
    return any(inside(middle(quad), line) for line in shape.outline)


def struck_label(figure: Figure) -> Iterator[str]:
    """No line runs through a text."""
    lines = [shape for shape in figure.shapes if shape.is_loose and shape.stroke != "none"]
    for text in figure.texts:
        quad = shrunk(text.quad, _SLACK)
        rect = bounds(quad)
        for shape in lines:
            if not meet(rect, _grown(shape), -0.01) or _is_hidden(figure, text, shape):
                continue
            if any(runs_into(line, quad) for line in shape.outline):
                ends = shape.edge
                line = f"{ends.source!r} → {ends.target!r}" if ends else "of no edge"
                yield f"{_told(text)} is struck through by the line {line}"
                break


def _grown(shape: Shape) -> Rect:
    left, top, right, low = shape.rect
    return left - 0.5, top - 0.5, right + 0.5, low + 0.5


def covered_label(figure: Figure) -> Iterator[str]:
    """Nothing is painted over a text."""
    for text in figure.texts:
        above = {
            number
            for ground in text.grounds
            for number in ground.fills
            if figure.shapes[number].order > text.order and is_opaque(figure.shapes[number])
        }
        if above:
            yield f"{_told(text)} is painted over by {len(above)} shape(s)"


def _is_hidden(figure: Figure, text: Words, line: Shape) -> bool:
    """Say whether something opaque lies between a text and a line below it, all along the text."""
    return all(
        any(
            line.order < figure.shapes[number].order < text.order
            and is_opaque(figure.shapes[number])
            for number in ground.fills
        )
        for ground in text.grounds
    )


def _told(text: Words) -> str:
    return f"the text {text.text!r}"
