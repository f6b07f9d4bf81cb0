"""The fonts inside of SVG files, read back by the library that paints PNG."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import replace

import pytest
from paint.drawings import scene, small, text
from PIL import Image, ImageChops, ImageDraw, ImageFont, ImageStat

from sphinx_visualtorch.errors import OptionError
from sphinx_visualtorch.fonts import font_file
from sphinx_visualtorch.paint.svg import svg
from sphinx_visualtorch.paint.svg.webfont import woff


def alike(inside: bytes, letter: str, *, bold: bool) -> bool:
    """Say whether a letter of a font looks as in the font that it is from.

    It may differ by a hair: FreeType adjusts letters to the others of their font.
    """
    made = []
    for font in (io.BytesIO(inside), str(font_file(bold))):
        face = ImageFont.truetype(font, 200)
        canvas = Image.new("L", (300, 300))
        ImageDraw.Draw(canvas).text((30, 220), letter, fill=255, font=face, anchor="ls")
        made.append((canvas, face.getlength(letter)))
    (one, one_width), (other, other_width) = made
    ink = ImageStat.Stat(other).sum[0] or 1
    off = ImageStat.Stat(ImageChops.difference(one, other)).sum[0]
    return one_width == other_width and off < ink / 7


@pytest.mark.parametrize("bold", [False, True])
@pytest.mark.parametrize("letters", ["abc 12", "ä×→Σ½", "ǺÅé", "層"])
def test_letters_look_as_they_do(letters: str, bold: bool) -> None:
    inside = woff(letters, bold=bold)
    assert all(alike(inside, letter, bold=bold) for letter in letters)


def test_other_letters_are_not_there() -> None:
    inside = woff("ä", bold=False)
    # its parts are: an a, and two dots
    assert all(alike(inside, letter, bold=False) for letter in "a¨")
    assert not alike(inside, "M", bold=False)
    assert len(inside) < 5000 < len(woff(map(chr, range(0x2300)), bold=False))


def test_same_letters_same_bytes() -> None:
    assert woff("abc", bold=True) == woff({"c", "a", "b"}, bold=True) != woff("ab", bold=True)


def test_check_sums_and_sizes_are_true() -> None:
    inside = woff("abc", bold=False)
    assert inside[:4] == b"wOFF"
    assert int.from_bytes(inside[8:12], "big") == len(inside)
    assert len(inside) % 4 == 0


def test_file_has_the_fonts_that_it_uses() -> None:
    written = svg(small(), embed_fonts=True)
    assert written.count("@font-face{font-family:'VisualTorch Sans';font-weight:") == 2
    assert "font-family=\"'VisualTorch Sans', Helvetica," in written
    faces = re.findall(r"weight:(\d+);src:url\(data:font/woff;base64,([^)]*)\)", written)
    assert base64.b64decode(faces[0][1]) == woff("3×3, 64² 56", bold=False)
    assert base64.b64decode(faces[1][1]) == woff("ab", bold=True)
    plain = svg(scene(text(1, 9, "a")), embed_fonts=True)
    assert plain.count("@font-face") == 1
    assert "<style" not in svg(scene(), embed_fonts=True)


def test_font_of_the_author_comes_first() -> None:
    written = svg(replace(small(), font="Fira Sans"), embed_fonts=True)
    assert "font-family=\"'Fira Sans', 'VisualTorch Sans'," in written


def test_pages_have_their_own_fonts() -> None:
    with pytest.raises(OptionError, match="only a file"):
        svg(small(), inline=True, embed_fonts=True)
