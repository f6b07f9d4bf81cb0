"""Rules about the whole figure: it fits its column, and it is not taller than a reader can take."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from browser.checker.figure import Figure, Page

TALL = 1.4
"""How many times its width a figure may be high."""

PHONE = 600.0
"""Below this width of the window, a figure may be scrolled in itself."""


def too_wide(figure: Figure) -> Iterator[str]:
    """A figure is no wider than its column; on a phone it is scrolled in something that is not."""
    left, right = figure.column
    shown = figure.rect
    scroller = figure.scroller
    if figure.window < PHONE and scroller is not None:
        shown = scroller.rect
    elif scroller is not None and scroller.content_width > scroller.width + 1:
        yield f"it must be scrolled: {scroller.content_width:.0f} px in {scroller.width:.0f} px"
        return
    if shown[0] < left - 0.5 or shown[2] > right + 0.5:
        yield f"it is {shown[2] - shown[0]:.1f} px wide in a column of {right - left:.1f} px"


def too_tall(figure: Figure) -> Iterator[str]:
    """A figure is at most 1.4 times as high as wide."""
    if figure.height > TALL * figure.width + 1:
        ratio = figure.height / figure.width
        size = f"{figure.width:.0f} × {figure.height:.0f} px"
        yield f"it has {size}: {ratio:.2f} times as high as wide, {TALL} are allowed"


def scroll_hint(figure: Figure) -> Iterator[str]:
    """What can be scrolled shows that it can; ``test_hint.py`` looks at how."""
    scroller = figure.scroller
    if scroller is not None and scroller.content_width > scroller.width + 1 and not scroller.hinted:
        yield "nothing shows that it can be scrolled"


def page_scroll(page: Page) -> Iterator[str]:
    """A page with figures is no wider than its window."""
    if page.content_width <= page.width + 1:
        return
    out = [
        figure.name
        for figure in page.figures
        if (figure.scroller.rect if figure.scroller else figure.rect)[2] > page.width + 0.5
    ]
    blamed = ", ".join(out) if out else "no figure sticks out"
    yield f"the page is {page.content_width:.0f} px wide in {page.width:.0f} px: {blamed}"
