"""Names may be anything: nothing in them runs, becomes markup, or leaves its place."""

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from projects import Project, chain

from sphinx_visualtorch.graph import ArchitectureGraph
from sphinx_visualtorch.reference import Reference

HOSTILE = "</svg></title><script>alert(1)</script>\"'&<!--]]>`*_|\\input{x}$^_%#~{}"
LONG = "größe 模型 " * 40
ATTRIBUTE = '" onload="alert(1)" x="'


def named(*names: str) -> ArchitectureGraph:
    """Return a graph whose model, layers, classes and arguments are called so."""
    first, second, third = names
    graph = chain()
    called = {"first": first, "relu": second, "second": third, "input": "input"}
    nodes = tuple(
        replace(
            node,
            id=called[node.id],
            path=called[node.id],
            name=called[node.id],
            kind=node.kind if node.id == "input" else called[node.id],
            target="" if node.id == "input" else called[node.id],
            attributes=((third, first),),
        )
        for node in graph.nodes
    )
    edges = tuple(
        replace(edge, source=called[edge.source], target=called[edge.target])
        for edge in graph.edges
    )
    scopes = tuple(replace(scope, kind=first, name=second) for scope in graph.scopes)
    return replace(
        graph,
        name=first,
        nodes=nodes,
        edges=edges,
        scopes=scopes,
        outputs=(third,),
        notes=(second,),
    )


PAGE = f"""
Page
====

.. visualtorch:: models:Net
   :input-shape: 1, 8
   :table: all
   :legend:
   :merge: no
   :alt: {HOSTILE}
   :style: @style

   {LONG}

.. visualtorch:: models:Net
   :input-shape: 1, 8
   :merge: no
   :label: both
   :style: @style
"""


@pytest.fixture
def hostile(make_project: Callable[[], Project]) -> Project:
    project = make_project()
    project.configure("copyright = 'nobody'\nversion = '1'\n")
    project.write("models.py", "raise RuntimeError\n")
    graph = named(HOSTILE, LONG.strip(), ATTRIBUTE)
    project.keep(Reference.parse("models:Net", input_shape="1, 8"), graph, "models.py")
    return project


class Reader(HTMLParser):
    """Collects tags, attributes and what is in scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}


@pytest.mark.parametrize("style", ["layered", "lenet", "graph"])
@pytest.mark.parametrize("embed", ["inline", "img"])
def test_html(hostile: Project, style: str, embed: str) -> None:
    hostile.configure(f"visualtorch_embed = {embed!r}\n")
    hostile.write("index.rst", PAGE.replace("@style", style))
    done = hostile.build("-n", "-W", "--keep-going")
    assert done.lines == []
    shown = "".join(done.figures("index.html"))
    pictures = [path.read_text(encoding="utf-8") for path in done.out.glob("_images/*.svg")]
    for text in (shown, *pictures):
        reader = Reader()
        reader.feed(text)
        assert "script" not in reader.tags
        assert not {name for name in reader.attributes if name.startswith("on")}
    assert shown.count("<svg") == shown.count("</svg>") == (2 if embed == "inline" else 0)
    assert len(pictures) == (0 if embed == "inline" else 2)


@pytest.mark.parametrize(
    ("builder", "name"),
    [
        ("singlehtml", "index.html"),
        ("epub", "index.xhtml"),
        ("latex", "models.tex"),
        ("text", "index.txt"),
        ("man", "models.1"),
        ("texinfo", "models.texi"),
        ("xml", "index.xml"),
        ("pseudoxml", "index.pseudoxml"),
    ],
)
def test_every_builder(hostile: Project, builder: str, name: str) -> None:
    hostile.write("index.rst", PAGE.replace("@style", "layered"))
    done = hostile.build("-n", "-W", "--keep-going", builder=builder)
    assert done.lines == []
    text = done.page(name)
    assert "größe" in text or builder == "man"
    if builder == "latex":
        assert re.search(r"\\textbackslash\{\}input\\\{x\\\}", text)
        assert "\\input{x}" not in text
    if builder in ("singlehtml", "epub", "xml"):
        assert "<script>alert" not in text


def test_two_figures_with_one_name(hostile: Project) -> None:
    """Docutils says so, where it is, and both are shown."""
    figure = ".. visualtorch:: models:Net\n   :input-shape: 1, 8\n   :name: same\n\n   Caption.\n"
    hostile.write("index.rst", f"Title\n=====\n\n{figure}\n{figure}")
    done = hostile.build()
    (line,) = done.lines
    assert "index.rst:10" in line
    assert 'Duplicate explicit target name: "same"' in line
    assert len(done.figures("index.html")) == 2
    assert done.page("index.html").count("<svg") == 2
