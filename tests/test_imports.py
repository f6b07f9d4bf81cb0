"""The rows of the design: who may import whom, and that torch stays out of the Sphinx process."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = "sphinx_visualtorch"
ROOT = Path(__file__).resolve().parents[1] / PACKAGE

# A room may import the rooms of the rows above its own line, never one of its own row.
ROWS = (
    ("acyclic", "errors", "styles", "theme"),
    ("rules",),
    ("options",),
    ("reference", "graph", "scene", "fonts", "source", "listing"),
    ("tracing", "transforms", "layout", "paint", "store"),
    ("fitting",),
    ("pipeline", "gallery", "table"),
    ("paper",),
    ("sphinx_ext", "markdown_ext"),
    ("cli",),
    ("__main__",),
)

# Rooms within a room, and the modules outside of them that may import them: where the line of a
# figure asks whether there are galleries, and the command line for a project that is not built.
WITHIN = {
    "sphinx_ext.galleries": (
        "sphinx_ext",
        "sphinx_ext.collect",
        "sphinx_ext.project.survey",
        "sphinx_ext.record",
        "sphinx_ext.search",
        "sphinx_ext.shelf",
        "sphinx_ext.visitors",
    ),
    "sphinx_ext.project": ("cli.check", "cli.docs", "cli.trace"),
}

# Outside libraries and the modules, or whole rooms, that may import them. What only types need,
# under TYPE_CHECKING, is never imported and therefore free.
OUTSIDE = {
    "click": ("cli",),
    "docutils": ("sphinx_ext",),
    "jinja2": ("gallery", "sphinx_ext"),
    "markdown": ("markdown_ext",),
    "mkdocs": ("markdown_ext",),
    # to paint PNG, and where a picture is handed over as a Pillow image
    "PIL": ("paint.png", "paint.gif", "pipeline", "paper"),
    "reportlab": ("paint.pdf",),
    "sphinx": ("sphinx_ext",),
    "torch": ("tracing",),
    "webcolors": ("theme",),
}


def modules() -> list[str]:
    """Return the dotted names of all modules below the package, without its own name."""
    paths = (path.relative_to(ROOT).with_suffix("") for path in ROOT.rglob("*.py"))
    names = (".".join(path.parts).removesuffix("__init__").rstrip(".") for path in paths)
    return sorted(name for name in names if name)


def source(module: str) -> tuple[str, bool]:
    """Return the text of a module and whether it is a package."""
    path = ROOT.joinpath(*module.split("."))
    package = path.is_dir()
    file = path / "__init__.py" if package else path.with_suffix(".py")
    return file.read_text(encoding="utf-8"), package


def imported(text: str, module: str, *, package: bool) -> Iterator[str]:
    """Yield the absolute names that a module imports anywhere, inside functions too."""
    parts = [PACKAGE, *module.split(".")]
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            keep = len(parts) - node.level + package
            base = ".".join([*parts[:keep], *(node.module or "").split(".")]).strip(".")
            base = base if node.level else node.module or ""
            # "from sphinx_visualtorch import graph" names a room only in its last part
            yield from (f"{base}.{alias.name}" for alias in node.names)


def row(room: str) -> int:
    """Return the number of a room's row."""
    for number, rooms in enumerate(ROWS):
        if room in rooms:
            return number
    raise AssertionError(f"{room} stands in no row: add it to the table, and say so in the design")


def typing_only(text: str, module: str, *, package: bool) -> set[str]:
    """Return the names that a module imports under ``if TYPE_CHECKING:``."""
    blocks = (
        node.body
        for node in ast.parse(text).body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    )
    inside = "\n".join(ast.unparse(item) for body in blocks for item in body)
    return set(imported(inside, module, package=package))


def is_in(name: str, place: str) -> bool:
    """Say whether a dotted name is that of a place, or of something in it."""
    return name == place or name.startswith(f"{place}.")


def violations(text: str, module: str, *, package: bool = False) -> list[str]:
    """Return one sentence for each import of a module that the table does not allow."""
    room = module.partition(".")[0]
    found = []
    free = typing_only(text, module, package=package)
    for name in imported(text, module, package=package):
        top, _, rest = name.partition(".")
        if top == PACKAGE:
            other = rest.partition(".")[0]
            if other != room and not other.startswith("__") and row(other) >= row(room):
                found.append(f"{module} imports {other}")
            for inner, doors in WITHIN.items():
                if is_in(rest, inner) and not is_in(module, inner) and module not in doors:
                    found.append(f"{module} imports {inner}")
        elif top not in sys.stdlib_module_names and name not in free:
            allowed = OUTSIDE.get(top, ())
            if not any(is_in(module, place) for place in allowed):
                found.append(f"{module} imports {top}")
    return found


@pytest.mark.parametrize("module", modules())
def test_rows(module: str) -> None:
    text, package = source(module)
    assert violations(text, module, package=package) == []


