"""The whole line, with torch: cold, changed, broken and mended, and two builds at once."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from projects import Built, Project

pytestmark = pytest.mark.torch

ONE = """
from torch import nn
from layers import Block

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = Block(8, 16)
        self.second = nn.Linear(16, 4)
    def forward(self, x):
        return self.second(self.first(x))
"""

LAYERS = """
from torch import nn

class Block(nn.Sequential):
    def __init__(self, size, width):
        super().__init__(nn.Linear(size, width), nn.ReLU())
"""

TWO = "from torch import nn\n\ndef net():\n    return nn.Sequential(nn.Linear(8, 3), nn.Tanh())\n"

API = """
API
===

.. autoclass:: layers.Block
"""


def page(title: str, target: str) -> str:
    return f"{title}\n=====\n\n.. visualtorch:: {target}\n   :input-shape: 1, 8\n"


@pytest.fixture
def made(project: Project) -> Project:
    project.configure("extensions.append('sphinx.ext.autodoc')\n")
    for name, text in {
        "one.py": ONE,
        "layers.py": LAYERS,
        "two.py": TWO,
        "index.rst": "Index\n=====\n\n.. toctree::\n   :glob:\n\n   page-*\n   api\n",
        "page-one.rst": page("One", "one:Net") + "   :depth: 1\n",
        "page-two.rst": page("Two", "two:net"),
        "api.rst": API,
    }.items():
        project.write(name, text)
    return project


def said(built: Built, word: str) -> list[str]:
    found = re.findall(rf"^visualtorch: (.*) {word}.*$", built.printed, flags=re.MULTILINE)
    return sorted(found)


def read(built: Built) -> list[str]:
    return re.findall(r"^reading sources\.\.\. .*\] (.+)$", built.printed, flags=re.MULTILINE)


def test_cold_changed_broken_mended(made: Project) -> None:
    # autodoc imports torch into this process; mocking it there does not reach the worker
    made.configure("extensions.append('sphinx.ext.autodoc')\nautodoc_mock_imports = ['torch']\n")
    cold = made.build("-W", "-v", "-j", "2", "-n")
    assert cold.lines == []
    assert said(cold, "traced,") == ["one:Net", "two:net"]
    assert 'href="api.html#layers.Block"' in cold.figures("page-one.html")[0]
    assert not cold.imported("torch._C")
    one, two = made.store()
    sources = json.loads(one.read_text())["sources"]
    assert sorted(sources) == ["layers.py", "one.py"]
    assert sorted(json.loads(two.read_text())["sources"]) == ["two.py"]
    texts = {path: path.read_bytes() for path in (one, two)}

    made.write("layers.py", LAYERS.replace("nn.ReLU()", "nn.GELU()"))
    changed = made.build("-W", "-v")
    assert read(changed) == ["api", "page-one"]
    assert said(changed, "traced,") == ["one:Net"]
    assert "GELU" in one.read_text()
    assert two.read_bytes() == texts[two]

    good = one.read_bytes()
    made.write("layers.py", LAYERS.replace("nn.ReLU()", "nn.ReLu()"))
    for _ in range(2):
        broken = made.build()
        (line,) = [line for line in broken.lines if "visualtorch" in line]
        assert "page-one.rst:4: WARNING: " in line
        assert "ReLu" in line
        assert "<svg" not in broken.page("page-one.html")
        assert "ReLu" in broken.page("page-one.html")
        assert one.read_bytes() == good
    made.write("layers.py", LAYERS)
    mended = made.build("-W")
    assert mended.lines == []
    assert "<svg" in mended.page("page-one.html")
    assert one.read_bytes() == texts[one]
    assert read(made.build("-W")) == []


def test_unusable_store_is_traced_again(made: Project) -> None:
    made.build("-W")
    one, two = made.store()
    texts = {path: path.read_bytes() for path in (one, two)}
    one.write_bytes(texts[one][:-40])
    two.write_bytes(texts[two].replace(b'"schema": 2,', b'"schema": 0,', 1))
    again = made.build("-v")
    assert said(again, "traced,") == ["one:Net", "two:net"]
    for line, path in zip(again.lines, (one, two), strict=True):
        assert f"{path.name} cannot be used" in line
        assert line.endswith("[visualtorch.store]")
    assert len(re.findall("is traced again", again.printed)) == 2
    assert {path: path.read_bytes() for path in made.store()} == texts


def test_cut_off_pictures_are_painted_again(made: Project) -> None:
    first = made.build("-W").page("page-one.html")
    pictures = list(made.root.glob("_build/doctrees/visualtorch/pictures/*.svg"))
    assert len(pictures) == 2
    for path in pictures:
        path.write_bytes(path.read_bytes()[:-20])
    assert made.build("-W", "-a").page("page-one.html") == first


@pytest.mark.parametrize("most", ["float('inf')", "10**400"])
def test_limits_may_be_as_large_as_you_like(made: Project, most: str) -> None:
    made.configure(
        "extensions.append('sphinx.ext.autodoc')\n"
        f"visualtorch_timeout = {most}\nvisualtorch_max_memory = {most}\n"
    )
    done = made.build("-W")
    assert done.code == 0, done.printed + done.warnings
    assert "<svg" in done.page("page-one.html")


def test_read_only_store(made: Project) -> None:
    """Figures are there all the same; one warning says that nothing was kept."""
    made.root.joinpath("_visualtorch").write_text("a file stands in the way")
    for _ in range(2):
        done = made.build()
        (line,) = done.lines
        assert "_visualtorch" in line
        assert "[visualtorch.store]" in line
        assert "<svg" in done.page("page-one.html")
        assert "<svg" in done.page("page-two.html")


def test_a_read_only_store_is_told_once_where_there_is_a_gallery(made: Project) -> None:
    made.root.joinpath("_visualtorch").write_text("a file stands in the way")
    made.write(
        "page-one.rst",
        "One\n===\n\n.. visualtorch-gallery::\n   :module: two\n\n"
        ".. visualtorch:: one:Net\n   :input-shape: 1, 8\n",
    )
    found = [line for line in made.build().lines if "[visualtorch.store]" in line]
    assert len(found) == 1


def test_a_directory_in_the_place_of_a_file_is_told_once(made: Project) -> None:
    made.build("-W")
    (path,) = made.root.glob("_visualtorch/one*.json")
    path.unlink()
    path.mkdir()
    for _ in range(2):
        done = made.build()
        (line,) = done.lines
        assert "it is no file; cannot write" in line
        assert line.endswith("[visualtorch.store]")
        assert "<svg" in done.page("page-one.html")


def test_builds_at_once(made: Project) -> None:
    """Eight builds of the same documents share one store."""
    running = []
    for number in range(8):
        command = made.command("-W", "-q")
        command[command.index("-d") + 1] = f"_build/doctrees{number}"
        command[-1] = f"_build/html{number}"
        running.append(
            subprocess.Popen(command, cwd=made.root, env=made.environment, stderr=subprocess.PIPE)
        )
    for build in running:
        _, problems = build.communicate(timeout=400)
        assert problems == b""
        assert build.returncode == 0
    assert len(made.store()) == 2
    assert len(list(made.root.joinpath("_visualtorch").iterdir())) == 2
    pages = {made.root.joinpath(f"_build/html{n}/page-one.html").read_bytes() for n in range(8)}
    assert len(pages) == 1


def test_guessed_inputs_are_said(made: Project) -> None:
    """In the log, once, for those who did not choose them."""
    convolution = "from torch import nn\n\ndef net():\n    return nn.Conv2d(3, 4, 3)\n"
    made.write("two.py", convolution)
    made.write("page-two.rst", "Two\n===\n\n.. visualtorch:: two:net\n")
    built = made.build("-W")
    (line,) = [line for line in built.printed.splitlines() if " runs on " in line]
    assert line.startswith("visualtorch: two:net runs on float32 1×3×")
    assert "guessed from" in line
    assert "runs on" not in made.build("-W", "-a").printed


def test_models_run_where_conf_py_was_run(made: Project, tmp_path: Path) -> None:
    """Whatever the directory from which the build was started."""
    made.write("width.txt", "24")
    text = "import os\nfrom pathlib import Path\nWIDTH = int(Path('width.txt').read_text())\n"
    made.write("two.py", text + TWO.replace("8, 3", "8, WIDTH"))
    conf = made.root.joinpath("conf.py").read_text()
    made.write("conf.py", conf + "\nsys.path.append('below')\n")
    made.write("below/three.py", "from two import net\n")
    made.write("page-three.rst", page("Three", "three:net"))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    command = [sys.executable, "-m", "sphinx", "-W", "-q", str(made.root), str(tmp_path / "out")]
    done = subprocess.run(
        command, cwd=elsewhere, env=made.environment, check=False, capture_output=True, text=True
    )
    assert done.stderr == ""
    for name in ("two", "three"):
        assert "24" in tmp_path.joinpath(f"out/page-{name}.html").read_text()


def alive(pid: int) -> bool:
    command = ["ps", "-o", "stat=", "-p", str(pid)]
    listed = subprocess.run(command, capture_output=True, text=True, check=False)
    return listed.stdout.strip()[:1] not in ("", "Z")


def test_ctrl_c_ends_both(made: Project) -> None:
    """In the middle of a model that never comes back."""
    mark = made.root / "mark"
    hangs = (
        "import os, time\nfrom pathlib import Path\n"
        f"Path({str(mark)!r}).write_text(str(os.getpid()))\ntime.sleep(600)\n"
    )
    made.write("two.py", hangs)
    with subprocess.Popen(
        made.command("-j", "2"),
        cwd=made.root,
        env=made.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as build:
        deadline = time.monotonic() + 60
        while not (mark.exists() and mark.read_text()) and time.monotonic() < deadline:
            time.sleep(0.05)
        worker = int(mark.read_text())
        assert worker != build.pid
        assert alive(worker)
        os.killpg(build.pid, signal.SIGINT)  # as a terminal does
        try:
            _, problems = build.communicate(timeout=60)
        finally:
            build.kill()  # a build that goes on would hold up all other tests
    assert build.returncode != 0
    assert b"Interrupted" in problems
    deadline = time.monotonic() + 60
    while alive(worker) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not alive(worker)


def test_user_code_runs_elsewhere(made: Project) -> None:
    """The process that builds never imports a model's module."""
    made.write("api.rst", "API\n===\n")
    done = made.build("-W")
    assert not done.imported("one")
    assert not done.imported("torch")
    assert not done.imported("sphinx_visualtorch.tracing.run")
