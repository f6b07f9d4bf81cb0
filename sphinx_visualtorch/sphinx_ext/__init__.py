"""The Sphinx room: the only one that imports Sphinx and docutils.

A figure comes about in five steps.  The directive reads what the author wrote (``directive``,
``asking``, ``placing``), leaves a placeholder, and has the environment keep the request
(``request``, ``record``).  When all documents are read, the graphs are looked up, and what is
missing is traced in a process of its own (``collect``, ``search``, from and to the ``shelf``).
Cross-references are put in for Sphinx to resolve (``links``); the form is picked that the builder
can show (``resolve``, ``pictures``, ``tables``).  Visitors append it (``visitors``), and what no
page shows any more is taken away (``sweep``).  Everywhere ``config`` knows the values of conf.py,
and ``log`` says what is to be said.

Galleries have a room of their own, ``galleries``, and so has what is asked of a project outside of
a build, ``project``.  Nothing here imports torch or runs the author's code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sphinx_visualtorch import __version__
from sphinx_visualtorch.sphinx_ext.collect import end_crew, look_up, start_ahead
from sphinx_visualtorch.sphinx_ext.config import add_values, check_values
from sphinx_visualtorch.sphinx_ext.directive import VisualTorchDirective
from sphinx_visualtorch.sphinx_ext.galleries import add_galleries
from sphinx_visualtorch.sphinx_ext.links import silence
from sphinx_visualtorch.sphinx_ext.record import env_version, merge, purge
from sphinx_visualtorch.sphinx_ext.resolve import AskForLinks, LeaveWords, ShowFigures
from sphinx_visualtorch.sphinx_ext.shelf import open_shelf, tell_of_pdf
from sphinx_visualtorch.sphinx_ext.sweep import sweep
from sphinx_visualtorch.sphinx_ext.visitors import add_nodes, link_style_sheet, write_style_sheet

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

__all__ = ["setup"]


def setup(app: Sphinx) -> ExtensionMetadata:
    """Connect everything to Sphinx."""
    add_values(app)
    add_nodes(app)
    app.add_directive("visualtorch", VisualTorchDirective)
    app.add_post_transform(AskForLinks)
    app.add_post_transform(LeaveWords)
    app.add_post_transform(ShowFigures)
    app.connect("config-inited", check_values)
    app.connect("builder-inited", open_shelf)
    add_galleries(app)
    app.connect("env-before-read-docs", start_ahead)
    app.connect("env-purge-doc", purge)
    app.connect("env-merge-info", merge)
    app.connect("env-updated", look_up)
    app.connect("env-updated", sweep)
    app.connect("env-updated", write_style_sheet)
    app.connect("env-updated", tell_of_pdf)
    app.connect("build-finished", end_crew)
    app.connect("warn-missing-reference", silence)
    app.connect("html-page-context", link_style_sheet)
    return {
        "version": __version__,
        "env_version": env_version(),
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
