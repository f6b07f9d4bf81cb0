"""The project's files that a model is made of: all that it needs, and none of its neighbours'."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sphinx_visualtorch.reference import Reference
from sphinx_visualtorch.tracing import sources
from sphinx_visualtorch.tracing.sources import follow, project_sources
from sphinx_visualtorch.tracing.statements import said

FILES = {
    "proj/__init__.py": "from .alex import alex\nfrom .res import Res as Renamed\nimport json\n",
    "proj/alex.py": "from .blocks import Conv\ndef alex(): ...\n",
    "proj/res.py": "import proj.deep.norm\nfrom proj import const\nclass Res: ...\n",
    "proj/blocks.py": "import math, decimal\nfrom proj_extra import helper as h\nclass Conv: ...\n",
    "proj/const.py": "WIDTH = 3\n",
    "proj/deep/__init__.py": "from ..lonely import *\n",
    "proj/deep/norm.py": "def make():\n    from ..late import Late\n    return Late()\n",
    "proj/late.py": "class Late: ...\n",
    "proj/lonely.py": "",
    "proj/star.py": "from .const import *\nfrom .alex import *\n",
    "proj/broken.py": "def (:\n",
    "proj/loop_a.py": "from . import loop_b\n",
    "proj/loop_b.py": "from . import loop_a\n",
    "proj/dynamic.py": "import importlib\nnet = importlib.import_module('proj.' + 'late').Late\n",
    "proj/named.py": "from importlib import import_module as _\nimport importlib\n"
    "net = importlib.import_module('proj.late').Late\n"
    "other = importlib.import_module('..lonely', 'proj.x')\n__import__('proj_extra')\n",
    "proj/data.py": "from pathlib import Path\nimport os, json\nHERE = Path(__file__).parent\n"
    "a = json.loads((HERE / 'conf' / 'a.json').read_text())\n"
    "b = open(os.path.join(HERE, 'conf', 'b.yaml'))\n"
    "c = HERE.joinpath('c.toml').read_text()\n"
    "d = HERE.with_name('d.ini'), '/etc/hosts.txt', 'no such.json', 'weights.bin', 'notes.txt'\n"
    "e = HERE.parents[1] / 'top.cfg'\n",
    "proj/conf/a.json": "{}",
    "proj/conf/b.yaml": "",
    "proj/c.toml": "",
    "d.ini": "",
    "top.cfg": "",
    "weights.bin": "",
    "venv/lib/site-packages/notes.txt": "",
    "target/library/__init__.py": "import proj.late\n",
    "target/library-1.0.dist-info/METADATA": "Name: library\nVersion: 1.0\n",
    "target/library-1.0.dist-info/RECORD": "library/__init__.py,,\n",
    "target/beside/__init__.py": "",
    "proj/targeted.py": "import library, beside\n",
    "proj/lazy/__init__.py": "def __getattr__(name):\n    from . import inner\n",
    "proj/lazy/inner.py": "",
    "proj/inputs.py": "from proj.const import WIDTH\ndef batch(): ...\n",
    "proj_extra.py": "helper = 1\n",
    "space/part/net.py": "from space.part import other\n",
    "space/part/other.py": "raise SystemExit('nobody imports this')\n",
    "venv/lib/site-packages/installed/__init__.py": "import proj.late\n",
    "proj/uses.py": "import installed\n",
}


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    added = [str(tmp_path / name) for name in ("", "venv/lib/site-packages", "target")]
    monkeypatch.setattr(sys, "path", [*added, *sys.path])
    for cached in (sources._find, sources._locations, sources._file, said):
        cached.cache_clear()
    return tmp_path


def names(root: Path, target: str, *targets: str, inputs: str = "") -> set[str]:
    found = project_sources(Reference.parse(target, inputs=inputs), targets)
    assert list(found) == sorted(found)
    assert not {"proj", "proj_extra", "space", "installed"} & sys.modules.keys()
    return {Path(path).relative_to(root.resolve()).as_posix() for path in found}


ROOM = "proj/__init__.py"


@pytest.mark.parametrize(
    ("target", "wanted"),
    [
        ("proj.alex:alex", {ROOM, "proj/alex.py", "proj/blocks.py", "proj_extra.py"}),
        ("proj.alex.alex", {ROOM, "proj/alex.py", "proj/blocks.py", "proj_extra.py"}),
        # by the name in the package: only what that name comes from
        ("proj:alex", {ROOM, "proj/alex.py", "proj/blocks.py", "proj_extra.py"}),
        ("proj.alex:alex.inner", {ROOM, "proj/alex.py", "proj/blocks.py", "proj_extra.py"}),
        (
            "proj:Renamed",
            {ROOM, "proj/res.py", "proj/const.py", "proj/deep/__init__.py", "proj/deep/norm.py",
             "proj/late.py"},
        ),
        ("proj.deep.norm:make", {ROOM, "proj/deep/__init__.py", "proj/deep/norm.py",
                                 "proj/late.py"}),
        ("proj.deep:x", {ROOM, "proj/deep/__init__.py", "proj/lonely.py"}),
        ("proj.star:alex", {ROOM, "proj/star.py", "proj/const.py", "proj/alex.py",
                            "proj/blocks.py", "proj_extra.py"}),
        ("proj.broken:net", {ROOM, "proj/broken.py"}),
        ("proj.loop_a:net", {ROOM, "proj/loop_a.py", "proj/loop_b.py"}),
        ("proj.lazy:net", {ROOM, "proj/lazy/__init__.py", "proj/lazy/inner.py"}),
        ("space.part.net:Net", {"space/part/net.py", "space/part/other.py"}),
        ("proj.uses:net", {ROOM, "proj/uses.py"}),
        ("proj.missing:net", {ROOM}),
        ("proj.named:net", {ROOM, "proj/named.py", "proj/late.py", "proj/lonely.py",
                            "proj_extra.py"}),
        ("proj.data:a", {ROOM, "proj/data.py", "proj/conf/a.json", "proj/conf/b.yaml",
                         "proj/c.toml", "d.ini", "top.cfg"}),
        # what lies beside a library that was installed here is the project's
        ("proj.targeted:net", {ROOM, "proj/targeted.py", "target/beside/__init__.py"}),
        ("nowhere:net", set()),
        ("json:JSONDecoder", set()),
        ("installed:net", set()),
    ],
)  # fmt: skip
def test_followed(root: Path, target: str, wanted: set[str]) -> None:
    assert names(root, target) == wanted


def test_inputs_count(root: Path) -> None:
    found = names(root, "proj.late:Late", inputs="proj.inputs:batch")
    assert found == {ROOM, "proj/late.py", "proj/inputs.py", "proj/const.py"}


def test_classes_seen_count(root: Path) -> None:
    """What no import statement names is found by the classes that were seen."""
    assert names(root, "proj.dynamic:net") == {ROOM, "proj/dynamic.py"}
    seen = ("torch.nn.Linear", "proj.late.Late", "nowhere.Late", "builtins", "")
    assert names(root, "proj.dynamic:net", *seen) == {ROOM, "proj/dynamic.py", "proj/late.py"}


def test_data_files_in_arguments_count(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root / "proj")
    reference = Reference.parse("proj.late:Late", args="'conf/a.json', 3", kwargs="more='c.toml'")
    found = {Path(path).relative_to(root.resolve()).as_posix() for path in follow(reference).files}
    assert found == {ROOM, "proj/late.py", "proj/conf/a.json", "proj/c.toml"}


def test_nothing_depends_on_what_is_imported(root: Path) -> None:
    """The same files, whatever ran before in the process."""
    code = (
        f"import sys; sys.path.insert(0, {str(root)!r})\n"
        "import {}\n"
        "from sphinx_visualtorch.reference import Reference\n"
        "from sphinx_visualtorch.tracing.sources import project_sources\n"
        "print(project_sources(Reference.parse('proj:alex'), ['proj.late.Late']))\n"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", code.format(first)],
            capture_output=True, text=True, check=True, cwd=Path(sources.__file__).parents[2],
        ).stdout
        for first in ("json", "proj.late", "proj_extra, proj.const, proj.star")
    }  # fmt: skip
    assert len(printed) == 1
