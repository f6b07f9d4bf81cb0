"""Rules about colours: text and shapes stand out from their ground, roles from each other."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
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
from browser.checker.paints import fill_of, is_opaque, stroke_of
from colours import SIGHTS

if TYPE_CHECKING:
    from browser.checker.figure import Figure, Ground, Shape, Words

TEXT = 4.5
SHAPE = 3.0
"""Contrast ratios that WCAG 2.2 asks for, of small text (1.4.3) and of graphics (1.4.11)."""

APART = 1.0
"""How far the colours of two roles must be apart, in just noticeable differences."""

_ROUNDING = 0.02


def text_contrast(figure: Figure) -> Iterator[str]:
    """A text has a contrast of 4.5:1 to all that is behind it."""
    ground = page_ground(figure)
    for text in figure.texts:
        pairs = {_text_colours(figure, text, item, ground) for item in text.grounds}
        ink, below = min(pairs, key=lambda pair: contrast(*pair))
        ratio = contrast(ink, below)
        if ratio < TEXT - _ROUNDING:
            colours = f"{written(ink)} on {written(below)}"
            yield f"the text {text.text!r} has a contrast of {ratio:.2f}:1 ({colours})"


def _text_colours(figure: Figure, text: Words, item: Ground, ground: Rgb) -> tuple[Rgb, Rgb]:
    shapes = [figure.shapes[number] for number in item.fills]
    below = [item for shape in shapes if shape.order < text.order for item in fill_of(shape)]
    ink = coat(text.fill, text.fill_opacity, text.veils)
    return painted([*below, *ink], ground), painted(below, ground)


def page_ground(figure: Figure) -> Rgb:
    """Return the colour of the page where the figure stands."""
    return painted(item for colour in figure.grounds for item in coat(colour, 1.0))


def shape_contrast(figure: Figure) -> Iterator[str]:
    """Each shape has an outline or a fill with a contrast of 3:1 to all that it is painted on.

    Lines are looked at all along their way: also on the boxes that they come from and lead to, but
    not where they cross another line or its head.  Boxes and swatches stand on the page, a frame or
    another box, not on what is of their own.  Bands and other marks in a box have to stand out
    from all that is beside them there.
    """
    ground = page_ground(figure)
    outer = {shape.order for _, shape in (*figure.bodies, *figure.swatches)}
    for shape in figure.shapes:
        if not figure.is_ground(shape):
            yield from _weak(figure, shape, ground, whole=shape.order in outer)


def _weak(figure: Figure, shape: Shape, ground: Rgb, *, whole: bool) -> Iterator[str]:
    """Yield what is wrong with a shape where it stands out least."""
    looks = [
        (*_ratio([*_below(figure, shape, item, whole=whole)], shape, ground), item.at)
        for item in shape.grounds
        if not _is_hidden(figure, shape, item.fills)
        and _is_border(figure, shape, item, whole=whole)
    ]
    if not looks or not (fill_of(shape) or stroke_of(shape)):
        return
    ratio, colour, under, (x, y) = min(looks)
    if ratio < SHAPE - _ROUNDING:
        where = f"({x - figure.rect[0]:.0f}, {y - figure.rect[1]:.0f})"
        told = f"{_told(figure, shape, whole=whole)} has a contrast of {ratio:.2f}:1"
        yield f"{told} ({written(colour)} on {written(under)}) at {where}"


def _ratio(below: Sequence[Coat], shape: Shape, ground: Rgb) -> tuple[float, Rgb, Rgb]:
    """Return the best contrast of a shape's paints to what is below, and both colours."""
    under = painted(below, ground)
    paints = [paint for paint in (fill_of(shape), stroke_of(shape)) if paint]
    seen = [painted([*below, *paint], ground) for paint in paints]
    best = max(seen, key=lambda colour: contrast(colour, under), default=under)
    return contrast(best, under), best, under


def _below(figure: Figure, shape: Shape, item: Ground, *, whole: bool) -> Iterator[Coat]:
    for number in sorted({*item.fills, *item.rims}):
        other = figure.shapes[number]
        kin = whole and _is_kin(shape, other) and not other.rim
        if other.order != shape.order and not kin and not other.is_head:
            yield from fill_of(other) if number in item.fills else stroke_of(other)


def _is_kin(shape: Shape, other: Shape) -> bool:
    return (shape.node, shape.entry) == (other.node, other.entry)


def _is_border(figure: Figure, shape: Shape, item: Ground, *, whole: bool) -> bool:
    """Say whether what is beside a shape there tells of it.

    What is outside of a box tells of it, not where one of its faces meets another; a band lies in
    its box, whose own outline ends it.
    """
    if shape.node is None and shape.entry is None:
        return True
    kin = [number for number in item.fills if _is_kin(shape, figure.shapes[number])]
    return not kin if whole else any(figure.shapes[number] is not shape for number in kin)


def _is_hidden(figure: Figure, shape: Shape, numbers: Iterable[int]) -> bool:
    """Say whether something lies over a shape; what is beside a mark in its box does not."""
    return any(
        other.order > shape.order
        and not (shape.node is not None and _is_kin(shape, other))
        and is_opaque(other)
        for other in (figure.shapes[number] for number in numbers)
    )


def _told(figure: Figure, shape: Shape, *, whole: bool) -> str:
    if shape.edge is not None:
        return f"the edge {shape.edge.source_id!r} → {shape.edge.target_id!r}"
    if shape.node is not None:
        box = f"the box {figure.called(shape.node)!r}"
        return box if whole else f"a mark in {box}"
    if shape.entry is not None:
        swatch = f"a swatch of the legend ({shape.entry + 1}.)"
        return swatch if whole else f"a mark in {swatch}"
    if shape.scope is not None:
        return f"the frame {figure.scopes[shape.scope].get('path', '')!r}"
    return "a line" if shape.fill == "none" else "a mark"


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
    """Yield words and colour of each entry of the legend that has a colour, however it looks.

    In a small picture of a box it is the box's own, not that of what is in it.
    """
    words = {text.entry: text.text for text in figure.texts if text.entry is not None}
    for entry, shape in figure.swatches:
        if fill_of(shape) and entry in words:
            yield words[entry], painted(fill_of(shape), ground)
