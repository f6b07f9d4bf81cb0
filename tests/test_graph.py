"""The architecture graph: sound or refused, and one text for one graph."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sketch import Sketch, residual, spec

from sphinx_visualtorch.errors import GraphError
from sphinx_visualtorch.graph import SCHEMA, ArchitectureGraph, ClassSource, Edge, Node, Part, Scope

SNAPSHOT = Path(__file__).parent / "graph.json"


def full() -> ArchitectureGraph:
    """Return a small graph in which no field has its default."""
    return ArchitectureGraph(
        name="Net",
        scopes=(
            Scope(id="", path="", name="", kind="Net", target="pkg.Net"),
            Scope(id="block#2", path="block", name="block", kind="Block", parent="", repeat=2),
        ),
        nodes=(
            Node(
                id="x", op="input", path="x", name="x", kind="input", role="input",
                outputs=(spec(1, 3, dtype="int64"),),
            ),
            Node(id="noise", op="function", path="noise", name="noise", kind="randn", source=True),
            Node(
                id="block.fc#2", op="module", path="block.fc", name="fc", kind="Linear",
                role="linear", target="torch.nn.Linear", scope="block#2",
                inputs=(spec(1, 3), spec()), outputs=(spec(1, 4),),
                attributes=(("in_features", "3"), ("0", "größer")), parameters=16, frozen=4,
                buffers=3, flops=24, activation_bytes=16, calls=2, repeat=2,
                parts=(
                    Part(
                        path="block.fc", kind="Linear", role="linear",
                        attributes=(("bias", "True"),), parameters=16, calls=1,
                    ),
                    Part(path="block.act", kind="ReLU", role="activation"),
                ),
            ),
        ),
        edges=(
            Edge(source="x", target="block.fc#2", tensors=(spec(1, 3, dtype="int64"),)),
            Edge(source="noise", target="block.fc#2"),
        ),
        outputs=("block.fc#2", "noise"),
        parameters=16,
        frozen=4,
        buffers=3,
        flops=24,
        unused=("spare",),
        classes=(ClassSource(target="pkg.Net", file="pkg/net.py", line=7),),
        notes=("the forward read a value",),
    )  # fmt: skip


GRAPHS = [full(), residual(2), residual(1, stages=3)]


# the values


def test_a_tensors_elements_are_counted() -> None:
    assert spec(2, 3, 4).numel == 24
    assert spec().numel == 1
    assert spec(5, 0).numel == 0


def test_look_ups() -> None:
    graph = residual(1)
    assert graph.calls == 5  # the addition is no layer
    assert graph.by_id["fc"].kind == "Linear"
    assert graph.scope_by_id["layer0.0"].parent == "layer0"
    assert [edge.source for edge in graph.incoming["layer0.0.add"]] == ["layer0.0.bn", "stem"]
    assert [edge.target for edge in graph.outgoing["stem"]] == ["layer0.0.conv", "layer0.0.add"]
    assert graph.incoming["input"] == graph.outgoing["fc"] == ()


def test_a_graph_is_a_value() -> None:
    one, two = residual(2), residual(2)
    assert one == two
    assert hash(one) == hash(two)
    assert one.digest == two.digest
    assert one.by_id == two.by_id
    with pytest.raises(AttributeError):
        one.name = "Other"  # type: ignore[misc]


# the text


@pytest.mark.parametrize("graph", GRAPHS)
def test_round_trip(graph: ArchitectureGraph) -> None:
    again = ArchitectureGraph.from_json(graph.to_json())
    assert again == graph
    assert hash(again) == hash(graph)
    assert again.to_json() == graph.to_json()
    assert again.digest == graph.digest
    assert ArchitectureGraph.from_data(graph.to_data()) == graph
    assert ArchitectureGraph.from_json(graph.to_json().encode()) == graph  # type: ignore[arg-type]


def test_the_text_is_canonical() -> None:
    """Order of keys, white space and fields with their default make no difference."""
    graph = full()
    data = graph.to_data()
    shuffled = json.dumps(dict(reversed(data.items())), indent=3, ensure_ascii=False)
    assert ArchitectureGraph.from_json(shuffled).to_json() == graph.to_json()
    data["edges"][1]["tensors"] = []
    data["nodes"][0] |= {"target": "", "repeat": 1, "source": False, "parts": []}
    assert ArchitectureGraph.from_data(data) == graph
    assert ArchitectureGraph.from_data(data).digest == graph.digest
    assert graph.to_json().isascii()
    assert json.loads(graph.to_json())["schema"] == SCHEMA


def test_the_text_reads_well() -> None:
    """As it is committed with the docs; look at the file when this fails."""
    text = json.dumps(full().to_data(), indent=2, ensure_ascii=False) + "\n"
    assert text == SNAPSHOT.read_text(encoding="utf-8")


def test_the_digest_is_the_same_on_every_machine() -> None:
    """Every figure's key depends on it: another literal here is another SCHEMA there."""
    sketch = Sketch(name="Tiny")
    last = sketch.input(1, 4)
    sketch.add("fc", "Linear", "linear", (1, 2), [last], parameters=10)
    assert sketch.graph().digest == "5562e937d428fe3e"


