"""Reading a docs project for the command line: each thing that can go wrong is told in one line."""

from __future__ import annotations

import contextlib
import io
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from projects import Project, Run

COMMANDS = (("trace",), ("check",), ("prune",))
PAGE = """
Page
====

.. visualtorch:: models:Net
   :input-shape: 1, 8
"""


CONFS = {
    "raise ValueError('no\\nway')": "Error: conf.py, line 2: ValueError: no way",
    "import not_there": "Error: conf.py, line 2: ModuleNotFoundError: No module named 'not_there'",
    "x = (": "Error: conf.py, line 2: SyntaxError: '(' was never closed",
    "import sys\nsys.exit(3)": "Error: conf.py, line 3: it called sys.exit()",
    "extensions = ['not_there']": "Error: conf.py: Could not import extension not_there",
    "extensions = []": "Error: conf.py: 'sphinx_visualtorch' is not among its extensions",
    "extensions = ['sphinx_visualtorch']\nvisualtorch_store = None": (
        "Error: conf.py: with visualtorch_store = None there is no store"
    ),
    "extensions = ['sphinx_visualtorch']\nroot_doc = 'none'": (
        "Error: .: Sphinx is unable to load the master document"
    ),
    "extensions = ['sphinx_visualtorch']\ndef setup(app):\n    app.no_such_thing()": (
        "Error: conf.py, line 4: AttributeError: 'Sphinx' object has no attribute 'no_such_thing'"
    ),
    "extensions = ['sphinx_visualtorch']\ndef setup(app):\n"
    "    app.connect('source-read', lambda app, name, text: 1 / 0)": "division by zero",
}


def test_a_store_that_nothing_can_be_called(docs: Project) -> None:
    docs.configure("visualtorch_store = '\\0'\n")
    (line,) = docs.build("-D", "visualtorch_trace=never").lines
    assert "visualtorch_store in conf.py: no directory can be called '\\x00'" in line
    assert "[visualtorch.option]" in line


