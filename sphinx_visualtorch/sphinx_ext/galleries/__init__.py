"""Galleries: many models on one page, each a card that leads to a page of its own.

A gallery comes about in five steps, beside those of figures.  Pages are written for those that
conf.py wants, before Sphinx looks which documents there are (``wanted``, ``pages``, ``templates``).
The directive reads what the author wrote, leaves a place (``directive``, ``asking``), and has the
environment keep what is asked for (``exhibits``).  When all documents are read, the models are
listed, in the process that traces, and their thumbnails become figures like others (``catalogues``,
``selections``).  Cross-references are put in for Sphinx to resolve; then cards, a list or a table
stand in the place (``resolve``, ``cards``).  Visitors append them (``nodes``).

What is not needed to connect all this is imported on use: a build in which nothing has changed
loads no options, references or galleries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sphinx_visualtorch.sphinx_ext.galleries.directive import GalleryDirective
from sphinx_visualtorch.sphinx_ext.galleries.nodes import add_cards
from sphinx_visualtorch.sphinx_ext.galleries.resolve import AskForCards, ShowCards
from sphinx_visualtorch.sphinx_ext.record import record_of

if TYPE_CHECKING:
    from sphinx.application import Sphinx

__all__ = ["add_galleries"]


def add_galleries(app: Sphinx) -> None:
    """Connect galleries to Sphinx; their pages are written when the shelf is open."""
    add_cards(app)
    app.add_directive("visualtorch-gallery", GalleryDirective)
    app.add_post_transform(AskForCards)
    app.add_post_transform(ShowCards)
    app.connect("builder-inited", _write_galleries)


def _write_galleries(app: Sphinx) -> None:
    """Write the pages of galleries, where conf.py wants some or has wanted some."""
    record = record_of(app.env)
    if app.config.visualtorch_galleries or (record.has_galleries and record.galleries.folders):
        # projects without galleries never load what fills templates
        from sphinx_visualtorch.sphinx_ext.galleries.pages import write_galleries

        write_galleries(app)
