"""Collapse module scopes into single nodes."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import TypeAlias

from sphinx_visualtorch.graph import (
    SOURCES,
    ArchitectureGraph,
    Edge,
    Node,
    Part,
    Scope,
    TensorSpec,
    sums,
)
from sphinx_visualtorch.transforms.merge import part_of
from sphinx_visualtorch.transforms.rewire import contract, in_words

__all__ = [
    "collapse",
    "content_of",
    "dominant_role",
    "is_norm",
    "levels",
    "members",
    "summary",
    "whole",
]

Item: TypeAlias = Node | Scope

_NAMED_ROLES = (("attention", "attention"), ("embed", "embedding"))
_NORM = re.compile(r"norm(?!al(?!i[sz]))", re.IGNORECASE)  # RMSNorm, but no NormalCell
_ALIKE = 2  # sorts of blocks that are still called equal
_FEW = 6  # boxes that a closed block may hold and still be told by its layers
_MINOR = {"merge", "reshape", "input", "parameter", "function", "container", "dropout"}


def members(graph: ArchitectureGraph) -> Mapping[str, list[Item]]:
    """Return what stands directly inside each scope, nodes and scopes in order of execution."""
    return graph.members


def content_of(graph: ArchitectureGraph, tops: Collection[str]) -> dict[str, list[Node]]:
    """Return for each scope in *tops* all nodes in it, at any depth, in order.

    Where one of *tops* lies in another, its nodes count for the outer one only.
    """
    owner: dict[str, str | None] = {}
    for scope in graph.scopes:
        above = owner.get(scope.parent) if scope.parent is not None else None
        owner[scope.id] = above or (scope.id if scope.id in tops else None)
    found: dict[str, list[Node]] = {}
    for node in graph.nodes:
        top = owner[node.scope]
        if top is not None:
            found.setdefault(top, []).append(node)
    return found


def is_norm(kind: str, nodes: Iterable[Node]) -> bool:
    """Say whether a module is a norm by its name, and holds no layer that does more."""
    heavy = {"convolution", "linear", "attention", "recurrent"}
    return bool(_NORM.search(kind)) and not any(node.role in heavy for node in nodes)


def dominant_role(kind: str, nodes: Iterable[Node]) -> str:
    """Return the role that a box for *nodes* has: where most parameters are, else most calls.

    The one that raised is never hidden.
    """
    nodes = list(nodes)
    if any(node.role == "failed" for node in nodes):
        return "failed"
    if is_norm(kind, nodes):
        return "normalisation"
    for word, role in _NAMED_ROLES:
        if word in kind.lower():
            return role
    weights: Counter[str] = Counter()
    for node in nodes:
        for item in node.parts or (node,):
            if item.role not in _MINOR:
                weights[item.role] += item.parameters * 1000 + item.calls + 1
    return weights.most_common(1)[0][0] if weights else "container"


def _look(graph: ArchitectureGraph, item: Item, levels: int = 8) -> object:
    """Return what equal layers and blocks have in common, as far as *levels* inwards."""
    if isinstance(item, Node):
        return (item.kind, item.attributes, item.outputs[:1], item.left_out)
    inner = graph.members[item.id] if levels else ()
    return (item.kind, item.repeat, *(_look(graph, one, levels - 1) for one in inner))


def summary(graph: ArchitectureGraph, items: Iterable[Item]) -> str:
    """Return in a few words what a scope holds: ``Bottleneck × 3``; empty when it is mixed.

    Functions between the layers belong to it: ``Linear × 40, relu × 39``.
    """
    kinds: Counter[str] = Counter()
    looks: dict[str, set[object]] = {}
    for item in items:
        if isinstance(item, Scope) or item.op not in SOURCES:
            kinds[item.kind] += item.repeat
            looks.setdefault(item.kind, set()).add(_look(graph, item))
    if len(kinds) > 2 or max(kinds.values(), default=0) < 2:
        return ""
    # the first of equal ones may differ; where more do, they are counted and not called equal
    return ", ".join(
        f"{kind} × {count}" if len(looks[kind]) <= _ALIKE else f"{count} {kind}"
        for kind, count in kinds.items()
    )


def collapsed(graph: ArchitectureGraph, scope: Scope, inside: list[Node], contains: str) -> Node:
    """Return the node that stands for a whole scope with the nodes *inside*."""
    ids = dict.fromkeys([node.id for node in inside])  # in their order, as they are looked up
    incoming = (edge for node in inside for edge in graph.incoming[node.id])
    outgoing = (edge for node in inside for edge in graph.outgoing[node.id])
    inputs = _specs(edge.tensors for edge in incoming if edge.source not in ids)
    outputs = _specs(_made(graph, edge, scope) for edge in outgoing if edge.target not in ids)
    ends = [node for node in inside if node.id in graph.returned]
    if ends:
        outputs = _specs([ends[-1].outputs, outputs])
    return Node(
        id=scope.id,
        op="scope",
        path=scope.path,
        name=scope.name,
        kind=scope.kind,
        role=dominant_role(scope.kind, inside),
        target=scope.target,
        scope=scope.parent or "",
        inputs=inputs,
        outputs=outputs or inside[-1].outputs,
        attributes=(("contains", contains),) if contains else (),
        repeat=scope.repeat,
        last=scope.last,
        beside=scope.beside,
        parts=_chained(graph, inside),
        source=not inputs,
        **sums(inside),
    )


def _made(graph: ArchitectureGraph, edge: Edge, scope: Scope) -> tuple[TensorSpec, ...]:
    """Return the tensor that leaves a scope on *edge*, before what is left out behind it."""
    for at, _, _ in edge.through:
        place: str | None = at
        while place is not None and place != scope.id:
            place = graph.scope_by_id[place].parent if place in graph.scope_by_id else None
        if place is None:
            return graph.by_id[edge.source].outputs[:1] or edge.tensors
    return edge.tensors


def _chained(graph: ArchitectureGraph, inside: list[Node]) -> tuple[Part, ...]:
    """Return the layers of a small block that is a chain, which is told with few words."""
    if len(inside) > _FEW or any(node.op in SOURCES or node.repeat > 1 for node in inside):
        return ()
    for before, node in itertools.pairwise(inside):
        sources = [edge.source for edge in graph.incoming[node.id]]
        alone = len(graph.outgoing[before.id]) == 1 and before.id not in graph.returned
        if sources != [before.id] or not alone:
            return ()
    return tuple(part for node in inside for part in node.parts or (part_of(node),))


def _specs(groups: Iterable[tuple[TensorSpec, ...]]) -> tuple[TensorSpec, ...]:
    return tuple(dict.fromkeys(spec for group in groups for spec in group))


def collapse(
    graph: ArchitectureGraph, tops: Collection[str], *, parts: bool = True
) -> ArchitectureGraph:
    """Replace each scope whose id is in *tops* by one node; the root is id ``""``.

    Without *parts* the node is a layer like any other, whatever it is made of.
    """
    inside = content_of(graph, tops)
    children = members(graph)
    groups: dict[str, Node] = {}
    for top, nodes in inside.items():
        node = collapsed(graph, graph.scope_by_id[top], nodes, summary(graph, children[top]))
        if not parts:
            # it is a layer from now on, which is equal to others if what is in it is
            node = replace(node, parts=(), left_out=tuple(map(in_words, nodes)))
        own = dict.fromkeys([inner.id for inner in nodes], node)
        # the root has no name of its own; a node's id may be that of the scope around it
        taken = node.id in graph.by_id and node.id not in own
        name = f"{node.id}:scope" if taken else node.id or "model"
        groups |= own if name == node.id else dict.fromkeys(own, _renamed(node, name, graph))
    return contract(graph, groups)


def _renamed(node: Node, name: str, graph: ArchitectureGraph) -> Node:
    if name == node.id:
        return node
    return replace(node, id=name, name=node.name or graph.name)


def levels(graph: ArchitectureGraph) -> Mapping[str, int]:
    """Return the depth of each scope; the root's is 0."""
    depth: dict[str, int] = {}
    for scope in graph.scopes:
        depth[scope.id] = 0 if scope.parent is None else depth[scope.parent] + 1
    return depth


def whole(graph: ArchitectureGraph) -> ArchitectureGraph:
    """Return the graph as its sources and one box for all that happens."""
    inside = [node for node in graph.nodes if node.op != "input"]
    if not inside:
        return graph
    root = graph.scopes[0]
    node = _renamed(collapsed(graph, root, inside, ""), "model", graph)
    return contract(graph, {inner.id: node for inner in inside})
