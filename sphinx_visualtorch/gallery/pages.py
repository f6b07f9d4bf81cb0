"""What the pages of a gallery are called and how texts get into them; no Sphinx, no templates."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sphinx_visualtorch.reference import Reference

__all__ = [
    "Model",
    "escaped",
    "file_names",
    "heading",
    "option_lines",
    "owner",
    "with_header",
]

_LONGEST = 60
"""Letters of a file's name: path names have an end, and others have to read them."""

# Windows has no files of these names, whatever their suffix
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model as templates see it; *docname* is that of its page."""

    name: str
    title: str
    docname: str
    target: str
    summary: str


def file_names(names: Iterable[str], taken: Iterable[str] = ()) -> list[str]:
    """Return one file name for each of *names*: ASCII, no dots, no slashes, all different.

    Upper and lower case are not told apart, because some file systems do not.  What a name is
    called does not depend on the others, unless two of them look the same.
    """
    used = {name.casefold() for name in taken}
    found = []
    for name in names:
        mark = hashlib.sha256(name.encode("utf-8", "backslashreplace")).hexdigest()[:8]
        plain = unicodedata.normalize("NFKD", name)
        slug = re.sub(r"[^A-Za-z0-9_]+", "-", plain.encode("ascii", "ignore").decode()).strip("-")
        # what has lost all its letters, or many, is called by what it was
        if not slug or len(slug) > _LONGEST or _DEVICES.fullmatch(slug):
            slug = f"{slug[:_LONGEST].strip('-') or 'model'}-{mark}"
        if slug.casefold() in used and not slug.endswith(mark):
            slug = f"{slug}-{mark}"
        tries = (slug, *(f"{slug}-{number}" for number in range(2, len(used) + 3)))
        slug = next(item for item in tries if item.casefold() not in used)
        used.add(slug.casefold())
        found.append(slug)
    return found


_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")


def escaped(text: str, suffix: str) -> str:
    """Return *text* on one line, so that a page with this suffix shows it as it is."""
    plain = " ".join(text.split())
    written = _PUNCTUATION.sub(r"\\\1", plain)
    if suffix == ".rst" and plain and not plain[0].isalnum():
        # docutils takes a bullet that is no ASCII for one, too; an escaped space is nothing
        return f"\\ {written}"
    return written


def heading(text: str, suffix: str, level: int = 1) -> str:
    """Return a heading of *level* 1 to 3."""
    written = escaped(text, suffix)
    if suffix != ".rst":
        return f"{'#' * level} {written}"
    wide = sum(2 if unicodedata.east_asian_width(letter) in "WFA" else 1 for letter in written)
    return f"{written}\n{'=-~'[level - 1] * max(wide, 3)}"


def option_lines(reference: Reference) -> list[str]:
    """Return the options with which a directive means *reference*."""
    shapes = "; ".join(
        ", ".join(map(str, shape)) if shape else "()" for shape in reference.input_shape
    )
    pairs = {
        "args": reference.args,
        "kwargs": reference.kwargs,
        "input-shape": shapes,
        "input-dtype": "; ".join(reference.input_dtype),
        "inputs": reference.inputs,
    }
    return [f":{name}: {text}" for name, text in pairs.items() if text]


_WRITTEN = "written by sphinx_visualtorch from visualtorch_galleries"
_OWNER = re.compile(rf"{_WRITTEN}\[(\"(?:[^\"\\]|\\.)*\")\]")
_BEGINNING = 4096
"""Bytes within which the header of a page stands."""


def with_header(text: str, gallery: str, suffix: str) -> str:
    """Return the text of a page with the comment that says who has written it.

    Front matter of Markdown has to stay the first thing in a page.
    """
    said = f"{_WRITTEN}[{json.dumps(gallery)}]; changes to it are lost"
    text = text.strip("\n") + "\n"
    if suffix == ".rst":
        return f".. {said}\n\n{text}"
    front = re.match(r"---\n.*?\n---\n", text, flags=re.DOTALL)
    end = front.end() if front else 0
    return f"{text[:end]}% {said}\n\n{text[end:].lstrip()}"


def owner(content: bytes) -> str | None:
    """Return the gallery that a page was written for, None if it is somebody's own."""
    beginning = content[:_BEGINNING].decode("utf-8", "replace")
    for line in _commented(beginning):
        found = _OWNER.search(line)
        if found is not None:
            return str(json.loads(found[1]))
    return None


def _commented(text: str) -> Iterator[str]:
    return (line for line in text.splitlines() if line.startswith((".. ", "% ")))
