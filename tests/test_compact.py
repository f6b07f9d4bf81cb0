"""The lines of a graph: fewer, and the same graph again."""

from __future__ import annotations

import json
import random
import tracemalloc
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from effort import lines_run
from projects import chain
from sketch import residual, spec

from sphinx_visualtorch.errors import GraphError
from sphinx_visualtorch.graph import ArchitectureGraph, Edge, Node, Scope, compact as compacting
from sphinx_visualtorch.graph.compact import compact

STORED = Path(__file__).parents[1] / "example_docs" / "_visualtorch"


def again(graph: ArchitectureGraph) -> dict[str, Any]:
    """Return the lines of *graph* after they were found to be that graph, to the last byte."""
    data = compact(graph)
    back = ArchitectureGraph.from_data(json.loads(json.dumps(data)))
    assert back == graph
    assert back.to_json() == graph.to_json()
    assert back.digest == graph.digest
    return data


def graph_of(*items: Node | Scope, edges: tuple[Edge, ...]) -> ArchitectureGraph:
    root = Scope(id="", path="", name="Net", kind="Net")
    return ArchitectureGraph(
        name="Net",
        scopes=(root, *(item for item in items if isinstance(item, Scope))),
        nodes=tuple(item for item in items if isinstance(item, Node)),
        edges=edges,
    )


def scope(name: str, parent: str = "", kind: str = "Block") -> Scope:
    path = name.partition("#")[0]
    return Scope(id=name, path=path, name=path.rpartition(".")[2], kind=kind, parent=parent)


def node(name: str, inside: str, *, kind: str = "Linear", **more: Any) -> Node:
    path = name.partition("#")[0]
    one = (spec(1, 8),)
    values = {"op": "module", "calls": 1, "activation_bytes": 32, "outputs": one, "inputs": one}
    return Node(
        id=name,
        path=path,
        name=path.rpartition(".")[2],
        kind=kind,
        scope=inside,
        **{**values, **more},
    )


def start() -> Node:
    return node("x", "", kind="input", op="input", inputs=(), calls=0, activation_bytes=0)


def edge(source: str, target: str) -> Edge:
    return Edge(source=source, target=target, tensors=(spec(1, 8),))


def blocks(count: int) -> ArchitectureGraph:
    """Return a chain of equal residual blocks, two layers each."""
    items: list[Node | Scope] = [start()]
    edges = []
    before = "x"
    for number in range(count):
        name = f"layers.{number}"
        a, b, add = f"{name}.a", f"{name}.b", f"{name}.add"
        items += [scope(name), node(a, name), node(b, name)]
        items.append(node(add, name, kind="add", op="function", calls=0, inputs=(spec(1, 8),) * 2))
        edges += [edge(before, a), edge(a, b), edge(b, add), edge(before, add)]
        before = add
    return graph_of(*items, edges=tuple(edges))


def test_a_line_a_block() -> None:
    data = again(blocks(3))
    assert data["body"][1:] == [
        {"node": "x", "kind": "input", "op": "input", "outputs": [[1, 8]]},
        {"scope": "layers.0", "in": "", "kind": "Block"},
        {"node": "layers.0.a", "from": ["x"], "kind": "Linear", "outputs": [[1, 8]]},
        {"node": "layers.0.b", "from": ["layers.0.a"], "kind": "Linear", "outputs": [[1, 8]]},
        {"node": "layers.0.add", "from": ["layers.0.b", "x"], "op": "function", "kind": "add",
         "outputs": [[1, 8]]},
        {"scope": "layers.1", "in": "", "like": "layers.0", "from": ["layers.0.add"]},
        {"scope": "layers.2", "in": "", "like": "layers.0", "from": ["layers.1.add"]},
    ]  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"parameters": 1},
        {"kind": "Linear2"},
        {"name": "c"},
        {"path": "layers.1.c"},
        {"attributes": (("bias", "True"),)},
        {"attributes": (("bias", "True"), ("bias", "False"))},
        {"outputs": (spec(1, 8, dtype="int64"),)},
        {"outputs": ()},
        {"inputs": ()},
        {"role": "attention"},
        {"source": True},
        {"left_out": ("x",)},
        {"activation_bytes": 3},
    ],
)
def test_what_differs_is_written(change: dict[str, Any]) -> None:
    graph = blocks(3)
    nodes = tuple(
        replace(item, **change) if item.id == "layers.1.b" else item for item in graph.nodes
    )
    data = again(replace(graph, nodes=nodes))
    assert sum("like" in line for line in data["body"]) == 1


