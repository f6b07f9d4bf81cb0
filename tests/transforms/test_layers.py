"""Layers that authors write as modules of their own are layers in a figure."""

from sketch import Sketch

from sphinx_visualtorch.graph import ArchitectureGraph
from sphinx_visualtorch.options import make_options
from sphinx_visualtorch.transforms.layers import as_layers, with_weights
from sphinx_visualtorch.transforms.prepare import prepare


def own_norm() -> ArchitectureGraph:
    """Return a convolution and a norm with an activation that is a module of functions."""
    sketch = Sketch()
    image = sketch.input(1, 3, 8, 8)
    conv = sketch.add("conv", "Conv2d", "convolution", (1, 4, 8, 8), [image], parameters=9)
    sketch.scope("bn", "BatchNormAct2d")
    weights = [
        sketch.add(f"bn.{name}", "Parameter", "parameter", (4,), [], op="parameter", parameters=4)
        for name in ("weight", "bias")
    ]
    norm = sketch.add(
        "bn.batch_norm",
        "batch_norm",
        "normalisation",
        (1, 4, 8, 8),
        [conv, *weights],
        op="function",
    )
    sketch.add("bn.act", "ReLU", "activation", (1, 4, 8, 8), [norm])
    return sketch.graph()


def ids(graph: ArchitectureGraph) -> list[str]:
    return [node.id for node in graph.nodes]


def test_weights_belong_to_the_function_that_uses_them() -> None:
    graph = with_weights(own_norm())
    graph.check()
    assert ids(graph) == ["input", "conv", "bn.batch_norm", "bn.act"]
    assert graph.by_id["bn.batch_norm"].parameters == 8


def test_what_a_merge_adds_stays() -> None:
    sketch = Sketch()
    image = sketch.input(1, 4)
    table = sketch.add("position", "Parameter", "parameter", (4,), [], op="parameter")
    sketch.add("add", "add", "merge", (1, 4), [image, table], op="function")
    assert with_weights(sketch.graph()) == sketch.graph()


def test_what_a_function_makes_from_nothing_else_stays() -> None:
    sketch = Sketch()
    image = sketch.input(1, 4)
    scale = sketch.add("scale", "Parameter", "parameter", (), [], op="parameter")
    grown = sketch.add("exp", "exp", "function", (), [scale], op="function")
    sketch.add("mul", "mul", "merge", (1, 4), [image, grown], op="function")
    assert with_weights(sketch.graph()) == sketch.graph()


def test_a_module_that_finishes_is_one_layer() -> None:
    graph = as_layers(with_weights(own_norm()), ())
    graph.check()
    assert ids(graph) == ["input", "conv", "bn"]
    norm = graph.by_id["bn"]
    assert (norm.kind, norm.role, norm.parameters, norm.calls) == (
        "BatchNormAct2d",
        "normalisation",
        8,
        1,
    )


def test_it_is_merged_with_the_convolution_before_it() -> None:
    graph = prepare(own_norm(), "graph", make_options("graph", {})).graph
    assert ids(graph) == ["input", "conv"]
    assert [part.kind for part in graph.by_id["conv"].parts] == ["Conv2d", "BatchNormAct2d"]
    assert graph.calls == own_norm().calls
    assert sum(node.parameters for node in graph.nodes) == own_norm().parameters


def test_an_author_may_open_it() -> None:
    graph = prepare(own_norm(), "graph", make_options("graph", {"expand": "bn"})).graph
    assert "bn.batch_norm" in ids(graph)


def test_a_block_with_more_than_finishing_stays_a_block() -> None:
    sketch = Sketch()
    last = sketch.input(1, 3, 8, 8)
    for kind in ("NormalCell", "ConvNormAct"):
        where = sketch.scope(kind.lower(), kind)
        last = sketch.add(f"{where}.conv", "Conv2d", "convolution", (1, 4, 8, 8), [last])
        last = sketch.add(f"{where}.bn", "BatchNorm2d", "normalisation", (1, 4, 8, 8), [last])
    assert as_layers(sketch.graph(), ()) == sketch.graph()
    closed = prepare(sketch.graph(), "graph", make_options("graph", {"depth": 1})).graph
    assert [node.role for node in closed.nodes[1:]] == ["convolution", "convolution"]
