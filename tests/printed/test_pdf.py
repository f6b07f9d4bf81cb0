"""A real PDF: LaTeX compiles what the builder wrote, and the figures in it are vectors.

``tox -e latex`` runs this; it needs a TeX distribution with latexmk.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
from projects import Project
from pypdf import PdfReader

from sphinx_visualtorch.graph import ArchitectureGraph
from sphinx_visualtorch.listing import Catalogue, Listed, Listing
from sphinx_visualtorch.reference import Reference

STORE = Path(__file__).parents[2] / "example_docs" / "_visualtorch"

PAGE = """
Models
======

ResNet-50 is :numref:`the-resnet`.

.. visualtorch:: models:resnet
   :input-shape: 1, 3, 224, 224
   :name: the-resnet
   :table: all
   :legend:

   A *caption* with 50 % of mathematics, :math:`x^2`, and a_b & c #1.

   The legend.

.. visualtorch:: models:unet
   :input-shape: 1, 3, 256, 256
   :style: graph
   :name: the-unet

   U-Net.

.. visualtorch-gallery::
   :module: models
   :caption: All of 100 % & more
   :input-shape: 1, 3, 256, 256

.. visualtorch:: models:unet
   :input-shape: 1, 3, 256, 256
   :style: lenet
   :align: right
   :width: 50%
"""
LISTING = Listing(
    models=(
        Listed(name="resnet", target="models:resnet", summary="The *first* #1 of a_b & c."),
        Listed(name="unet", target="models:unet", summary="Its second \\one."),
    )
)


def stored(name: str) -> ArchitectureGraph:
    (path,) = STORE.glob(f"architectures.{name}-*.json")
    return ArchitectureGraph.from_data(json.loads(path.read_text(encoding="utf-8"))["graph"])


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = Project(tmp_path_factory.mktemp("docs"))
    project.write("models.py", "raise RuntimeError\n")
    project.write("index.rst", PAGE)
    project.keep_listing(Catalogue(kind="module", names=("models",)), LISTING, "models.py")
    for size, name, graph in (
        (224, "resnet", "resnet.resnet50"),
        (256, "resnet", "resnet.resnet50"),
        (256, "unet", "unet.UNet"),
    ):
        reference = Reference.parse(f"models:{name}", input_shape=f"1, 3, {size}, {size}")
        project.keep(reference, stored(graph), "models.py")
    done = project.build("-n", "-W", "--keep-going", builder="latex")
    assert (done.code, done.warnings) == (0, "")
    command = ["latexmk", "-pdf", "-interaction=nonstopmode", "-halt-on-error", "models.tex"]
    made = subprocess.run(
        command, cwd=done.out, capture_output=True, check=False, encoding="latin-1", timeout=300
    )
    assert made.returncode == 0, made.stdout[-3000:]
    return done.out / "models.pdf"


def test_it_is_compiled_with_all_its_words(printed: Path) -> None:
    pages = [page.extract_text() for page in PdfReader(printed).pages]
    text = re.sub(r"\s+", " ", " ".join(pages))
    for words in ("ResNet-50 is Fig. ", "The legend.", "U-Net.", "layer4.2.conv3", "25,557,032"):
        assert words in text
    for words in (
        "All of 100 % & more",
        "The *first* #1 of a_b & c.",
        "Its second \\one.",
        "25.6 M",
    ):
        assert words in text


def test_figures_are_vectors(printed: Path) -> None:
    """Their words can be searched, and nothing is an image of pixels."""
    reader = PdfReader(printed)
    text = " ".join(page.extract_text() for page in reader.pages)
    assert "BasicBlock" not in text
    assert text.count("enc1") == 2  # in two figures; cards have no words
    assert text.count("copy") == 8
    assert [image.name for page in reader.pages for image in page.images] == []


def test_nothing_leaves_the_page(printed: Path) -> None:
    log = printed.with_suffix(".log").read_text(encoding="latin-1")
    over = [float(points) for points in re.findall(r"Overfull \\hbox \(([\d.]+)pt too wide\)", log)]
    assert [points for points in over if points > 12] == []