def test_other_edges_are_written() -> None:
    """A block that takes two things where the first takes one is another block."""
    graph = blocks(3)
    edges = tuple(
        edge("x", item.target) if item == edge("layers.0.add", "layers.1.add") else item
        for item in graph.edges
    )
    data = again(replace(graph, edges=edges))
    assert sum("like" in line for line in data["body"]) == 1
    again(replace(graph, edges=graph.edges[::-1]))
    again(replace(graph, edges=(replace(graph.edges[0], tensors=()), *graph.edges[1:])))
    again(
        replace(
            graph, edges=(replace(graph.edges[0], through=(("a", "b", "c"),)), *graph.edges[1:])
        )
    )


def test_calls_of_one_block() -> None:
    """The second and third call of a block are alike: their ids count on."""
    items: list[Node | Scope] = [start()]
    edges = []
    before = "x"
    for number in range(1, 5):
        tail = f"#{number}" if number > 1 else ""
        inner = f"cell.fc{tail}"
        items += [scope(f"cell{tail}"), node(inner, f"cell{tail}", parameters=int(number == 1))]
        acts = [f"cell.act#{at}" if at > 1 else "cell.act" for at in (2 * number - 1, 2 * number)]
        items += [node(act, f"cell{tail}", kind="ReLU") for act in acts]
        edges += [edge(before, inner), edge(inner, acts[0]), edge(acts[0], acts[1])]
        before = acts[1]
    data = again(graph_of(*items, edges=tuple(edges)))
    assert [line["scope"] for line in data["body"] if "like" in line] == ["cell#3", "cell#4"]


def test_shared_layers() -> None:
    """A layer that several blocks share has its path in the first of them."""
    items: list[Node | Scope] = [start()]
    edges = []
    before = "x"
    for number in range(4):
        name, act = f"b.{number}", "b.0.act" + (f"#{number + 1}" if number else "")
        items += [scope(name), node(f"{name}.fc", name), node(act, name)]
        edges += [edge(before, f"{name}.fc"), edge(f"{name}.fc", act)]
        before = act
    data = again(graph_of(*items, edges=tuple(edges)))
    assert [line["scope"] for line in data["body"] if "like" in line] == ["b.2", "b.3"]


def test_odd_orders() -> None:
    """Scopes may stand before their turn, and names may look like numbers of calls."""
    first = graph_of(
        start(),
        *(scope("a"), scope("b"), scope("a.i", "a"), scope("b.i", "b"), scope("c")),
        *(node("a.i.n", "a.i"), node("b.i.n", "b.i")),
        edges=(edge("x", "a.i.n"), edge("a.i.n", "b.i.n")),
    )
    again(first)
    named = replace(node("q", ""), id="a#7", path="a#7", name="a#7")
    again(graph_of(start(), named, edges=(edge("x", "a#7"),)))
    again(replace(chain(), nodes=chain().nodes[:1], edges=(), outputs=()))
    again(residual())


def random_graph(seed: int) -> ArchitectureGraph:
    """Return a graph of nested blocks, many of them alike."""
    dice = random.Random(seed)
    items: list[Node | Scope] = [start()]
    edges: list[Edge] = []
    made = ["x"]
    calls: dict[str, int] = {}

    def identifier(path: str) -> str:
        calls[path] = calls.get(path, 0) + 1
        return path if calls[path] == 1 else f"{path}#{calls[path]}"

    def fill(around: str, path: str, depth: int) -> None:
        for number in range(dice.randint(1, 3)):
            below = f"{path}.{number}" if path else str(number)
            if depth and dice.random() < 0.7:
                name = identifier(below)
                items.append(replace(scope(name, around), path=below, name=str(number)))
                fill(name, below, depth - 1)
                continue
            name = identifier(below if dice.random() < 0.9 else "shared")
            items.append(node(name, around, parameters=dice.randint(0, 1)))
            sources = {made[-1], dice.choice(made)}
            edges.extend(edge(source, name) for source in sorted(sources))
            made.append(name)

    for number in range(8):
        state = dice.getstate()
        for turn in range(dice.randint(1, 4)):
            dice.setstate(state)  # the same again
            path = f"m.{number}" if seed % 2 else f"m.{number}.{turn}"
            name = identifier(path)
            items.append(replace(scope(name), path=path, name=path.rpartition(".")[2]))
            fill(name, path, 3)
    return graph_of(*items, edges=tuple(edges))


def test_random_graphs() -> None:
    alike = 0
    for seed in range(60):
        graph = random_graph(seed)
        graph.check()
        alike += sum("like" in line for line in again(graph)["body"])
    assert alike > 100


