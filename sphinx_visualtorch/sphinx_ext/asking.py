"""From the texts that an author writes to what is asked for.

Directives take texts from docutils, and what they mean is found out here: a build that reads no
document loads neither this nor the options.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from sphinx_visualtorch.errors import OptionError, UnknownOptionError
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
from sphinx_visualtorch.sphinx_ext.placing import PLACING
from sphinx_visualtorch.sphinx_ext.request import REFERENCE, Request

if TYPE_CHECKING:
    from sphinx.config import Config

__all__ = ["canonical", "checked", "figure_options", "request_of", "spellings"]


def figure_options() -> Iterator[str]:
    """Yield all spellings of the options of a figure that are ours."""
    return spellings("style", *REFERENCE, *PLACING)


def spellings(*names: str) -> Iterator[str]:
    """Yield all spellings of these options, and of those of all styles."""
    styles = {name for style in STYLES for name, _, _ in declared(style)}
    for name in (*names, *sorted(styles), *ALIASES):
        yield name
        if "_" in name:
            yield name.replace("_", "-")


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


def request_of(
    target: str, given: dict[str, str], config: Config, others: Collection[str]
) -> Request:
    """Return what a figure asks for; *others* are the options of docutils' figure.

    :raises VisualTorchError: if a text cannot be read.
    """
    described = {name: given.pop(name) for name in REFERENCE if name in given}
    reference = Reference.parse(target, **described)
    style = default_style(config)
    if "style" in given:
        style = style_name(given.pop("style"))
    beside = {*others, *REFERENCE, *PLACING, "style"}
    own = dict(checked(style, name, text, beside) for name, text in given.items())
    options = make_options(style, own, default_options(config, style))
    naming = tuple(sorted(own.keys() & NAMING))
    return Request(reference=reference, style=style, options=options, naming=naming)


def checked(style: str, name: str, text: str, beside: Collection[str]) -> tuple[str, Any]:
    """Return canonical name and value of an option of *style*; a directive has others *beside*.

    :raises VisualTorchError: if there is no such option, or it cannot have this value.
    """
    known = [option for option, _, _ in declared(style)]
    if name not in known:
        raise UnknownOptionError(name, style, {*beside, *ALIASES, *known}, styles_with(name))
    return check_option(style, name, text)
