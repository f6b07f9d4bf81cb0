"""A U is drawn as one: rows, straight copies, ways; nothing is lost and everything can be read."""

import itertools
import json
from dataclasses import replace
from pathlib import Path as File

import pytest
from geometry import body_bounds, crosses, edges, flaws, groups, overlap, points_of, text_bounds
from layout.encoders import random_plan, unet
from layout.test_recognise import autoencoder
from sketch import Sketch

from sphinx_visualtorch.graph import ArchitectureGraph
from sphinx_visualtorch.options import STYLES, make_options
from sphinx_visualtorch.pipeline import figure
from sphinx_visualtorch.scene import Scene, Text, walk
from sphinx_visualtorch.transforms.prepare import choose, clean, usual_budget

STORE = File(__file__).parents[2] / "example_docs" / "_visualtorch"
(STORED,) = STORE.glob("architectures.unet.UNet-*.json")
UNET = ArchitectureGraph.from_data(json.loads(STORED.read_text(encoding="utf-8"))["graph"])


def drawn(graph: ArchitectureGraph, style: str = "layered", **options: object) -> Scene:
    return figure(graph, style, make_options(style, options)).scene


def texts(scene: Scene) -> list[str]:
    return [mark.text for mark in walk(scene.marks) if isinstance(mark, Text)]


def box(scene: Scene, name: str):
    (found,) = (g for g in groups(scene, "node") if name in dict(g.data).values())
    return found


def edge(scene: Scene, source: str, target: str):
    wanted = {source, target}
    (found,) = (e for e in edges(scene) if {v for _, v in e.data} >= wanted)
    return found


def shown(graph: ArchitectureGraph, style: str, options: dict[str, object], scene: Scene):
    """Return the graph whose nodes are the boxes of a figure, which may show fewer than usual."""
    ids = {dict(g.data).get("id", dict(g.data)["path"]) for g in groups(scene, "node")}
    budget = usual_budget(style, made := make_options(style, options))
    cleaned = clean(graph, style, made)
    kinds = dict.fromkeys(["", *(scope.kind for scope in graph.scopes[1:])])
    while budget:
        for shut in kinds:
            found = choose(cleaned, budget, shut).graph
            if {node.id for node in found.nodes} == ids:
                return found
        budget = budget * 3 // 4
    raise AssertionError("the figure shows what was never chosen")


def u_flaws(scene: Scene, graph: ArchitectureGraph):
    """Yield what is wrong with a U besides what is wrong with any figure."""
    found = {
        (
            dict(path.data).get("source-id", dict(path.data)["source"]),
            dict(path.data).get("target-id", dict(path.data)["target"]),
        )
        for path in edges(scene)
    }
    if found != {(one.source, one.target) for one in graph.edges}:
        yield "edges are lost"
    words = [text_bounds(mark) for mark in walk(scene.marks) if isinstance(mark, Text)]
    for path in edges(scene):
        strokes = points_of(path)
        if len(strokes) > 1:  # a funnel, or the lines of a patch
            continue
        if path.dash:
            yield from _told_flaws(path, scene)
        for (x1, y1), (x2, y2) in itertools.pairwise(strokes[0]):
            if min(abs(x1 - x2), abs(y1 - y2)) > 5:  # longer than half a corner
                yield f"{path.data} is aslant"
        if any(crosses(strokes[0], text) for text in words):
            yield f"{path.data} runs through a text"
    for frame in groups(scene, "scope"):
        outer = body_bounds(frame)
        assert outer is not None
        for group in groups(scene, "node"):
            inner = body_bounds(group)
            if inner is not None and overlap(outer, inner, 0.0) and (outer | inner) != outer:
                yield f"{dict(group.data)['path']} lies on a border"
    if scene.height > 1.4 * max(scene.width, 343):
        yield f"is {scene.height} px high and {scene.width} px wide"


def _told_flaws(path, scene: Scene):
    """Yield the foreign boxes that a dashed line, which is exempt elsewhere, runs through."""
    ends = {value for _, value in path.data}
    for group in groups(scene, "node"):
        data = dict(group.data)
        if data["path"] in ends or data.get("id") in ends:
            continue
        outline = body_bounds(group)
        if outline is not None and any(crosses(stroke, outline) for stroke in points_of(path)):
            yield f"{path.data} runs through {data['path']}"


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("options", [{}, {"depth": 9, "merge": False}, {"max_width": None}])
@pytest.mark.parametrize("seed", range(14))
def test_every_u_is_readable_and_whole(seed: int, style: str, options: dict[str, object]) -> None:
    graph = unet(random_plan(seed))
    scene = drawn(graph, style, **options)
    assert list(flaws(scene, options.get("max_width", 720))) == []
    assert sum(int(dict(group.data)["calls"]) for group in groups(scene, "node")) == graph.calls
    line = drawn(graph, style, arrange="line", **options)
    if scene.marks != line.marks:
        assert list(u_flaws(scene, shown(graph, style, options, scene))) == []