def test_door() -> None:
    """The package itself imports nothing but the standard library when it is imported."""
    text = (ROOT / "__init__.py").read_text(encoding="utf-8")
    body = [node for node in ast.parse(text).body if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {
        name.partition(".")[0]
        for node in body
        for name in imported(ast.unparse(node), "x", package=False)
    }
    assert names <= sys.stdlib_module_names


@pytest.mark.parametrize(
    ("module", "text", "problem"),
    [
        ("graph", "import torch", "graph imports torch"),
        ("graph", "def f():\n    from torch import nn", "graph imports torch"),
        ("graph", "import numpy.linalg", "graph imports numpy"),
        ("layout.graph", "from sphinx_visualtorch.paint import svg", "layout.graph imports paint"),
        ("layout.graph", "from sphinx_visualtorch import paint", "layout.graph imports paint"),
        ("layout.graph", "from ..paint import svg", "layout.graph imports paint"),
        ("graph", "from . import pipeline", "graph imports pipeline"),
        ("graph", "from .scene import Scene", "graph imports scene"),
        ("paint.svg", "from PIL import Image", "paint.svg imports PIL"),
        ("pipeline", "import sphinx.util", "pipeline imports sphinx"),
        (
            "sphinx_ext.links",
            "def f():\n    from .galleries.cards import Cards",
            "sphinx_ext.links imports sphinx_ext.galleries",
        ),
        (
            "sphinx_ext.resolve",
            "from sphinx_visualtorch.sphinx_ext import galleries",
            "sphinx_ext.resolve imports sphinx_ext.galleries",
        ),
        # a type of a higher row is a step upwards all the same
        ("graph", "if TYPE_CHECKING:\n    from . import pipeline", "graph imports pipeline"),
    ],
)
def test_rows_can_fail(module: str, text: str, problem: str) -> None:
    assert violations(text, module) == [problem]


def test_rows_can_pass() -> None:
    text = "from ..graph import Node\nfrom . import ranks\nfrom .ranks import rank\nimport json"
    assert violations(text, "layout.graph") == []
    text = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from torch import nn"
    assert violations(text, "pipeline") == []
    assert violations("from .record import record\nimport torch", "tracing", package=True) == []
    assert violations("from ..record import Record", "sphinx_ext.galleries.cards") == []
    assert violations("from .galleries import exhibits", "sphinx_ext.record") == []


# What the process that builds the docs imports: all but the room that traces.
IMPORT_ALL = f"""
import importlib, pkgutil
import {PACKAGE}
for info in pkgutil.walk_packages({PACKAGE}.__path__, "{PACKAGE}."):
    optional = info.name.startswith(("{PACKAGE}.tracing", "{PACKAGE}.markdown_ext"))
    if not optional and not info.name.endswith("__main__"):
        importlib.import_module(info.name)
"""

CHECK = "import sys\nassert 'torch' not in sys.modules, 'torch was imported'\n"


def run(code: str, decoy: Path) -> subprocess.CompletedProcess[str]:
    """Run *code* where a decoy stands for torch, so that an import of it never fails unseen."""
    (decoy / "torch").mkdir()
    (decoy / "torch" / "__init__.py").write_text("nn = None\n", encoding="utf-8")
    path = f"import sys\nsys.path[:0] = [{str(decoy)!r}, {str(ROOT.parent)!r}]\n"
    command = [sys.executable, "-c", path + code + CHECK]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_import_leaves_torch_out(tmp_path: Path) -> None:
    done = run(IMPORT_ALL, tmp_path)
    assert done.returncode == 0, done.stderr


def test_import_check_can_fail(tmp_path: Path) -> None:
    done = run(f"import {PACKAGE}\nfrom torch import nn\n", tmp_path)
    assert done.returncode != 0
    assert "torch was imported" in done.stderr


# What a build in which nothing is drawn has to load: its pictures are kept.
LIGHT = f"""
import {PACKAGE}.sphinx_ext, {PACKAGE}.sphinx_ext.pictures
rooms = ("transforms", "fitting", "scene", "paint.svg", "paint.png", "layout.compose")
heavy = [name for name in rooms if "{PACKAGE}." + name in sys.modules]
assert not heavy, heavy
"""


def test_a_build_that_draws_nothing_is_light(tmp_path: Path) -> None:
    done = run(f"import sys\n{LIGHT}", tmp_path)
    assert done.returncode == 0, done.stderr


def test_light_check_can_fail(tmp_path: Path) -> None:
    done = run(f"import sys, {PACKAGE}.fitting\n{LIGHT}", tmp_path)
    assert done.returncode != 0
    assert "'transforms', 'fitting', 'scene'" in done.stderr


# Building the manual from its committed graphs, as Read the Docs does.
BUILD = """
import sys
from sphinx.cmd.build import main
options = ["-b", "html", "-q", "-W", "--keep-going", "-D", "html_theme=basic"]
code = main([*options, {source!r}, {target!r}])
if code:
    sys.exit(code)
"""


def build_manual(folder: Path, *, forget: str = "") -> subprocess.CompletedProcess[str]:
    """Build a copy of the manual where torch is a decoy; *forget* some of its graphs before."""
    source = folder / "docs"
    shutil.copytree(ROOT.parent / "example_docs", source, ignore=shutil.ignore_patterns("_build"))
    for path in source.glob(f"_visualtorch/*{forget}*.json" if forget else "no such file"):
        path.unlink()
    return run(BUILD.format(source=str(source), target=str(folder / "html")), folder)


def test_stored_build_leaves_torch_out(tmp_path: Path) -> None:
    """The committed graphs are all that the manual needs, and they are of today's models."""
    done = build_manual(tmp_path)
    assert done.returncode == 0, done.stderr


def test_stored_build_can_fail(tmp_path: Path) -> None:
    done = build_manual(tmp_path, forget="AlexNet")
    assert done.returncode != 0
    assert "architectures.alexnet:AlexNet" in done.stderr
