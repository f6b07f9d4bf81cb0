"""Choose which scopes are opened, so that a figure without options fits a page.

The choice starts with the root's children and opens, level by level, all scopes of one kind at
once, as long as the boxes stay within the budget.  A scope is open or closed, never in between,
and equal blocks are treated equally.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from sphinx_visualtorch.graph import SOURCES, ArchitectureGraph, Node, Scope, TensorSpec
from sphinx_visualtorch.transforms.depth import (
    Item,
    collapse,
    collapsed,
    dominant_role,
    members,
)
from sphinx_visualtorch.transforms.rewire import contract

__all__ = ["fit"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidates:
    """The closed scopes of one kind at one depth, and what opening them would cost and tell."""

    scopes: tuple[Scope, ...]
    cost: int
    news: int
    parameters: int


def _boxes(items: Iterable[Item]) -> int:
    """Return how many boxes *items* are; parameters and constants are labels, not boxes."""
    return sum(
        1 for item in items if isinstance(item, Scope) or item.op not in ("parameter", "constant")
    )


def _shapes(nodes: Iterable[Node]) -> set[TensorSpec]:
    return {spec for node in nodes for spec in node.outputs[:1]}


class _Chooser:
    def __init__(self, graph: ArchitectureGraph) -> None:
        self.graph = graph
        self.members = members(graph)
        self.ends: dict[str, set[TensorSpec]] = {}
        self.parameters: dict[str, int] = {}
        for scope in reversed(graph.scopes):
            inner = self.members[scope.id]
            self.parameters[scope.id] = sum(
                self.parameters[item.id] if isinstance(item, Scope) else item.parameters
                for item in inner
            )
            self.ends[scope.id] = self._end(inner[-1]) if inner else set()

    def _end(self, item: Item) -> set[TensorSpec]:
        return self.ends[item.id] if isinstance(item, Scope) else _shapes([item])

    def candidates(self, scopes: Iterable[Scope]) -> list[_Candidates]:
        """Return the *scopes* grouped by kind, those with the most parameters first."""
        groups: dict[tuple[str, bool], list[Scope]] = {}
        for scope in scopes:
            groups.setdefault((scope.kind, scope.repeat > 1), []).append(scope)
        found = []
        for group in groups.values():
            cost = sum(_boxes(self.members[scope.id]) - 1 for scope in group)
            news = 0
            for scope in group:
                ends = [self._end(item) for item in self.members[scope.id]]
                news += len(set().union(*ends) - self.ends[scope.id]) if ends else 0
            total = sum(self.parameters[scope.id] for scope in group)
            found.append(_Candidates(scopes=tuple(group), cost=cost, news=news, parameters=total))
        return sorted(found, key=lambda group: (-group.parameters, group.scopes[0].id))


def _opened(graph: ArchitectureGraph, budget: int, *, flat: bool) -> set[str]:
    """Return the ids of the scopes to open, the root included."""
    chooser = _Chooser(graph)
    opened = {""}
    boxes = _boxes(chooser.members[""])
    level = [item for item in chooser.members[""] if isinstance(item, Scope)]
    while level:
        following: list[Scope] = []
        for group in chooser.candidates(level):
            dull = _self_similar if flat else _tangled
            if boxes + group.cost > budget or dull(chooser, group, boxes):
                continue
            boxes += group.cost
            for scope in group.scopes:
                opened.add(scope.id)
                inner = chooser.members[scope.id]
                following += [item for item in inner if isinstance(item, Scope)]
        level = following
    return opened - _wrappers(chooser, opened)


def _wrappers(chooser: _Chooser, opened: set[str]) -> set[str]:
    """Return the open scopes that show nothing but one closed scope: their own name says more."""
    found: set[str] = set()
    for scope in reversed(chooser.graph.scopes):
        items = chooser.members[scope.id]
        if scope.id in opened and scope.parent is not None and len(items) == 1:
            (only,) = items
            if isinstance(only, Scope) and (only.id not in opened or only.id in found):
                found.add(scope.id)
    return found


def _self_similar(chooser: _Chooser, group: _Candidates, boxes: int) -> bool:
    """Say whether opening a group would show no tensor of a new shape.

    Volumes tell of shapes; equal blocks, or a stage of blocks that all make the same shape, say
    more as one body with ×N.  A figure of very few boxes is opened all the same.
    """
    inner = [chooser.members[scope.id] for scope in group.scopes]
    if any(len(items) == 1 and getattr(items[0], "repeat", 1) > 1 for items in inner):
        return True
    if group.scopes[0].repeat > 1:
        return True
    return group.cost > 0 and not group.news and boxes > 3


def _tangled(chooser: _Chooser, group: _Candidates, boxes: int) -> bool:
    """Say whether a group is mostly arithmetic between few layers.

    The inside of such a block (rotary embeddings, say) is better read as code; its box has a name.
    """
    inner = [item for scope in group.scopes for item in chooser.members[scope.id]]
    functions = sum(isinstance(item, Node) and item.op == "function" for item in inner)
    layers = sum(isinstance(item, Scope) or item.op == "module" for item in inner)
    return boxes > 3 and functions > layers + 3 * len(group.scopes)


def fit(graph: ArchitectureGraph, budget: int, *, flat: bool = False) -> ArchitectureGraph:
    """Collapse scopes until at most *budget* boxes remain.

    With *flat*, repeated blocks stay closed and a scope is opened only when it shows tensors of
    another shape; this is what the styles need that draw tensors as bodies.
    """
    opened = _opened(graph, budget, flat=flat)
    closed = {
        scope.id
        for scope in graph.scopes
        if scope.id not in opened and (scope.parent in opened or scope.parent is None)
    }
    return _chunked(collapse(graph, closed), budget)


def _chunked(graph: ArchitectureGraph, budget: int) -> ArchitectureGraph:
    """Sum up stretches of a scope that is too long to be drawn and has nothing to collapse."""
    total = _boxes(graph.nodes)
    if total <= budget:
        return graph
    children = members(graph)
    longest = max(graph.scopes, key=lambda scope: len(children[scope.id]))
    nodes = [
        item for item in children[longest.id] if isinstance(item, Node) and item.op not in SOURCES
    ]
    room = max(2, budget - (total - len(nodes)))
    size = -(-len(nodes) // room)
    if size < 2:
        return graph
    groups: dict[str, Node] = {}
    for stretch in _stretches(children[longest.id], size):
        node = _stretch(graph, stretch)
        groups.update({inner.id: node for inner in stretch})
    return contract(graph, groups)


def _stretches(items: list[Item], size: int) -> list[list[Node]]:
    """Return runs of at most *size* neighbouring nodes, none across a scope or a source."""
    found: list[list[Node]] = []
    current: list[Node] = []
    for item in items:
        plain = isinstance(item, Node) and item.op not in SOURCES
        if current and (not plain or len(current) == size):
            found.append(current)
            current = []
        if plain and isinstance(item, Node):
            current.append(item)
    if current:
        found.append(current)
    return [stretch for stretch in found if len(stretch) > 1]


def _stretch(graph: ArchitectureGraph, nodes: list[Node]) -> Node:
    scope = Scope(
        id=f"{nodes[0].id} … {nodes[-1].id}",
        path=nodes[0].path,
        name=f"{nodes[0].name} … {nodes[-1].name}",
        kind=f"{len(nodes)} operations",
        parent=nodes[0].scope,
    )
    node = collapsed(graph, scope, nodes, "")
    return replace(node, role=dominant_role("", nodes))
