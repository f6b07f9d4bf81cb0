"""The ``d`` attribute of an SVG path, as short as it gets at a precision of 0.01 px."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx_visualtorch.scene import Segment

__all__ = ["number", "path_data"]


def number(value: float) -> str:
    """Return *value* with at most two decimals and no needless zero or sign.

    :raises ValueError: if it is not finite.
    """
    try:
        return _written(round(value * 100))
    except (ValueError, OverflowError):
        raise _not_finite([value]) from None


def path_data(segments: tuple[Segment, ...]) -> str:
    """Return the SVG path data of *segments* (SVG 2, chapter 9.3).

    Points are rounded first and made relative afterwards, so that no error adds up.

    :raises ValueError: if a coordinate is not finite.
    """
    try:
        return "".join(_commands(segments))
    except (ValueError, OverflowError):
        values = [float(value) for segment in segments for value in segment[1:]]
        raise _not_finite(values) from None


def _not_finite(values: Iterable[float]) -> ValueError:
    bad = next((value for value in values if not math.isfinite(value)), None)
    return ValueError(f"a scene holds the coordinate {bad}")


def _commands(segments: tuple[Segment, ...]) -> list[str]:
    # everything is in hundredths of a px; this is where a painter spends its time
    parts: list[str] = []
    x = y = start_x = start_y = 0
    for segment in segments:
        letter = segment[0]
        if len(segment) == 1:
            parts.append("Z")
            x, y = start_x, start_y
            continue
        values = [round(value * 100) for value in segment[1:]]
        to_x, to_y = values[-2:]
        if len(values) > 2:
            # a curve is short, and its points are near
            from_here = [value - (y if i % 2 else x) for i, value in enumerate(values)]
            parts.append(letter.lower() + _listed(from_here))
        elif letter == "L" and to_y == y:
            parts.append(_shorter(f"H{_written(to_x)}", f"h{_written(to_x - x)}"))
        elif letter == "L" and to_x == x:
            parts.append(_shorter(f"V{_written(to_y)}", f"v{_written(to_y - y)}"))
        else:
            near = letter.lower() + _listed([to_x - x, to_y - y])
            parts.append(_shorter(letter + _listed(values), near))
        x, y = to_x, to_y
        if letter == "M":
            start_x, start_y = x, y
    return parts


def _shorter(one: str, other: str) -> str:
    return one if len(one) <= len(other) else other


def _listed(values: Sequence[int]) -> str:
    """Write numbers one after the other, with a space only where they would run together."""
    text = last = _written(values[0])
    for value in values[1:]:
        written = _written(value)
        # a second point begins a new number
        joined = written[0] == "-" or (written[0] == "." and "." in last)
        text += written if joined else f" {written}"
        last = written
    return text


@lru_cache(maxsize=1 << 16)
def _written(hundredths: int) -> str:
    whole, part = divmod(abs(hundredths), 100)
    sign = "-" if hundredths < 0 else ""
    if not part:
        return f"{sign}{whole}"
    return f"{sign}{whole or ''}.{f'{part:02d}'.rstrip('0')}"
