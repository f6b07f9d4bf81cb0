"""A graph in few lines: one a layer, and one for each block that is like an earlier one.

The form is meant to be read and compared by people.  A line tells what cannot be told from the
others: a node's inputs are what its producers put out, its scope is the path up to the last dot.
:mod:`.expand` reads it; this room's own form, with nothing left out, is :meth:`.to_data`.

A block is written down once.  One that has the same inside is ``{"scope": "layer1.2", "like":
"layer1.1", "from": [...]}``: all paths that begin with the one path begin with the other, each id
is the path and the number of the call, and what comes from outside comes from the nodes in *from*,
in the order in which the first block takes it.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sphinx_visualtorch.graph import SCHEMA, ArchitectureGraph, Edge, Node, Scope, plain
from sphinx_visualtorch.graph.lines import (
    MOST,
    MOST_EDGES,
    Extents,
    last_of,
    numbered,
    parent_of,
    stem,
    told,
)

__all__ = ["compact"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    """A node or scope with what is to be known of it, all others by their index in the row.

    *line* is what the file says of it if it is not folded, *rest* that part of it which equal items
    have in common; *regular* that its id is the path and the number of the call.
    """

    thing: Node | Scope
    line: dict[str, Any]
    rest: str
    regular: bool
    parent: int
    sources: tuple[tuple[int, str], ...] = ()


def compact(graph: ArchitectureGraph) -> dict[str, Any]:
    """Return *graph* as plain lists and dicts, of which ``body`` has a line for each layer."""
    things = [*_row(graph)]
    if len(things) > MOST or len(graph.edges) > MOST_EDGES or not _in_order(graph):
        return graph.to_data()
    own = {
        field.name: plain(getattr(graph, field.name))
        for field in dataclasses.fields(graph)
        if field.name not in ("scopes", "nodes", "edges")
        and (field.default is dataclasses.MISSING or getattr(graph, field.name) != field.default)
    }
    return {"schema": SCHEMA, **own, "body": [*_folded(_items(things, graph))]}


def _in_order(graph: ArchitectureGraph) -> bool:
    """Say whether the lines can tell of all edges, as they can of all that are traced."""
    edges = (edge for node in graph.nodes for edge in graph.incoming[node.id])
    return tuple(edges) == graph.edges and not any(edge.through for edge in graph.edges)


def _row(graph: ArchitectureGraph) -> Iterator[Node | Scope]:
    """Yield nodes and scopes in their orders, each scope before all that is in it."""
    places = {scope.id: place for place, scope in enumerate(graph.scopes)}
    done = 0
    for node in graph.nodes:
        wanted = places[node.scope] + 1
        yield from graph.scopes[done:wanted]
        done = max(done, wanted)
        yield node
    yield from graph.scopes[done:]


def _items(things: Sequence[Node | Scope], graph: ArchitectureGraph) -> list[_Item]:
    scopes = {thing.id: at for at, thing in enumerate(things) if isinstance(thing, Scope)}
    nodes = {thing.id: at for at, thing in enumerate(things) if isinstance(thing, Node)}
    calls: dict[tuple[type, str], int] = {}
    items = []
    for thing in things:
        number = calls[type(thing), thing.path] = calls.get((type(thing), thing.path), 0) + 1
        regular = thing.id == numbered(thing.path, number)
        if isinstance(thing, Scope):
            around, line, sources = thing.parent, _scope_rest(thing), []
            head: dict[str, Any] = {"scope": thing.id}
        else:
            incoming = graph.incoming[thing.id]
            sources = [_source(edge, graph.by_id) for edge in incoming]
            around, line = thing.scope, _node_rest(thing, incoming)
            head = {"node": thing.id}
        if thing.path != stem(thing.id):
            head["path"] = thing.path
        if around is not None and around != parent_of(thing.path):
            head["in"] = around
        if sources:
            head["from"] = sources
        items.append(
            _Item(
                thing=thing,
                line=head | line,
                rest=json.dumps(line),
                regular=regular,
                parent=-1 if around is None else scopes[around],
                sources=tuple(_indexed(source, nodes) for source in sources),
            )
        )
    return items


def _source(edge: Edge, nodes: Mapping[str, Node]) -> str | dict[str, Any]:
    """Return what a line has of an edge: mostly the id of its source."""
    if edge.tensors == nodes[edge.source].outputs:
        return edge.source
    return {"node": edge.source, "tensors": [*map(_spec, edge.tensors)]}


def _indexed(source: str | dict[str, Any], nodes: Mapping[str, int]) -> tuple[int, str]:
    if isinstance(source, str):
        return nodes[source], ""
    return nodes[source["node"]], json.dumps({**source, "node": ""})


def _spec(spec: Any) -> Any:
    return [*spec.shape] if spec.dtype == "float32" else plain(spec)


def _scope_rest(scope: Scope) -> dict[str, Any]:
    return _rest(scope, ("id", "path", "parent"), {"name": last_of(scope.path)})


def _node_rest(node: Node, incoming: Sequence[Edge]) -> dict[str, Any]:
    taken = tuple(spec for edge in incoming for spec in edge.tensors)
    silent = {"name": last_of(node.path), "inputs": taken}
    silent |= told({"op": node.op, "outputs": node.outputs})
    line = _rest(node, ("id", "path", "scope"), silent)
    for name in ("inputs", "outputs"):
        if name in line:
            line[name] = [*map(_spec, getattr(node, name))]
    pairs = dict(node.attributes)
    if len(pairs) == len(node.attributes) > 0:
        line["attributes"] = pairs
    return line


def _rest(thing: Node | Scope, besides: Sequence[str], silent: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of *thing* that are neither *silent* nor a default."""
    found = {}
    for field in dataclasses.fields(thing):
        value = getattr(thing, field.name)
        if field.name not in besides and value != silent.get(field.name, field.default):
            found[field.name] = plain(value)
    return found


