"""The ``d`` attribute of an SVG path, as short as it gets at a precision of 0.01 px."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx_visualtorch.scene import Segment

__all__ = ["number", "path_data"]


def number(value: float) -> str:
    """Return *value* with at most two decimals and no needless zero or sign.

    :raises ValueError: if it is not finite.
    """
    return _written(_hundredths(value))


def path_data(segments: tuple[Segment, ...]) -> str:
    """Return the SVG path data of *segments* (SVG 2, chapter 9.3).

    Points are rounded first and made relative afterwards, so that no error adds up.
    """
    return "".join(_commands(segments))


def _commands(segments: tuple[Segment, ...]) -> Iterator[str]:
    here = start = (0, 0)
    for segment in segments:
        letter = segment[0]
        if letter == "Z":
            here = start
            yield "Z"
            continue
        values = [_hundredths(float(value)) for value in segment[1:]]
        absolute = list(zip(values[::2], values[1::2], strict=True))
        relative = [(x - here[0], y - here[1]) for x, y in absolute]
        yield min(
            _command(letter, absolute, here), _command(letter.lower(), relative, (0, 0)), key=len
        )
        here = absolute[-1]
        if letter == "M":
            start = here


def _command(letter: str, points: list[tuple[int, int]], here: tuple[int, int]) -> str:
    x, y = points[-1]
    if letter in "Ll" and y == here[1]:
        return ("H" if letter == "L" else "h") + _written(x)
    if letter in "Ll" and x == here[0]:
        return ("V" if letter == "L" else "v") + _written(y)
    text = letter
    for value in (value for point in points for value in point):
        written = _written(value)
        text += written if text == letter or written.startswith("-") else f" {written}"
    return text


def _hundredths(value: float) -> int:
    if not math.isfinite(value):
        raise ValueError(f"a scene holds the coordinate {value}")
    return round(value * 100)


def _written(hundredths: int) -> str:
    whole, part = divmod(abs(hundredths), 100)
    sign = "-" if hundredths < 0 else ""
    if not part:
        return f"{sign}{whole}"
    return f"{sign}{whole or ''}.{f'{part:02d}'.rstrip('0')}"
