"""What ``visualtorch_galleries`` in conf.py asks for, read and checked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from sphinx_visualtorch.errors import OptionError, ReportedError, VisualTorchError
from sphinx_visualtorch.gallery import ENTRY_POINTS, Choice, Gallery, checked_sort
from sphinx_visualtorch.sphinx_ext.galleries.choices import KINDS, bare_gallery, choice_of
from sphinx_visualtorch.sphinx_ext.log import warn
from sphinx_visualtorch.sphinx_ext.request import REFERENCE

if TYPE_CHECKING:
    from sphinx.config import Config

__all__ = ["SUFFIXES", "Wanted", "wanted_galleries"]

_KINDS = (*KINDS, "references")
_OF_CARDS = ("columns", "sort", "exclude", "caption")
_KEYS = (*_KINDS, *_OF_CARDS, *REFERENCE, "title", "style", "options", "thumbnails", "suffix")

SUFFIXES = (".rst", ".md")
"""Of the pages that can be written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One gallery with its pages.

    index
        The name of its document.
    title
        Its heading.
    options, lines
        What stands in its directive.
    figures
        Options of the figures on the pages of single models, as lines.
    """

    index: str
    title: str
    suffix: str
    gallery: Gallery
    options: tuple[str, ...]
    lines: tuple[str, ...]
    figures: tuple[str, ...]

    @property
    def folder(self) -> str:
        """Where its pages are, relative to the documents; empty for their own directory."""
        return self.index.rpartition("/")[0]


def wanted_galleries(config: Config) -> Iterator[Wanted]:
    """Yield the galleries of conf.py; of what is wrong with one, warn and leave it out."""
    given = config.visualtorch_galleries
    if not isinstance(given, dict):
        return  # Sphinx itself has said so
    for index, values in given.items():
        found = _checked(index, values, config)
        if found is not None:
            yield found


def _checked(index: object, values: Any, config: Config) -> Wanted | None:
    try:
        return _wanted(str(index), values, config)
    except VisualTorchError as error:
        said = f"visualtorch_galleries[{index!r}] in conf.py: {error}"
        warn(ReportedError(error.stage, said))
        return None


def _wanted(index: str, values: Any, config: Config) -> Wanted:
    parts = PurePosixPath(index).parts
    if not parts or re.search(r'[\\:*?"<>|\0-\x1f]', index) or {"..", "/"} & {*parts}:
        problem = "the name of a document is wanted, such as 'models/index'"
        raise OptionError("visualtorch_galleries", index, problem)
    if not isinstance(values, Mapping):
        raise OptionError(index, values, "a dict is wanted, such as {'module': 'pkg.models'}")
    for name in values:
        if name not in _KEYS:
            raise OptionError(str(name), values[name], f"there are {', '.join(_KEYS)}")
    call = {name: _text(name, values[name]) for name in REFERENCE if name in values}
    gallery, lines = _gallery(values, call)
    options = [*_own_lines(gallery, call), *_pairs(values, (*_OF_CARDS, "style"))]
    options += _option_lines(values, "thumbnails")
    return Wanted(
        index=str(PurePosixPath(index)),
        title=str(values.get("title") or gallery.name or "Models"),
        suffix=_suffix(values.get("suffix"), config),
        gallery=gallery,
        options=tuple(options),
        lines=tuple(lines),
        figures=(*_pairs(values, ("style",)), *_option_lines(values, "options")),
    )


def _gallery(values: Mapping[str, Any], call: dict[str, str]) -> tuple[Gallery, list[str]]:
    kinds = [name for name in _KINDS if values.get(name)]
    if len(kinds) != 1:
        problem = f"one of {', '.join(_KINDS)} is wanted"
        raise OptionError("visualtorch_galleries", ", ".join(kinds), problem)
    (kind,) = kinds
    value = values[kind]
    checked_sort(str(values.get("sort", "order")))
    common = bare_gallery(kind, call, _text("exclude", values.get("exclude", "")))
    if kind == "references":
        items = [value] if isinstance(value, str | Mapping) else list(value)
        written = [_reference_lines(item) for item in items]
        choices = tuple(_choice(lines, call) for lines in written)
        return replace(common, choices=choices), [line for lines in written for line in lines]
    if kind == "entry_points":
        group = ENTRY_POINTS if value is True else str(value)
        return replace(common, kind="entry-points", name=group), []
    return replace(common, name=str(value)), []


def _choice(lines: list[str], call: Mapping[str, str]) -> Choice:
    first, *rest = lines
    try:
        return choice_of(first, [line.strip() for line in rest], call)
    except VisualTorchError as error:
        return Choice(name=first, error=str(error))  # the directive complains of it


def _reference_lines(item: Any) -> list[str]:
    """Return how the directive is told of one reference: a text, or a dict with its inputs."""
    if isinstance(item, str):
        return [" ".join(item.split())]
    if not isinstance(item, Mapping) or "reference" not in item:
        problem = "a text is wanted, or a dict with a 'reference'"
        raise OptionError("references", item, problem)
    target, title = str(item["reference"]), str(item.get("title", ""))
    first = f"{title} <{target}>" if title else target
    own = {name: value for name, value in item.items() if name not in ("reference", "title")}
    return [" ".join(first.split()), *(f"   {line}" for line in _pairs(own, tuple(own)))]


def _own_lines(gallery: Gallery, call: Mapping[str, str]) -> list[str]:
    lines = [] if gallery.kind == "references" else [f":{gallery.kind}: {gallery.name}"]
    return lines + [_line(name, text) for name, text in call.items()]


def _pairs(values: Mapping[str, Any], names: tuple[str, ...]) -> list[str]:
    return [_line(name, _text(name, values[name])) for name in names if name in values]


def _option_lines(values: Mapping[str, Any], name: str) -> list[str]:
    given = values.get(name, {})
    if not isinstance(given, Mapping):
        raise OptionError(name, given, "a dict of options is wanted")
    return _pairs(given, tuple(map(str, given)))


def _line(name: str, text: str) -> str:
    return f":{name.replace('_', '-')}: {' '.join(text.split())}".rstrip()


def _text(name: str, value: Any) -> str:
    """Return a value of conf.py as a directive takes it."""
    match value:
        case str():
            return value
        case bool():
            return str(value).lower()
        case dict() if name == "kwargs":
            return ", ".join(f"{key}={item!r}" for key, item in value.items())
        case list() | tuple() if name == "input_shape" and value and not _is_flat(value):
            return "; ".join(_text(name, item) for item in value)
        case list() | tuple():
            return ", ".join(map(str, value))
        case None:
            return "auto"
        case int() | float():
            return str(value)
    raise OptionError(name, value, "a text, a number or a list of them is wanted")


def _is_flat(value: list[Any] | tuple[Any, ...]) -> bool:
    return all(isinstance(item, int) for item in value)


def _suffix(given: Any, config: Config) -> str:
    known = [suffix for suffix in SUFFIXES if suffix in config.source_suffix]
    if given is None and known:
        return known[0]
    if given not in known:
        problem = f"one of {', '.join(known)} is wanted, which source_suffix has"
        raise OptionError("suffix", given, problem)
    return str(given)
