"""The manual's page on Read the Docs, and our own settings there: both ways are what they say."""

from __future__ import annotations

import re
import textwrap
from importlib.metadata import requires
from pathlib import Path
from typing import Any

import pytest

from sphinx_visualtorch.errors import MissingError, StaleError, TorchMissingError, VisualTorchError

ROOT = Path(__file__).resolve().parents[1]
TEXT = (ROOT / "example_docs/manual/read-the-docs.rst").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    pattern = rf"^\.\. code-block:: {language}\n\n((?:(?:   .*)?\n)+)"
    return [textwrap.dedent(text).strip() for text in re.findall(pattern, TEXT, re.MULTILINE)]


def read(text: str) -> dict[str, Any]:
    yaml = pytest.importorskip("yaml", reason="MyST brings it")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def test_our_own_settings_are_the_way_without_torch() -> None:
    ours, shown = (
        read((ROOT / ".readthedocs.yaml").read_text(encoding="utf-8")),
        read(blocks("yaml")[0]),
    )
    assert ours["build"] == shown["build"]
    assert ours["sphinx"]["fail_on_warning"] is shown["sphinx"]["fail_on_warning"] is True
    assert (ROOT / ours["sphinx"]["configuration"]).is_file()
    (installed,) = ours["python"]["install"]
    assert installed == {"method": "pip", "path": ".", "extra_requirements": ["docs"]}
    wanted = requires("sphinx-visualtorch") or []
    assert any("extra == 'docs'" in line.replace('"', "'") for line in wanted)
    torch = [line for line in wanted if re.match(r"torch\b", line)]
    assert [line.replace('"', "'").partition("extra == ")[2] for line in torch] == ["'torch'"]


WHY = TorchMissingError("").why
CHANGED = ["../src/pkg/models.py", "timm 1.0.20, was 1.0.19"]


@pytest.mark.parametrize(
    "error",
    [StaleError("pkg.models:resnet", CHANGED, WHY), MissingError("pkg.models:vit", WHY)],
    ids=lambda error: error.stage,
)
def test_warnings_are_the_real_ones(error: VisualTorchError) -> None:
    shown = [" ".join(text.split()) for text in blocks("text")]
    assert len([text for text in shown if f"{error} [visualtorch.{error.stage}]" in text]) == 1
