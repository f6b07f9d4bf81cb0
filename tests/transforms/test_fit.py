"""A figure without options keeps to its budget."""

import pytest
from sketch import Sketch, residual

from sphinx_visualtorch.graph import ArchitectureGraph
from sphinx_visualtorch.transforms.fit import Opening, fit
from sphinx_visualtorch.transforms.fold import fold
from sphinx_visualtorch.transforms.merge import merge


def names(graph: ArchitectureGraph) -> list[str]:
    return [node.id for node in graph.nodes]


@pytest.mark.parametrize("blocks", [1, 5, 60])
@pytest.mark.parametrize("flat", [False, True])
def test_fit_keeps_to_the_budget_and_loses_nothing(blocks: int, flat: bool) -> None:
    graph = fold(residual(blocks, stages=4))
    fitted = fit(graph, Opening(budget=24, flat=flat))
    fitted.check()
    assert len(fitted.nodes) <= 24
    assert fitted.calls == graph.calls


def test_fit_opens_what_is_small() -> None:
    assert "layer0.0.conv" in names(fit(fold(residual(3)), Opening(budget=24)))


def test_fit_leaves_alone_what_is_small_enough() -> None:
    assert fit(residual(1), Opening(budget=24)) == residual(1)


def test_fit_sums_up_stretches_of_a_flat_model() -> None:
    sketch = Sketch()
    last = sketch.input(1, 8)
    for index in range(500):
        kind = ("Linear", "linear") if index % 2 else ("ReLU", "activation")
        last = sketch.add(f"l{index}", *kind, (1, 8), [last])
    graph = sketch.graph()
    fitted = fit(graph, Opening(budget=40))
    fitted.check()
    assert len(fitted.nodes) <= 41
    assert fitted.calls == 500
    assert "l0 … l" in fitted.nodes[1].name


def test_what_an_author_expands_is_open_with_all_around_it() -> None:
    graph = residual(2, stages=2)
    fitted = fit(graph, Opening(budget=9, expand=frozenset({"layer1.0"})))
    fitted.check()
    assert names(fitted) == [
        "input",
        "stem",
        "layer0",
        "layer1.0.conv",
        "layer1.0.bn",
        "layer1.0.add",
        "layer1.0.relu",
        "layer1.1",
        "fc",
    ]
    assert fitted.calls == graph.calls


def test_what_an_author_collapses_is_one_box() -> None:
    graph = residual(2, stages=2)
    fitted = fit(graph, Opening(budget=99, collapse=frozenset({"layer0"})))
    assert "layer0" in names(fitted)
    assert "layer1.0.conv" in names(fitted)
    assert fitted.calls == graph.calls


def test_a_depth_with_exceptions() -> None:
    graph = residual(2, stages=2)
    opening = Opening(
        depth=2, expand=frozenset({"layer1.1"}), collapse=frozenset({"layer0", "layer1.0"})
    )
    assert names(fit(graph, opening)) == [
        "input",
        "stem",
        "layer0",
        "layer1.0",
        "layer1.1.conv",
        "layer1.1.bn",
        "layer1.1.add",
        "layer1.1.relu",
        "fc",
    ]


def test_depth_zero_with_something_expanded() -> None:
    fitted = fit(residual(1), Opening(depth=0, expand=frozenset({"layer0"})))
    assert names(fitted) == ["input", "stem", "layer0.0", "fc"]


def test_a_figure_never_shows_nearly_nothing() -> None:
    """One long list of layers is opened, although all of them are too many."""
    sketch = Sketch()
    last = sketch.input(1, 8)
    sketch.scope("ls", "ModuleList")
    for index in range(60):
        kind = ("Linear", "linear") if index % 2 else ("ReLU", "activation")
        last = sketch.add(f"ls.{index}", *kind, (1, 8 + index), [last])
    graph = sketch.graph()
    fitted = fit(graph, Opening(budget=28))
    fitted.check()
    assert 14 < len(fitted.nodes) <= 29
    assert fitted.calls == graph.calls
    assert "60" not in {node.name for node in fitted.nodes}


def test_a_stretch_says_what_is_in_it() -> None:
    sketch = Sketch()
    last = sketch.input(1, 8)
    for index in range(0, 200, 2):
        last = sketch.add(f"l{index}", "Linear", "linear", (1, 8 + index), [last])
        last = sketch.add(f"l{index + 1}", "ReLU", "activation", (1, 8 + index), [last])
    fitted = fit(merge(sketch.graph(), {"linear"}), Opening(budget=20))
    first, second = fitted.nodes[1:3]
    start, end = (int(name.removeprefix("l")) for name in first.name.split(" … "))
    assert first.kind == f"{end - start + 1} operations"
    assert second.name.startswith(f"l{end + 1} …")
