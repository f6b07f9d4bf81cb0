"""The paper's three usage examples run unchanged, and its parameters have their effect.

W. F. Hendria and P. Gavrikov, Journal of Open Source Software 9(102), 6678, 2024; visualtorch 0.2.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from pathlib import Path
from xml.etree import ElementTree as ET

import PIL.Image
import pytest
from PIL import Image, ImageChops, ImageFont

import sphinx_visualtorch as visualtorch
from sphinx_visualtorch.errors import OptionError
from sphinx_visualtorch.options import STYLES, declared, make_options
from sphinx_visualtorch.paper import PAPER_DEFAULTS

pytestmark = pytest.mark.torch


# the usage examples


def test_usage_example_layered() -> None:
    from torch import nn

    class SimpleCNN(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv1 = nn.Conv2d(3, 16, kernel_size=3, padding=1)
            self.conv2 = nn.Conv2d(16, 32, kernel_size=3, padding=1)
            self.conv3 = nn.Conv2d(32, 64, kernel_size=3, padding=1)
            self.relu = nn.ReLU()
            self.maxpool = nn.MaxPool2d(2, 2)
            self.fc1 = nn.Linear(64 * 28 * 28, 256)
            self.fc2 = nn.Linear(256, 10)

        def forward(self, x):
            x = self.maxpool(self.relu(self.conv1(x)))
            x = self.maxpool(self.relu(self.conv2(x)))
            x = self.maxpool(self.relu(self.conv3(x)))
            x = x.view(x.size(0), -1)
            return self.fc2(self.relu(self.fc1(x)))

    model = SimpleCNN()
    input_shape = (1, 3, 224, 224)

    img = visualtorch.layered_view(model, input_shape=input_shape, legend=True)

    assert isinstance(img, PIL.Image.Image)
    # ten bodies, one before the depth of the other, 10 px from front to front: 319 × 336 in 0.2
    assert img.width == pytest.approx(319, abs=25)
    assert img.height == pytest.approx(336, abs=25)
    assert img.getpixel((0, 0)) == (255, 255, 255, 255)


def test_usage_example_lenet() -> None:
    from torch import nn

    model = nn.Sequential(
        nn.Conv2d(3, 8, kernel_size=3, padding=1),
        nn.MaxPool2d(kernel_size=2, stride=2),
        nn.Conv2d(8, 16, kernel_size=3, padding=1),
        nn.MaxPool2d(kernel_size=2, stride=2),
    )
    input_shape = (1, 3, 128, 128)

    img = visualtorch.lenet_view(model, input_shape=input_shape)

    assert isinstance(img, PIL.Image.Image)
    # a map is as high as it has rows, and each further one is 10 px lower: 986 × 344 in 0.2
    assert img.height > 128 + 7 * 10
    assert img.width == pytest.approx(986, abs=60)
    assert img.getpixel((0, 0)) == (255, 255, 255, 255)


def test_usage_example_graph() -> None:
    import torch
    from torch import nn

    class SimpleDense(nn.Module):
        def __init__(self):
            super().__init__()
            self.h0 = nn.Linear(4, 8)
            self.h1 = nn.Linear(8, 8)
            self.h2 = nn.Linear(8, 4)
            self.out = nn.Linear(4, 2)

        def forward(self, x):
            x = self.h0(x)
            x = self.h1(x)
            x = self.h2(x)
            return self.out(x)

    model = SimpleDense()
    input_shape = (1, 4)

    img = visualtorch.graph_view(model, input_shape)

    assert isinstance(img, PIL.Image.Image)
    # five columns of neurons, 50 px wide and 250 px apart; eight neurons, 10 px apart; padding 10
    assert img.size == (5 * 50 + 4 * 250 + 2 * 10, 8 * 50 + 7 * 10 + 2 * 10)
    assert isinstance(model(torch.zeros(1, 4)), torch.Tensor)
    assert model.training


@pytest.mark.parametrize("style", ["layered", "lenet", "graph"])
def test_the_manual_shows_what_the_functions_draw(style: str) -> None:
    """After a change: ``tools/paper_figures.py`` says how the pictures are made anew."""
    import torch
    from architectures import paper

    model, shape = {
        "layered": (paper.SimpleCNN, (1, 3, 224, 224)),
        "lenet": (paper.simple_lenet, (1, 3, 128, 128)),
        "graph": (paper.SimpleDense, (1, 4)),
    }[style]
    with torch.device("meta"):  # the first linear layer has 13 million weights
        net = model()
    function = getattr(visualtorch, f"{style}_view")
    made = function(net, shape, legend=style == "layered").convert("RGB")
    folder = Path(__file__).resolve().parents[1] / "example_docs" / "manual" / "paper"
    with Image.open(folder / f"{style}.png") as shown:
        assert shown.size == made.size
        # its colours are the nearest of 64
        difference = ImageChops.difference(shown.convert("RGB"), made).histogram()
        far = sum(count for value, count in enumerate(difference) if value % 256 > 40)
        assert far <= made.width * made.height // 1000


# parameters


def conv_net():
    from torch import nn

    return nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1),
        nn.Flatten(),
        nn.Linear(16 * 16 * 16, 12),
    )


def dense_net():
    from torch import nn

    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 16), nn.Linear(16, 2))


MAKE = {
    "layered": (visualtorch.layered_view, conv_net, (1, 3, 32, 32)),
    "lenet": (visualtorch.lenet_view, conv_net, (1, 3, 32, 32)),
    "graph": (visualtorch.graph_view, dense_net, (1, 4)),
}


def view(style: str, **options: object) -> PIL.Image.Image:
    function, net, shape = MAKE[style]
    return function(net(), shape, **options)


@cache
def plain(style: str, *, legend: bool = False) -> tuple[tuple[int, int], bytes]:
    image = view(style, legend=legend)
    return image.size, image.tobytes()


def colours() -> dict[type, dict[str, str]]:
    from torch import nn

    found: dict[type, dict[str, str]] = defaultdict(dict)
    found[nn.Conv2d]["fill"] = "LightSlateGray"
    found[nn.Linear]["fill"] = "#00f5d4"
    found[nn.Linear]["outline"] = "Red"
    return found


def ignored() -> list[type]:
    from torch import nn

    return [nn.ReLU, nn.Conv2d]


# each parameter of 0.2 and of its successors with a value that is not its default
VOLUMES: dict[str, object] = {
    "min_xy": 20,
    "max_xy": 15,
    "scale_z": 0.5,
    "scale_xy": 2,
    "type_ignore": ignored,
    "index_ignore": [0, 2],
    "color_map": colours,
    "background_fill": (0, 0, 128, 255),
    "padding": 40,
    "spacing": 30,
    "draw_funnel": False,
    "opacity": 100,
}
SUCCESSORS: dict[str, object] = {
    "palette": "tol",
    "show_dimension": True,
    "show_input": True,
    "outline_width": 4,
}
PARAMETERS: dict[str, dict[str, object]] = {
    "layered": {
        **VOLUMES,
        **SUCCESSORS,
        "scale_z": 2,
        "min_z": 30,
        "max_z": 40,
        "one_dim_orientation": "y",
        "low_dim_orientation": "x",
        "draw_volume": False,
        "legend": True,
    },
    "lenet": {
        **VOLUMES,
        **SUCCESSORS,
        "show_dimension": False,
        "show_input": False,
        "max_channels": 5,
        "offset_z": 3,
        "font_color": (255, 0, 0),
    },
    "graph": {
        **SUCCESSORS,
        "show_input": False,
        "type_ignore": ignored,
        "color_map": colours,
        "node_size": 20,
        "background_fill": "navy",
        "padding": 40,
        "layer_spacing": 100,
        "node_spacing": 30,
        "connector_fill": "red",
        "connector_width": 4,
        "ellipsize_after": 5,
        "show_neurons": False,
        "opacity": 100,
    },
}


@pytest.mark.parametrize(
    ("style", "name"), [(style, name) for style, names in PARAMETERS.items() for name in names]
)
def test_a_parameter_can_be_seen(style: str, name: str) -> None:
    value = PARAMETERS[style][name]
    image = view(style, **{name: value() if callable(value) else value})
    assert (image.size, image.tobytes()) != plain(style)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("font", lambda: ImageFont.load_default(30)),
        ("font_color", "red"),
        ("legend_position", "top-left"),
    ],
)
@pytest.mark.parametrize("style", ["layered", "lenet", "graph"])
def test_a_parameter_of_the_legend_can_be_seen(style: str, name: str, value) -> None:
    image = view(style, legend=True, **{name: value() if callable(value) else value})
    assert (image.size, image.tobytes()) != plain(style, legend=True)


ALL_OF_0_2: dict[str, dict[str, object]] = {
    "layered": {
        "to_file": None, "min_z": 10, "min_xy": 10, "max_z": 400, "max_xy": 2000, "scale_z": 0.1,
        "scale_xy": 1, "type_ignore": None, "index_ignore": None, "color_map": None,
        "one_dim_orientation": "z", "background_fill": "white", "draw_volume": True,
        "padding": 10, "spacing": 10, "draw_funnel": True, "shade_step": 10, "legend": False,
        "font": None, "font_color": "black", "opacity": 255,
    },
    "lenet": {
        "to_file": None, "min_z": 1, "min_xy": 10, "max_xy": 2000, "scale_z": 1, "scale_xy": 1,
        "type_ignore": None, "index_ignore": None, "color_map": None, "one_dim_orientation": "z",
        "background_fill": "white", "padding": 10, "spacing": 10, "draw_funnel": True,
        "shade_step": 10, "font": None, "font_color": "black", "opacity": 255,
        "max_channels": 100, "offset_z": 10,
    },
    "graph": {
        "to_file": None, "color_map": None, "node_size": 50, "background_fill": "white",
        "padding": 10, "layer_spacing": 250, "node_spacing": 10, "connector_fill": "gray",
        "connector_width": 1, "ellipsize_after": 10, "show_neurons": True, "opacity": 255,
    },
}  # fmt: skip
"""The signatures of visualtorch 0.2.4: each parameter with its default."""


@pytest.mark.parametrize("style", ALL_OF_0_2)
def test_all_parameters_of_0_2_at_once(style: str) -> None:
    """With the paper's defaults the picture is the one without any, but for black texts."""
    signature = dict(ALL_OF_0_2[style])
    signature.pop("font_color", None)
    image = view(style, **signature)
    assert (image.size, image.tobytes()) == plain(style)
    assert isinstance(view(style, **ALL_OF_0_2[style]), PIL.Image.Image)


