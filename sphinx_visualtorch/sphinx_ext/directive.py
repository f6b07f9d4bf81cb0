"""The directive: checks what the author wrote and leaves a figure with a placeholder in it.

It runs no code of the author's and asks nothing about the builder; it may run in a forked process.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from docutils import nodes
from sphinx.directives.patches import Figure
from sphinx.util.docutils import SphinxDirective

from sphinx_visualtorch.errors import OptionError, UnknownOptionError, VisualTorchError
from sphinx_visualtorch.options import (
    ALIASES,
    NAMING,
    STYLES,
    check_option,
    declared,
    make_options,
    style_name,
    styles_with,
)
from sphinx_visualtorch.reference import Reference
from sphinx_visualtorch.sphinx_ext.config import default_options, default_style
from sphinx_visualtorch.sphinx_ext.log import warn
from sphinx_visualtorch.sphinx_ext.placing import PLACING, placed
from sphinx_visualtorch.sphinx_ext.record import Request, record_of

if TYPE_CHECKING:
    from sphinx.util.typing import OptionSpec

__all__ = [
    "REFERENCE",
    "Architecture",
    "OptionTexts",
    "VisualTorchDirective",
    "canonical",
    "message",
    "take_place",
]

REFERENCE = ("args", "kwargs", "input_shape", "input_dtype", "inputs")


class Architecture(nodes.General, nodes.Element):
    """Where a picture will stand: the key of its request, and the attributes of an image."""


def message(error: VisualTorchError, *more: str) -> nodes.error:
    """Return what a reader sees in place of a figure, a paragraph for each text."""
    # it is no text of the author's: its quotes stay as they are, and nobody translates it
    said = [nodes.paragraph("", text, translatable=False) for text in (str(error), *more)]
    return nodes.error("", *said, classes=["visualtorch-error"], support_smartquotes=False)


def _text(argument: str | None) -> str:
    """Return the argument of an option; a flag has none."""
    return argument or ""


# Sphinx's stubs allow a directive to have no options at all
_OF_FIGURES: Mapping[str, Callable[[str], Any]] = Figure.option_spec or {}


def _scale(argument: str | None) -> Any:
    """Return docutils' percentage of the size, or our scale of the bodies: ``soft``, ``linear``."""
    words = (argument or "").strip().lower()
    if words in ("soft", "linear"):
        return words
    try:
        return _OF_FIGURES["scale"](argument or "")
    except ValueError as error:
        raise ValueError(f"a percentage, 'soft' or 'linear' is wanted, not {words!r}") from error


_SIZES = ("width", "height", "scale", "figwidth")
_NOTHING = re.compile(r"0+(\.0*)?(?![0-9.])")
"""What begins a length, or a percentage, of nothing."""


@dataclass(frozen=True, slots=True)
class _Bad:
    """An option of docutils' with a value that docutils refuses; the page is to say so."""

    name: str
    value: str
    problem: str


def _told(name: str, check: Callable[[str], Any]) -> Callable[[str], Any]:
    """Return a check that hands on what is wrong, where docutils would drop the whole figure."""

    def checked(argument: str) -> Any:
        try:
            value = check(argument)
        except (ValueError, TypeError) as error:
            return _Bad(name, argument, " ".join(str(error).split()).rstrip("."))
        if name in _SIZES and _NOTHING.match(str(value)):
            return _Bad(name, argument, "more than nothing is wanted")
        return value

    return checked


class OptionTexts(dict[str, Callable[[str], Any]]):
    """The options of docutils' figure; all others are taken as text and checked with ours.

    So each option of a style is declared once, and an unknown one can be answered with the names
    that are near.
    """

    def __missing__(self, name: str) -> Callable[[str], Any]:
        return _text


def _own_names() -> Iterator[str]:
    """Yield all spellings of our options, for those who list what a directive has."""
    styles = {name for style in STYLES for name, _, _ in declared(style)}
    for name in ("style", *REFERENCE, *PLACING, *sorted(styles), *ALIASES):
        yield name
        if "_" in name:
            yield name.replace("_", "-")


