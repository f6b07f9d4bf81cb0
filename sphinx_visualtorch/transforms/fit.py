"""Choose which scopes are opened, so that a figure without options fits a page.

The choice starts with the root's children and opens, level by level, all scopes of one kind at
once, as long as the boxes stay within the budget.  A scope is open or closed, never in between,
and equal blocks are treated equally.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from sphinx_visualtorch.graph import CONTAINERS, SOURCES, ArchitectureGraph, Node, Scope, TensorSpec
from sphinx_visualtorch.transforms.depth import (
    Item,
    collapse,
    collapsed,
    dominant_role,
    levels,
    members,
    whole,
)
from sphinx_visualtorch.transforms.equal import crossings
from sphinx_visualtorch.transforms.loops import cost
from sphinx_visualtorch.transforms.periods import runs
from sphinx_visualtorch.transforms.rewire import contract

__all__ = ["Opening", "fit"]


_BARE = 7  # a figure with less than this part of its budget shows nearly nothing, and so does
_FEWEST = 4  # one of no more boxes
_ARITHMETIC = {"function", "merge", "reshape"}
_FEW_LAYERS = 6  # of a block that is mostly arithmetic
_MORE = 1.3  # times the budget: so many single boxes say more than what sums them up


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidates:
    """The closed scopes of one kind at one depth, and what opening them would cost and tell."""

    scopes: tuple[Scope, ...]
    cost: int
    news: int
    parameters: int
    alike: bool  # whether there are several such blocks, and some of them are folded


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

    def candidates(
        self, scopes: Sequence[Scope], wide: Collection[str], shut: Collection[str]
    ) -> list[_Candidates]:
        """Return the *scopes* grouped by kind, those with the most parameters first.

        Those in *wide* stand before all others, as they are opened in any case.
        """
        groups: dict[tuple[str, bool, bool], list[Scope]] = {}
        for scope in scopes:
            if scope.id not in shut:
                key = (scope.kind, scope.repeat > 1, scope.id in wide)
                groups.setdefault(key, []).append(scope)
        found = []
        several = Counter(scope.kind for scope in scopes if scope.kind not in CONTAINERS)
        folded = {scope.kind for scope in scopes if scope.repeat > 1}
        for group in groups.values():
            cost = sum(_boxes(self.members[scope.id]) - 1 for scope in group)
            news = 0
            for scope in group:
                ends = [self._end(item) for item in self.members[scope.id]]
                news += len(set().union(*ends) - self.ends[scope.id]) if ends else 0
            total = sum(self.parameters[scope.id] for scope in group)
            kind = group[0].kind
            found.append(
                _Candidates(
                    scopes=tuple(group),
                    cost=cost,
                    news=news,
                    parameters=total,
                    alike=several[kind] > 1 and kind in folded,
                )
            )
        return sorted(
            found,
            key=lambda group: (
                group.scopes[0].id not in wide,
                -group.parameters,
                group.scopes[0].id,
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What decides which scopes are opened.

    *budget* is how many boxes there may be, *depth* how many levels are opened instead of that.
    The ids in *expand* are opened in any case, those in *collapse* never.  With *flat* repeated
    blocks stay closed and a scope is opened only when it shows tensors of another shape; this is
    what the styles need that draw tensors as bodies.  With *alike* blocks of one kind that are
    folded at several places stay closed, because one of them is shown beside the figure.
    """

    budget: int = 1
    depth: int | None = None
    flat: bool = False
    alike: bool = False
    expand: frozenset[str] = frozenset()
    collapse: frozenset[str] = frozenset()


def _forced(graph: ArchitectureGraph, opening: Opening) -> tuple[set[str], set[str]]:
    """Return which scopes are opened whatever it costs, and which never are.

    What stands around an opened scope is open; what stands in a collapsed one is not drawn.
    """
    shut: set[str] = set()
    for scope in graph.scopes:
        if scope.id in opening.collapse or scope.parent in shut:
            shut.add(scope.id)
    wide: set[str] = set()
    for name in opening.expand - shut:
        scope = graph.scope_by_id[name]
        while scope.id not in wide:
            wide.add(scope.id)
            scope = graph.scope_by_id[scope.parent or ""]
    return wide, shut


def _by_depth(graph: ArchitectureGraph, depth: int) -> set[str]:
    return {name for name, level in levels(graph).items() if level < depth}


