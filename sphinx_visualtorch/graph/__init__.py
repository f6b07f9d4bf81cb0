"""The ArchitectureGraph: one forward pass of a model as plain, frozen, hashable data.

This room knows no torch, no drawing and no file.  A graph can be written as JSON, compared
with ``==`` and proved sound with :meth:`ArchitectureGraph.check`.  Its *digest* is the model
hash: the same on every machine and in every run.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sphinx_visualtorch.acyclic import acyclic
from sphinx_visualtorch.errors import GraphError
from sphinx_visualtorch.graph.parts import (
    CONTAINERS,
    OPS,
    SOURCES,
    ClassSource,
    Edge,
    Node,
    Part,
    Scope,
    TensorSpec,
    Through,
    is_row,
    sums,
)

__all__ = [
    "CLASSES",
    "CONTAINERS",
    "OPS",
    "SCHEMA",
    "SOURCES",
    "ArchitectureGraph",
    "ClassSource",
    "Edge",
    "Node",
    "Part",
    "Scope",
    "TensorSpec",
    "Through",
    "is_row",
    "plain",
    "shown",
    "sums",
]

SCHEMA = 2
"""The version of the JSON form; a graph of another version is traced again."""


@dataclass(frozen=True, kw_only=True, repr=False)
class ArchitectureGraph:
    """A model's forward pass: nodes in the order of execution, edges, and the scopes' tree.

    name
        The class name of the model.
    scopes
        The root (id ``""``, parent None) first; each scope after its parent.
    outputs
        The ids of the nodes whose tensors the model returns.
    parameters, frozen, buffers
        All of the model, shared ones once: ``sum(p.numel() for p in parameters())``; those that
        are not trained; the elements of all buffers.
    flops
        Floating-point operations of the forward pass, those whose result nobody uses included.
    unused
        The paths of the modules that the forward never called, without what is inside them.
    classes
        Where the classes of the nodes and scopes are written, as far as it is known.
    notes
        What a reader should know, for example that the forward read a tensor's value.
    """

    name: str
    scopes: tuple[Scope, ...]
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    outputs: tuple[str, ...] = ()
    parameters: int = 0
    frozen: int = 0
    buffers: int = 0
    flops: int = 0
    unused: tuple[str, ...] = ()
    classes: tuple[ClassSource, ...] = ()
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Return one line: the whole is ``to_json()``, and may be megabytes."""
        counts = f"{len(self.nodes)} nodes, {self.calls} layers, {self.parameters} parameters"
        return f"<{type(self).__name__} {self.name}: {counts}>"

    @property
    def trainable(self) -> int:
        """The parameters of the model that are trained."""
        return self.parameters - self.frozen

    @property
    def multiply_adds(self) -> int:
        """The number of multiply-adds of one forward pass."""
        return self.flops // 2

    @property
    def activation_bytes(self) -> int:
        """The bytes of all tensors that the nodes make."""
        return sum(node.activation_bytes for node in self.nodes)

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
    def source_by_target(self) -> Mapping[str, ClassSource]:
        """Where each class is written, by its import path."""
        return {source.target: source for source in self.classes}

    @cached_property
    def returned(self) -> frozenset[str]:
        """The *outputs* as a set: a model may return all that it makes."""
        return frozenset(self.outputs)

    @cached_property
    def members(self) -> Mapping[str, list[Node | Scope]]:
        """What stands directly inside each scope, nodes and scopes in order of execution."""
        found: dict[str, list[Node | Scope]] = {scope.id: [] for scope in self.scopes}
        seen = {""}
        for node in self.nodes:
            name = node.scope
            chain: list[Scope] = []
            while name not in seen:
                seen.add(name)
                chain.append(self.scope_by_id[name])
                name = chain[-1].parent or ""
            for inner in reversed(chain):
                found[inner.parent or ""].append(inner)
            found[node.scope].append(node)
        return found

    @cached_property
    def incoming(self) -> Mapping[str, tuple[Edge, ...]]:
        """The edges into each node, by its id."""
        return self._flow[0]

    @cached_property
    def outgoing(self) -> Mapping[str, tuple[Edge, ...]]:
        """The edges out of each node, by its id."""
        return self._flow[1]

    @cached_property
    def _flow(self) -> tuple[Mapping[str, tuple[Edge, ...]], Mapping[str, tuple[Edge, ...]]]:
        into: dict[str, tuple[Edge, ...]] = {node.id: () for node in self.nodes}
        out = into.copy()
        # most nodes have one edge: a list for each would be as much again to make and to take away
        many_into: dict[str, list[Edge]] = {}
        many_out: dict[str, list[Edge]] = {}
        for edge in self.edges:
            _add(edge, edge.target, into, many_into)
            _add(edge, edge.source, out, many_out)
        into.update((end, tuple(edges)) for end, edges in many_into.items())
        out.update((end, tuple(edges)) for end, edges in many_out.items())
        return into, out

    @acyclic()
    def to_data(self) -> dict[str, Any]:
        """Return the graph as plain lists and dicts; fields with their default are left out."""
        return {"schema": SCHEMA, **plain(self)}

    def to_json(self) -> str:
        """Return the canonical JSON text: the same graph is always the same text."""
        return json.dumps(self.to_data(), sort_keys=True, separators=(",", ":"))

    @classmethod
    @acyclic()
    def from_data(cls, data: object) -> ArchitectureGraph:
        """Build a graph from what :meth:`to_data` returned, or its folded form in a store.

        :raises GraphError: if a field is missing, unknown or of the wrong type, or if the
            schema is another one, or if the graph is not sound.
        """
        if not isinstance(data, dict):
            raise GraphError(f"a graph is a JSON object, not {type(data).__name__}")
        schema = data.get("schema")
        if type(schema) is not int or schema != SCHEMA:
            raise GraphError(
                f"graph schema {shown(schema)} is not {SCHEMA}, which this version reads"
            )
        values = {key: value for key, value in data.items() if key != "schema"}
        if "body" in values:
            from sphinx_visualtorch.graph.expand import expand

            graph = expand(values)
        else:
            from sphinx_visualtorch.graph.reading import load_graph

            graph = load_graph(values)
        graph.check()
        return graph

    @classmethod
    @acyclic()
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

    @cached_property
    def targets(self) -> frozenset[str]:
        """The import paths of all classes and functions in it."""
        found = {node.target for node in self.nodes} | {scope.target for scope in self.scopes}
        return frozenset(found - {""})

    def check(self) -> None:
        """Prove that the graph is sound.

        Ids are unique; the scopes form a tree and stand after their parents; each scope's nodes
        stand together; every edge's ends exist and its source comes first; every node that is
        no source has a producer.

        :raises GraphError: naming the first contradiction found.
        """
        from sphinx_visualtorch.graph.soundness import problems

        for problem in problems(self):
            raise GraphError(f"unsound graph {self.name!r}: {problem}")


