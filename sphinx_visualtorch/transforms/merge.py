"""Merge layers that belong together into one box, and let small operations vanish on the edge."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from sphinx_visualtorch.graph import SOURCES, ArchitectureGraph, Node, Part, sums
from sphinx_visualtorch.transforms.rewire import contract, drop

__all__ = ["NOISE", "SMALL", "hide_roles", "merge", "part_of"]

NOISE = frozenset(
    (
        *("Identity", "identity", "getitem", "contiguous", "detach", "clone", "alias", "data"),
        *("to", "type", "type_as", "float", "half", "double", "long", "int", "bool"),
        *("view_as", "expand_as"),
    )
)
"""Kinds that never say anything in a figure."""

SMALL = frozenset({"reshape", "dropout"})
"""Roles that vanish into the edge when space is short."""

_AROUND = ("normalisation", "activation", "dropout")


def hide_roles(
    graph: ArchitectureGraph, roles: Collection[str], kinds: Collection[str] = NOISE
) -> ArchitectureGraph:
    """Leave out the nodes with one of *roles* or *kinds*, unless nothing else would remain."""
    gone = {
        node.id
        for node in graph.nodes
        if node.op not in SOURCES and (node.role in roles or node.kind in kinds)
    }
    if all(node.id in gone or node.op in SOURCES for node in graph.nodes):
        return graph
    return drop(graph, gone)


def _next(graph: ArchitectureGraph, node: Node, roles: Collection[str]) -> Node | None:
    """Return the only user of *node* if it uses nothing else and stands in the same scope.

    It has one of *roles*.
    """
    after = graph.outgoing[node.id]
    if len(after) != 1 or node.id in graph.returned:
        return None
    user = graph.by_id[after[0].target]
    # most are told by their role, without a look at what they use
    alike = user.role in roles and user.scope == node.scope and user.repeat == node.repeat
    return user if alike and len(graph.incoming[user.id]) == 1 else None


def part_of(node: Node) -> Part:
    """Return a node as a layer in a box that stands for several."""
    return Part(
        path=node.path,
        kind=node.kind,
        role=node.role,
        attributes=node.attributes,
        parameters=node.parameters,
        calls=node.calls,
    )


def _merged(chain: list[Node], main: Node) -> Node:
    return replace(
        main,
        inputs=chain[0].inputs,
        outputs=chain[-1].outputs,
        parts=tuple(part for node in chain for part in (node.parts or (part_of(node),))),
        source=chain[0].source,
        left_out=tuple(word for node in chain for word in node.left_out),
        **sums(chain),
    )


def _before(graph: ArchitectureGraph, main: Node, taken: Collection[str]) -> list[Node]:
    """Return norm and activation that prepare *main*'s input (pre-activation), in order."""
    chain: list[Node] = []
    node = main
    wanted = ["activation", "normalisation"]
    while wanted and len(graph.incoming[node.id]) == 1:
        source = graph.by_id[graph.incoming[node.id][0].source]
        if (
            source.id in taken
            or source.role not in wanted
            or _next(graph, source, (node.role,)) is not node
        ):
            break
        del wanted[: wanted.index(source.role) + 1]
        chain.insert(0, source)
        node = source
    # a lone activation belongs to what made its input, not to what uses it
    return chain if any(node.role == "normalisation" for node in chain) else []


def _after(graph: ArchitectureGraph, main: Node, taken: Collection[str]) -> list[Node]:
    """Return norm, activation and dropout that only finish *main*'s output, in order."""
    chain: list[Node] = []
    node = main
    left = set(_AROUND).difference([part.role for part in main.parts])
    while left and (user := _next(graph, node, left)) is not None:
        if user.id in taken or user.parts or user.repeat > 1:
            break
        left.remove(user.role)
        chain.append(user)
        node = user
    return chain


def merge(graph: ArchitectureGraph, mains: Collection[str]) -> ArchitectureGraph:
    """Make one node of each layer whose role is in *mains* and the norm and activation at it.

    The parts of the new node tell what is in it.
    """
    groups: dict[str, Node] = {}
    for main in graph.nodes:
        if main.role not in mains or main.op not in ("module", "function") or main.id in groups:
            continue
        prepared = bool(main.parts) and main.parts[0].role in _AROUND
        before = [] if prepared else _before(graph, main, groups)
        # where norms stand before the layers, what follows belongs to the next layer
        after = [] if prepared or before else _after(graph, main, groups)
        chain = [*before, main, *after]
        if len(chain) > 1:
            new = _merged(chain, main)
            groups.update({node.id: new for node in chain})
    return contract(graph, groups, at_last=True)
