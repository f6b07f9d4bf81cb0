"""A store from strangers: one warning for each file that is refused, and a whole page."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from projects import NO_TORCH, Project, chain
from store.hostile import HOSTILE

from sphinx_visualtorch.listing import Catalogue, Listed, Listing
from sphinx_visualtorch.reference import Reference
from sphinx_visualtorch.store import Store

NEWER = "newer"
MODELS = [f"models:net_{number}" for number in range(len(HOSTILE) + 1)]


def _later(path: Path) -> None:
    path.write_text(json.dumps({**json.loads(path.read_bytes()), "schema": 3}))


KINDS = {**HOSTILE, NEWER: _later}


@pytest.fixture
def strange(project: Project) -> Project:
    """Return a project whose store has nothing but what it must not use."""
    figures = "\n".join(f".. visualtorch:: {model}\n" for model in MODELS)
    project.write("index.rst", f"Title\n=====\n\n{figures}\n\nThe end.\n")
    project.write("models.py", "raise RuntimeError('user code has run')\n")
    store = Store(project.root / "_visualtorch")
    for model, make in zip(MODELS, KINDS.values(), strict=True):
        project.keep(Reference.parse(model), chain(), "models.py")
        make(store.path(Reference.parse(model)))
    return project


def test_refused_in_a_build(strange: Project) -> None:
    """Where nothing can be traced, each is a placeholder, and one warning that says why."""
    strange.write("torch.py", NO_TORCH)
    done = strange.build()
    assert done.code == 0
    assert len(done.lines) == len(MODELS)
    page = done.page("index.html")
    assert "The end." in page
    assert "<script>alert" not in page
    for model, line in zip(MODELS, done.lines, strict=True):
        assert f"'{model}' (models.net_" in line.replace("has no graph of ", "")
        assert "cannot be used: " in line
        assert line.endswith("[visualtorch.missing]")
    assert "user code has run" not in done.warnings


TRACED = """
from torch import nn

def __getattr__(name):
    if not name.startswith("net_"):
        raise AttributeError(name)
    return lambda: nn.Linear(8, 8)
"""


@pytest.mark.torch
def test_refused_and_traced(strange: Project) -> None:
    """Where they can be traced, one warning each, once: only the newer one stays as it is."""
    pytest.importorskip("torch")
    strange.write("models.py", TRACED)
    store = Store(strange.root / "_visualtorch")
    newer = store.path(Reference.parse(MODELS[-1]))
    before = newer.read_bytes()
    done = strange.build()
    assert done.code == 0
    assert len(done.lines) == len(MODELS)
    assert all(line.endswith("[visualtorch.store]") for line in done.lines)
    assert len({line.partition(" cannot be used: ")[0] for line in done.lines}) == len(MODELS)
    assert len(done.figures("index.html")) == len(MODELS)
    assert done.page("index.html").count("</svg>") == len(MODELS)
    assert newer.read_bytes() == before
    again = strange.build("-E")
    (line,) = again.lines
    assert "upgrade sphinx-visualtorch, or delete the file" in line


MODULE = Catalogue(kind="module", names=("models",))


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text[:-30],
        lambda text: text.replace('"models:Net"', "3"),
        lambda text: text.replace('"schema": 2', '"schema": 3'),
        lambda text: "[" * 300_000,
    ],
)
def test_listings(project: Project, change: Callable[[str], str]) -> None:
    """So it is with what a gallery was found to have."""
    listing = Listing(models=(Listed(name="Net", target="models:Net"),))
    gallery = ".. visualtorch-gallery::\n   :module: models\n"
    project.write("index.rst", f"Title\n=====\n\n{gallery}")
    project.write("models.py", "raise RuntimeError('user code has run')\n")
    project.write("torch.py", NO_TORCH)
    project.keep_listing(MODULE, listing, "models.py")
    project.keep(Reference.parse("models:Net"), chain(), "models.py")
    assert project.build("-W").code == 0
    (path,) = project.root.glob("_visualtorch/listings/*")
    path.write_text(change(path.read_text()))
    (line,) = project.build().lines
    assert f"({path.name} cannot be used: " in line
    assert line.endswith("[visualtorch.missing]")


NAMES = (
    "</svg><script>alert(1)</script>",
    "\" onload='alert(1)' x=\"",
    "&lt;script&gt;",
    "javascript:alert(1)",
    "--><b>{{ x }}`_|x|",
    "]]><!--",
)


def test_names_are_escaped(project: Project) -> None:
    """A graph may call its layers anything: no name becomes markup, and the SVG is well-formed.

    With characters that no page may have it is refused.
    """
    graph = chain()
    first, second = graph.nodes[1], graph.nodes[3]
    nodes = {
        first.id: replace(first, name=NAMES[0] + NAMES[4], kind=NAMES[1]),
        second.id: replace(second, name=NAMES[3], kind=NAMES[2] + NAMES[5], target=NAMES[1]),
    }
    changed = replace(
        graph, name="".join(NAMES), nodes=tuple(nodes.get(node.id, node) for node in graph.nodes)
    )
    project.write("models.py", "")
    project.keep(Reference.parse("models:Net"), changed, "models.py")
    figures = "".join(
        f".. visualtorch:: models:Net\n   :style: {style}\n   :embed: img\n   :merge: no\n\n"
        for style in ("layered", "lenet", "graph")
    )
    project.write("index.rst", f"Title\n=====\n\n{figures}")
    done = project.build("-W", "--keep-going")
    assert done.lines == []
    pictures = [*done.out.glob("_images/*.svg")]
    assert len(pictures) == 3
    for picture in pictures:
        tree = ET.fromstring(picture.read_bytes())  # it raises where it is not well-formed
        assert not [item for item in tree.iter() if "script" in str(item.tag)]
        assert not [name for item in tree.iter() for name in item.attrib if name.startswith("on")]
    assert "<script>alert" not in done.page("index.html")
    assert "<b>{{" not in done.page("index.html")
