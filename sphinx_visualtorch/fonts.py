"""Text metrics: the one source for every layout and every painter.

The package ships a subset of Liberation Sans, which has the metrics of Helvetica and Arial (see
``font/README.txt``).  Its advance widths are a small JSON table, so that this room needs no font
library.  A line is as wide as the sum of its advances: there is no kerning, here or in the fonts.
"""

from __future__ import annotations

import json
import unicodedata
from bisect import bisect_right
from collections.abc import Mapping
from functools import cache, lru_cache
from itertools import accumulate
from pathlib import Path

__all__ = [
    "ASCENT",
    "CAP_HEIGHT",
    "DESCENT",
    "FAMILY",
    "X_HEIGHT",
    "char_width",
    "ellipsize",
    "font_file",
    "has_glyph",
    "text_width",
]

FAMILY = "Helvetica, Arial, 'Liberation Sans', sans-serif"
"""The CSS font stack: families of equal metrics, most usual first."""

# from the tables hhea and OS/2 of Liberation Sans 2.1.5, divided by its 2,048 units per em
ASCENT = 1854 / 2048
"""How far letters rise above the base line, as a fraction of the type size."""
DESCENT = 434 / 2048
"""How far letters hang below the base line, as a fraction of the type size."""
CAP_HEIGHT = 1409 / 2048
"""The height of a capital letter, as a fraction of the type size."""
X_HEIGHT = 1082 / 2048
"""The height of a small x, as a fraction of the type size."""

_FOLDER = Path(__file__).parent / "font"
_ELLIPSIS = "…"
_ZERO_WIDTH = frozenset({"Mn", "Me", "Cf", "Cc"})  # combining marks, joiners, controls
_AVERAGE = 0.55  # em; the mean of the small letters and digits


def font_file(bold: bool) -> Path:  # noqa: FBT001 - the one thing that tells the two apart
    """Return the path of the TrueType font that all widths belong to."""
    return _FOLDER / f"VisualTorchSans-{'Bold' if bold else 'Regular'}.ttf"


@cache
def _widths(bold: bool) -> Mapping[str, float]:  # noqa: FBT001
    """Return the advance of every character that the font has, in em."""
    table = json.loads((_FOLDER / "widths.json").read_text(encoding="utf-8"))
    units = table["units"]
    return {
        chr(int(start) + index): width / units
        for start, run in table["bold" if bold else "regular"].items()
        for index, width in enumerate(run)
    }


def has_glyph(char: str) -> bool:
    """Say whether the shipped fonts can draw the character *char*."""
    return char in _widths(bold=False)


def char_width(char: str, *, bold: bool = False) -> float:
    """Return the advance of one character in em.

    One that the font lacks counts 1 em if it is wide after Unicode's UAX #11 (East Asian
    characters, emoji), nothing if it is a combining mark or a control, else an average letter.
    """
    width = _widths(bold).get(char)
    if width is not None:
        return width
    if unicodedata.category(char) in _ZERO_WIDTH:
        return 0.0
    return 1.0 if unicodedata.east_asian_width(char) in "WF" else _AVERAGE


@lru_cache(maxsize=16384)
def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Return the advance width in px of one line of *text* at a type size of *size* px."""
    return sum(char_width(char, bold=bold) for char in text) * size


@lru_cache(maxsize=4096)
def ellipsize(text: str, max_width: float, size: float, *, bold: bool = False) -> str:
    """Return *text*, cut and ended with ``…`` where it is wider than *max_width* px.

    The result is never less than ``…``, even where that is too wide itself.
    """
    if text_width(text, size, bold=bold) <= max_width:
        return text
    room = max_width / size - char_width(_ELLIPSIS, bold=bold)
    ends = list(accumulate(char_width(char, bold=bold) for char in text))
    return text[: bisect_right(ends, room)].rstrip() + _ELLIPSIS
