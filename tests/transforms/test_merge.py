"""One box for what belongs together, and small operations on the edge."""

from sketch import Sketch, residual

from sphinx_visualtorch.graph import ArchitectureGraph
from sphinx_visualtorch.transforms.merge import hide_roles, merge


def names(graph: ArchitectureGraph) -> list[str]:
    return [node.id for node in graph.nodes]


def test_merge_makes_one_box_of_convolution_and_norm() -> None:
    merged = merge(residual(1), {"convolution"})
    merged.check()
    box = merged.by_id["layer0.0.conv"]
    assert [part.kind for part in box.parts] == ["Conv2d", "BatchNorm2d"]
    assert box.calls == 2
    assert "layer0.0.bn" not in names(merged)
    assert merged.calls == residual(1).calls


def test_merge_leaves_a_layer_alone_whose_output_is_used_twice() -> None:
    sketch = Sketch()
    last = sketch.input(1, 3, 8, 8)
    conv = sketch.add("conv", "Conv2d", "convolution", (1, 8, 8, 8), [last])
    act = sketch.add("act", "ReLU", "activation", (1, 8, 8, 8), [conv])
    sketch.add("cat", "cat", "merge", (1, 16, 8, 8), [conv, act], op="function")
    assert names(merge(sketch.graph(), {"convolution"})) == ["input", "conv", "act", "cat"]


def test_merge_knows_norms_before_their_layer() -> None:
    sketch = Sketch()
    last = sketch.input(1, 8, 8, 8)
    for index in range(2):
        last = sketch.add(f"norm{index}", "BatchNorm2d", "normalisation", (1, 8, 8, 8), [last])
        last = sketch.add(f"act{index}", "ReLU", "activation", (1, 8, 8, 8), [last])
        last = sketch.add(f"conv{index}", "Conv2d", "convolution", (1, 8, 8, 8), [last])
    merged = merge(sketch.graph(), {"convolution"})
    assert names(merged) == ["input", "conv0", "conv1"]
    assert [part.kind for part in merged.by_id["conv1"].parts] == ["BatchNorm2d", "ReLU", "Conv2d"]


def test_what_is_merged_once_more_loses_no_part() -> None:
    sketch = Sketch()
    last = sketch.input(1, 8)
    last = sketch.add("norm", "LayerNorm", "normalisation", (1, 8), [last])
    last = sketch.add("fc", "Linear", "linear", (1, 8), [last])
    last = sketch.add("act", "softmax", "activation", (1, 8), [last], op="function")
    sketch.add("conv", "Conv1d", "convolution", (1, 8), [last])
    once = merge(sketch.graph(), {"linear"})
    assert [part.kind for part in once.by_id["fc"].parts] == ["LayerNorm", "Linear"]
    # what follows stays where it is, as it did the first time
    assert merge(once, {"linear"}) == once


def test_what_is_merged_once_more_takes_what_has_come_near() -> None:
    sketch = Sketch()
    last = sketch.input(1, 3, 8, 8)
    last = sketch.add("conv", "Conv2d", "convolution", (1, 8, 8, 8), [last])
    last = sketch.add("norm", "BatchNorm2d", "normalisation", (1, 8, 8, 8), [last])
    last = sketch.add("view", "view", "reshape", (1, 8, 8, 8), [last], op="function")
    last = sketch.add("act", "ReLU", "activation", (1, 8, 8, 8), [last])
    sketch.add("last", "BatchNorm2d", "normalisation", (1, 8, 8, 8), [last])
    graph = merge(hide_roles(merge(sketch.graph(), {"convolution"}), {"reshape"}), {"convolution"})
    assert names(graph) == ["input", "conv", "last"]
    assert [part.kind for part in graph.by_id["conv"].parts] == ["Conv2d", "BatchNorm2d", "ReLU"]


def test_merge_sums_parameters() -> None:
    sketch = Sketch()
    last = sketch.input(1, 3, 8, 8)
    last = sketch.add("conv", "Conv2d", "convolution", (1, 8, 8, 8), [last], parameters=216)
    sketch.add("norm", "BatchNorm2d", "normalisation", (1, 8, 8, 8), [last], parameters=16)
    box = merge(sketch.graph(), {"convolution"}).by_id["conv"]
    assert (box.parameters, [part.parameters for part in box.parts]) == (232, [216, 16])


def test_small_operations_vanish_and_lose_nothing() -> None:
    sketch = Sketch()
    last = sketch.input(1, 8, 2)
    last = sketch.add("drop", "Dropout", "dropout", (1, 8, 2), [last])
    last = sketch.add("flatten", "flatten", "reshape", (1, 16), [last], op="function")
    sketch.add("fc", "Linear", "linear", (1, 4), [last])
    graph = sketch.graph()
    less = hide_roles(graph, {"dropout", "reshape"})
    less.check()
    assert names(less) == ["input", "fc"]
    assert less.calls == graph.calls


def test_small_operations_vanish_but_never_the_last_box() -> None:
    sketch = Sketch()
    last = sketch.input(1, 8)
    sketch.add("flatten", "flatten", "reshape", (1, 8), [last], op="function")
    graph = sketch.graph()
    assert names(hide_roles(graph, {"reshape"})) == ["input", "flatten"]
