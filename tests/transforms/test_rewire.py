"""Contract and drop: nothing is lost, and the order stays topological."""

from dataclasses import replace

from sketch import Sketch, residual

from sphinx_visualtorch.transforms.rewire import contract, drop


def ends(graph):
    return {(edge.source, edge.target) for edge in graph.edges}


def test_dropping_joins_the_edges_around_a_node() -> None:
    graph = residual(1)
    less = drop(graph, {"layer0.0.bn", "layer0.0.relu"})
    less.check()
    assert ("layer0.0.conv", "layer0.0.add") in ends(less)
    assert ("layer0.0.add", "fc") in ends(less)
    assert less.calls == graph.calls


def test_what_is_dropped_is_added_to_the_layer_before() -> None:
    graph = residual(1)
    less = drop(graph, {"layer0.0.bn"})
    assert less.by_id["layer0.0.conv"].calls == 2


def test_what_is_dropped_first_is_added_to_the_layer_after() -> None:
    less = drop(residual(1), {"stem"})
    assert less.by_id["layer0.0.conv"].calls == 2
    assert less.by_id["layer0.0.conv"].parameters == 225


def test_dropping_everything_but_the_ends_keeps_the_sums() -> None:
    graph = residual(4)
    inner = {node.id for node in graph.nodes if node.scope}
    less = drop(graph, inner)
    less.check()
    assert ends(less) == {("input", "stem"), ("stem", "fc")}
    assert less.calls == graph.calls
    assert sum(node.parameters for node in less.nodes) == graph.parameters


def test_a_dropped_output_leaves_its_sources_as_outputs() -> None:
    assert drop(residual(1), {"fc"}).outputs == ("layer0.0.relu",)


def test_a_dropped_source_leaves_its_user_marked_as_a_source() -> None:
    sketch = Sketch()
    steps = sketch.add("arange", "arange", "function", (5,), [], op="function")
    sketch.add("embed", "Embedding", "embedding", (5, 8), [steps])
    less = drop(sketch.graph(), {"arange"})
    less.check()
    assert less.by_id["embed"].source


def test_contracting_removes_inner_edges_and_joins_equal_ones() -> None:
    graph = residual(1)
    box = replace(graph.by_id["layer0.0.conv"], id="box", scope="")
    group = dict.fromkeys(("layer0.0.conv", "layer0.0.bn", "layer0.0.add"), box)
    small = contract(graph, group, at_last=True)
    small.check()
    assert ends(small) == {
        ("input", "stem"),
        ("stem", "box"),
        ("box", "layer0.0.relu"),
        ("layer0.0.relu", "fc"),
    }
