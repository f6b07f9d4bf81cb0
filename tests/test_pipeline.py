"""The whole line: from a graph or a model to a picture that is true."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from PIL import Image
from sketch import Sketch, residual, spec

from sphinx_visualtorch.errors import InputsError, NotAModelError, OptionError, TraceError
from sphinx_visualtorch.graph import ArchitectureGraph
from sphinx_visualtorch.options import STYLES, declared, make_options
from sphinx_visualtorch.pipeline import Figure, draw, figure, key, trace
from sphinx_visualtorch.transforms.prepare import prepare

SVG = "{http://www.w3.org/2000/svg}"


def boxes(made: Figure) -> list[dict[str, str]]:
    """Return the attributes of the boxes in the SVG text: the open interface."""
    root = ET.fromstring(made.svg())
    return [dict(g.attrib) for g in root.iter(f"{SVG}g") if "vt-node" in g.get("class", "")]


def calls(made: Figure) -> int:
    return sum(int(box["data-calls"]) for box in boxes(made))


def flops(made: Figure) -> int:
    return sum(int(box["data-flops"]) for box in boxes(made))


def root_of(made: Figure) -> dict[str, str]:
    return dict(ET.fromstring(made.svg()).attrib)


def dense(*sizes: int) -> ArchitectureGraph:
    sketch = Sketch(name="Dense")
    last = sketch.input(1, sizes[0])
    for index, size in enumerate(sizes[1:]):
        last = sketch.add(f"h{index}", "Linear", "linear", (1, size), [last], parameters=size)
    return sketch.graph()


def mixed() -> ArchitectureGraph:
    """Return a graph in which every option has something to change."""
    sketch = Sketch(name="Mixed")
    last = sketch.input(1, 3, 64, 64)
    kernel = (("kernel_size", "(3, 3)"), ("out_channels", "16"))
    shape = (1, 16, 32, 32)
    conv = sketch.add("conv1", "Conv2d", "convolution", shape, [last], attributes=kernel)
    norm = sketch.add("norm", "BatchNorm2d", "normalisation", shape, [conv], parameters=32)
    left = sketch.add("left", "Conv2d", "convolution", shape, [norm], attributes=kernel)
    right = sketch.add("right", "Conv2d", "convolution", shape, [norm], attributes=kernel)
    both = sketch.add("cat", "cat", "merge", (1, 32, 32, 32), [left, right], op="function")
    total = sketch.add("add", "add", "merge", (1, 32, 32, 32), [both, norm], op="function")
    for index in range(4):
        sketch.scope(f"block{index}")
        where = (f"block{index}.conv", "Conv2d", "convolution", (1, 32, 32, 32), [total])
        total = sketch.add(*where, attributes=kernel)
        total = sketch.add(f"block{index}.act", "ReLU", "activation", (1, 32, 32, 32), [total])
    last = sketch.add("pool", "MaxPool2d", "pooling", (1, 32, 4, 4), [total])
    last = sketch.add("flat", "flatten", "reshape", (1, 512), [last], op="function")
    last = sketch.add("drop", "Dropout", "dropout", (1, 512), [last])
    sketch.add("fc", "Linear", "linear", (1, 200), [last], parameters=9)
    return sketch.graph()


# figures of graphs


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("blocks", [1, 3, 60])
def test_a_figure_without_options(style: str, blocks: int) -> None:
    graph = residual(blocks, stages=4)
    made = draw(graph, style)
    assert 3 <= len(boxes(made)) <= 42
    assert calls(made) == graph.calls
    assert made.scene.width <= 640
    root = root_of(made)
    assert root["class"] == "vt-figure"
    assert root["data-model"] == "Net"
    assert root["data-style"] == style
    assert root["data-digest"] == graph.digest
    assert root["data-params"] == str(graph.parameters)


def test_the_first_style_is_layered() -> None:
    assert draw(residual(1)) == draw(residual(1), "layered") == draw(residual(1), "Flow")


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(
    "options",
    [
        *({"depth": depth} for depth in range(4)),
        *({"budget": budget} for budget in (1, 2, 5, 100)),
        {"fold": False, "depth": 9},
        {"merge": False, "depth": 9},
        {"merge": False, "fold": False},
        {"ignore": "BatchNorm2d, activation, add"},
        {"ignore": "Conv2d, BatchNorm2d, ReLU, Linear, add"},
        {"index_ignore": "0, 1, 2"},
        {"show_input": False},
        {"max_width": "auto"},
        {"max_width": 120},
    ],
    ids=str,
)
def test_no_option_loses_a_call(style: str, options: dict[str, object]) -> None:
    graph = residual(5, stages=2)
    made = draw(graph, style, **options)
    assert calls(made) == graph.calls
    assert root_of(made)["data-params"] == str(graph.parameters)


@pytest.mark.parametrize("style", STYLES)
def test_odd_graphs_are_drawn(style: str) -> None:
    sketch = Sketch(name="Odd <&> \N{SNOWMAN} \ud800 \0")
    last = sketch.input()
    last = sketch.add("a", "K", "linear", (), [last], parameters=2**62)
    last = sketch.add("b", "K" * 500, "no such role", (0, 0), [last])
    last = sketch.add("c", "K", "convolution", (10**18,) * 4, [last])
    sketch.add("d", "K", "linear", tuple(range(1, 20)), [last])
    graph = sketch.graph()
    for options in ({}, {"depth": 9, "merge": False}, {"legend": True, "font": "40px"}):
        made = draw(graph, style, **options)
        ET.fromstring(made.svg().encode())
        assert calls(made) == 4
        assert made.image(scale=0.5).width > 20


@pytest.mark.parametrize("style", STYLES)
def test_graphs_of_next_to_nothing_are_drawn(style: str) -> None:
    alone = Sketch()
    alone.input(1, 3)
    empty = ArchitectureGraph(name="Net", scopes=tuple(alone.scopes.values()), nodes=(), edges=())
    assert boxes(draw(empty, style)) == []
    assert draw(empty, style).image().width > 0
    for options in ({}, {"show_input": False}, {"depth": 0}):
        assert len(boxes(draw(alone.graph(), style, **options))) == 1


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("size", ["least", "most"])
def test_the_ends_of_all_ranges_are_drawn(style: str, size: str) -> None:
    for name, default, _ in declared(style):
        if isinstance(default, bool) or not isinstance(default, int | float):
            continue
        for value in (0, 1, 4, 120) if size == "least" else (100_000, 1_000, 255, 50, 10):
            try:
                made = draw(residual(1), style, **{name: value})
            except OptionError:
                continue
            assert calls(made) == residual(1).calls
            assert made.scene.width > 0
            break
        else:
            raise AssertionError(name)


def test_prepare_returns_the_boxes() -> None:
    graph = residual(3)
    prepared = prepare(graph, "graph", make_options("graph", {"depth": 1})).graph
    prepared.check()
    assert [node.id for node in prepared.nodes] == ["input", "stem", "layer0", "fc"]
    every = {"depth": 9, "merge": False, "fold": False}
    assert prepare(graph, "graph", make_options("graph", every)).graph == graph


# files and notebooks


@pytest.fixture
def made() -> Figure:
    return draw(residual(2), "graph")


def test_nothing_is_drawn_before_it_is_asked_for() -> None:
    lazy = figure(residual(1), "graph", make_options("graph", {}))
    assert "scene" not in vars(lazy)
    assert lazy.scene is lazy.scene


def test_svg(made: Figure) -> None:
    assert ET.fromstring(made.svg()).tag == f"{SVG}svg"
    assert made.svg() == made.svg()
    assert made.svg(theme="dark") != made.svg()
    assert 'id="page-' in made.svg(inline=True, prefix="page-")
    links = {"torch.nn.Linear": "https://example.org/linear"}
    sketch = Sketch()
    last = sketch.input(1, 4)
    sketch.add("fc", "Linear", "linear", (1, 2), [last], target="torch.nn.Linear")
    linked = draw(sketch.graph(), "graph")
    assert "example.org" in linked.svg(inline=True, links=links)
    assert "example.org" not in linked.svg(inline=True)


def test_png_and_image(made: Figure) -> None:
    for scale in (0.5, 1.0, 2.0, 3.0):
        image = made.image(scale=scale)
        assert image.width == pytest.approx(made.scene.width * scale, abs=1)
        assert image.height == pytest.approx(made.scene.height * scale, abs=1)
    assert made.png().startswith(b"\x89PNG\r\n")
    assert made.png() == made.png()
    assert made.png(theme="dark") != made.png()
    assert made.image(theme="dark").tobytes() != made.image().tobytes()


@pytest.mark.parametrize("scale", [0, -1, float("nan"), float("inf"), 1e9])
def test_scales_that_make_no_picture(made: Figure, scale: float) -> None:
    for paint in (made.png, made.image, made.gif):
        with pytest.raises(OptionError, match="option 'scale'"):
            paint(scale=scale)


def test_no_such_theme(made: Figure) -> None:
    for paint in (made.svg, made.png, made.image, made.pdf, made.gif):
        with pytest.raises(OptionError, match="one of light, dark is wanted"):
            paint(theme="sepia")


def test_notebooks_show_a_figure_by_itself(made: Figure) -> None:
    assert made._repr_svg_() == made.svg()
    assert made._repr_png_() == made.png()


@pytest.mark.parametrize("name", ["net.svg", "net.SVG", "net.png", "a.b.Png", "net.pdf", "n.gif"])
def test_saving_by_suffix(made: Figure, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    assert made.save(path) == path
    paint = {"svg": lambda: made.svg().encode(), "png": made.png, "pdf": made.pdf, "gif": made.gif}
    assert path.read_bytes() == paint[name.lower()[-3:]]()
    assert made.save(str(path)) == path
    assert [item.name for item in tmp_path.iterdir()] == [name]


def test_saving_svg_in_another_way(made: Figure, tmp_path: Path) -> None:
    path = made.save(tmp_path / "net.svg", animated=True, embed_fonts=True)
    written = path.read_bytes()
    assert written == made.svg(animated=True, embed_fonts=True).encode()
    assert b"vt-step" in written
    assert b"font/woff" in written


def test_saving_in_another_scale(made: Figure, tmp_path: Path) -> None:
    with Image.open(made.save(tmp_path / "net.png", scale=1.0)) as image:
        assert image.width == pytest.approx(made.scene.width, abs=1)


@pytest.mark.parametrize("name", ["net", "net.jpg", "net.svgz", "net.", ".svg", "net.png.gz"])
def test_suffixes_that_are_no_format(made: Figure, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with pytest.raises(OptionError, match=r"\.svg, \.png, \.pdf or \.gif is wanted"):
        made.save(path)
    assert list(tmp_path.iterdir()) == []
    path.write_text("mine")
    with pytest.raises(OptionError):
        made.save(path)
    assert path.read_text() == "mine"
    assert "scene" not in vars(made)


def test_the_words_for_those_who_cannot_see() -> None:
    made = draw(residual(2))
    assert made.alt == "Architecture of Net: 8 layers, 314 parameters, input 1×3×32×32"
    assert made.scene.description == made.alt


# keys


def test_equal_figures_have_equal_keys() -> None:
    one, two = draw(residual(2), "flow", padding=3), draw(residual(2), "layered", padding="3")
    assert one == two
    assert one.key == two.key
    assert re.fullmatch("[0-9a-f]{32}", one.key)
    assert one.key == key(one.graph, one.style, one.options)


def test_a_key_changes_with_whatever_the_picture_depends_on() -> None:
    keys = [draw(graph, style).key for graph in (residual(2), residual(3)) for style in STYLES]
    for style in STYLES:
        for name, value in EFFECTS[style].items():
            keys.append(draw(residual(2), style, **{name: value}).key)
    assert len(set(keys)) == len(keys)


# a value for each option that can be seen on the mixed model, or on the dense one
COMMON: dict[str, object] = {
    "depth": 1,
    "budget": 4,
    "ignore": "Conv2d",
    "index_ignore": "0, 1",
    "fold": False,
    "merge": False,
    "label": "none",
    "max_width": 300,
    "palette": "tol",
    "color_map": "Conv2d=red/blue, Linear=green",
    "background_fill": "navy",
    "opacity": 80,
    "outline_width": 4,
    "padding": 50,
    "legend": True,
    "show_input": False,
    "show_dimension": False,
    "font": "14px",
    "font_color": "red",
    "connector_fill": "red",
    "connector_width": 5,
}
VOLUMES: dict[str, object] = {
    **COMMON,
    "scale": "linear",
    "min_xy": 60,
    "max_xy": 60,
    "scale_z": 0.4,
    "scale_xy": 0.4,
    "spacing": 60,
    "draw_funnel": False,
    "shade_step": 40,
    "one_dim_orientation": "x",
}
EFFECTS: dict[str, dict[str, object]] = {
    "layered": {
        **VOLUMES,
        "min_z": 40,
        "max_z": 20,
        "draw_volume": False,
        "overlap": True,
        "one_dim_orientation": "y",
    },
    "lenet": {**VOLUMES, "min_z": 60, "max_channels": 3, "offset_z": 15},
    "graph": {
        **COMMON,
        "node_size": 60,
        "layer_spacing": 60,
        "node_spacing": 60,
        "ellipsize_after": 3,
        "show_neurons": False,
    },
}
DENSE = {"ellipsize_after", "show_neurons"}


@pytest.mark.parametrize(
    ("style", "name"), [(style, name) for style, names in EFFECTS.items() for name in names]
)
def test_an_option_can_be_seen(style: str, name: str) -> None:
    graph = dense(4, 8, 6) if name in DENSE else mixed()
    other = draw(graph, style, **{name: EFFECTS[style][name]})
    assert pixels(draw(graph, style)) != pixels(other)


@cache
def pixels(made: Figure) -> bytes:
    return made.image(scale=0.5).tobytes()


@pytest.mark.parametrize("position", ["bottom-left", "bottom-right", "top", "top-left"])
def test_a_legends_place_can_be_seen(position: str) -> None:
    plain = draw(residual(2), "graph", legend=True)
    other = draw(residual(2), "graph", legend=True, legend_position=position)
    assert pixels(plain) != pixels(other)


def test_a_font_family_is_for_browsers() -> None:
    assert "Fira Sans" in draw(residual(1), font="Fira Sans").svg()


# errors


@pytest.mark.parametrize(
    ("style", "name", "near"),
    [
        ("layered", "spaceing", "spacing"),
        ("layered", "typeignore", "type_ignore"),
        ("lenet", "max_chanels", "max_channels"),
        ("graph", "node_sise", "node_size"),
        ("graph", "Node_Size", "node_size"),
    ],
)
def test_an_unknown_option_is_a_type_error_that_lists_near_names(
    style: str, name: str, near: str
) -> None:
    with pytest.raises(TypeError, match=f"'{style}' has no option '{name}'; did you mean .*{near}"):
        draw(residual(1), style, **{name: 1})


def test_an_unknown_style_lists_all() -> None:
    with pytest.raises(OptionError, match="one of layered, lenet, graph, flow is wanted"):
        draw(residual(1), "layers")


def test_a_bad_value_says_what_is_wanted() -> None:
    with pytest.raises(ValueError, match="'padding' cannot be -1: a number from 0 to 100,000"):
        draw(residual(1), padding=-1)


@pytest.mark.parametrize(
    "inputs", [{"input_shape": (1, 2)}, {"input_dtype": "long"}, {"args": ()}, {"kwargs": {}}]
)
def test_a_graph_has_its_inputs(inputs: dict[str, object]) -> None:
    with pytest.raises(InputsError, match="inputs are given with a graph"):
        draw(residual(1), **inputs)


# models


@pytest.fixture
def net() -> Iterator[object]:
    """Return a small model, in training, as authors hand it over."""
    from torch import nn

    model = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 4))
    yield model
    assert model.training


@pytest.mark.torch
def test_the_ways_to_say_inputs_agree(net) -> None:
    import torch

    x = torch.zeros(1, 8)
    graph = trace(net, (1, 8))
    assert graph.nodes[0].outputs == (spec(1, 8),)
    for other in (
        trace(net, "1, 8"),
        trace(net, "1x8", "float32"),
        trace(net, [[1, 8]]),
        trace(net, input_shape=(1, 8), input_dtype=torch.float32),
        trace(net, args=(x,)),
        trace(net, args=[x]),
        trace(net, kwargs={"input": x}),
        trace(net, args=(x,), kwargs={}),
    ):
        assert other == graph
    one = draw(net, "graph", input_shape=(1, 8), padding=3)
    assert one == draw(net, "graph", args=(x,), padding=3) == draw(graph, "graph", padding=3)
    assert one == draw(net, "graph", kwargs={"input": x}, padding=3)


@pytest.mark.torch
def test_several_inputs_and_their_types() -> None:
    import torch
    import zoo

    by_shape = trace(zoo.MixedInputs(), ((1, 5), (1, 5, 8)), ("long", "float"))
    assert [node.outputs[0].dtype for node in by_shape.nodes[:2]] == ["int64", "float32"]
    ids, x = torch.zeros(1, 5, dtype=torch.long), torch.zeros(1, 5, 8)
    assert trace(zoo.MixedInputs(), args=(ids, x)) == by_shape
    assert trace(zoo.MixedInputs(), "1,5; 1,5,8", "long; float") == by_shape
    assert trace(zoo.LongInput(), (1, 5), "long").nodes[0].outputs == (spec(1, 5, dtype="int64"),)


@pytest.mark.torch
@pytest.mark.parametrize(
    ("inputs", "error", "words"),
    [
        ({"input_shape": (1, 8), "args": ()}, InputsError, "at once"),
        ({"input_shape": (1, 8), "kwargs": {}}, InputsError, "at once"),
        ({"input_dtype": "long", "args": ()}, InputsError, "at once"),
        ({"args": (), "kwargs": {"x": None}}, InputsError, "do not fit"),
        ({"args": "x"}, InputsError, r"args=\(x,\) for one argument"),
        ({"input_dtype": "long"}, ValueError, "without an input shape"),
        ({"input_shape": (1, 8), "input_dtype": ("long", "long")}, ValueError, "2 element types"),
        ({"input_shape": (1, 8), "input_dtype": "longer"}, ValueError, "no element type"),
        ({"input_shape": "batch"}, ValueError, "whole numbers"),
        ({"input_shape": (2**40, 2**40)}, ValueError, "so many elements"),
        ({"input_shape": (1, 9)}, TraceError, "1×9"),
        ({"input_shape": ((1, 8), (1, 8))}, InputsError, "do not fit"),
    ],
)
def test_inputs_that_do_not_fit(net, inputs, error: type[Exception], words: str) -> None:
    for call in (trace, draw):
        with pytest.raises(error, match=words):
            call(net, **inputs)


@pytest.mark.torch
def test_inputs_that_nobody_names_are_found(net) -> None:
    from torch import nn

    assert trace(net) == trace(net, (1, 8))
    with pytest.raises(InputsError, match="needs 'input' and no inputs are given"):
        trace(nn.ReLU())


@pytest.mark.torch
def test_a_tensor_is_no_list_of_arguments(net) -> None:
    import torch

    for call in (trace, draw):
        with pytest.raises(InputsError, match="args is of type 'Tensor'"):
            call(net, args=torch.zeros(2, 8))


@pytest.mark.torch
@pytest.mark.parametrize("thing", [None, 5, "pkg.models:net", object()])
def test_what_is_no_model(thing: object) -> None:
    with pytest.raises(NotAModelError, match=type(thing).__name__):
        draw(thing, input_shape=(1, 8))  # type: ignore[arg-type]


@pytest.mark.torch
def test_a_class_is_no_model() -> None:
    from torch import nn

    with pytest.raises(NotAModelError):
        trace(nn.ReLU, (1, 8))  # type: ignore[arg-type]


@pytest.mark.torch
def test_options_are_read_before_the_model_is_run() -> None:
    def run(*_: object) -> None:
        raise AssertionError

    from torch import nn

    model = nn.ReLU()
    model.forward = run  # type: ignore[method-assign]
    with pytest.raises(TypeError, match="has no option"):
        draw(model, input_shape=(1, 8), colour="red")
    with pytest.raises(OptionError):
        draw(model, "layers", input_shape=(1, 8))


# the truth: what is drawn is what plain hooks see

ZOO = [
    *("chain", "branch", "residual", "dead_end", "unused", "shared_twice", "shared_container"),
    *("reused_relu", "tied_weights", "loop", "named", "interleaved", "nested", "two_inputs"),
    *("mixed_inputs", "no_parameters", "functional", "tokens", "normed", "noise", "states"),
    *("attends", "encodes", "in_place", "on_the_fly", "mode_branch", "hooked", "deep", "blocks"),
    *("long_name", "non_ascii", "markup", "control", "surrogate", "keyword_only", "dict_input"),
]


def counted(model, args: tuple[object, ...], kwargs: dict[str, object]) -> int:
    """Return how many module calls there are during which no other module is called."""
    from torch import nn

    running: list[bool] = []  # whether the calls under way have been leaves so far
    leaves: list[nn.Module] = []

    def enter(*_: object) -> None:
        running[:] = [False] * len(running)
        running.append(True)

    def leave(module: nn.Module, *_: object) -> None:
        if running.pop():
            leaves.append(module)

    # global ones see modules that a forward makes; own ones keep torch from fusing encoders
    hooks = nn.modules.module
    handles = [
        hooks.register_module_forward_pre_hook(enter),
        hooks.register_module_forward_hook(leave),
        *(module.register_forward_hook(lambda *_: None) for module in model.modules()),
    ]
    try:
        model(*args, **kwargs)
    finally:
        for handle in handles:
            handle.remove()
    # a model without layers is no layer of its own
    return sum(module is not model for module in leaves)


@pytest.mark.torch
@pytest.mark.parametrize("name", ZOO)
def test_figures_are_true(name: str) -> None:
    import torch
    from tracing.flows import REFERENCES

    from sphinx_visualtorch.tracing.inputs import from_function, from_shapes
    from sphinx_visualtorch.tracing.resolve import find, maker

    reference = REFERENCES[name]
    model = maker(find(reference.target), reference)().eval()
    if reference.inputs:
        inputs = from_function(find(reference.inputs), "")
    else:
        inputs = from_shapes(reference.input_shape, reference.input_dtype)
    real = inputs.on(torch.device("cpu"))
    with torch.no_grad():
        leaves = counted(model, real.args, real.kwargs)
    total = sum(parameter.numel() for parameter in model.parameters())
    graph = trace(model, args=real.args, kwargs=real.kwargs)
    assert graph.calls == leaves
    for style in STYLES:
        for options in ({}, {"depth": 1}, {"depth": 99, "merge": False, "fold": False}):
            made = draw(graph, style, **options)
            assert calls(made) == leaves
            assert root_of(made)["data-params"] == str(total)
            assert flops(made) == sum(node.flops for node in graph.nodes)
            if not options:
                assert len(boxes(made)) <= 42


def test_a_graph_and_a_figure_are_one_line_in_a_console() -> None:
    graph = residual(2)
    line = "<ArchitectureGraph Net: 11 nodes, 8 layers, 314 parameters>"
    assert repr(graph) == line
    assert repr(draw(graph, "graph")) == f"<Figure graph of {line}>"


@pytest.mark.torch
def test_what_people_type_first() -> None:
    """A class for a model, a tensor for its shape: the message says what to write."""
    torch = pytest.importorskip("torch")
    with pytest.raises(
        NotAModelError, match=r"the class 'Linear', not an instance of it; .*Net\(\)"
    ):
        trace(torch.nn.Linear, input_shape=(1, 8))
    with pytest.raises(InputsError, match=r"give it as args=\(x,\)"):
        trace(torch.nn.Linear(8, 8), torch.zeros(1, 8))


@pytest.mark.parametrize("links", [5, ["torch.nn.Linear"], {"torch.nn.Linear": 5}, "nn.Linear"])
def test_links_that_are_no_addresses(links: Any) -> None:
    drawn = draw(residual(1), "graph")
    for write in (drawn.svg, drawn.pdf):
        with pytest.raises(OptionError, match=r"'links'.*from import paths to addresses"):
            write(links=links)
