"""Bodies that stand one before the depth of the other, as the paper draws them."""

from __future__ import annotations

import itertools

import pytest
from sketch import Sketch, residual

from sphinx_visualtorch.graph import ArchitectureGraph
from sphinx_visualtorch.pipeline import draw
from sphinx_visualtorch.scene import Bounds, Group, Path, Scene

PLAIN = {
    "scale": "linear",
    "max_xy": 2000,
    "max_width": None,
    "label": "none",
    "show_dimension": False,
    "spacing": 10,
    "padding": 10,
    "depth": 1000,
    "fold": False,
    "merge": False,
}


def chain(*sizes: int) -> ArchitectureGraph:
    """Return a chain of convolutions that make 20 channels of each size."""
    sketch = Sketch()
    last = sketch.input(1, 20, sizes[0], sizes[0])
    for index, size in enumerate(sizes[1:]):
        last = sketch.add(f"c{index}", "Conv2d", "convolution", (1, 20, size, size), [last])
    return sketch.graph()


def drawn(graph: ArchitectureGraph, **options: object) -> Scene:
    return draw(graph, "layered", **{**PLAIN, "overlap": True, **options}).scene


def extent(path: Path) -> Bounds:
    xs = [segment[1] for segment in path.segments if len(segment) == 3]
    ys = [segment[2] for segment in path.segments if len(segment) == 3]
    return Bounds(left=min(xs), top=min(ys), right=max(xs), bottom=max(ys))


def bodies(scene: Scene) -> list[tuple[Bounds, Bounds]]:
    """Return the whole and the front of each body, in the order of painting."""
    found = []
    for mark in scene.marks:
        body = mark.marks[0] if isinstance(mark, Group) and mark.role == "node" else None
        if isinstance(body, Group):  # no glyph
            faces = [extent(path) for path in body.marks]
            whole = Bounds(
                left=min(face.left for face in faces),
                top=min(face.top for face in faces),
                right=max(face.right for face in faces),
                bottom=max(face.bottom for face in faces),
            )
            found.append((whole, faces[-1]))
    return found


def test_spacing_is_from_front_to_front() -> None:
    fronts = [front for _, front in bodies(drawn(chain(120, 120, 120)))]
    gaps = [two.left - one.right for one, two in itertools.pairwise(fronts)]
    assert gaps == pytest.approx([10, 10])
    clear = [front for _, front in bodies(drawn(chain(120, 120, 120), overlap=False))]
    assert clear[1].left - clear[0].right > 30


def test_depth_is_a_third_and_its_middles_are_in_line() -> None:
    found = bodies(drawn(chain(120, 60, 30)))
    for whole, front in found:
        side = front.bottom - front.top
        assert whole.right - front.right == pytest.approx(side / 3, rel=0.02)
        assert front.top - whole.top == pytest.approx(side / 3, rel=0.02)
    heights = {round((whole.top + whole.bottom) / 2, 3) for whole, _ in found}
    assert len(heights) == 1


@pytest.mark.parametrize("sizes", [(120, 120), (240, 20, 10), (10, 240), (10, 20, 240, 10), (50,)])
def test_all_is_inside_and_no_front_stands_before_another(sizes: tuple[int, ...]) -> None:
    scene = drawn(chain(*sizes))
    found = bodies(scene)
    for whole, _ in found:
        assert whole.left >= 9.9
        assert whole.top >= 9.9
        assert whole.right <= scene.width - 9.9
        assert whole.bottom <= scene.height - 9.9
    # no wider than it has to be
    assert max(whole.right for whole, _ in found) == pytest.approx(scene.width - 10, abs=0.5)
    fronts = [front for _, front in found]
    assert all(two.left - one.right > 9.9 for one, two in itertools.pairwise(fronts))


def test_lines_lie_on_the_body_that_they_come_from() -> None:
    marks = drawn(chain(120, 60, 30)).marks
    assert [mark.role for mark in marks] == ["node", "edge", "node", "edge", "node"]
    assert not any(mark.dash for mark in marks if isinstance(mark, Path))
    arrows = drawn(chain(120, 60, 30), draw_funnel=False).marks
    assert [mark.role for mark in arrows] == ["node", "edge", "", "node", "edge", "", "node"]


@pytest.mark.parametrize(
    "options", [{"max_width": 640}, {"show_dimension": True}, {"draw_volume": False}]
)
def test_bodies_are_clear_of_each_other_where_that_would_hide_something(
    options: dict[str, object],
) -> None:
    found = bodies(drawn(chain(120, 120, 120), **options))
    wholes = [whole for whole, _ in found]
    assert all(two.left >= one.right for one, two in itertools.pairwise(wholes))


def test_bodies_of_models_with_branches_are_clear_of_each_other() -> None:
    found = bodies(drawn(residual(2)))
    assert len(found) > 6
    wholes = [whole for whole, _ in found]
    assert all(two.left >= one.right for one, two in itertools.pairwise(wholes))
