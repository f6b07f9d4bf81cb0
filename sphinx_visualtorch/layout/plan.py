"""The plan of a figure: which frame each node is drawn in, and how edges pass the frames.

An edge between nodes of different frames becomes one link in each frame that it touches; together
they lead from the source out to the innermost frame around both, and in to the target.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field

from sphinx_visualtorch.graph import ArchitectureGraph, Edge, Node
from sphinx_visualtorch.layout.diagram import Box, Frame, Item, Link, Point
from sphinx_visualtorch.layout.pen import is_glyph
from sphinx_visualtorch.layout.place import TITLE

__all__ = ["Plan", "Tree", "frame_of", "plan_of", "tree_of"]


@dataclass(slots=True)
class Plan:
    """Which frame each node is drawn in, and which parameters are names above their user."""

    graph: ArchitectureGraph
    framed: dict[str, str]  # scope id → id of the innermost frame around its nodes
    parent: dict[str, str]  # frame id → id of the frame around it
    crowns: dict[str, str] = field(default_factory=dict)  # user id → parameter id

    def chain(self, node: Node) -> list[str]:
        """Return the frames around a node, the outermost first; each ends with the node."""
        frames = [self.framed[node.scope]]
        while frames[-1] != "":
            frames.append(self.parent[frames[-1]])
        return frames[::-1]


def plan_of(graph: ArchitectureGraph, framed: set[str]) -> Plan:
    """Return the plan of a figure in which the scopes in *framed* have a border."""
    inside: dict[str, str] = {}
    parent: dict[str, str] = {}
    for scope in graph.scopes:
        above = inside[scope.parent] if scope.parent is not None else ""
        inside[scope.id] = above
        if scope.id in framed:
            inside[scope.id] = scope.id
            parent[scope.id] = above
    plan = Plan(graph, inside, parent)
    for node in graph.nodes:
        uses = graph.outgoing[node.id]
        if node.op in ("parameter", "constant") and len(uses) == 1:
            user = graph.by_id[uses[0].target]
            others = [edge for edge in graph.incoming[user.id] if edge.source != node.id]
            same = inside[user.scope] == inside[node.scope] and is_glyph(user)
            if same and others and user.id not in plan.crowns and node.id not in graph.outputs:
                plan.crowns[user.id] = node.id
    return plan


@dataclass(slots=True)
class Tree:
    """The items and links of each frame, in the making."""

    items: dict[str, list[str]] = field(default_factory=dict)
    links: dict[str, dict[Link, None]] = field(default_factory=dict)
    routes: dict[tuple[str, str], list[tuple[str, Link]]] = field(default_factory=dict)
    lines: dict[tuple[str, str], list[Point]] = field(default_factory=dict)


def tree_of(plan: Plan) -> Tree:
    """Return the items and links of every frame."""
    graph = plan.graph
    tree = Tree({"": []}, {"": {}})
    crowned = set(plan.crowns.values())
    chains = {node.id: plan.chain(node) for node in graph.nodes}
    for node in graph.nodes:
        if node.id in crowned:
            continue
        chain = chains[node.id]
        for outer, inner in itertools.pairwise(chain):
            if inner not in tree.items:
                tree.items[inner] = []
                tree.links[inner] = {}
                tree.items[outer].append(f"frame {inner}")
        tree.items[chain[-1]].append(node.id)
    for edge in graph.edges:
        if edge.source not in crowned:
            tree.routes[edge.source, edge.target] = _route(tree, edge, chains)
    return tree


def _route(tree: Tree, edge: Edge, chains: dict[str, list[str]]) -> list[tuple[str, Link]]:
    """Note the links of an edge in every frame that it touches; return them from end to end."""
    source, target = chains[edge.source], chains[edge.target]
    common = 0
    while common < min(len(source), len(target)) and source[common] == target[common]:
        common += 1
    own = [*(f"frame {name}" for name in source[common:]), edge.source]
    goal = [*(f"frame {name}" for name in target[common:]), edge.target]
    steps: list[tuple[str, Link]] = []
    for depth in range(len(source) - 1, common - 1, -1):
        item = own[depth - common + 1]
        steps.append((source[depth], Link(key=edge.source, source=item, target=None)))
    top = source[common - 1]
    steps.append((top, Link(key=edge.source, source=own[0], target=goal[0])))
    for depth in range(common, len(target)):
        item = goal[depth - common + 1]
        steps.append((target[depth], Link(key=edge.source, source=None, target=item)))
    for name, link in steps:
        tree.links[name][link] = None
    return steps


def frame_of(
    name: str, tree: Tree, boxes: dict[str, Box], titles: Mapping[str, tuple[float, bool]]
) -> Frame:
    """Return the frame *name* with its inner frames, ready to be placed.

    *titles* tells for each frame the width that its title needs and whether it is repeated.
    """
    items: list[Item] = []
    for item in tree.items[name]:
        if item.startswith("frame "):
            items.append(frame_of(item.removeprefix("frame "), tree, boxes, titles))
        else:
            items.append(boxes[item])
    return Frame(
        id=f"frame {name}",
        items=tuple(items),
        links=tuple(tree.links[name]),
        bordered=name != "",
        title=TITLE if name else 0.0,
        least=titles[name][0] if name else 0.0,
        stacked=bool(name) and titles[name][1],
    )