def test_closed_streams(docs: Project) -> None:
    """Who closes a stream does not want to read it; all else goes on."""
    for stream in ("0<&-", "1>&-", "2>&-", "0<&- 1>&- 2>&-"):
        command = f"{sys.executable} -m sphinx_visualtorch check . {stream}"
        done = subprocess.run(command, shell=True, capture_output=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr.decode()
        assert done.stderr in (b"", b"1 fresh\n")


@pytest.mark.torch
def test_a_worker_of_a_process_without_streams(docs: Project) -> None:
    """What is said is lost, as was asked for; the model is traced, and the picture is there."""
    command = "-m sphinx_visualtorch render torch.nn:ReLU --input-shape 1,8 -o relu.svg"
    done = subprocess.run(
        f"{sys.executable} {command} 0<&- 1>&- 2>&-",
        shell=True,
        cwd=docs.root,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0
    assert docs.root.joinpath("relu.svg").is_file()


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("conf", CONFS)
def test_a_project_that_cannot_be_read(
    run: Run, docs: Project, command: tuple[str, ...], conf: str
) -> None:
    docs.write("conf.py", f"# the first line\n{conf}\n")
    before = {path: path.read_bytes() for path in docs.store() if path.is_file()}
    code, out, err = run(*command, ".")
    assert (code, out) == (3, ""), err
    (line,) = err.splitlines()
    assert line.startswith("Error: ")
    assert CONFS[conf] in line
    assert {path: path.read_bytes() for path in docs.store() if path.is_file()} == before


def test_why_on_request(run: Run, docs: Project) -> None:
    docs.write("conf.py", "raise ValueError('no way')\n")
    code, _, err = run("check", ".", "-v")
    assert code == 3
    assert "Traceback" in err
    assert err.endswith("Error: conf.py, line 1: ValueError: no way\n")


@pytest.mark.parametrize("command", COMMANDS)
def test_wrong_places(run: Run, docs: Project, command: tuple[str, ...]) -> None:
    (docs.root / "empty").mkdir()
    for arguments, said in (
        (("none",), "Directory 'none' does not exist"),
        (("index.rst",), "Directory 'index.rst' is a file"),
        (("empty",), "empty has no conf.py"),
        ((), "Missing argument 'SRCDIR'"),
        ((".", "-D", "project"), "NAME=VALUE is wanted"),
        ((".", "--colour"), "No such option '--colour'"),
    ):
        code, out, err = run(*command, *arguments)
        assert (code, out) == (2, ""), err
        assert said in err.replace("No such option: --colour", "No such option '--colour'")
        assert err.count("Error: ") == 1
    docs.write("up/source/conf.py", "")
    assert "up has no conf.py; did you mean up/source?" in run(*command, "up")[2]


def test_conf_elsewhere_with_settings_and_tags(run: Run, docs: Project) -> None:
    (docs.root / "conf").mkdir()
    text = (docs.root / "conf.py").read_text(encoding="utf-8")
    docs.write("conf/conf.py", f"{text}\nassert tags.has('web')\nvisualtorch_store = 'none'\n")
    (docs.root / "conf.py").unlink()
    code, out, err = run("check", ".", "-c", "conf", "-t", "web")
    assert (code, out) == (1, "index.rst:5: models:Net on 1×8 is missing\n"), err
    code, _, _ = run(
        "check", ".", "-c", "conf", "-t", "web", "-D", "visualtorch_store=../_visualtorch"
    )
    assert code == 0


def test_what_conf_prints_is_no_result(run: Run, docs: Project) -> None:
    docs.configure("print('hello from conf')\nimport os\nos.chdir('/')\n")
    code, out, err = run("check", ".")
    assert (code, out) == (0, "")
    assert err.splitlines() == ["hello from conf", "1 fresh"]
    assert Path.cwd() == docs.root
    assert run("check", ".", "-q")[2] == "hello from conf\n"


def test_nothing_is_left_behind(run: Run, docs: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    place = docs.root / "tmp"
    place.mkdir()
    monkeypatch.setenv("TMPDIR", str(place))
    monkeypatch.setattr("tempfile.tempdir", None)
    before = sorted(docs.root.rglob("*"))
    assert run("check", ".")[0] == 0
    assert run("prune", ".")[0] == 0
    assert [
        path for path in sorted(docs.root.rglob("*")) if "__pycache__" not in str(path)
    ] == before


def test_warnings_are_shown_on_request(run: Run, docs: Project) -> None:
    docs.write("index.rst", f"{PAGE}\n:ref:`nowhere`\n\nLong title\n-----\n")
    assert "Title underline too short" not in run("check", ".")[2]
    code, _, err = run("check", ".", "-v")
    assert code == 0
    assert "Title underline too short" in err


def test_a_bar_only_where_somebody_looks(docs: Project) -> None:
    """On a terminal there is a bar of progress; its remains are no part of the output."""
    ours, theirs = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "sphinx_visualtorch", "check", "."],
        env={**os.environ, "NO_COLOR": "1", "TERM": "xterm"},
        stdout=subprocess.PIPE,
        stderr=theirs,
        check=False,
        timeout=120,
    )
    os.close(theirs)
    shown = io.BytesIO()
    with contextlib.suppress(OSError):  # the other end is closed
        while part := os.read(ours, 4096):
            shown.write(part)
    os.close(ours)
    assert (done.returncode, done.stdout) == (0, b"")
    assert b"reading pages" in shown.getvalue()
    assert b"100%" in shown.getvalue()
    assert shown.getvalue().endswith(b"1 fresh\r\n")


# check is for CI and pre-commit: with a torch that must not be touched, and no second process
LIGHT = """
import multiprocessing.process, sys
def start(self):
    raise AssertionError("a process")
multiprocessing.process.BaseProcess.start = start
from sphinx_visualtorch.cli import main
try:
    main(sys.argv[1:])
finally:
    heavy = sys.modules.keys() & {"torch", "models"}
    assert not heavy, heavy
"""


@pytest.mark.parametrize("command", ["check", "prune"])
def test_nothing_of_a_model_runs(docs: Project, command: str) -> None:
    """Whatever pages and galleries say, and however little of it is in the store."""
    docs.configure('visualtorch_galleries = {"zoo/index": {"module": "models"}}\n')
    docs.write("torch.py", "raise SystemError('touched')\n")
    docs.write(
        "index.rst",
        f"{PAGE}\n.. visualtorch:: models:Other\n\n.. visualtorch-gallery::\n   :module: models\n",
    )
    done = subprocess.run(
        [sys.executable, "-c", LIGHT, command, "."],
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert "the listing of models is missing" in done.stdout + done.stderr
