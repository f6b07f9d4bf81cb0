"""An animated figure stands still where the reader wants no motion, also as a file in ``<img>``."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from browser.checker.browser import launched
from browser.sets import stored
from PIL import Image, ImageChops

from sphinx_visualtorch import draw
from sphinx_visualtorch.paint.stylesheet import stylesheet

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page as Tab

PAGE = "<!doctype html><style>body{{margin:0;background:#fff}}{}</style>{}"
STILL = "--force-prefers-reduced-motion"
"""The system's setting: what a driver emulates does not reach pictures in ``<img>``."""

STEP = 400
"""ms after which another step of an animation is there."""


@pytest.fixture(scope="module", params=["img", "inline"])
def page(request, tmp_path_factory) -> Path:
    """Return a page with an animated figure."""
    place: Path = tmp_path_factory.mktemp("motion")
    graph = next(graph for name, graph in stored().items() if "resnet50" in name)
    figure = draw(graph, "layered", animate=True)
    shown = figure.svg(inline=True)
    if request.param == "img":
        figure.save(place / "figure.svg")
        shown = '<img src="figure.svg" alt="">'
    (place / "page.html").write_text(PAGE.format(stylesheet(), shown), encoding="utf-8")
    return place / "page.html"


def changes(tab: Tab, page: Path, *flags: str) -> bool:
    """Say whether a page, just opened, looks different some steps later."""
    kind = tab.context.browser.browser_type
    with launched(kind, *flags) as browser:
        # the system's own setting, which the driver overrides unless told not to
        other = browser.new_context(reduced_motion="null").new_page()
        other.goto(page.as_uri())
        first = _picture(other)
        other.wait_for_timeout(3 * STEP)
        apart = ImageChops.difference(first, _picture(other)).getbbox()
    return apart is not None


def _picture(tab: Tab) -> Image.Image:
    return Image.open(io.BytesIO(tab.screenshot())).convert("RGB")


def test_it_moves_for_those_who_do_not_mind(tab: Tab, page: Path) -> None:
    assert changes(tab, page)


def test_it_stands_still_for_those_who_do(tab: Tab, page: Path) -> None:
    assert not changes(tab, page, STILL)
