"""From a directive to a page, in reStructuredText and in MyST, from a filled store.

The models of these pages cannot be imported: whoever runs them sees the builds fail.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from projects import Built, Project, chain

from sphinx_visualtorch.reference import Reference

MODELS = "raise RuntimeError('the Sphinx process has run the author\\'s code')\n"
NET = Reference.parse("models:Net", input_shape="1, 8")
DOTTED = Reference.parse("models.Net", input_shape="1, 8")
CALLED = Reference.parse("models.net", args="1, 'a'", kwargs="width=3", inputs="models:batch")

PAGES = {
    "index.rst": """
Models
======

.. toctree::

   figure
   sizes
   deeper/markdown
   plain
""",
    "figure.rst": """
A figure
========

See :numref:`the-net`, :numref:`Picture %s <the-net>` and :ref:`the-net`.

.. visualtorch:: models:Net
   :input-shape: 1, 8
   :name: the-net
   :class: drawn here
   :figclass: framed
   :align: right
   :figwidth: 80%

   The *first* net & its <caption>.

   - a legend

   with two blocks

.. visualtorch:: models:Net
   :input-shape: 1, 8

   The same again.

.. visualtorch:: models:Net
   :input-shape: 1, 8

   And again.

.. visualtorch:: models.net
   :args: 1, 'a'
   :kwargs: width=3
   :inputs: models:batch
   :style: graph
   :node-size: 40
   :show_neurons: no
   :legend:
   :alt: Words "in" place & <of> others
   :target: https://example.org/
""",
    "sizes.rst": """
Sizes
=====

.. visualtorch:: models:Net
   :input-shape: 1, 8
   :width: 300

.. visualtorch:: models:Net
   :input-shape: 1, 8
   :width: 50%
   :scale: 50

.. visualtorch:: models:Net
   :input-shape: 1, 8
   :scale: 200

.. visualtorch:: models:Net
   :input-shape: 1, 8
   :height: 12em

.. visualtorch:: models:Net
   :input-shape: 1, 8
   :figwidth: image

Another request with the same picture:

.. visualtorch:: models.Net
   :input-shape: 1, 8

Our own word after docutils' option:

.. visualtorch:: models:Net
   :input-shape: 1, 8
   :scale: linear
""",
    "deeper/markdown.md": """
# In Markdown

```{visualtorch} models:Net
:input-shape: 1, 8
:name: marked
:legend:
:style: flow
:min-z: 9

A **caption**.

A legend.
```

See {numref}`marked`.
""",
    "plain.rst": "Plain\n=====\n\nNo figure here.\n",
    # Sphinx reads in several processes only where there are more than five documents
    **{f"filler{number}.rst": ":orphan:\n\nFiller\n======\n" for number in range(4)},
}


@pytest.fixture(scope="module")
def filled(make_project: Callable[[], Project]) -> Project:
    project = make_project()
    project.write("models.py", MODELS)
    for name, text in PAGES.items():
        project.write(name, text)
    for reference in (NET, DOTTED, CALLED):
        project.keep(reference, chain(), "models.py")
    return project


@pytest.fixture(scope="module")
def built(filled: Project) -> Built:
    done = filled.build("-j", "2", "-n", "-W", "--keep-going")
    assert done.warnings == ""
    assert done.readers > 1
    assert done.code == 0
    return done


def test_figure(built: Built) -> None:
    first, second, third, _ = built.figures("figure.html")
    assert '<figure class="framed align-right" id="the-net" style="width: 80%">' in first
    assert '<div class="drawn here vt-picture">' in first
    assert 'class="vt-figure"' in first
    assert 'data-model="Net"' in first
    assert re.search(
        r'<figcaption>\s*<p><span class="caption-number">Fig. 1 </span>.*The <em>first</em> net '
        r"&amp; its &lt;caption&gt;\..*</p>\s*<div class=\"legend\">.*<p>a legend</p>.*two blocks",
        first,
        flags=re.DOTALL,
    )
    assert "Fig. 2" in second
    assert "Fig. 3" in third
    page = built.page("figure.html")
    assert 'href="#the-net"><span class="std std-numref">Fig. 1</span>' in page
    assert '<span class="std std-numref">Picture 1</span>' in page


def test_ids_are_unique(built: Built) -> None:
    for page in ("figure.html", "sizes.html"):
        ids = re.findall(r' id="([^"]*)"', built.page(page))
        assert len(ids) == len(set(ids))
        for labels in re.findall(r'aria-labelledby="([^"]*)"', built.page(page)):
            assert set(labels.split()) <= set(ids)


def test_generated_and_given_words(built: Built) -> None:
    first, *_, last = built.figures("figure.html")
    described = re.search(r"<desc[^>]*>([^<]*)</desc>", first)
    assert described is not None
    assert "Net" in described[1]
    assert "144" in described[1]
    titles = re.findall(r"<title[^>]*>([^<]*)</title>", last)
    assert titles[0] == "Words &quot;in&quot; place &amp; &lt;of&gt; others"
    assert "<desc" not in last


def test_options_arrive(built: Built) -> None:
    assert 'data-style="graph"' in built.figures("figure.html")[3]
    assert 'data-style="layered"' in built.figures("figure.html")[0]


def test_target_is_the_only_link(built: Built) -> None:
    last = built.figures("figure.html")[3]
    assert re.findall(r'<a [^>]*href="([^"]*)"', last)[0] == "https://example.org/"
    assert last.count("href=") - last.count("headerlink") == 1


def test_links(built: Built) -> None:
    """Boxes lead to PyTorch's pages where no inventory is configured; nobody is warned (-n)."""
    first = built.figures("figure.html")[0]
    assert 'href="https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html"' in first
    assert "models.Dense" not in re.findall(r'href="([^"]*)"', first)


