"""The directive: checks what the author wrote and leaves a figure with a placeholder in it.

It runs no code of the author's and asks nothing about the builder; it may run in a forked process.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from docutils import nodes
from sphinx import addnodes
from sphinx.directives.patches import Figure
from sphinx.util.docutils import SphinxDirective

from sphinx_visualtorch.errors import OptionError, VisualTorchError
from sphinx_visualtorch.sphinx_ext.log import warn
from sphinx_visualtorch.sphinx_ext.record import record_of

if TYPE_CHECKING:
    from sphinx.util.typing import OptionSpec

__all__ = ["Architecture", "OptionTexts", "VisualTorchDirective", "message", "take_place"]


class Architecture(nodes.General, nodes.Element, addnodes.translatable):
    """Where a picture will stand: the key of its request, and the attributes of an image.

    Its alternative text is translated, as that of an image is.
    """

    def preserve_original_messages(self) -> None:
        """Keep the author's text, for those who translate it."""
        if self.get("alt"):
            self["original_alt"] = self["alt"]

    def apply_translated_message(self, original_message: str, translated_message: str) -> None:
        """Take the text of another language."""
        if self.get("original_alt") == original_message:
            self["alt"] = translated_message
            self["translated"] = True

    def extract_original_messages(self) -> list[str]:
        """Return what there is to translate."""
        return [self["original_alt"]] if "original_alt" in self else []


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


class _Bad(NamedTuple):
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


class _Texts(dict[str, Callable[[str], Any]]):
    """The options that are docutils' own; all others are taken as text and checked with ours.

    So each option of a style is declared once, and an unknown one can be answered with the names
    that are near.
    """

    def __missing__(self, name: str) -> Callable[[str], Any]:
        return _text


class OptionTexts:
    """The ``option_spec`` of a directive, with all spellings for those who list what it has.

    They are found out when the first document that has the directive is read: to know them, all
    options have to be loaded.
    """

    def __init__(
        self, names: Callable[[], Iterable[str]], plain: Mapping[str, Callable[[str], Any]]
    ) -> None:
        self._names = names
        self._plain = plain
        self._texts: _Texts | None = None

    def __get__(self, directive: object, owner: type[object]) -> OptionSpec:
        if self._texts is None:
            self._texts = _Texts({**dict.fromkeys(self._names(), _text), **self._plain})
        return self._texts


def _own_names() -> Iterable[str]:
    from sphinx_visualtorch.sphinx_ext.asking import figure_options

    return figure_options()


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
    option_spec: ClassVar[OptionSpec] = OptionTexts(  # type: ignore[assignment]
        _own_names,
        {
            **{name: _told(name, check) for name, check in _OF_FIGURES.items()},
            "scale": _told("scale", _scale),
        },
    )

    def run(self) -> list[nodes.Node]:
        """Return the figure; what it shows is decided when all documents are read."""
        from sphinx_visualtorch.sphinx_ext.asking import canonical, request_of
        from sphinx_visualtorch.sphinx_ext.placing import PLACING, placed

        by_image = self.options.get("figwidth") == "image"
        texts, bad = self._taken()
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
            request = request_of(self.arguments[0], given, self.config, _OF_FIGURES)
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

    def _taken(self) -> tuple[dict[str, str], list[_Bad]]:
        """Take from the options what docutils' figure must not see: ours, and what is wrong."""
        ours = [
            name
            for name, value in self.options.items()
            if name not in _OF_FIGURES or (name == "scale" and isinstance(value, str))
        ]
        texts = {name: self.options.pop(name) for name in ours}
        if self.options.get("figwidth") == "image":
            del self.options["figwidth"]  # docutils would look for the picture now
        bad = [value for value in self.options.values() if isinstance(value, _Bad)]
        for option in bad:
            del self.options[option.name]
        return texts, bad


def _placeholder(image: nodes.image, key: str, *, by_image: bool) -> Architecture:
    kept = ("alt", "width", "height", "scale", "classes")
    attributes = {name: image[name] for name in kept if name in image}
    placeholder = Architecture(image.rawsource, key=key, **attributes)
    placeholder.source, placeholder.line = image.source, image.line
    if by_image:
        placeholder["figwidth"] = True
    return placeholder
