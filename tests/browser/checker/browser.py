"""The one room that knows the browser: pages are opened, and ``collect.js`` reads them."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from browser.checker.figure import Page, page_of
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserType, Page as Tab

_COLLECT = Path(__file__).with_name("collect.js").read_text(encoding="utf-8")

# as themes say it: pydata and others on html, furo on body; they ask the system unless they know
_SCHEME = """scheme => {
    for (const element of [document.documentElement, document.body])
        if (element.dataset.theme !== undefined) element.dataset.theme = scheme;
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """What a reader looks with: the window's size, and ``light`` or ``dark``."""

    width: int
    scheme: str

    def __str__(self) -> str:
        return f"{self.width}-{self.scheme}"


DESK, PHONE = 1280, 390
SCHEMES = ("light", "dark")
SCREENS = tuple(Screen(width=width, scheme=scheme) for width in (DESK, PHONE) for scheme in SCHEMES)


def chromium() -> str:
    """Return the path of the system's Chromium; none is ever downloaded.

    :raises RuntimeError: if there is none.
    """
    found = os.environ.get("VISUALTORCH_CHROMIUM") or shutil.which("chromium")
    if not found:
        raise RuntimeError(
            "no Chromium: install the system's package chromium, or name the program in "
            "VISUALTORCH_CHROMIUM"
        )
    return found


@contextmanager
def launched(kind: BrowserType, *flags: str) -> Iterator[Browser]:
    """Run a browser with *flags* of its own."""
    arguments = ["--no-sandbox", "--force-device-scale-factor=1", *flags]
    browser = kind.launch(executable_path=chromium(), args=arguments)
    try:
        yield browser
    finally:
        browser.close()


@contextmanager
def running() -> Iterator[Tab]:
    """Run the browser and yield its one tab."""
    with sync_playwright() as playwright, launched(playwright.chromium) as browser:
        yield browser.new_page()


def show(tab: Tab, address: str, width: int, scheme: str) -> None:
    """Open a page in a window of this width, light or dark."""
    tab.set_viewport_size({"width": width, "height": 800})
    tab.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    tab.goto(address)
    tab.evaluate(_SCHEME, scheme)


def look(tab: Tab, address: str, name: str) -> Iterator[tuple[Screen, Page]]:
    """Yield what a page shows on each screen; it is loaded once."""
    tab.set_viewport_size({"width": DESK, "height": 800})
    tab.goto(address)
    for screen in SCREENS:
        tab.set_viewport_size({"width": screen.width, "height": 800})
        tab.emulate_media(color_scheme=screen.scheme, reduced_motion="reduce")
        tab.evaluate(_SCHEME, screen.scheme)
        yield screen, page_of(f"{name} ({screen})", json.loads(tab.evaluate(_COLLECT)))
