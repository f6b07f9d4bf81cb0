"""Small architecture graphs written by hand, for tests that need no torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sphinx_visualtorch.graph import ArchitectureGraph, Edge, Node, Scope, TensorSpec

__all__ = ["Sketch", "residual", "spec"]


def spec(*shape: int, dtype: str = "float32") -> TensorSpec:
    """Return a tensor spec."""
    return TensorSpec(shape=shape, dtype=dtype)


@dataclass
class Sketch:
    """Collects nodes; scopes come into being from the paths that are used."""

    name: str = "Net"
    nodes: list[Node] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    scopes: dict[str, Scope] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.scopes[""] = Scope(id="", path="", name="", kind=self.name)

    def scope(self, path: str, kind: str = "Block") -> str:
        """Note a scope and return its path."""
        parent, _, name = path.rpartition(".")
        self.scopes[path] = Scope(id=path, path=path, name=name, kind=kind, parent=parent)
        return path

    def input(self, *shape: int, name: str = "input", dtype: str = "float32") -> str:
        """Add an input and return its id."""
        out = (spec(*shape, dtype=dtype),)
        self.nodes.append(
            Node(id=name, op="input", path=name, name=name, kind="input", role="input", outputs=out)
        )
        return name

    def add(
        self,
        path: str,
        kind: str,
        role: str,
        shape: Sequence[int],
        sources: Sequence[str],
        **more: Any,
    ) -> str:
        """Add a node whose scope is its path's parent, and return its id."""
        op = more.pop("op", "module")
        scope, _, name = path.rpartition(".")
        node = Node(
            id=more.pop("id", path),
            op=op,
            path=path,
            name=name,
            kind=kind,
            role=role,
            scope=more.pop("scope", scope),
            outputs=(spec(*shape),),
            calls=more.pop("calls", int(op == "module")),
            source=not sources and op not in ("parameter", "constant"),
            **more,
        )
        self.nodes.append(node)
        outs = {known.id: known.outputs for known in self.nodes}
        self.edges += [
            Edge(source=source, target=node.id, tensors=outs[source]) for source in sources
        ]
        return node.id

    def graph(self, **more: Any) -> ArchitectureGraph:
        """Return the checked graph; its output is the last node."""
        graph = ArchitectureGraph(
            name=self.name,
            scopes=tuple(self.scopes.values()),
            nodes=tuple(self.nodes),
            edges=tuple(self.edges),
            outputs=more.pop("outputs", (self.nodes[-1].id,)),
            parameters=sum(node.parameters for node in self.nodes),
            **more,
        )
        graph.check()
        return graph


def residual(blocks: int = 3, *, stages: int = 1) -> ArchitectureGraph:
    """Return a stem, stages of equal residual blocks, and a head."""
    sketch = Sketch()
    last = sketch.input(1, 3, 32, 32)
    last = sketch.add("stem", "Conv2d", "convolution", (1, 8, 32, 32), [last], parameters=216)
    for stage in range(stages):
        sketch.scope(f"layer{stage}", "Sequential")
        for index in range(blocks):
            where = sketch.scope(f"layer{stage}.{index}")
            shape = (1, 8, 32, 32)
            conv = sketch.add(f"{where}.conv", "Conv2d", "convolution", shape, [last], parameters=9)
            norm = sketch.add(f"{where}.bn", "BatchNorm2d", "normalisation", shape, [conv])
            both = [norm, last]
            total = sketch.add(f"{where}.add", "add", "merge", shape, both, op="function")
            last = sketch.add(f"{where}.relu", "ReLU", "activation", shape, [total])
    sketch.add("fc", "Linear", "linear", (1, 10), [last], parameters=80)
    return sketch.graph()
