"""One object for all equal values that a graph holds again and again.

A model of ten thousand layers has a dozen shapes.  What is the same object is compared at once, and
is in the processor's cache when it is needed.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TypeVar

from sphinx_visualtorch.graph import TensorSpec

__all__ = ["shared", "shared_spec"]

_Value = TypeVar("_Value", bound=tuple[object, ...])


@lru_cache(maxsize=10_000)
def shared(value: _Value) -> _Value:
    """Return *value*, or what is equal to it and was asked for before."""
    return value


@lru_cache(maxsize=10_000)
def shared_spec(shape: tuple[int, ...], dtype: str) -> TensorSpec:
    """Return the spec of a shape, which holds whole numbers only, and an element type."""
    return TensorSpec(shape=shape, dtype=dtype)
