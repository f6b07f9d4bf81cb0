"""How the models of a gallery are written, on a page and in conf.py alike."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sphinx_visualtorch.errors import UnknownOptionError
from sphinx_visualtorch.gallery import Choice, Gallery
from sphinx_visualtorch.reference import Reference, split_key
from sphinx_visualtorch.sphinx_ext.request import REFERENCE

__all__ = ["KINDS", "bare_gallery", "choice_of", "titled"]

KINDS = ("module", "registry", "entry_points")
"""The options that say where models are to be found; there may be references instead."""


def bare_gallery(kind: str, call: Mapping[str, str], exclude: str) -> Gallery:
    """Return a gallery that is yet to be told its name or its models.

    :raises VisualTorchError: if arguments and inputs cannot be read: once, not for each model.
    """
    Reference.parse("pkg:model", **call)
    globs = (glob.strip() for glob in exclude.split(","))
    return Gallery(kind=kind, call=tuple(sorted(call.items())), exclude=tuple(filter(None, globs)))


_TITLED = re.compile(r"(.+?)\s*<([^<>]*)>", re.DOTALL)


def titled(line: str) -> tuple[str, str]:
    """Return title and reference of ``Title <pkg.models:resnet>``; the title may be empty."""
    found = _TITLED.fullmatch(line)
    return (found[1], found[2].strip()) if found else ("", line)


def choice_of(line: str, options: list[str], call: Mapping[str, str]) -> Choice:
    """Return what ``Title <pkg.models:resnet>`` means, with the lines below it.

    :raises VisualTorchError: if one of them cannot be read.
    """
    title, target = titled(line)
    reference = Reference.parse(target, **_merged(call, _call(options)))
    plain, key = split_key(reference.target)
    return Choice(name=title or key or re.split(r"[.:]", plain)[-1], reference=reference)


def _call(lines: list[str]) -> dict[str, str]:
    """Read ``:input-shape: 1, 8`` below a model."""
    given: dict[str, str] = {}
    for line in lines:
        found = re.fullmatch(r":([\w-]+):\s*(.*)", line)
        name = found[1].replace("-", "_") if found else line
        if found is None or name not in REFERENCE:
            raise UnknownOptionError(name, "", REFERENCE)
        given[name] = found[2]
    return given


_INPUTS = {"inputs", "input_shape", "input_dtype"}


def _merged(common: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
    """Return arguments and inputs of one model; its own inputs go before those of all."""
    left_out = _INPUTS if _INPUTS & own.keys() else set()
    return {**{name: text for name, text in common.items() if name not in left_out}, **own}
