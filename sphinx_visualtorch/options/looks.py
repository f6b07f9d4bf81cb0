"""The checks of how things look: colours, rules and fonts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sphinx_visualtorch.options import checks
from sphinx_visualtorch.rules import Rule, read_rules
from sphinx_visualtorch.theme import is_colour, parse_colour


def colour(value: Any) -> str:
    """Read a colour."""
    return parse_colour(value)


def own_colour(value: Any) -> str:
    """Read a colour, or nothing where the theme's own is meant."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return ""
    return parse_colour(value)


def color_map(value: Any) -> tuple[tuple[str, str, str], ...]:
    """Read ``Conv2d=orange, Linear=#08c/#024`` or ``{nn.Conv2d: {"fill": …, "outline": …}}``.

    Of several entries for one kind the last counts, as in a dict.
    """
    entries: Iterator[tuple[Any, Any, Any]]
    if value is None or isinstance(value, str):
        entries = map(_written_colours, checks.items(value))
    elif isinstance(value, Mapping):
        entries = (_mapped_colours(kind, colours) for kind, colours in value.items())
    elif isinstance(value, tuple) and all(isinstance(e, tuple) and len(e) == 3 for e in value):
        entries = iter(value)  # the canonical form
    else:
        raise ValueError("a mapping of classes to colours is wanted")
    found = {
        checks.kind(kind): (own_colour(fill), own_colour(line)) for kind, fill, line in entries
    }
    return tuple(sorted((kind, *pair) for kind, pair in found.items() if any(pair)))


def _mapped_colours(kind: Any, colours: Any) -> tuple[Any, Any, Any]:
    if not isinstance(colours, Mapping):
        return kind, parse_colour(colours), ""
    unknown = colours.keys() - {"fill", "outline"}
    if unknown:
        raise ValueError(f"'fill' and 'outline' are wanted, not {sorted(map(str, unknown))}")
    return kind, colours.get("fill"), colours.get("outline")


def _written_colours(text: str) -> tuple[str, str, str]:
    kind, _, colours = text.partition("=")
    fill, slash, outline = (part.strip() for part in colours.partition("/"))
    named = kind.strip() and (outline if slash else fill)
    if not named or not all(is_colour(part) for part in (fill, outline) if part):
        raise ValueError("Class=fill or Class=fill/outline, separated by commas, is wanted")
    return kind, fill, outline


def rules(value: Any) -> tuple[Rule, ...]:
    """Read style rules; a class may stand for its name."""
    return read_rules(value, checks.kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Font:
    """A type: the *family* for browsers, and the *size* of names in px.

    PNG is painted with the fonts that layouts measure with, whatever the family is.
    """

    family: str = ""
    size: float = 11.0


_FONT_SIZE = checks.number(4, 200)
_FAMILY = re.compile(r"[\w .,+&-]*")  # goes into SVG as it is: no quotes, no other signs


def font(value: Any) -> Font:
    """Read a family name, ``14px Family`` or ``8pt Family``, a size, or a Pillow font object."""
    if value is None:
        return Font()
    if isinstance(value, Font):
        return _made_font(value.family, value.size)
    if isinstance(value, str):
        first, _, rest = value.strip().partition(" ")
        size = checks.px(first)
        if size is not None:
            return _made_font(rest.strip(), size)
        return _made_font(value.strip(), Font().size)
    if isinstance(value, int | float):
        return _made_font("", value)
    if not hasattr(value, "getmask"):
        raise ValueError("the name of a font family, or a Pillow font, is wanted")
    # Pillow's FreeTypeFont tells its size and its names; its bitmap font tells nothing
    family = value.getname()[0] if hasattr(value, "getname") else None
    return _made_font(family or "", getattr(value, "size", Font().size))


def _made_font(family: object, size: object) -> Font:
    if not isinstance(family, str) or not _FAMILY.fullmatch(family):
        raise ValueError("the name of a font family, without quotes, is wanted")
    try:
        return Font(family=family, size=_FONT_SIZE(size))
    except ValueError:
        raise ValueError("a size from 4 to 200 px is wanted, such as 14px") from None
