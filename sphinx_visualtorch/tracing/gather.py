"""Finding the tensors in whatever a model takes and returns, and putting others in their place.

Tuples, lists, mappings, dataclasses and plain objects are looked into.  This file knows no
modules and no graph.
"""

from __future__ import annotations

import asyncio
import copy
import dataclasses
import inspect
import types
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import islice
from typing import Any

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensor
from torch.distributions import Distribution

__all__ = ["KNOWN", "consumed", "named_tensors", "parts", "replaced", "tensors", "with_aliases"]

_PLAIN = (int, float, bool, str, bytes, type(None), slice, torch.dtype, torch.device, torch.Size)
KNOWN = frozenset({Tensor, nn.Parameter, FakeTensor})
"""Classes of tensors that are made of no others."""
_DEEPEST = 12
_MOST_ITEMS = 1_000
_OBJECT = 5
"""How many levels of containers one plain object counts for: objects refer to half the world."""


def consumed(output: Any) -> Any:
    """Return what a model returned, with the items of an iterator or a coroutine in its place.

    Before it is asked for them, a generator has done nothing.
    """
    if inspect.iscoroutine(output):
        return asyncio.run(output)
    if isinstance(output, Iterator) and not isinstance(output, nn.Module):
        return [*islice(output, _MOST_ITEMS)]
    return output


def tensors(values: Iterable[Any], found: list[Tensor], depth: int = 0) -> list[Tensor]:
    """Append all tensors in *values* to *found*, in order, and return it."""
    for value in values:
        if isinstance(value, Tensor):
            found.append(value)
        elif not isinstance(value, _PLAIN) and depth < _DEEPEST:
            tensors((item for _, item in _items(value)), found, depth + _level(value))
    return found


def parts(tensor: Tensor) -> list[Tensor]:
    """Return the tensors that *tensor*, which may be of a class of its own, is made of."""
    if type(tensor) in KNOWN:
        return []
    return [
        value for value in getattr(tensor, "__dict__", {}).values() if isinstance(value, Tensor)
    ]


def named_tensors(name: str, value: Any, depth: int = 0) -> Iterator[tuple[str, Tensor]]:
    """Yield the tensors in *value* with their names: ``batch.image``, ``levels.0``."""
    if isinstance(value, Tensor):
        yield name, value
    elif not isinstance(value, _PLAIN) and depth < _DEEPEST:
        for key, item in _items(value):
            yield from named_tensors(f"{name}.{key}" if name else key, item, depth + _level(value))


def _level(value: Any) -> int:
    return 1 if isinstance(value, tuple | list | Mapping) else _OBJECT


def _items(value: Any) -> Iterable[tuple[str, Any]]:
    """Return the direct parts of a container with their names; nothing for anything else."""
    if isinstance(value, tuple | list):
        names = getattr(value, "_fields", None) or map(str, range(len(value)))
        return zip(names, value, strict=False)
    if isinstance(value, Mapping):
        return [(str(key), item) for key, item in value.items()]
    if isinstance(value, nn.Module | type) or (
        # some libraries' are called to draw a sample
        callable(value) and not isinstance(value, Distribution)
    ):
        return ()
    if dataclasses.is_dataclass(value):
        names = (field.name for field in dataclasses.fields(value))
        return [(name, getattr(value, name)) for name in names if hasattr(value, name)]
    if isinstance(value, deque):
        return zip(map(str, range(len(value))), value, strict=True)
    return [*_slots(value), *getattr(value, "__dict__", {}).items()]


def _slots(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield what an object holds that has no dict."""
    for kind in type(value).__mro__:
        named = vars(kind).get("__slots__", ())
        for name in (named,) if isinstance(named, str) else named:
            held = vars(kind).get(name)
            if isinstance(held, types.MemberDescriptorType):
                with suppress(AttributeError):  # it is empty
                    yield name, held.__get__(value)


def replaced(value: Any, new: Callable[[Tensor], Tensor], depth: int = 0) -> Any:
    """Return *value* with *new* of each tensor in its place; *value* itself is not changed.

    Containers that cannot be made anew, and objects that are none, stay as they are.
    """
    if isinstance(value, Tensor):
        return new(value)
    if isinstance(value, _PLAIN) or depth >= _DEEPEST:
        return value
    parts = [item for _, item in _items(value)]
    fresh = [replaced(item, new, depth + _level(value)) for item in parts]
    if all(one is other for one, other in zip(parts, fresh, strict=True)):
        return value
    return _rebuilt(value, fresh)


def _rebuilt(value: Any, fresh: list[Any]) -> Any:
    if isinstance(value, Mapping):
        items = zip(value.keys(), fresh, strict=True)  # some are iterated over in another way
        if type(value) is dict:
            return dict(items)
        copied: Any = copy.copy(value)
        for key, item in items:
            copied[key] = item
        return copied
    if isinstance(value, tuple) and hasattr(value, "_make"):
        return value._make(fresh)
    if isinstance(value, deque):
        return deque(fresh, value.maxlen)
    if isinstance(value, tuple | list):
        return type(value)(fresh)
    copied = copy.copy(value)
    for (name, _), item in zip(_items(value), fresh, strict=True):
        object.__setattr__(copied, name, item)
    return copied


def with_aliases(value: Any, passed: set[int]) -> Any:
    """Return *value* with a new object for each plain tensor whose id is in *passed*."""
    if isinstance(value, Tensor):
        return _alias(value) if id(value) in passed else value
    if not any(id(tensor) in passed for tensor in tensors([value], [])):
        return value
    return replaced(value, lambda one: _alias(one) if id(one) in passed else one)


def _alias(tensor: Tensor) -> Tensor:
    return tensor.view_as(tensor) if type(tensor) in KNOWN else tensor
