"""``sphinx-visualtorch trace``: the store it fills, and what it says of models that fail."""

from __future__ import annotations

import pytest
from projects import NO_TORCH, Project, Run, chain

from sphinx_visualtorch.reference import Reference

MODELS = '''
from torch import nn

class Net(nn.Module):
    """A net."""
    example_input_array = None

    def __init__(self, width=4):
        super().__init__()
        print("building")
        self.a = nn.Linear(8, width)

    def forward(self, x):
        return self.a(x)
'''
PAGE = """
Page
====

.. visualtorch:: mine:Net
   :input-shape: 1, 8

.. visualtorch:: mine:Net
   :kwargs: width=16
   :style: graph

.. visualtorch:: mine:Net
   :input-shape: 1, 7
"""


@pytest.fixture
def docs(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    project.write("index.rst", PAGE)
    project.write("mine.py", MODELS)
    monkeypatch.chdir(project.root)
    return project


@pytest.mark.torch
def test_fills_and_refreshes(run: Run, docs: Project) -> None:
    pytest.importorskip("torch")
    code, out, err = run("trace", ".")
    assert (code, out) == (1, "")
    lines = err.splitlines()
    assert any("mine:Net(width=16): " in line and "guessed from 'a'" in line for line in lines)
    (failed,) = (line for line in lines if "failed" in line and "made" not in line)
    assert failed.startswith("index.rst:12: running 'mine:Net' failed at layer 'a (Linear)'")
    assert lines[-1] == "2 graphs made, 0 fresh, 1 failed"
    assert "building" not in err
    assert len(docs.store()) == 2
    docs.write("index.rst", PAGE.replace("1, 7", "2, 8"))
    assert run("trace", ".", "-q") == (0, "", "")
    assert run("check", ".") == (0, "", "3 fresh\n")
    # a build needs no worker then
    built = docs.build("-W")
    assert built.code == 0, built.warnings
    assert not built.imported("sphinx_visualtorch.tracing.worker")
    # nothing is written again that has not changed
    before = {path: path.stat().st_mtime_ns for path in docs.store()}
    code, _, err = run("trace", ".")
    assert (code, err) == (0, "0 graphs made, 3 fresh\n")
    docs.write("mine.py", f"{MODELS}\nx = 1\n")
    assert run("trace", ".")[2].endswith("3 graphs made, 0 fresh\n")
    assert all(path.stat().st_mtime_ns > then for path, then in before.items())
    code, _, err = run("trace", ".", "--all", "-v")
    assert err.endswith("3 graphs made, 0 fresh\n")
    assert "building" in err


@pytest.mark.torch
def test_galleries(run: Run, docs: Project) -> None:
    """A gallery is listed, its pages are written, and what they show is traced, in one run."""
    pytest.importorskip("torch")
    docs.configure('visualtorch_galleries = {"zoo/index": {"module": "mine"}}\n')
    docs.write("index.rst", "Page\n====\n\n.. toctree::\n\n   zoo/index\n")
    code, _, err = run("trace", ".")
    assert code == 0, err
    assert (docs.root / "zoo" / "Net.rst").is_file()
    assert err.splitlines()[0] == "mine: listed"
    assert err.splitlines()[-1] == "1 graph made, 0 fresh"
    assert run("check", ".", "-q") == (0, "", "")
    assert run("prune", ".") == (0, "", "0 files removed\n")


@pytest.mark.torch
def test_a_listing_has_no_say_in_what_is_run(run: Run, docs: Project) -> None:
    pytest.importorskip("torch")
    docs.write("danger.py", "from pathlib import Path\nPath('wiped').touch()\n")
    docs.write("index.rst", "Page\n====\n\n.. visualtorch-gallery::\n   :module: mine\n")
    assert run("trace", ".")[0] == 0
    (listing,) = docs.root.joinpath("_visualtorch/listings").glob("*.json")
    text = listing.read_text()
    listing.write_text(text.replace('"mine:Net"', '"danger:wipe"'))
    assert run("check", ".")[0] == 1
    code, _, err = run("trace", ".")
    assert (code, err.splitlines()[0]) == (0, "mine: listed")
    assert not docs.root.joinpath("wiped").exists()
    assert listing.read_text() == text


def test_no_torch(run: Run, docs: Project) -> None:
    """It is told once, not for each model; what there is stays."""
    docs.write("torch.py", NO_TORCH)
    docs.keep(Reference.parse("mine:Net", input_shape="1, 8"), chain())
    before = [path.read_bytes() for path in docs.store()]
    code, out, err = run("trace", ".")
    assert (code, out) == (4, "")
    (line,) = err.splitlines()
    assert "torch is not installed" in line
    assert [path.read_bytes() for path in docs.store()] == before


@pytest.mark.torch
def test_a_store_that_cannot_be_written(run: Run, docs: Project) -> None:
    pytest.importorskip("torch")
    docs.write("_visualtorch", "a file stands in the way\n")
    code, _, err = run("trace", ".")
    assert code == 4
    assert "cannot write" in err
    assert "Traceback" not in err


@pytest.mark.torch
def test_limits_of_conf(run: Run, docs: Project) -> None:
    pytest.importorskip("torch")
    docs.configure("visualtorch_timeout = 0.5\n")
    docs.write("mine.py", MODELS.replace("print(", "import time; time.sleep(600); print("))
    docs.write("index.rst", PAGE.partition(".. visualtorch:: mine:Net\n   :kwargs")[0])
    code, _, err = run("trace", ".")
    assert code == 1
    assert "was not traced within 0.5 s" in err


@pytest.mark.torch
def test_pages_with_errors(run: Run, docs: Project) -> None:
    """What can be traced is, whatever builds may do."""
    pytest.importorskip("torch")
    docs.configure("visualtorch_trace = 'never'\n")
    docs.write("index.rst", PAGE.replace("1, 7", "seven"))
    code, _, err = run("trace", ".")
    assert code == 3
    assert "index.rst:12: WARNING: cannot read 'seven'" in err
    assert err.splitlines()[-1] == "2 graphs made, 0 fresh"


@pytest.mark.torch
def test_what_a_newer_version_wrote_is_left(run: Run, docs: Project) -> None:
    """It costs its own model only, and is told by check and by trace."""
    pytest.importorskip("torch")
    docs.write("index.rst", PAGE.replace("1, 7", "3, 8"))
    docs.keep(Reference.parse("mine:Net", input_shape="1, 8"), chain())
    (path,) = docs.store()
    path.write_text('{"schema": 99}\n', encoding="utf-8")
    assert "index.rst:5: mine:Net on 1×8 is refused: " in run("check", ".")[1]
    code, _, err = run("trace", ".")
    assert code == 4
    (line,) = (line for line in err.splitlines() if "newer version" in line)
    assert line.startswith("index.rst:5: ")
    assert err.splitlines()[-1] == "2 graphs made, 0 fresh, 1 failed"
    assert path.read_text(encoding="utf-8") == '{"schema": 99}\n'
