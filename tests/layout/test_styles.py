"""What each style draws: the open interface, options, words."""

from dataclasses import replace

import pytest
from geometry import body_bounds, edges, groups, marks_of
from sketch import Sketch, residual

from sphinx_visualtorch.layout.words import count_text, facts, shape_text
from sphinx_visualtorch.options import STYLES, GraphOptions, make_options
from sphinx_visualtorch.pipeline import figure
from sphinx_visualtorch.scene import Path, Text


def drawn(graph, style, **options):
    return figure(graph, style, make_options(style, options)).scene


def texts(scene):
    return [mark.text for mark in marks_of(scene) if isinstance(mark, Text)]


def dense(*sizes: int):
    sketch = Sketch(name="Dense")
    last = sketch.input(1, sizes[0])
    for index, size in enumerate(sizes[1:]):
        last = sketch.add(f"h{index}", "Linear", "linear", (1, size), [last], parameters=size)
    return sketch.graph()


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (158, "158"),
        (999, "999"),
        (999_600, "1.00 M"),
        (61_706, "61.7 k"),
        (25_557_032, "25.6 M"),
        (124_439_808, "124 M"),
        (6_740_000_000, "6.74 B"),
    ],
)
def test_numbers_are_written_as_people_do(number: int, text: str) -> None:
    assert count_text(number) == text


@pytest.mark.parametrize(
    ("shape", "text"),
    [
        ((1, 3, 224, 224), "3 × 224²"),
        ((1, 3, 32, 64), "3 × 32 × 64"),
        ((2, 197, 768), "197 × 768"),
        ((1, 64, 64), "64 × 64"),
        ((1, 1000), "1000"),
        ((7,), "7"),
        ((), "scalar"),
        ((1, 8, 16, 16, 16), "8 × 16³"),
    ],
)
def test_shapes_leave_out_the_batch(shape: tuple[int, ...], text: str) -> None:
    from sketch import spec

    assert shape_text(spec(*shape)) == text


def test_the_open_interface_of_a_box() -> None:
    scene = drawn(residual(3), "graph", depth=9, fold=False, merge=False)
    box = next(g for g in groups(scene, "node") if dict(g.data)["path"] == "layer0.1.conv")
    assert dict(box.data) == {
        "path": "layer0.1.conv",
        "kind": "Conv2d",
        "calls": "1",
        "params": "9",
        "flops": "0",
    }
    ends = {(dict(e.data)["source"], dict(e.data)["target"]) for e in edges(scene)}
    assert ("layer0.0.relu", "layer0.1.conv") in ends
    assert ("layer0.0.relu", "layer0.1.add") in ends


@pytest.mark.parametrize(
    ("costs", "words"),
    [
        ({"parameters": 9, "frozen": 0}, "9 parameters"),
        ({"parameters": 2000, "frozen": 2000}, "2.00 k frozen parameters"),
        (
            {"parameters": 9, "frozen": 4, "flops": 5 * 10**9},
            "9 parameters (4 frozen), 5.00 GFLOPs",
        ),
        ({"flops": 18}, "18 FLOPs"),
    ],
)
def test_a_tooltip_tells_what_a_layer_costs(costs: dict[str, int], words: str) -> None:
    sketch = Sketch()
    sketch.add("fc", "Linear", "linear", (1, 8), [sketch.input(1, 8)], **costs)
    (_, box) = groups(drawn(sketch.graph(), "graph"), "node")
    assert box.tooltip.splitlines()[-1] == words
    assert "→ 1×8 float32" in box.tooltip


@pytest.mark.parametrize("style", ["layered", "lenet"])
def test_what_raised_has_a_name_and_no_size(style: str) -> None:
    sketch = Sketch()
    fc = sketch.add("fc", "Linear", "linear", (1, 8), [sketch.input(1, 6)])
    sketch.add("head", "Linear", "failed", (), [fc])
    sketch.nodes[-1] = replace(sketch.nodes[-1], outputs=())
    found = texts(drawn(sketch.graph(), style, legend=True))
    assert "head" in found
    assert "Failed here" in found
    assert [text for text in found if text.isdecimal()] == ["6", "8"]


