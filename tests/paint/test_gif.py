"""The animated GIF: its frames, its times and its colours."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from paint.drawings import box, scene, small, text
from PIL import Image, ImageChops, ImageSequence

from sphinx_visualtorch.errors import OptionError
from sphinx_visualtorch.paint.gif import gif
from sphinx_visualtorch.paint.png import image
from sphinx_visualtorch.scene import Group, Scene

PAPER = (255, 255, 255)
NIGHT = (0x16, 0x19, 0x1D)


def opened(drawing: Scene, **how: object) -> Image.Image:
    return Image.open(io.BytesIO(gif(drawing, **how)))  # type: ignore[arg-type]


def frames(drawing: Scene, **how: object) -> list[Image.Image]:
    return [frame.convert("RGB") for frame in ImageSequence.Iterator(opened(drawing, **how))]


def times(drawing: Scene) -> list[int]:
    return [frame.info["duration"] for frame in ImageSequence.Iterator(opened(drawing))]


def test_same_scene_same_bytes() -> None:
    assert gif(small()) == gif(small())
    assert gif(small()) != gif(small(), theme="dark")


def test_boxes_come_one_after_the_other() -> None:
    first, last = frames(small(), scale=2)
    assert first.size == last.size == (300, 113)
    ground = Image.new("RGB", first.size, PAPER)
    shown = ImageChops.difference(first, ground).getbbox()
    assert shown is not None
    assert shown[2] <= 122  # the box on the left
    assert last.getpixel((200, 40)) != PAPER


def test_it_ends_with_the_whole_figure_for_a_while() -> None:
    *_, last = frames(small(), scale=3)
    whole = image(small(), scale=3).convert("RGB")
    assert max(high for _, high in ImageChops.difference(last, whole).getextrema()) < 60
    *before, rest = times(small())
    assert all(200 <= time <= 500 for time in before)
    assert rest >= 3000


def test_flat_areas_keep_their_colours() -> None:
    (only,) = frames(scene(box(0, 0, 40, 40, fill="red"), box(50, 0, 90, 40, fill="ink")))
    assert only.getpixel((20, 20)) == (255, 0, 0)
    assert only.getpixel((140, 20)) == (0x1F, 0x29, 0x33)
    assert only.getpixel((198, 118)) == PAPER


def test_ground_is_that_of_the_page() -> None:
    words = scene(text(10, 30, "a"))
    assert frames(words)[0].getpixel((1, 1)) == PAPER
    assert frames(words, theme="dark")[0].getpixel((1, 1)) == NIGHT
    red = replace(words, background="red")
    assert frames(red)[0].getpixel((1, 1)) == (255, 0, 0)


def test_it_plays_once_unless_it_is_to_go_on() -> None:
    assert "loop" not in opened(small()).info
    assert opened(small(), loop=True).info["loop"] == 0


def test_frames_share_a_palette_and_hold_what_is_new() -> None:
    whole = image(small(), scale=4).convert("P", palette=Image.Palette.ADAPTIVE)
    still = io.BytesIO()
    whole.save(still, "GIF")
    assert len(gif(small(), scale=4)) < 2 * len(still.getvalue())


def test_what_lies_outside_is_cut_off() -> None:
    outside = Group(
        role="node", data=(("path", "a"),), marks=(box(-90, -90, -50, -50, fill="red"),)
    )
    across = Group(role="node", data=(("path", "b"),), marks=(box(90, 50, 150, 90, fill="red"),))
    found = frames(scene(outside, across))
    assert found[-1].getpixel((199, 119)) == (255, 0, 0)


def test_refuses_what_makes_no_picture() -> None:
    with pytest.raises(OptionError, match="light, dark"):
        gif(small(), theme="sepia")
    with pytest.raises(OptionError, match=r"0\.05 to 100"):
        gif(small(), scale=float("nan"))