def _add(
    edge: Edge, end: str, one: dict[str, tuple[Edge, ...]], many: dict[str, list[Edge]]
) -> None:
    """Add *edge* to those of a node, which are in *one* as long as it is the only one."""
    before = one[end]
    if not before:
        one[end] = (edge,)
    elif end in many:
        many[end].append(edge)
    else:
        many[end] = [*before, edge]


CLASSES = (TensorSpec, Part, Node, Edge, Scope, ClassSource, ArchitectureGraph)

_DEFAULTS: Mapping[type, tuple[tuple[str, Any], ...]] = {
    cls: tuple((field.name, field.default) for field in dataclasses.fields(cls)) for cls in CLASSES
}
"""The names and defaults of each class's fields."""


def plain(value: Any) -> Any:
    """Return a graph's part as plain lists and dicts; fields with their default are left out."""
    kind = type(value)
    if kind is tuple:
        return [plain(item) for item in value]
    if kind in _ATOMS:
        return value
    return {
        name: plain(current)
        for name, default in _DEFAULTS[kind]
        if (current := getattr(value, name)) != default
    }


_ATOMS = frozenset({str, int, bool, type(None)})


def shown(value: object) -> str:
    """Return a value in few words: from outside it may be huge, or nested without end."""
    if isinstance(value, str):
        return repr(value[:60])
    small = isinstance(value, int) and abs(value) < 10**20
    return str(value) if small or value is None else f"of type {type(value).__name__}"
