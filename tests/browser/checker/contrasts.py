"""Rules about colours: text and shapes stand out from their ground, roles from each other."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from browser.checker.colours import (
    Coat,
    Rgb,
    apart,
    coat,
    contrast,
    painted,
    written,
)
from browser.checker.figure import node_id
from colours import SIGHTS

if TYPE_CHECKING:
    from browser.checker.figure import Figure, Shape, Words

TEXT = 4.5
SHAPE = 3.0
"""Contrast ratios that WCAG 2.2 asks for, of small text (1.4.3) and of graphics (1.4.11)."""

APART = 1.0
"""How far the colours of two roles must be apart, in just noticeable differences."""

_FINE = 0.5  # px below which a stroke is too thin to carry a contrast
_ROUNDING = 0.02


def text_contrast(figure: Figure) -> Iterator[str]:
    """A text has a contrast of 4.5:1 to what is behind it."""
    ground = page_ground(figure)
    for text in figure.texts:
        pairs = {_text_colours(figure, text, numbers, ground) for numbers in text.grounds}
        ink, below = min(pairs, key=lambda pair: contrast(*pair))
        ratio = contrast(ink, below)
        if ratio < TEXT - _ROUNDING:
            colours = f"{written(ink)} on {written(below)}"
            yield f"the text {text.text!r} has a contrast of {ratio:.2f}:1 ({colours})"


def _text_colours(
    figure: Figure, text: Words, numbers: Iterable[int], ground: Rgb
) -> tuple[Rgb, Rgb]:
    shapes = [figure.shapes[number] for number in numbers]
    below = [item for shape in shapes if shape.order < text.order for item in _fill(shape)]
    ink = coat(text.fill, text.fill_opacity, text.veils)
    return painted([*below, *ink], ground), painted(below, ground)


def page_ground(figure: Figure) -> Rgb:
    """Return the colour of the page where the figure stands."""
    return painted(item for colour in figure.grounds for item in coat(colour, 1.0))


def shape_contrast(figure: Figure) -> Iterator[str]:
    """Each shape has an outline or a fill with a contrast of 3:1 to its ground."""
    ground = page_ground(figure)
    for node, shape in figure.bodies:
        yield from _weak(figure, shape, ground, f"the box {figure.called(node)!r}")
    for entry, shape in figure.swatches:
        yield from _weak(figure, shape, ground, f"a swatch of the legend ({entry + 1}.)")
    for shape in figure.shapes:
        if shape.scope is not None and shape.stroke != "none":
            name = figure.scopes[shape.scope].get("path", "")
            yield from _weak(figure, shape, ground, f"the frame {name!r}")
        elif shape.edge is not None:
            told = f"the edge {shape.edge.source_id!r} → {shape.edge.target_id!r}"
            yield from _weak(figure, shape, ground, told)
        elif shape.is_loose and shape.stroke != "none":
            yield from _weak(figure, shape, ground, "a line")


def _weak(figure: Figure, shape: Shape, ground: Rgb, told: str) -> Iterator[str]:
    """Yield what is wrong with the contrast of a shape to what is painted before it.

    What is outlined may also be told by its outline around its own inside.
    """
    below = [
        item
        for number in shape.grounds
        for other in (figure.shapes[number],)
        if other.order < shape.order and _is_ground(figure, other, shape)
        for item in _fill(other)
    ]
    under = painted(below, ground)
    inside = painted([*below, *_fill(shape)], ground)
    outline = painted([*below, *_fill(shape), *_stroke(shape)], ground)
    pairs = [(inside, under)] if _fill(shape) else []
    if _stroke(shape):
        pairs += [(painted([*below, *_stroke(shape)], ground), under), (outline, inside)]
    if not pairs:
        return
    best, other = max(pairs, key=lambda pair: contrast(*pair))
    ratio = contrast(best, other)
    if ratio < SHAPE - _ROUNDING:
        yield f"{told} has a contrast of {ratio:.2f}:1 ({written(best)} on {written(other)})"


def _is_ground(figure: Figure, below: Shape, shape: Shape) -> bool:
    """Say whether a shape has to stand out from what is below it.

    Bodies may stand before each other, and an edge has arrived where it runs over its own box.
    """
    if below.node is None:
        return True
    own = shape.edge is not None and node_id(figure.nodes[below.node]) in (
        shape.edge.source_id,
        shape.edge.target_id,
    )
    return shape.is_loose and not own


def _fill(shape: Shape) -> list[Coat]:
    return coat(shape.fill, shape.fill_opacity, shape.veils)


def _stroke(shape: Shape) -> list[Coat]:
    if shape.stroke_width < _FINE:
        return []
    return coat(shape.stroke, shape.stroke_opacity, shape.veils)


def colour_blind(figure: Figure) -> Iterator[str]:
    """Any two entries of a legend have colours that everybody can tell apart."""
    ground = page_ground(figure)
    for (one, first), (two, second) in itertools.combinations(_swatches(figure, ground), 2):
        sight = min(SIGHTS, key=lambda sight: apart(first, second, sight))
        found = apart(first, second, sight)
        if found < APART - _ROUNDING:
            colours = f"{written(first)} and {written(second)}"
            yield (
                f"{one!r} and {two!r} in the legend ({colours}) differ by {found:.2f} noticeable "
                f"differences to {sight} sight"
            )


def _swatches(figure: Figure, ground: Rgb) -> Iterator[tuple[str, Rgb]]:
    """Yield words and colour of each entry of the legend that tells what a colour means.

    Its swatch is one square.  Longer or several ones are small pictures of boxes, which show how
    boxes are made up, or that one stands for many.
    """
    words = {text.entry: text.text for text in figure.texts if text.entry is not None}
    for entry, text in sorted(words.items()):
        filled = [shape for shape in figure.shapes if shape.entry == entry and _fill(shape)]
        if len(filled) == 1 and _is_square(filled[0]):
            yield text, painted(_fill(filled[0]), ground)


def _is_square(shape: Shape) -> bool:
    left, top, right, low = shape.rect
    return abs((right - left) - (low - top)) < 1
