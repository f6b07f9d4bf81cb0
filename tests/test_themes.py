"""Themes: figures for a page, a paper, a slide, a dark ground."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from geometry import flaws, marks_of
from PIL import Image
from sketch import residual

from sphinx_visualtorch import draw
from sphinx_visualtorch.graph import ArchitectureGraph
from sphinx_visualtorch.options import STYLES
from sphinx_visualtorch.scene import Scene, Text, scaled

MM, PT = 96 / 25.4, 96 / 72
STORE = Path(__file__).parents[1] / "example_docs" / "_visualtorch"
SHOWN = sorted(STORE.glob("*.json"))


def scene(style: str, **options: object) -> Scene:
    return draw(residual(3, stages=2), style, **options).scene


def smallest(drawn: Scene) -> float:
    return min(mark.size for mark in marks_of(drawn) if isinstance(mark, Text))


def stored(path: Path) -> ArchitectureGraph:
    return ArchitectureGraph.from_data(json.loads(path.read_text(encoding="utf-8"))["graph"])


@pytest.mark.parametrize("style", STYLES)
def test_zoom_enlarges_everything_but_the_width(style: str) -> None:
    assert scene(style, zoom=2, max_width=1280) == scaled(scene(style), 2)


def test_a_figure_may_have_an_exact_width_and_a_greatest_height() -> None:
    assert scene("layered", fixed_width=True).width == 640
    assert scene("layered", fixed_width=True, max_width="5in", legend=True).width == 480
    low = scene("layered", max_height=150)
    assert low.height <= 150 < scene("layered").height


@pytest.mark.parametrize("style", STYLES)
def test_a_height_is_kept_with_few_boxes(style: str) -> None:
    """Four branches side by side are six boxes: of so few a figure gives none away by itself."""
    (inception,) = STORE.glob("*googlenet.Inception-*.json")
    usual, low = (draw(stored(inception), style, max_height=high).scene for high in (None, 160))
    assert low.height <= 160 < usual.height


def test_neurons_give_way_to_boxes_where_they_are_too_high() -> None:
    graph = stored(STORE / "architectures.mlp.MLP-95e76278565172c1.json")
    assert draw(graph, "graph").scene.height > 300
    assert draw(graph, "graph", max_height=120).scene.height <= 120


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("path", SHOWN, ids=lambda path: path.stem)
def test_a_paper_has_type_of_8_pt_at_its_width(path: Path, style: str) -> None:
    drawn = draw(stored(path), style, theme="paper", legend=True).scene
    assert drawn.width == pytest.approx(120 * MM, abs=0.01)
    assert smallest(drawn) >= 8 * PT
    assert list(flaws(drawn)) == []


def test_a_paper_is_white_in_the_dark_and_holds_its_fonts() -> None:
    figure = draw(residual(3), "graph", theme="paper")
    assert all(colour.light == colour.dark for colour in figure.scene.colours)
    assert {c.slot: c.light for c in figure.scene.colours}["background"] == "#ffffff"
    assert "@font-face" in figure.svg()
    assert "@font-face" not in figure.svg(inline=True)
    assert "@font-face" not in figure.svg(embed_fonts=False)
    assert "@font-face" not in draw(residual(3), "graph").svg()


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("path", SHOWN, ids=lambda path: path.stem)
def test_a_slide_has_large_type(path: Path, style: str) -> None:
    drawn = draw(stored(path), style, theme="slides").scene
    assert smallest(drawn) >= 15.5
    assert list(flaws(drawn, 1280)) == []
    assert drawn.height <= 0.8 * 1280  # branches side by side need their height


@pytest.mark.parametrize("background", [{}, {"background_fill": "none"}])
def test_dark_is_dark_in_files_too(tmp_path: Path, background: dict[str, str]) -> None:
    figure = draw(residual(3), "graph", theme="dark", **background)
    colours = {colour.slot: (colour.light, colour.dark) for colour in figure.scene.colours}
    assert colours["boxink"] == ("#e6e9ee", "#e6e9ee")
    with Image.open(figure.save(tmp_path / "model.png")) as image:
        corner = image.convert("RGBA").getpixel((0, 0))
    assert corner == ((0, 0, 0, 0) if background else (22, 25, 29, 255))


def test_a_mode_goes_before_the_background() -> None:
    drawn = scene("graph", mode="dark", background_fill="white")
    assert {c.slot: c.light for c in drawn.colours}["boxink"] == "#e6e9ee"
    assert all(c.light == c.dark for c in scene("graph", mode="light").colours)
