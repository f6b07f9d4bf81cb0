"""Colours as a browser computes them: painted over each other, compared, and as others see them.

Contrast is that of WCAG 2.2; what the colour-blind see is simulated after G. M. Machado,
M. M. Oliveira and L. A. F. Fernandes, "A Physiologically-based Model for Simulation of Color
Vision Deficiency", 2009.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from browser.checker.figure import Veil

Rgb: TypeAlias = tuple[float, float, float]
"""sRGB, each channel from 0 to 1."""

Matrix: TypeAlias = tuple[Rgb, Rgb, Rgb]

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


# the published matrices for severity 1.0; they act on linear RGB
SIGHTS: Mapping[str, Matrix] = {
    "full colour vision": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
"""What is done to linear RGB in each kind of sight."""

# sRGB to XYZ relative to its white, D65 (IEC 61966-2-1)
_XYZ: Matrix = (
    (0.4124564 / 0.95047, 0.3575761 / 0.95047, 0.1804375 / 0.95047),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339 / 1.08883, 0.1191920 / 1.08883, 0.9503041 / 1.08883),
)


def _times(matrix: Matrix, colour: Rgb) -> Rgb:
    red, green, blue = (sum(a * b for a, b in zip(row, colour, strict=True)) for row in matrix)
    return red, green, blue


def lab(colour: Rgb, sight: str = "full colour vision") -> Rgb:
    """Return CIELAB (L* from 0 to 100) of a colour as it is seen with a kind of *sight*."""
    light = _times(SIGHTS[sight], _linear(colour))
    red, green, blue = (max(0.0, min(1.0, value)) for value in light)
    x, y, z = (
        value ** (1 / 3) if value > 216 / 24389 else (24389 / 27 * value + 16) / 116
        for value in _times(_XYZ, (red, green, blue))
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


# A difference that is seen on large fields is not seen on small ones.  M. Stone, D. A. Szafir and
# V. Setlur, "An Engineering Model for Color Difference as a Function of Size", 2014, measured by
# how much L*, a* and b* must differ for marks of s degrees of the visual field: half of the
# viewers see 5.079 + 0.751/s, 5.339 + 1.541/s and 5.349 + 2.871/s.  The smallest that they tried,
# 1/3 degree, is the nearest to a swatch in a legend: its 10 px are 0.21 degrees, for a CSS px is
# 0.0213 degrees by definition.
_DEGREES = 1 / 3
_SEEN = (5.079 + 0.751 / _DEGREES, 5.339 + 1.541 / _DEGREES, 5.349 + 2.871 / _DEGREES)


def difference(one: Rgb, two: Rgb, sight: str = "full colour vision") -> float:
    """Return the difference of two small marks, in differences that viewers just notice.

    It is the distance in CIELAB (Delta-E of 1976) with each axis in its own unit: 7.3 for L*,
    10.0 for a*, 14.0 for b*.  Below 1 most people do not see that these are two colours.
    """
    parts = zip(lab(one, sight), lab(two, sight), _SEEN, strict=True)
    return sum(((a - b) / unit) ** 2 for a, b, unit in parts) ** 0.5
