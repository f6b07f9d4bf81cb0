"""Choose a block whose inside is drawn beside the figure, and cut it out of the graph.

By itself that is the kind of block that makes up most of a model, stands in it several times and is
closed in the figure: what a reader of ResNet-50's stages wants to know is what a bottleneck is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from sphinx_visualtorch.errors import OptionError
from sphinx_visualtorch.graph import CONTAINERS, SOURCES, ArchitectureGraph, Edge, Node, Scope
from sphinx_visualtorch.graph.detail import Detail
from sphinx_visualtorch.transforms.depth import content_of
from sphinx_visualtorch.transforms.patterns import named

__all__ = ["cut", "detail_named", "detail_of_most"]

_MOST = 0.5  # of the model's parameters, or of its calls, that a kind must make up
_BOXES = (3, 26)  # fewer are told by a box's words, more are a figure of their own


@dataclass(slots=True)
class _Kind:
    """The closed blocks of one kind, with their shares of the model's parameters and calls."""

    scopes: list[Scope]
    weight: tuple[float, float] = (0.0, 0.0)
    count: int = 0
    folded: bool = False


def detail_of_most(graph: ArchitectureGraph, shown: ArchitectureGraph) -> Detail | None:
    """Return the detail that *shown*, a figure of the folded *graph*, has by itself."""
    anchors = _anchors(graph, shown)
    kinds = _kinds(graph, anchors)
    opened = {scope.kind for scope in shown.scopes}
    worth = [
        kind
        for name, kind in kinds.items()
        if name not in opened and kind.count > 1 and max(kind.weight) >= _MOST
    ]
    worth = [kind for kind in worth if kind.folded] or worth
    for kind in worth:  # outer kinds come first
        folded = [scope for scope in kind.scopes if scope.repeat > 1] or kind.scopes
        detail = cut(graph, folded[0].id, anchors[folded[0].id])
        boxes = sum(node.op not in SOURCES for node in detail.graph.nodes)
        if _BOXES[0] <= boxes <= _BOXES[1]:
            return replace(detail, last=cut(graph, folded[-1].id, anchors[folded[-1].id]))
    return None


def detail_named(graph: ArchitectureGraph, shown: ArchitectureGraph, name: str) -> Detail:
    """Return the detail of the module whose path or class the author names.

    :raises OptionError: if there is none that contains others.
    """
    wanted = named(graph, "detail", [name])
    anchors = _anchors(graph, shown)
    scope = next(scope for scope in graph.scopes if scope.id in wanted)
    if not any(node.op not in SOURCES for node in content_of(graph, {scope.id})[scope.id]):
        raise OptionError("detail", name, "a module in which something is called is wanted")
    return cut(graph, scope.id, anchors.get(scope.id, ""))


def _anchors(graph: ArchitectureGraph, shown: ArchitectureGraph) -> dict[str, str]:
    """Return for each scope that is not open the box in which it is."""
    boxes = {node.id for node in shown.nodes if node.op == "scope"}
    anchors: dict[str, str] = {}
    for scope in graph.scopes:
        above = anchors.get(scope.parent) if scope.parent is not None else None
        own = scope.id if scope.id in boxes else f"{scope.id}:scope"
        box = above or (own if own in boxes else None)
        if box is not None:
            anchors[scope.id] = box
    return anchors


def _kinds(graph: ArchitectureGraph, anchors: Collection[str]) -> dict[str, _Kind]:
    """Return the kinds of block in closed boxes, with the share of the model that each has."""
    shares = [_shares(graph, weigh) for weigh in ("parameters", "calls")]
    times: dict[str, int] = {}
    above: dict[str, frozenset[str]] = {}
    kinds: dict[str, _Kind] = {}
    for scope in graph.scopes:
        parent = scope.parent or ""
        times[scope.id] = times.get(parent, 1) * scope.repeat
        above[scope.id] = above.get(parent, frozenset()) | {scope.kind}
        nested = scope.parent is not None and scope.kind in above[parent]
        if scope.id in anchors and scope.kind not in CONTAINERS and not nested:
            kind = kinds.setdefault(scope.kind, _Kind([]))
            kind.scopes.append(scope)
            one, two = (share[scope.id] for share in shares)
            kind.weight = kind.weight[0] + one, kind.weight[1] + two
            kind.count += times[scope.id]
            kind.folded |= scope.repeat > 1
    return kinds


def _shares(graph: ArchitectureGraph, weigh: str) -> dict[str, float]:
    """Return which share of all that is counted under the name *weigh* is in each scope."""
    held: dict[str, int] = dict.fromkeys((scope.id for scope in graph.scopes), 0)
    for node in graph.nodes:
        held[node.scope] += getattr(node, weigh)
    for scope in reversed(graph.scopes):
        if scope.parent is not None:
            held[scope.parent] += held[scope.id]
    total = held[graph.scopes[0].id] or 1
    return {name: count / total for name, count in held.items()}


def cut(graph: ArchitectureGraph, top: str, anchor: str) -> Detail:
    """Return the inside of the scope *top* as a graph of its own."""
    scope = graph.scope_by_id[top]
    nodes = content_of(graph, {top})[top]
    ids = {node.id for node in nodes}
    sources: dict[str, Node] = {}
    edges: list[Edge] = []
    outputs: dict[str, None] = {}
    for node in nodes:
        for edge in graph.incoming[node.id]:
            if edge.source not in ids and edge.source not in sources:
                sources[edge.source] = _entering(edge)
            source = edge.source if edge.source in ids else sources[edge.source].id
            edges.append(replace(edge, source=source))
        if node.id in graph.returned or any(e.target not in ids for e in graph.outgoing[node.id]):
            outputs[node.id] = None
    inner = ArchitectureGraph(
        name=scope.kind,
        scopes=tuple(_rerooted(graph.scopes, top)),
        nodes=(*sources.values(), *(_without(node, top) for node in nodes)),
        edges=tuple(edges),
        outputs=tuple(outputs),
    )
    return Detail(scope=scope, graph=inner, anchor=anchor)


def _entering(edge: Edge) -> Node:
    """Return the input that stands for a tensor from outside of the block."""
    return Node(
        id=f"from {edge.source}",
        op="input",
        path="",
        name="",
        kind="input",
        role="input",
        outputs=edge.tensors,
    )


def _rerooted(scopes: Iterable[Scope], top: str) -> list[Scope]:
    found: list[Scope] = []
    inside = {top}
    for scope in scopes:
        if scope.id == top:
            found.append(replace(scope, id="", parent=None, repeat=1))
        elif scope.parent in inside:
            inside.add(scope.id)
            found.append(replace(scope, parent="" if scope.parent == top else scope.parent))
    return found


def _without(node: Node, top: str) -> Node:
    return replace(node, scope="") if node.scope == top else node
