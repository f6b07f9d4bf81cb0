"""Which functions make models, found out without calling them.

To call whatever a module has would run its ``train()`` and its ``download()``.  So a function's
return annotation is asked; where it has none, its source is read: it makes a model if what it
returns is made by a class of modules, or by another function that makes one.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
import types
import typing
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from typing import Any

from torch import nn

from sphinx_visualtorch.tracing.seam import quietly

__all__ = ["is_model_class", "makes_model"]

_DEEPEST = 5
"""Functions that call each other are followed so far."""


def is_model_class(value: Any) -> bool:
    """Say whether *value* is a class of modules that can run, which one without forward cannot."""
    return (
        isinstance(value, type)
        and issubclass(value, nn.Module)
        and not inspect.isabstract(value)
        and value.forward is not nn.Module.forward
    )


def makes_model(value: Any, depth: int = 0) -> bool:
    """Say whether *value* is a function that returns a module."""
    while isinstance(value, partial):
        value = value.func
    if isinstance(value, type):
        return issubclass(value, nn.Module)
    if depth > _DEEPEST or not inspect.isroutine(value):
        return False
    function = quietly(lambda: inspect.unwrap(value), value)
    function = getattr(function, "__func__", function)
    if not isinstance(function, types.FunctionType):
        return False
    told = _told(function)
    if told is not None:
        return told
    return quietly(lambda: _Reader(function, depth).returns_model(), instead=False)


def _told(function: types.FunctionType) -> bool | None:
    """Return what the return annotation says, None if it says nothing that can be understood."""
    told = {key: hint for key, hint in function.__annotations__.items() if key == "return"}
    # of the other annotations one may name what only type checkers import
    alone = types.SimpleNamespace(__annotations__=told)
    nothing: dict[str, Any] = {}
    hints = quietly(lambda: typing.get_type_hints(alone, _names(function)), nothing)
    return _is_module(hints["return"]) if "return" in hints else None


def _is_module(wanted: Any) -> bool | None:
    parts = typing.get_args(wanted)
    if parts and not isinstance(wanted, type):  # Net | None, Optional[Net]
        return any(_is_module(part) for part in parts)
    if isinstance(wanted, typing.TypeVar):
        return None
    return isinstance(wanted, type) and issubclass(wanted, nn.Module)


def _names(function: types.FunctionType) -> dict[str, Any]:
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=False)
    found = dict(function.__globals__)
    for name, cell in cells:
        with suppress(ValueError):  # it has no value yet
            found[name] = cell.cell_contents
    return found


def _value(tree: ast.expr, names: dict[str, Any]) -> Any:
    """Return what a dotted name stands for, None if that is not known."""
    match tree:
        case ast.Name():
            return names.get(tree.id)
        case ast.Attribute():
            owner = _value(tree.value, names)
            # a module or a class: what an object's attribute would run is not ours to find out
            known = isinstance(owner, types.ModuleType | type)
            return getattr(owner, tree.attr, None) if known else None
    return None


class _Reader:
    """Reads the source of one function."""

    def __init__(self, function: types.FunctionType, depth: int) -> None:
        self._names = _names(function)
        self._depth = depth
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
        (self._body,) = (item for item in tree.body if isinstance(item, ast.FunctionDef))
        self._assigned: dict[str, list[ast.expr]] = {}
        for item in ast.walk(self._body):
            match item:
                case ast.Assign(targets=[ast.Name(name)], value=value):
                    self._assigned.setdefault(name, []).append(value)
                case ast.AnnAssign(target=ast.Name(name), value=ast.expr() as value):
                    self._assigned.setdefault(name, []).append(value)

    def returns_model(self) -> bool:
        return any(self._is_made(value, set()) for value in self._returned(self._body))

    def _returned(self, tree: ast.AST) -> Iterator[ast.expr]:
        """Yield what is returned by the function itself, not by one inside of it."""
        for item in ast.iter_child_nodes(tree):
            if isinstance(item, ast.Return) and item.value is not None:
                yield item.value
            elif not isinstance(item, ast.FunctionDef | ast.Lambda | ast.ClassDef):
                yield from self._returned(item)

    def _is_made(self, value: ast.expr, seen: set[str]) -> bool:
        match value:
            case ast.Name(name):
                if name in seen:
                    return False
                return any(
                    self._is_made(item, seen | {name}) for item in self._assigned.get(name, [])
                )
            case ast.IfExp():
                return self._is_made(value.body, seen) or self._is_made(value.orelse, seen)
            case ast.Call():
                return self._is_call(value, seen)
        return False

    def _is_call(self, call: ast.Call, seen: set[str]) -> bool:
        called = _value(call.func, self._names)
        if called is not None:
            return makes_model(called, self._depth + 1) or self._is_handed_class(call)
        if isinstance(call.func, ast.Attribute):  # Net().eval()
            return self._is_made(call.func.value, seen)
        return False

    def _is_handed_class(self, call: ast.Call) -> bool:
        """Say whether a call is like ``_make(ResNet, ...)``."""
        return any(is_model_class(_value(item, self._names)) for item in call.args[:1])
