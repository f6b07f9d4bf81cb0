"""Scene → what is drawn sample by sample: polygons, discs and masks of one colour each.

A sample is the unit of the canvas, some fraction of a pixel; everything here is in samples and
has whole coordinates.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from PIL import Image, ImageDraw

from sphinx_visualtorch.paint import assert_never
from sphinx_visualtorch.paint.outline import Line, Point, dashed, lines, quads, signed_area
from sphinx_visualtorch.paint.png.glyphs import run
from sphinx_visualtorch.paint.png.tiles import Box, Corners, is_empty, overlap, tiled
from sphinx_visualtorch.scene import Group, Mark, Path, Text

__all__ = ["Canvas", "Disc", "Fade", "Ink", "Mask", "Polygon", "Stroke", "ink_of", "strokes"]

Ink: TypeAlias = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Polygon:
    """The area up to and including the samples at its corners."""

    points: Corners
    ink: Ink
    box: Box


@dataclass(frozen=True, slots=True)
class Disc:
    """The ellipse inside its box."""

    box: Box
    ink: Ink


@dataclass(frozen=True, slots=True)
class Mask:
    """One colour through a grey mask, which is as large as its box."""

    mask: Image.Image
    ink: Ink
    box: Box


@dataclass(frozen=True, slots=True)
class Fade:
    """Strokes that show through as a whole; *opacity* is 0–1, *tiles* is where they are."""

    strokes: tuple[Stroke, ...]
    opacity: float
    box: Box
    tiles: tuple[Box, ...]


Stroke: TypeAlias = Polygon | Disc | Mask | Fade
"""What is drawn, in samples.  A box is left, top, right, bottom, the last two exclusive."""


def ink_of(value: str) -> Ink:
    """Return the channels of ``#rrggbb``, or nothing at all for ``none``."""
    if value == "none":
        return 0, 0, 0, 0
    return int(value[1:3], 16), int(value[3:5], 16), int(value[5:7], 16), 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Canvas:
    """What is drawn on: the colours of all slots, the samples per px, and the canvas's own box."""

    inks: Mapping[str, Ink]
    scale: float
    box: Box


def strokes(marks: tuple[Mark, ...], canvas: Canvas) -> Iterator[Stroke]:
    """Yield what is drawn for *marks*, in their order, as far as it is on the canvas."""
    for mark in marks:
        match mark:
            case Group():
                yield from _faded(strokes(mark.marks, canvas), mark.opacity, canvas)
            case Path():
                yield from _faded(_seen(_path(mark, canvas), canvas), mark.opacity, canvas)
            case Text():
                yield from _seen(_text(mark, canvas), canvas)
            case _:
                assert_never(mark)


def _seen(drawn: Iterable[Stroke], canvas: Canvas) -> Iterator[Stroke]:
    return (stroke for stroke in drawn if not is_empty(overlap(stroke.box, canvas.box)))


def _faded(drawn: Iterable[Stroke], opacity: float, canvas: Canvas) -> Iterator[Stroke]:
    if opacity >= 1:
        yield from drawn
        return
    held = tuple(drawn)
    if held and opacity > 0:
        box = overlap(_around(held), canvas.box)
        yield Fade(held, opacity, box, tiled(_shapes(held), box))


def _shapes(held: Iterable[Stroke]) -> Iterator[tuple[Box, Corners]]:
    for stroke in held:
        match stroke:
            case Polygon():
                yield stroke.box, stroke.points
            case Disc() | Mask():
                yield stroke.box, ()
            case Fade():
                yield from ((tile, ()) for tile in stroke.tiles)
            case _:
                assert_never(stroke)


def _around(held: Sequence[Stroke]) -> Box:
    left, top, right, bottom = zip(*(stroke.box for stroke in held), strict=True)
    return min(left), min(top), max(right), max(bottom)


def _path(path: Path, canvas: Canvas) -> Iterator[Stroke]:
    outline = lines(path.segments, canvas.scale)
    fill, stroke = canvas.inks[path.fill], canvas.inks[path.stroke]
    if fill[3]:
        yield from _area(outline, fill, canvas)
    width = path.width * canvas.scale
    if stroke[3] and width > 0:
        dash = tuple(part * canvas.scale for part in path.dash)
        for line in outline:
            for piece in dashed(line, dash) if dash else [line]:
                yield from _line(piece, width, stroke)


def _area(outline: list[Line], ink: Ink, canvas: Canvas) -> Iterator[Stroke]:
    closed = [line for line in outline if len(line.points) > 2]
    polygons = [_polygon(_snapped(line.points), ink) for line in closed]
    areas = [signed_area(line) for line in closed]
    if min(areas, default=0) < 0 < max(areas, default=0):
        box = overlap(_around(polygons), canvas.box)
        if not is_empty(box):
            yield _with_holes(polygons, areas, box)
    else:
        yield from polygons


def _with_holes(polygons: list[Polygon], areas: list[float], box: Box) -> Mask:
    """Fill by the nonzero rule of SVG: what runs against the outline around it is a hole."""
    left, top, right, bottom = box
    mask = Image.new("L", (right - left, bottom - top))
    draw = ImageDraw.Draw(mask)
    largest = max(areas, key=abs)
    for area, polygon in sorted(zip(areas, polygons, strict=True), key=lambda pair: -abs(pair[0])):
        corners = [(x - left, y - top) for x, y in polygon.points]
        draw.polygon(corners, fill=255 if area * largest > 0 else 0)
    return Mask(mask, polygons[0].ink, box)


def _line(line: Line, width: float, ink: Ink) -> Iterator[Stroke]:
    """Yield a stroke with round joins and butt ends."""
    for corners in quads(line, max(width - 1, 0), 0.5):
        yield _polygon(tuple((_sample(x), _sample(y)) for x, y in corners), ink)
    across = max(1, round(width))
    for x, y in line.points if line.closed else line.points[1:-1]:
        left, top = _sample(x - width / 2 + 0.5), _sample(y - width / 2 + 0.5)
        yield Disc((left, top, left + across, top + across), ink)


def _text(text: Text, canvas: Canvas) -> Iterator[Stroke]:
    ink, scale = canvas.inks[text.fill], canvas.scale
    if not ink[3] or not text.text.strip():
        return
    width = text.width * scale
    shift = {"start": 0.0, "middle": width / 2, "end": width}[text.anchor]
    letters = run(text.text, text.size * scale, width, bold=text.bold).rotated(text.rotate)
    turn = math.radians(text.rotate)
    left = round(text.x * scale - shift * math.cos(turn) - letters.x)
    top = round(text.y * scale - shift * math.sin(turn) - letters.y)
    yield Mask(letters.mask, ink, (left, top, left + letters.mask.width, top + letters.mask.height))


def _sample(value: float) -> int:
    """Return the sample whose middle is nearest to *value*."""
    return math.floor(value)


def _snapped(points: tuple[Point, ...]) -> Corners:
    """Return the samples at the corners of an area.

    Pillow fills up to and including the corners, so they move inwards by half a sample.
    """
    middle_x = (min(x for x, _ in points) + max(x for x, _ in points)) / 2
    middle_y = (min(y for _, y in points) + max(y for _, y in points)) / 2
    return tuple((round(x) - (x > middle_x), round(y) - (y > middle_y)) for x, y in points)


def _polygon(points: Corners, ink: Ink) -> Polygon:
    across, down = [x for x, _ in points], [y for _, y in points]
    return Polygon(points, ink, (min(across), min(down), max(across) + 1, max(down) + 1))