@pytest.mark.parametrize("style", STYLES)
def test_the_unet_of_the_show_case(style: str) -> None:
    scene = drawn(UNET, style)
    assert list(flaws(scene)) == []
    assert scene.marks != drawn(UNET, style, arrange="line").marks
    assert list(u_flaws(scene, shown(UNET, style, {}, scene))) == []
    assert texts(scene).count("copy") == 4


@pytest.mark.parametrize("style", STYLES)
def test_poolings_and_upsamplings_stand_on_the_ways(style: str) -> None:
    scene = drawn(UNET, style, budget=36, max_width=720)
    assert texts(scene).count("pool 2×2") == 4
    assert texts(scene).count("up 2×2") == 4


def test_a_u_goes_down_and_up_again() -> None:
    scene = drawn(UNET)
    names = ["enc1", "enc2", "enc3", "enc4", "bottom"]
    names += ["dec4.conv", "dec3.conv", "dec2.conv", "dec1.conv"]
    places = [body_bounds(box(scene, name)) for name in names]
    assert [place.left for place in places] == sorted(place.left for place in places)
    tops = [place.top for place in places]
    assert tops[:5] == sorted(tops[:5])
    assert tops[4:] == sorted(tops[4:], reverse=True)
    middles = [(place.top + place.bottom) / 2 for place in places]
    assert middles[:4] == pytest.approx(middles[:4:-1])


def test_a_copy_is_straight() -> None:
    scene = drawn(UNET)
    for level in range(1, 5):
        (stroke,) = points_of(edge(scene, f"enc{level}", f"dec{level}.cat"))
        assert len(stroke) == 2
        assert stroke[0][1] == stroke[1][1]


def test_a_pooling_on_the_way_is_a_box_of_the_open_interface() -> None:
    scene = drawn(UNET)
    tag = box(scene, "pool#2")
    assert dict(tag.data)["kind"] == "MaxPool2d"
    assert dict(tag.data)["calls"] == "1"
    assert tag.tooltip.startswith("pool: MaxPool2d(kernel_size=2")
    assert [mark.text for mark in tag.marks if isinstance(mark, Text)] == ["pool 2×2"]
    into, out = edge(scene, "enc2", "pool#2"), edge(scene, "pool#2", "enc3")
    assert into.stroke == out.stroke == "pooling.line"
    assert edge(scene, "dec3.up", "dec3.cat").stroke == "upsampling.line"


def test_a_way_without_a_pooling_has_the_colour_of_edges() -> None:
    scene = drawn(unet(down="stride"))
    assert edge(scene, "enc0xa", "down0").stroke == "edge"


def test_sizes_are_told_once_a_row_and_names_above() -> None:
    found = texts(drawn(UNET))
    for size in ("256²", "128²", "64²", "32²", "16²"):
        assert found.count(size) == 1
    assert found.count("64") == 2  # channels, on both sides


def test_a_gate_is_entered_from_below_as_is_its_merge() -> None:
    scene = drawn(unet(skip="gate"))
    for target in ("gate1", "merge1x"):
        (stroke,) = points_of(edge(scene, "up1", target))
        assert stroke[-1][0] == stroke[-2][0]
        assert stroke[-1][1] < stroke[-2][1]


def test_outer_copies_run_above_their_row() -> None:
    scene = drawn(unet(copies=2, levels=2, block="closed"))
    row = [body_bounds(box(scene, name)) for name in ("enc0x", "enc0y", "dec0x", "dec0y")]
    (outer,) = points_of(edge(scene, "enc0x", "merge0x"))
    (inner,) = points_of(edge(scene, "enc0y", "merge0y"))
    assert min(y for _, y in outer) < min(place.top for place in row)
    assert len(inner) == 2


def test_what_is_added_or_handed_to_a_block_is_a_copy_and_what_is_changed_is_none() -> None:
    assert texts(drawn(unet(merge="add"))).count("copy") == 3
    assert texts(drawn(unet(up="closed"))).count("copy") == 3
    assert texts(drawn(unet(skip="conv"))).count("copy") == 0
    assert texts(drawn(unet(), label="none")).count("copy") == 0


