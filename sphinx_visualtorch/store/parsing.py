"""From the bytes of a kept file to plain data: JSON, of which nothing may surprise anybody.

What JSON's reader would take, but no store has written, is refused: objects that have one key
twice, more than fits into memory, and letters that a page must not have.
"""

from __future__ import annotations

import json
import re
from typing import Any

__all__ = ["parsed"]

_MOST = 500_000
"""Lists and objects in a file, each of which takes far more memory than the text of it."""


def parsed(content: bytes) -> Any:
    """Return what is in a file that has this *content*.

    :raises ValueError: if it is no JSON, or if a store would not have written it.
    :raises RecursionError: if it is nested too deep.
    """
    if content.count(b"[") + content.count(b"{") > _MOST:
        raise ValueError(f"it has more than {_MOST} lists and objects")
    try:
        data = json.loads(content.decode(), object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        if _CONFLICT.search(content):
            raise ValueError(_UNMERGED) from error
        raise ValueError(f"it is cut off, or no JSON ({error})") from error
    # in most files no text can have such a letter, and none is looked through
    if b"\\" in content or b"\x7f" in content or not content.isascii():
        _check_letters(data)
    return data


_CONFLICT = re.compile(rb"^(<<<<<<<|>>>>>>>)", re.MULTILINE)
_UNMERGED = (
    "it has the marks of a conflict, which a merge has left there; take either side and run "
    "'sphinx-visualtorch trace', or delete the file and trace again"
)

_FORBIDDEN = re.compile(
    # control characters, of which XML 1.0 (2.2) forbids most; lines and marks that turn text round
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069"
    # halves of characters, and what is none
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("an object in it has one key twice")
    return found


def _check_letters(data: Any) -> None:
    """Refuse texts that would make a page that is not well-formed, or that shows what is not so."""
    waiting = [data]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            found = _FORBIDDEN.search(item)
            if found is not None:
                raise ValueError(f"a text in it has the character U+{ord(found[0]):04X}")
        elif isinstance(item, dict):
            waiting += item
            waiting += item.values()
        elif isinstance(item, list):
            waiting += item