def test_a_scope_has_a_frame_without_counts() -> None:
    (frame,) = groups(drawn(residual(12), "graph"), "scope")
    assert dict(frame.data) == {"path": "layer0.0", "kind": "Block", "repeat": "12"}
    assert "× 12" in texts(drawn(residual(12), "graph"))


@pytest.mark.parametrize("style", STYLES)
def test_the_figure_tells_its_model_and_style(style: str) -> None:
    graph = residual(2)
    data = dict(drawn(graph, style).data)
    assert data == {
        "model": "Net",
        "style": style,
        "digest": graph.digest,
        "params": str(graph.parameters),
        "flops": str(graph.flops),
    }


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("label", ["name", "kind", "both"])
def test_labels(style: str, label: str) -> None:
    found = texts(drawn(residual(2), style, label=label))
    assert {"name": "stem", "kind": "Conv2d", "both": "stem · Conv2d"}[label] in found


@pytest.mark.parametrize("style", STYLES)
def test_labels_can_be_left_out(style: str) -> None:
    shown = texts(drawn(residual(2), style, label="none", show_dimension=False))
    assert "stem" not in shown
    assert "Conv2d" not in shown


@pytest.mark.parametrize("style", STYLES)
def test_the_authors_colours_are_used(style: str) -> None:
    scene = drawn(residual(1), style, color_map="Conv2d=#123456/#654321, Linear=red")
    colours = {(colour.slot, colour.light) for colour in scene.colours}
    shade = "fill" if style == "graph" else "front"
    assert (f"Conv2d.{shade}", "#123456") in colours
    assert ("Conv2d.line", "#654321") in colours
    assert (f"Linear.{shade}", "#ff0000") in colours


def test_a_chosen_background_stays_in_the_dark() -> None:
    scene = drawn(residual(1), "layered", background_fill="white")
    assert scene.background == "background"
    assert all(colour.light == colour.dark for colour in scene.colours)


def test_inputs_can_be_left_out() -> None:
    assert "input" in texts(drawn(residual(1), "layered"))
    assert "input" not in texts(drawn(residual(1), "layered", show_input=False))


def test_flat_boxes_have_one_face() -> None:
    def faces(**options):
        scene = drawn(dense(4, 8), "layered", **options)
        box = groups(scene, "node")[1]
        return sum(isinstance(mark, Path) for mark in marks_of(scene)), box

    assert faces(draw_volume=False)[0] < faces()[0]


def test_funnels_can_be_arrows() -> None:
    dashed = [edge for edge in edges(drawn(residual(1), "layered")) if edge.dash]
    plain = [edge for edge in edges(drawn(residual(1), "layered", draw_funnel=False)) if edge.dash]
    assert dashed
    assert not plain


def test_linear_scale_is_the_papers() -> None:
    sketch = Sketch()
    last = sketch.input(1, 3, 100, 100)
    sketch.add("conv", "Conv2d", "convolution", (1, 400, 50, 50), [last])
    options = {
        "scale": "linear",
        "scale_z": 0.1,
        "scale_xy": 1,
        "max_xy": 2000,
        "max_z": 400,
        "min_z": 10,
        "min_xy": 10,
        "draw_volume": False,
        "max_width": None,
    }
    scene = drawn(sketch.graph(), "layered", **options)
    box = groups(scene, "node")[1]
    front = next(
        mark for mark in marks_of(scene) if isinstance(mark, Path) and mark in box.marks[0].marks
    )
    xs = [segment[1] for segment in front.segments if len(segment) > 1]
    ys = [segment[2] for segment in front.segments if len(segment) > 1]
    assert max(xs) - min(xs) == pytest.approx(40)
    assert max(ys) - min(ys) == pytest.approx(50)


@pytest.mark.parametrize("axis", ["x", "y", "z"])
def test_vectors_lie_along_an_axis(axis: str) -> None:
    scene = drawn(dense(4, 1000, 10), "layered", one_dim_orientation=axis)
    assert len(groups(scene, "node")) == 3


