"""The elements that cards are made of, and what HTML makes of them.

Other builders never see them: they have lists and tables of docutils' own.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING
from urllib.parse import quote

from docutils import nodes

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.writers.html5 import HTML5Translator

__all__ = ["Card", "CardGrid", "GalleryPlace", "Thumbnail", "Thumbnails", "add_cards"]


class GalleryPlace(nodes.General, nodes.Element):
    """Where a gallery will stand: the key of its request."""


class CardGrid(nodes.General, nodes.Element):
    """All cards of a gallery, in an HTML page."""


class Card(nodes.General, nodes.Element):
    """One model: its thumbnails, then paragraphs."""


class Thumbnails(nodes.General, nodes.Element):
    """The pictures of a card: one for light pages, and one for dark ones where pages can be so."""


class Thumbnail(nodes.image):
    """An image that is fetched when its reader comes near it."""


def add_cards(app: Sphinx) -> None:
    """Tell all writers what to do with our elements."""
    skip = (_skip, None)
    app.add_node(GalleryPlace, html=skip, latex=skip, text=skip, man=skip, texinfo=skip)
    app.add_node(CardGrid, html=(_visit_grid, _depart_grid))
    app.add_node(Card, html=(_visit_card, _depart_card))
    app.add_node(Thumbnails, html=(_visit_thumbnails, _depart_thumbnails))
    app.add_node(Thumbnail, html=(_visit_thumbnail, _depart_thumbnail))


def _skip(_translator: nodes.NodeVisitor, _element: nodes.Element) -> None:
    raise nodes.SkipNode


def _visit_grid(translator: HTML5Translator, element: CardGrid) -> None:
    # Safari forgets that a list without bullets is one
    style = f"--vt-columns:{element['columns']}"
    tag = translator.starttag(element, "ul", CLASS="vt-gallery", role="list", style=style)
    translator.body.append(tag)


def _depart_grid(translator: HTML5Translator, _element: CardGrid) -> None:
    translator.body.append("</ul>\n")


def _visit_card(translator: HTML5Translator, element: Card) -> None:
    translator.body.append(translator.starttag(element, "li", CLASS="vt-card"))


def _depart_card(translator: HTML5Translator, _element: Card) -> None:
    translator.body.append("</li>\n")


def _visit_thumbnails(translator: HTML5Translator, element: Thumbnails) -> None:
    translator.body.append(translator.starttag(element, "div", "", CLASS="vt-card-picture"))


def _depart_thumbnails(translator: HTML5Translator, _element: Thumbnails) -> None:
    translator.body.append("</div>\n")


def _visit_thumbnail(translator: HTML5Translator, element: Thumbnail) -> None:
    builder = translator.builder
    attributes = {
        "src": posixpath.join(builder.imgpath, quote(builder.images.get(element["uri"], ""))),
        "alt": element["alt"],
        "width": element["natural"],
    }
    if builder.name != "epub":
        attributes |= {"loading": "lazy", "decoding": "async"}
    translator.body.append(translator.emptytag(element, "img", "", **attributes))


def _depart_thumbnail(_translator: HTML5Translator, _element: Thumbnail) -> None:
    pass
