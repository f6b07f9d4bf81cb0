# ruff: noqa: SLF001 - modules tell what they hold in private names only
"""From the records of one forward pass to the frozen graph."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from sphinx_visualtorch.acyclic import acyclic
from sphinx_visualtorch.errors import printable
from sphinx_visualtorch.graph import ArchitectureGraph, ClassSource, Edge, Node, Scope, TensorSpec
from sphinx_visualtorch.tracing.describe import (
    class_attributes,
    class_name,
    class_path,
    class_role,
    class_shown,
    function_role,
)
from sphinx_visualtorch.tracing.functions import attributes_of, kind_of, target_of
from sphinx_visualtorch.tracing.held import modules_by_path, own_tensors
from sphinx_visualtorch.tracing.records import Op, Raw, Recording
from sphinx_visualtorch.tracing.scopes import Group, grouped
from sphinx_visualtorch.tracing.unused import unused
from sphinx_visualtorch.tracing.where import class_source

__all__ = ["assemble"]


@acyclic()
def assemble(model: nn.Module, recording: Recording) -> ArchitectureGraph:
    """Return the checked graph of what *recording* holds."""
    ops = _living(recording)
    names = _Names(model, grouped(ops, recording.root))
    edges = _edges(ops, names.ids)
    fed = {edge.target for edge in edges}
    describe = _Describer(model)
    nodes = []
    for op in ops:
        name = names.ids[op]
        facts = describe.facts(op)
        if op is recording.failed:
            facts["role"] = "failed"
        # a layer that takes nothing from the graph is a source of its own, as a parameter is
        source = op.kind in ("module", "function") and name not in fed
        nodes.append(Node(id=name, op=op.kind, scope=names.homes[op], source=source, **facts))
    kind = class_shown(model)
    root = Scope(id="", path="", name="", kind=class_name(kind), target=class_path(kind))
    graph = ArchitectureGraph(
        name=class_name(kind),
        scopes=(root, *names.scopes),
        nodes=tuple(nodes),
        edges=edges,
        outputs=tuple(dict.fromkeys(names.ids[op] for op in recording.outputs)),
        parameters=describe.parameters.total,
        frozen=describe.frozen.total,
        buffers=describe.buffers.total,
        flops=recording.flops,
        unused=tuple(unused(model, recording.called, recording.ops)),
        classes=_classes(model, ops, names.classes),
        notes=tuple(recording.notes),
    )
    named = [*(node.id for node in nodes), *graph.unused]
    if not all(map(str.isprintable, named)):
        graph = ArchitectureGraph.from_data(_escaped(graph.to_data()))
    graph.check()
    return graph


def _escaped(data: Any) -> Any:
    """Return *data* without what no page and no file may have: the author may call layers so."""
    if isinstance(data, str):
        return printable(data).replace("\n", "\\n").replace("\t", "\\t")
    if isinstance(data, list):
        return [_escaped(item) for item in data]
    if isinstance(data, dict):
        return {name: _escaped(item) for name, item in data.items()}
    return data


def _living(recording: Recording) -> list[Op]:
    """Return the operations that something comes of: a layer, or an output of the model.

    Where the forward did not come to its end, nobody knows of what something would have come.
    """
    living: set[Op] = set()
    last = ("module",) if recording.failed is None else ("module", "function")
    waiting = [*recording.outputs, *(op for op in recording.ops if op.kind in last)]
    while waiting:
        op = waiting.pop()
        if op not in living:
            living.add(op)
            waiting.extend(maker.now() for maker, _ in op.feeds)
    return [op for op in recording.ops if op in living or op.kind == "input"]


class _Names:
    """The ids of nodes and scopes, and where each node is at home."""

    def __init__(self, model: nn.Module, trunk: Group) -> None:
        self.ids: dict[Op, str] = {}
        self.homes: dict[Op, str] = {}
        self.scopes: list[Scope] = []
        self.classes: set[type] = {class_shown(model)}
        self._used: set[str] = {""}
        self._counts: dict[str, int] = {}
        self._model = model
        self._place(trunk)
        # modules first: their second call is #2, whatever functions there are
        for op in self.homes:
            if op.kind == "module":
                self.ids[op] = self._unique(op.path)
        for op in self.homes:
            if op.kind != "module":
                self.ids[op] = self._unique(op.path)

    def _unique(self, path: str) -> str:
        name = path
        while name in self._used:
            self._counts[path] = self._counts.get(path, 1) + 1
            name = f"{path}#{self._counts[path]}"
        self._used.add(name)
        return name

    def _place(self, trunk: Group) -> None:
        waiting = [("", item) for item in reversed(trunk.items)]
        while waiting:
            home, item = waiting.pop()
            if isinstance(item, Op):
                self.homes[item] = home
                continue
            scope = self._scope(item, home)
            self.scopes.append(scope)
            waiting.extend((scope.id, inner) for inner in reversed(item.items))

    def _scope(self, group: Group, home: str) -> Scope:
        module = group.call.module if group.call else _inside(self._model, group.path)
        # what the author keeps in a plain list is no module
        cls: type = list if module is None else class_shown(module)
        self.classes.add(cls)
        return Scope(
            id=self._unique(group.path),
            path=group.path,
            name=group.path.rpartition(".")[2],
            kind=class_name(cls),
            target="" if module is None else class_path(cls),
            parent=home,
        )


def _inside(model: nn.Module, path: str) -> nn.Module | None:
    """Return the module at *path*, or None where none is registered."""
    found: nn.Module | None = model
    for name in path.split("."):
        found = found._modules[name] if found and name in found._modules else None
    return found


def _edges(ops: Iterable[Op], ids: dict[Op, str]) -> tuple[Edge, ...]:
    edges = []
    for op in ops:
        flows: dict[Op, list[TensorSpec]] = {}
        for maker, spec in op.feeds:
            source = maker.now()
            if source is not op:
                flows.setdefault(source, []).append(_spec(spec))
        for source, specs in flows.items():
            edges.append(Edge(source=ids[source], target=ids[op], tensors=tuple(specs)))
    return tuple(edges)


_SPECS: dict[Raw, TensorSpec] = {}


def _spec(spec: Raw) -> TensorSpec:
    found = _SPECS.get(spec)
    if found is None:
        if len(_SPECS) > 10_000:
            _SPECS.clear()
        shape, dtype = spec
        found = TensorSpec(shape=shape, dtype=str(dtype).removeprefix("torch."))
        _SPECS[spec] = found
    return found


class _Tally:
    """Tensors that are counted once, for whoever comes first."""

    def __init__(self, tensors: Iterable[Tensor]) -> None:
        self._free = {id(tensor): 0 if is_lazy(tensor) else tensor.numel() for tensor in tensors}
        self.total = sum(self._free.values())

    def take(self, tensors: Iterable[Tensor]) -> int:
        """Return the number of elements of those that nobody has taken before."""
        return sum([self._free.pop(id(tensor), 0) for tensor in tensors])


class _Describer:
    """Tells what operations are, and counts each tensor of the model for the first one."""

    def __init__(self, model: nn.Module) -> None:
        modules = [module for _, module in modules_by_path(model)]
        held = [item for module in modules for item in own_tensors(module._parameters)]
        self.parameters = _Tally(held)
        self.frozen = _Tally(item for item in held if not item.requires_grad)
        self.buffers = _Tally(item for module in modules for item in own_tensors(module._buffers))
        self._known: dict[int, dict[str, Any]] = {}

    def facts(self, op: Op) -> dict[str, Any]:
        """Return all fields of the node of *op* but its id, op, scope and source."""
        outputs = tuple(map(_spec, op.outputs))
        facts: dict[str, Any] = {
            "path": op.path,
            "name": op.path.rpartition(".")[2],
            "kind": op.kind,
            "inputs": tuple(map(_spec, op.inputs)),
            "outputs": outputs,
            "flops": op.flops,
        }
        match op.kind:
            case "module":
                facts["calls"] = 1
                facts |= self._taken(*_held(op.subject))
                if id(op.subject) not in self._known:
                    self._known[id(op.subject)] = _module(op.subject)
                facts |= self._known[id(op.subject)]
            case "function":
                facts |= _function(op)
                facts["name"] = facts["kind"]
            case "parameter":
                facts["role"] = "parameter"
                facts |= self._taken([op.subject], [op.subject])
                if not isinstance(op.subject, nn.Parameter):
                    facts["kind"] = "buffer"
            case "input":
                facts["role"] = "input"
        if op.kind in ("module", "function"):
            facts["activation_bytes"] = sum(spec.nbytes for spec in outputs)
        return facts

    def _taken(self, parameters: Sequence[Tensor], buffers: Sequence[Tensor]) -> dict[str, int]:
        if not parameters and not buffers:
            return {}
        return {
            "parameters": self.parameters.take(parameters),
            "frozen": self.frozen.take(parameters),
            "buffers": self.buffers.take(buffers),
        }


def _held(module: nn.Module) -> tuple[Sequence[Tensor], Sequence[Tensor]]:
    """Return the parameters and the buffers of *module* and of those inside it."""
    if module._modules:
        return [*module.parameters()], [*module.buffers()]
    return own_tensors(module._parameters), own_tensors(module._buffers)


def _classes(
    model: nn.Module, ops: Iterable[Op], scopes: Iterable[type]
) -> tuple[ClassSource, ...]:
    """Return where all classes that nodes and scopes have are written."""
    nodes = {class_shown(op.subject) for op in ops if op.kind == "module"}
    found = {}
    for cls in {class_shown(model), *scopes, *nodes}:
        source = class_source(cls)
        if source is not None and class_path(cls):
            found[class_path(cls)] = source
    return tuple(
        ClassSource(target=target, file=file, line=line)
        for target, (file, line) in sorted(found.items())
    )


def _module(module: nn.Module) -> dict[str, Any]:
    cls = class_shown(module)
    return {
        "kind": class_name(cls),
        "role": class_role(cls),
        "target": class_path(cls),
        "attributes": class_attributes(module),
    }


def _function(op: Op) -> dict[str, Any]:
    kind = kind_of(op.subject)
    return {
        "kind": kind,
        "role": function_role(kind, len(op.feeds)),
        "target": target_of(op.subject),
        "attributes": attributes_of(op.subject, op.texts),
    }
