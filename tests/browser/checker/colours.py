"""Colours as a browser computes them: painted over each other, and compared.

Contrast is that of WCAG 2.2; what the colour-blind see says ``tests/colours.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, TypeAlias

from colours import lab

if TYPE_CHECKING:
    from browser.checker.figure import Veil

Rgb: TypeAlias = tuple[float, float, float]
"""sRGB, each channel from 0 to 1."""

WHITE: Rgb = (1.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Coat:
    """A colour as it is laid on: how opaque it is, and through which groups."""

    colour: Rgb
    alpha: float
    veils: tuple[Veil, ...] = ()


_FUNCTION = re.compile(r"rgba?\(([^)]*)\)")


def parsed(text: str) -> tuple[Rgb, float] | None:
    """Return a computed colour and its opacity, None for no paint at all.

    :raises ValueError: if it is in no notation that browsers use for sRGB.
    """
    if text in ("none", "transparent"):
        return None
    found = _FUNCTION.fullmatch(text)
    if found is None:
        raise ValueError(f"no colour that a browser computes: {text!r}")
    red, green, blue, *rest = [float(part) for part in re.split(r"[ ,/]+", found[1].strip())]
    alpha = rest[0] if rest else 1.0
    return ((red / 255, green / 255, blue / 255), alpha) if alpha else None


def coat(text: str, opacity: float, veils: tuple[Veil, ...] = ()) -> list[Coat]:
    """Return what a paint lays on: one coat, or none."""
    found = parsed(text)
    return [Coat(found[0], found[1] * opacity, veils)] if found else []


def painted(coats: Iterable[Coat], ground: Rgb = WHITE) -> Rgb:
    """Return the colour of coats laid on each other in their order, over *ground*."""
    colour, _ = _laid(list(coats), (ground, 1.0))
    return colour


def _laid(coats: Sequence[Coat], under: tuple[Rgb, float]) -> tuple[Rgb, float]:
    """Lay *coats* on; those in one group first on each other, then together on what is below."""
    for veil, run in groupby(coats, key=lambda item: item.veils[0] if item.veils else None):
        for_all = list(run)
        if veil is None:
            for item in for_all:
                under = _over((item.colour, item.alpha), under)
        else:
            inner = [Coat(item.colour, item.alpha, item.veils[1:]) for item in for_all]
            colour, alpha = _laid(inner, (WHITE, 0.0))
            under = _over((colour, alpha * veil[1]), under)
    return under


def _over(upper: tuple[Rgb, float], lower: tuple[Rgb, float]) -> tuple[Rgb, float]:
    (above, alpha), (below, beta) = upper, lower
    total = alpha + beta * (1 - alpha)
    if total == 0:
        return below, 0.0
    red, green, blue = (
        (a * alpha + b * beta * (1 - alpha)) / total for a, b in zip(above, below, strict=True)
    )
    return (red, green, blue), total


def _linear(colour: Rgb) -> Rgb:
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in colour
    )
    return red, green, blue


def luminance(colour: Rgb) -> float:
    """Return the relative luminance of WCAG 2.2."""
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Rgb, two: Rgb) -> float:
    """Return the contrast ratio of WCAG 2.2, from 1 to 21."""
    light, dark = sorted((luminance(one), luminance(two)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def written(colour: Rgb) -> str:
    """Return ``#rrggbb``."""
    return "#" + "".join(f"{round(max(0.0, min(1.0, value)) * 255):02x}" for value in colour)


# A difference that is seen on large fields is not seen on small ones.  M. Stone, D. A. Szafir and
# V. Setlur, "An Engineering Model for Color Difference as a Function of Size", 2014, measured by
# how much L*, a* and b* must differ for marks of s degrees of the visual field: half of the
# viewers see 5.079 + 0.751/s, 5.339 + 1.541/s and 5.349 + 2.871/s.  The smallest that they tried,
# 1/3 degree, is the nearest to a swatch in a legend: its 10 px are 0.21 degrees, for a CSS px is
# 0.0213 degrees by definition.
_DEGREES = 1 / 3
_SEEN = (5.079 + 0.751 / _DEGREES, 5.339 + 1.541 / _DEGREES, 5.349 + 2.871 / _DEGREES)


def apart(one: Rgb, two: Rgb, sight: str = "usual") -> float:
    """Return the difference of two small marks, in differences that viewers just notice.

    It is the distance in CIELAB (Delta-E of 1976) with each axis in its own unit: 7.3 for L*,
    10.0 for a*, 14.0 for b*.  Below 1 most people do not see that these are two colours.
    """
    both = (lab(written(colour), sight) for colour in (one, two))
    return sum(((a - b) / unit) ** 2 for a, b, unit in zip(*both, _SEEN, strict=True)) ** 0.5