def styles(built: Built) -> list[str]:
    found = re.findall(r'<svg[^>]* style="([^"]*)"', built.page("sizes.html"))
    assert all("max-width:100%" in style for style in found)
    return found


def test_sizes(built: Built) -> None:
    fixed, half, double, high, natural, _, linear = styles(built)
    width = re.search(r'<svg[^>]* width="([0-9.]+)"', built.page("sizes.html"))
    assert width is not None
    assert fixed.startswith("width:300px;")
    assert half.startswith("width:25%;")
    assert double.startswith(f"width:{float(width[1]) * 2:g}px;")
    assert high.startswith("height:12em;width:auto;")
    assert "height:auto" not in high
    # what the author asks for is drawn, also where its texts cannot be read then
    assert [style for style in styles(built) if "--vt-least" not in style] == [
        fixed,
        half,
        double,
        high,
    ]
    assert natural.startswith("max-width")
    assert linear.startswith("max-width")
    plain, scaled = (built.figures("sizes.html")[index] for index in (4, 6))
    assert plain.count("<path") == scaled.count("<path")
    assert re.findall(r' d="[^"]*"', plain) != re.findall(r' d="[^"]*"', scaled)
    assert f'style="width: {float(width[1]):.0f}px"' in built.figures("sizes.html")[4]


def test_markdown(built: Built) -> None:
    (figure,) = built.figures("deeper/markdown.html")
    assert 'id="marked"' in figure
    assert "<strong>caption</strong>" in figure
    assert "A legend." in figure
    assert 'data-style="layered"' in figure
    assert '<span class="std std-numref">Fig. 4</span>' in built.page("deeper/markdown.html")


def test_style_sheet(built: Built) -> None:
    assert ".vt-figure" in built.page("_static/visualtorch.css")
    assert 'href="_static/visualtorch.css' in built.page("figure.html")
    assert 'href="../_static/visualtorch.css' in built.page("deeper/markdown.html")
    assert "visualtorch.css" not in built.page("plain.html")
    assert "visualtorch.css" not in built.page("genindex.html")


def test_nothing_is_imported(built: Built) -> None:
    """All graphs are in the store: no torch, no worker; no PNG is asked for."""
    assert built.imported("sphinx_visualtorch.sphinx_ext.resolve")
    ours = [f"sphinx_visualtorch.{name}" for name in ("tracing.client", "paint.png", "paper")]
    for module in ("torch", "models", *ours):
        assert not built.imported(module), module


def test_nothing_is_imported_check_can_fail(filled: Project, make_project) -> None:
    project = make_project()
    project.write("torch.py", "")
    project.write("index.rst", "Title\n=====\n")
    project.configure("import torch, sphinx_visualtorch.tracing.client\n")
    done = project.build()
    assert done.imported("torch")
    assert done.imported("sphinx_visualtorch.tracing.client")


def test_serial_and_parallel_are_equal(filled: Project, built: Built) -> None:
    pages = {name: built.page(name) for name in ("figure.html", "sizes.html", "plain.html")}
    again = filled.build("-E", "-a", "-n", "-W")
    assert again.code == 0
    assert {name: again.page(name) for name in pages} == pages


def test_store_is_left_alone(filled: Project, built: Built) -> None:
    assert built.code == 0
    assert len(filled.store()) == 3
