"""Builders by others, and those of Sphinx that few use: what they show is whole."""

from __future__ import annotations

import re
import zipfile

import pytest
from projects import Project, chain

from sphinx_visualtorch.listing import Catalogue, Listed, Listing
from sphinx_visualtorch.reference import Reference

PAGE = """
Models
======

.. visualtorch:: models:Net
   :input-shape: 1, 8
   :table:

   The caption.

.. visualtorch:: models:Net
   :input-shape: 1, 8
   :embed: img

.. visualtorch-gallery::
   :input-shape: 1, 8

   models:Net

.. py:class:: models.Dense
"""

BUILDERS = """
from sphinx.builders.singlehtml import SingleFileHTMLBuilder
from sphinx.builders.xml import XMLBuilder
copyright = "nobody"
version = "1"

class Printer(XMLBuilder):
    # as rst2pdf, which gives up without a library that reads SVG
    name, format = "printer", "pdf"
    supported_image_types = ["image/svg+xml", "image/png"]

class Typesetter(XMLBuilder):
    # as rinohtype, which cannot read all PDF
    name, format = "typesetter", "typesetter"
    supported_image_types = ["application/pdf", "image/png"]

class Sketcher(XMLBuilder):
    name, format = "sketcher", "sketcher"
    supported_image_types = ["image/svg+xml"]

class SimplePdf(SingleFileHTMLBuilder):
    # as sphinx-simplepdf, whose WeasyPrint draws nothing of a link within SVG
    name = "simplepdf"

def setup_builders(app):
    for builder in (Printer, Typesetter, Sketcher, SimplePdf):
        app.add_builder(builder)
extensions.append("own_builders")
class _Own:
    setup = staticmethod(setup_builders)
sys.modules["own_builders"] = _Own
"""


@pytest.fixture
def foreign(project: Project) -> Project:
    project.configure(BUILDERS)
    project.write("models.py", "raise RuntimeError\n")
    project.write("index.rst", PAGE)
    project.keep(Reference.parse("models:Net", input_shape="1, 8"), chain(), "models.py")
    catalogue = Catalogue(kind="references", names=("models:Net",))
    known = Listed(name="models:Net", target="models:Net", summary="A net.")
    project.keep_listing(catalogue, Listing(models=(known,)), "models.py")
    return project


@pytest.mark.parametrize("builder", ["printer", "typesetter"])
def test_who_makes_documents_gets_png(foreign: Project, builder: str) -> None:
    done = foreign.build("-W", builder=builder)
    assert done.code == 0, done.warnings
    page = done.page("index.xml")
    images = re.findall(r"<image[^>]*>", page)
    assert len(images) == 3
    assert all(re.search(r'uri="[^"]*\.png"', image) for image in images)
    # a px is a dot to rst2pdf
    unit = "pt" if builder == "printer" else "px"
    assert all(re.search(rf'width="\d+{unit}"', image) for image in images)
    assert "<table" in page


def test_who_shows_svg_alone_gets_words(foreign: Project) -> None:
    """A file by us may be more than it can read, and cards are for HTML."""
    done = foreign.build("-W", builder="sketcher")
    assert done.code == 0, done.warnings
    assert "[Architecture of " in done.page("index.xml")
    assert "<image" not in done.page("index.xml")


def test_who_prints_html_gets_files_without_links(foreign: Project) -> None:
    done = foreign.build("-W", builder="simplepdf")
    assert done.code == 0, done.warnings
    page = done.page("index.html")
    assert "<svg" not in page
    pictures = re.findall(r'<img[^>]*src="([^"]+\.svg)"', page)
    assert len(pictures) == 3
    for picture in pictures:
        assert "<a " not in done.page(picture)


@pytest.mark.parametrize("builder", ["htmlhelp", "devhelp"])
def test_help_has_png(foreign: Project, builder: str) -> None:
    """Their viewers show no SVG, as both builders say."""
    done = foreign.build("-W", builder=builder)
    assert done.code == 0, done.warnings
    page = done.page("index.html")
    assert "svg" not in page
    pictures = re.findall(r'<img[^>]*src="([^"]+\.png)"', page)
    assert len(pictures) == 3
    assert all(done.out.joinpath(picture).is_file() for picture in pictures)


def test_cards_in_epub_have_their_style_sheet(foreign: Project) -> None:
    done = foreign.build("-W", builder="epub")
    assert done.code == 0, done.warnings
    (book,) = done.out.glob("*.epub")
    with zipfile.ZipFile(book) as packed:
        sheets = re.findall(r'stylesheet"[^>]*href="([^"]+)"', packed.read("index.xhtml").decode())
        assert any("visualtorch" in sheet for sheet in sheets)
        assert set(sheets) <= set(packed.namelist())
