"""The ArchitectureGraph: one forward pass of a model as plain, frozen, hashable data.

This room knows no torch, no drawing and no file.  A graph can be written as JSON, compared
with ``==`` and proved sound with :meth:`ArchitectureGraph.check`.  Its *digest* is the model
hash: the same on every machine and in every run.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import Any, TypeAlias

from sphinx_visualtorch.acyclic import acyclic
from sphinx_visualtorch.errors import GraphError

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

OPS = ("input", "parameter", "constant", "module", "function", "scope")
SOURCES = ("input", "parameter", "constant")

CONTAINERS = ("Sequential", "ModuleList", "ModuleDict")
"""Classes of scopes that say nothing of what is in them."""


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

    @property
    def nbytes(self) -> int:
        """The number of bytes that the elements take."""
        return self.numel * _WIDTHS.get(self.dtype, 1)


_WIDTHS: Mapping[str, int] = {
    **dict.fromkeys(("float16", "bfloat16", "int16", "uint16", "qint16"), 2),
    **dict.fromkeys(("float32", "int32", "uint32", "qint32", "complex32"), 4),
    **dict.fromkeys(("float64", "int64", "uint64", "complex64"), 8),
    "complex128": 16,
}
"""Bytes of one element by torch's names; all others (bool, int8, float8) take one."""


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
        ``failed`` marks the operation that raised, at which the graph ends.
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
    frozen
        How many of them are not trained (``requires_grad`` is off).
    buffers
        Elements of the buffers owned by this call, counted as the parameters are.
    flops
        Floating-point operations by the formulas of ``torch.utils.flop_counter``: products of
        matrices, convolutions and attention, a multiply-add being two.
    activation_bytes
        Bytes of the tensors that came out.
    calls
        How many leaf-module calls of one forward pass this node stands for.
    repeat
        N where N equal neighbours were folded into this one; totals include all of them.
    parts
        The layers of a merged node, or of a collapsed scope that is a short chain, in order;
        empty otherwise.
    source
        True where a module or function takes no tensor from the graph (``torch.arange``).
    last
        The path of the last of the blocks that were folded into this one, if it is a block.
    beside
        True where those that were folded into this one stand side by side, not in a chain.
    left_out
        In words what is in a module that a transform has made a single layer: where that differs,
        the layers are not equal.
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
    frozen: int = 0
    buffers: int = 0
    flops: int = 0
    activation_bytes: int = 0
    calls: int = 0
    repeat: int = 1
    parts: tuple[Part, ...] = ()
    source: bool = False
    last: str = ""
    beside: bool = False
    left_out: tuple[str, ...] = ()

    @property
    def trainable(self) -> int:
        """The parameters that are trained."""
        return self.parameters - self.frozen

    @property
    def multiply_adds(self) -> int:
        """The number of multiply-adds, of which each is two floating-point operations."""
        return self.flops // 2


_SUMMED = ("parameters", "frozen", "buffers", "flops", "activation_bytes", "calls")


def sums(nodes: Iterable[Node]) -> dict[str, Any]:
    """Return what is counted in *nodes* by the names of the fields, for a node in their place."""
    counts = [_counts(node) for node in nodes] or [(0,) * len(_SUMMED)]
    return dict(zip(_SUMMED, map(sum, zip(*counts, strict=True)), strict=True))


_counts = attrgetter(*_SUMMED)


Through: TypeAlias = tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """Data flow: *tensors* that node *source* made and node *target* used.

    *through* tells of the calls on the way that a transform has left out: for each scope that made
    some its id and two digests, of which the first does not tell which part of a tensor is taken.
    """

    source: str
    target: str
    tensors: tuple[TensorSpec, ...] = ()
    through: Through = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """One call of a container module, or a run of calls inside a container that is not called.

    The nodes of a scope, those of its inner scopes included, stand next to each other in the
    graph: collapsing scopes can therefore never make a cycle.  *repeat*, *last* and *beside* are
    as in a :class:`Node`.
    """

    id: str
    path: str
    name: str
    kind: str
    target: str = ""
    parent: str | None = None
    repeat: int = 1
    last: str = ""
    beside: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassSource:
    """Where a class is written: *file* from its top-level package on, *line* from 1.

    *target* is the import path that nodes and scopes of the class have.
    """

    target: str
    file: str
    line: int


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


def is_row(item: Node | Scope) -> bool:
    """Say whether the blocks folded into *item* have numbers next to each other: ``1``, ``2``."""
    (before, _, first), (behind, _, last) = item.path.rpartition("."), item.last.rpartition(".")
    numbered = before == behind and first.isdecimal() and last.isdecimal()
    return numbered and int(last) - int(first) == item.repeat - 1


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
