"""What is scrolled on a phone says so: a quiet shade at each end behind which there is more."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from browser.checker.browser import DESK, PHONE, SCHEMES, show
from browser.sets import stored
from PIL import Image, ImageChops, ImageStat

from sphinx_visualtorch.reference import Reference

if TYPE_CHECKING:
    from playwright.sync_api import Page as Tab
    from projects import Project

NET = Reference.parse("models:net", input_shape="1, 3, 224, 224")
PAGE = "Phone\n=====\n\n.. visualtorch:: models:net\n   :input-shape: 1, 3, 224, 224\n"

STRIP = 6
"""CSS px at an end that are looked at."""
LEAST = 12.0
"""Levels of 255 by which a shade differs from the page at the least, on the average of a strip."""

KNOWS = "@supports (animation-timeline:scroll())"
OLDER = "@supports not (animation-timeline:scroll())"

Shades = Callable[[int, str, float], tuple[float, float]]


@pytest.fixture(scope="module", params=["furo", "pydata_sphinx_theme", "alabaster", "basic"])
def built(request, make_project: Callable[[], Project]) -> Path:
    """Return the page of a project with one figure that is wider than a phone."""
    project = make_project()
    project.configure(f"html_theme = {request.param!r}\n")
    project.write("models.py", "raise RuntimeError\n")
    project.write("index.rst", PAGE)
    graph = next(graph for name, graph in stored().items() if ".vgg16-" in name)
    project.keep(NET, graph, "models.py")
    return project.build("-W").out / "index.html"


@pytest.fixture(params=["as it is", "an older browser"])
def shades(request, tab: Tab, built: Path) -> Iterator[Shades]:
    """Return a function that says how far both ends differ from a page without shades."""
    sheet = next(path for path in built.parent.rglob("*.css") if KNOWS in path.read_text("utf-8"))
    text = sheet.read_text("utf-8")
    if request.param == "an older browser":
        older = text.replace(KNOWS, "@supports (display:none-such)")
        sheet.write_text(older.replace(OLDER, "@supports (display:block)"), encoding="utf-8")

    def look(width: int, scheme: str, share: float) -> tuple[float, float]:
        show(tab, built.as_uri(), width, scheme)
        tab.evaluate(
            "share => { const it = document.querySelector('.vt-picture');"
            "it.scrollLeft = share * (it.scrollWidth - it.clientWidth); }",
            share,
        )
        shown = _picture(tab)
        tab.add_style_tag(content=".vt-picture{background:none!important;animation:none!important}")
        return _apart(shown, _picture(tab))

    yield look
    sheet.write_text(text, encoding="utf-8")


def _picture(tab: Tab) -> Image.Image:
    tab.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done, 50)))")
    box: Any = tab.locator(".vt-picture").bounding_box()
    shot = tab.screenshot(clip=box, full_page=True)
    return Image.open(io.BytesIO(shot)).convert("RGB")


def _apart(one: Image.Image, other: Image.Image) -> tuple[float, float]:
    """Return the mean difference of two pictures at their left and at their right end."""
    apart = ImageChops.difference(one, other).convert("L")
    ends = [
        (0, 0, STRIP, apart.height),
        (apart.width - STRIP, 0, apart.width, apart.height),
    ]
    left, right = (ImageStat.Stat(apart.crop(end)).mean[0] for end in ends)
    return left, right


def _is_plain(built: Path) -> bool:
    """Say whether a theme does not tell what colour its pages have."""
    return "furo" not in built.read_text("utf-8") and "pst-" not in built.read_text("utf-8")


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_shade_shows_where_there_is_more(
    request, shades: Shades, built: Path, scheme: str
) -> None:
    if _is_plain(built) and "older" in request.node.callspec.id:
        # nothing is better than a patch in a colour that the page may not have
        assert shades(PHONE, scheme, 0.5) == (0, 0)
        return
    left, right = shades(PHONE, scheme, 0.0)
    assert left < 1 < LEAST < right
    left, right = shades(PHONE, scheme, 0.5)
    assert min(left, right) > LEAST
    left, right = shades(PHONE, scheme, 1.0)
    assert right < 1 < LEAST < left


@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_is_not_scrolled_has_none(shades: Shades, scheme: str) -> None:
    assert max(shades(DESK, scheme, 0.0)) < 1
