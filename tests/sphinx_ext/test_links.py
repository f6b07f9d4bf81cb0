"""Where boxes lead to, and what an author can say about it."""

import zlib

import pytest
from projects import Project

PAGE = """
Page
====

.. visualtorch:: models:Net
   :input-shape: 1, 8
   {options}

.. py:class:: models.Dense
"""


def shown(project: Project, options: str = "", configured: str = "") -> str:
    project.configure(configured)
    project.write("index.rst", PAGE.format(options=options))
    done = project.build("-n", "-W", "-E")
    assert (done.code, done.warnings) == (0, "")
    (figure,) = done.figures("index.html")
    return figure


RELU = "https://docs.pytorch.org/docs/stable/generated/torch.nn.ReLU.html"


def test_own_classes_and_those_of_torch(one: Project) -> None:
    figure = shown(one, ":merge: no")
    assert 'href="#models.Dense"' in figure
    assert f'href="{RELU}"' in figure


def test_no_links(one: Project) -> None:
    figure = shown(one, ":links: none")
    assert "<svg" in figure
    assert "href=" not in figure


def test_all_figures_of_a_page_are_linked(one: Project) -> None:
    """A class is looked up once for a page, and each figure has the links of its own boxes."""
    own = PAGE.format(options=":merge: no") + PAGE.format(options=":merge: no\n   :links: none")
    own += PAGE.format(options=":merge: no\n   :style: graph").replace(
        "models.Dense", "models.Other"
    )
    one.write("index.rst", own.replace(".. py:class:: models.Dense", "", 1))
    done = one.build("-n", "-W")
    assert (done.code, done.warnings) == (0, "")
    first, without, last = done.figures("index.html")
    for figure in (first, last):
        assert 'href="#models.Dense"' in figure
        assert f'href="{RELU}"' in figure
        assert "models.Other" not in figure
    assert "href=" not in without


def test_a_map_goes_before_the_fallback_only(one: Project) -> None:
    links = {"torch.nn.*": "https://example.org/{}.html", "models.*": "https://example.org/no"}
    figure = shown(one, ":merge: no", f"visualtorch_link_map = {links}\n")
    assert 'href="https://example.org/torch.nn.ReLU.html"' in figure
    assert 'href="#models.Dense"' in figure
    assert "example.org/no" not in figure
    assert RELU not in figure


def test_none_in_the_map_is_no_link(one: Project) -> None:
    links = {"models.Dense": None, "torch.*": None}
    assert "href=" not in shown(one, ":merge: no", f"visualtorch_link_map = {links}\n")


def test_addresses_are_escaped(one: Project) -> None:
    links = {"torch.*": 'https://example.org/?a=1&b="><script>'}
    figure = shown(one, ":merge: no", f"visualtorch_link_map = {links}\n")
    assert "<script" not in figure
    assert "a=1&amp;b=" in figure


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("{'torch.*': 3}", "a text and an address, or None, are wanted, not 'torch.*': 3"),
        ("{3: 'https://example.org'}", "a text and an address, or None, are wanted, not 3:"),
    ],
)
def test_a_map_that_is_wrong(one: Project, value: str, told: str) -> None:
    one.configure(f"visualtorch_link_map = {value}\n")
    one.write("index.rst", PAGE.format(options=""))
    done = one.build()
    (line,) = done.lines
    assert f"visualtorch_link_map in conf.py: {told}" in line
    assert "<svg" in done.page("index.html")


def test_an_inventory_tells_which_pages_there_are(one: Project) -> None:
    """With PyTorch's inventory nothing is guessed: what it does not have, has no page."""
    head = b"# Sphinx inventory version 2\n# Project: torch\n# Version: 2\n"
    head += b"# The remainder of this file is compressed using zlib.\n"
    lines = b"torch.nn.Module py:class 1 generated/torch.nn.Module.html#$ -\n"
    lines += b"torch.nn.Linear py:class 1 generated/torch.nn.Linear.html#$ -\n"
    path = one.root / "objects.inv"
    path.write_bytes(head + zlib.compress(lines))
    configured = 'extensions.append("sphinx.ext.intersphinx")\n'
    configured += 'intersphinx_mapping = {"torch": ("https://example.org/torch", "objects.inv")}\n'
    figure = shown(one, ":merge: no", configured)
    assert 'href="https://example.org/torch/generated/torch.nn.Linear.html' in figure
    assert "torch.nn.ReLU.html" not in figure


def test_layers_are_found_by_the_search(one: Project) -> None:
    one.write("index.rst", PAGE.format(options=":merge: no"))
    done = one.build("-n", "-W")
    index = done.page("searchindex.js")
    terms = index[index.index("terms:") :] if "terms:" in index else index
    assert '"second"' in terms or "second:" in terms
    assert '"relu"' in terms or "relu:" in terms
    assert "second relu" not in done.page("index.html")  # nobody sees it twice
