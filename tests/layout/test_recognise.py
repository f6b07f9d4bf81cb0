"""Which graphs are a U, and how they are cut into segments."""

import itertools

import pytest
from layout.encoders import Plan, random_plan, unet
from layout.fuzz import random_graph
from sketch import Sketch, residual

from sphinx_visualtorch.layout.recognise import recognise


def held(shape, segment: str) -> set[str]:
    return {name for name, own in shape.segment.items() if own == segment}


def test_a_plain_u_is_cut_into_its_levels() -> None:
    shape = recognise(unet(levels=2))
    assert shape is not None
    assert shape.order == (":left 0", ":left 1", ":bottom", ":right 1", ":right 0")
    assert held(shape, ":left 0") == {"input", "enc0xa"}
    assert held(shape, ":left 1") == {"enc1xa"}
    assert held(shape, ":bottom") == {"bottoma"}
    assert held(shape, ":right 1") == {"merge1x", "dec1xa"}
    assert held(shape, ":right 0") == {"merge0x", "dec0xa"}
    assert [level.source for level in shape.levels] == ["enc0xa", "enc1xa"]
    assert dict(shape.tags) == {
        "down0": ":left 1",
        "down1": ":bottom",
        "up1": ":right 1",
        "up0": ":right 0",
    }


@pytest.mark.parametrize("axes", [1, 2, 3])
@pytest.mark.parametrize("block", ["conv", "residual", "closed"])
@pytest.mark.parametrize("skip", ["plain", "conv", "gate"])
@pytest.mark.parametrize("up", ["up", "upconv", "closed"])
def test_every_kind_of_u_is_one(axes: int, block: str, skip: str, up: str) -> None:
    for down, merge in itertools.product(("pool", "stride"), ("cat", "add")):
        plan = Plan(axes=axes, block=block, skip=skip, up=up, down=down, merge=merge)
        shape = recognise(unet(plan))
        assert shape is not None
        assert len(shape.levels) == 3


@pytest.mark.parametrize("seed", range(40))
def test_nothing_is_lost_and_every_edge_has_its_place(seed: int) -> None:
    graph = unet(random_plan(seed))
    shape = recognise(graph)
    assert shape is not None
    assert {*shape.segment, *shape.tags} == {node.id for node in graph.nodes}
    order = shape.order
    for edge in graph.edges:
        ends = [shape.segment.get(name) for name in (edge.source, edge.target)]
        if None in ends or ends[0] == ends[1] or tuple(ends) in itertools.pairwise(order):
            continue
        if (edge.source, edge.target) in shape.outer or ends[0] in shape.given:
            continue
        level = next(level for level in shape.levels if level.right in ends or level.across in ends)
        assert ends in (
            [level.left, level.right],
            [level.left, level.across],
            [level.across, level.right],
        )


def test_layers_on_a_skip_stand_between_the_two_segments() -> None:
    shape = recognise(unet(skip="conv"))
    assert shape is not None
    assert held(shape, ":across 1") == {"lateral1"}


def test_a_gate_belongs_to_the_decoder() -> None:
    shape = recognise(unet(skip="gate"))
    assert shape is not None
    assert held(shape, ":right 2") == {"gate2", "merge2x", "dec2xa"}


def test_several_tensors_of_one_size_are_one_level() -> None:
    shape = recognise(unet(copies=3, levels=2))
    assert shape is not None
    assert [level.source for level in shape.levels] == ["enc0za", "enc1za"]
    assert {ends for ends in shape.outer if "1" in ends[0]} == {
        ("enc1xa", "merge1x"),
        ("enc1ya", "merge1y"),
    }


def test_an_encoder_may_begin_with_a_skip_from_its_stem() -> None:
    sketch = Sketch()
    image = sketch.input(1, 3, 64, 64)
    stem = sketch.add("stem", "Conv2d", "convolution", (1, 8, 32, 32), [image])
    one = sketch.add("layer1", "Stage", "convolution", (1, 16, 16, 16), [stem], op="scope")
    two = sketch.add("layer2", "Stage", "convolution", (1, 32, 8, 8), [one], op="scope")
    last = sketch.add("up1", "Up", "convolution", (1, 16, 16, 16), [two, one], op="scope")
    last = sketch.add("up2", "Up", "convolution", (1, 8, 32, 32), [last, stem], op="scope")
    sketch.add("head", "ConvTranspose2d", "upsampling", (1, 2, 64, 64), [last])
    shape = recognise(sketch.graph())
    assert shape is not None
    assert [level.source for level in shape.levels] == ["stem", "layer1"]
    assert held(shape, ":right 0") == {"up2", "head"}


def test_what_all_blocks_are_told_stands_apart() -> None:
    shape = recognise(unet(told=2, levels=2))
    assert shape is not None
    assert [held(shape, name) for name in shape.given] == [
        {"given0", "embed0"},
        {"given1", "embed1"},
    ]
    assert held(shape, ":left 0") == {"input", "enc0xa"}


def test_what_goes_down_may_be_copied_there_once_more() -> None:
    shape = recognise(unet(past=True, up="closed", block="closed"))
    assert shape is not None
    assert shape.outer == (("enc1x", "dec2x"), ("enc0x", "dec1x"))


