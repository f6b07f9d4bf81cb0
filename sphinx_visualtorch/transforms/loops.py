"""Find the rounds of loops that a forward pass writes out, and make each a block of its own.

Many models keep their layers in lists and call them in turn: ``for a, f in zip(attns, ffs):
x = x + a(x); x = x + f(x)``.  No module stands for one round of such a loop.  Where the same
operations come again and again in a row, a scope around each round lets them be folded, as modules
that are equal are.

A list is a name for several modules and is never called.  Where its modules take turns with
others, it would be a frame around each of them, and is taken away.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from sphinx_visualtorch.graph import ArchitectureGraph, Node, Scope
from sphinx_visualtorch.transforms.depth import Item
from sphinx_visualtorch.transforms.equal import Block, Blocks, crossings
from sphinx_visualtorch.transforms.periods import runs

__all__ = ["as_rounds", "cost", "flattened", "without_runs"]

LISTS = frozenset({"ModuleList", "ModuleDict"})
"""Modules that are never called."""

_SAVED = 6  # boxes that a loop must save to be worth a frame
_NAMED = 2  # kinds of layers that are told of a round


def without_runs(graph: ArchitectureGraph, keep: Collection[str]) -> ArchitectureGraph:
    """Return the graph without lists whose modules take turns with others.

    Those whose ids are in *keep* stay.
    """
    times = Counter(scope.path for scope in graph.scopes if scope.kind in LISTS)
    gone = {
        scope.id
        for scope in graph.scopes
        if scope.kind in LISTS and times[scope.path] > 1 and scope.id not in keep
    }
    return flattened(graph, gone)


def as_rounds(blocks: Blocks, keep: Collection[str]) -> ArchitectureGraph:
    """Return the graph of *blocks* with a scope around each round of a loop that is long enough.

    The lists whose ids are in *keep* stay as they are.
    """
    graph = blocks.graph
    crossing = crossings(graph)
    listed = {
        (inner[0].start, inner[-1].stop)
        for name, inner in blocks.blocks.items()
        if inner and graph.scope_by_id[name].kind in LISTS
    }
    gone: set[str] = set()
    homes: dict[str, Scope] = {}
    for scope in graph.scopes:
        if _is_list(scope, keep):
            continue
        row = list(_spliced(blocks, scope.id, keep))
        # what comes from outside is of no round
        signs = [-block.start if _is_input(block) else block.signature + 1 for block in row]
        items, passing = [block.item for block in row], [crossing[block.start] for block in row]
        for run in runs(signs, partial(cost, items, passing)):
            parts = list(run.parts(row))
            alone = all((part[0].start, part[-1].stop) in listed for part in parts)
            if alone or (run.count - 1) * run.size < _SAVED:
                continue
            for part in parts:
                new = _round(scope, part)
                for block in part:
                    homes[block.item.id] = new
                    gone.update(_lists(graph, block.item, scope))
    return _rehomed(graph, gone, homes) if homes else graph


def flattened(graph: ArchitectureGraph, scopes: Collection[str]) -> ArchitectureGraph:
    """Return the graph without the scopes with these ids; what is in them is in their parents."""
    return _rehomed(graph, scopes, {}) if scopes else graph


def cost(items: Sequence[Item], passing: Sequence[int], place: int) -> int:
    """Return what it costs to begin a round at a place of *items*.

    That is how many tensors pass there, told by *passing*; of equal places those are better at
    which a new number begins in the paths of the layers.
    """
    number = _number(items[place])
    before = (_number(items[index]) for index in range(place - 1, -1, -1))
    last = next((other for other in before if other is not None), None)
    return 2 * passing[place] + (0 if number is not None and number != last else 1)


def _number(item: Item) -> str | None:
    """Return the first position in the path of a layer."""
    found = _NUMBER.search(item.path) if _is_layer(item) else None
    return found.group() if found else None


_NUMBER = re.compile(r"(?<![^.])\d+(?![^.])")


def _is_layer(item: Item) -> bool:
    return isinstance(item, Scope) or item.op in ("module", "scope")


def _is_list(scope: Scope, keep: Collection[str]) -> bool:
    return scope.kind in LISTS and scope.parent is not None and scope.id not in keep


def _is_input(block: Block) -> bool:
    return isinstance(block.item, Node) and block.item.op == "input"


def _spliced(blocks: Blocks, scope: str, keep: Collection[str]) -> Iterator[Block]:
    """Return what a scope calls itself, in order: lists in it are looked into."""
    for block in blocks.blocks[scope]:
        if isinstance(block.item, Scope) and _is_list(block.item, keep):
            yield from _spliced(blocks, block.item.id, keep)
        else:
            yield block


def _lists(graph: ArchitectureGraph, item: Item, top: Scope) -> Iterator[str]:
    """Return the ids of the lists between an item and the scope *top* that calls it."""
    name = (item.scope if isinstance(item, Node) else item.parent) or ""
    while name != top.id:
        yield name
        name = graph.scope_by_id[name].parent or ""


def _round(scope: Scope, part: Sequence[Block]) -> Scope:
    """Return a scope for one round of a loop in the forward of *scope*."""
    items = [block.item for block in part]
    layers = [item for item in items if _is_layer(item)]
    layers = [item for item in layers if item.kind not in LISTS] or layers
    paths = [item.path.split(".") for item in layers or items]
    common = ".".join(_shared(paths))
    path = common if len(common) > len(scope.path) else ".".join(paths[0])
    kinds = Counter(item.kind for item in layers or items)
    if len(layers) == 1:  # the round is more than its only layer
        kinds.update(item.kind for item in items if item not in layers)
    told = [kind if count == 1 else f"{count} {kind}" for kind, count in kinds.items()]
    return Scope(
        id=f"{items[0].id} … {items[-1].id}",
        path=path,
        name=path.rpartition(".")[2],
        kind=", ".join([*told[:_NAMED], *["…"][: len(told) - _NAMED]]),
        parent=scope.id,
    )


def _shared(paths: Sequence[Sequence[str]]) -> Iterator[str]:
    """Return the names with which all *paths* begin."""
    for names in zip(*paths, strict=False):
        if len(set(names)) > 1:
            return
        yield names[0]


def _rehomed(
    graph: ArchitectureGraph, gone: Collection[str], homes: Mapping[str, Scope]
) -> ArchitectureGraph:
    """Return the graph with items in their new *homes*, and without the scopes that are *gone*."""
    stays = {scope.id: scope for scope in graph.scopes}
    for scope in graph.scopes:  # parents stand before their children
        if scope.id in gone:
            stays[scope.id] = stays[scope.parent or ""]
    inner: dict[str, dict[str, Scope]] = {}
    for home in homes.values():
        inner.setdefault(home.parent or "", {})[home.id] = home
    scopes: list[Scope] = []
    for scope in graph.scopes:
        if scope.id in gone:
            continue
        home = homes.get(scope.id) or stays[scope.parent or ""]
        moves = scope.parent is not None and home.id != scope.parent
        new = replace(scope, parent=home.id, name=_name(scope, home, stays)) if moves else scope
        scopes += [new, *inner.get(scope.id, {}).values()]
    nodes: list[Node] = []
    for node in graph.nodes:
        home = homes.get(node.id) or stays[node.scope]
        moves = home.id != node.scope
        nodes.append(replace(node, scope=home.id, name=_name(node, home, stays)) if moves else node)
    return replace(graph, scopes=tuple(scopes), nodes=tuple(nodes))


def _name(item: Item, home: Scope, stays: Mapping[str, Scope]) -> str:
    """Return what an item is called in its new home: its path from there."""
    if isinstance(item, Node) and item.op not in ("module", "scope"):
        return item.name
    while home.id not in stays:  # around a round stands the module that runs the loop
        if item.path.startswith(f"{home.path}."):
            break
        home = stays[home.parent or ""]
    return item.path.removeprefix(f"{home.path}.") if home.path else item.path
