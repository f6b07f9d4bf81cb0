"""The legend: only what occurs, formulas where boxes of a class have one content, even rows."""

import json
from dataclasses import replace

import pytest
from geometry import flaws, groups, marks_of, path_bounds
from layout.fuzz import random_graph
from sketch import Sketch

from sphinx_visualtorch.graph import ArchitectureGraph, Node, Part
from sphinx_visualtorch.layout.formula import bands, formula
from sphinx_visualtorch.options import STYLES, make_options
from sphinx_visualtorch.pipeline import figure
from sphinx_visualtorch.scene import Group, Path, Scene, Text

CONV = Part(
    path="b.conv",
    kind="Conv2d",
    role="convolution",
    attributes=(("kernel_size", "(3, 3)"), ("stride", "(1, 1)")),
)
NORM = Part(path="b.norm", kind="BatchNorm2d", role="normalisation")
RELU = Part(path="b.relu", kind="ReLU", role="activation")
FLAT = Part(path="b.flatten", kind="flatten", role="reshape")
FC = Part(path="b.fc", kind="Linear", role="linear")


def drawn(graph: ArchitectureGraph, style: str, **options: object) -> Scene:
    return figure(graph, style, make_options(style, {"legend": True, **options})).scene


def legend(scene: Scene) -> Group:
    (found,) = groups(scene, "legend")
    return found


def words(scene: Scene) -> list[str]:
    marks = marks_of(Scene(width=1, height=1, marks=(legend(scene),), colours=()))
    return [mark.text for mark in marks if isinstance(mark, Text)]


def blocks(*kinds: str, count: int = 2) -> ArchitectureGraph:
    """Return *count* closed blocks, each of as many convolutions, norms and activations."""
    sketch = Sketch()
    last = sketch.input(1, 3, 32, 32)
    for index in range(count):
        where = sketch.scope(f"enc{index}", "ConvBlock")
        shape = (1, 8, 32 >> index, 32 >> index)
        for number, kind in enumerate(kinds):
            role = {"Conv2d": "convolution", "ReLU": "activation"}.get(kind, "normalisation")
            kernel = CONV.attributes if kind == "Conv2d" else ()
            name = f"{where}.{number}"
            last = sketch.add(name, kind, role, shape, [last], attributes=kernel, parameters=4)
    sketch.add("fc", "Linear", "linear", (1, 10), [last])
    return sketch.graph()


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        ((CONV, NORM, RELU), "Conv 3×3 · BatchNorm · ReLU"),
        ((CONV, NORM, RELU) * 2, "2 × (Conv 3×3 · BatchNorm · ReLU)"),
        ((CONV, CONV, CONV), "3 × Conv 3×3"),
        ((FC, RELU, FC), "Linear · ReLU · Linear"),
        ((FLAT, FC), "Linear"),
        ((), ""),
    ],
)
def test_formulas(parts: tuple[Part, ...], text: str) -> None:
    assert formula(parts) == text
    assert formula(parts, kernels=False) == text.replace(" 3×3", "")


@pytest.mark.parametrize(
    ("parts", "shown"),
    [
        ((CONV, NORM, RELU), (NORM, RELU)),
        ((CONV, NORM, RELU) * 2, (NORM, RELU)),
        ((NORM, RELU, CONV), (NORM, RELU)),
        ((CONV, FC), ()),
        ((CONV, CONV), ()),
        ((), ()),
    ],
)
def test_bands_of_a_closed_block(parts: tuple[Part, ...], shown: tuple[Part, ...]) -> None:
    node = Node(id="b", op="scope", path="b", name="b", kind="B", role="convolution", parts=parts)
    assert bands(node) == shown


def test_a_class_of_closed_blocks_with_one_content_is_told_by_its_formula() -> None:
    scene = drawn(blocks("Conv2d", "BatchNorm2d", "ReLU", "Conv2d", "BatchNorm2d", "ReLU"), "lenet")
    formula_words = "ConvBlock = 2 × (Conv 3×3 · BatchNorm · ReLU)"
    assert words(scene) == ["Input", formula_words, "Linear"]


