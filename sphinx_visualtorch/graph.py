"""The ArchitectureGraph: one forward pass of a model as plain, frozen, hashable data.

This room knows no torch, no drawing and no file.  A graph can be written as JSON, compared
with ``==`` and proved sound with :meth:`ArchitectureGraph.check`.  Its *digest* is the model
hash: the same on every machine and in every run.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from sphinx_visualtorch.errors import GraphError

__all__ = ["SCHEMA", "ArchitectureGraph", "Edge", "Node", "Part", "Scope", "TensorSpec"]

SCHEMA = 1
"""The version of the JSON form; a graph of another version is traced again."""

OPS = ("input", "parameter", "constant", "module", "function", "scope")
SOURCES = ("input", "parameter", "constant")


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorSpec:
    """What is known of a tensor without its values: *shape* (with the batch) and *dtype*."""

    shape: tuple[int, ...]
    dtype: str = "float32"

    @property
    def numel(self) -> int:
        """The number of elements."""
        total = 1
        for size in self.shape:
            total *= size
        return total


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One layer inside a box that stands for several (a merged convolution, norm and ReLU)."""

    path: str
    kind: str
    role: str
    attributes: tuple[tuple[str, str], ...] = ()
    parameters: int = 0
    calls: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One call of a leaf module or tensor function, or a source of tensors.

    id
        Unique in the graph: the path, with ``#2`` for the second call, and so on.
    op
        ``input``, ``parameter`` (a parameter or buffer that the forward uses directly),
        ``constant`` (a tensor that nothing produced), ``module``, ``function``, or ``scope``
        (a whole scope that a transform collapsed).
    path
        The module path, or the path of the calling module plus the function's name.
    name
        The last part of the path: what the author calls it.
    kind
        The class name (``Conv2d``) or function name (``cat``).
    role
        What the operation is for; one role has one colour (see :mod:`sphinx_visualtorch.theme`).
    target
        The public import path of the class or function (``torch.nn.Conv2d``).
    scope
        The id of the scope that the call happened in.
    inputs, outputs
        The tensors that went in and came out, in order.
    attributes
        Hyper-parameters as ``(name, value)`` texts, as in ``extra_repr``.  A value that has no
        name there has a name that is its position (``"0"``, ``"1"``).
    parameters
        Parameters owned by this call; those that an earlier node owns are not counted again.
    calls
        How many leaf-module calls of one forward pass this node stands for.
    repeat
        N where N equal neighbours were folded into this one; totals include all of them.
    parts
        The layers of a merged node, in order; empty otherwise.
    source
        True where a module or function takes no tensor from the graph (``torch.arange``).
    """

    id: str
    op: str
    path: str
    name: str
    kind: str
    role: str = "function"
    target: str = ""
    scope: str = ""
    inputs: tuple[TensorSpec, ...] = ()
    outputs: tuple[TensorSpec, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()
    parameters: int = 0
    calls: int = 0
    repeat: int = 1
    parts: tuple[Part, ...] = ()
    source: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """Data flow: *tensors* that node *source* made and node *target* used."""

    source: str
    target: str
    tensors: tuple[TensorSpec, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """One call of a container module, or a run of calls inside a container that is not called.

    The nodes of a scope, those of its inner scopes included, stand next to each other in the
    graph: collapsing scopes can therefore never make a cycle.
    """

    id: str
    path: str
    name: str
    kind: str
    target: str = ""
    parent: str | None = None
    repeat: int = 1


@dataclass(frozen=True, kw_only=True)
class ArchitectureGraph:
    """A model's forward pass: nodes in the order of execution, edges, and the scopes' tree.

    name
        The class name of the model.
    scopes
        The root (id ``""``, parent None) first; each scope after its parent.
    outputs
        The ids of the nodes whose tensors the model returns.
    parameters
        All parameters of the model, shared ones once: ``sum(p.numel() for p in parameters())``.
    notes
        What a reader should know, for example that the forward read a tensor's value.
    """

    name: str
    scopes: tuple[Scope, ...]
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    outputs: tuple[str, ...] = ()
    parameters: int = 0
    notes: tuple[str, ...] = ()

    @property
    def calls(self) -> int:
        """The number of leaf-module calls of one forward pass."""
        return sum(node.calls for node in self.nodes)

    @cached_property
    def by_id(self) -> Mapping[str, Node]:
        """The nodes by their ids."""
        return {node.id: node for node in self.nodes}

    @cached_property
    def scope_by_id(self) -> Mapping[str, Scope]:
        """The scopes by their ids."""
        return {scope.id: scope for scope in self.scopes}

    @cached_property
    def incoming(self) -> Mapping[str, tuple[Edge, ...]]:
        """The edges into each node, by its id."""
        return self._edges_by("target")

    @cached_property
    def outgoing(self) -> Mapping[str, tuple[Edge, ...]]:
        """The edges out of each node, by its id."""
        return self._edges_by("source")

    def _edges_by(self, end: str) -> Mapping[str, tuple[Edge, ...]]:
        found: dict[str, list[Edge]] = {node.id: [] for node in self.nodes}
        for edge in self.edges:
            found[getattr(edge, end)].append(edge)
        return {key: tuple(edges) for key, edges in found.items()}

    def to_data(self) -> dict[str, Any]:
        """Return the graph as plain lists and dicts; fields with their default are left out."""
        return {"schema": SCHEMA, **_plain(self)}

    def to_json(self) -> str:
        """Return the canonical JSON text: the same graph is always the same text."""
        return json.dumps(self.to_data(), sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_data(cls, data: object) -> ArchitectureGraph:
        """Build a graph from what :meth:`to_data` returned.

        :raises GraphError: if a field is missing, unknown or of the wrong type, or if the
            schema is another one, or if the graph is not sound.
        """
        if not isinstance(data, dict):
            raise GraphError(f"a graph is a JSON object, not {type(data).__name__}")
        schema = data.get("schema")
        if type(schema) is not int or schema != SCHEMA:
            raise GraphError(
                f"graph schema {_shown(schema)} is not {SCHEMA}, which this version reads"
            )
        graph = _load_graph({key: value for key, value in data.items() if key != "schema"})
        graph.check()
        return graph

    @classmethod
    def from_json(cls, text: str) -> ArchitectureGraph:
        """Build a graph from its JSON text; the errors are those of :meth:`from_data`."""
        try:
            data = json.loads(text)
        except (ValueError, TypeError, RecursionError) as error:
            raise GraphError(f"not JSON: {error}") from error
        return cls.from_data(data)

    @cached_property
    def digest(self) -> str:
        """The model hash: 16 hexadecimal digits of the canonical JSON's SHA-256."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()[:16]

    def check(self) -> None:
        """Prove that the graph is sound.

        Ids are unique; the scopes form a tree and stand after their parents; each scope's nodes
        stand together; every edge's ends exist and its source comes first; every node that is
        no source has a producer.

        :raises GraphError: naming the first contradiction found.
        """
        for problem in _problems(self):
            raise GraphError(f"unsound graph {self.name!r}: {problem}")


