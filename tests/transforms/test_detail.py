"""The inside of a block, cut out for a panel beside the figure."""

import pytest
from sketch import Sketch, residual

from sphinx_visualtorch.errors import OptionError
from sphinx_visualtorch.graph import ArchitectureGraph
from sphinx_visualtorch.options import make_options
from sphinx_visualtorch.transforms.detail import cut
from sphinx_visualtorch.transforms.prepare import Boxes, prepare


def boxes(graph, style: str = "layered", **options) -> Boxes:
    return prepare(graph, style, make_options(style, options))


def stages(blocks: int = 3) -> ArchitectureGraph:
    """Return two stages of *blocks* blocks each, the second with tensors of another shape."""
    sketch = Sketch()
    last = sketch.input(1, 3, 32, 32)
    for stage, size in enumerate((32, 16)):
        shape = (1, 8 + 8 * stage, size, size)
        last = sketch.add(f"down{stage}", "Conv2d", "convolution", shape, [last], parameters=2)
        sketch.scope(f"layer{stage}", "Sequential")
        for index in range(blocks):
            where = sketch.scope(f"layer{stage}.{index}")
            conv = sketch.add(f"{where}.conv", "Conv2d", "convolution", shape, [last], parameters=9)
            total = sketch.add(f"{where}.add", "add", "merge", shape, [conv, last], op="function")
            last = sketch.add(f"{where}.relu", "ReLU", "activation", shape, [total])
    return sketch.graph()


def test_a_block_is_cut_out_with_what_comes_in_and_goes_out() -> None:
    detail = cut(residual(3), "layer0.1", "layer0")
    detail.graph.check()
    assert [node.id for node in detail.graph.nodes] == [
        "from layer0.0.relu",
        "layer0.1.conv",
        "layer0.1.bn",
        "layer0.1.add",
        "layer0.1.relu",
    ]
    assert detail.graph.outputs == ("layer0.1.relu",)
    ends = [(edge.source, edge.target) for edge in detail.graph.edges]
    assert ("from layer0.0.relu", "layer0.1.conv") in ends
    assert ("from layer0.0.relu", "layer0.1.add") in ends
    assert len(ends) == 5


def test_scopes_in_a_block_are_scopes_of_the_detail() -> None:
    detail = cut(residual(2), "layer0", "")
    detail.graph.check()
    assert [scope.id for scope in detail.graph.scopes] == ["", "layer0.0", "layer0.1"]


def test_the_kind_that_makes_up_most_is_shown_by_itself() -> None:
    drawn = boxes(residual(3, stages=4))
    assert drawn.detail is not None
    assert drawn.detail.scope.kind == "Block"
    assert drawn.detail.anchor == "layer0"
    assert drawn.graph.by_id["layer0"].op == "scope"


def test_what_is_open_in_the_figure_needs_no_detail() -> None:
    assert boxes(residual(3), depth=9).detail is None


def test_blocks_of_a_kind_that_are_folded_at_several_places_are_shown_once() -> None:
    drawn = boxes(stages(), "graph")
    closed = [node for node in drawn.graph.nodes if node.op == "scope"]
    assert [(node.id, node.repeat) for node in closed] == [("layer0.0", 3), ("layer1.0", 3)]
    assert drawn.detail is not None
    assert drawn.detail.anchor == "layer0.0"
    opened = boxes(stages(), "graph", detail="none")
    assert opened.detail is None
    assert "layer0.0.conv" in opened.graph.by_id


def test_the_last_block_of_the_kind_is_at_hand_too() -> None:
    detail = boxes(stages(), "graph").detail
    assert detail is not None
    assert detail.last is not None
    assert (detail.last.anchor, detail.last.last) == ("layer1.0", None)


def test_a_block_that_stands_once_needs_no_detail() -> None:
    assert boxes(residual(1), depth=1).detail is None


def test_an_author_names_the_detail() -> None:
    drawn = boxes(stages(), depth=1, detail="layer1.2")
    assert drawn.detail is not None
    assert drawn.detail.scope.id == "layer1.0"  # which stands for all three
    assert drawn.detail.anchor == "layer1"


@pytest.mark.parametrize("name", ["layer7", "fc"])
def test_a_detail_that_there_is_not(name: str) -> None:
    with pytest.raises(OptionError, match="option 'detail'"):
        boxes(residual(2), detail=name)


def test_a_model_without_parameters_is_weighed_by_its_calls() -> None:
    sketch = Sketch()
    last = sketch.input(1, 8)
    for index in range(4):
        where = sketch.scope(f"block{index}", "Block")
        for name in "abc":
            last = sketch.add(f"{where}.{name}", "Tanh", "activation", (1, 8), [last])
            last = sketch.add(f"{where}.{name}2", "LayerNorm", "normalisation", (1, 8), [last])
    drawn = boxes(sketch.graph(), depth=1)
    assert drawn.detail is not None
    assert drawn.detail.scope.kind == "Block"
