"""What is installed and took part in a model, by name and version."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from sphinx_visualtorch.reference import Reference
from sphinx_visualtorch.tracing import distributions, sources
from sphinx_visualtorch.tracing.distributions import distributions_of
from sphinx_visualtorch.tracing.sources import follow
from sphinx_visualtorch.tracing.statements import said

PROJECT = {
    "theirs/__init__.py": "",
    "theirs/net.py": "import os, numbers\nimport layerlib.norm\nfrom other_pkg import Block\n"
    "try:\n    import optional\nexcept ImportError:\n    optional = None\n",
    "theirs/neighbour.py": "import unused_lib\n",
}
INSTALLED = {"layerlib": "1.0+cu126", "Other_Pkg.Dist": "2.5", "optional": "3", "unused_lib": "4"}


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in PROJECT.items():
        tmp_path.joinpath(name).parent.mkdir(exist_ok=True)
        tmp_path.joinpath(name).write_text(text)
    site = tmp_path / "lib" / "site-packages"
    for package in ("layerlib", "other_pkg", "optional", "unused_lib"):
        site.joinpath(package).mkdir(parents=True)
        site.joinpath(package, "__init__.py").write_text("import unused_lib\n")
    site.joinpath("layerlib/norm.py").write_text("")
    for name, version in INSTALLED.items():
        info = site / f"{name}-{version}.dist-info"
        info.mkdir()
        info.joinpath("METADATA").write_text(f"Name: {name}\nVersion: {version}\n")
    site.joinpath("Other_Pkg.Dist-2.5.dist-info/top_level.txt").write_text("other_pkg\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path), str(site), *sys.path])
    for name in ("layerlib", "layerlib.norm", "other_pkg", "unused_lib"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    for cached in (sources._find, sources._locations, sources._file, said):
        cached.cache_clear()
    distributions._distributions.cache_clear()
    distributions._by_package.cache_clear()
    return tmp_path


def test_what_takes_part() -> None:
    """What the model's files import is named, if it was loaded; nothing else that is installed."""
    followed = follow(Reference.parse("theirs.net:Net"))
    assert distributions_of(followed.modules) == {"layerlib": "1.0", "other-pkg-dist": "2.5"}


def test_what_classes_are_from() -> None:
    """So is what the classes in the model come from."""
    followed = follow(Reference.parse("theirs.neighbour:Net"), ["layerlib.norm.Norm", "json.load"])
    assert distributions_of(followed.modules) == {"layerlib": "1.0", "unused-lib": "4"}


def test_nothing_else() -> None:
    own = ["json", "theirs.net", "sphinx_visualtorch.tracing", "gone.lib"]
    assert distributions_of(own) == {}
