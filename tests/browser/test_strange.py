"""Figures in pages of themes that nobody has tried: their switches, and their rules for all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from projects import Project, chain

from sphinx_visualtorch.listing import Catalogue, Listed, Listing
from sphinx_visualtorch.reference import Reference

if TYPE_CHECKING:
    from playwright.sync_api import Page as Tab

PAGE = """\
Models
======

.. visualtorch:: models:Net
   :input-shape: 1, 8
   :table:

   A caption.

.. visualtorch:: models:Net
   :input-shape: 1, 8
   :style: graph
   :links: none
   :table: all

.. visualtorch-gallery::
   :input-shape: 1, 8

   models:Net
   models:Net2
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    project = Project(tmp_path_factory.mktemp("strange"))
    project.write("models.py", "raise RuntimeError\n")
    project.write("index.rst", PAGE)
    names = ("models:Net", "models:Net2")
    for name in names:
        project.keep(Reference.parse(name, input_shape="1, 8"), chain(), "models.py")
    known = [Listed(name=name, target=name, summary="A net.") for name in names]
    catalogue = Catalogue(kind="references", names=names)
    project.keep_listing(catalogue, Listing(models=tuple(known)), "models.py")
    done = project.build("-W")
    assert done.code == 0, done.warnings
    return done.out.joinpath("index.html").as_uri()


def opened(tab: Tab, page: str, width: int = 1280) -> None:
    tab.set_viewport_size({"width": width, "height": 800})
    tab.emulate_media(color_scheme="light", reduced_motion="reduce")
    tab.goto(page)


INK = """() => {
    const texts = document.querySelectorAll(".vt-figure g.vt-node text");
    return [...texts].map(text => getComputedStyle(text).fill);
}"""
SHOWN = """() => [...document.querySelectorAll(".vt-card-picture img")].filter(
    image => image.getBoundingClientRect().width).map(image => image.className)"""

SWITCHES = [
    "document.documentElement.dataset.theme = 'dark'",
    "document.body.dataset.theme = 'dark'",
    "document.body.dataset.mdColorScheme = 'slate'",
    "document.documentElement.dataset.mode = 'dark'",
    "document.documentElement.dataset.bsTheme = 'dark'",
    "document.documentElement.dataset.colorMode = 'dark'",
    "document.documentElement.className = 'js dark'",
    "document.body.className = 'theme-dark'",
    "document.body.className = 'dark-mode'",
    # what a page tells the browser for its scroll bars
    "document.documentElement.style.colorScheme = 'dark'",
]


@pytest.mark.parametrize("switch", SWITCHES)
def test_a_figure_follows_the_switch(tab: Tab, page: str, switch: str) -> None:
    opened(tab, page)
    light, thumbnails = tab.evaluate(INK), tab.evaluate(SHOWN)
    assert all("vt-light" in shown for shown in thumbnails)
    tab.evaluate(switch)
    dark, thumbnails = tab.evaluate(INK), tab.evaluate(SHOWN)
    assert len(light) == len(dark) > 5
    assert all(before != after for before, after in zip(light, dark, strict=True))
    assert len(thumbnails) == 2
    assert all("vt-dark" in shown for shown in thumbnails)


def test_dark_figures_are_light_on_paper(tab: Tab, page: str) -> None:
    opened(tab, page)
    light = tab.evaluate(INK)
    tab.evaluate("document.documentElement.style.colorScheme = 'dark'")
    assert tab.evaluate(INK) != light
    tab.emulate_media(media="print")
    assert tab.evaluate(INK) == light
    tab.emulate_media(media="screen")


WORDS = """() => [...document.querySelectorAll(".vt-figure text")].map(text => {
    const style = getComputedStyle(text), root = text.ownerSVGElement.getBoundingClientRect();
    const link = text.closest("a"), box = text.getBoundingClientRect();
    const round = value => Math.round(value * 10) / 10;
    return [text.textContent, round(box.x - root.x), round(box.width), style.fontWeight,
            style.textShadow, style.fontStyle, link && getComputedStyle(link).textDecorationLine];
})"""
# said of the page by sphinxdoc, nefertiti, groundwork, haiku, agogo and sphinxawesome, and by pages
# in Arabic
RULES = """
body {letter-spacing: -.05em; word-spacing: 1em; font-weight: 300; font-style: italic;
      text-transform: uppercase; text-shadow: 0 1px 3px red; direction: rtl;
      font-variant: small-caps}
html body a, div.body a:link {font-weight: bold; text-decoration: underline;
      text-decoration-line: underline}
article svg, html body svg {fill: currentColor}
"""


def test_what_a_theme_says_of_texts_and_links_is_not_taken_over(tab: Tab, page: str) -> None:
    opened(tab, page)
    before = tab.evaluate(WORDS)
    assert len(before) > 10
    assert any(link == "none" for *_, link in before)
    fill = "getComputedStyle(document.querySelector('.vt-figure path')).fill"
    ground = tab.evaluate(fill)
    tab.add_style_tag(content=RULES)
    assert tab.evaluate("getComputedStyle(document.body).direction") == "rtl"
    assert tab.evaluate(WORDS) == before
    assert tab.evaluate(fill) == ground


def test_a_table_does_not_widen_a_narrow_page(tab: Tab, page: str) -> None:
    opened(tab, page, 400)
    tab.add_style_tag(content="table.docutils td {padding: 2em; white-space: nowrap}")
    table = "document.querySelector('table.visualtorch-table').getBoundingClientRect().width"
    assert tab.evaluate(table) > 400
    assert tab.evaluate("document.documentElement.scrollWidth") <= 400


# haiku has bullets as grounds; immaterial, lists that are blocks
LISTS = """
div.body ul > li {background: red; padding-left: 5em; margin-left: 2em}
.body .section ul:not([hidden]), .body section ul:not([hidden]) {display: flow-root}
div.body p {text-align: justify}
"""
CARDS = """() => [...document.querySelectorAll(".vt-card")].map(card => {
    const box = card.getBoundingClientRect(), style = getComputedStyle(card);
    const text = getComputedStyle(card.querySelector("p"));
    return [box.x, box.y, box.width, style.backgroundColor, style.paddingLeft, text.textAlign];
})"""


def test_what_a_theme_says_of_lists_is_not_taken_over_by_cards(tab: Tab, page: str) -> None:
    opened(tab, page)
    before = tab.evaluate(CARDS)
    assert len(before) == 2
    tab.add_style_tag(content=LISTS)
    assert tab.evaluate(CARDS) == before


def test_what_is_scrolled_is_reached_without_a_mouse(tab: Tab, page: str) -> None:
    """Also where there are no links."""
    opened(tab, page, 320)
    tab.add_style_tag(content=".vt-figure {width: 700px !important; max-width: none !important}")
    tab.add_style_tag(content="table.docutils td {padding: 2em; white-space: nowrap}")
    wide = "[...document.querySelectorAll('.vt-picture,.vt-table')]"
    assert tab.evaluate(f"{wide}.filter(part => part.scrollWidth > part.clientWidth).length") == 4
    found = Axe().run(tab, {"include": [[".vt-picture"], [".vt-table"]]})
    assert "scrollable-region-focusable" in [passed["id"] for passed in found.response["passes"]]
    told = [item["id"] for item in found.response["violations"]]
    assert "scrollable-region-focusable" not in told, found.generate_report()
    stops = f"{wide}.map(part => part.hasAttribute('tabindex'))"
    assert tab.evaluate(stops) == [False, False, True, True]
