"""What a full build from the store takes: no other process, no torch, and Pillow only for PNG."""

from __future__ import annotations

import os

import pytest
from projects import PACKAGE, Built, Project, chain

from sphinx_visualtorch.listing import Catalogue, Listed, Listing
from sphinx_visualtorch.reference import Reference

LISTING = Listing(models=(Listed(name="Net", target="models:Net", summary="A net."),))

# all that a page can have of a model
INDEX = """
Models
======

.. visualtorch:: models:Net
   :table:
   :legend:

   A caption.

.. visualtorch:: models:Net
   :style: graph
   :embed: img
   :animate:

.. visualtorch:: models:Net
   :style: lenet
   :embed-fonts:

.. visualtorch-gallery::
   :module: models

.. toctree::

   nets/index
"""


@pytest.fixture
def stored(project: Project) -> Project:
    project.configure(
        "visualtorch_galleries = {'nets/index': {'module': 'models'}}\n"
        "copyright = 'nobody'\nversion = '1'\n"
    )
    project.write("models.py", "raise RuntimeError\n")
    project.write("index.rst", INDEX)
    project.keep(Reference.parse("models:Net"), chain(), "models.py")
    project.keep_listing(Catalogue(kind="module", names=("models",)), LISTING, "models.py")
    return project


PNG = ("PIL.ImageDraw", "PIL.PngImagePlugin")
"""What paints one."""


def check(done: Built) -> None:
    assert done.lines == []
    assert not done.started
    for module in ("torch", "numpy", "models", "multiprocessing.spawn"):
        assert not done.imported(module), module
    assert not done.imported("sphinx_visualtorch.tracing.client")


@pytest.mark.parametrize("builder", ["html", "dirhtml", "epub"])
def test_svg(stored: Project, builder: str) -> None:
    done = stored.build("-W", "-n", builder=builder)
    check(done)
    assert done.imported("sphinx_visualtorch.paint.svg")
    # docutils itself imports PIL.Image where there is one
    for module in (*PNG, "sphinx_visualtorch.paint.png"):
        assert not done.imported(module), module
    if builder == "html":
        assert len(list(done.out.glob("_images/*.svg"))) == 3
        assert done.page("index.html").count('<svg class="vt-figure') == 2
        assert "<svg" in done.page("nets/Net.html")


def test_without_pillow(
    stored: Project, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same pages come out where it cannot be imported at all."""
    with_it = stored.build("-W", "-n").page("index.html")
    hidden = tmp_path_factory.mktemp("hidden")
    hidden.joinpath("PIL.py").write_text("raise ImportError('no Pillow')\n")
    path = os.pathsep.join([str(hidden), str(PACKAGE)])
    environment = {**stored.environment, "PYTHONPATH": path}
    monkeypatch.setattr(Project, "environment", environment)
    without = stored.build("-W", "-n", "-E", "-a")
    check(without)
    assert not without.imported("PIL")
    assert without.page("index.html") == with_it
    wanting = stored.build(builder="texinfo")
    assert all("no Pillow [visualtorch.draw]" in line for line in wanting.lines)
    assert wanting.lines


def test_png(stored: Project) -> None:
    """Who asks for it gets it, and what paints it."""
    done = stored.build("-W", "-n", builder="texinfo")
    check(done)
    assert all(done.imported(module) for module in PNG)
    assert list(done.out.rglob("*.png"))


def test_in_several_processes(stored: Project) -> None:
    """Sphinx's own are told apart: the watch of the tests above sees them."""
    for number in range(6):
        stored.write(f"page{number}.rst", ":orphan:\n\nPage\n====\n\n.. visualtorch:: models:Net\n")
    done = stored.build("-W", "-n", "-j", "2")
    assert done.started
    assert done.readers > 1
    assert not done.imported("sphinx_visualtorch.tracing.client")
