# ruff: noqa: SLF001 - tensors count their writes under a private name only
"""Which tensors an operation wrote into: torch counts the writes into each tensor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from sphinx_visualtorch.tracing.gather import tensors

__all__ = ["declared", "uncounted", "versions", "written"]


def versions(given: list[Tensor]) -> list[int | None]:
    """Return how often each of *given* was written into; None where torch does not count."""
    try:
        return [tensor._version for tensor in given]
    except RuntimeError:
        return [_version(tensor) for tensor in given]


def _version(tensor: Tensor) -> int | None:
    try:
        return tensor._version
    except RuntimeError:  # made in inference mode
        return None


def written(given: list[Tensor], before: list[int | None]) -> set[int]:
    """Return the ids of those of *given* that were written into since *before*."""
    after = versions(given)
    if after == before:
        return set()
    changes = zip(given, before, after, strict=True)
    return {id(tensor) for tensor, version, now in changes if now != version}


def declared(
    operation: torch._ops.OpOverload, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> set[int]:
    """Return the ids of the tensors that an operation of the dispatcher says it writes into.

    They are counted above it, after it has run.
    """
    schema = operation._schema
    if not schema.is_mutable:
        return set()
    targets = []
    for place, argument in enumerate(schema.arguments):
        if argument.is_write:
            targets.append(args[place] if place < len(args) else kwargs.get(argument.name))
    return {id(tensor) for tensor in tensors(targets, [])}


def uncounted(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> set[int]:
    """Return the ids of the tensors that *function* writes into although torch does not count it.

    It is asked of those that were given a tensor.
    """
    name: str = function.__name__
    if name == "__set__":  # x.data = y
        return {id(args[0])} if isinstance(args[-1], Tensor) and len(args) > 1 else set()
    in_place = name.endswith("_") and not name.startswith("__")
    if in_place and name.startswith("_foreach_"):
        return {id(tensor) for tensor in tensors(args[:1], [])}
    if not torch.is_inference_mode_enabled():
        return set()
    writes = in_place or name == "__setitem__" or kwargs.get("inplace") is True
    return (
        {id(tensor) for tensor in tensors((*args, *kwargs.values()), [])[:1]} if writes else set()
    )