@pytest.mark.parametrize("style", ALL_OF_0_2)
def test_our_defaults_for_the_papers_functions_are_the_papers(style: str) -> None:
    ours = make_options(style, PAPER_DEFAULTS[style])
    given = {**ALL_OF_0_2[style]}
    for name in ("to_file", "font_color"):  # the theme has its own black
        given.pop(name, None)
    assert make_options(style, {**PAPER_DEFAULTS[style], **given}) == ours


@pytest.mark.parametrize("style", STYLES)
def test_defaults_are_options_of_their_style(style: str) -> None:
    assert PAPER_DEFAULTS[style].keys() <= {name for name, _, _ in declared(style)}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", ["level_gap", "colour_map", "node_sizes"])
def test_unknown_parameters(style: str, name: str) -> None:
    with pytest.raises(TypeError, match=f"style '{style}' has no option '{name}'"):
        view(style, **{name: 1})


def test_every_layer_is_a_box_of_its_own() -> None:
    """The paper's functions fold, merge and wrap nothing."""
    from torch import nn

    model = nn.Sequential(*[nn.Sequential(nn.Linear(4, 4), nn.ReLU()) for _ in range(9)])
    width = visualtorch.layered_view(model, (1, 4)).width
    # 18 boxes of at least 10 px and 17 gaps of 10 px
    assert width >= 18 * 10 + 17 * 10
    half = visualtorch.layered_view(model[:5], (1, 4)).width
    assert width - half == pytest.approx((width - 10) * 8 / 18, rel=0.1)


