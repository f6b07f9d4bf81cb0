"""Every figure can be read: random graphs and the whole show-case, in every style."""

import json
from pathlib import Path

import pytest
from geometry import body_bounds, edges, flaws, groups
from layout.fuzz import random_graph
from sketch import residual

from sphinx_visualtorch.graph import ArchitectureGraph
from sphinx_visualtorch.options import STYLES, make_options
from sphinx_visualtorch.pipeline import figure
from sphinx_visualtorch.scene import moved

STORE = Path(__file__).parents[2] / "example_docs" / "_visualtorch"
SHOWN = sorted(STORE.glob("*.json"))


def drawn(graph: ArchitectureGraph, style: str, **options: object):
    return figure(graph, style, make_options(style, options)).scene


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("options", [{}, {"depth": 2}, {"depth": 9, "merge": False}])
@pytest.mark.parametrize("seed", range(24))
def test_random_graphs_are_readable(seed: int, style: str, options: dict[str, object]) -> None:
    graph = random_graph(seed, size=6 + 5 * (seed % 12))
    assert list(flaws(drawn(graph, style, **options))) == []


@pytest.mark.parametrize("seed", range(24))
@pytest.mark.parametrize("options", [{}, {"depth": 9, "merge": False}])
def test_random_graphs_are_readable_from_top_to_bottom(
    seed: int, options: dict[str, object]
) -> None:
    graph = random_graph(seed, size=6 + 5 * (seed % 12))
    scene = drawn(graph, "graph", direction="down", **options)
    # what an author asks for, with all its depth, may be as wide as it is
    assert [flaw for flaw in flaws(scene) if not options or "wide" not in flaw] == []


def test_down_is_to_the_right_on_its_side() -> None:
    """Data runs downwards: each box stands lower than what it takes its tensors from."""
    scene = drawn(residual(2), "graph", direction="down", depth=9, fold=False)
    tops = {
        dict(box.data)["path"]: body.top
        for box in groups(scene, "node")
        if (body := body_bounds(box))
    }
    ends = [(dict(edge.data)["source"], dict(edge.data)["target"]) for edge in edges(scene)]
    assert len(ends) > 6
    assert all(tops[source] < tops[target] for source, target in ends)


def test_the_show_case_is_in_the_store() -> None:
    assert len(SHOWN) >= 14


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("path", SHOWN, ids=lambda path: path.stem)
def test_the_show_case_is_readable_without_options(path: Path, style: str) -> None:
    graph = ArchitectureGraph.from_data(json.loads(path.read_text(encoding="utf-8"))["graph"])
    scene = drawn(graph, style)
    assert list(flaws(scene)) == []
    assert scene.height <= 1.4 * max(scene.width, 460)
    boxes = groups(scene, "node")
    assert len(boxes) <= 42
    assert sum(int(dict(box.data)["calls"]) for box in boxes) == graph.calls
    assert int(dict(scene.data)["params"]) == graph.parameters


@pytest.mark.parametrize("size", [16, 22])
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("path", SHOWN, ids=lambda path: path.stem)
def test_large_type_is_readable(path: Path, style: str, size: int) -> None:
    graph = ArchitectureGraph.from_data(json.loads(path.read_text(encoding="utf-8"))["graph"])
    assert list(flaws(drawn(graph, style, font=size))) == []


@pytest.mark.parametrize("style", STYLES)
def test_every_edge_begins_and_ends_at_a_box(style: str) -> None:
    for seed in range(10):
        scene = drawn(random_graph(seed), style)
        paths = {dict(box.data)["path"] for box in groups(scene, "node")}
        for edge in edges(scene):
            assert {dict(edge.data)["source"], dict(edge.data)["target"]} <= paths


@pytest.mark.parametrize("style", STYLES)
def test_equal_input_gives_equal_scenes(style: str) -> None:
    assert drawn(residual(3), style).digest() == drawn(residual(3), style).digest()


def test_the_checker_sees_what_is_wrong() -> None:
    """A checker that finds nothing anywhere would prove nothing."""
    scene = drawn(residual(3), "graph", max_width=None)
    assert any("wide" in flaw for flaw in flaws(scene, 100))
    doubled = type(scene)(
        width=scene.width,
        height=scene.height,
        colours=scene.colours,
        marks=(*scene.marks, *moved(scene.marks, 3.0, 0.0)),
    )
    found = " ".join(flaws(doubled))
    assert "overlap" in found
    assert "lies on the box" in found


@pytest.mark.parametrize("position", ["top", "bottom-left", "top-right", "bottom"])
def test_a_legend_names_only_the_roles_that_occur(position: str) -> None:
    scene = drawn(residual(2), "graph", legend=True, legend_position=position)
    (legend,) = groups(scene, "legend")
    words = {mark.marks[-1].text for mark in legend.marks}
    roles = {"Input", "Convolution", "Normalisation", "Activation", "Linear"}
    assert words == {*roles, "× N: N of a kind in one box"}
    assert list(flaws(scene)) == []