def test_a_colour_that_means_more_is_told_by_its_role_and_the_formula_by_words() -> None:
    graph = blocks("Conv2d", "BatchNorm2d")
    nodes = list(graph.nodes)
    nodes[-1] = replace(nodes[-1], kind="Conv2d", role="convolution")
    scene = drawn(replace(graph, nodes=tuple(nodes)), "lenet", depth=1)
    assert words(scene) == [
        *("Input", "Convolution", "Normalisation"),
        "ConvBlock = Conv 3×3 · BatchNorm",
    ]
    shown = [mark for group in legend(scene).marks for mark in group.marks[:-1]]
    fills = [mark.fill for mark in shown if isinstance(mark, Path)]
    assert len(fills) == len(set(fills)) == 3


def test_bands_that_mean_different_things_are_told_one_by_one() -> None:
    sketch = Sketch()
    last = sketch.input(1, 3, 8, 8)
    for name, norm in (("a", False), ("b", True)):
        last = sketch.add(name, "Conv2d", "convolution", (1, 8, 8, 8), [last])
        if norm:
            last = sketch.add("n", "BatchNorm2d", "normalisation", (1, 8, 8, 8), [last])
        last = sketch.add(f"{name}.relu", "ReLU", "activation", (1, 8, 8, 8), [last], scope="")
    scene = drawn(sketch.graph(), "graph")
    assert words(scene) == ["Input", "Convolution", "Normalisation", "Activation"]
    swatches = [path_bounds(group.marks[0]) for group in legend(scene).marks]
    assert [round(box.right - box.left) for box in swatches] == [10, 10, 4, 4]


def test_signs_are_told_where_they_occur() -> None:
    sketch = Sketch()
    last = sketch.input(1, 8)
    for index in range(4):
        last = sketch.add(f"l{index}", "Linear", "linear", (1, 8), [last])
    shown = words(drawn(sketch.graph(), "layered"))
    assert shown == ["Input", "Linear", "× N: N of a kind in one box"]
    assert "× N" not in " ".join(words(drawn(sketch.graph(), "layered", fold=False)))


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("room", [160, 300, 640])
def test_a_legend_fits_the_figure_in_even_rows(style: str, room: int) -> None:
    graph = random_graph(3, size=30)
    scene = drawn(graph, style, max_width=room, legend_position="bottom-left")
    (found,) = groups(scene, "legend")
    texts = [mark for group in found.marks for mark in group.marks if isinstance(mark, Text)]
    rows: dict[float, float] = {}
    for text in texts:
        rows[text.y] = max(rows.get(text.y, 0.0), text.x + text.width)
    assert max(rows.values()) <= scene.width - 8 + 0.01
    assert list(flaws(scene, None)) == []


def test_a_repeated_layer_has_a_badge() -> None:
    sketch = Sketch()
    last = sketch.input(1, 512)
    for index in range(4):
        last = sketch.add(
            f"l{index}", "Linear", "linear", (1, 512), [last], attributes=(("out_features", "512"),)
        )
    scene = drawn(sketch.graph(), "graph", legend=False)
    box = groups(scene, "node")[1]
    shown = [mark.text for mark in box.marks if isinstance(mark, Text)]
    assert shown == ["Linear", "→ 512", "× 4"]
    assert sum(isinstance(mark, Path) for mark in box.marks) == 4


def test_what_is_in_a_box_is_in_its_tooltip_and_its_data() -> None:
    scene = drawn(blocks("Conv2d", "BatchNorm2d", "ReLU"), "layered", depth=1)
    box = next(g for g in groups(scene, "node") if dict(g.data)["path"] == "enc0")
    lines = box.tooltip.splitlines()
    assert lines[1:4] == [
        "1. 0: Conv2d 3×3, 4 parameters",
        "2. 1: BatchNorm2d, 4 parameters",
        "3. 2: ReLU, 4 parameters",
    ]
    assert json.loads(dict(box.data)["parts"]) == [
        ["enc0.0", "Conv2d", 1, 4],
        ["enc0.1", "BatchNorm2d", 1, 4],
        ["enc0.2", "ReLU", 1, 4],
    ]
