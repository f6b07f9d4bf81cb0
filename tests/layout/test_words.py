"""What a figure says: shapes in one notation, and what ``show`` and ``hide`` choose."""

import pytest
from geometry import flaws, groups, marks_of
from layout.fuzz import random_graph
from sketch import Sketch, spec

from sphinx_visualtorch.graph import ArchitectureGraph
from sphinx_visualtorch.layout.words import bytes_text, shape_text, space_text
from sphinx_visualtorch.options import STYLES, make_options
from sphinx_visualtorch.pipeline import figure
from sphinx_visualtorch.scene import Scene, Text

ALL = "name, kind, shape, kernel, features, heads, contents, parameters, flops, memory"


def drawn(graph: ArchitectureGraph, style: str, **options: object) -> Scene:
    return figure(graph, style, make_options(style, options)).scene


def texts(scene: Scene) -> list[str]:
    return [mark.text for mark in marks_of(scene) if isinstance(mark, Text)]


def network() -> ArchitectureGraph:
    """Return a convolution, a pooling and a linear layer with all that may be told of them."""
    sketch = Sketch()
    last = sketch.input(1, 3, 64, 32)
    last = sketch.add(
        "stem",
        "Conv2d",
        "convolution",
        (1, 16, 32, 16),
        [last],
        attributes=(("kernel_size", "(3, 3)"), ("stride", "(2, 2)"), ("out_channels", "16")),
        parameters=448,
        flops=442_368,
        activation_bytes=32_768,
    )
    last = sketch.add(
        "pool", "MaxPool2d", "pooling", (1, 16, 16, 16), [last], attributes=(("kernel_size", "2"),)
    )
    sketch.add("fc", "Linear", "linear", (1, 10), [last], attributes=(("out_features", "10"),))
    return sketch.graph()


@pytest.mark.parametrize(
    ("sizes", "text"),
    [((7,), "7"), ((7, 7), "7²"), ((7, 5), "7×5"), ((8, 7, 7), "8×7²"), ((4, 4, 4), "4³")],
)
def test_space_is_written_short(sizes: tuple[int, ...], text: str) -> None:
    assert space_text(sizes) == text


def test_a_table_has_no_batch() -> None:
    assert shape_text(spec(50, 768), batch=1) == "50 × 768"
    assert shape_text(spec(50, 768), batch=50) == "768"
    assert shape_text(spec(2, 8, 16, 16, 16)) == "8 × 16³"


@pytest.mark.parametrize(
    ("number", "text"), [(12, "12 B"), (32_768, "32.8 kB"), (37_700_000, "37.7 MB")]
)
def test_bytes(number: int, text: str) -> None:
    assert bytes_text(number) == text


@pytest.mark.parametrize(
    ("style", "told"),
    [
        ("layered", {"64×32", "3", "stem", "3×3 / 2", "32×16", "16", "pool", "2×2", "fc", "10"}),
        ("lenet", {"3@64×32", "16@32×16", "16@16×16", "10", "stem", "conv 3×3 / 2", "pool 2×2"}),
        ("graph", {"3 × 64 × 32", "Conv2d", "3×3 / 2, 16", "MaxPool2d", "2×2", "Linear", "→ 10"}),
    ],
)
def test_what_a_style_tells_by_itself(style: str, told: set[str]) -> None:
    assert told <= set(texts(drawn(network(), style)))


@pytest.mark.parametrize("style", STYLES)
def test_numbers_are_told_on_request_only(style: str) -> None:
    asked = texts(drawn(network(), style, show="parameters, flops, memory"))
    assert "448, 442 kFLOPs, 32.8 kB" in asked
    assert "448" in texts(drawn(network(), style, show="parameters"))
    assert not any("448" in text for text in texts(drawn(network(), style)))
    assert not any("448" in text for text in texts(drawn(network(), style, show="flops")))


@pytest.mark.parametrize("style", STYLES)
def test_all_that_is_told_can_be_hidden(style: str) -> None:
    assert texts(drawn(network(), style, hide=ALL, show=ALL)) == []


@pytest.mark.parametrize(
    ("options", "fact"),
    [
        ({}, "3×3 / 2, 16"),
        ({"hide": "kernel"}, "16"),
        ({"hide": "features"}, "3×3 / 2"),
        ({"show": "shape"}, "3×3 / 2, 16 × 32 × 16"),
        ({"show": "shape", "hide": "kernel"}, "16 × 32 × 16"),
        ({"show_dimension": False}, "3×3 / 2"),
    ],
)
def test_the_facts_of_a_box(options: dict[str, object], fact: str) -> None:
    (_, conv, *_) = groups(drawn(network(), "graph", **options), "node")
    assert [mark.text for mark in conv.marks if isinstance(mark, Text)] == ["Conv2d", fact]


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"show": "name"}, "stem · Conv2d"),
        ({"show": "name", "hide": "kind"}, "stem"),
        ({"label": "both", "hide": "kind"}, "stem"),
        ({"label": "name", "show": "kind"}, "stem · Conv2d"),
    ],
)
def test_name_and_kind_work_on_the_label(options: dict[str, object], name: str) -> None:
    assert name in texts(drawn(network(), "graph", **options))


def test_a_kernel_makes_no_body_wider_unless_asked_for() -> None:
    sketch = Sketch()
    last = sketch.input(1, 3, 64, 64)
    kernel = (("kernel_size", "(1, 1025)"), ("stride", "(1, 512)"))
    sketch.add("c", "Conv2d", "convolution", (1, 8, 64, 64), [last], attributes=kernel)
    assert not any("1025" in text for text in texts(drawn(sketch.graph(), "layered")))
    assert any("1025" in text for text in texts(drawn(sketch.graph(), "layered", show="kernel")))


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("seed", range(6))
def test_a_figure_that_tells_all_is_readable(seed: int, style: str) -> None:
    graph = random_graph(seed, size=6 + 5 * seed)
    assert list(flaws(drawn(graph, style, show=ALL))) == []


def test_neurons_tell_their_numbers_inside_the_figure() -> None:
    sketch = Sketch()
    last = sketch.input(1, 4)
    for size in (5, 6, 7):
        last = sketch.add(
            f"h{size}", "Linear", "linear", (1, size), [last], parameters=4_000, flops=4_000_000
        )
    scene = drawn(sketch.graph(), "graph", show="parameters, flops")
    assert texts(scene).count("4.00 k, 4.00 MFLOPs") == 3
    assert list(flaws(scene)) == []
