"""From what an author gives to the options of a style: aliases, themes, every value checked."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from sphinx_visualtorch.errors import OptionError, UnknownOptionError
from sphinx_visualtorch.options.styles import STYLES, StyleOptions
from sphinx_visualtorch.styles import STYLE_ALIASES
from sphinx_visualtorch.theme import NIGHT

ALIASES: Mapping[str, str] = {
    "type_ignore": "ignore",
    "low_dim_orientation": "one_dim_orientation",
}
"""Other spellings that are accepted: the paper's, and those of its successor."""

NAMING = frozenset({"color_map", "ignore", "index_ignore"})
"""The options that name layers, and with which a figure is drawn that has none of them."""

PRESETS: Mapping[str, Mapping[str, Any]] = {
    "docs": {},
    # texts of at least 8 pt, colours that a grey copy keeps apart, nothing that a page may change
    "paper": {
        "max_width": "120mm",
        "fixed_width": True,
        "zoom": 1.125,
        "mode": "light",
        "background_fill": "white",
        "palette": "print",
        "outline_width": 1.15,
        "embed_fonts": True,
    },
    # names of 18 px, for a slide of 1280 × 720
    "slides": {
        "max_width": 1280,
        "max_height": 720,
        "zoom": 1.64,
        "outline_width": 1.4,
        "connector_width": 1.6,
    },
    "dark": {"mode": "dark", "background_fill": NIGHT},
}
"""The defaults that a theme changes."""


def style_name(text: object) -> str:
    """Return the style that *text* names.

    :raises OptionError: listing the allowed ones.
    """
    name = str(text).strip().lower()
    name = STYLE_ALIASES.get(name, name)
    if name not in STYLES:
        allowed = ", ".join([*STYLES, *STYLE_ALIASES])
        raise OptionError("style", text, f"one of {allowed} is wanted")
    return name


def declared(style: str) -> Iterator[tuple[str, Any, str]]:
    """Yield name, default and help of each option of a style."""
    for entry in dataclasses.fields(STYLES[style]):
        yield entry.name, entry.default, entry.metadata["help"]


def styles_with(name: str) -> list[str]:
    """Return the styles that have the option *name*."""
    return [style for style in STYLES if any(name == known for known, _, _ in declared(style))]


def check_option(style: str, name: str, value: Any) -> tuple[str, Any]:
    """Return the canonical name and value of one option.

    :raises UnknownOptionError: if the style has no such option.
    :raises OptionError: if it cannot have this value.
    """
    cls = STYLES[style]
    known = {entry.name: entry for entry in dataclasses.fields(cls)}
    canonical = name.replace("-", "_")
    canonical = ALIASES.get(canonical, canonical)
    if canonical not in known:
        raise UnknownOptionError(name, style, [*known, *ALIASES], styles_with(canonical))
    try:
        return canonical, known[canonical].metadata["check"](value)
    except ValueError as error:
        raise OptionError(name, value, str(error)) from error


def make_options(
    style: str, values: Mapping[str, Any], defaults: Mapping[str, Any] | None = None
) -> StyleOptions:
    """Return the options of *style* with *values*, each checked; aliases are accepted.

    *defaults* are those of a project.  A theme that is among *values* goes before them, one that
    is among *defaults* is the weakest of all.

    :raises UnknownOptionError: if the style has no such option (a TypeError).
    :raises OptionError: if an option cannot have its value (a ValueError).
    """
    own, usual = _checked(style, values), _checked(style, defaults or {})
    if "theme" in own:
        usual |= _preset(style, own["theme"])
    else:
        usual = _preset(style, usual.get("theme", "docs")) | usual
    return STYLES[style](**{**usual, **own})


def _preset(style: str, theme: str) -> dict[str, Any]:
    return _checked(style, PRESETS[theme])


def _checked(style: str, values: Mapping[str, Any]) -> dict[str, Any]:
    checked: dict[str, Any] = {}
    for name, value in values.items():
        canonical, made = check_option(style, name, value)
        if canonical in checked:
            raise OptionError(name, value, "it is given twice, in two spellings")
        checked[canonical] = made
    return checked


@lru_cache(maxsize=4096)
def options_digest(options: StyleOptions) -> str:
    """Return 16 hexadecimal digits that are equal for equal options of the same style."""
    data = [type(options).__name__, dataclasses.asdict(options)]
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:16]
