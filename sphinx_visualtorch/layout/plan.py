"""The plan of a figure: which frame each node is drawn in, and how edges pass the frames.

An edge between nodes of different frames becomes one link in each frame that it touches; together
they lead from the source out to the innermost frame around both, and in to the target.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field

from sphinx_visualtorch.graph import ArchitectureGraph, Edge, Node
from sphinx_visualtorch.layout.diagram import Box, Frame, Item, Link, Point, Title
from sphinx_visualtorch.layout.pen import is_glyph

__all__ = ["Plan", "Tree", "frame_of", "plan_of", "tree_of"]


@dataclass(slots=True)
class Plan:
    """Which frame each node is drawn in, and which parameters are names above their user."""

    graph: ArchitectureGraph
    framed: dict[str, str]  # scope id → id of the innermost frame around its nodes
    parent: dict[str, str]  # frame id → id of the frame around it
    ports: bool = False  # whether inputs and outputs are wires through the border of the whole
    crowns: dict[str, str] = field(default_factory=dict)  # user id → parameter id

    def chain(self, node: Node) -> list[str]:
        """Return the frames around a node, the outermost first; each ends with the node."""
        frames = [self.framed[node.scope]]
        while frames[-1] != "":
            frames.append(self.parent[frames[-1]])
        return frames[::-1]


def plan_of(
    graph: ArchitectureGraph, framed: set[str], *, ports: bool = False, crowned: bool = True
) -> Plan:
    """Return the plan of a figure in which the scopes in *framed* have a border.

    With *ports* the whole has one, too: what comes in and goes out are wires through it.  With
    *crowned* a parameter that a merge takes is a name above it, not a box.
    """
    inside: dict[str, str] = {}
    parent: dict[str, str] = {}
    for scope in graph.scopes:
        above = inside[scope.parent] if scope.parent is not None else ""
        inside[scope.id] = above
        if scope.id in framed:
            inside[scope.id] = scope.id
            parent[scope.id] = above
    plan = Plan(graph, inside, parent, ports)
    for node in graph.nodes if crowned else ():
        uses = graph.outgoing[node.id]
        if node.op in ("parameter", "constant") and len(uses) == 1:
            user = graph.by_id[uses[0].target]
            others = [edge for edge in graph.incoming[user.id] if edge.source != node.id]
            same = inside[user.scope] == inside[node.scope] and is_glyph(user)
            if same and others and user.id not in plan.crowns and node.id not in graph.returned:
                plan.crowns[user.id] = node.id
    return plan


@dataclass(slots=True)
class Tree:
    """The items and links of each frame, in the making."""

    items: dict[str, list[str]] = field(default_factory=dict)
    links: dict[str, dict[Link, None]] = field(default_factory=dict)
    routes: dict[tuple[str, str], list[tuple[str, Link]]] = field(default_factory=dict)
    exits: dict[str, list[tuple[str, Link]]] = field(default_factory=dict)
    lines: dict[tuple[str, str], list[Point]] = field(default_factory=dict)


def tree_of(plan: Plan) -> Tree:
    """Return the items and links of every frame."""
    graph = plan.graph
    tree = Tree({"": []}, {"": {}})
    crowned = set(plan.crowns.values())
    entering = {node.id for node in graph.nodes if plan.ports and node.op == "input"}
    chains = {node.id: plan.chain(node) for node in graph.nodes}
    for node in graph.nodes:
        if node.id in crowned or node.id in entering:
            continue
        chain = chains[node.id]
        for outer, inner in itertools.pairwise(chain):
            if inner not in tree.items:
                tree.items[inner] = []
                tree.links[inner] = {}
                tree.items[outer].append(f"frame {inner}")
        tree.items[chain[-1]].append(node.id)
    for edge in graph.edges:
        if edge.source in entering:
            inwards = _inwards(chains[edge.target], edge, 0)
            tree.routes[edge.source, edge.target] = _noted(tree, inwards)
        elif edge.source not in crowned:
            tree.routes[edge.source, edge.target] = _noted(tree, _route(edge, chains))
    for name in graph.outputs if plan.ports else ():
        tree.exits[name] = _noted(tree, _outwards(chains[name], name, 0))
    return tree


def _noted(tree: Tree, steps: list[tuple[str, Link]]) -> list[tuple[str, Link]]:
    """Note each step's link in its frame."""
    for name, link in steps:
        tree.links[name][link] = None
    return steps


def _items(chain: list[str], node: str) -> list[str]:
    """Return what stands for a node in each of the frames around it."""
    return [*(f"frame {name}" for name in chain[1:]), node]


def _outwards(chain: list[str], node: str, top: int) -> list[tuple[str, Link]]:
    """Return the links that lead from a node through its frames down to number *top*."""
    items = _items(chain, node)
    return [
        (chain[depth], Link(key=node, source=items[depth], target=None))
        for depth in range(len(chain) - 1, top - 1, -1)
    ]


def _inwards(chain: list[str], edge: Edge, top: int) -> list[tuple[str, Link]]:
    """Return the links that lead an edge into the frames from number *top* on."""
    items = _items(chain, edge.target)
    return [
        (chain[depth], Link(key=edge.source, source=None, target=items[depth]))
        for depth in range(top, len(chain))
    ]


def _route(edge: Edge, chains: dict[str, list[str]]) -> list[tuple[str, Link]]:
    """Return the links of an edge in every frame that it touches, from end to end."""
    source, target = chains[edge.source], chains[edge.target]
    common = 0
    while common < min(len(source), len(target)) and source[common] == target[common]:
        common += 1
    top = common - 1
    one, two = _items(source, edge.source)[top], _items(target, edge.target)[top]
    return [
        *_outwards(source, edge.source, common),
        (source[top], Link(key=edge.source, source=one, target=two)),
        *_inwards(target, edge, common),
    ]


def frame_of(
    name: str,
    tree: Tree,
    boxes: Mapping[str, Box],
    titles: Mapping[str, Title],
    *,
    down: bool = False,
) -> Frame:
    """Return the frame *name* with its inner frames, ready to be placed, *down* on their side.

    *titles* tells for each bordered frame what its title needs.
    """
    items: list[Item] = []
    for item in tree.items[name]:
        if item.startswith("frame "):
            items.append(frame_of(item.removeprefix("frame "), tree, boxes, titles, down=down))
        else:
            items.append(boxes[item])
    title = titles.get(name)
    return Frame(
        id=f"frame {name}",
        items=tuple(items),
        links=tuple(tree.links[name]),
        bordered=title is not None,
        title=title.high if title else 0.0,
        least=title.wide if title else 0.0,
        stacked=title is not None and title.repeated,
        turned=down,
    )
