"""The checker's own arithmetic, against values that are known."""

from __future__ import annotations

import pytest
from browser.checker.colours import (
    WHITE,
    Coat,
    apart,
    contrast,
    painted,
    parsed,
    written,
)
from browser.checker.shapes import distance, inside, is_bent, overlap, runs_into, shrunk, steps

BLACK = (0.0, 0.0, 0.0)
RED = (1.0, 0.0, 0.0)
SQUARE = ((0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0))
DIAMOND = ((19.0, 3.0), (29.0, 13.0), (19.0, 23.0), (9.0, 13.0))


def test_colours_are_read_as_browsers_write_them() -> None:
    assert parsed("rgb(255, 0, 0)") == (RED, 1.0)
    assert parsed("rgba(255, 0, 0, 0.5)") == (RED, 0.5)
    assert parsed("rgb(255 0 0 / 0.5)") == (RED, 0.5)
    assert parsed("rgba(0, 0, 0, 0)") is None
    assert parsed("none") is None
    with pytest.raises(ValueError, match="lab"):
        parsed("lab(50 0 0)")


def test_contrast_of_wcag() -> None:
    assert contrast(WHITE, BLACK) == pytest.approx(21)
    grey = tuple(0x76 / 255 for _ in range(3))
    # the lightest grey that WCAG's own examples allow on white
    assert contrast(WHITE, grey) == pytest.approx(4.54, abs=0.01)


def test_a_group_is_painted_before_it_is_laid_on() -> None:
    half = ((1, 0.5),)
    both = [Coat(BLACK, 1.0, half), Coat(RED, 1.0, half)]
    assert written(painted(both)) == "#ff8080"
    apart = [Coat(BLACK, 0.5), Coat(RED, 0.5)]
    assert written(painted(apart)) == "#bf4040"


def test_how_far_small_marks_must_differ() -> None:
    grey = (0.5, 0.5, 0.5)
    # 7.3 steps of L* for a mark of a third of a degree
    lighter, step = (0.577, 0.577, 0.577), 0.01
    assert apart(grey, lighter) == pytest.approx(1, abs=0.03)
    assert apart(grey, tuple(value + step for value in grey)) < 0.2


def test_who_mixes_up_red_and_green() -> None:
    red, green = (0.75, 0.35, 0.25), (0.45, 0.5, 0.2)
    assert apart(red, green) > 3
    assert apart(red, green, "deuteranopia") < 1 < apart(red, green, "tritanopia")


def test_overlap_of_turned_quadrangles() -> None:
    assert overlap(SQUARE, ((8.0, 8.0), (18.0, 8.0), (18.0, 18.0), (8.0, 18.0))) == pytest.approx(2)
    # their rectangles meet, they do not
    assert overlap(SQUARE, DIAMOND) < 0
    assert overlap(SQUARE, shrunk(SQUARE, 2.0)) > 5
    assert shrunk(SQUARE, 2.0)[0] == pytest.approx((2, 2))
    assert shrunk(SQUARE, 50.0)[0] == pytest.approx((5, 5))


def test_lines_and_outlines() -> None:
    assert inside((5.0, 5.0), SQUARE)
    assert not inside((11.0, 5.0), DIAMOND)
    assert distance((5.0, -3.0), SQUARE) == 3
    assert runs_into(((-5.0, 5.0), (15.0, 5.0)), SQUARE)
    assert not runs_into(((-6.0, 6.0), (6.0, -7.0)), SQUARE)
    assert len(list(steps(((0.0, 0.0), (10.0, 0.0)), 2.0))) == 6
    assert is_bent(((0.0, 0.0), (5.0, 0.0), (5.0, 5.0)))
    assert not is_bent(((0.0, 0.0), (5.0, 0.0), (10.0, 0.5)))
