"""One set of documents, one store, one set of doctrees, and every builder makes something of it."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from projects import Built, Project, chain
from pypdf import PdfReader

from sphinx_visualtorch.reference import Reference

INDEX = """
Models
======

.. toctree::

   deeper/figure
   api
"""

FIGURE = """
A figure
========

See :numref:`the-net`.

.. visualtorch:: models:Net
   :input-shape: 1, 8
   :name: the-net
   :align: center

   The caption.

   The legend.

.. visualtorch:: models:Net
   :input-shape: 1, 8
   :alt: In other words.
   :target: https://example.org/

.. visualtorch:: models:Net
   :input-shape: 1, 8
   :style: nonsense
   :target: https://example.org/

   What cannot be shown.

.. visualtorch:: models:Net
   :input-shape: 1, 8
   :alt: Half as large.
   :scale: 50
"""

API = """
Classes
=======

.. py:class:: models.Dense

   It is documented here.
"""


@pytest.fixture(scope="module")
def shared(make_project: Callable[[], Project]) -> Project:
    project = make_project()
    project.configure(
        "suppress_warnings = ['visualtorch.option']\ncopyright = 'nobody'\nversion = '1'\n"
    )
    project.write("models.py", "raise RuntimeError\n")
    project.write("index.rst", INDEX)
    project.write("deeper/figure.rst", FIGURE)
    project.write("api.rst", API)
    project.keep(Reference.parse("models:Net", input_shape="1, 8"), chain(), "models.py")
    return project


def build(project: Project, builder: str) -> Built:
    done = project.build("-n", "-W", "--keep-going", builder=builder)
    # other versions of Sphinx do not let its own messages be suppressed, so they are counted here
    assert done.lines == []
    assert done.code == 0
    assert not done.imported("torch")
    return done


WORDS = "Net"
MESSAGE = "one of layered, lenet, graph, flow is wanted"


@pytest.mark.parametrize(
    ("builder", "page", "own"),
    [
        ("html", "deeper/figure.html", "../api.html#models.Dense"),
        ("dirhtml", "deeper/figure/index.html", "../../api/#models.Dense"),
        ("singlehtml", "index.html", "#models.Dense"),
    ],
)
def test_html(shared: Project, builder: str, page: str, own: str) -> None:
    """Boxes and frames lead to the author's own page, wherever the figure's page is."""
    done = build(shared, builder)
    first, second, third, _ = done.figures(page)
    assert "<svg" in first
    assert f'href="{own}"' in first
    assert 'href="https://example.org/"' in second
    assert MESSAGE in third
    assert "What cannot be shown." in third
    assert "visualtorch.css" in done.page(page)


def test_epub(shared: Project) -> None:
    done = build(shared, "epub")
    (book,) = done.out.glob("*.epub")
    with zipfile.ZipFile(book) as archive:
        names = archive.namelist()
        text = archive.read("deeper/figure.xhtml").decode()
        (picture,) = [name for name in names if re.search(r"_images/visualtorch-\w+\.svg$", name)]
        assert archive.read(picture).startswith(b"<svg xmlns=")
    images = re.findall(r'<img [^>]*alt="([^"]*)"[^>]*src="\.\./_images/visualtorch-', text)
    assert images[1:] == ["In other words.", "Half as large."]
    full, half = re.findall(r'style="width: ([0-9.]+)px', text)[-2:]
    assert abs(float(half) / float(full) - 0.5) < 0.01
    assert MESSAGE in text


def printed(done: Built, suffix: str) -> list[tuple[float, Path]]:
    """Return width in px and file of the pictures in a LaTeX document, all of one kind."""
    text = done.page("models.tex")
    assert r"\caption{The caption.}" in text
    assert MESSAGE in text.replace("\n", " ")
    # a dot in the name itself would mislead LaTeX
    pattern = r"\\sphinxincludegraphics\[width=([\d.]+)\\sphinxpxdimen\]\{\{([\w-]+)\}(\.\w+)\}"
    found = re.findall(pattern, text)
    assert {end for *_, end in found} == {suffix}
    assert text.count("includegraphics[") == len(found) == 3
    return [(float(width), done.out / f"{name}{end}") for width, name, end in found]


def test_latex(shared: Project) -> None:
    """LaTeX gets PDF, as large as the figure is in HTML."""
    done = build(shared, "latex")
    (full, picture), (same, _), (half, _) = printed(done, ".pdf")
    assert full == same
    assert abs(half / full - 0.5) < 0.01
    (page,) = PdfReader(picture).pages
    assert abs(float(page.mediabox.width) / 0.75 - full) < 1
    assert "second" in page.extract_text()
    assert not list(done.out.glob("visualtorch-*.png"))
    assert "sphinx-visualtorch[pdf]" not in done.printed


HIDE = """
from importlib import machinery
find_spec = machinery.PathFinder.find_spec
def without(name, *rest):
    return None if name == "reportlab" else find_spec(name, *rest)
