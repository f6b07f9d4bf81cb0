"""From the lines of :mod:`.compact` to the graph; what does not fit is refused, line by line.

A few lines may stand for any number of layers.  How many, and for how much text, is bounded while
nothing is made of them yet but numbers and names.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, fields
from itertools import repeat
from typing import Any, NoReturn, TypeAlias

from sphinx_visualtorch.errors import GraphError
from sphinx_visualtorch.graph import (
    ArchitectureGraph,
    Edge,
    Node,
    Scope,
    TensorSpec,
    shown,
)
from sphinx_visualtorch.graph.lines import (
    DEEPEST,
    MOST,
    MOST_EDGES,
    Extents,
    last_of,
    moved,
    numbered,
    parent_of,
    stem,
    told,
)
from sphinx_visualtorch.graph.reading import (
    LONGEST_PATH,
    is_short,
    load_fields,
    load_own,
    load_part,
    load_spec,
)
from sphinx_visualtorch.graph.sharing import shared

__all__ = ["expand"]

_LARGEST = 64 * 2**20
"""Characters of all lines that a body stands for."""
_MOST_TENSORS = 4_000_000
"""Tensors that go along edges, of which no line need name one."""


@dataclass(frozen=True, slots=True)
class _Mould:
    """What a line says of a node or scope, checked: the same for all that are like it.

    *rest* are the values of a node's other fields than those of its own; *name* and *inputs* are
    None where they are told from elsewhere.
    """

    kind: type[Node | Scope]
    values: dict[str, Any]
    rest: tuple[Any, ...]
    weight: int
    outputs: tuple[TensorSpec, ...]
    name: str | None
    inputs: tuple[TensorSpec, ...] | None


_OWN = ("id", "path", "name", "scope", "inputs")
"""The fields of a node that are another's even where the nodes are alike."""
_REST = tuple((field.name, field.default) for field in fields(Node) if field.name not in _OWN)
_NAMES = (*_OWN, *(name for name, _ in _REST))


def _node(own: tuple[Any, ...], rest: tuple[Any, ...]) -> Node:
    # as the class does it itself, in a third of the time: that is most of what loading takes
    node = object.__new__(Node)
    deque(map(object.__setattr__, repeat(node), _NAMES, own + rest), maxlen=0)
    return node


_Taken: TypeAlias = tuple[int, tuple[TensorSpec, ...] | None]
"""Which item a node takes tensors from, and which tensors if not all."""


def expand(data: dict[str, Any]) -> ArchitectureGraph:
    """Return the graph of *data*, which is not yet proved sound.

    :raises GraphError: if a line is not as it is written, or if they stand for too much.
    """
    own = {name: value for name, value in data.items() if name != "body"}
    if own.keys() & {"scopes", "nodes", "edges"}:
        _refuse("a graph has a body or nodes, not both")
    if type(data["body"]) is not list:
        _refuse("the body is a list of lines")
    body = _Body()
    for line in data["body"]:
        if type(line) is not dict:
            _refuse("a line of the body is a JSON object")
        if "like" in line:
            body.repeat(line)
        else:
            body.add(dict(line))
    nodes, edges = body.nodes()
    return load_own(own, {"scopes": body.scopes(), "nodes": nodes, "edges": edges})


def _refuse(problem: str) -> NoReturn:
    raise GraphError(problem)


def _text(value: Any) -> str:
    if type(value) is not str:
        _refuse("a line of the body names nodes, scopes and paths by texts")
    if len(value) > LONGEST_PATH:
        _refuse("a line of the body has a longer name than any model has")
    return value


_ELSEWHERE = frozenset({"id", "path", "scope", "parent"})
"""Fields of nodes and scopes that a line has under other names."""


