"""The placement: ranks, lanes, rows and wires, on plain boxes."""

import itertools

from sphinx_visualtorch.layout.diagram import Box, Frame, Link, Spacing
from sphinx_visualtorch.layout.place import place
from sphinx_visualtorch.layout.rows import break_rows


def box(name: str, width: float = 40, radius: float = 0) -> Box:
    return Box(id=name, width=width, above=10, below=10, radius=radius)


def frame(*links: tuple[str, str], name: str = "root", **boxes: Box) -> Frame:
    names = dict.fromkeys(end for link in links for end in link)
    return Frame(
        id=name,
        items=tuple(boxes.get(item) or box(item) for item in names),
        links=tuple(Link(key=source, source=source, target=target) for source, target in links),
        bordered=False,
    )


def wire(block, source: str, target: str):
    return block.wires[source, block.id, source, target]


def test_a_chain_is_one_straight_line() -> None:
    block = place(frame(("a", "b"), ("b", "c")), 1000, Spacing())
    assert len({line for _, line in block.boxes.values()}) == 1
    assert [len(points) for points in block.wires.values()] == [2, 2]
    assert block.rows == 1


def test_a_skip_passes_above_and_comes_down_on_its_glyph() -> None:
    plan = frame(("a", "b"), ("b", "c"), ("c", "sum"), ("a", "sum"), sum=box("sum", 16, 8))
    block = place(plan, 1000, Spacing())
    points = wire(block, "a", "sum")
    assert min(y for _, y in points) < block.boxes["b"][1] - 10
    assert points[-1][0] == points[-2][0]
    assert points[-1] == (block.boxes["sum"][0] + 8, block.boxes["sum"][1] - 8)


def test_branches_stand_side_by_side() -> None:
    block = place(
        frame(("a", "b"), ("a", "c"), ("a", "d"), ("b", "e"), ("c", "e"), ("d", "e")),
        1000,
        Spacing(),
    )
    assert len({block.boxes[name][0] for name in "bcd"}) == 1
    assert len({block.boxes[name][1] for name in "bcd"}) == 3


def test_a_long_strip_is_broken_and_goes_on_in_the_next_row() -> None:
    names = [f"n{index}" for index in range(12)]
    block = place(frame(*itertools.pairwise(names)), 300, Spacing())
    assert block.rows > 1
    assert block.width <= 300
    assert len({line for _, line in block.boxes.values()}) == block.rows


def test_a_frame_holds_what_is_in_it_and_wires_cross_its_border_at_a_port() -> None:
    inner = Frame(
        id="inner",
        items=(box("x"), box("y")),
        links=(
            Link(key="a", source=None, target="x"),
            Link(key="x", source="x", target="y"),
            Link(key="y", source="y", target=None),
        ),
        title=16,
    )
    outer = Frame(
        id="root",
        items=(box("a"), inner, box("b")),
        links=(
            Link(key="a", source="a", target="inner"),
            Link(key="y", source="inner", target="b"),
        ),
        bordered=False,
    )
    block = place(outer, 1000, Spacing())
    left, top, width, height = block.frames["inner"]
    for name in "xy":
        x, line = block.boxes[name]
        assert left < x < left + width
        assert top < line < top + height
    assert block.wires["a", "root", "a", "inner"][-1][0] == left
    assert block.wires["a", "inner", None, "x"][0][0] == left


def test_rows_break_where_few_wires_cross() -> None:
    rows = break_rows([40] * 6, [10] * 6, [1, 1, 4, 1, 1, 0], 190)
    assert rows in ([(0, 2), (2, 6)], [(0, 4), (4, 6)])
    assert break_rows([40] * 6, [10] * 6, [1] * 6, float("inf")) == [(0, 6)]


def test_a_column_wider_than_the_room_has_a_row_of_its_own() -> None:
    assert break_rows([40, 500, 40], [10] * 3, [1] * 3, 200) == [(0, 1), (1, 2), (2, 3)]


def fan(branches: int) -> Frame:
    """Return one box that leads to many, which lead to one."""
    names = [f"b{index}" for index in range(branches)]
    return frame(*(("a", name) for name in names), *((name, "z") for name in names))


def test_few_wires_to_one_box_have_lines_of_their_own() -> None:
    block = place(fan(16), 1000, Spacing())
    bends = {wire(block, f"b{index}", "z")[1][0] for index in range(1, 16)}
    assert len(bends) > 7  # one above and one below the main line may share theirs


def test_many_wires_to_one_box_join() -> None:
    block = place(fan(17), 1000, Spacing())
    bends = {wire(block, f"b{index}", "z")[1][0] for index in range(1, 17)}
    assert len(bends) == 1
    assert place(fan(400), 1000, Spacing()).width == block.width


def test_what_a_long_chain_hands_on_to_its_end_is_one_wire() -> None:
    names = [f"n{index}" for index in range(200)]
    links = [*itertools.pairwise(names), *((name, "z") for name in names)]
    block = place(frame(*links), 400, Spacing())
    chain = place(frame(*itertools.pairwise([*names, "z"])), 400, Spacing())
    assert block.width <= 400
    assert block.height < 2.5 * chain.height
