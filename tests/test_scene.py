"""A scene is a plain value: frozen, comparable, with a digest and one way to walk it."""

import dataclasses
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path as FilePath

import pytest

from sphinx_visualtorch.scene import Bounds, Colour, Group, Path, Scene, Text, walk

LINE = Path(segments=(("M", 0.0, 0.0), ("L", 3.0, 4.0)), stroke="edge", role="edge")
WORD = Text(x=1.0, y=2.0, text="fc", size=11.0, width=9.5, fill="ink", bold=True)
BOX = Group(marks=(LINE, WORD), role="node", data=(("path", "fc"),))
SCENE = Scene(
    width=10.0,
    height=20.0,
    marks=(BOX, LINE),
    colours=(
        Colour(slot="edge", light="#000000", dark="#ffffff"),
        Colour(slot="ink", light="#000000", dark="#ffffff"),
    ),
    title="Net",
)


def test_walking_meets_groups_before_what_they_hold_in_painting_order() -> None:
    outer = Group(marks=(WORD, BOX))
    assert list(walk((outer, LINE))) == [outer, WORD, BOX, LINE, WORD, LINE]
    assert list(walk(())) == []


def test_walking_a_deep_scene_takes_no_stack() -> None:
    group = Group(marks=(LINE,))
    for _ in range(5_000):
        group = Group(marks=(group,))
    *groups, last = walk((group,))
    assert len(groups) == 5_001
    assert last is LINE


def test_bounds_around_both() -> None:
    one = Bounds(left=0, top=0, right=2, bottom=2)
    two = Bounds(left=-1, top=1, right=1, bottom=5)
    assert one | two == two | one == Bounds(left=-1, top=0, right=2, bottom=5)
    assert one | one == one


CHANGES = [
    {"width": 11.0},
    {"height": 21.0},
    {"marks": (LINE, BOX)},
    {"marks": (BOX,)},
    {"marks": (BOX, replace(LINE, dash=(1.0, 2.0)))},
    {"marks": (replace(BOX, opacity=0.5), LINE)},
    {"marks": (replace(BOX, tooltip="more"), LINE)},
    {"marks": (replace(BOX, marks=(LINE, replace(WORD, x=1.5))), LINE)},
    {"colours": SCENE.colours[:1]},
    {"title": "Other"},
    {"description": "words"},
    {"data": (("style", "graph"),)},
    {"background": "ink"},
    {"font": "Inter"},
]


@pytest.mark.parametrize("change", CHANGES, ids="".join)
def test_any_change_changes_the_digest(change: dict[str, object]) -> None:
    other = replace(SCENE, **change)
    assert other != SCENE
    assert other.digest() != SCENE.digest()


def test_every_field_of_a_scene_is_tried() -> None:
    assert {name for change in CHANGES for name in change} == {
        field.name for field in dataclasses.fields(Scene)
    }


def test_equal_scenes_have_equal_digests() -> None:
    other = replace(SCENE, marks=(replace(BOX, marks=(LINE, WORD)), LINE))
    assert other == SCENE
    assert hash(other) == hash(SCENE)
    assert other.digest() == SCENE.digest()
    # the marks are not told apart by identity
    assert replace(SCENE, marks=()).digest() == replace(SCENE, marks=()).digest()


@pytest.mark.parametrize("mark", [SCENE, BOX, LINE, WORD, SCENE.colours[0]])
def test_a_scene_is_frozen(mark: object) -> None:
    name = dataclasses.fields(mark)[0].name  # type: ignore[arg-type]
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(mark, name, 1)
    hash(mark)


def test_the_digest_is_the_same_in_every_process() -> None:
    program = "import test_scene; print(test_scene.SCENE.digest())"
    path = os.pathsep.join([str(FilePath(__file__).parent), *sys.path])
    printed = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert printed == {f"{SCENE.digest()}\n"}
