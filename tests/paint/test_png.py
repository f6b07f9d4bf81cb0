"""The PNG painter: sizes, and the colours of a few pixels whose value can be computed."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pytest
from paint.drawings import box, scene, small, text
from PIL import Image, ImageChops

from sphinx_visualtorch.errors import OptionError
from sphinx_visualtorch.fonts import CAP_HEIGHT, text_width
from sphinx_visualtorch.paint import png as room
from sphinx_visualtorch.paint.png import image, png
from sphinx_visualtorch.paint.png.tiles import tiled
from sphinx_visualtorch.scene import Group, Path, Scene

CLEAR = (0, 0, 0, 0)
INK = (0x1F, 0x29, 0x33, 255)
RED = (255, 0, 0, 255)


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def extent(drawing: Scene, scale: float = 4) -> tuple[float, ...]:
    """Return the box of what is visible, in px."""
    found = image(drawing, scale=scale).getchannel("A").point(lambda alpha: 255 * (alpha > 127))
    return tuple(side / scale for side in found.getbbox() or (0, 0, 0, 0))


@pytest.mark.parametrize(("scale", "size"), [(1, (150, 56)), (2, (300, 113)), (0.5, (75, 28))])
def test_size_and_resolution(scale: float, size: tuple[int, int]) -> None:
    picture = opened(png(small(), scale=scale))
    assert (picture.format, picture.size) == ("PNG", size)
    assert picture.info["dpi"] == pytest.approx((96 * scale, 96 * scale), rel=1e-3)


def test_same_scene_same_bytes() -> None:
    assert png(small()) == png(small())
    assert png(small()) != png(small(), theme="dark")


def test_background() -> None:
    drawing = small()
    assert opened(png(drawing)).getpixel((1, 1)) == (255, 255, 255)
    assert opened(png(drawing, theme="dark")).getpixel((1, 1)) == (0x16, 0x19, 0x1D)
    clear = opened(png(replace(drawing, background="none")))
    assert (clear.mode, clear.getpixel((1, 1))) == ("RGBA", CLEAR)


@pytest.mark.parametrize("scale", [0.5, 1, 2, 3, 5])
def test_areas_end_at_the_pixel_where_they_should(scale: float) -> None:
    picture = image(scene(box(10, 20, 50, 40, fill="red")), scale=scale)
    left, top, right, bottom = (round(side * scale) for side in (10, 20, 50, 40))
    assert picture.getchannel("A").getbbox() == (left, top, right, bottom)
    assert picture.getchannel("A").crop((left, top, right, bottom)).getextrema() == (255, 255)
    assert picture.getpixel((left, bottom - 1)) == RED


def test_half_covered_pixels_are_half_visible() -> None:
    picture = image(scene(box(10.5, 10, 20, 20, fill="red")), scale=1)
    assert picture.getpixel((9, 15)) == CLEAR
    assert picture.getpixel((10, 15)) == pytest.approx((255, 0, 0, 128), abs=1)
    assert picture.getpixel((11, 15)) == RED


def test_stroke_has_its_width() -> None:
    line = Path(segments=(("M", 10, 30), ("L", 90, 30)), stroke="red", width=4)
    assert extent(scene(line)) == (10, 28, 90, 32)
    corner = replace(line, segments=(("M", 10, 10), ("L", 50, 10), ("L", 50, 50)))
    assert extent(scene(corner)) == (10, 8, 52, 50)  # butt ends, and a join
    slope = replace(line, segments=(("M", 20, 10), ("L", 60, 50)))
    column = image(scene(slope), scale=2).getchannel("A").crop((80, 0, 81, 120)).tobytes()
    assert sum(column) / 255 / 2 == pytest.approx(4 * 2**0.5, rel=0.05)


def test_outline_stands_on_the_edge_of_its_area() -> None:
    picture = image(scene(box(10, 10, 50, 40, fill="red", stroke="ink", width=2)), scale=2)
    assert picture.getpixel((19, 50)) == INK
    assert picture.getpixel((21, 50)) == INK
    assert picture.getpixel((22, 50)) == RED


def test_dashes_alternate() -> None:
    line = Path(segments=(("M", 0, 30), ("L", 100, 30)), stroke="red", width=2, dash=(6, 4))
    row = image(scene(line), scale=1).getchannel("A").crop((0, 30, 100, 31)).tobytes()
    assert [value > 127 for value in row] == [index % 10 < 6 for index in range(100)]


def test_dashes_go_round_corners() -> None:
    line = Path(
        segments=(("M", 10, 10), ("L", 15, 10), ("L", 15, 50)), stroke="red", width=2, dash=(8, 4)
    )
    column = image(scene(line), scale=1).getchannel("A").crop((15, 10, 16, 30)).tobytes()
    assert [value > 127 for value in column] == [(index + 5) % 12 < 8 for index in range(20)]


def test_curves_are_round() -> None:
    kappa = 20 * 0.5523  # the usual cubic for a quarter of a circle
    circle = Path(
        segments=(
            ("M", 70, 30),
            ("C", 70, 30 + kappa, 50 + kappa, 50, 50, 50),
            ("C", 50 - kappa, 50, 30, 30 + kappa, 30, 30),
            ("C", 30, 30 - kappa, 50 - kappa, 10, 50, 10),
            ("C", 50 + kappa, 10, 70, 30 - kappa, 70, 30),
            ("Z",),
        ),
        fill="red",
    )
    assert extent(scene(circle)) == (30, 10, 70, 50)
    covered = sum(image(scene(circle), scale=2).getchannel("A").tobytes()) / 255 / 4
    assert covered == pytest.approx(3.14159 * 20**2, rel=0.005)


def test_outline_that_runs_backwards_is_a_hole() -> None:
    outer, inner = box(10, 10, 50, 50).segments, box(20, 20, 40, 40).segments
    back = (inner[0], inner[3], inner[2], inner[1], ("Z",))
    same = image(scene(Path(segments=outer + inner, fill="red")), scale=1)
    hole = image(scene(Path(segments=outer + back, fill="red")), scale=1)
    assert (same.getpixel((30, 30)), hole.getpixel((30, 30))) == (RED, CLEAR)
    assert hole.getpixel((15, 30)) == RED


def test_group_fades_as_a_whole() -> None:
    """Two areas one over the other do not add up, and the ground shows through once."""
    group = Group(opacity=0.5, marks=(box(0, 0, 50, 50, fill="ink"), box(0, 0, 50, 50, fill="red")))
    assert image(scene(group), scale=1).getpixel((20, 20)) == pytest.approx((255, 0, 0, 128), abs=1)
    on_paper = image(scene(group, background="paper"), scale=1)
    assert on_paper.getpixel((20, 20)) == pytest.approx((255, 127, 127, 255), abs=1)


def test_fades_multiply() -> None:
    path = box(0, 0, 50, 50, fill="red", opacity=0.5)
    nested = Group(opacity=0.5, marks=(Group(marks=(path,)),))
    assert image(scene(nested), scale=1).getpixel((9, 9)) == pytest.approx((255, 0, 0, 64), abs=2)
    assert image(scene(replace(nested, opacity=0))).getchannel("A").getextrema() == (0, 0)


def test_long_line_fades_everywhere() -> None:
    """The tiles of a faded line leave out no part of it."""
    line = Path(segments=(("M", 3, 2), ("L", 690, 380)), stroke="red", width=2)
    size = {"width": 700, "height": 390}
    solid = image(scene(line, **size)).getchannel("A").point(lambda alpha: alpha / 2)
    faded = image(scene(replace(line, opacity=0.5), **size)).getchannel("A")
    assert ImageChops.difference(solid, faded).getextrema()[1] <= 2


def test_tiles_cover_a_slope_with_little() -> None:
    corners = ((0, 0), (10, 0), (5010, 3000), (5000, 3000))
    tiles = tiled([((0, 0, 5011, 3001), corners)], (0, 0, 9000, 9000))
    area = sum((right - left) * (bottom - top) for left, top, right, bottom in tiles)
    assert area < 5011 * 3001 / 10
    for share in (0, 0.123, 0.5, 0.77, 1):
        x, y = 5 + 5000 * share, 3000 * share
        assert any(x0 <= x < x1 and y0 <= y < y1 for x0, y0, x1, y1 in tiles)


@pytest.mark.parametrize("anchor", ["start", "middle", "end"])
def test_text_stands_where_it_should(anchor: str) -> None:
    words = "HEADING"
    width = text_width(words, 11)
    left, top, right, bottom = extent(scene(text(50, 30, words, anchor=anchor)))
    start = {"start": 50, "middle": 50 - width / 2, "end": 50 - width}[anchor]
    assert (left, right) == pytest.approx((start + 0.9, start + width - 0.6), abs=0.6)
    assert (top, bottom) == pytest.approx((30 - 11 * CAP_HEIGHT, 30), abs=0.5)


def test_text_is_stretched_to_its_width() -> None:
    words = text(10, 30, "HEADING")
    narrow, wide = extent(scene(words)), extent(scene(replace(words, width=words.width * 1.4)))
    assert wide[2] - wide[0] == pytest.approx(1.4 * (narrow[2] - narrow[0]), abs=0.6)
    assert (wide[1], wide[3]) == (narrow[1], narrow[3])


def test_bold_text_is_darker() -> None:
    plain, bold = (
        sum(image(scene(text(10, 30, "Conv2d", bold=bold))).getchannel("A").tobytes())
        for bold in (False, True)
    )
    assert bold > 1.15 * plain


@pytest.mark.parametrize(
    ("degrees", "box_of"),
    [
        (-90, lambda cap, width: (50 - cap, 50 - width, 50, 50)),
        (90, lambda cap, width: (50, 50, 50 + cap, 50 + width)),
        (180, lambda cap, width: (50 - width, 50, 50, 50 + cap)),
    ],
)
def test_text_turns_about_its_start(degrees: float, box_of: object) -> None:
    drawing = scene(text(50, 50, "HEAD", rotate=degrees), height=100)
    wanted = box_of(11 * CAP_HEIGHT, text_width("HEAD", 11))  # type: ignore[operator]
    assert extent(drawing) == pytest.approx(wanted, abs=1)


def test_text_turns_about_its_middle() -> None:
    left, top, right, bottom = extent(
        scene(text(50, 50, "HEAD", anchor="middle", rotate=30), height=100)
    )
    assert (left + right) / 2 == pytest.approx(50 + 11 * CAP_HEIGHT / 4, abs=1)
    assert (top + bottom) / 2 == pytest.approx(50 - 11 * CAP_HEIGHT * 0.433, abs=1)


@pytest.mark.parametrize("words", ["", "   ", "e\u0301", "層😀", "\x00\ud800", "\u202e"])
def test_any_text_can_be_painted(words: str) -> None:
    assert image(scene(text(10, 30, words))).size == (200, 120)


def test_what_lies_outside_is_cut_off() -> None:
    drawing = scene(
        box(-1e6, -1e6, 1e6, 1e6, fill="red", opacity=0.5),
        text(-500, 30, "outside"),
        text(95, 30, "across the edge"),
        Path(segments=(("M", 0, 0),), stroke="ink"),
        Path(segments=(("M", 5, 5), ("L", 5, 5), ("Z",)), stroke="ink", fill="ink"),
        Path(segments=(), stroke="ink"),
    )
    assert image(drawing, scale=1).getpixel((0, 0)) == pytest.approx((255, 0, 0, 128), abs=1)


def test_bands_leave_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    drawing = replace(small(), marks=(Group(marks=small().marks, opacity=0.7),))
    whole = png(drawing)
    monkeypatch.setattr(room, "_SAMPLES_PER_BAND", 40_000)
    assert png(drawing) == whole


def test_refuses_pictures_that_fill_the_memory() -> None:
    with pytest.raises(OptionError, match=r"at most 3\.1 is wanted") as caught:
        image(scene(width=10_000, height=1_000), scale=4)
    assert caught.value.name == "scale"
    for size in ({"width": 20_000, "height": 9_000}, {"width": 70_000, "height": 10}):
        with pytest.raises(OptionError, match="a lower max_width") as caught:
            image(scene(**size), scale=2)
        assert caught.value.name == "max_width"


@pytest.mark.parametrize("scale", [0, -1, float("nan"), float("inf"), 1e6, "2", b"2", None])
def test_refuses_scales_that_make_no_picture(scale: Any) -> None:
    with pytest.raises(OptionError, match=r"0\.05 to 100"):
        png(small(), scale=scale)


def test_refuses_unknown_themes_and_slots() -> None:
    with pytest.raises(OptionError, match="light, dark"):
        png(small(), theme="sepia")
    with pytest.raises(ValueError, match="colour slot 'pink'"):
        png(scene(box(0, 0, 1, 1, fill="pink")))
