"""Figures in the pages of many themes: their switch is followed, and everybody can use them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from projects import Project, chain

from sphinx_visualtorch.listing import Catalogue, Listed, Listing
from sphinx_visualtorch.reference import Reference

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page as Tab

# how a reader switches a theme; nothing where it is always light
SWITCHES = {
    "alabaster": "",
    "furo": "document.body.dataset.theme = scheme",
    "pydata_sphinx_theme": "document.documentElement.dataset.theme = scheme",
    "sphinx_book_theme": "document.documentElement.dataset.theme = scheme",
    "sphinx_rtd_theme": "",
}

# colours of links, of code and of titles of admonitions that a theme has too pale itself
PALE = {
    "sphinx_rtd_theme": {
        *("#2980b9 on #fcfcfc", "#2980b9 on #f3f6f6"),
        "#e74c3c on #ffffff",
        "#ffffff on #f29f97",
    }
}

PAGE = """\
# Models

```{visualtorch} models:Net
:input-shape: 1, 8
:style: layered
:table:
:legend:

A caption with a [link](https://example.org/).
```

```{visualtorch} models:Net
:input-shape: 1, 8
:style: graph
```

```{visualtorch} models:Net
:input-shape: 1, 8
:style: graph
```

```{visualtorch} models:Net
:input-shape: 1, 8
:style: lenet
:target: https://example.org/elsewhere
:alt: A net.
```

```{visualtorch} models:Net
:input-shape: 1, 8
:embed: img
```

```{visualtorch-gallery}
:input-shape: 1, 8
:caption: A *gallery*

models:Net
Another name <models:Dense>
bad reference
```

```{py:class} models.Dense
```
"""


@pytest.fixture(scope="module", params=SWITCHES)
def page(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    theme: str = request.param
    root: Path = tmp_path_factory.mktemp(theme)
    project = Project(root)
    project.configure(f"html_theme = {theme!r}\nlanguage = 'en'\n")
    project.write("models.py", "raise RuntimeError\n")
    project.write("index.md", PAGE)
    names = ("models:Dense", "models:Net")
    for name in names:
        project.keep(Reference.parse(name, input_shape="1, 8"), chain(), "models.py")
    known = [
        Listed(name=name, target=name, summary="A net.", paths=(name.replace(":", "."),))
        for name in names
    ]
    catalogue = Catalogue(kind="references", names=names)
    project.keep_listing(catalogue, Listing(models=tuple(known)), "models.py")
    done = project.build("-n")
    assert done.code == 0
    (bad,) = [line for line in done.lines if "visualtorch" in line]
    assert "bad reference" in bad
    return done.out.joinpath("index.html").as_uri()


def theme_of(page: str) -> str:
    return next(theme for theme in SWITCHES if f"/{theme}" in page)


def opened(tab: Tab, page: str, scheme: str, width: int = 1280) -> None:
    tab.set_viewport_size({"width": width, "height": 800})
    tab.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    tab.goto(page)
    tab.evaluate(f"scheme => {{ {SWITCHES[theme_of(page)]} }}", scheme)


INK = """() => {
    const text = document.querySelector(".vt-figure g.vt-node > text, .vt-figure g.vt-node a text");
    return getComputedStyle(text).fill;
}"""


def brightness(colour: str) -> float:
    red, green, blue = (int(part) for part in colour.strip("rgb()").split(","))
    return (299 * red + 587 * green + 114 * blue) / 1000


def test_a_figure_follows_the_switch_and_only_that(tab: Tab, page: str) -> None:
    """A theme that is always light has light figures, whatever the reader's system is."""
    found = {}
    for scheme in ("light", "dark"):
        opened(tab, page, scheme)
        found[scheme] = brightness(tab.evaluate(INK))
    assert found["light"] < 100
    assert (found["dark"] > 150) is bool(SWITCHES[theme_of(page)])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing(tab: Tab, page: str, scheme: str, width: int) -> None:
    """In pictures, captions, tables and cards; what a theme has too pale everywhere is its own."""
    opened(tab, page, scheme, width)
    pictures = Axe().run(tab, context={"include": [[".vt-picture"], ["figure img"]]})
    assert pictures.violations_count == 0, pictures.generate_report()
    assert len(pictures.response["passes"]) > 5
    around = [["figure"], [".visualtorch-table"], [".vt-gallery"]]
    found = Axe().run(tab, context={"include": around})
    pale = PALE.get(theme_of(page), set())
    assert [it for it in found.response["violations"] if it["id"] != "color-contrast"] == []
    assert colours(found.response["violations"]) <= pale, found.generate_report()


