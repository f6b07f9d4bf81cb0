"""The panel of a block is tied to its box from every row, by a line that crosses no box."""

import json
from itertools import pairwise
from pathlib import Path as File

import pytest
from geometry import body_bounds, groups

from sphinx_visualtorch.graph import ArchitectureGraph
from sphinx_visualtorch.layout.diagram import Drawing
from sphinx_visualtorch.layout.ties import way_down
from sphinx_visualtorch.options import STYLES, make_options
from sphinx_visualtorch.pipeline import figure
from sphinx_visualtorch.scene import Bounds, Path, Text

STORE = File(__file__).parents[2] / "example_docs" / "_visualtorch"
SHOWN = sorted(STORE.glob("*.json"))


def ties(scene):
    return [
        mark
        for mark in scene.marks
        if isinstance(mark, Path) and mark.dash == (2.5, 2.5) and mark.width == 0.8
    ]


@pytest.mark.parametrize("file", SHOWN, ids=lambda file: file.name.split("-")[0])
@pytest.mark.parametrize("style", STYLES)
def test_a_panel_is_tied_to_its_box(file: File, style: str) -> None:
    graph = ArchitectureGraph.from_data(json.loads(file.read_text())["graph"])
    scene = figure(graph, style, make_options(style, {})).scene
    panels = list(groups(scene, "detail"))
    found = ties(scene)
    assert len(found) == len(panels)
    boxes = [body_bounds(box) for box in groups(scene, "node")]
    for tie in found:
        points = [segment[-2:] for segment in tie.segments if segment[0] in "ML"]
        for (x1, y1), (x2, y2) in pairwise(points):
            if x1 != x2:
                continue
            low, high = sorted((y1, y2))
            assert not [
                box
                for box in boxes
                if box and box.left < x1 < box.right and low < box.bottom - 1 and box.top < high - 1
            ]


def test_a_tie_begins_below_words_on_the_base_line_of_a_higher_box() -> None:
    """The words of a low box stand where those of its tall neighbour do."""
    tall = Bounds(left=0, right=30, top=0, bottom=150)
    low = Bounds(left=60, right=100, top=50, bottom=90)
    next_row = Bounds(left=200, right=240, top=170, bottom=190)
    words = Text(x=80, y=140, text="Block", size=10, width=30, fill="ink", anchor="middle")
    drawing = Drawing(
        marks=(words,), width=300, height=200, spots={"a": tall, "b": low, "c": next_row}
    )
    way = way_down(drawing, low)
    assert way[0][1] > words.y
    assert way[-1] == (80, 200)
