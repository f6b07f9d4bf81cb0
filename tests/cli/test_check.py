"""``sphinx-visualtorch check``: what it lists, and its exit codes."""

from __future__ import annotations

import json
import re

import pytest
from projects import Project, Run, chain

from sphinx_visualtorch.listing import Catalogue, Listed, Listing
from sphinx_visualtorch.reference import Reference

PAGE = """
Page
====

.. visualtorch:: models:Net
   :input-shape: 1, 8

.. visualtorch:: models:Net
   :input-shape: 1, 8
   :style: graph
"""


def test_fresh(run: Run, docs: Project) -> None:
    assert run("check", ".") == (0, "", "1 fresh\n")
    assert run("check", ".", "--quiet") == (0, "", "")


def test_no_figures(run: Run, docs: Project) -> None:
    docs.write("index.rst", "Page\n====\n")
    assert run("check", ".") == (0, "", "0 fresh\n")


def test_stale_missing_and_refused(run: Run, docs: Project) -> None:
    """Each file once, at its first place, in the order of the pages."""
    docs.write("models.py", "x = 1\n")
    docs.keep(Reference.parse("cut:Net", kwargs="width=3"), chain())
    (cut,) = docs.root.glob("_visualtorch/cut*")
    cut.write_text("{", encoding="utf-8")
    more = ".. visualtorch:: cut:Net\n   :kwargs: width=3\n\n.. visualtorch:: other:Net\n"
    docs.write("index.rst", f"{PAGE}\n{more}")
    code, out, err = run("check", ".")
    assert code == 1
    lines = out.splitlines()
    assert lines[0] == "index.rst:5 (and 1 more): models:Net on 1×8 is stale, changed: models.py"
    assert lines[1].startswith(f"index.rst:12: cut:Net(width=3) is refused: {cut.name} cannot")
    assert lines[2] == "index.rst:15: other:Net is missing"
    assert len(lines) == 3
    assert err == "0 fresh, 3 to be made by: sphinx-visualtorch trace .\n"
    assert run("check", ".", "-q") == (1, out, "")


def test_what_is_to_be_run_reads_the_same_docs(run: Run, docs: Project) -> None:
    code, _, err = run("check", ".", "-D", "visualtorch_store=an other", "-t", "x", "-c", ".")
    assert code == 1
    again = "sphinx-visualtorch trace . -c . -D 'visualtorch_store=an other' -t x"
    assert err == f"0 fresh, 1 to be made by: {again}\n"


def test_many_changes_are_counted(run: Run, docs: Project) -> None:
    (path,) = docs.root.glob("_visualtorch/models*")
    data = json.loads(path.read_bytes())
    data["sources"] |= {f"part{at:04}.py": "0" * 64 for at in range(1_000)}
    path.write_text(json.dumps(data))
    code, out, _ = run("check", ".")
    assert code == 1
    assert len(out) < 300
    assert out.endswith("part0004.py; and 995 more\n")
    built = docs.build("-D", "visualtorch_trace=never")
    lines = [line for line in built.lines if "[visualtorch.stale]" in line]
    assert len(lines) == 2
    for line in lines:
        assert "part0004.py; and 995 more)" in line


def test_galleries(run: Run, docs: Project) -> None:
    listed = Listing(models=(Listed(name="Net", target="models:Net"),))
    docs.write("index.rst", "Page\n====\n\n.. visualtorch-gallery::\n   :module: models\n")
    assert run("check", ".")[:2] == (1, "index.rst:4: the listing of models is missing\n")
    docs.keep_listing(Catalogue(kind="module", names=("models",)), listed, "models.py")
    assert run("check", ".")[:2] == (1, "index.rst:4: models:Net is missing\n")
    docs.keep(Reference.parse("models:Net"), chain(), "models.py")
    assert run("check", ".") == (0, "", "2 fresh\n")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            ".. visualtorch:: not a reference",
            "index.rst:12: WARNING: cannot read 'not a reference'",
        ),
        (".. visualtorch:: models:Net\n   :palete: tol", "no option 'palete'"),
        # a figure may hide behind a mistake
        (".. visualtorchh:: models:Other", 'index.rst:12: ERROR: Unknown directive type "visualt'),
    ],
)
def test_pages_with_errors(run: Run, docs: Project, more: str, said: str) -> None:
    """They are told, each in one line; what is stale goes before in the exit code."""
    docs.write("index.rst", f"{PAGE}\n{more}\n")
    code, out, err = run("check", ".")
    assert (code, out) == (3, "")
    problem, last = err.splitlines()
    assert said in problem
    assert last == "1 fresh"
    docs.write("models.py", "x = 1\n")
    code, out, err = run("check", ".")
    assert code == 1
    assert said in err


def test_markdown(run: Run, docs: Project) -> None:
    """What a build is told to pass over in silence is a mistake all the same."""
    docs.configure("suppress_warnings = ['visualtorch', 'myst']\n")
    docs.write(
        "other.md",
        "# Other\n\n```{visualtorchh} a:B\n```\n\n```{visualtorch} a:B\n:palete: tol\n```\n",
    )
    code, out, err = run("check", ".")
    assert (code, out) == (3, "")
    first, second, last = err.splitlines()
    # older versions of MyST take it for "other.md.rst"
    assert re.match(r"other\.md(\.rst)?:3: WARNING: Unknown directive type", first)
    assert "other.md:6: WARNING: style 'layered' has no option 'palete'" in second
    assert last == "1 fresh"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("visualtorch_options = {'palete': 'tol'}", "no option 'palete'; did you mean 'palette'"),
        ("visualtorch_galleries = 3", "The config value `visualtorch_galleries' has type `int'"),
    ],
)
def test_values_of_conf(run: Run, docs: Project, lines: str, said: str) -> None:
    docs.configure(f"{lines}\n")
    code, out, err = run("check", ".")
    assert (code, out) == (3, "")
    assert said in err
    assert err.count("\n") == 2
