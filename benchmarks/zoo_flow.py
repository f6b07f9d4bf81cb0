"""The flow of data between the layers of a model, found in another way than the tracer finds it.

The tracer sees torch's functions and knows who made a tensor.  Here torch's dispatcher is asked,
which sees every operation below the functions, views and writes included; each tensor has a
version, and each write makes new ones.  What a layer's operations read must come to it in the
graph, too.
"""

from __future__ import annotations

import weakref
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.weak import WeakIdKeyDictionary

from sphinx_visualtorch.tracing.gather import tensors
from sphinx_visualtorch.tracing.regions import overlap, region

if TYPE_CHECKING:
    from sphinx_visualtorch.graph import ArchitectureGraph
    from sphinx_visualtorch.tracing.inputs import Inputs

__all__ = ["lost"]

Origins = frozenset[int | str]
"""Leaf calls by their number, and inputs of the model by name."""


@dataclass(slots=True, eq=False)
class _Call:
    outer: _Call | None
    is_leaf: bool = True
    path: str = ""


@dataclass(slots=True)
class _Step:
    call: _Call | None
    read: list[int]
    made: list[int]


class _Watch(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Writes down which versions of tensors each operation read and made."""

    supports_higher_order_operators = True

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.steps: list[_Step] = []
        self.calls: list[_Call] = []
        self._versions: Any = WeakIdKeyDictionary()
        self._families: dict[int, list[weakref.ref[Tensor]]] = defaultdict(list)
        self._count = 0

    def version(self, tensor: Tensor) -> int:
        """Return the present version of *tensor*, its first one if nobody has seen it before."""
        found: int | None = self._versions.get(tensor)
        return self._new(tensor) if found is None else found

    def _new(self, tensor: Tensor) -> int:
        self._count += 1
        if tensor not in self._versions and (key := _memory(tensor)) is not None:
            self._families[key].append(weakref.ref(tensor))
        self._versions[tensor] = self._count
        return self._count

    def __torch_dispatch__(
        self,
        func: Any,
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        kwargs = kwargs or {}
        given = tensors([*args, *kwargs.values()], [])
        read = [self.version(tensor) for tensor in given]
        output = func(*args, **kwargs)
        call = self.calls[-1] if self.calls else None
        changed = _changed(func, args, kwargs)
        for tensor in changed:
            for relative in self._relatives(tensor):
                before = self.version(relative)
                self.steps.append(_Step(call, [*read, before], [self._new(relative)]))
        known = {id(tensor) for tensor in given}
        made = [self._new(one) for one in tensors([output], []) if id(one) not in known]
        self.steps.append(_Step(call, read, made))
        return output

    def _relatives(self, tensor: Tensor) -> list[Tensor]:
        """Return *tensor* and those that have an element in common with it."""
        known = [ref() for ref in self._families.get(_memory(tensor) or 0, ())]
        others = [one for one in known if one is not None and one is not tensor]
        return [tensor, *(one for one in others if overlap(region(one), region(tensor)))]


def _memory(tensor: Tensor) -> int | None:
    try:
        key: int = tensor.untyped_storage()._cdata  # noqa: SLF001 - an address, also of meta ones
        return key
    except (NotImplementedError, RuntimeError):  # sparse ones have no single memory
        return None


def _changed(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Tensor]:
    """Return the tensors that *func* writes into, as it declares itself."""
    schema = getattr(func, "_schema", None)
    if schema is None or not schema.is_mutable:
        return []
    written = []
    for place, argument in enumerate(schema.arguments):
        if argument.alias_info is not None and argument.alias_info.is_write:
            positional = place < len(args) and not argument.kwarg_only
            written.append(args[place] if positional else kwargs.get(argument.name))
    return tensors(written, [])


# --- the two flows --------------------------------------------------------------------------------


@dataclass(slots=True)
class _Flow:
    """Of each leaf call, and last of the output: where what it reads comes from."""

    paths: list[str] = field(default_factory=list)
    sources: list[Origins] = field(default_factory=list)
    idle: set[int] = field(default_factory=set)
    """Leaf calls in which nothing is computed."""


def lost(
    graph: ArchitectureGraph, model: nn.Module, inputs: Inputs, named: Iterable[tuple[str, Tensor]]
) -> list[str]:
    """Return, as ``a>b``, the flow of a run of *model* on *inputs* that *graph* does not have."""
    true = _watched(model, inputs, named)
    if len(true.paths) == 1:  # of one layer, or of functions only
        return []
    ours = _drawn(graph, true.idle)
    if len(true.paths) != len(ours.paths):
        return [f"{len(true.paths)} leaf calls, not {len(ours.paths)}"]
    words: dict[int | str, str] = dict(enumerate(true.paths))
    return [
        f"{words.get(source, source)}>{path}"
        for path, wanted, got in zip(true.paths, true.sources, ours.sources, strict=True)
        for source in sorted(wanted - got, key=str)
    ]


def _watched(model: nn.Module, inputs: Inputs, named: Iterable[tuple[str, Tensor]]) -> _Flow:
    names = {id(module): name for name, module in model.named_modules()}
    watch, leaves = _Watch(), []

    def before(module: nn.Module, _args: object) -> None:
        outer = watch.calls[-1] if watch.calls else None
        call = _Call(outer, path=names.get(id(module), type(module).__name__))
        if ".parametrizations." in call.path:
            call.is_leaf = False  # what computes a weight is part of the layer that has it
        elif outer is not None:
            outer.is_leaf = False
        watch.calls.append(call)

    def after(_module: nn.Module, _args: object, _output: object) -> None:
        call = watch.calls.pop()
        if call.is_leaf and call.outer is not None:
            leaves.append(call)

    hooks = nn.modules.module
    handles = [
        hooks.register_module_forward_pre_hook(before),
        hooks.register_module_forward_hook(after),
        # with a hook of its own torch's encoder layer takes no fast path, which hides calls
        *(module.register_forward_pre_hook(lambda *_: None) for module in model.modules()),
    ]
    try:
        origins = {watch.version(tensor): frozenset({name}) for name, tensor in named}
        with torch.no_grad(), watch:
            output = model(*inputs.args, **inputs.kwargs)
    finally:
        for handle in handles:
            handle.remove()
    made = [watch.version(tensor) for tensor in tensors([output], [])]
    return _resolved(watch.steps, leaves, dict(origins), made)


def _resolved(
    steps: list[_Step], leaves: list[_Call], origins: dict[int, Origins], made: list[int]
) -> _Flow:
    number = {leaf: index for index, leaf in enumerate(leaves)}
    sources: list[set[int | str]] = [set() for _ in leaves]
    idle = {*range(len(leaves))}
    for step in steps:
        reads: Origins = frozenset().union(*(origins.get(one, ()) for one in step.read))
        index = _leaf_of(step.call, number)
        if index is not None:
            idle.discard(index)
            sources[index] |= reads - {index}
            reads = frozenset({index})
        origins.update(dict.fromkeys(step.made, reads))
    end: Origins = frozenset().union(*(origins.get(one, ()) for one in made))
    paths = [leaf.path for leaf in leaves]
    return _Flow([*paths, "output"], [*map(frozenset, sources), end], idle)


def _leaf_of(call: _Call | None, number: dict[_Call, int]) -> int | None:
    while call is not None:
        if call in number:
            return number[call]
        call = call.outer if ".parametrizations." in call.path else None
    return None


def _drawn(graph: ArchitectureGraph, idle: set[int]) -> _Flow:
    """Return the flow between the layers of *graph*; functions and *idle* layers hand it on."""
    into: dict[str, list[str]] = defaultdict(list)
    for edge in graph.edges:
        into[edge.target].append(edge.source)
    flow = _Flow()
    comes: dict[str, Origins] = {}
    for node in graph.nodes:
        reads: Origins = frozenset().union(*(comes[source] for source in into[node.id]))
        comes[node.id] = frozenset({node.path}) if node.op == "input" else reads
        if node.calls:
            index = len(flow.paths)
            flow.paths.append(node.path)
            flow.sources.append(reads)
            if index not in idle:
                comes[node.id] = frozenset({index})
    flow.paths.append("output")
    flow.sources.append(frozenset().union(*(comes[name] for name in graph.outputs)))
    return flow
