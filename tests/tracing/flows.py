"""What the tests of this room say about a graph, in few words."""

from __future__ import annotations

import zoo
from torch import Tensor, nn

from sphinx_visualtorch.graph import ArchitectureGraph
from sphinx_visualtorch.reference import Reference
from sphinx_visualtorch.tracing.gather import named_tensors
from sphinx_visualtorch.tracing.run import trace_model, trace_reference

REFERENCES: dict[str, Reference] = {
    name: Reference.parse(row[0], input_shape=row[1], input_dtype=row[2] if len(row) > 2 else None)
    for name, row in zoo.MODELS.items()
} | {name: Reference.parse(row[0], inputs=row[1]) for name, row in zoo.BY_FUNCTION.items()}
"""Every model of the zoo that must trace well."""


def traced(name: str) -> ArchitectureGraph:
    """Return the graph of a model of the zoo."""
    return trace_reference(REFERENCES[name]).graph


def run(model: nn.Module, *args: object, **kwargs: object) -> ArchitectureGraph:
    """Return the graph of a live model."""
    return trace_model(model, args=args, kwargs=kwargs)


def flow(graph: ArchitectureGraph) -> str:
    """Return all edges in order, as ``a>b c>d``."""
    return " ".join(f"{edge.source}>{edge.target}" for edge in graph.edges)


def where(graph: ArchitectureGraph) -> str:
    """Return all nodes with their scopes, as ``input fc@encoder``."""
    return " ".join(f"{node.id}@{node.scope}" if node.scope else node.id for node in graph.nodes)


def scopes(graph: ArchitectureGraph) -> str:
    """Return all scopes but the root with their parents, as ``a b@a``."""
    inner = graph.scopes[1:]
    return " ".join(f"{scope.id}@{scope.parent}" if scope.parent else scope.id for scope in inner)


class Two(nn.Module):
    """Two linear layers for a forward of the test's own."""

    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Linear(8, 8)
        self.b = nn.Linear(8, 8)


Made = list[tuple[tuple[int, ...], str]]
"""Shapes and element types of tensors."""


def leaves(graph: ArchitectureGraph) -> list[tuple[str, Made]]:
    """Return the paths of all leaf-module calls of a graph, and what they made."""
    return [
        (node.path, [(spec.shape, spec.dtype) for spec in node.outputs])
        for node in graph.nodes
        if node.calls
    ]


def leaf_calls(
    model: nn.Module, args: tuple[object, ...], kwargs: dict[str, Tensor]
) -> list[tuple[str, Made]]:
    """Return the same of the calls during which no other module is called, by plain hooks."""
    names = {id(module): name for name, module in model.named_modules()}
    calls: list[bool] = []
    found: list[tuple[str, Made]] = []

    def before(_module: nn.Module, _args: object) -> None:
        calls[:] = [True for _ in calls]
        calls.append(False)

    def after(module: nn.Module, _args: object, output: object) -> None:
        if not calls.pop() and module is not model:
            specs = [(tuple(t.shape), str(t.dtype)[6:]) for _, t in named_tensors("", output)]
            found.append((names.get(id(module), type(module).__name__), specs))

    # global ones, because forward may make modules of its own
    hooks = nn.modules.module
    handles = [
        hooks.register_module_forward_pre_hook(before),
        hooks.register_module_forward_hook(after),
    ]
    # with a hook of its own nn.TransformerEncoderLayer does not take its fast path
    for module in model.modules():
        module.register_forward_pre_hook(lambda *_: None)
    try:
        model(*args, **kwargs)
    finally:
        for handle in handles:
            handle.remove()
    return found