machinery.PathFinder.find_spec = without
"""


def test_latex_without_the_extra(shared: Project) -> None:
    """LaTeX then gets PNG with 300 dots to the inch, and the build says so once."""
    usual = (shared.root / "conf.py").read_text(encoding="utf-8")
    shared.write("conf.py", HIDE + usual)
    try:
        done = build(shared, "latex")
    finally:
        shared.write("conf.py", usual)
    (full, path), *_ = printed(done, ".png")
    with Image.open(path) as picture:
        assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.1)
        assert picture.width / 300 * 96 == pytest.approx(full, abs=1)
    said = [line for line in done.printed.splitlines() if "sphinx-visualtorch[pdf]" in line]
    assert len(said) == 1


def test_texinfo(shared: Project) -> None:
    done = build(shared, "texinfo")
    text = done.page("models.texi")
    assert text.count("@image{") == 3
    assert len(list(done.out.rglob("visualtorch-*.png"))) == 1


@pytest.mark.parametrize(("builder", "page"), [("text", "deeper/figure.txt"), ("man", "models.1")])
def test_words(shared: Project, builder: str, page: str) -> None:
    text = re.sub(r"\s+", " ", build(shared, builder).page(page)).replace("\\", "")
    assert text.count("144 parameters") == 1
    assert text.count("Total Net 144") == 3
    assert text.count("In other words.") == 1
    assert text.count("The caption.") == 1
    assert text.index("144") < text.index("The caption.")
    assert MESSAGE in text


@pytest.mark.parametrize("builder", ["xml", "pseudoxml"])
def test_trees(shared: Project, builder: str) -> None:
    (page,) = build(shared, builder).out.glob("deeper/figure.*")
    text = page.read_text(encoding="utf-8")
    assert "In other words." in text
    assert "object at 0x" not in text


def test_gettext(shared: Project) -> None:
    done = build(shared, "gettext")
    text = done.page("deeper.pot")
    assert 'msgid "The caption."' in text
    assert MESSAGE not in text


@pytest.mark.parametrize("builder", ["dummy", "gettext", "linkcheck"])
def test_no_pictures_no_tracing(project: Project, builder: str) -> None:
    """Builders that show nothing look nothing up: the model here does not even exist."""
    project.configure("linkcheck_ignore = ['.*']\n")
    figure = ".. visualtorch:: nowhere:Net\n   :target: https://example.org/\n"
    project.write("index.rst", f"Title\n=====\n\n{figure}")
    done = project.build("-W", builder=builder)
    assert done.lines == []
    assert done.code == 0
    assert not done.imported("sphinx_visualtorch.tracing.client")


def test_one_set_of_pictures(shared: Project) -> None:
    """All HTML builders share the pictures; nothing of the store was touched."""
    for builder in ("html", "latex", "texinfo"):
        build(shared, builder)
    pictures: list[Path] = list(shared.root.glob("_build/doctrees/visualtorch/pictures/*"))
    suffixes = sorted(path.suffix for path in pictures)
    assert (suffixes.count(".png"), suffixes.count(".pdf")) == (1, 1)
    assert len(shared.store()) == 1


def test_animation_is_for_pages(project: Project) -> None:
    """What shows EPUB might stop at its first frame, where nothing is to be seen yet."""
    project.configure("copyright = 'nobody'\nversion = '1'\n")
    project.write("models.py", "")
    directive = ".. visualtorch:: models:Net\n   :input-shape: 1, 8\n   :animate:\n"
    project.write("index.rst", f"Title\n=====\n\n{directive}\n   Caption.\n")
    project.keep(Reference.parse("models:Net", input_shape="1, 8"), chain(), "models.py")
    done = build(project, "html")
    (figure,) = done.figures("index.html")
    assert figure.count('class="vt-step') >= 3
    assert "<style" not in figure
    assert "@keyframes vt-reveal" in done.page("_static/visualtorch.css")
    (picture,) = build(project, "epub").out.glob("_images/visualtorch-*.svg")
    assert "vt-step" not in picture.read_text(encoding="utf-8")


def test_intersphinx(project: Project) -> None:
    """An inventory goes before the rule for PyTorch's own pages."""
    lines = b"torch.nn.Linear py:class 1 elsewhere/#$ -\nmodels.Dense py:class 1 dense.html#$ -\n"
    header = b"# Sphinx inventory version 2\n# Project: torch\n# Version: 1\n"
    inventory = header + b"# The remainder of this file is compressed using zlib.\n"
    project.root.joinpath("torch.inv").write_bytes(inventory + zlib.compress(lines))
    mapping = "{'torch': ('https://example.org/torch/', 'torch.inv')}"
    project.configure(
        f"extensions.append('sphinx.ext.intersphinx')\nintersphinx_mapping = {mapping}\n"
    )
    project.write("models.py", "")
    project.write(
        "index.rst", "Title\n=====\n\n.. visualtorch:: models:Net\n   :input-shape: 1, 8\n"
    )
    project.keep(Reference.parse("models:Net", input_shape="1, 8"), chain(), "models.py")
    (figure,) = build(project, "html").figures("index.html")
    assert 'href="https://example.org/torch/elsewhere/#torch.nn.Linear"' in figure
    assert 'href="https://example.org/torch/dense.html#models.Dense"' in figure
    assert "docs.pytorch.org/docs/stable/generated/torch.nn.Linear" not in figure


