"""The layer table: a real table where the author wants one, lines where there are no pictures."""

import re

import pytest
from projects import Project, chain

from sphinx_visualtorch.options import make_options
from sphinx_visualtorch.table import layer_table

PAGE = """
Page
====

.. visualtorch:: models:Net
   :input-shape: 1, 8
   {options}

   The caption.
"""

LINES = """\
      Layer   Type          Output  Parameters  FLOPs
      input   input         1×8
      first   Dense + ReLU  1×8             72
      second  Linear        1×8             72
      Total   Net                          144
"""


def built(project: Project, options: str, builder: str, page: str) -> str:
    project.write("index.rst", PAGE.format(options=options))
    done = project.build("-n", "-W", "-E", builder=builder)
    assert (done.code, done.warnings) == (0, "")
    assert not done.imported("torch")
    return done.page(page)


def rows(html: str) -> list[list[str]]:
    found = []
    for row in re.findall(r"<tr.*?</tr>", html, re.DOTALL):
        cells = re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)
        found.append([re.sub(r"<[^>]*>", "", cell).strip() for cell in cells])
    return found


def test_html(one: Project) -> None:
    page = built(one, ":table:", "html", "index.html")
    assert page.index("</figure>") < page.index("<table")
    assert rows(page) == [
        ["Layer", "Type", "Output", "Parameters", "FLOPs"],
        ["input", "input", "1×8", "", ""],
        ["first", "Dense + ReLU", "1×8", "72", ""],
        ["second", "Linear", "1×8", "72", ""],
        ["Total", "Net", "", "144", ""],
    ]
    assert re.search(r"<thead>.*<th", page, re.DOTALL)
    assert "torch.nn.Linear.html" in page[page.index("<table") :]


def test_all_calls(one: Project) -> None:
    found = rows(built(one, ":table: all", "html", "index.html"))
    assert [row[0] for row in found] == ["Layer", "input", "first", "relu", "second", "Total"]


@pytest.mark.parametrize("options", ["", ":table: none", ":table: no"])
def test_no_table(one: Project, options: str) -> None:
    assert "<table" not in built(one, options, "html", "index.html")


def test_latex(one: Project) -> None:
    """A table in a figure would stop LaTeX: it stands behind it."""
    text = built(one, ":table:", "latex", "models.tex")
    assert text.index(r"\end{figure}") < text.index("Dense + ReLU")


@pytest.mark.parametrize(("builder", "page"), [("text", "index.txt"), ("man", "models.1")])
@pytest.mark.parametrize("options", ["", ":table: boxes"])
def test_lines(one: Project, builder: str, page: str, options: str) -> None:
    text = built(one, options, builder, page)
    if builder == "text":
        assert LINES in text
    else:
        assert "first   Dense + ReLU  1×8             72\n" in text.replace("\\", "")
    assert text.count("The caption.") == 1


def test_lines_left_out(one: Project) -> None:
    text = built(one, ":table: none", "text", "index.txt")
    assert "[Architecture of Net: 3 layers, 144 parameters, input 1×8]" in text
    assert "Total" not in text


@pytest.mark.parametrize("builder", ["xml", "pseudoxml", "epub", "texinfo", "singlehtml"])
def test_every_other_builder(one: Project, builder: str) -> None:
    one.configure("version = '1'\ncopyright = 'nobody'\n")
    one.write("index.rst", PAGE.format(options=":table:"))
    done = one.build("-n", "-W", "-E", builder=builder)
    assert (done.code, done.warnings) == (0, "")


def test_a_word_that_is_none(one: Project) -> None:
    one.write("index.rst", PAGE.format(options=":table: tall"))
    done = one.build()
    (line,) = done.lines
    assert "option 'table' cannot be 'tall': one of boxes, all, none is wanted" in line
    assert "index.rst:5" in line


def test_the_rows_are_the_boxes_of_a_figure() -> None:
    found = layer_table(chain(), "layered", make_options("layered", {}))
    assert [row.kind for row in found.rows] == ["input", "Dense + ReLU", "Linear"]
    assert sum(row.parameters for row in found.rows) == found.parameters == 144
    assert found.rows[1].target == "models.Dense"
