"""PNG shows what a browser makes of the SVG: the same shapes and texts at the same places.

Both are painted with two pixels per px, and with the same letters: those that the file holds.  What
remains are the edges, where each painter has a way of its own to be smooth.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import pytest
from browser.sets import DOCS
from PIL import Image, ImageChops, ImageStat

from sphinx_visualtorch import draw
from sphinx_visualtorch.graph import ArchitectureGraph
from sphinx_visualtorch.options import STYLES

if TYPE_CHECKING:
    from playwright.sync_api import Page as Tab

    from sphinx_visualtorch import Figure

MEAN = 5.0
"""The mean difference of a channel that is allowed, of 255 levels (4.2 at most when measured)."""
STRONG = 0.04
"""The share of what is painted that may differ by more than 96 levels (0.023 when measured; a
picture that is shifted by one px has 0.055 at least)."""

SCALE = 2
GROUNDS = {"light": "#ffffff", "dark": "#16191d"}
NAMES = (
    "resnet.resnet50",
    "unet.UNet",
    "vit.vit_b_16",
    "lenet.LeNet5",
    "mlp.MLP",
    "gpt2.gpt2_small",
)
FIGURES = [(name, style, "light") for name in NAMES for style in STYLES]
FIGURES += [("unet.UNet", style, "dark") for style in STYLES]


@dataclass(frozen=True, slots=True)
class Difference:
    """The *mean* over all pixels, and the share of painted ones whose difference is *strong*."""

    mean: float
    strong: float

    @property
    def is_small(self) -> bool:
        return self.mean <= MEAN and self.strong <= STRONG


def difference(one: Image.Image, other: Image.Image, ground: str) -> Difference:
    """Compare two pictures of one size on the same ground."""
    apart = strongest(one, other)
    painted = sum(strongest(other, Image.new("RGB", other.size, ground)).histogram()[24:])
    return Difference(ImageStat.Stat(apart).mean[0], sum(apart.histogram()[96:]) / painted)


def strongest(one: Image.Image, other: Image.Image) -> Image.Image:
    """Return for each pixel the difference of the channel that differs most."""
    red, green, blue = ImageChops.difference(one, other).split()
    return ImageChops.lighter(ImageChops.lighter(red, green), blue)


def moved(picture: Image.Image, x: int, y: int) -> Image.Image:
    return ImageChops.offset(picture, x * SCALE, y * SCALE)


@cache
def figure(name: str, style: str, **options: object) -> Figure:
    path, *_ = sorted(DOCS.glob(f"_visualtorch/architectures.{name}-*.json"))
    data = json.loads(path.read_text(encoding="utf-8"))["graph"]
    return draw(ArchitectureGraph.from_data(data), style, **options)


def painted(made: Figure, theme: str) -> Image.Image:
    picture = made.image(scale=SCALE, theme=theme)
    flat = Image.new("RGB", picture.size, GROUNDS[theme])
    flat.paste(picture, mask=picture.getchannel("A"))
    return flat


def shown(tab: Tab, made: Figure, theme: str) -> Image.Image:
    """Return what the browser shows of the SVG, at the size of the PNG."""
    width, height = (max(1, round(side * SCALE)) for side in (made.scene.width, made.scene.height))
    tab.set_viewport_size({"width": width, "height": height})
    stretch = made.scene.height * width / made.scene.width  # the picture has whole pixels
    style = (
        f"body{{margin:0;background:{GROUNDS[theme]}}}"
        f".vt-figure{{display:block;width:{width}px;height:{stretch}px}}"
    )
    text = made.svg(theme=theme, embed_fonts=True)
    tab.set_content(f"<!doctype html><style>{style}</style>{text}")
    tab.evaluate("document.fonts.ready")
    return Image.open(io.BytesIO(tab.screenshot())).convert("RGB")


@pytest.mark.parametrize(("name", "style", "theme"), FIGURES)
def test_png_is_what_the_browser_shows(tab: Tab, name: str, style: str, theme: str) -> None:
    made = figure(name, style)
    ours, theirs = painted(made, theme), shown(tab, made, theme)
    assert ours.size == theirs.size
    found = difference(theirs, ours, GROUNDS[theme])
    assert found.is_small, found


@pytest.mark.parametrize("style", STYLES)
def test_options_that_paint_otherwise(tab: Tab, style: str) -> None:
    made = figure("unet.UNet", style, legend=True, opacity=120, outline_width=2.5, palette="tol")
    found = difference(shown(tab, made, "light"), painted(made, "light"), GROUNDS["light"])
    assert found.is_small, found


@pytest.mark.parametrize(("x", "y"), [(1, 0), (0, 1), (-1, 0), (0, -1)])
@pytest.mark.parametrize(("name", "style"), [(name, style) for name, style, _ in FIGURES[::4]])
def test_a_picture_that_is_shifted_fails(tab: Tab, name: str, style: str, x: int, y: int) -> None:
    made = figure(name, style)
    found = difference(
        shown(tab, made, "light"), moved(painted(made, "light"), x, y), GROUNDS["light"]
    )
    assert not found.is_small, found


def test_another_picture_fails(tab: Tab) -> None:
    one, other = figure("lenet.LeNet5", "lenet"), figure("lenet.LeNet5", "lenet", opacity=200)
    theirs = shown(tab, one, "light")
    assert not difference(theirs, painted(other, "light"), GROUNDS["light"]).is_small