EVERY = [
    "html",
    "dirhtml",
    "singlehtml",
    "epub",
    "latex",
    "texinfo",
    "text",
    "man",
    "xml",
    "pseudoxml",
    "gettext",
    "linkcheck",
    "dummy",
]

MARKDOWN = """\
# A figure

```{visualtorch} models:Net
:input-shape: 1, 8
:name: marked
:table:

The *caption*, see {numref}`marked`.
```
"""


@pytest.mark.parametrize("builder", EVERY)
def test_markdown_in_parallel(make_project: Callable[[], Project], builder: str) -> None:
    """Every builder takes MyST, and reads and writes in four processes."""
    project = make_project()
    project.configure("copyright = 'nobody'\nversion = '1'\nlinkcheck_ignore = ['.*']\n")
    project.write("models.py", "raise RuntimeError\n")
    project.write("index.md", "# Pages\n\n```{toctree}\n:glob:\n\nfigure*\n```\n")
    for number in range(6):  # Sphinx reads in parallel where there are more than five
        text = MARKDOWN.replace("marked", f"marked{number}")
        project.write(f"figure{number}.md", text)
    project.keep(Reference.parse("models:Net", input_shape="1, 8"), chain(), "models.py")
    done = project.build("-n", "-W", "--keep-going", "-j", "4", builder=builder)
    assert done.lines == []
    assert done.code == 0
    assert not done.imported("torch")
