"""What a run keeps outside of the model: tables in the author's modules and classes.

A table of a rotary embedding, say, that a function keeps with ``lru_cache`` or in a global dict.
In the next run it would be there already: without values for one that needs them, and as a tensor
that nobody made.  Whatever of the kind a run leaves is taken away again; what was there before
stays.
"""

from __future__ import annotations

import functools
import sys
import types
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from operator import is_
from typing import Any

from torch import nn

from sphinx_visualtorch.tracing.gather import tensors
from sphinx_visualtorch.tracing.held import modules_by_path

__all__ = ["tidied"]

_NESTED = "torch.nested._internal.nested_tensor"
"""Where torch itself keeps a tensor, from the first nested one on."""
_CACHED: Any = type(functools.lru_cache(lambda: None))
_FUNCTIONS = (types.FunctionType, type, _CACHED)
_LARGEST = 1_000
"""Entries of a table; larger ones hold other things than a model's tensors."""
_NOTHING: Any = object()


@contextmanager
def tidied(*owners: object) -> Iterator[None]:
    """Take away the tensors that the run inside leaves where *owners* come from.

    They are models, classes or functions.  Looked at is the module of each class and function,
    with those modules of the same package that it has something from.
    """
    kept = [*_kept(_holders(owners))]
    try:
        yield
    finally:
        for table, before in kept:
            _restore(table, before)


def _holders(owners: Iterable[object]) -> list[Any]:
    """Return the modules and classes that may hold tables."""
    found: dict[Any, None] = {}
    for owner in owners:
        if isinstance(owner, nn.Module):
            kinds = {type(module) for _, module in modules_by_path(owner)}
            found.update(dict.fromkeys(base for kind in kinds for base in kind.__mro__))
        elif isinstance(owner, _FUNCTIONS):
            found[owner] = None
    theirs = [owner for owner in found if not _is_others(owner.__module__)]
    names = dict.fromkeys(owner.__module__ for owner in theirs)
    for name in [*names]:
        package = name.partition(".")[0]
        for value in [*vars(sys.modules.get(name, object)).values()]:
            near = _module_of(value)
            if near.partition(".")[0] == package:
                names[near] = None
    names[_NESTED] = None
    modules = [sys.modules[name] for name in names if name in sys.modules]
    return [*modules, *(owner for owner in theirs if isinstance(owner, type))]


def _is_others(name: object) -> bool:
    return not isinstance(name, str) or name.partition(".")[0] in ("torch", "builtins", "typing")


def _module_of(value: object) -> str:
    if isinstance(value, types.ModuleType):
        return value.__name__
    name = value.__module__ if isinstance(value, _FUNCTIONS) else ""
    return name if isinstance(name, str) else ""


def _kept(holders: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    """Yield each table with what is in it now."""
    for holder in holders:
        names = vars(holder)
        if isinstance(holder, types.ModuleType):
            yield names, dict(names)
        yield from _tables(names.values())


def _tables(values: Iterable[Any], depth: int = 0) -> Iterator[tuple[Any, Any]]:
    """Yield each table among *values*, and those that decorators keep beside their functions."""
    for value in [value for value in values if type(value) in _TABLES]:
        table = value.__func__ if isinstance(value, _METHODS) else value
        if isinstance(table, _CACHED):
            yield table, table.cache_info().misses
        elif isinstance(table, types.FunctionType):
            if table.__closure__ and depth < _DEEPEST:
                yield from _tables(_closed_over(table), depth + 1)
        elif isinstance(table, dict | list) and len(table) < _LARGEST:
            yield table, table.copy()


def _closed_over(function: types.FunctionType) -> Iterator[Any]:
    for cell in function.__closure__ or ():
        with suppress(ValueError):  # it is still empty
            yield cell.cell_contents


_METHODS = (staticmethod, classmethod)
# others of the kind may do anything when they are looked at
_TABLES = frozenset({_CACHED, types.FunctionType, *_METHODS, dict, list, OrderedDict, defaultdict})
_DEEPEST = 3
"""Decorators around one function."""


def _restore(table: Any, before: Any) -> None:
    if isinstance(table, _CACHED):
        if table.cache_info().misses != before:
            table.cache_clear()
    elif isinstance(table, list):
        if len(table) > len(before) and _holds_tensors(table[len(before) :]):
            table[:] = before
    else:
        _restore_items(table, before)


def _restore_items(table: dict[Any, Any], before: Mapping[Any, Any]) -> None:
    if len(table) == len(before) and all(map(is_, table.values(), before.values())):
        return
    for key, value in [*table.items()]:
        old = before.get(key, _NOTHING)
        if old is value or not _holds_tensors([value]):
            continue
        if old is _NOTHING:
            del table[key]
        else:
            table[key] = old


def _holds_tensors(values: list[Any]) -> bool:
    return bool(tensors(values, []))
