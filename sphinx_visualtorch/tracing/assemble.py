# ruff: noqa: SLF001 - modules tell what they hold in private names only
"""From the records of one forward pass to the frozen graph."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from sphinx_visualtorch.graph import ArchitectureGraph, Edge, Node, Scope, TensorSpec
from sphinx_visualtorch.tracing.describe import (
    class_attributes,
    class_path,
    class_role,
    class_shown,
    function_role,
)
from sphinx_visualtorch.tracing.functions import attributes_of, kind_of, target_of
from sphinx_visualtorch.tracing.records import Op, Raw, Recording
from sphinx_visualtorch.tracing.scopes import Group, grouped

__all__ = ["assemble"]


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
        # a layer that takes nothing from the graph is a source of its own, as a parameter is
        source = op.kind in ("module", "function") and name not in fed
        nodes.append(
            Node(id=name, op=op.kind, scope=names.homes[op], source=source, **describe.facts(op))
        )
    kind = class_shown(model)
    root = Scope(id="", path="", name="", kind=kind.__name__, target=class_path(kind))
    graph = ArchitectureGraph(
        name=kind.__name__,
        scopes=(root, *names.scopes),
        nodes=tuple(nodes),
        edges=edges,
        outputs=tuple(dict.fromkeys(names.ids[op] for op in recording.outputs)),
        parameters=describe.parameters,
        notes=tuple(recording.notes),
    )
    graph.check()
    return graph


def _living(recording: Recording) -> list[Op]:
    """Return the operations that something comes of: a layer, or an output of the model."""
    living: set[Op] = set()
    waiting = [*recording.outputs, *(op for op in recording.ops if op.kind == "module")]
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
        self._used: set[str] = {""}
        self._counts: dict[str, int] = {}
        self._modules = dict(model.named_modules(remove_duplicate=False))
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
        module = group.call.module if group.call else self._modules.get(group.path)
        # what the author keeps in a plain list is no module
        cls: type = list if module is None else class_shown(module)
        return Scope(
            id=self._unique(group.path),
            path=group.path,
            name=group.path.rpartition(".")[2],
            kind=cls.__name__,
            target="" if module is None else class_path(cls),
            parent=home,
        )


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


def _numel(tensor: Tensor) -> int:
    return 0 if is_lazy(tensor) else tensor.numel()


class _Describer:
    """Tells what operations are, and counts each parameter of the model for the first one."""

    def __init__(self, model: nn.Module) -> None:
        self._free = {id(parameter): _numel(parameter) for parameter in model.parameters()}
        self.parameters = sum(self._free.values())
        self._known: dict[int, dict[str, Any]] = {}

    def facts(self, op: Op) -> dict[str, Any]:
        """Return all fields of the node of *op* but its id, op, scope and source."""
        facts: dict[str, Any] = {
            "path": op.path,
            "name": op.path.rpartition(".")[2],
            "kind": op.kind,
            "inputs": tuple(map(_spec, op.inputs)),
            "outputs": tuple(map(_spec, op.outputs)),
        }
        match op.kind:
            case "module":
                facts["calls"] = 1
                facts["parameters"] = self._take(op.subject)
                if id(op.subject) not in self._known:
                    self._known[id(op.subject)] = _module(op.subject)
                facts |= self._known[id(op.subject)]
            case "function":
                facts |= _function(op)
                facts["name"] = facts["kind"]
            case "parameter":
                facts["role"] = "parameter"
                facts["parameters"] = self._free.pop(id(op.subject), 0)
                if not isinstance(op.subject, nn.Parameter):
                    facts["kind"] = "buffer"
            case "input":
                facts["role"] = "input"
        return facts

    def _take(self, module: nn.Module) -> int:
        """Return the number of parameters below *module* that no earlier node owns."""
        direct = [item for item in module._parameters.values() if item is not None]
        held = module.parameters() if module._modules else direct
        return sum(self._free.pop(id(parameter), 0) for parameter in held)


def _module(module: nn.Module) -> dict[str, Any]:
    cls = class_shown(module)
    return {
        "kind": cls.__name__,
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