def test_functions_that_reshape_are_no_layers() -> None:
    from torch import nn

    class Reshaping(nn.Module):
        def __init__(self, *, between: nn.Module | None = None):
            super().__init__()
            self.conv, self.linear, self.between = nn.Conv2d(1, 2, 1), nn.Linear(32, 2), between

        def forward(self, x):
            y = self.conv(x)
            y = y.view(1, -1) if self.between is None else self.between(y)
            return self.linear(y)

    shape = (1, 1, 4, 4)
    function = visualtorch.layered_view(Reshaping(), shape)
    module = visualtorch.layered_view(Reshaping(between=nn.Flatten()), shape)
    left_out = visualtorch.layered_view(
        Reshaping(between=nn.Flatten()), shape, type_ignore=[nn.Flatten]
    )
    assert function.tobytes() == left_out.tobytes()
    assert module.width > function.width
    only = visualtorch.graph_view(nn.Unflatten(1, (2, 2)), (1, 4))
    assert isinstance(only, PIL.Image.Image)


def test_ignored_layers_are_not_drawn() -> None:
    from torch import nn

    with_relu, without = conv_net(), view("layered", type_ignore=[nn.ReLU])
    assert without.width < visualtorch.layered_view(with_relu, (1, 3, 32, 32)).width
    assert without.tobytes() == view("layered", index_ignore=[1]).tobytes()


