"""Authors name modules by path, class or public path, also those that are folded away."""

import pytest
from sketch import Sketch, residual

from sphinx_visualtorch.errors import OptionError
from sphinx_visualtorch.transforms.fold import fold
from sphinx_visualtorch.transforms.patterns import named


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("layer0", {"layer0"}),
        ("layer0.1", {"layer0.1"}),
        ("layer?", {"layer0", "layer1"}),
        ("layer0.*", {"layer0.0", "layer0.1"}),
        ("Sequential", {"layer0", "layer1"}),
        ("*.[1]", {"layer0.1", "layer1.1"}),
    ],
)
def test_modules_are_named(pattern: str, found: set[str]) -> None:
    assert named(residual(2, stages=2), "expand", [pattern]) == found


def test_several_patterns() -> None:
    assert named(residual(1, stages=2), "expand", ["layer0", "layer1"]) == {"layer0", "layer1"}


def test_the_path_of_a_folded_block_names_the_one_that_is_drawn() -> None:
    graph = fold(residual(12))
    assert [scope.id for scope in graph.scopes] == ["", "layer0", "layer0.0"]
    assert named(graph, "expand", ["layer0.7"]) == {"layer0.0"}
    assert named(graph, "expand", ["layer0.11"]) == {"layer0.0"}
    with pytest.raises(OptionError):
        named(graph, "expand", ["layer0.12"])


def test_a_module_in_a_folded_block() -> None:
    sketch = Sketch()
    last = sketch.input(1, 8)
    sketch.scope("blocks", "ModuleList")
    for index in range(3):
        sketch.scope(f"blocks.{index}", "Block")
        where = sketch.scope(f"blocks.{index}.attn", "Attention")
        last = sketch.add(f"{where}.qkv", "Linear", "linear", (1, 8), [last])
    graph = fold(sketch.graph())
    assert named(graph, "expand", ["blocks.2.attn"]) == {"blocks.0.attn"}


@pytest.mark.parametrize("pattern", ["layer9", "Bolck", "nothing.*"])
def test_what_names_nothing_is_told_with_near_names(pattern: str) -> None:
    with pytest.raises(OptionError, match=r"'(layer0|Block)'") as caught:
        named(residual(2), "expand", [pattern])
    assert caught.value.name == "expand"
    assert caught.value.value == pattern


def test_a_model_without_modules() -> None:
    sketch = Sketch()
    sketch.add("fc", "Linear", "linear", (1, 8), [sketch.input(1, 8)])
    with pytest.raises(OptionError, match="no modules that contain others"):
        named(sketch.graph(), "collapse", ["fc"])
