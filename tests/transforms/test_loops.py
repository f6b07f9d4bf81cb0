"""The rounds of a loop that a forward writes out are blocks, folded where they are equal."""

from collections.abc import Sequence

import pytest
from sketch import spec

from sphinx_visualtorch.graph import ArchitectureGraph, Edge, Node, Scope
from sphinx_visualtorch.options import make_options
from sphinx_visualtorch.transforms.periods import runs
from sphinx_visualtorch.transforms.prepare import prepare


class Loop:
    """A forward that calls layers of lists in turn, as tracing tells it: a scope for each run."""

    def __init__(self) -> None:
        self.scopes = [Scope(id="", path="", name="", kind="Net")]
        self.nodes: list[Node] = []
        self.edges: list[Edge] = []

    def put(self, path: str, kind: str, sources: Sequence[str], **more: object) -> str:
        """Add a layer of a list (its path has a dot) or a function, and return its id."""
        listed = "." in path
        above, _, name = path.rpartition(".")
        if listed:
            self.scopes.append(
                Scope(
                    id=f"{above}#{len(self.nodes)}",
                    path=above,
                    name=above,
                    kind="ModuleList",
                    parent="",
                )
            )
        facts: dict[str, object] = {
            "id": path,
            "path": path,
            "name": name,
            "kind": kind,
            "op": "module" if listed else "function",
            "role": {"add": "merge", "Linear": "linear"}.get(kind, "attention"),
            "calls": int(listed),
            "scope": self.scopes[-1].id if listed else "",
            "outputs": (spec(1, 8),),
        }
        self.nodes.append(Node(**{**facts, **more}))
        self.edges += [Edge(source=one, target=path, tensors=(spec(1, 8),)) for one in sources]
        return path

    def graph(self) -> ArchitectureGraph:
        """Return what was put together."""
        return ArchitectureGraph(
            name="Net",
            scopes=tuple(self.scopes),
            nodes=tuple(self.nodes),
            edges=tuple(self.edges),
            outputs=(self.nodes[-1].id,),
        )


def zipped(count: int, *, wide: int = 0) -> ArchitectureGraph:
    """Return ``for a, f in zip(attns, ffs): x = x + a(x); x = x + f(x)``.

    One round, the one with the number *wide*, is another one than the others.
    """
    loop = Loop()
    x = loop.put("input", "input", [], op="input", role="input")
    for index in range(count):
        more = {"attributes": (("heads", "9"),)} if index == wide - 1 else {}
        a = loop.put(f"attns.{index}", "Attention", [x], **more)
        x = loop.put(f"add{2 * index}", "add", [x, a])
        f = loop.put(f"ffs.{index}", "Linear", [x])
        x = loop.put(f"add{2 * index + 1}", "add", [x, f])
    return loop.graph()


def drawn(graph: ArchitectureGraph, style: str = "graph", **options: object) -> ArchitectureGraph:
    graph.check()
    boxes = prepare(graph, style, make_options(style, options)).graph
    boxes.check()
    return boxes


@pytest.mark.parametrize("count", [3, 8, 40])
def test_equal_rounds_are_one_block(count: int) -> None:
    boxes = drawn(zipped(count))
    assert [(scope.path, scope.kind, scope.repeat) for scope in boxes.scopes[1:]] == [
        ("attns.0", "Attention, Linear", count)
    ]
    assert [node.kind for node in boxes.nodes] == ["input", "Attention", "add", "Linear", "add"]
    assert boxes.calls == 2 * count


@pytest.mark.parametrize("style", ["layered", "lenet"])
def test_bodies_show_them_as_one(style: str) -> None:
    boxes = drawn(zipped(8), style)
    assert [(node.path, node.repeat) for node in boxes.nodes] == [("input", 1), ("attns.0", 8)]


def test_a_round_that_differs_stays_apart() -> None:
    boxes = drawn(zipped(9, wide=1))
    assert [(scope.path, scope.repeat) for scope in boxes.scopes[1:]] == [("attns.1", 8)]
    assert [node.path for node in boxes.nodes][:5] == ["input", "attns.0", "add0", "ffs.0", "add1"]


