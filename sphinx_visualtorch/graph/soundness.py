"""The proof that a graph does not contradict itself."""

from __future__ import annotations

from collections.abc import Iterator

from sphinx_visualtorch.graph import OPS, SOURCES, ArchitectureGraph
from sphinx_visualtorch.graph.lines import DEEPEST

__all__ = ["problems"]


def problems(graph: ArchitectureGraph) -> Iterator[str]:
    """Yield in words what is wrong with *graph*."""
    position = {node.id: index for index, node in enumerate(graph.nodes)}
    if len(position) != len(graph.nodes):
        yield "two nodes have the same id"
    if not graph.scopes or graph.scopes[0].id != "" or graph.scopes[0].parent is not None:
        yield "the first scope is not the root"
    yield from _depth_problems(graph)
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


def _depth_problems(graph: ArchitectureGraph) -> Iterator[str]:
    depths: dict[str | None, int] = {None: 0}
    for scope in graph.scopes:
        depths[scope.id] = depths.get(scope.parent, 0) + 1
        if depths[scope.id] > DEEPEST:
            yield f"scope {scope.id[:60]!r} is nested in more than {DEEPEST} others"


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
        if open_scopes and node.scope == open_scopes[-1]:
            continue
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