@pytest.mark.parametrize("path", sorted(STORED.glob("*.json")), ids=lambda path: path.stem)
def test_stored(path: Path) -> None:
    data = json.loads(path.read_text(encoding="utf-8"))["graph"]
    assert again(ArchitectureGraph.from_data(data)) == data


def test_resnet_is_small() -> None:
    """The file of ResNet-50 can be reviewed: a line a node, and not more than 60 KB."""
    (path,) = STORED.glob("*resnet50*.json")
    assert path.stat().st_size <= 60_000
    lines = path.read_text(encoding="utf-8").splitlines()
    assert max(map(len, lines)) < 600
    assert len(lines) < 200


def test_time_grows_with_the_model() -> None:
    """Ten times as many layers take ten times as much, not a hundred times."""

    def effort(count: int) -> int:
        graph = blocks(count)
        return lines_run(lambda: again(graph))

    effort(20)
    assert effort(1000) < 11 * effort(100)


HEAD = [
    {"scope": "", "kind": "Net", "name": "Net"},
    {"node": "x", "op": "input", "kind": "input", "outputs": [[1]]},
]


def refused(*lines: Any, problem: str, head: tuple[Any, ...] = (*HEAD,)) -> None:
    data = {"schema": 2, "name": "Net", "body": [*head, *lines]}

    def read() -> None:
        with pytest.raises(GraphError, match=problem):
            ArchitectureGraph.from_data(data)

    assert lines_run(read) < 20_000_000


def doubled(times: int) -> list[dict[str, Any]]:
    """Return lines of which each block is twice the one before."""
    lines: list[dict[str, Any]] = [
        {"scope": "b0", "kind": "B"},
        {"node": "b0.n", "from": ["x"], "kind": "ReLU", "outputs": [[1]]},
    ]
    for number in range(1, times):
        lines.append({"scope": f"b{number}", "kind": "B"})
        for side in "lr":
            name = f"b{number}.{side}"
            lines.append({"scope": name, "like": f"b{number - 1}", "from": ["x"]})
    return lines


def test_a_billion_nodes() -> None:
    data = {"schema": 2, "name": "Net", "body": [*HEAD, *doubled(10)]}
    assert len(ArchitectureGraph.from_data(data).nodes) == 2**10
    refused(*doubled(40), problem="more layers")


def test_much_text() -> None:
    """A long text does not become a thousand long texts."""
    lines = doubled(12)
    lines[1]["attributes"] = {f"text{at}": "x" * 900 for at in range(110)}
    refused(*lines, problem="more text")
    long = {"scope": "y" * 9_900, "in": "", "like": "b11", "from": ["x"]}
    refused(*doubled(12), long, problem="more text")


def test_many_tensors() -> None:
    """Nor do a node's many outputs become those of a thousand readers."""
    wide = {"node": "w", "from": ["x"], "kind": "chunk", "outputs": [[1]] * 10_000}
    readers = [{"node": f"r{at}", "from": ["w"], "kind": "ReLU"} for at in range(1_000)]
    refused(wide, *readers, problem="more tensors")


def meshed(wide: int, times: int, **fields: Any) -> list[dict[str, Any]]:
    """Return lines of a block in which all take from all, and of others that are like it."""
    first = [{"node": f"s0.a{at}", "from": ["x"], "kind": "A", **fields} for at in range(wide)]
    names = [line["node"] for line in first]
    second = [{"node": f"s0.b{at}", "from": names, "kind": "B", **fields} for at in range(wide)]
    like = [{"scope": f"s{at}", "like": "s0", "from": ["x"]} for at in range(1, times)]
    return [{"scope": "s0", "kind": "S"}, *first, *second, *like]


def test_many_edges() -> None:
    """Nor do a block's many edges, which may carry nothing, become those of a hundred blocks."""
    data = {"schema": 2, "name": "Net", "body": [*HEAD, *meshed(30, 3)]}
    assert len(ArchitectureGraph.from_data(data).edges) == 3 * (30 + 30 * 30)
    lines = meshed(300, 240)
    tracemalloc.start()
    refused(*lines, problem="more edges")
    assert tracemalloc.get_traced_memory()[1] < 100 * 2**20
    tracemalloc.stop()


def test_many_tensors_that_a_line_leaves_aside() -> None:
    """Tensors count where a line says what a node takes in, too."""
    wide = [[1]] * 100
    refused(*meshed(150, 2, inputs=[], outputs=wide), problem="more tensors")


def test_what_would_be_refused_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """A graph of too many edges has no compact form: it could not be read again."""
    graph = blocks(3)
    monkeypatch.setattr(compacting, "MOST_EDGES", len(graph.edges) - 1)
    assert compact(graph) == graph.to_data()