def test_what_an_author_names_stays() -> None:
    boxes = drawn(zipped(3), collapse="attns")
    assert [node.kind for node in boxes.nodes if node.op == "scope"] == ["ModuleList"] * 3


@pytest.mark.parametrize("options", [{"fold": False}, {"depth": 3}])
def test_who_wants_all_gets_all(options: dict[str, object]) -> None:
    boxes = drawn(zipped(6), **options)
    assert len(boxes.nodes) == 1 + 4 * 6


def test_two_short_rounds_are_no_block() -> None:
    boxes = drawn(zipped(2))
    assert [scope.path for scope in boxes.scopes] == [""]


def test_a_loop_of_other_sizes_is_summed_up_by_rounds() -> None:
    """Each round has another size: nothing is equal, but a box holds a round, not a part of it."""
    loop = Loop()
    x = loop.put("input", "input", [], op="input", role="input")
    for index in range(30):
        size = {"attributes": (("dilation", str(index)),)}
        a = loop.put(f"f.{index}", "Attention", [x], **size)
        b = loop.put(f"g.{index}", "Linear", [x], **size)
        m = loop.put(f"mul{index}", "mul", [a, b], role="function")
        x = loop.put(f"add{index}", "add", [x, m])
    boxes = drawn(loop.graph())
    closed = [node for node in boxes.nodes if node.op == "scope"]
    assert len(boxes.nodes) < 40
    assert {node.kind for node in closed} == {"4 operations"}
    assert all(node.name.startswith("f.") and " … add" in node.name for node in closed)
    assert boxes.calls == 60


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("abcabcabc", [(0, 3, 3)]),
        ("xxabababy", [(2, 2, 3)]),
        ("aaaaaa", []),
        ("abcdef", []),
        ("abab" + "xyzxyz", [(0, 2, 2), (4, 3, 2)]),
        ("", []),
    ],
)
def test_where_a_row_repeats_itself(row: str, expected: list[tuple[int, int, int]]) -> None:
    found = runs([ord(sign) for sign in row], lambda place: 1)
    assert [(run.start, run.size, run.count) for run in found] == expected


def test_a_round_begins_where_the_fewest_tensors_pass() -> None:
    (run,) = runs([ord(sign) for sign in "cabcabcab"], lambda place: 1 if place % 3 == 1 else 2)
    assert (run.start, run.count) == (1, 2)


def test_a_parameter_of_each_round_is_in_it() -> None:
    """``for a, g in zip(layers, gains): x = x + a(x) * g``: each gain is its round's own."""
    loop = Loop()
    x = loop.put("input", "input", [], op="input", role="input")
    for index in range(5):
        a = loop.put(f"a.{index}", "Linear", [x])
        g = loop.put(f"g{index}", "Parameter", [], op="parameter", role="parameter")
        m = loop.put(f"mul{index}", "mul", [a, g], role="merge")
        x = loop.put(f"add{index}", "add", [x, m])
    boxes = drawn(loop.graph())
    assert [(scope.path, scope.repeat) for scope in boxes.scopes[1:]] == [("a.0", 5)]
    assert [node.kind for node in boxes.nodes] == ["input", "Linear", "Parameter", "mul", "add"]


def test_a_parameter_within_a_round_that_is_summed_up() -> None:
    """A box stands behind all that leads into it."""
    loop = Loop()
    x = loop.put("input", "input", [], op="input", role="input")
    gain = ""
    for index in range(40):
        size = {"attributes": (("dilation", str(index)),)}
        a = loop.put(f"f.{index}", "Linear", [x], **size)
        gain = gain or loop.put("g", "Parameter", [], op="parameter", role="parameter")
        x = loop.put(f"mul{index}", "mul", [a, gain], role="function")
    for style in ("graph", "layered", "lenet"):
        assert drawn(loop.graph(), style).calls == 40