def test_every_difference_changes_the_digest() -> None:
    graph = full()
    node, edge, scope = graph.nodes[-1], graph.edges[0], graph.scopes[-1]
    changed = [
        replace(graph, name="Other"),
        replace(graph, parameters=17),
        replace(graph, outputs=("noise",)),
        replace(graph, notes=()),
        replace(graph, flops=0),
        replace(graph, unused=()),
        replace(graph, classes=()),
        replace(graph, edges=graph.edges[::-1]),
        replace(graph, edges=(replace(edge, tensors=()), *graph.edges[1:])),
        replace(graph, scopes=(*graph.scopes[:-1], replace(scope, repeat=3))),
        *(
            replace(graph, nodes=(*graph.nodes[:-1], replace(node, **change)))
            for change in (
                {"kind": "Bilinear"},
                {"attributes": node.attributes[::-1]},
                {"calls": 1},
                {"frozen": 0},
                {"activation_bytes": 0},
                {"source": True},
                {"parts": ()},
                {"inputs": (spec(1, 3), spec(dtype="bool"))},
            )
        ),
    ]
    digests = [graph.digest, *(other.digest for other in changed)]
    assert len(set(digests)) == len(digests) == 19


# contradictions


def broken(**change: Any) -> ArchitectureGraph:
    """Return a residual block with some of its fields replaced."""
    return replace(residual(1), **change)


def with_node(name: str, **change: Any) -> ArchitectureGraph:
    graph = residual(1)
    return broken(
        nodes=tuple(replace(node, **change) if node.id == name else node for node in graph.nodes)
    )


GOOD = residual(1)
ROOT, *INNER = GOOD.scopes
FIRST = GOOD.edges[0]


def moved(name: str, where: int) -> tuple[Node, ...]:
    nodes = [node for node in GOOD.nodes if node.id != name]
    nodes.insert(where, GOOD.by_id[name])
    return tuple(nodes)


@pytest.mark.parametrize(
    ("graph", "problem"),
    [
        (with_node("fc", id="stem"), "two nodes have the same id"),
        (broken(scopes=()), "the first scope is not the root"),
        (broken(scopes=tuple(INNER)), "the first scope is not the root"),
        (broken(scopes=(replace(ROOT, parent=""), *INNER)), "the first scope is not the root"),
        (broken(scopes=(*INNER, ROOT)), "the first scope is not the root"),
        (broken(scopes=(*GOOD.scopes, INNER[0])), "two scopes have the id 'layer0'"),
        (
            broken(scopes=(ROOT, replace(INNER[0], parent=None), *INNER[1:])),
            "scope 'layer0' is a second root",
        ),
        (
            broken(scopes=(ROOT, *INNER[::-1])),
            "scope 'layer0.0' stands before its parent 'layer0'",
        ),
        (
            broken(scopes=(ROOT, replace(INNER[0], parent="layer0"), *INNER[1:])),
            "scope 'layer0' stands before its parent 'layer0'",
        ),
        (with_node("fc", scope="head"), "node 'fc' is in the unknown scope 'head'"),
        (
            with_node("layer0.0.bn", scope=""),
            "the nodes of scope 'layer0' do not stand together",
        ),
        (
            broken(edges=(*GOOD.edges, replace(FIRST, target="fd"))),
            "the edge 'input' → 'fd' has no node at one end",
        ),
        (
            broken(edges=(*GOOD.edges, replace(FIRST, source="put"))),
            "the edge 'put' → 'stem' has no node at one end",
        ),
        (
            broken(edges=(*GOOD.edges, Edge(source="fc", target="stem"))),
            "the edge 'fc' → 'stem' runs backwards",
        ),
        (
            broken(edges=(*GOOD.edges, Edge(source="fc", target="fc"))),
            "the edge 'fc' → 'fc' runs backwards",
        ),
        (broken(nodes=moved("stem", 0)), "the edge 'input' → 'stem' runs backwards"),
        (broken(edges=(*GOOD.edges, FIRST)), "the edge 'input' → 'stem' stands twice"),
        (with_node("fc", op="layer"), "node 'fc' has the unknown op 'layer'"),
        (
            broken(edges=GOOD.edges[1:]),
            "node 'stem' has no producer and is not marked as a source",
        ),
        (broken(outputs=("fc", "gc")), "the output 'gc' is no node"),
    ],
)  # fmt: skip
def test_contradictions(graph: ArchitectureGraph, problem: str) -> None:
    with pytest.raises(GraphError) as caught:
        graph.check()
    assert str(caught.value) == f"unsound graph 'Net': {problem}"
    with pytest.raises(GraphError):
        ArchitectureGraph.from_json(graph.to_json())


