"""The CI matrix of the manual: several machines fill one store, by what its workflow says."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from projects import CONF, PACKAGE

DOCS = Path(__file__).resolve().parents[2] / "example_docs"

NETS = """
from torch import nn

def small():
    return nn.Linear(8, 4)

def wide():
    return nn.Linear(8, 64)

def seen():
    return nn.Sequential(small(), nn.ReLU())

def read():
    return nn.Sequential(wide(), nn.GELU())
"""


def page(title: str, *lines: str) -> str:
    figures = [f".. visualtorch:: {line}\n   :input-shape: 1, 8\n" for line in lines]
    return "\n".join([title, "=" * len(title), "", *figures])


PAGES = {
    "index.rst": page("Index", "nets:small")
    + "\n.. toctree::\n   :glob:\n\n   vision/*\n   text/*\n   audio/*\n",
    "vision/one.rst": page("One", "nets:seen", "nets:wide"),
    "text/two.rst": page("Two", "nets:read", "nets:wide"),
    "audio/three.rst": "Three\n=====\n\n.. visualtorch-gallery::\n   :module: nets\n"
    "   :exclude: seen, read\n   :input-shape: 1, 8\n",
}


def workflow() -> dict[str, Any]:
    """Return the workflow of the manual."""
    yaml = pytest.importorskip("yaml", reason="MyST brings it")
    text = (DOCS / "manual/read-the-docs.rst").read_text(encoding="utf-8")
    section = text.partition("\nMany machines\n")[2]
    (block,) = re.findall(r"code-block:: yaml\n\n((?:(?:   .*)?\n)+)", section)
    found: dict[str, Any] = yaml.safe_load(textwrap.dedent(block))
    return found


def commands(job: str) -> list[str]:
    steps = workflow()["jobs"][job]["steps"]
    return [step["run"] for step in steps if "run" in step and "pip" not in step["run"]]


def checked_out(place: Path) -> Path:
    """Return a fresh clone."""
    for name, text in {"conf.py": CONF, "nets.py": NETS, **PAGES}.items():
        path = place / "docs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return place


def merge(store: Path, into: Path) -> int:
    """Copy files, as ``download-artifact`` does; return how many were there, with these bytes."""
    same = 0
    for path in sorted(store.rglob("*.json")):
        target = into / path.relative_to(store)
        if target.exists():
            assert target.read_bytes() == path.read_bytes()
            same += 1
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    return same


@pytest.mark.torch
def test_matrix(
    run: Callable[..., tuple[int, str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (trace,) = commands("trace")
    check, build = commands("build")
    last = checked_out(tmp_path / "last")
    store = last / "docs/_visualtorch"
    shared = 0
    parts = workflow()["jobs"]["trace"]["strategy"]["matrix"]["pages"]
    for pages, traced in zip(parts, (3, 3, 2), strict=True):
        job = checked_out(tmp_path / pages.partition("/")[0])
        monkeypatch.chdir(job)
        _, *arguments = shlex.split(trace.replace("${{ matrix.pages }}", pages))
        code, _, said = run(*arguments)
        assert (code, f"{traced} graphs made" in said) == (0, True), said
        shared += merge(job / "docs/_visualtorch", store)
        monkeypatch.chdir(last)
        # nobody has traced the last pages until the last job is done
        assert run(*shlex.split(check)[1:])[0] == (0 if pages == parts[-1] else 1)
    assert shared == 4
    before = {path: path.read_bytes() for path in store.rglob("*.json")}
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", *shlex.split(build)[1:], "-D", "visualtorch_trace=never"],
        cwd=last,
        env={"PYTHONPATH": str(PACKAGE), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    for name in ("index", "vision/one", "text/two", "audio/three"):
        shown = (last / f"site/{name}.html").read_text(encoding="utf-8")
        assert "vt-figure" in shown or "vt-card-picture" in shown
    assert {path: path.read_bytes() for path in store.rglob("*.json")} == before