def test_deep_scopes() -> None:
    names = ["s"]
    for _ in range(2_000):
        names.append(names[-1] + ".s")
    refused(*({"scope": name, "kind": "S"} for name in names), problem="nested")


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (3, "JSON object"),
        ([], "JSON object"),
        ({}, "by texts"),
        ({"node": 3, "kind": "K"}, "by texts"),
        ({"node": "n", "path": 3, "kind": "K"}, "by texts"),
        ({"node": "n", "in": None, "kind": "K"}, "by texts"),
        ({"node": "n", "in": "nowhere", "kind": "K"}, "unknown scope 'nowhere'"),
        ({"node": "n", "kind": 3}, "kind"),
        ({"node": "n", "kind": "", "from": ["x"]}, "kind is empty"),
        ({"scope": "s", "kind": ""}, "kind is empty"),
        ({"node": "n", "kind": "K" * 1_001, "from": ["x"]}, "longer than any name"),
        ({"node": "n" * 10_001, "kind": "K", "from": ["x"]}, "longer name"),
        ({"node": "n", "kind": "K", "from": ["x"], "role": "<x>"}, "role cannot be '<x>'"),
        ({"node": "n", "kind": "K", "from": ["x"], "outputs": [[1] * 257]}, "256 at most"),
        (
            {"node": "n", "kind": "K", "from": ["x"], "outputs": [{"shape": [1], "dtype": "<"}]},
            "dtype cannot be '<'",
        ),
        ({"node": "n", "kind": "K", "from": ["x"], "attributes": {"a": "b" * 1_001}}, "short"),
        ({"node": "n"}, "other fields"),
        ({"node": "n", "kind": "K"}, "no producer"),
        ({"node": "n", "kind": "K", "scope": "x"}, "other fields"),
        ({"node": "n", "kind": "K", "id": "m"}, "other fields"),
        ({"node": "n", "kind": "K", "bogus": 1}, "no field 'bogus'"),
        ({"node": "n", "kind": "K", "from": "x"}, "is a list"),
        ({"node": "n", "kind": "K", "from": ["y"]}, "no node stands above"),
        ({"node": "n", "kind": "K", "from": ["n"]}, "no node stands above"),
        ({"node": "n", "kind": "K", "from": [["x"]]}, "from ids"),
        ({"node": "n", "kind": "K", "from": [{"node": "x"}]}, "from ids"),
        ({"node": "n", "kind": "K", "from": [{"node": "x", "tensors": 3}]}, "are a list"),
        ({"node": "n", "kind": "K", "from": ["x", "x"]}, "stands twice"),
        ({"node": "n", "kind": "K", "from": ["x"], "outputs": [["8"]]}, "whole numbers"),
        ({"node": "n", "kind": "K", "from": ["x"], "outputs": {}}, "outputs"),
        ({"node": "n", "kind": "K", "from": ["x"], "attributes": {"a": 3}}, "pair of short texts"),
        ({"node": "n", "kind": "K", "from": ["x"], "parts": [3]}, "Part"),
        ({"node": "n", "kind": "K", "from": ["x"], "calls": True}, "calls"),
        ({"node": "x", "kind": "K", "from": ["x"]}, "same id"),
        ({"scope": "s", "kind": "K", "from": ["x"]}, "a scope is from nothing"),
        ({"scope": "s", "kind": "K", "parent": ""}, "other fields"),
        ({"scope": "s", "like": "s"}, "no whole scope"),
        ({"scope": "s", "like": ""}, "no whole scope"),
        ({"scope": "s", "like": 3}, "by texts"),
        ({"scope": "s", "like": "x"}, "no whole scope"),
        ({"scope": "s", "like": "b0"}, "takes in more, or less"),
        ({"scope": "s", "like": "b0", "from": ["x", "x"]}, "takes in more, or less"),
        ({"scope": "s", "like": "b0", "from": ["x"], "kind": "K"}, "other fields"),
        ({"scope": "b0", "like": "b0", "from": ["x"]}, "have the id"),
        ({"like": "b0", "from": ["x"]}, "other fields"),
    ],
)
def test_refused(line: Any, problem: str) -> None:
    refused(*doubled(1), line, problem=problem)
    refused(line, *doubled(1), problem=".")


def test_refused_whole() -> None:
    for data in (
        {"name": "Net", "body": 3},
        {"name": "Net", "body": [*HEAD], "nodes": []},
        {"name": "Net", "body": []},
        {"body": [*HEAD]},
        {"name": "Net", "body": [*HEAD], "outputs": ["y"]},
    ):
        with pytest.raises(GraphError):
            ArchitectureGraph.from_data({"schema": 2, **data})
