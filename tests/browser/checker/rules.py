"""The list of rules, and what is found by them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from browser.checker import contrasts, extent, labels, lines
from browser.checker.same import differences
from browser.checker.truth import Truth, lost

if TYPE_CHECKING:
    from browser.checker.figure import Figure, Page

RULES: Mapping[str, Callable[[Figure], Iterator[str]]] = {
    "small-text": labels.small_text,
    "label-overlap": labels.label_overlap,
    "clipped": labels.clipped,
    "foreign-border": labels.foreign_border,
    "struck-label": labels.struck_label,
    "covered-label": labels.covered_label,
    "too-wide": extent.too_wide,
    "too-tall": extent.too_tall,
    "scroll-hint": extent.scroll_hint,
    "edge-through-box": lines.edge_through_box,
    "no-arrow-head": lines.no_arrow_head,
    "text-contrast": contrasts.text_contrast,
    "shape-contrast": contrasts.shape_contrast,
    "colour-blind": contrasts.colour_blind,
}
"""The rules that look at one figure alone; :func:`check` adds ``lost`` and ``page-scroll``,
:func:`check_dark` adds ``dark-geometry``."""

NAMES = (*RULES, "lost", "page-scroll", "dark-geometry")

COLOURS = ("text-contrast", "shape-contrast", "colour-blind")
"""The rules that look at colours; the others look at what is the same in light and in dark."""


@dataclass(frozen=True, slots=True)
class Violation:
    """What is wrong, where, after which rule."""

    rule: str
    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.where}: {self.message}"


def check(page: Page, known: Mapping[str, Truth]) -> Iterator[Violation]:
    """Yield all that is wrong with a page; *known* holds what models have, by their digests."""
    for message in extent.page_scroll(page):
        yield Violation("page-scroll", page.name, message)
    for figure in page.figures:
        yield from check_figure(figure, RULES)
        for message in lost(figure, known):
            yield Violation("lost", figure.name, message)


def check_dark(dark: Page, light: Page) -> Iterator[Violation]:
    """Yield what is wrong with a page in the dark, whose *light* one was checked in full.

    Whatever is said of sizes and places holds there, too, since these are the same.
    """
    for figure in dark.figures:
        yield from check_figure(figure, COLOURS)
    for message in differences(light, dark):
        yield Violation("dark-geometry", dark.name, message)


def check_figure(figure: Figure, names: Iterable[str]) -> Iterator[Violation]:
    """Yield what is wrong with a figure after some rules."""
    for name in names:
        for message in RULES[name](figure):
            yield Violation(name, figure.name, message)
