"""The order in which an animation shows a figure, on scenes and on real layouts."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace

import pytest
from paint.drawings import HERE, box, scene, text

from sphinx_visualtorch import draw
from sphinx_visualtorch.graph import ArchitectureGraph
from sphinx_visualtorch.options import STYLES
from sphinx_visualtorch.paint.reveal import STEP, staged, step_of
from sphinx_visualtorch.scene import Group, Mark, Path, Scene, walk

STORE = HERE.parents[1] / "example_docs" / "_visualtorch"


def node(name: str, **more: str) -> Group:
    data = (("path", name), ("kind", "Linear"), *more.items())
    return Group(role="node", data=data, marks=(box(0, 0, 9, 9, fill="box"),))


def edge(source: str, target: str, **more: str) -> Path:
    data = (
        ("source", source),
        ("target", target),
        *((k.replace("_", "-"), v) for k, v in more.items()),
    )
    return Path(segments=(("M", 0, 0), ("L", 9, 9)), stroke="edge", role="edge", data=data)


HEAD = Path(segments=(("M", 0, 0), ("L", 9, 9), ("Z",)), fill="edge")


def told(mark: Mark) -> str:
    """Return what a test calls a mark."""
    if isinstance(mark, Group):
        return dict(mark.data).get("id") or dict(mark.data).get("path") or mark.role
    if isinstance(mark, Path):
        data = dict(mark.data)
        return f"{data['source']}>{data['target']}" if data else "line"
    return mark.text


def order(*marks: Mark) -> list[str]:
    """Return what each step shows, with spaces between."""
    stages = staged(scene(*marks))
    shown: list[list[str]] = [[] for _ in range(stages.count)]
    for group in stages.scene.marks:
        assert isinstance(group, Group)
        assert group.role == STEP
        shown[step_of(group)] += map(told, group.marks)
    return [" ".join(names) for names in shown]


def test_edges_come_with_their_targets() -> None:
    marks = [edge("a", "b"), HEAD, edge("b", "c"), HEAD, node("a"), node("b"), node("c")]
    assert order(*marks) == ["a", "a>b line b", "b>c line c"]


def test_branches_come_together_and_merges_wait() -> None:
    edges = [edge("a", "b"), edge("a", "c"), edge("c", "d"), edge("b", "e"), edge("d", "e")]
    found = order(*edges, *map(node, "abcde"))
    assert found == ["a", "a>b a>c b c", "c>d d", "b>e d>e e"]


def test_order_is_that_of_the_data_whatever_is_painted_first() -> None:
    edges = [edge("b", "c"), edge("a", "b"), edge("c", "d")]
    assert [step[-1] for step in order(*edges, *map(node, "dcba"))] == ["a", "b", "c", "d"]


def test_loops_are_entered_at_their_first_box() -> None:
    edges = [edge("a", "b"), edge("b", "c"), edge("c", "b"), edge("c", "d"), edge("d", "d")]
    assert [step[-1] for step in order(*edges, *map(node, "abcd"))] == ["a", "b", "c", "d"]
    # what leads back shows when both ends are there
    assert "c>b" in order(*edges, *map(node, "abcd"))[2]


def test_boxes_of_one_module_are_told_apart() -> None:
    edges = [edge("relu", "fc"), edge("fc", "relu", target_id="relu#2")]
    assert order(*edges, node("relu"), node("fc"), node("relu", id="relu#2")) == [
        "relu",
        "relu>fc fc",
        "fc>relu relu#2",
    ]


def test_frames_come_with_the_first_of_their_boxes() -> None:
    frame = Group(role="scope", data=(("path", "body"),), marks=(box(0, 0, 50, 50),))
    whole = Group(role="scope", data=(("path", ""),), marks=(box(0, 0, 90, 50),))
    marks = [whole, frame, edge("stem", "body.0"), node("stem"), node("body.0")]
    assert order(*marks) == ["scope stem", "body stem>body.0 body.0"]


def test_frames_that_hold_their_boxes_are_taken_apart() -> None:
    inner = Group(marks=(box(0, 0, 9, 9), node("b"), node("c")), opacity=0.5, tooltip="both")
    stages = staged(scene(edge("a", "b"), edge("b", "c"), node("a"), inner))
    found = [mark for mark in walk(stages.scene.marks) if isinstance(mark, Group)]
    assert [mark.opacity for mark in found if mark.tooltip == "both"] == [0.5, 0.5]
    assert stages.count == 3


def test_legend_is_there_from_the_start_and_panels_come_last() -> None:
    panel = Group(role="detail", data=(("path", "b"),), marks=(box(0, 0, 9, 9),))
    legend = Group(role="legend", marks=(box(0, 0, 9, 9),))
    found = order(edge("a", "b"), node("a"), node("b"), text(1, 1, "of b"), HEAD, panel, legend)
    assert found == ["a legend", "a>b b of b", "line b"]


def test_patches_on_maps_come_with_their_edges() -> None:
    """As in LeNet style: painted before the edge, and where it begins."""
    at = {"b": (0, 0), "c": (90, 0)}
    patch = box(88, -2, 92, 2, fill="box")
    edges = [
        replace(edge(source, target), segments=(("M", *at.get(source, (0, 0))), ("L", 50, 50)))
        for source, target in ("ab", "bc", "cd")
    ]
    head = box(49, 49, 51, 51, fill="edge")
    found = order(*map(node, "abcd"), edges[0], head, edges[1], head, patch, edges[2])
    assert found == ["a", "b a>b line", "c b>c line", "d line c>d"]


def test_boxes_without_edges_follow_each_other() -> None:
    assert order(*map(node, "abc")) == ["a", "b", "c"]


def test_there_are_not_more_steps_than_anybody_would_watch() -> None:
    names = [f"n{index}" for index in range(1000)]
    edges = [edge(one, other) for one, other in itertools.pairwise(names)]
    found = order(*edges, *map(node, names))
    assert 20 <= len(found) <= 60
    assert all(found)


def test_nothing_makes_one_step_of_nothing() -> None:
    assert staged(scene()).count == 0
    assert order(HEAD) == ["line"]


def flat(drawing: Scene) -> list[Mark]:
    return [mark for mark in walk(drawing.marks) if not isinstance(mark, Group)]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", ["resnet.resnet50", "unet.UNet", "vit.vit_b_16", "lenet.LeNet5"])
def test_figures_stay_as_they_are(style: str, name: str) -> None:
    """Every mark is painted as before, in the same order; and the input comes first."""
    (path,) = STORE.glob(f"architectures.{name}-*.json")
    graph = ArchitectureGraph.from_data(json.loads(path.read_text(encoding="utf-8"))["graph"])
    drawing = draw(graph, style, legend=True).scene
    stages = staged(drawing)
    assert flat(stages.scene) == flat(drawing)
    assert 4 < stages.count <= 40
    first = [mark for mark in stages.scene.marks if isinstance(mark, Group) and not step_of(mark)]
    shown = [
        told(mark) for mark in walk(tuple(first)) if isinstance(mark, Group) and mark.role == "node"
    ]
    assert "input" in shown
