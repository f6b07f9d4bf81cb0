"""A figure without options keeps to its budget."""

import pytest
from sketch import Sketch, residual

from sphinx_visualtorch.graph import ArchitectureGraph
from sphinx_visualtorch.transforms.fit import fit
from sphinx_visualtorch.transforms.fold import fold


def names(graph: ArchitectureGraph) -> list[str]:
    return [node.id for node in graph.nodes]


@pytest.mark.parametrize("blocks", [1, 5, 60])
@pytest.mark.parametrize("flat", [False, True])
def test_fit_keeps_to_the_budget_and_loses_nothing(blocks: int, flat: bool) -> None:
    graph = fold(residual(blocks, stages=4))
    fitted = fit(graph, 24, flat=flat)
    fitted.check()
    assert len(fitted.nodes) <= 24
    assert fitted.calls == graph.calls


def test_fit_opens_what_is_small() -> None:
    assert "layer0.0.conv" in names(fit(fold(residual(3)), 24))


def test_fit_leaves_alone_what_is_small_enough() -> None:
    assert fit(residual(1), 24) == residual(1)


def test_fit_sums_up_stretches_of_a_flat_model() -> None:
    sketch = Sketch()
    last = sketch.input(1, 8)
    for index in range(500):
        kind = ("Linear", "linear") if index % 2 else ("ReLU", "activation")
        last = sketch.add(f"l{index}", *kind, (1, 8), [last])
    graph = sketch.graph()
    fitted = fit(graph, 40)
    fitted.check()
    assert len(fitted.nodes) <= 41
    assert fitted.calls == 500
    assert "l0 … l" in fitted.nodes[1].name