@pytest.mark.parametrize("graph", GRAPHS)
def test_sound_graphs_pass(graph: ArchitectureGraph) -> None:
    graph.check()


def test_what_needs_no_producer() -> None:
    for change in ({"op": "input"}, {"op": "parameter"}, {"op": "constant"}, {"source": True}):
        replace(with_node("stem", **change), edges=GOOD.edges[1:]).check()


def test_an_empty_model_is_sound() -> None:
    ArchitectureGraph(name="Net", scopes=(ROOT,), nodes=(), edges=()).check()


# JSON from elsewhere


def places(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path to every value in *data*."""
    items = enumerate(data) if isinstance(data, list) else data.items()
    for key, value in items if isinstance(data, list | dict) else ():
        yield (*path, key)
        if isinstance(value, list | dict):
            yield from places(value, (*path, key))


def holder(data: Any, path: tuple[Any, ...]) -> Any:
    for key in path[:-1]:
        data = data[key]
    return data


DATA = full().to_data()
PLACES = list(places(DATA))
DEEP: list[Any] = []
for _ in range(5_000):
    DEEP = [DEEP]
# no field of a graph can be any of these
NEVER = [
    *(1.5, 1.0, math.nan, math.inf, -1, 2**63, 10**30, {}, {"a": 1}, [1, "a"], [[1]], [["a"]]),
    *([None], [True], [{}], [["a", 1]], [["a", "b", "c"]], [-1], [2**63], [1.0], [[["a", "b"]]]),
    *({"a": []}, [["a", None]], DEEP, [DEEP], b"a", ("a",), ...),
]


@pytest.mark.parametrize("path", PLACES, ids=lambda path: ".".join(map(str, path)))
def test_wrong_values_are_refused_everywhere(path: tuple[Any, ...]) -> None:
    for value in NEVER:
        data = copy.deepcopy(DATA)
        holder(data, path)[path[-1]] = value
        with pytest.raises(GraphError) as caught:
            ArchitectureGraph.from_data(data)
        assert len(str(caught.value)) < 300


@pytest.mark.parametrize("path", PLACES, ids=lambda path: ".".join(map(str, path)))
@pytest.mark.parametrize(
    "value", [None, True, False, 0, 1, "", "x", [], ["x"], [0], [["x", "y"]], "\ud800", "\0"]
)
def test_whatever_is_read_is_sound(path: tuple[Any, ...], value: Any) -> None:
    """Values that some field can have: read, and then as good as any graph, or refused."""
    data = copy.deepcopy(DATA)
    holder(data, path)[path[-1]] = value
    try:
        graph = ArchitectureGraph.from_data(data)
    except GraphError:
        graph = full()
    graph.check()
    hash(graph)
    again = ArchitectureGraph.from_json(graph.to_json())
    assert again == graph
    assert again.digest == graph.digest
    assert types(again.to_data()) == types(graph.to_data())


def types(data: Any) -> Any:
    """Return *data* with its types, for True equals 1."""
    if isinstance(data, dict):
        return {key: types(value) for key, value in data.items()}
    return [types(value) for value in data] if isinstance(data, list) else (type(data), data)


REQUIRED = [
    *("schema", "name", "scopes", "nodes", "edges", "scopes.0.id", "scopes.0.path"),
    *("scopes.0.name", "scopes.0.kind", "nodes.0.id", "nodes.0.op", "nodes.0.path"),
    *("nodes.0.name", "nodes.0.kind", "nodes.0.outputs.0.shape", "nodes.2.parts.0.path"),
    *("nodes.2.parts.0.kind", "nodes.2.parts.0.role", "edges.0.source", "edges.0.target"),
]


@pytest.mark.parametrize("dotted", REQUIRED)
def test_missing_fields(dotted: str) -> None:
    data = copy.deepcopy(DATA)
    path = [int(key) if key.isdecimal() else key for key in dotted.split(".")]
    del holder(data, tuple(path))[path[-1]]
    with pytest.raises(GraphError, match=f"{path[-1]}|the first scope|no node at one end"):
        ArchitectureGraph.from_data(data)


@pytest.mark.parametrize(
    "path", [(), *(path for path in PLACES if isinstance(holder(DATA, (*path, 0)), dict))]
)
def test_unknown_fields(path: tuple[Any, ...]) -> None:
    data = copy.deepcopy(DATA)
    holder(data, (*path, "x"))["colour"] = "red"
    with pytest.raises(GraphError, match="has no field 'colour'"):
        ArchitectureGraph.from_data(data)


@pytest.mark.parametrize(
    "file", ["../../../etc/passwd", "/etc/passwd", "a//b.py", "", "javascript:alert(1)", "a\\b.py"]
)
def test_classes_are_below_their_package(file: str) -> None:
    data = copy.deepcopy(DATA)
    data["classes"] = [{"target": "pkg.Net", "file": file, "line": 1}]
    with pytest.raises(GraphError, match="in a file of its package"):
        ArchitectureGraph.from_data(data)
    data["classes"][0]["file"] = "pkg/net.py"
    assert ArchitectureGraph.from_data(data).classes[0].file == "pkg/net.py"


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        (("nodes", 1, "role"), "<x>", "Node.role cannot be '<x>'"),
        (("nodes", 2, "parts", 0, "role"), "<x>", "Part.role cannot be '<x>'"),
        (("nodes", 1, "kind"), "", "Node.kind is empty"),
        (("nodes", 1, "kind"), "K" * 1_001, "Node.kind is longer"),
        (("nodes", 1, "path"), "K" * 10_001, "Node.path is longer"),
        (("scopes", 0, "kind"), "", "Scope.kind is empty"),
        (("notes",), ["x" * 10_001], "short texts"),
        (("nodes", 0, "outputs", 0, "shape"), [1] * 10_000, "256 at most"),
        (("nodes", 0, "outputs", 0, "shape"), [2**62] * 240, "torch counts"),
        (("nodes", 0, "outputs", 0, "shape"), [2**32, 2**31], "torch counts"),
        (("nodes", 0, "outputs", 0, "dtype"), "a b", "dtype cannot be 'a b'"),
    ],
)
def test_what_no_graph_has(path: tuple[Any, ...], value: Any, problem: str) -> None:
    data = copy.deepcopy(DATA)
    holder(data, path)[path[-1]] = value
    with pytest.raises(GraphError, match=problem):
        ArchitectureGraph.from_data(data)


@pytest.mark.parametrize("schema", [None, 0, SCHEMA + 1, "1", True, 1.0, [1], DEEP, 10**30])
def test_other_schemas(schema: object) -> None:
    with pytest.raises(
        GraphError, match=r"graph schema .{1,40} is not 2, which this version reads"
    ):
        ArchitectureGraph.from_data({**DATA, "schema": schema})


def test_numbers_that_cannot_even_be_printed() -> None:
    with pytest.raises(GraphError, match=r"ArchitectureGraph\.parameters cannot be of type int"):
        ArchitectureGraph.from_data({**DATA, "parameters": 10**5_000})
    with pytest.raises(GraphError, match="schema of type int"):
        ArchitectureGraph.from_data({**DATA, "schema": 10**5_000})


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "{", "null", "true", "3", "NaN", "[]", '"x"', "{}", "[{}]", "{'a': 1}", "\0"),
        *('{"schema": 1}', "\N{BYTE ORDER MARK}{}", '{"schema": 1e999}', '{"schema": NaN}'),
        pytest.param("9" * 5_000, id="digits"),
        pytest.param("[" * 100_000, id="deep"),
        pytest.param("[" * 100_000 + "]" * 100_000, id="closed"),
        pytest.param('{"a":' * 100_000, id="objects"),
        pytest.param(json.dumps(DATA)[:-20], id="cut off"),
        pytest.param(json.dumps(DATA) * 2, id="twice"),
        *(b"\xff\xfe", b"\xff\xff\xff", None, 5),
    ],
)
def test_what_is_no_graphs_json(text: Any) -> None:
    with pytest.raises(GraphError) as caught:
        ArchitectureGraph.from_json(text)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("data", [None, True, 5, "x", [], [DATA], (), {1: 2, "schema": 1}])
def test_what_is_no_graphs_data(data: object) -> None:
    with pytest.raises(GraphError):
        ArchitectureGraph.from_data(data)


def test_what_is_read_holds_equal_values_once() -> None:
    graph = ArchitectureGraph.from_data(DATA)
    again = ArchitectureGraph.from_json(json.dumps(DATA))
    known = {spec: spec for node in graph.nodes for spec in node.outputs}
    assert all(known[spec] is spec for node in again.nodes for spec in node.outputs)
    ids = {node.id: node.id for node in again.nodes}
    assert all(ids[edge.source] is edge.source for edge in again.edges)