class _Body:
    """The items that the lines stand for, in columns; they know each other by their indices."""

    def __init__(self) -> None:
        self._moulds: list[_Mould] = []
        self._ids: list[str] = []
        self._paths: list[str] = []
        self._parents: list[int] = []
        self._depths: list[int] = []
        self._taken: list[tuple[_Taken, ...]] = []
        self._weights = [0]
        self._edges = [0]
        self._tensors = 0
        self._places: dict[type, dict[str, int]] = {Node: {}, Scope: {}}
        self._calls: dict[type, dict[str, int]] = {Node: {}, Scope: {}}
        self._written: dict[str, int] = {}
        self._known: dict[tuple[type, str], _Mould] = {}
        self._extents = Extents()

    def add(self, values: dict[str, Any]) -> None:
        """Take the one item that a line tells of."""
        at = len(self._ids)
        kind: type[Node | Scope] = Node if "node" in values else Scope
        identifier = _text(values.pop("node" if kind is Node else "scope", None))
        path = _text(values.pop("path")) if "path" in values else stem(identifier)
        around = _text(values.pop("in")) if "in" in values else parent_of(path)
        parent = self._parent(around, identifier)
        taken = self._sources(values.pop("from")) if "from" in values else ()
        mould = self._mould(kind, values)
        if kind is Node:
            self._extents.place(at, parent)
        else:
            if taken:
                _refuse("a scope is from nothing, unless it is like another one")
            self._extents.open(at, parent)
            self._written[identifier] = at
        self._check_room(1, mould.weight + 2 * len(path), len(taken))
        self._check_tensors(taken)
        self._put_into(parent)
        self._taken.append(taken)
        self._put(mould, path, identifier)

    def _mould(self, kind: type[Node | Scope], values: dict[str, Any]) -> _Mould:
        """Return what is left of a line; most lines have much that an earlier one had, too."""
        if "kind" not in values or not _ELSEWHERE.isdisjoint(values):
            _refuse("a line of the body has other fields, or no kind")
        text = repr(values)
        mould = self._known.get((kind, text))
        if mould is None:
            checked = _node_values(values) if kind is Node else load_fields(Scope, values)
            name, inputs = checked.pop("name", None), checked.pop("inputs", None)
            rest = tuple([checked.get(field, default) for field, default in _REST])
            outputs = checked.get("outputs", ())
            mould = _Mould(kind, checked, rest, len(text), outputs, name, inputs)
            self._known[kind, text] = mould
        return mould

    def repeat(self, line: dict[str, Any]) -> None:
        """Take all that is in a block that is like an earlier one."""
        if not {"scope", "like"} <= line.keys() <= {"scope", "like", "from", "in", "path"}:
            _refuse("a line of a block that is like another one has other fields")
        identifier, model = _text(line["scope"]), _text(line["like"])
        path = _text(line.get("path", stem(identifier)))
        parent = self._parent(_text(line.get("in", parent_of(path))), identifier)
        outside = [source for source, _ in self._sources(line.get("from", []))]
        start = len(self._ids)
        self._extents.place(start, parent)
        whole = self._extents.whole(self._written.get(model, -1))
        if whole is None:
            _refuse(f"no whole scope stands above under the id {shown(model)}")
        first, end = whole
        longer = max(0, len(path) - len(self._paths[first]))
        weight = self._weights[end] - self._weights[first]
        edges = self._edges[end] - self._edges[first]
        self._check_room(end - first, weight + 2 * longer * (end - first), edges)
        sources = self._carried(range(first, end), start, outside)
        for like, taken in zip(range(first, end), sources, strict=True):
            above = self._parents[like] - first + start if like > first else parent
            mould = self._moulds[like]
            if mould.kind is Scope:
                self._extents.seal(len(self._ids), above, start + end - first)
            self._check_tensors(taken)
            self._put_into(above)
            self._taken.append(taken)
            below = moved(self._paths[like], self._paths[first], path)
            self._put(mould, below, None if like > first else identifier)

    def _carried(self, span: range, start: int, outside: list[int]) -> list[tuple[_Taken, ...]]:
        """Return what the items of a block take, when it is repeated from *start* on."""
        order: dict[int, int] = {}
        first, shift = span.start, start - span.start
        for like in span:
            for source, _ in self._taken[like]:
                if source < first:
                    order.setdefault(source, len(order))
        if len(order) != len(outside):
            _refuse("a block takes in more, or less, than the one it is like")
        return [
            tuple(
                (source + shift if source >= first else outside[order[source]], tensors)
                for source, tensors in self._taken[like]
            )
            for like in span
        ]

    def _parent(self, around: str, identifier: str) -> int:
        if not identifier and not self._ids:
            return -1
        if around not in self._places[Scope]:
            _refuse(f"{shown(identifier)} is in the unknown scope {shown(around)}")
        return self._places[Scope][around]

    def _sources(self, data: Any) -> tuple[_Taken, ...]:
        if type(data) is not list:
            _refuse("what a line is from is a list")
        return tuple(
            [
                (self._source(item), None)
                if type(item) is str
                else (self._source(item["node"]), _specs(item["tensors"]))
                if type(item) is dict and item.keys() == {"node", "tensors"}
                else _refuse("a line is from ids, or from ids with tensors")
                for item in data
            ]
        )

    def _source(self, name: Any) -> int:
        found = self._places[Node].get(name) if type(name) is str else None
        if found is None:
            _refuse(f"no node stands above what it goes to under the id {shown(name)}")
        return found

    def _check_room(self, count: int, weight: int, edges: int) -> None:
        if len(self._ids) + count > MOST or self._weights[-1] + weight > _LARGEST:
            _refuse("it stands for more layers, or more text, than any model has")
        if self._edges[-1] + edges > MOST_EDGES:
            _refuse("it stands for more edges than any model has")

    def _check_tensors(self, taken: tuple[_Taken, ...]) -> None:
        """Count what comes along the edges into an item, of which those before it are made."""
        for source, tensors in taken:
            self._tensors += len(self._moulds[source].outputs if tensors is None else tensors)
        if self._tensors > _MOST_TENSORS:
            _refuse("its nodes take in more tensors than those of any model")

    def _put_into(self, parent: int) -> None:
        # before anybody walks from an item to the root, and does so for each of many
        depth = self._depths[parent] + 1 if parent >= 0 else 0
        if depth > DEEPEST:
            _refuse(f"its scopes are nested in more than {DEEPEST} others")
        self._parents.append(parent)
        self._depths.append(depth)

    def _put(self, mould: _Mould, path: str, identifier: str | None) -> None:
        """Take an item, with its id or the one that its path and the number of its call make."""
        kind, calls = mould.kind, self._calls[mould.kind]
        number = calls[path] = calls.get(path, 0) + 1
        name = numbered(path, number) if identifier is None else identifier
        self._places[kind][name] = len(self._ids)
        self._ids.append(name)
        self._moulds.append(mould)
        self._paths.append(path)
        self._weights.append(self._weights[-1] + mould.weight + 2 * len(path))
        self._edges.append(self._edges[-1] + len(self._taken[-1]))

    def scopes(self) -> tuple[Scope, ...]:
        """Return the scopes in their order."""
        return tuple(
            Scope(
                id=self._ids[at],
                path=self._paths[at],
                parent=self._ids[self._parents[at]] if at else None,
                name=last_of(self._paths[at]) if mould.name is None else mould.name,
                **mould.values,
            )
            for at, mould in enumerate(self._moulds)
            if mould.kind is Scope
        )

    def nodes(self) -> tuple[tuple[Node, ...], tuple[Edge, ...]]:
        """Return the nodes in their order, and the edges into each."""
        nodes, edges = [], []
        ids, paths, parents, moulds = self._ids, self._paths, self._parents, self._moulds
        for at, mould in enumerate(moulds):
            if mould.kind is Scope:
                continue
            identifier, path, inputs = ids[at], paths[at], mould.inputs
            own = [
                Edge(
                    source=ids[source],
                    target=identifier,
                    tensors=moulds[source].outputs if tensors is None else tensors,
                )
                for source, tensors in self._taken[at]
            ]
            edges += own
            if inputs is None:
                inputs = own[0].tensors if len(own) == 1 else _joined(own)
            name = last_of(path) if mould.name is None else mould.name
            nodes.append(_node((identifier, path, name, ids[parents[at]], inputs), mould.rest))
        return tuple(nodes), tuple(edges)


def _joined(edges: list[Edge]) -> tuple[TensorSpec, ...]:
    joined: tuple[TensorSpec, ...] = shared(tuple(spec for edge in edges for spec in edge.tensors))
    return joined


def _node_values(values: dict[str, Any]) -> dict[str, Any]:
    attributes = values.get("attributes")
    if type(attributes) is dict:
        if not all(is_short(name) and is_short(value) for name, value in attributes.items()):
            _refuse("an attribute is a pair of short texts")
        del values["attributes"]
        checked = load_fields(Node, values)
        checked["attributes"] = shared(tuple(attributes.items()))
    else:
        checked = load_fields(Node, values)
    for name in ("inputs", "outputs"):
        if name in checked:
            checked[name] = _specs(values[name])
    if "parts" in checked:
        checked["parts"] = tuple(map(load_part, values["parts"]))
    checked.setdefault("outputs", ())
    return told(checked) | checked


def _specs(data: Any) -> tuple[TensorSpec, ...]:
    if type(data) is not list:
        _refuse("tensors are a list")
    specs: tuple[TensorSpec, ...] = shared(tuple(map(_spec, data)))
    return specs


def _spec(data: Any) -> TensorSpec:
    return load_spec({"shape": data} if type(data) is list else data)
