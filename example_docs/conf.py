"""Sphinx's settings for the manual and the show-case of sphinx_visualtorch."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
# "architectures", the package whose models are drawn, and the manual's own directives
sys.path[:0] = [str(HERE), str(HERE / "_ext")]

project = "sphinx_visualtorch"
author = "The sphinx_visualtorch developers"
copyright = author  # noqa: A001 - Sphinx wants this name

extensions = [
    "sphinx.ext.autodoc",
    "sphinx_visualtorch",
    "manual",
]
exclude_patterns = ["_build", "_visualtorch"]
html_theme = "furo"
html_title = "sphinx_visualtorch"
numfig = True
# Read the Docs has no -n
nitpicky = True

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
# Names of libraries whose inventories would have to be fetched: the manual is built offline.
nitpick_ignore_regex = [
    ("py:.*", r"(torch|PIL|collections\.abc|pathlib|typing)\..*"),
    ("py:mod", r"sphinx_visualtorch\.theme"),
    # the options of the styles stand on the page of the directive
    ("py:.*", r"(sphinx_visualtorch\.options\.(\w+\.)?)?(Layered|Lenet|Graph|Style)Options"),
    ("py:.*", r"(Any|Image|Image\.Image|Mapping|Module|Path|Sequence|nn\.Module)"),
]
