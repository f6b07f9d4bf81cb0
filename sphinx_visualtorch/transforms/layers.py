"""Find the layers that authors write as modules of their own, and make them one node each.

A library's ``BatchNormAct2d`` or ``RMSNorm`` is a layer to its readers, although its forward calls
functions with weights that the module holds.  Once such a module is one node, it can be merged
with the convolution before it as torch's own layers are.
"""

from __future__ import annotations

from collections.abc import Collection

from sphinx_visualtorch.graph import CONTAINERS, SOURCES, ArchitectureGraph, Node
from sphinx_visualtorch.transforms.depth import collapse, content_of, is_norm
from sphinx_visualtorch.transforms.rewire import drop

__all__ = ["as_layers", "with_weights"]

_FINISHING = frozenset({"normalisation", "activation", "dropout"})
_MOST = 12  # nodes of a module that is still a layer


def with_weights(graph: ArchitectureGraph) -> ArchitectureGraph:
    """Return the graph with weights as a part of the functions that they belong to.

    That is a parameter or buffer which only one function uses, of the module in which it is
    called.  What a merge adds or joins (a class token, a position) stays, and so does what a
    function makes from nothing else.
    """
    gone = {node.id for node in graph.nodes if node.op == "parameter" and _is_weight(graph, node)}
    return drop(graph, gone) if gone else graph


def _is_weight(graph: ArchitectureGraph, node: Node) -> bool:
    uses = graph.outgoing[node.id]
    if len(uses) != 1 or node.id in graph.returned:
        return False
    user = graph.by_id[uses[0].target]
    others = (graph.by_id[edge.source] for edge in graph.incoming[user.id])
    return (
        user.op == "function"
        and user.role != "merge"
        and user.scope == node.scope
        and any(other.op != "parameter" for other in others)
    )


def as_layers(graph: ArchitectureGraph, keep: Collection[str]) -> ArchitectureGraph:
    """Return the graph with one node for each module that only normalises or activates.

    Those whose ids are in *keep* are left as they are.
    """
    inner = {scope.parent for scope in graph.scopes}
    tops = {
        scope.id
        for scope in graph.scopes[1:]
        if scope.id not in inner and scope.id not in keep and scope.kind not in CONTAINERS
    }
    content = content_of(graph, tops)
    kinds = {scope.id: scope.kind for scope in graph.scopes}
    layers = {top for top, nodes in content.items() if _is_layer(kinds[top], nodes)}
    return collapse(graph, layers, parts=False) if layers else graph


def _is_layer(kind: str, nodes: list[Node]) -> bool:
    if len(nodes) > _MOST or any(node.role == "failed" for node in nodes):
        return False
    if is_norm(kind, nodes):
        return True
    roles = {node.role for node in nodes if node.op not in SOURCES}
    return bool(roles & {"normalisation", "activation"}) and roles <= _FINISHING
