"""Sizes that authors ask for, in several themes: kept on each screen; the page never scrolls."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from browser.checker.browser import DESK, PHONE, look
from browser.checker.extent import page_scroll
from browser.sets import stored

from sphinx_visualtorch.reference import Reference

if TYPE_CHECKING:
    from browser.checker.figure import Figure
    from projects import Project

NET = Reference.parse("models:net", input_shape="1, 3, 224, 224")

SIZES = {
    "plain": "",
    "fixed": ":width: 300",
    "half": ":width: 50%",
    "small": ":scale: 50",
    "large": ":scale: 200",
    "low": ":height: 12em",
    "close": ":figwidth: image",
    "beside": ":figwidth: 60%\n   :align: right",
}

PAGE = "Sizes\n=====\n\n" + "\n".join(
    f".. visualtorch:: models:net\n   :input-shape: 1, 3, 224, 224\n   {options}\n\n"
    f"   The figure that is {name}.\n"
    for name, options in SIZES.items()
)


@pytest.fixture(scope="module", params=["basic", "alabaster", "furo", "pydata"])
def shown(
    request, tab, make_project: Callable[[], Project]
) -> dict[int, tuple[list[str], dict[str, Figure]]]:
    """Return, by the width of the window, what is wrong with the page, and its figures."""
    theme = {"pydata": "pydata_sphinx_theme"}.get(request.param, request.param)
    project = make_project()
    project.configure(f"html_theme = {theme!r}\n")
    project.write("models.py", "raise RuntimeError\n")
    project.write("index.rst", PAGE)
    graph = next(graph for name, graph in stored().items() if ".vgg16-" in name)
    project.keep(NET, graph, "models.py")
    built = project.build("-W")
    assert built.warnings == ""
    address = (built.out / "index.html").as_uri()
    return {
        screen.width: (list(page_scroll(page)), dict(zip(SIZES, page.figures, strict=True)))
        for screen, page in look(tab, address, "sizes")
        if screen.scheme == "light"
    }


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_the_page_does_not_scroll(shown, width: int) -> None:
    assert shown[width][0] == []


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_what_the_author_asks_for_is_drawn(shown, width: int) -> None:
    figures = shown[width][1]
    natural = figures["plain"].natural
    scrollers = [figures[name].scroller for name in ("fixed", "half", "small", "large", "low")]
    assert all(it and it.content_width <= it.width + 1 for it in scrollers)
    room = scrollers[0].width
    assert figures["fixed"].width == pytest.approx(min(300, room), abs=1)
    assert figures["half"].width == pytest.approx(room / 2, abs=1)
    assert figures["small"].width == pytest.approx(min(natural / 2, room), abs=1)
    assert figures["large"].width == pytest.approx(min(natural * 2, room), abs=1)


@pytest.mark.parametrize("name", ["plain", "beside", "close"])
def test_who_asks_for_nothing_can_read_it_on_a_phone(shown, name: str) -> None:
    figure = shown[PHONE][1][name]
    assert min(text.size for text in figure.texts) >= 9
    assert figure.scroller is not None
    assert figure.scroller.content_width > figure.scroller.width
    assert figure.scroller.rect[2] <= PHONE