def test_channels_may_stand_last() -> None:
    sketch = Sketch()
    last = sketch.input(1, 64, 64, 3)
    copies = []
    for level in range(2):
        last = sketch.add(
            f"e{level}", "Stage", "attention", (1, 64 >> level, 64 >> level, 8), [last]
        )
        copies.append(last)
        size = 32 >> level
        last = sketch.add(f"d{level}", "Merging", "linear", (1, size, size, 16), [last])
    for level in (1, 0):
        size = 64 >> level
        last = sketch.add(f"u{level}", "Expanding", "linear", (1, size, size, 8), [last])
        both = [last, copies[level]]
        last = sketch.add(f"c{level}", "cat", "merge", (1, size, size, 16), both, op="function")
    assert recognise(sketch.graph()) is not None


# what is none


def autoencoder():
    sketch = Sketch()
    last = sketch.input(1, 3, 64, 64)
    for level in range(1, 4):
        last = sketch.add(f"e{level}", "Conv2d", "convolution", (1, 8, *(64 >> level,) * 2), [last])
    for level in range(2, -1, -1):
        shape = (1, 8, *(64 >> level,) * 2)
        last = sketch.add(f"d{level}", "ConvTranspose2d", "upsampling", shape, [last])
    return sketch.graph()


def nested():
    """UNet++: skips from one tensor to several places."""
    sketch = Sketch()
    last = sketch.input(1, 3, 64, 64)
    made: dict[tuple[int, int], str] = {}
    for depth in range(4):
        for column in range(depth + 1):
            row = depth - column
            shape = (1, 8, 64 >> row, 64 >> row)
            if column == 0:
                sources = [made[row - 1, 0]] if row else [last]
            else:
                below = made[row + 1, column - 1]
                up = sketch.add(f"up{row}{column}", "Upsample", "upsampling", shape, [below])
                sources = [made[row, other] for other in range(column)] + [up]
            name = f"x{row}{column}"
            made[row, column] = sketch.add(name, "Block", "convolution", shape, sources, op="scope")
    return sketch.graph()


def streams():
    """HRNet: resolutions side by side that feed one another."""
    sketch = Sketch()
    image = sketch.input(1, 3, 64, 64)
    high = sketch.add("h", "Conv2d", "convolution", (1, 8, 32, 32), [image])
    low = sketch.add("l", "Conv2d", "convolution", (1, 16, 16, 16), [high])
    for step in range(3):
        one = sketch.add(f"h{step}", "Block", "convolution", (1, 8, 32, 32), [high], op="scope")
        two = sketch.add(f"l{step}", "Block", "convolution", (1, 16, 16, 16), [low], op="scope")
        up = sketch.add(f"u{step}", "Upsample", "upsampling", (1, 8, 32, 32), [two])
        down = sketch.add(f"d{step}", "Conv2d", "convolution", (1, 16, 16, 16), [one])
        high = sketch.add(f"ha{step}", "add", "merge", (1, 8, 32, 32), [one, up], op="function")
        low = sketch.add(f"la{step}", "add", "merge", (1, 16, 16, 16), [two, down], op="function")
    sketch.add("cat", "cat", "merge", (1, 24, 32, 32), [high, low], op="function")
    return sketch.graph()


def excited():
    """SENet: a gate from one pixel is a skip past a low resolution, but no two are nested."""
    sketch = Sketch()
    last = sketch.input(1, 3, 64, 64)
    for block in range(3):
        shape = (1, 8, 32 >> block, 32 >> block)
        conv = sketch.add(f"c{block}", "Conv2d", "convolution", shape, [last])
        pool = sketch.add(f"p{block}", "AdaptiveAvgPool2d", "pooling", (1, 8, 1, 1), [conv])
        gate = sketch.add(f"g{block}", "Conv2d", "convolution", (1, 8, 1, 1), [pool])
        last = sketch.add(f"m{block}", "mul", "merge", shape, [conv, gate], op="function")
    return sketch.graph()


def pooled_token():
    """A token that attends to 784 others and joins them: sizes of 785 and 784 are no levels."""
    sketch = Sketch()
    last = sketch.input(1, 784, 64)
    last = sketch.add("cat", "cat", "merge", (1, 785, 64), [last], op="function")
    norm = sketch.add("norm", "LayerNorm", "normalisation", (1, 784, 64), [last])
    token = sketch.add("attn", "Attention", "attention", (1, 1, 64), [norm])
    both = sketch.add("cat2", "cat", "merge", (1, 785, 64), [token, norm], op="function")
    last = sketch.add("add", "add", "merge", (1, 785, 64), [both, last], op="function")
    sketch.add("fc", "Linear", "linear", (1, 10), [last])
    return sketch.graph()


@pytest.mark.parametrize("make", [autoencoder, nested, streams, excited, pooled_token, residual])
def test_what_is_no_u(make) -> None:
    assert recognise(make()) is None


def test_one_level_is_none() -> None:
    assert recognise(unet(levels=1)) is None
    assert recognise(unet(levels=2)) is not None


def test_random_graphs_are_looked_through() -> None:
    for seed in range(60):
        graph = random_graph(seed, size=6 + 3 * seed)
        shape = recognise(graph)
        if shape is not None:
            assert {*shape.segment, *shape.tags} == {node.id for node in graph.nodes}


def test_a_graph_of_very_many_boxes_is_not_looked_through() -> None:
    assert recognise(residual(200)) is None
