"""How large the SVG of a figure is that a page holds."""

from __future__ import annotations

import json

import pytest
from paint.drawings import HERE

from sphinx_visualtorch import draw
from sphinx_visualtorch.graph import ArchitectureGraph
from sphinx_visualtorch.options import STYLES

STORE = HERE.parents[1] / "example_docs" / "_visualtorch"
LARGEST = 40_000


@pytest.fixture(scope="module")
def resnet() -> ArchitectureGraph:
    (path,) = STORE.glob("architectures.resnet.resnet50-*.json")
    return ArchitectureGraph.from_data(json.loads(path.read_text(encoding="utf-8"))["graph"])


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("inline", [True, False])
def test_resnet_50_is_small(resnet: ArchitectureGraph, style: str, inline: bool) -> None:
    assert len(draw(resnet, style).svg(inline=inline).encode()) < LARGEST
