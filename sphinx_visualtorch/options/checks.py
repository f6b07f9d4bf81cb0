"""Declaring an option, and the checks of plain values: numbers, lengths, choices and names.

A check takes what an author gives, a text from a docs page or a Python value, and returns the
canonical, hashable value or raises ValueError with a sentence that says what is wanted.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import field
from typing import Any

Check = Callable[[Any], Any]


def option(default: Any, check: Check, help: str) -> Any:  # noqa: A002 - the word of argparse
    """Declare one option: a dataclass field with its check and its sentence for the manual."""
    return field(default=default, metadata={"check": check, "help": help})


def redeclared(cls: type[Any], name: str, default: Any) -> Any:
    """Declare an option of a parent class anew with another default."""
    (entry,) = (entry for entry in dataclasses.fields(cls) if entry.name == name)
    return field(default=default, metadata=entry.metadata)


def flag(value: Any) -> bool:
    """Read yes or no."""
    # without a value, as ":legend:", it is meant
    text = str(value).strip().lower() if isinstance(value, str | int) else "?"
    if text in ("true", "yes", "on", "1", ""):
        return True
    if text in ("false", "no", "off", "0"):
        return False
    raise ValueError("true or false is wanted")


def number(low: float, high: float, *, whole: bool = False) -> Check:
    """Return the check of numbers from *low* to *high*."""
    word = "a whole number" if whole else "a number"
    wanted = f"{word} from {low:,} to {high:,} is wanted"

    def check(value: Any) -> int | float:
        if isinstance(value, bool | bytes):
            raise ValueError(wanted)
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            raise ValueError(wanted) from None
        if not low <= number <= high or (whole and number != int(number)):
            raise ValueError(wanted)
        return int(number) if whole else number + 0.0  # there is no negative zero

    return check


_UNITS = {"": 1.0, "px": 1.0, "pt": 96 / 72, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96.0}
"""px of each unit, as CSS has them."""

_LENGTH = re.compile(r"([0-9]*\.?[0-9]+) ?(px|pt|mm|cm|in|)")


def px(text: str) -> float | None:
    """Return the px of a length with or without a unit, None for another text."""
    written = _LENGTH.fullmatch(text.strip().lower())
    return None if written is None else round(float(written[1]) * _UNITS[written[2]], 4)


def length(low: float, high: float) -> Check:
    """Return the check of lengths from *low* to *high* px, with or without a unit."""
    wanted = f"a length from {low:g} to {high:g} px is wanted, such as 640, 120mm or 5in"
    plain = number(low, high)

    def check(value: Any) -> float:
        try:
            return float(plain(px(value) if isinstance(value, str) else value))
        except ValueError:
            raise ValueError(wanted) from None

    return check


def auto(inner: Check) -> Check:
    """Return the check of what may be ``auto``, which becomes None."""

    def check(value: Any) -> Any:
        if value is None or (isinstance(value, str) and value.strip().lower() == "auto"):
            return None
        try:
            return inner(value)
        except ValueError as error:
            raise ValueError(f"'auto', or {error}") from None

    return check


class Choice:
    """The check of one of some *words*, which a shell may complete."""

    def __init__(self, *words: str) -> None:
        self.words = words

    def __call__(self, value: Any) -> str:
        """Return the word that *value* is."""
        text = value.strip().lower() if isinstance(value, str) else None
        if text not in self.words:
            raise ValueError(f"one of {', '.join(self.words)} is wanted")
        return str(text)


def some_of(*allowed: str) -> Check:
    """Return the check of a list of some words, which come back in the order of *allowed*."""
    wanted = f"some of {', '.join(allowed)} are wanted"

    def check(value: Any) -> tuple[str, ...]:
        found = [item.strip().lower() if isinstance(item, str) else None for item in items(value)]
        if not all(item in allowed for item in found):
            raise ValueError(wanted)
        return tuple(name for name in allowed if name in found)

    return check


def kind(value: Any) -> str:
    """Return the name by which an author's class or function is compared.

    ``torch.nn.Conv2d`` and the text ``Conv2d`` are both Conv2d; a text may be a public path.
    """
    named = getattr(value, "__name__", "") if callable(value) else ""
    name = value.strip() if isinstance(value, str) else named
    if not name:
        raise ValueError("the name of a class or function is wanted")
    return name


def items(value: Any) -> list[Any]:
    """Return what an author lists, as a text with commas, as a collection, or alone."""
    if value is None:
        return []
    if isinstance(value, str):
        parts = value.replace(";", ",").replace("\n", ",").split(",")
        return [part.strip() for part in parts if part.strip()]
    listed = isinstance(value, Collection) and not isinstance(value, Mapping | bytes | type)
    return list(value) if listed else [value]


def names(value: Any) -> tuple[str, ...]:
    """Read the names of classes or functions, in an order of their own."""
    try:
        return tuple(sorted(set(map(kind, items(value)))))
    except ValueError:
        raise ValueError("names separated by commas are wanted") from None


_PATTERN = re.compile(r"[\w.*?\[\]-]+")


def patterns(value: Any) -> tuple[str, ...]:
    """Read module paths or class names that may have wild cards, in the author's order."""
    try:
        found = tuple(dict.fromkeys(map(kind, items(value))))
    except ValueError:
        found = ("",)
    if not all(map(_PATTERN.fullmatch, found)):
        raise ValueError("module paths or class names separated by commas are wanted")
    return found


def detail(value: Any) -> str:
    """Read the module of a panel: ``auto``, ``none``, a path or a class."""
    name = "none" if value is None or value is False else kind(value)
    if not _PATTERN.fullmatch(name):
        raise ValueError("'auto', 'none', or the path or class of a module is wanted")
    return name.lower() if name.lower() in ("auto", "none") else name


_INDEX = number(0, 10**9, whole=True)


def indices(value: Any) -> tuple[int, ...]:
    """Read whole numbers, in ascending order."""
    try:
        return tuple(sorted(set(map(_INDEX, items(value)))))
    except ValueError:
        raise ValueError("whole numbers separated by commas are wanted") from None
