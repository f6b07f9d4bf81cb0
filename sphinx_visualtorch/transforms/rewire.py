"""The two edits that all transforms are made of: contract groups of nodes, drop single nodes.

Both keep the order topological and run in time linear in the graph.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from sphinx_visualtorch.graph import (
    SOURCES,
    ArchitectureGraph,
    Edge,
    Node,
    Scope,
    TensorSpec,
    Through,
    sums,
)

__all__ = ["Joined", "contract", "drop", "in_words", "living"]


class Joined:
    """Edges in the order of first appearance, those with the same ends made one."""

    def __init__(self) -> None:
        """Begin with none."""
        self._edges: list[Edge] = []
        self._places: dict[tuple[str, str], int] = {}
        self._more: dict[int, dict[TensorSpec, None]] = {}

    def keep(self, edge: Edge) -> None:
        """Add an edge with whose ends no other one is added; it is not copied."""
        self._edges.append(edge if len(edge.tensors) < 2 else _joint(edge, edge.tensors))

    def add(self, source: str, target: str, edge: Edge) -> None:
        """Add what flows along *edge* to the flow from *source* to *target*."""
        place = self._places.setdefault((source, target), len(self._edges))
        if place == len(self._edges):
            self.keep(
                Edge(source=source, target=target, tensors=edge.tensors, through=edge.through)
            )
        elif edge.tensors != self._edges[place].tensors:
            more = self._more.setdefault(place, dict.fromkeys(self._edges[place].tensors))
            more.update(dict.fromkeys(edge.tensors))

    def edges(self) -> tuple[Edge, ...]:
        """Return them all."""
        for place, tensors in self._more.items():
            self._edges[place] = _joint(self._edges[place], tensors)
        return tuple(self._edges)


def _joint(edge: Edge, tensors: Iterable[TensorSpec]) -> Edge:
    return replace(edge, tensors=tuple(dict.fromkeys(tensors)))


def living(scopes: tuple[Scope, ...], nodes: Iterable[Node]) -> tuple[Scope, ...]:
    """Return the scopes that still hold a node, and their ancestors."""
    parents = {scope.id: scope.parent for scope in scopes}
    alive = {""}
    for node in nodes:
        name: str | None = node.scope
        while name is not None and name not in alive:
            alive.add(name)
            name = parents[name]
    return tuple(scope for scope in scopes if scope.id in alive)


def contract(
    graph: ArchitectureGraph, groups: Mapping[str, Node], *, at_last: bool = False
) -> ArchitectureGraph:
    """Replace each group of nodes by one node.

    *groups* tells for a node's id the node that stands for it; the edges inside a group vanish.
    The new node stands where the first of its group stood, or the last with *at_last*.
    """
    if not groups:
        return graph
    last: dict[str, str] = {}
    if at_last:
        last = {new.id: old.id for old in graph.nodes if (new := groups.get(old.id))}
    placed: set[str] = set()
    nodes: list[Node] = []
    for old in graph.nodes:
        new = groups.get(old.id)
        if new is None:
            nodes.append(old)
        elif new.id not in placed and (not at_last or last[new.id] == old.id):
            placed.add(new.id)
            nodes.append(new)
    outputs = [groups[name].id if name in groups else name for name in graph.outputs]
    return replace(
        graph,
        scopes=living(graph.scopes, nodes),
        nodes=tuple(nodes),
        edges=_contracted(graph.edges, groups),
        outputs=tuple(dict.fromkeys(outputs)),
    )


def _contracted(edges: Iterable[Edge], groups: Mapping[str, Node]) -> tuple[Edge, ...]:
    left = Joined()
    for edge in edges:
        source, target = groups.get(edge.source), groups.get(edge.target)
        if source is None and target is None:
            left.keep(edge)
            continue
        start = edge.source if source is None else source.id
        end = edge.target if target is None else target.id
        if start != end:
            left.add(start, end, edge)
    return left.edges()


def _heirs(graph: ArchitectureGraph, gone: Collection[str]) -> dict[str, str]:
    """Return for each dropped node the kept neighbour that takes over its calls and parameters.

    That is the nearest layer before it, or else the nearest after it, or else any kept node.
    """
    fallback: dict[str, str] = {}
    heirs: dict[str, str] = {}
    for node in graph.nodes:
        if node.id not in gone:
            continue
        for edge in graph.incoming[node.id]:
            source = edge.source
            heir = heirs.get(source) if source in gone else source
            if heir is None:
                continue
            if graph.by_id[heir].op in SOURCES:
                fallback.setdefault(node.id, heir)
            else:
                heirs.setdefault(node.id, heir)
    for node in reversed(graph.nodes):
        if node.id in gone and node.id not in heirs:
            for edge in graph.outgoing[node.id]:
                heir = heirs.get(edge.target) if edge.target in gone else edge.target
                if heir is not None:
                    heirs[node.id] = heir
                    break
    kept = [node.id for node in graph.nodes if node.id not in gone]
    for node in graph.nodes:
        if node.id in gone and node.id not in heirs and kept:
            heirs[node.id] = fallback.get(node.id, kept[-1])
    return heirs


def _origins(graph: ArchitectureGraph, gone: Collection[str]) -> Mapping[str, Collection[str]]:
    """Return for each dropped node the kept ones from which data comes to it."""
    origins: dict[str, dict[str, None]] = {}
    for node in graph.nodes:
        if node.id in gone:
            found = origins.setdefault(node.id, {})
            for edge in graph.incoming[node.id]:
                found.update(origins.get(edge.source) or {edge.source: None})
                if edge.source in gone and not origins[edge.source]:
                    found.pop(edge.source, None)
    return origins


def _around(
    graph: ArchitectureGraph, gone: Collection[str], origins: Mapping[str, Collection[str]]
) -> tuple[Edge, ...]:
    left = Joined()
    throughs = _throughs(graph, gone)
    changed = {edge.target for edge in graph.edges if edge.source in gone}
    for edge in graph.edges:
        if edge.target in gone:
            continue
        if edge.target not in changed:
            left.keep(edge)
            continue
        if edge.source not in gone:
            left.add(edge.source, edge.target, edge)
            continue
        through = joint(throughs.get(edge.source, ()), edge.through)
        for start in origins[edge.source]:
            left.add(start, edge.target, replace(edge, through=through))
    return left.edges()


def digest(*words: str) -> str:
    """Return a short text that is equal for equal *words*."""
    return hashlib.sha256("\0".join(words).encode()).hexdigest()[:12]


def in_words(node: Node) -> str:
    """Return what two calls have in common that are equal."""
    given = ", ".join(f"{name}={value}" for name, value in node.attributes)
    sizes = ", ".join(str(spec.shape) for spec in (*node.inputs, *node.outputs))
    return " ".join([f"{node.kind}({given})", sizes, *node.left_out])


def _throughs(graph: ArchitectureGraph, gone: Collection[str]) -> dict[str, Through]:
    """Return for each dropped node what is dropped on the way to and through it.

    Dropout is passed over, as is what stands for it at a rate of 0: that is no matter of structure.
    """
    found: dict[str, Through] = {}
    for node in graph.nodes:
        if node.id not in gone or node.op in SOURCES:
            continue
        ways = [
            way
            for edge in graph.incoming[node.id]
            for way in (found.get(edge.source, ()), edge.through)
        ]
        if node.role != "dropout" and node.kind != "Identity":
            exact = digest(in_words(node))
            rough = node.kind if node.kind in _PICKS else exact
            ways.append(((node.scope, rough, exact),))
        found[node.id] = joint(*ways)
    return found


_PICKS = frozenset(
    {"getitem", "__getitem__", "select", "narrow", "index_select", "chunk", "split", "unbind"}
)
"""Functions that take a part of a tensor: the i-th part goes to the i-th of equal blocks."""

_MOST = 8  # scopes that are told apart on one way


def joint(*throughs: Through) -> Through:
    """Return several ways as one: for each scope, what is dropped in it."""
    if sum(map(bool, throughs)) < 2:
        return next(filter(None, throughs), ())
    scopes: dict[str, list[tuple[str, str]]] = {}
    for through in throughs:
        for scope, *words in through:
            name = scope if scope in scopes or len(scopes) < _MOST else next(iter(scopes))
            scopes.setdefault(name, []).append((words[0], words[1]))
    return tuple(
        (scope, *words[0])
        if len(words) == 1
        else (scope, digest(*(rough for rough, _ in words)), digest(*(exact for _, exact in words)))
        for scope, words in scopes.items()
    )


def drop(graph: ArchitectureGraph, gone: Collection[str]) -> ArchitectureGraph:
    """Leave out the nodes whose ids are in *gone* and join the edges around them.

    What is counted in them is added to a neighbour, so that the sums stay the model's own.
    """
    if not gone:
        return graph
    left: dict[str, list[Node]] = {}
    for name, heir in _heirs(graph, gone).items():
        left.setdefault(heir, []).append(graph.by_id[name])
    origins = _origins(graph, gone)
    edges = _around(graph, gone, origins)
    fed = {edge.target for edge in edges}
    nodes = []
    for node in graph.nodes:
        if node.id in gone:
            continue
        source = node.source or (node.op not in SOURCES and node.id not in fed)
        if node.id in left:
            node = replace(node, **sums([node, *left[node.id]]))  # noqa: PLW2901 - the same node
        nodes.append(node if source == node.source else replace(node, source=source))
    outputs = dict.fromkeys(
        source for item in graph.outputs for source in (origins[item] if item in gone else (item,))
    )
    return replace(
        graph,
        scopes=living(graph.scopes, nodes),
        nodes=tuple(nodes),
        edges=edges,
        outputs=tuple(outputs),
    )
