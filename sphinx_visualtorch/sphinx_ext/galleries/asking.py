"""From the texts of a ``visualtorch-gallery`` to what is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sphinx_visualtorch.errors import OptionError, ReferenceSyntaxError, VisualTorchError
from sphinx_visualtorch.gallery import ENTRY_POINTS, Choice, Gallery, checked_sort
from sphinx_visualtorch.options import StyleOptions, declared, make_options, style_name
from sphinx_visualtorch.reference import Reference
from sphinx_visualtorch.sphinx_ext.asking import checked, spellings
from sphinx_visualtorch.sphinx_ext.config import default_options, default_style
from sphinx_visualtorch.sphinx_ext.galleries.choices import (
    KINDS,
    bare_gallery,
    choice_of,
    titled,
)
from sphinx_visualtorch.sphinx_ext.galleries.directive import DOCUTILS
from sphinx_visualtorch.sphinx_ext.galleries.exhibits import GalleryRequest
from sphinx_visualtorch.sphinx_ext.log import warn
from sphinx_visualtorch.sphinx_ext.request import REFERENCE

if TYPE_CHECKING:
    from sphinx.config import Config
    from sphinx.util.docutils import SphinxDirective

__all__ = ["GALLERY_OPTIONS", "SMALL", "gallery_options", "gallery_request"]

_OWN = ("columns", "sort", "exclude")

GALLERY_OPTIONS = (*KINDS, *_OWN, *DOCUTILS, "style", *REFERENCE)
"""The options of the directive besides those of a style."""

_MOST_COLUMNS = 12

SMALL: Mapping[str, Any] = {
    "max_width": 320,
    "max_height": 200,
    "budget": 10,
    "detail": "none",
    "label": "none",
    "show_dimension": False,
    "hide": ("kernel", "shape", "features", "heads", "contents"),
}
"""What makes a picture of a figure: no letters, which nobody could read, and few boxes."""


def gallery_options() -> Iterator[str]:
    """Yield all spellings of all options."""
    return spellings(*GALLERY_OPTIONS)


def gallery_request(directive: SphinxDirective, given: dict[str, str]) -> GalleryRequest:
    """Return what the directive asks for with the options that are *given*.

    What is wrong with a single model is said, and shown on its card.

    :raises VisualTorchError: if anything else cannot be read.
    """
    own = {name: given.pop(name) for name in GALLERY_OPTIONS if name in given}
    style = style_name(own["style"]) if "style" in own else default_style(directive.config)
    # names first: whoever writes "modul" has not forgotten a module
    options = _options(directive.config, style, given)
    return GalleryRequest(
        gallery=_gallery(directive, own),
        style=style,
        options=options,
        columns=_columns(own.get("columns", "3")),
        sort=checked_sort(own.get("sort", "order")),
    )


def _options(config: Config, style: str, given: Mapping[str, str]) -> StyleOptions:
    known = {option for option, _, _ in declared(style)}
    own = {name: value for name, value in SMALL.items() if name in known}
    own.update(checked(style, name, text, GALLERY_OPTIONS) for name, text in given.items())
    return make_options(style, own, default_options(config, style))


def _gallery(directive: SphinxDirective, given: dict[str, str]) -> Gallery:
    call = {name: given.pop(name) for name in REFERENCE if name in given}
    kinds = {name: given.pop(name).strip() for name in KINDS if name in given}
    lines = any(line.strip() for line in directive.content)
    if len(kinds) + lines != 1:
        found = [*kinds, *(["references"] if lines else [])]
        wanted = "one of module, registry, entry-points and references below it is wanted"
        raise OptionError("visualtorch-gallery", ", ".join(found), wanted)
    kind, name = next(iter(kinds.items()), ("references", ""))
    if kind == "module":
        name = _module_name(name)
    elif kind == "registry":
        name = Reference.parse(name).target
    elif kind == "entry_points":
        kind, name = "entry-points", name or ENTRY_POINTS
    bare = bare_gallery(kind, call, given.pop("exclude", ""))
    return replace(bare, name=name, choices=tuple(_choices(directive, call)))


def _choices(directive: SphinxDirective, call: Mapping[str, str]) -> Iterator[Choice]:
    for number, line, options in _entries(list(directive.content)):
        place = _place(directive, number)
        try:
            yield replace(choice_of(line, options, call), location=place)
        except VisualTorchError as error:
            warn(error, place)
            directive.env.note_reread()
            yield Choice(name=titled(line)[0] or line, error=str(error), location=place)


def _place(directive: SphinxDirective, number: int) -> str:
    """Return where a line of the content is, for warnings."""
    source, line = directive.content.items[number]
    return f"{source}:{(line or 0) + 1}"


def _columns(text: str) -> int:
    try:
        columns = int(text)
    except ValueError:
        columns = 0
    if not 1 <= columns <= _MOST_COLUMNS:
        raise OptionError("columns", text, f"a whole number from 1 to {_MOST_COLUMNS} is wanted")
    return columns


def _module_name(text: str) -> str:
    if not all(part.isidentifier() for part in text.split(".")):
        raise ReferenceSyntaxError(text, "the name of a module is wanted", "pkg.models")
    return text


def _entries(lines: list[str]) -> Iterator[tuple[int, str, list[str]]]:
    """Yield number and text of each line with a model, and the indented lines below it."""
    found: list[tuple[int, str, list[str]]] = []
    for number, line in enumerate(lines):
        if not line.strip():
            continue
        if line[0].isspace() and found:
            found[-1][2].append(line.strip())
        else:
            found.append((number, line.strip(), []))
    yield from found
