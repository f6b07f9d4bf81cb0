# ruff: noqa: SLF001 - tensors count their writes under a private name only
"""Which tensors an operation wrote into: torch counts the writes into each tensor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

__all__ = ["versions", "writes_uncounted", "written"]


def versions(tensors: list[Tensor]) -> list[int | None]:
    """Return how often each of *tensors* was written into; None where torch does not count."""
    try:
        return [tensor._version for tensor in tensors]
    except RuntimeError:
        return [_version(tensor) for tensor in tensors]


def _version(tensor: Tensor) -> int | None:
    try:
        return tensor._version
    except RuntimeError:  # made in inference mode
        return None


def written(tensors: list[Tensor], before: list[int | None]) -> set[int]:
    """Return the ids of those *tensors* that were written into since *before*."""
    after = versions(tensors)
    if after == before:
        return set()
    changes = zip(tensors, before, after, strict=True)
    return {id(tensor) for tensor, version, now in changes if now != version}


def writes_uncounted(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> bool:
    """Say whether *function* writes into its first tensor although torch does not count it."""
    name: str = function.__name__
    if name == "__set__":  # x.data = y
        return bool(args[1:]) and isinstance(args[1], Tensor)
    if not torch.is_inference_mode_enabled():
        return False
    in_place = name.endswith("_") and not name.startswith("__")
    return in_place or name == "__setitem__" or kwargs.get("inplace") is True