@pytest.mark.parametrize("style", STYLES)
def test_a_u_is_drawn_only_where_it_is_wanted_and_fits(style: str) -> None:
    graph = unet(levels=3)
    line = drawn(graph, style, arrange="line")
    assert drawn(graph, style).marks == drawn(graph, style, arrange="u").marks != line.marks
    narrow = {"max_width": 200, "padding": 0}
    assert (
        drawn(graph, style, arrange="u", **narrow).marks
        == drawn(graph, style, arrange="line", **narrow).marks
    )


@pytest.mark.parametrize("style", STYLES)
def test_what_is_no_u_stands_in_a_line_whatever_is_asked_for(style: str) -> None:
    graph = autoencoder()
    assert drawn(graph, style, arrange="u").marks == drawn(graph, style, arrange="line").marks


def test_a_repeated_scope_over_several_levels_is_never_torn() -> None:
    sketch = Sketch()
    image = sketch.input(1, 3, 64, 64)
    sketch.scope("net", "Net")
    one = sketch.add("net.a", "Conv2d", "convolution", (1, 8, 64, 64), [image])
    two = sketch.add("net.b", "Conv2d", "convolution", (1, 8, 32, 32), [one])
    low = sketch.add("net.c", "Conv2d", "convolution", (1, 8, 16, 16), [two])
    up = sketch.add("net.d", "Up", "convolution", (1, 8, 32, 32), [low, two], op="scope")
    sketch.add("net.e", "Up", "convolution", (1, 8, 64, 64), [up, one], op="scope")
    graph = sketch.graph()
    assert drawn(graph).marks != drawn(graph, arrange="line").marks
    scopes = tuple(replace(scope, repeat=2 if scope.path else 1) for scope in graph.scopes)
    torn = replace(graph, scopes=scopes)
    assert drawn(torn, fold=False).marks == drawn(torn, fold=False, arrange="line").marks


def test_equal_input_gives_equal_scenes() -> None:
    assert drawn(UNET).digest() == drawn(UNET).digest()


def test_a_figure_tells_that_it_is_a_u() -> None:
    assert ("arrange", "u") in drawn(UNET).data
    assert "arrange" not in dict(drawn(UNET, arrange="line").data)
    assert ("arrange", "u") in drawn(UNET, zoom=0.5).data


def test_a_u_that_has_no_room_shows_less() -> None:
    graph = unet(levels=3, block="residual", up="upconv", skip="gate", copies=2)
    assert "arrange" not in dict(drawn(graph, "graph", budget=60).data)
    scene = drawn(graph, "graph", arrange="u")
    assert ("arrange", "u") in scene.data
    assert list(flaws(scene)) == []


def test_the_direction_of_a_line_is_the_authors() -> None:
    down = drawn(UNET, "graph", direction="down")
    assert "arrange" not in dict(down.data)
    assert ("arrange", "u") in drawn(UNET, "graph", direction="down", arrange="u").data


@pytest.mark.parametrize("style", STYLES)
def test_what_all_blocks_are_told_comes_in_from_above(style: str) -> None:
    graph = unet(told=2, levels=2, block="closed", up="closed")
    scene = drawn(graph, style)
    assert ("arrange", "u") in scene.data
    for name in ("enc0x", "enc1x", "bottom", "dec1x", "dec0x"):
        ends = [points_of(edge(scene, f"embed{n}", name))[0][-1] for n in (0, 1)]
        outline = body_bounds(box(scene, name))
        assert all(y <= outline.top for _, y in ends)
        assert ends[0][0] != ends[1][0]
    told = [path for path in edges(scene) if dict(path.data)["source"].startswith("embed")]
    assert len(told) == 10
    assert all(path.dash for path in told)


def test_what_goes_down_is_copied_above_the_next_row() -> None:
    scene = drawn(unet(past=True, up="closed", block="closed"))
    (arc,) = points_of(edge(scene, "enc0x", "dec1x"))
    first, last = body_bounds(box(scene, "enc0x")), body_bounds(box(scene, "enc1x"))
    assert arc[0][1] > first.bottom
    assert any(first.bottom < y < last.top for _, y in arc[2:-1])
    assert arc[-1][1] <= body_bounds(box(scene, "dec1x")).top


def test_both_sides_of_a_u_are_open_or_closed_alike() -> None:
    """In little room blocks of one kind are closed on both sides, before one side is."""
    from layout.test_readable import STORE

    (file,) = STORE.glob("architectures.unet.UNet-*.json")
    graph = ArchitectureGraph.from_data(json.loads(file.read_text(encoding="utf-8"))["graph"])
    scene = figure(graph, "graph", make_options("graph", {})).scene
    kinds = [dict(box.data)["kind"] for box in groups(scene, "node")]
    assert dict(scene.data)["arrange"] == "u"
    assert kinds.count("DoubleConv") == 9
    assert not groups(scene, "scope")
