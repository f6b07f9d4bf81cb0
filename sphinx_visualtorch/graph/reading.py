"""From JSON's lists and dicts to a graph; what does not fit is refused, field by field."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from math import prod
from sys import intern
from typing import Any, TypeVar

from sphinx_visualtorch.errors import GraphError
from sphinx_visualtorch.graph import (
    CLASSES,
    ArchitectureGraph,
    ClassSource,
    Edge,
    Node,
    Part,
    Scope,
    TensorSpec,
    shown,
)
from sphinx_visualtorch.graph.sharing import shared, shared_spec
from sphinx_visualtorch.theme import ROLES

__all__ = [
    "LONGEST_PATH",
    "is_short",
    "load_fields",
    "load_graph",
    "load_own",
    "load_part",
    "load_spec",
]

_Made = TypeVar("_Made")


def load_graph(data: dict[str, Any]) -> ArchitectureGraph:
    """Return the graph of *data*, which is not yet proved sound."""
    values = _fields(ArchitectureGraph, data)
    loaders = {
        "scopes": _load_scope,
        "nodes": _load_node,
        "edges": _load_edge,
        "classes": _load_class,
    }
    return _make(ArchitectureGraph, _with_items(values, loaders))


def load_own(data: dict[str, Any], parts: Mapping[str, tuple[Any, ...]]) -> ArchitectureGraph:
    """Return the graph that has these *parts*, and else what *data* says of the whole."""
    values = _with_items(_fields(ArchitectureGraph, data), {"classes": _load_class})
    return _make(ArchitectureGraph, {**values, **parts})


def load_fields(cls: type[Any], data: dict[str, Any]) -> dict[str, Any]:
    """Return *data*, which need not have all fields of *cls*, with the attributes as pairs.

    Other lists are tuples, and what is in them is not yet looked at.
    """
    values = _fields(cls, data)
    return _with_attributes(values) if "attributes" in values else values


def _load_scope(data: Any) -> Scope:
    return _make(Scope, _fields(Scope, data))


def _load_class(data: Any) -> ClassSource:
    values = _fields(ClassSource, data)
    file = values.get("file", "")
    # it may become a part of an address: below a package, and nowhere else
    if not {"", ".", ".."}.isdisjoint(file.split("/")) or not {":", "\\"}.isdisjoint(file):
        raise GraphError(f"a class is in a file of its package, not in {shown(file)}")
    return _make(ClassSource, values)


def _load_node(data: Any) -> Node:
    values = _with_specs(_with_attributes(_fields(Node, data)), ("inputs", "outputs"))
    return _make(Node, _with_items(values, {"parts": load_part}))


def load_part(data: Any) -> Part:
    """Return a part of a merged node."""
    return _make(Part, _with_attributes(_fields(Part, data)))


def _load_edge(data: Any) -> Edge:
    values = _with_specs(_fields(Edge, data), ("tensors",))
    for way in values.get("through", ()):
        if not (isinstance(way, list) and len(way) == 3 and all(type(p) is str for p in way)):
            raise GraphError("a way is a scope and two digests")
    return _make(Edge, {**values, "through": tuple(map(tuple, values.get("through", ())))})


def load_spec(data: Any) -> TensorSpec:
    """Return what is known of a tensor."""
    # nine of ten objects in a file are these: what is plainly right is taken without ceremony
    if type(data) is dict and len(data) <= 2:
        shape, dtype = data.get("shape"), data.get("dtype", "float32")
        if type(shape) is list and type(dtype) is str and len(data) == 1 + ("dtype" in data):
            sizes = tuple(shape)
            if _are_sizes(sizes) and dtype.isidentifier():
                return shared_spec(sizes, dtype)
    values = _fields(TensorSpec, data)
    if not _are_sizes(values.get("shape", ())):
        raise GraphError(
            f"a shape holds whole numbers, {_DIMENSIONS} at most, and torch counts its elements"
        )
    return _make(TensorSpec, values)


def _are_sizes(shape: tuple[Any, ...]) -> bool:
    plain = len(shape) <= _DIMENSIONS and all(
        type(size) is int and 0 <= size <= _LARGEST for size in shape
    )
    return plain and prod(shape) <= _LARGEST


def _with_items(
    values: dict[str, Any], loaders: Mapping[str, Callable[[Any], Any]]
) -> dict[str, Any]:
    loaded = {
        name: tuple(map(load, values[name])) for name, load in loaders.items() if name in values
    }
    return {**values, **loaded}


def _with_specs(values: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    loaded = {name: shared(tuple(map(load_spec, values[name]))) for name in names & values.keys()}
    return values | loaded


def _with_attributes(values: dict[str, Any]) -> dict[str, Any]:
    pairs = values.get("attributes", ())
    for pair in pairs:
        if not (isinstance(pair, list) and len(pair) == 2 and all(map(is_short, pair))):
            raise GraphError("an attribute is a pair of short texts")
    values["attributes"] = shared(tuple((name, value) for name, value in pairs))
    return values


def is_short(value: object) -> bool:
    """Say whether a value is a text that is not longer than that of any attribute."""
    return type(value) is str and len(value) <= _LONGEST


_LARGEST = 2**63 - 1
"""Of all numbers in a graph: torch counts in 64 bits."""

_DIMENSIONS = 256
"""Of a tensor: most of torch stops at 64."""

_LONGEST = 1_000
"""Characters of a text."""

LONGEST_PATH = 10_000
"""Characters of a text that has a part for each scope around it."""

_PATHS = frozenset({"id", "path", "scope", "parent", "source", "target", "last"})

_KINDS: Mapping[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "bool": (bool,),
    "str | None": (str, type(None)),
}


_KNOWN: Mapping[type, Mapping[str, tuple[tuple[type, ...], bool]]] = {
    cls: {
        field.name: (_KINDS.get(str(field.type), (list,)), "tuple[str, ...]" in str(field.type))
        for field in dataclasses.fields(cls)
    }
    for cls in CLASSES
}
"""For each field of each class the types that JSON may give it, and whether it holds texts."""


def _fields(cls: type[Any], data: Any) -> dict[str, Any]:
    """Return *data* checked against the fields of *cls*, lists made tuples one level deep."""
    if not isinstance(data, dict):
        raise GraphError(f"a {cls.__name__} is a JSON object, not {type(data).__name__}")
    known = _KNOWN[cls]
    values: dict[str, Any] = {}
    for name, value in data.items():
        if name not in known:
            raise GraphError(f"a {cls.__name__} has no field {shown(name)}")
        kinds, texts = known[name]
        # bool is an int to isinstance, but ``true`` is no number of parameters
        if type(value) not in kinds:
            raise GraphError(f"{cls.__name__}.{name} cannot be {shown(value)}")
        if type(value) is int and not (name == "repeat") <= value <= _LARGEST:
            raise GraphError(f"{cls.__name__}.{name} cannot be {shown(value)}")
        if texts and not all(type(item) is str and len(item) <= LONGEST_PATH for item in value):
            raise GraphError(f"{cls.__name__}.{name} holds short texts only")
        # a file writes an id at each use, between things that are forgotten: a copy for all of them
        # stands near its neighbours in memory, and is found without comparing
        if type(value) is str:
            _check_text(cls, name, value)
            values[name] = intern((value + " ")[:-1])
        else:
            values[name] = tuple(value) if isinstance(value, list) else value
    return values


def _check_text(cls: type[Any], name: str, value: str) -> None:
    if len(value) > _LONGEST and (name not in _PATHS or len(value) > LONGEST_PATH):
        raise GraphError(f"{cls.__name__}.{name} is longer than any name")
    if name == "kind" and not value:
        raise GraphError(f"{cls.__name__}.kind is empty")
    if name == "role" and value not in ROLES:
        raise GraphError(f"{cls.__name__}.role cannot be {shown(value)}")
    if name == "dtype" and not value.isidentifier():
        raise GraphError(f"{cls.__name__}.dtype cannot be {shown(value)}")


def _make(cls: type[_Made], values: dict[str, Any]) -> _Made:
    try:
        return cls(**values)
    except TypeError as error:
        raise GraphError(f"{cls.__name__}: {error}") from error
