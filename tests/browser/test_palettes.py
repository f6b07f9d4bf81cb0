"""All palettes and themes: what is said of colours holds for each of them, in light and dark."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from browser.checker.browser import look
from browser.checker.rules import COLOURS, check_figure
from browser.sets import gallery, stored

from sphinx_visualtorch.options import PRESETS
from sphinx_visualtorch.theme import PALETTES

if TYPE_CHECKING:
    from pathlib import Path

    from browser.checker.figure import Figure
    from playwright.sync_api import Page as Tab

SHOWN = ("lenet.LeNet5", "autoencoder.Autoencoder", "vit.Block", "resnet.BasicBlock", "unet.UNet")
GREY = ("print", "grayscale")
"""Palettes whose roles are told by words and lightness: no seventeen greys can be told apart."""

LOOKS = {
    **{name: {"palette": name} for name in PALETTES},
    **{f"the theme {name}": {"theme": name} for name in PRESETS},
    "overlap": {
        "styles": ["layered"],
        "overlap": True,
        "max_width": "auto",
        "show_dimension": False,
        "spacing": 12,
    },
}


@pytest.fixture(scope="module", params=LOOKS)
def figures(request, tab: Tab, tmp_path_factory) -> tuple[str, list[Figure]]:
    """Return the name of a look and its figures on all screens."""
    place: Path = tmp_path_factory.mktemp("palette") / "page.html"
    graphs = {name: it for name, it in stored().items() if any(one in name for one in SHOWN)}
    gallery(place, graphs, legend=True, **LOOKS[request.param])
    pages = [page for _, page in look(tab, place.as_uri(), request.param)]
    return request.param, [figure for page in pages for figure in page.figures]


@pytest.mark.parametrize("rule", COLOURS)
def test_every_palette_can_be_read(figures: tuple[str, list[Figure]], rule: str) -> None:
    name, shown = figures
    if rule == "colour-blind" and (name in GREY or name == "the theme paper"):
        test_boxes_have_words(figures)
        return
    assert [str(found) for figure in shown for found in check_figure(figure, [rule])] == []


def test_boxes_have_words(figures: tuple[str, list[Figure]]) -> None:
    """Colour is never all that tells what a box is: there are words at it, or a sign in it."""
    for figure in figures[1]:
        told = {text.node for text in figure.texts}
        told |= {shape.node for shape in figure.shapes if shape.fill == "none"}
        assert {node for node, _ in figure.bodies} <= told, figure.name