def test_lenet_captions_and_the_limit_of_maps() -> None:
    sketch = Sketch()
    last = sketch.input(1, 1, 32, 32)
    sketch.add(
        "c1",
        "Conv2d",
        "convolution",
        (1, 64, 28, 28),
        [last],
        attributes=(("kernel_size", "(5, 5)"),),
    )
    few = drawn(sketch.graph(), "lenet", max_channels=4)
    assert "64@28×28" in texts(few)
    assert "conv 5×5" in texts(few)
    box = groups(few, "node")[1]
    assert len(box.marks[0].marks) == 4


def test_small_dense_models_show_neurons_and_an_ellipsis() -> None:
    scene = drawn(dense(4, 8, 12, 2), "graph", ellipsize_after=10)
    boxes = groups(scene, "node")
    assert [len(box.marks) for box in boxes] == [4, 8, 10 + 3, 2]
    assert [dict(e.data)["target"] for e in edges(scene)] == ["h0", "h1", "h2"]
    plain = drawn(dense(4, 8), "graph", show_neurons=False)
    assert len(groups(plain, "node")[0].marks) == 3


def test_large_dense_models_show_boxes() -> None:
    scene = drawn(dense(784, 512, 10), "graph")
    assert "→ 512" not in texts(scene)
    assert "Linear" in texts(scene)
    shown = drawn(dense(784, 512, 10), "graph", show_neurons=True)
    assert len(groups(shown, "node")[1].marks) == 13


def test_a_parameter_is_a_name_above_its_merge() -> None:
    sketch = Sketch()
    last = sketch.input(1, 196, 768)
    token = sketch.add("cls", "Parameter", "parameter", (1, 1, 768), [], op="parameter")
    sketch.add("cat", "cat", "merge", (1, 197, 768), [token, last], op="function")
    scene = drawn(sketch.graph(), "graph")
    crown = next(g for g in groups(scene, "node") if dict(g.data)["path"] == "cls")
    assert [type(mark) for mark in crown.marks] == [Text]


@pytest.mark.parametrize(
    ("kind", "role", "attributes", "fact"),
    [
        (
            "Conv2d",
            "convolution",
            {"kernel_size": "(3, 3)", "stride": "(2, 2)", "out_channels": "64"},
            "3×3 / 2, 64",
        ),
        ("Conv1d", "convolution", {"kernel_size": "(5,)", "out_channels": "8"}, "5, 8"),
        ("MaxPool2d", "pooling", {"kernel_size": "2", "stride": "2"}, "2×2"),
        ("Linear", "linear", {"out_features": "10"}, "→ 10"),
        ("MultiheadAttention", "attention", {"num_heads": "8"}, "8 heads"),
        ("LSTM", "recurrent", {"hidden_size": "64", "bidirectional": "True"}, "→ 64, both ways"),
        ("Embedding", "embedding", {"num_embeddings": "100", "embedding_dim": "8"}, "100 × 8"),
        ("ReLU", "activation", {}, ""),
    ],
)
def test_facts(kind: str, role: str, attributes: dict[str, str], fact: str) -> None:
    sketch = Sketch()
    last = sketch.input(1, 4)
    sketch.add("layer", kind, role, (1, 4), [last], attributes=tuple(attributes.items()))
    assert facts(sketch.graph().by_id["layer"], GraphOptions()) == fact


def test_a_scope_tells_what_it_holds() -> None:
    assert "Block × 3" in texts(drawn(residual(3, stages=1), "layered", depth=1))


def test_a_closed_box_is_never_drawn_as_neurons() -> None:
    sketch = Sketch()
    last = sketch.input(1, 8)
    sketch.scope("ls", "ModuleList")
    for index in range(3):
        last = sketch.add(f"ls.{index}", "Linear", "linear", (1, 8), [last])
    scene = drawn(sketch.graph(), "graph", depth=1)
    assert len(groups(scene, "node")) == 2
    assert "Linear × 3" in texts(scene)


