"""Lines that lie on one another are painted once, and look as if each had been painted."""

from __future__ import annotations

import random

import pytest
from PIL import Image, ImageDraw

from sphinx_visualtorch.paint.png.seen import seen
from sphinx_visualtorch.paint.png.strokes import Disc, Ink, Polygon, Stroke

INKS: tuple[Ink, ...] = ((200, 0, 0, 255), (0, 0, 200, 255), (0, 200, 0, 255))


def bar(left: int, top: int, right: int, bottom: int, ink: Ink = INKS[0]) -> Polygon:
    """Return a rectangle; the last row and column are not in it."""
    x, y = right - 1, bottom - 1
    return Polygon(((left, top), (x, top), (x, y), (left, y)), ink, (left, top, right, bottom))


def painted(drawn: list[Stroke]) -> bytes:
    """Return the samples of a small picture."""
    sheet = Image.new("RGBX", (60, 60))
    pencil = ImageDraw.Draw(sheet)
    for stroke in drawn:
        if isinstance(stroke, Polygon):
            pencil.polygon(list(stroke.points), fill=stroke.ink)
        elif isinstance(stroke, Disc):
            left, top, right, bottom = stroke.box
            pencil.ellipse((left, top, right - 1, bottom - 1), fill=stroke.ink)
    return sheet.tobytes()


@pytest.mark.parametrize("number", range(40))
def test_looks_the_same(number: int) -> None:
    chance = random.Random(number)
    drawn: list[Stroke] = []
    for _ in range(60):
        start, long, across = chance.randrange(40), chance.randrange(4, 20), chance.choice((9, 30))
        box = (start, across, start + long, across + 3)
        if chance.random() < 0.5:
            box = (box[1], box[0], box[3], box[2])
        ink = chance.choice(INKS)
        drawn.append(bar(*box, ink) if chance.random() < 0.8 else Disc(box, ink))
    kept = seen(drawn)
    assert painted(kept) == painted(drawn)
    assert len(kept) < len(drawn)


def test_a_rail_is_painted_once() -> None:
    drawn = [bar(0, 5, 10 * length, 8) for length in range(1, 1_001)]
    assert seen(drawn) == [drawn[-1]]
    # in the other order each adds its own end
    kept = seen(drawn[::-1])
    assert sum(box[2] - box[0] for box in (stroke.box for stroke in kept)) == 10_000


def test_what_is_no_opaque_bar_stays() -> None:
    slanted = Polygon(((0, 0), (9, 1), (9, 3), (0, 2)), INKS[0], (0, 0, 10, 4))
    clear = bar(0, 0, 10, 3, (0, 0, 0, 0))
    corner = Polygon(((0, 0), (9, 0), (9, 2)), INKS[0], (0, 0, 10, 3))
    for stroke in (slanted, clear, corner):
        assert seen([stroke, stroke]) == [stroke, stroke]
