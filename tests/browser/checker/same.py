"""The rule that light and dark differ in colours alone."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from browser.checker.figure import Figure, Page

_COLOURS = ("fill", "stroke", "fill_opacity", "stroke_opacity")
_OF_PAGES = ("name", "grounds", "shapes", "texts")


def differences(light: Page, dark: Page) -> Iterator[str]:
    """Yield what of a page has another size or place in the dark, for each figure once."""
    for one, other in zip_longest(light.figures, dark.figures):
        if one is None or other is None:
            yield "it has more or fewer figures in the dark"
            return
        yield from _first(one, other)


def _first(light: Figure, dark: Figure) -> Iterator[str]:
    for mine, its in zip_longest(_parts(light), _parts(dark), fillvalue={}):
        changed = sorted(key for key in {*mine, *its} if mine.get(key) != its.get(key))
        if changed:
            told = its.get("text") or its.get("rect") or "?"
            yield f"{dark.name}: {told!r} differs in the dark by {', '.join(changed)}"
            return


def _parts(figure: Figure) -> Iterator[dict[str, Any]]:
    """Yield the figure and all that is in it, without its colours."""
    yield {key: getattr(figure, key) for key in figure.__dataclass_fields__ if key not in _OF_PAGES}
    for part in (*figure.shapes, *figure.texts):
        data = {key: getattr(part, key) for key in part.__dataclass_fields__}
        painted = {f"has {key}": data.get(key) != "none" for key in ("fill", "stroke")}
        yield {key: value for key, value in data.items() if key not in _COLOURS} | painted