def _by_budget(graph: ArchitectureGraph, opening: Opening) -> set[str]:
    """Return the ids of the scopes to open, the root included.

    Where nearly nothing would be left to see, the one that holds most is opened whatever it costs.
    """
    chooser = _Chooser(graph)
    wide, shut = _forced(graph, opening)
    opened = {""}
    # what is opened in any case takes its room first
    boxes = 1 + sum(_boxes(chooser.members[name]) - 1 for name in wide | {""})
    level = [item for item in chooser.members[""] if isinstance(item, Scope)]
    refused: list[_Candidates] = []
    while level:
        following: list[Scope] = []
        for group in chooser.candidates(level, wide, shut):
            if group.scopes[0].id not in wide:
                if _is_dull(chooser, group, (opening, boxes)):
                    continue
                if boxes + group.cost > opening.budget:
                    refused.append(group)
                    continue
                boxes += group.cost
            for scope in group.scopes:
                opened.add(scope.id)
                inner = chooser.members[scope.id]
                following += [item for item in inner if isinstance(item, Scope)]
        level = following
    if refused and boxes <= max(_FEWEST, opening.budget // _BARE):
        opened |= {scope.id for scope in refused[0].scopes}
    return opened - (_wrappers(chooser, opened, flat=opening.flat) - wide)


def _is_dull(chooser: _Chooser, group: _Candidates, at: tuple[Opening, int]) -> bool:
    """Say whether opening a group tells less than its closed boxes do."""
    opening, boxes = at
    if opening.flat:
        return _self_similar(chooser, group, boxes)
    return (opening.alike and group.alike) or _tangled(chooser, group, boxes)


def _wrappers(chooser: _Chooser, opened: set[str], *, flat: bool) -> set[str]:
    """Return the open scopes that show nothing but one closed scope: their own name says more.

    Boxes show a folded scope as what it is, beside others of its kind; bodies need the room.
    """
    found: set[str] = set()
    for scope in reversed(chooser.graph.scopes):
        items = chooser.members[scope.id]
        listed = scope.kind in ("ModuleList", "ModuleDict")  # the name of several, not of this one
        if scope.id in opened and scope.parent is not None and len(items) == 1 and not listed:
            (only,) = items
            shown = flat or only.repeat == 1
            if isinstance(only, Scope) and shown and (only.id not in opened or only.id in found):
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
    functions = sum(
        isinstance(item, Node) and item.op == "function" and item.role in _ARITHMETIC
        for item in inner
    )
    layers = sum(isinstance(item, Scope) or item.op == "module" for item in inner)
    few = layers <= _FEW_LAYERS * len(group.scopes)
    return boxes > 3 and few and functions > layers + 3 * len(group.scopes)


def fit(graph: ArchitectureGraph, opening: Opening) -> ArchitectureGraph:
    """Collapse all scopes but those that *opening* chooses; a scope is open or closed as a whole.

    Without a depth, stretches of a scope that is too long for the budget are summed up, too.
    """
    wide, shut = _forced(graph, opening)
    if opening.depth is None:
        opened = _by_budget(graph, opening)
    elif opening.depth == 0 and not wide:
        return whole(graph)
    else:
        opened = _by_depth(graph, opening.depth)
    opened = (opened | wide | {""}) - shut
    closed = {
        scope.id
        for scope in graph.scopes
        if scope.id not in opened and (scope.parent in opened or scope.parent is None)
    }
    fitted = collapse(graph, closed)
    if opening.depth is not None or _boxes(fitted.nodes) <= _MORE * opening.budget:
        return fitted
    return _chunked(fitted, opening.budget)


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
    items, size = children[longest.id], -(-len(nodes) // room)
    stretches = _in_rounds(graph, items, room) or _stretches(graph, items, size)
    if len(nodes) - sum(len(stretch) - 1 for stretch in stretches) > _MORE * room:
        stretches = _stretches(graph, items, size, fed=False)
    groups: dict[str, Node] = {}
    for stretch in stretches:
        node = _stretch(graph, stretch)
        groups.update({inner.id: node for inner in stretch})
    # at their ends: a parameter that is used in one may stand between its nodes
    return contract(graph, groups, at_last=True) if groups else graph


def _in_rounds(graph: ArchitectureGraph, items: list[Item], room: int) -> list[list[Node]]:
    """Return the rounds of a loop in *items*, whatever their sizes, several in one if need be.

    There are none if what is beside the longest loop has no room.
    """
    numbers: dict[object, int] = {}
    plain = [item for item in items if isinstance(item, Node) and item.op not in SOURCES]
    kinds = [(node.op, node.kind, tuple(part.kind for part in node.parts)) for node in plain]
    signs = [numbers.setdefault(kind, len(numbers)) for kind in kinds]
    position = {node.id: index for index, node in enumerate(graph.nodes)}
    crossing = crossings(graph)
    passing = [crossing[position[node.id]] for node in plain]
    found = runs(signs, partial(cost, plain, passing))
    if not found or any(isinstance(item, Scope) for item in items):
        return []
    run = max(found, key=lambda run: run.size * run.count)
    beside = len(plain) - run.size * run.count
    if beside >= room:
        return []
    size = run.size * -(-run.count // (room - beside))
    return [
        plain[begin : min(begin + size, run.stop)] for begin in range(run.start, run.stop, size)
    ]


def _stretches(
    graph: ArchitectureGraph, items: list[Item], size: int, *, fed: bool = True
) -> list[list[Node]]:
    """Return runs of at most *size* nodes, none across a scope.

    Each is *fed* by the one before, or they only stand in this order.
    """
    found: list[list[Node]] = []
    current: list[Node] = []
    for item in items:
        plain = isinstance(item, Node) and item.op not in SOURCES
        goes_on = plain and len(current) < size
        if current and not (goes_on and (not fed or _feeds(graph, current[-1], item))):
            found.append(current)
            current = []
        if plain and isinstance(item, Node):
            current.append(item)
    if current:
        found.append(current)
    return [stretch for stretch in found if len(stretch) > 1]


def _feeds(graph: ArchitectureGraph, source: Node, target: Item) -> bool:
    """Say whether *target* takes what *source* makes."""
    return any(edge.source == source.id for edge in graph.incoming[target.id])


def _stretch(graph: ArchitectureGraph, nodes: list[Node]) -> Node:
    first, last = nodes[0], nodes[-1]
    # what is merged into the last box is the last that happens
    end = last.parts[-1].path.rpartition(".")[2] if last.parts else last.name
    count = sum(node.calls or max(1, len(node.parts)) * node.repeat for node in nodes)
    scope = Scope(
        id=f"{first.id} … {last.id}",
        path=first.path,
        name=f"{first.name} … {end}",
        kind=f"{count} operations",
        parent=first.scope,
    )
    node = collapsed(graph, scope, nodes, "")
    return replace(node, role=dominant_role("", nodes))
