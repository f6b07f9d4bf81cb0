"""The options of every style: name, default, check and help stand once, in this room.

Keyword arguments of the Python API, directive options, config values and the manual's tables all
come from its dataclasses: ``figure`` has what every style has, ``styles`` the rest.  This room
knows no graph, no drawing, no torch and no Sphinx.

An option is a field made by :func:`option` with a *check* from ``checks`` or ``looks``.
"""

from __future__ import annotations

from sphinx_visualtorch.options.checks import Check, option
from sphinx_visualtorch.options.figure import THEMES, FigureOptions
from sphinx_visualtorch.options.looks import Font
from sphinx_visualtorch.options.make import (
    ALIASES,
    NAMING,
    PRESETS,
    check_option,
    declared,
    make_options,
    options_digest,
    style_name,
    styles_with,
)
from sphinx_visualtorch.options.styles import (
    STYLES,
    GraphOptions,
    LayeredOptions,
    LenetOptions,
    StyleOptions,
    VolumeOptions,
)
from sphinx_visualtorch.styles import STYLE_ALIASES

__all__ = [
    "ALIASES",
    "NAMING",
    "PRESETS",
    "STYLES",
    "STYLE_ALIASES",
    "THEMES",
    "Check",
    "FigureOptions",
    "Font",
    "GraphOptions",
    "LayeredOptions",
    "LenetOptions",
    "StyleOptions",
    "VolumeOptions",
    "check_option",
    "declared",
    "make_options",
    "option",
    "options_digest",
    "style_name",
    "styles_with",
]
