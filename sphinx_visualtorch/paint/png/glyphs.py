"""Runs of text as masks, drawn with the shipped fonts.  Knows Pillow, but no scene's colours."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

from sphinx_visualtorch.fonts import ASCENT, DESCENT, char_width, font_file, has_glyph, text_width

__all__ = ["Run", "run"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A grey *mask* of a line of text; (*x*, *y*) is the start of its base line in the mask."""

    mask: Image.Image
    x: float
    y: float

    def rotated(self, degrees: float) -> Run:
        """Return the run turned clockwise about the start of its base line."""
        if not degrees % 360:
            return self
        mask = self.mask.rotate(-degrees, Image.Resampling.BICUBIC, expand=True)
        # Pillow turns about the middle; the start goes round it
        x, y = self.x - self.mask.width / 2, self.y - self.mask.height / 2
        cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        return Run(
            mask=mask,
            x=mask.width / 2 + x * cos - y * sin,
            y=mask.height / 2 + x * sin + y * cos,
        )


@lru_cache(maxsize=64)
def _font(bold: bool, size: float) -> ImageFont.FreeTypeFont:  # noqa: FBT001
    # the basic engine is in every Pillow, and there is nothing to shape
    # a text: Pillow 10.1 takes no path object
    return ImageFont.truetype(str(font_file(bold)), size, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=256)
def run(text: str, size: float, width: float, *, bold: bool) -> Run:
    """Return *text* at *size* px, stretched so that its advance is exactly *width* px."""
    natural = text_width(text, size, bold=bold)
    pad = math.ceil(size / 4)  # letters may stick out on both sides
    mask = Image.new(
        "L", (math.ceil(natural) + 2 * pad, math.ceil(size * (ASCENT + DESCENT)) + 2 * pad)
    )
    x, y = float(pad), float(pad + math.ceil(size * ASCENT))
    for char in text:
        advance = char_width(char, bold=bold) * size
        if advance and not char.isspace():
            letter = _letter(char, size, bold=bold)
            # to whole samples, which are small: so a letter is drawn once for all its places
            mask.paste(255, (round(x) - pad, 0), letter)
        x += advance
    stretch = width / natural if natural and width > 0 else 1.0
    if abs(stretch - 1) < 0.002:
        return Run(mask=mask, x=pad, y=y)
    mask = mask.resize((max(1, round(mask.width * stretch)), mask.height))
    return Run(mask=mask, x=pad * stretch, y=y)


@lru_cache(maxsize=1024)
def _letter(char: str, size: float, *, bold: bool) -> Image.Image:
    """Return the mask of one letter, or of an empty box where the font has none.

    It is as high as that of a :func:`run`, and its base line is at the same height.
    """
    advance, pad = char_width(char, bold=bold) * size, math.ceil(size / 4)
    height = math.ceil(size * (ASCENT + DESCENT)) + 2 * pad
    mask = Image.new("L", (math.ceil(advance) + 2 * pad, height))
    draw = ImageDraw.Draw(mask)
    x, y = pad, pad + math.ceil(size * ASCENT)
    if has_glyph(char):
        draw.text((x, y), char, fill=255, font=_font(bold, size), anchor="ls")
        return mask
    inset = advance / 10
    box = (x + inset, y - size * 0.7, x + advance - inset, y)
    draw.rectangle(box, outline=255, width=max(1, round(size / 16)))
    return mask