def take_place(picture: nodes.Element, shown: list[nodes.Node]) -> None:
    """Put *shown* where *picture* is; a link around it stays only around an image.

    Writers take it for granted that a link in the place of a paragraph holds an image and nothing
    else.
    """
    link = picture.parent
    if isinstance(link, nodes.reference):
        images = [item for item in shown if isinstance(item, nodes.image)]
        if images:
            picture.replace_self(images)
            shown = [link, *(item for item in shown if item not in images)]
        picture = link
    place = picture.parent.index(picture)
    picture.parent[place : place + 1] = shown


class VisualTorchDirective(SphinxDirective, Figure):
    """``.. visualtorch:: pkg.models:resnet``."""

    # a missing reference is told like any other mistake, in the page and in one line
    required_arguments = 0
    optional_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec: ClassVar[OptionSpec] = OptionTexts(
        {
            **dict.fromkeys(_own_names(), _text),
            **{name: _told(name, check) for name, check in _OF_FIGURES.items()},
            "scale": _told("scale", _scale),
        }
    )

    def run(self) -> list[nodes.Node]:
        """Return the figure; what it shows is decided when all documents are read."""
        ours = [
            name
            for name, value in self.options.items()
            if name not in _OF_FIGURES or (name == "scale" and isinstance(value, str))
        ]
        texts = {name: self.options.pop(name) for name in ours}
        # docutils would look for the picture now
        by_image = self.options.get("figwidth") == "image"
        if by_image:
            del self.options["figwidth"]
        bad = [value for value in self.options.values() if isinstance(value, _Bad)]
        for option in bad:
            del self.options[option.name]
        self.arguments = self.arguments or [""]
        found = super().run()
        image = next((image for item in found for image in item.findall(nodes.image)), None)
        if image is None:
            return found  # a message of docutils'
        location = self.get_location()
        try:
            for option in bad:
                raise OptionError(option.name, option.value, option.problem)
            given = canonical(texts)
            placing = {name: placed(name, given.pop(name)) for name in PLACING if name in given}
            request = self._request(given)
        except VisualTorchError as error:
            warn(error, location)
            self.env.note_reread()
            take_place(image, [message(error)])
            return found
        placeholder = _placeholder(image, request.key, by_image=by_image)
        placeholder.attributes.update(placing)
        image.replace_self(placeholder)
        record_of(self.env).note(self.env.docname, request, location)
        return found

    def _request(self, given: dict[str, str]) -> Request:
        described = {name: given.pop(name) for name in REFERENCE if name in given}
        reference = Reference.parse(self.arguments[0], **described)
        style = default_style(self.config)
        if "style" in given:
            style = style_name(given.pop("style"))
        own = dict(self._checked(style, name, text) for name, text in given.items())
        options = make_options(style, own, default_options(self.config, style))
        naming = tuple(sorted(own.keys() & NAMING))
        return Request(reference=reference, style=style, options=options, naming=naming)

    def _checked(self, style: str, name: str, text: str) -> tuple[str, Any]:
        known = [option for option, _, _ in declared(style)]
        if name not in known:
            others = {*_OF_FIGURES, *REFERENCE, *PLACING, "style", *ALIASES}
            raise UnknownOptionError(name, style, others.union(known), styles_with(name))
        return check_option(style, name, text)


def canonical(texts: Mapping[str, str]) -> dict[str, str]:
    """Return options by their canonical names."""
    given: dict[str, str] = {}
    for name, text in texts.items():
        usual = name.replace("-", "_")
        usual = ALIASES.get(usual, usual)
        if usual in given:
            raise OptionError(name, text, "it is given twice, in two spellings")
        given[usual] = text
    return given


def _placeholder(image: nodes.image, key: str, *, by_image: bool) -> Architecture:
    kept = ("alt", "width", "height", "scale", "classes")
    attributes = {name: image[name] for name in kept if name in image}
    placeholder = Architecture(image.rawsource, key=key, **attributes)
    placeholder.source, placeholder.line = image.source, image.line
    if by_image:
        placeholder["figwidth"] = True
    return placeholder
