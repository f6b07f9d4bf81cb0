"""Scopes below a depth become one box each."""

import pytest
from sketch import Sketch, residual

from sphinx_visualtorch.graph import ArchitectureGraph
from sphinx_visualtorch.transforms.fit import Opening, fit


def collapse_below(graph: ArchitectureGraph, depth: int) -> ArchitectureGraph:
    return fit(graph, Opening(depth=depth))


def names(graph: ArchitectureGraph) -> list[str]:
    return [node.id for node in graph.nodes]


def test_depth_sums_parameters_and_calls() -> None:
    shallow = collapse_below(residual(3), 1)
    shallow.check()
    assert names(shallow) == ["input", "stem", "layer0", "fc"]
    box = shallow.by_id["layer0"]
    assert (box.op, box.kind, box.calls, box.parameters) == ("scope", "Sequential", 9, 27)
    assert dict(box.attributes) == {"contains": "Block × 3"}


@pytest.mark.parametrize("depth", range(4))
def test_no_depth_loses_calls_or_parameters(depth: int) -> None:
    graph = residual(3, stages=2)
    shallow = collapse_below(graph, depth)
    shallow.check()
    assert shallow.calls == graph.calls
    assert sum(node.parameters for node in shallow.nodes) == graph.parameters


def test_a_depth_below_everything_changes_nothing() -> None:
    assert collapse_below(residual(3), 9) == residual(3)


def test_depth_zero_is_one_box_and_the_inputs() -> None:
    whole = collapse_below(residual(3), 0)
    whole.check()
    assert names(whole) == ["input", "model"]
    assert whole.by_id["model"].calls == residual(3).calls


def test_a_container_box_has_the_role_of_what_it_mostly_is() -> None:
    assert collapse_below(residual(3), 1).by_id["layer0"].role == "convolution"


def test_a_container_tells_of_the_functions_between_its_layers() -> None:
    sketch = Sketch()
    last = sketch.input(1, 8)
    sketch.scope("ls", "ModuleList")
    for index in range(4):
        last = sketch.add(f"ls.{index}", "Linear", "linear", (1, 8), [last])
        last = sketch.add(
            f"relu{index}", "relu", "activation", (1, 8), [last], op="function", scope="ls"
        )
    (box,) = (node for node in collapse_below(sketch.graph(), 1).nodes if node.op == "scope")
    assert dict(box.attributes) == {"contains": "Linear × 4, relu × 4"}


def test_layers_that_differ_are_counted_and_not_called_equal() -> None:
    """Three layers of three sizes are no stack of equal ones; of two, the first may differ."""

    def told(widths: list[int]) -> str:
        sketch = Sketch()
        last = sketch.input(1, 8)
        sketch.scope("ls", "Sequential")
        for index, width in enumerate(widths):
            last = sketch.add(f"ls.{index}", "Linear", "linear", (1, width), [last])
        (box,) = (node for node in collapse_below(sketch.graph(), 1).nodes if node.op == "scope")
        return dict(box.attributes)["contains"]

    assert told([8, 8, 8]) == "Linear × 3"
    assert told([16, 8, 8]) == "Linear × 3"
    assert told([16, 8, 4]) == "3 Linear"
