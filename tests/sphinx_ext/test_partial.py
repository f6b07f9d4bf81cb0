"""Models whose forward raises half-way: what had been done is shown, with what went wrong."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from projects import Built, Project

pytestmark = pytest.mark.torch

MODELS = """
from torch import nn

class First(nn.Linear):
    pass

class Half(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = First(8, 16)
        self.act = nn.ReLU()
        self.second = nn.Linear(17, 4)
        self.third = nn.Tanh()
    def forward(self, x):
        return self.third(self.second(self.act(self.first(x))))
"""

PAGE = """
Title
=====

.. visualtorch:: models:Half
   :input-shape: 1, 8
   :style: graph
   :name: half

   A caption.

.. visualtorch:: models:Half
   :input-shape: 1, 8
   :target: https://example.org/
   :alt: in other words

   Another caption.

:numref:`half`

.. py:class:: models.First
"""

WORDS = "running 'models:Half' failed at layer 'second (Linear)' given 1×16: RuntimeError: "
MORE = "The figure shows the model up to there."


@pytest.fixture
def half(project: Project) -> Project:
    project.configure("version = '1'\ncopyright = epub_copyright = 'no one'\n")
    project.write("models.py", MODELS)
    project.write("index.rst", PAGE)
    return project


def problem(built: Built) -> None:
    """One warning a figure, at its line."""
    assert built.code == 0
    assert len(built.lines) == len(built.warnings.splitlines()) == 2, built.warnings
    for line, place in zip(built.lines, ("5", "12"), strict=True):
        assert f"index.rst:{place}: WARNING: {WORDS}" in line
        assert line.endswith("[visualtorch.trace]")


def left(project: Project) -> list[Path]:
    return [path for path in project.root.rglob("*partial*") if path.is_file()]


def plain(text: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", text))


def test_page(half: Project) -> None:
    built = half.build("-n")
    problem(built)
    for figure, caption in zip(built.figures("index.html"), ("A c", "Another c"), strict=True):
        parts = ("<svg", 'class="visualtorch-error admonition error"', "<figcaption")
        places = [figure.index(part) for part in parts]
        assert places == sorted(places)
        assert 'class="visualtorch-partial vt-picture"' in figure
        message, words = plain(figure).split(MORE)
        assert WORDS in message
        assert f"{caption}aption." in words
        assert "third" not in figure
    linked, target = built.figures("index.html")
    assert 'href="#models.First"' in linked
    assert "first" in linked
    assert "second" in linked
    assert 'href="https://example.org/"><svg' in target
    assert "in other words" in target
    assert '<span class="std std-numref">Fig. 1</span>' in built.page("index.html")
    assert half.store() == []


def test_nothing_of_it_survives(half: Project) -> None:
    """Each build says it again, under either builder; when the model is mended, all is as new."""
    for builder in ("html", "epub", "html", "epub"):
        built = half.build(builder=builder)
        problem(built)
        assert half.store() == []
    assert left(half)
    half.write("models.py", MODELS.replace("17", "16"))
    for builder in ("html", "epub"):
        assert half.build("-W", builder=builder).lines == []
        page = built.out.with_name("html").joinpath("index.html").read_text()
        assert page.count("<svg") == 2
        assert "third" in page
        assert "partial" not in page
        assert "visualtorch-error" not in page
    assert left(half) == []
    (kept,) = half.store()
    good = kept.read_bytes()
    # the other way round: the last good graph stays, and is not what the page shows
    half.write("models.py", MODELS)
    built = half.build()
    problem(built)
    assert "third" not in "".join(built.figures("index.html"))
    assert kept.read_bytes() == good
    assert half.store() == [kept]


def test_files(half: Project) -> None:
    """The picture stands in its link, the message below it."""
    built = half.build(builder="epub")
    problem(built)
    page = built.page("index.xhtml")
    (one, other) = re.findall(
        r"<figure.*?</figure>|<div class=\"figure.*?</div>\s*</div>", page, re.DOTALL
    )
    for figure in (one, other):
        assert re.search(r'<img [^>]*src="_images/visualtorch-partial-\w+\.svg"', figure)
        assert WORDS in plain(figure)
        assert MORE in plain(figure)
    assert re.search(r'<a [^>]*href="https://example.org/"[^>]*><img[^>]*>\s*</a>', other)


def test_latex(half: Project) -> None:
    built = half.build(builder="latex")
    problem(built)
    text = next(built.out.glob("*.tex")).read_text()
    assert (
        len(re.findall(r"\\sphinxincludegraphics\[.*?\]\{\{visualtorch-partial-\w+\}", text)) == 2
    )
    assert text.count(MORE) == 2
    assert list(built.out.glob("visualtorch-partial-*.pdf"))


def test_text(half: Project) -> None:
    built = half.build(builder="text")
    problem(built)
    text = " ".join(built.page("index.txt").split())
    assert text.count(WORDS) == text.count(MORE) == 2
    assert "[in other words]" in text
    assert text.index("[in other words]") < text.rindex(WORDS) < text.index("Another caption.")