def _problems(graph: ArchitectureGraph) -> Iterator[str]:
    position = {node.id: index for index, node in enumerate(graph.nodes)}
    if len(position) != len(graph.nodes):
        yield "two nodes have the same id"
    if not graph.scopes or graph.scopes[0].id != "" or graph.scopes[0].parent is not None:
        yield "the first scope is not the root"
    yield from _scope_problems(graph)
    fed = set()
    seen = set()
    for edge in graph.edges:
        if edge.source not in position or edge.target not in position:
            yield f"the edge {edge.source!r} → {edge.target!r} has no node at one end"
        elif position[edge.source] >= position[edge.target]:
            yield f"the edge {edge.source!r} → {edge.target!r} runs backwards"
        if (edge.source, edge.target) in seen:
            yield f"the edge {edge.source!r} → {edge.target!r} stands twice"
        seen.add((edge.source, edge.target))
        fed.add(edge.target)
    for node in graph.nodes:
        if node.op not in OPS:
            yield f"node {node.id!r} has the unknown op {node.op!r}"
        if node.id not in fed and node.op not in SOURCES and not node.source:
            yield f"node {node.id!r} has no producer and is not marked as a source"
    for name in graph.outputs:
        if name not in position:
            yield f"the output {name!r} is no node"


def _scope_problems(graph: ArchitectureGraph) -> Iterator[str]:
    parents: dict[str, str | None] = {}
    for scope in graph.scopes:
        if scope.id in parents:
            yield f"two scopes have the id {scope.id!r}"
        if scope.parent is None and parents:
            yield f"scope {scope.id!r} is a second root"
        if scope.parent is not None and scope.parent not in parents:
            yield f"scope {scope.id!r} stands before its parent {scope.parent!r}"
        parents[scope.id] = scope.parent
    closed: set[str] = set()
    open_scopes: list[str] = []
    for node in graph.nodes:
        if node.scope not in parents:
            yield f"node {node.id!r} is in the unknown scope {node.scope!r}"
            return
        chain: list[str] = []
        inner: str | None = node.scope
        while inner is not None:
            chain.append(inner)
            inner = parents[inner]
        chain.reverse()
        while open_scopes and open_scopes != chain[: len(open_scopes)]:
            closed.add(open_scopes.pop())
        for name in chain[len(open_scopes) :]:
            if name in closed:
                yield f"the nodes of scope {name!r} do not stand together"
            open_scopes.append(name)