def colours(violations: list[dict[str, Any]]) -> set[str]:
    """Return the colours of texts that are told to be too pale."""
    return {
        f"{check['data']['fgColor']} on {check['data']['bgColor']}"
        for violation in violations
        if violation["id"] == "color-contrast"
        for node in violation["nodes"]
        for check in node["any"]
    }


SHOWN = """() => [...document.querySelectorAll(".vt-card-picture img")].map(image => {
    const box = image.getBoundingClientRect();
    return box.width ? image.src.replace(/.*-(\\w+).svg/, "$1") : "";
})"""
CARDS = """() => [...document.querySelectorAll(".vt-card")].map(card => {
    const box = card.getBoundingClientRect();
    return [box.left, box.top, box.width, card.scrollWidth - card.clientWidth];
})"""


def test_cards_follow_the_switch(tab: Tab, page: str) -> None:
    """Of the two pictures of a card one is shown, and only that is fetched."""
    for scheme in ("light", "dark"):
        opened(tab, page, scheme)
        shown = scheme if SWITCHES[theme_of(page)] else "light"
        assert list(filter(None, tab.evaluate(SHOWN))) == [shown, shown]


def test_cards_stand_side_by_side_where_there_is_room(tab: Tab, page: str) -> None:
    opened(tab, page, "light")
    cards = tab.evaluate(CARDS)
    assert len({top for _, top, *_ in cards}) == 1
    opened(tab, page, "light", 390)
    cards = tab.evaluate(CARDS)
    assert len({left for left, *_ in cards}) == 1
    assert all(width < 390 and too_wide <= 0 for *_, width, too_wide in cards)


def test_a_card_is_one_link_with_a_visible_focus(tab: Tab, page: str) -> None:
    opened(tab, page, "light")
    link = tab.locator(".vt-card a")
    assert link.count() == 1
    tab.keyboard.press("Tab")
    link.focus()
    outline = "link => getComputedStyle(link, '::after').outlineStyle"
    assert link.evaluate(outline) == "solid"
    # wherever it is clicked
    tab.locator(".vt-card:has(a)").click(position={"x": 30, "y": 30})
    assert tab.url.endswith("#models.Dense")


def test_axe_would_find_something(tab: Tab, page: str) -> None:
    opened(tab, page, "light")
    tab.evaluate("document.querySelectorAll('figure img').forEach(i => i.removeAttribute('alt'))")
    found = Axe().run(tab, context={"include": [["figure"]]})
    assert "image-alt" in [violation["id"] for violation in found.response["violations"]]


def test_equal_figures_share_no_id(tab: Tab, page: str) -> None:
    opened(tab, page, "light")
    ids = tab.evaluate("[...document.querySelectorAll('[id]')].map(element => element.id)")
    assert len(ids) == len(set(ids))
    heights = tab.evaluate(
        "[...document.querySelectorAll('figure')].map(f => f.getBoundingClientRect().height)"
    )
    assert len(heights) == 5
    assert min(heights) > 40


def test_links_are_reached_with_the_keyboard(tab: Tab, page: str) -> None:
    opened(tab, page, "light")
    tab.evaluate("document.querySelector('figure a').focus()")
    seen = []
    for _ in range(6):
        element = tab.evaluate(
            """() => {
                const at = document.activeElement, style = getComputedStyle(at);
                const inside = at.closest(".vt-figure") !== null;
                const href = at.getAttribute("href");
                return [inside, href, style.outlineStyle, parseFloat(style.outlineWidth)];
            }"""
        )
        seen.append(element)
        tab.keyboard.press("Tab")
    inside = [element for element in seen if element[0]]
    assert [element[1] for element in inside][:1] == ["#models.Dense"]
    assert all(style != "none" and width >= 1 for _, _, style, width in inside[1:])


def test_an_svg_file_is_shown(tab: Tab, page: str) -> None:
    opened(tab, page, "light")
    wide = tab.evaluate("document.querySelector('figure img').naturalWidth")
    assert wide > 100
