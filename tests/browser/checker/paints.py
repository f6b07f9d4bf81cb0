"""What a shape lays on what is below it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from browser.checker.colours import Coat, coat

if TYPE_CHECKING:
    from browser.checker.figure import Shape

FINE = 0.5
"""CSS px below which a stroke is too thin to carry a contrast."""

_OPAQUE = 0.3  # what is more opaque than that hides what is below


def fill_of(shape: Shape) -> list[Coat]:
    """Return the coat of a shape's fill, if it has one."""
    return coat(shape.fill, shape.fill_opacity, shape.veils)


def stroke_of(shape: Shape) -> list[Coat]:
    """Return the coat of a shape's outline, if it has one that is wide enough to be seen."""
    if shape.stroke_width < FINE:
        return []
    return coat(shape.stroke, shape.stroke_opacity, shape.veils)


def is_opaque(shape: Shape) -> bool:
    """Say whether the fill of a shape hides what is below it."""
    alpha = sum(item.alpha for item in coat(shape.fill, shape.fill_opacity))
    for _, opacity in shape.veils:
        alpha *= opacity
    return alpha > _OPAQUE
