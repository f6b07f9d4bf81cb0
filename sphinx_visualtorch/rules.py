"""Rules: how the boxes look that an author names by path, class, public path or role.

``encoder.layers.*: fill=#ffd, label=Encoder; Conv2d: outline=navy`` are two rules.  A name may have
``*`` and ``?`` in it.  Of several rules for one box the later one wins, property by property.  A
rule that no box is named by changes nothing: models change, and so does what is opened of them.

This room knows no graph and no drawing: what it is asked about has a path and a kind.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any, Protocol

from sphinx_visualtorch.theme import parse_colour

__all__ = ["Look", "Named", "Rule", "read_rules", "ruled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What an author wants of the boxes named *selector*; empty for what the theme decides.

    *fill*, *outline* and *font_color* are ``#rrggbb`` or ``none``, *opacity* is 0 to 255.
    """

    selector: str
    fill: str = ""
    outline: str = ""
    font_color: str = ""
    label: str = ""
    opacity: int | None = None


PROPERTIES = tuple(field.name for field in fields(Rule) if field.name != "selector")

_SPELLING = "'name: property=value, …; …' is wanted"
# a text in double quotes may hold what separates rules and properties
_RULES = re.compile(r'(?:"[^"]*"|[^;\n"])+')
_PARTS = re.compile(r'(?:"[^"]*"|[^,"])+')
_CONTINUED = re.compile(r",[ \t]*\n")


def _opacity(value: Any) -> int:
    wanted = "a whole number from 0 to 255 is wanted"
    text = str(value).strip() if isinstance(value, str | int) else ""
    # more digits than int() reads, or digits of another script
    if isinstance(value, bool) or not re.fullmatch("[0-9]{1,3}", text) or int(text) > 255:
        raise ValueError(wanted)
    return int(text)


def _label(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("a text is wanted")
    return " ".join(value.split())


_CHECKS = {"label": _label, "opacity": _opacity}


def _checked(selector: str, name: object, value: Any) -> tuple[str, Any]:
    """Return a property and its canonical value.

    :raises ValueError: naming the rule and the property, and what is allowed.
    """
    name = name.strip() if isinstance(name, str) else name
    known = name.replace("-", "_") if isinstance(name, str) else ""
    if known not in PROPERTIES:
        allowed = ", ".join(PROPERTIES)
        raise ValueError(f"{_short(selector)} has {_short(name)}, but {allowed} are wanted")
    try:
        return known, _CHECKS.get(known, parse_colour)(value)
    except ValueError as error:
        raise ValueError(f"{known} of {_short(selector)}: {error}") from None


def _short(value: object) -> str:
    text = repr(value) if isinstance(value, str) else f"something of type {type(value).__name__}"
    return text if len(text) <= 60 else f"{text[:58]}…'"


def _rule(selector: str, properties: Iterable[tuple[object, Any]]) -> Rule:
    return Rule(selector=selector, **dict(_checked(selector, *pair) for pair in properties))


def _written(text: str) -> Rule:
    selector, colon, rest = text.partition(":")
    if not colon or not selector.strip() or not rest.strip(" ,"):
        raise ValueError(f"{_SPELLING}, not {_short(text.strip())}")
    pairs: list[tuple[object, Any]] = []
    for part in filter(str.strip, _PARTS.findall(rest)):
        name, sign, value = part.partition("=")
        if not sign:
            raise ValueError(f"{_SPELLING}, not {_short(part.strip())}")
        pairs.append((name, value.strip().removeprefix('"').removesuffix('"')))
    return _rule(selector.strip(), pairs)


def _mapped(selector: str, properties: Any) -> Rule:
    if not isinstance(properties, Mapping):
        raise ValueError(f"a mapping of properties is wanted for {_short(selector)}")
    return _rule(selector, properties.items())


def _again(rule: Rule) -> Rule:
    """Check a rule that is made already: anyone can make one."""
    if not rule.selector:
        raise ValueError(_SPELLING)
    return _rule(str(rule.selector), _given(rule).items())


def read_rules(value: Any, name_of: Any) -> tuple[Rule, ...]:
    """Return the rules that an author writes as a text, or as a dict of dicts.

    *name_of* returns the name of what a key of the dict is, a class or a text.

    :raises ValueError: naming the rule, and saying what is allowed.
    """
    if value is None:
        return ()
    if isinstance(value, str):
        texts = _RULES.findall(_CONTINUED.sub(", ", value))
        return tuple(_written(text) for text in texts if text.strip())
    if isinstance(value, Mapping):
        return tuple(_mapped(name_of(key), item) for key, item in value.items())
    if isinstance(value, tuple) and all(isinstance(item, Rule) for item in value):
        return tuple(map(_again, value))  # the canonical form
    raise ValueError(f"{_SPELLING}, or a dict of dicts")


class Named(Protocol):
    """What rules can be about: a node, a part of one, a scope."""

    @property
    def path(self) -> str:
        """The module path."""

    @property
    def kind(self) -> str:
        """The class or function."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What all rules together want of one box; empty for what the theme decides.

    *keys* are the rules whose colours it has: what a legend explains.
    """

    fill: str = ""
    outline: str = ""
    font_color: str = ""
    label: str = ""
    opacity: int | None = None
    keys: tuple[Rule, ...] = ()


_PLAIN = Look()


def ruled(rules: tuple[Rule, ...], item: Named) -> Look:
    """Return what *rules* want of *item*.

    A label goes to the outermost modules that a rule names: ``encoder.*: label=Block`` is not
    written again on all that is in the blocks.
    """
    if not rules:
        return _PLAIN
    role = getattr(item, "role", "")
    names = (item.path, getattr(item, "id", ""), item.kind, getattr(item, "target", ""))
    return _together(rules, (*names, f"role/{role}" if role else ""))


@lru_cache(maxsize=8192)
def _together(rules: tuple[Rule, ...], names: tuple[str, ...]) -> Look:
    look = _PLAIN
    givers: dict[str, Rule] = {}
    for rule in rules:
        if any(name and fnmatchcase(name, rule.selector) for name in names):
            given = _given(rule)
            if "label" in given and _names_above(rule, names[0]):
                del given["label"]
            givers.update({name: rule for name in ("fill", "outline") if name in given})
            look = replace(look, **given)
    return replace(look, keys=tuple(dict.fromkeys(givers.values())))


def _given(rule: Rule) -> dict[str, Any]:
    """Return the properties that a rule has."""
    values = ((name, getattr(rule, name)) for name in PROPERTIES)
    return {name: value for name, value in values if value not in ("", None)}


def _names_above(rule: Rule, path: str) -> bool:
    """Say whether a rule names a module that holds the one at *path*."""
    parts = path.split(".")
    return any(fnmatchcase(".".join(parts[:end]), rule.selector) for end in range(1, len(parts)))