def test_a_count_survives_a_name_that_is_cut() -> None:
    sketch = Sketch()
    last = sketch.input(1, 8, 8)
    sketch.scope("layers", "ModuleList")
    for index in range(6):
        where = sketch.scope(f"layers.{index}", "AVeryLongNameOfATransformerEncoderLayer")
        last = sketch.add(f"{where}.fc", "Linear", "linear", (1, 8, 8), [last])
        last = sketch.add(f"{where}.act", "ReLU", "activation", (1, 8, 8), [last])
    for style in ("layered", "lenet"):
        cut = [text for text in texts(drawn(sketch.graph(), style)) if "…" in text]
        assert cut
        assert all(text.endswith(" × 6") for text in cut)


def test_an_input_in_a_list_has_its_lists_name() -> None:
    sketch = Sketch()
    last = sketch.input(1, 8, name="batch.0")
    sketch.add("fc", "Linear", "linear", (1, 8), [last])
    graph = sketch.graph()
    nested = replace(graph.nodes[0], name="0")
    shown = texts(drawn(replace(graph, nodes=(nested, *graph.nodes[1:])), "layered"))
    assert "batch[0]" in shown


def test_a_tall_figure_is_as_wide_as_its_height_asks_for() -> None:
    sketch = Sketch()
    image = sketch.input(1, 8)
    ends = [sketch.add(f"h{n}", "Linear", "linear", (1, 8), [image]) for n in range(16)]
    sketch.add("cat", "cat", "merge", (1, 128), ends, op="function")
    scene = drawn(sketch.graph(), "graph", fold=False)
    assert 480 < scene.height <= 1.4 * scene.width + 1e-6
    boxes = [body for group in groups(scene, "node") if (body := body_bounds(group))]
    left = min(box.left for box in boxes)
    right = max(box.right for box in boxes)
    assert left == pytest.approx(scene.width - right, abs=10)  # in the middle


def maps(channels: int, size: int = 8):
    """Return the figure of a convolution that makes so many maps."""
    sketch = Sketch()
    image = sketch.input(1, 1, size, size)
    sketch.add("conv", "Conv2d", "convolution", (1, channels, size, size), [image])
    (_, box) = groups(drawn(sketch.graph(), "lenet"), "node")
    return box


def test_a_stack_says_that_it_has_more_maps_than_it_shows() -> None:
    all_of_them, some = maps(8).marks[0].marks, maps(64).marks[0].marks
    assert len(all_of_them) == 8
    *fronts, dots = some
    assert len(fronts) == 6
    assert dots.fill == "fact"
    assert sum(segment[0] == "M" for segment in dots.segments) == 6


def test_maps_of_one_point_are_a_bar() -> None:
    box = maps(120, size=1)
    assert "120@1×1" in [mark.text for mark in box.marks if isinstance(mark, Text)]
    assert len(box.marks[0].marks) == 3  # top, side and front of one bar


def test_how_often_stands_apart_from_sizes() -> None:
    """A badge tells it, where the words of the box are a size."""
    sketch = Sketch()
    last = sketch.input(1, 64)
    for index in range(4):
        last = sketch.add(
            f"h{index}",
            "Linear",
            "linear",
            (1, 64),
            [last],
            attributes=(("out_features", "64"),),
        )
    scene = drawn(sketch.graph(), "graph", show_neurons=False)
    assert {"→ 64", "× 4"} <= set(texts(scene))
    assert "4 × linear" in texts(drawn(sketch.graph(), "lenet"))


def test_token_ids_are_a_strip() -> None:
    sketch = Sketch()
    sketch.add("e", "Embedding", "embedding", (1, 12, 8), [sketch.input(1, 12, dtype="int64")])
    ids, vectors = (body_bounds(box) for box in groups(drawn(sketch.graph(), "lenet"), "node"))
    assert ids is not None
    assert vectors is not None
    assert ids.bottom - ids.top == pytest.approx(vectors.bottom - vectors.top, rel=0.2)


def test_neurons_tell_what_finishes_a_layer() -> None:
    sketch = Sketch()
    last = sketch.input(1, 4)
    for index in range(2):
        last = sketch.add(f"h{index}", "Linear", "linear", (1, 4 + index), [last])
        last = sketch.add(f"a{index}", "ReLU", "activation", (1, 4 + index), [last])
    scene = drawn(sketch.graph(), "graph")
    assert len(groups(scene, "node")) == 3
    assert texts(scene).count("ReLU") == 2