def _folded(items: list[_Item]) -> Iterator[dict[str, Any]]:
    """Yield the lines of the body."""
    blocks = _blocks(items)
    first: dict[Any, int] = {}
    at = 0
    while at < len(items):
        end = blocks.get(at, at)
        if end > at:
            outside: list[int] = []
            inside = _inside(items, range(at, end), outside)
            like = first.setdefault(inside, at)
            if like != at:
                yield _reference(items, at, like, outside)
                at = end
                continue
        yield items[at].line
        at += 1


def _blocks(items: list[_Item]) -> dict[int, int]:
    """Return where the scopes end that may be like another one, by where they begin."""
    extents = Extents()
    for at, item in enumerate(items):
        place = extents.open if isinstance(item.thing, Scope) else extents.place
        place(at, item.parent)
    extents.close(len(items))
    odd = [0]
    for item in items:
        odd.append(odd[-1] + (not item.regular))
    alike: dict[tuple[str, int], list[tuple[int, int]]] = {}
    for at in extents.ends:
        whole = extents.whole(at)
        if whole and whole[1] - at > 1 and items[at].thing.path and odd[whole[1]] == odd[at]:
            alike.setdefault((items[at].rest, whole[1] - at), []).append(whole)
    return dict(whole for same in alike.values() if len(same) > 1 for whole in same)


def _inside(items: list[_Item], span: range, outside: list[int]) -> tuple[Any, ...]:
    """Return what is in a block, as it is in all that are like it; note what it takes in."""
    start = span.start
    path = items[start].thing.path
    known: dict[int, int] = {}
    described = []
    for at in span:
        item = items[at]
        own = item.thing.path
        below = own == path or own.startswith(f"{path}.")
        sources = []
        for source, extra in item.sources:
            if source >= start:
                sources.append((source - start, extra))
            else:
                sources.append((-1 - known.setdefault(source, len(known)), extra))
        parent = item.parent - start if at > start else -1
        name = own[len(path) :] if below else own
        described.append((below, name, item.rest, parent, tuple(sources)))
    outside.extend(known)
    return tuple(described)


def _reference(items: list[_Item], at: int, like: int, outside: list[int]) -> dict[str, Any]:
    head: dict[str, Any] = {
        name: items[at].line[name] for name in ("scope", "path", "in") if name in items[at].line
    }
    head["like"] = items[like].thing.id
    if outside:
        head["from"] = [items[source].thing.id for source in outside]
    return head