_CLASSES = (TensorSpec, Part, Node, Edge, Scope, ArchitectureGraph)

_DEFAULTS: Mapping[type, tuple[tuple[str, Any], ...]] = {
    cls: tuple((field.name, field.default) for field in dataclasses.fields(cls)) for cls in _CLASSES
}
"""The names and defaults of each class's fields."""


def _plain(value: Any) -> Any:
    kind = type(value)
    if kind is tuple:
        return [_plain(item) for item in value]
    if kind in _ATOMS:
        return value
    return {
        name: _plain(current)
        for name, default in _DEFAULTS[kind]
        if (current := getattr(value, name)) != default
    }


_ATOMS = frozenset({str, int, bool, type(None)})

_Made = TypeVar("_Made")


def _load_graph(data: dict[str, Any]) -> ArchitectureGraph:
    values = _fields(ArchitectureGraph, data)
    loaders = {"scopes": _load_scope, "nodes": _load_node, "edges": _load_edge}
    return _make(ArchitectureGraph, _with_items(values, loaders))


def _load_scope(data: Any) -> Scope:
    return _make(Scope, _fields(Scope, data))


def _load_node(data: Any) -> Node:
    values = _with_attributes(_fields(Node, data))
    loaders = {"inputs": _load_spec, "outputs": _load_spec, "parts": _load_part}
    return _make(Node, _with_items(values, loaders))


def _load_part(data: Any) -> Part:
    return _make(Part, _with_attributes(_fields(Part, data)))


def _load_edge(data: Any) -> Edge:
    return _make(Edge, _with_items(_fields(Edge, data), {"tensors": _load_spec}))


def _load_spec(data: Any) -> TensorSpec:
    # nine of ten objects in a file are these: what is plainly right is taken without ceremony
    if type(data) is dict and len(data) <= 2:
        shape, dtype = data.get("shape"), data.get("dtype", "float32")
        if type(shape) is list and type(dtype) is str and len(data) == 1 + ("dtype" in data):
            sizes = tuple(shape)
            if all(type(size) is int and 0 <= size <= _LARGEST for size in sizes):
                return TensorSpec(shape=sizes, dtype=dtype)
    values = _fields(TensorSpec, data)
    if not all(type(size) is int and 0 <= size <= _LARGEST for size in values.get("shape", ())):
        raise GraphError("a shape holds whole numbers only")
    return _make(TensorSpec, values)


def _with_items(
    values: dict[str, Any], loaders: Mapping[str, Callable[[Any], Any]]
) -> dict[str, Any]:
    loaded = {name: tuple(map(loaders[name], values[name])) for name in loaders.keys() & values}
    return {**values, **loaded}


def _with_attributes(values: dict[str, Any]) -> dict[str, Any]:
    pairs = values.get("attributes", ())
    for pair in pairs:
        if not (isinstance(pair, list) and len(pair) == 2 and all(type(p) is str for p in pair)):
            raise GraphError("an attribute is a pair of texts")
    values["attributes"] = tuple((name, value) for name, value in pairs)
    return values


_LARGEST = 2**63 - 1
"""Of all numbers in a graph: torch counts in 64 bits."""

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
    for cls in _CLASSES
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
            raise GraphError(f"a {cls.__name__} has no field {_shown(name)}")
        kinds, texts = known[name]
        # bool is an int to isinstance, but ``true`` is no number of parameters
        if type(value) not in kinds:
            raise GraphError(f"{cls.__name__}.{name} cannot be {_shown(value)}")
        if type(value) is int and not (name == "repeat") <= value <= _LARGEST:
            raise GraphError(f"{cls.__name__}.{name} cannot be {_shown(value)}")
        if texts and not all(type(item) is str for item in value):
            raise GraphError(f"{cls.__name__}.{name} holds texts only")
        values[name] = tuple(value) if isinstance(value, list) else value
    return values


def _shown(value: object) -> str:
    """Return a value in few words: from outside it may be huge, or nested without end."""
    if isinstance(value, str):
        return repr(value[:60])
    small = isinstance(value, int) and abs(value) < 10**20
    return str(value) if small or value is None else f"of type {type(value).__name__}"


def _make(cls: type[_Made], values: dict[str, Any]) -> _Made:
    try:
        return cls(**values)
    except TypeError as error:
        raise GraphError(f"{cls.__name__}: {error}") from error
