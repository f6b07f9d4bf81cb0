"""Metrics: what layouts measure is what painters draw."""

from __future__ import annotations

import pytest
from PIL import ImageFont

from sphinx_visualtorch import fonts

WORDS = ("layer4.0.conv1", "3 × 224²", "Multi­headAttention", "αβγ ≥ µ → ½", "Łódź, ĉapelo")


def shipped(bold: bool) -> ImageFont.FreeTypeFont:
    # large, because Pillow rounds every advance to whole pixels
    return ImageFont.truetype(
        str(fonts.font_file(bold)), 2048, layout_engine=ImageFont.Layout.BASIC
    )


@pytest.mark.parametrize("bold", [False, True])
def test_widths_are_those_of_the_shipped_font(bold: bool) -> None:
    font = shipped(bold)
    for text in (*WORDS, *map(chr, range(0x20, 0x2600))):
        if all(map(fonts.has_glyph, text)):
            assert fonts.text_width(text, 2048, bold=bold) == pytest.approx(
                font.getlength(text), rel=0.01, abs=1
            ), text


def test_heights_are_those_of_the_shipped_font() -> None:
    font = shipped(bold=False)
    assert font.getmetrics() == (fonts.ASCENT * 2048, fonts.DESCENT * 2048)
    assert -font.getbbox("H", anchor="ls")[1] == pytest.approx(fonts.CAP_HEIGHT * 2048, rel=0.01)
    assert -font.getbbox("x", anchor="ls")[1] == pytest.approx(fonts.X_HEIGHT * 2048, rel=0.01)


@pytest.mark.parametrize("bold", [False, True])
def test_shipped_font_bears_no_reserved_name(bold: bool) -> None:
    """The OFL, condition 3: a modified version must not use the names Liberation or Arimo."""
    assert shipped(bold).getname() == ("VisualTorch Sans", "Bold" if bold else "Regular")
    licence = (fonts.font_file(bold).parent / "OFL.txt").read_text(encoding="utf-8")
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence
    assert "Red Hat, Inc." in licence


def test_width_is_in_px_and_proportional_to_the_size() -> None:
    assert fonts.text_width("", 11) == 0
    assert fonts.text_width("conv1", 22) == pytest.approx(2 * fonts.text_width("conv1", 11))
    assert fonts.text_width("conv1", 11, bold=True) > fonts.text_width("conv1", 11)


@pytest.mark.parametrize(
    ("char", "width"),
    [("層", 10), ("한", 10), ("😀", 10), ("\u0301", 0), ("\u200d", 0), ("\x07", 0), ("Ж", 5.5)],
)
def test_unknown_characters_have_a_width(char: str, width: float) -> None:
    assert not fonts.has_glyph(char)
    assert fonts.text_width(char, 10) == width


def test_ellipsize_keeps_what_fits() -> None:
    full = fonts.text_width("BasicConv2d", 11)
    assert fonts.ellipsize("BasicConv2d", full, 11) == "BasicConv2d"
    assert fonts.ellipsize("", 0, 11) == ""
    assert fonts.ellipsize("BasicConv2d", 1, 11) == "…"
    assert fonts.ellipsize("one two", fonts.text_width("one …", 11), 11) == "one…"


@pytest.mark.parametrize("room", range(12, 80, 7))
def test_ellipsize_uses_the_room(room: int) -> None:
    text = "features.denseblock4.denselayer16.conv2"
    short = fonts.ellipsize(text, room, 9.5, bold=True)
    longer = text[: len(short)] + "…"
    assert short.endswith("…")
    assert fonts.text_width(short, 9.5, bold=True) <= room
    assert fonts.text_width(longer, 9.5, bold=True) > room