def test_a_colour_of_the_map_is_in_the_picture() -> None:
    from torch import nn

    wanted = (0, 245, 212)
    for style in ("graph", "layered"):
        found = view(style, color_map={nn.Linear: {"fill": "#00f5d4"}}).convert("RGB")
        seen = {colour for _, colour in found.getcolors(maxcolors=1 << 20)}
        assert any(
            all(abs(a - b) <= 1 for a, b in zip(colour, wanted, strict=True)) for colour in seen
        )


def test_several_inputs_and_their_types() -> None:
    import zoo

    shapes = ((1, 5), (1, 5, 8))
    one = visualtorch.graph_view(zoo.MixedInputs(), shapes, input_dtype=("long", "float"))
    two = visualtorch.layered_view(zoo.MixedInputs(), input_shape=shapes, input_dtype="long; float")
    assert isinstance(one, PIL.Image.Image)
    assert isinstance(two, PIL.Image.Image)


# files


@pytest.mark.parametrize("style", STYLES)
def test_to_file(style: str, tmp_path: Path) -> None:
    path = tmp_path / "net.png"
    function, net, shape = MAKE[style]
    image = function(net(), shape, str(path))
    with Image.open(path) as read:
        assert read.convert("RGBA").tobytes() == image.tobytes()


@pytest.mark.parametrize(
    ("suffix", "kind"), [("jpg", "JPEG"), ("JPEG", "JPEG"), ("gif", "GIF"), ("webp", "WEBP")]
)
@pytest.mark.parametrize("background", ["white", "none"])
def test_the_suffix_is_the_format(suffix: str, kind: str, background: str, tmp_path: Path) -> None:
    path = tmp_path / f"net.{suffix}"
    image = view("graph", to_file=path, background_fill=background)
    with Image.open(path) as read:
        assert read.format == kind
        assert read.size == image.size
        if kind == "JPEG":  # what is transparent is white there, not black
            assert min(read.convert("RGB").getpixel((0, 0))) > 250


def test_to_an_svg_file(tmp_path: Path) -> None:
    path = tmp_path / "net.svg"
    image = view("graph", to_file=path)
    root = ET.fromstring(path.read_text(encoding="utf-8"))
    assert root.get("class") == "vt-figure"
    assert float(root.get("width", "0").removesuffix("px")) == pytest.approx(image.width, abs=1)


@pytest.mark.parametrize("name", ["net", "net.foo", "net."])
def test_suffixes_that_are_no_format(name: str, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"a suffix that Pillow writes is wanted"):
        view("graph", to_file=tmp_path / name)
    assert list(tmp_path.iterdir()) == []
