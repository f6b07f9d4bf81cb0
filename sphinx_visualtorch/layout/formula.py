"""What a box is made of: its bands, and the formula that a legend writes for them.

``2 × (Conv 3×3 · BatchNorm2d · ReLU)`` is said of a closed block that is a chain of six layers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sphinx_visualtorch.graph import Node, Part
from sphinx_visualtorch.layout.words import TIMES, kernel_text

__all__ = ["bands", "formula"]

_UNSAID = ("reshape",)  # left out of formulas; a tooltip lists them
_FINISHING = ("normalisation", "activation", "dropout")


def bands(node: Node) -> tuple[Part, ...]:
    """Return the layers that are bands in the box of a node, in order.

    A merged box has one for each layer around its main one; a closed block has them where it is
    a chain of such layers, all alike.
    """
    if node.op != "scope":
        main = (node.path, node.role)
        return tuple(part for part in node.parts if (part.path, part.role) != main)
    unit, _ = _unit(node.parts)
    others = tuple(part for part in unit if part.role != node.role)
    alike = len(others) == len(unit) - 1 and all(part.role in _FINISHING for part in others)
    return others if alike else ()


def formula(parts: Sequence[Part], *, kernels: bool = True) -> str:
    """Return what is in a box in one line, a unit that repeats written once; empty for nothing."""
    unit, times = _unit(parts, kernels=kernels)
    text = " · ".join(_word(part, kernels=kernels) for part in unit)
    if times < 2:
        return text
    return f"{times} {TIMES} ({text})" if len(unit) > 1 else f"{times} {TIMES} {text}"


def _unit(parts: Sequence[Part], *, kernels: bool = False) -> tuple[tuple[Part, ...], int]:
    """Return the shortest stretch whose repetition *parts* are, and how often it stands there."""
    said = tuple(part for part in parts if part.role not in _UNSAID)
    words = [_word(part, kernels=kernels) for part in said]
    for length in range(1, len(said) + 1):
        times, rest = divmod(len(said), length)
        if not rest and words == words[:length] * times:
            return said[:length], times
    return (), 0


def _word(part: Part, *, kernels: bool) -> str:
    """Return a layer in short: ``Conv 3×3``, ``BatchNorm``."""
    kernel = kernel_text(part) if kernels else ""
    return f"{re.sub(r'(?<=[a-z])[123]d$', '', part.kind)} {kernel}".strip()
