"""How far a model has come is known after whatever ended its process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from projects import PACKAGE

from sphinx_visualtorch.tracing.progress import Progress, last_note, prepare


@pytest.fixture
def path(tmp_path: Path) -> Path:
    prepare(tmp_path / "progress")
    return tmp_path / "progress"


@pytest.mark.parametrize("text", ["importing it", "", "layer 'Größe.0'", "a\nb", "layer '\udcff'"])
def test_the_last_note_is_read(path: Path, text: str) -> None:
    assert last_note(path) == ""
    progress = Progress(str(path))
    progress.note("layer 'one.with.a.longer.name.than.the.next'")
    progress.note(text)
    assert last_note(path) == progress.text.encode("utf-8", "backslashreplace").decode()
    assert progress.text == text


def test_a_note_of_any_length_fits(path: Path) -> None:
    size = path.stat().st_size
    progress = Progress(str(path))
    for text in ("x" * 10_000, "é" * 10_000):
        progress.note(text)
        assert 200 < len(last_note(path)) < size
        assert set(last_note(path)) == {text[0]}
    assert path.stat().st_size == size


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="not there")
def test_a_note_outlives_its_writer(path: Path) -> None:
    code = (
        "import os, signal, sys\nfrom sphinx_visualtorch.tracing.progress import Progress\n"
        "Progress(sys.argv[1]).note('layer 3')\nos.kill(os.getpid(), signal.SIGKILL)\n"
    )
    command = [sys.executable, "-c", code, str(path)]
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE)}
    done = subprocess.run(command, check=False, env=environment)
    assert done.returncode == -signal.SIGKILL
    assert last_note(path) == "layer 3"


def test_without_a_file_nothing_is_noted(tmp_path: Path) -> None:
    progress = Progress(str(tmp_path / "none"))
    progress.note("layer 1")
    assert progress.text == "layer 1"
    assert last_note(tmp_path / "none") == ""
