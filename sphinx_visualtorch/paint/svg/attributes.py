"""Attributes and words of SVG: what a scene says is escaped here and nowhere else."""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["attribute", "data", "escape", "family", "role_class"]

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})
_GENERIC = frozenset({"serif", "sans-serif", "monospace", "cursive", "system-ui", "inherit"})


def escape(text: str) -> str:
    """Return *text* for the inside of an element or of double quotes."""
    if text.isalnum() and text.isascii():  # most are numbers and names
        return text
    return _clean(text).translate(_ENTITIES)


@lru_cache(maxsize=4096)
def _clean(text: str) -> str:
    """Return *text* without the characters that XML 1.0 forbids."""
    return _NOT_XML.sub("", text)


def attribute(name: str, value: str) -> str:
    """Return an attribute with a space before it."""
    return f' {name}="{escape(value)}"'


def data(pairs: tuple[tuple[str, str], ...]) -> str:
    """Return ``data-…`` attributes."""
    return "".join([f' {_data_name(key)}="{escape(value)}"' for key, value in pairs])


@lru_cache(maxsize=256)
def _data_name(key: str) -> str:
    return "data-" + re.sub(r"[^a-z0-9.-]", "-", key.lower())


@lru_cache(maxsize=256)
def role_class(role: str) -> str:
    """Return the class of a role."""
    return "vt-" + re.sub(r"[^A-Za-z0-9_-]", "-", role)


def family(font: str, *usual: str) -> str:
    """Return a CSS font stack: the families of *font*, then the *usual* ones."""
    wanted = [re.sub(r"[\"'\\;{}<>]", "", _clean(name)).strip() for name in font.split(",")]
    quoted = [name if name.lower() in _GENERIC else f"'{name}'" for name in wanted if name]
    return ", ".join([*quoted, *usual])
