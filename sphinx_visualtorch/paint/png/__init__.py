"""Scene → pixels.

Every mark is drawn without smoothing on a canvas that has several samples per pixel; the mean of
the samples is the pixel.  So neighbouring faces meet without a seam, and the picture is the same
on every machine that has the same Pillow.  The canvas is worked off in bands, because all samples
of a large figure at once would not fit into memory.

Its colours are premultiplied with their alpha, which makes mixing and the mean linear.  It is an
``RGBX`` image whose fourth channel is the alpha: Pillow treats the alpha of its other modes in
ways of their own when it pastes.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageDraw

from sphinx_visualtorch.acyclic import acyclic
from sphinx_visualtorch.errors import OptionError
from sphinx_visualtorch.paint import assert_never
from sphinx_visualtorch.paint.colours import colour_table
from sphinx_visualtorch.paint.png.seen import seen
from sphinx_visualtorch.paint.png.strokes import (
    Canvas,
    Disc,
    Fade,
    Mask,
    Polygon,
    Stroke,
    ink_of,
    strokes,
)
from sphinx_visualtorch.paint.png.tiles import is_empty, overlap

if TYPE_CHECKING:
    from sphinx_visualtorch.scene import Scene

__all__ = ["MAX_PIXELS", "MAX_SIDE", "image", "largest_scale", "png"]

MAX_PIXELS = 100_000_000
"""The largest picture that is painted."""
MAX_SIDE = 65_000
"""The longest side in pixels of a picture that is painted; few viewers take more."""

_SAMPLES = 400_000_000  # of a whole picture: beyond, its pixels have fewer
_SAMPLES_PER_BAND = 8_000_000
_SAMPLES_PER_PX = 8  # along one axis and per px of the scene, whatever the scale


def png(scene: Scene, *, scale: float = 2.0, theme: str = "light") -> bytes:
    """Return *scene* as a PNG file; arguments and errors are those of :func:`image`.

    Its resolution says that 96·*scale* dots are an inch, so that it is shown at the scene's size.
    """
    picture = image(scene, scale=scale, theme=theme)
    if picture.getchannel("A").getextrema() == (255, 255):
        picture = picture.convert("RGB")
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", dpi=(96 * scale, 96 * scale))
    return buffer.getvalue()


@acyclic()
def image(scene: Scene, *, scale: float = 2.0, theme: str = "light") -> Image.Image:
    """Return *scene* as an RGBA picture of *scale* pixels per px.

    :param theme: ``light`` or ``dark``.
    :raises OptionError: if there is no such theme, or if the picture would exceed
        :data:`MAX_PIXELS` or :data:`MAX_SIDE`.
    """
    _check_size(scene, scale)
    inks = {slot: ink_of(value) for slot, value in colour_table(scene, theme).items()}
    width, height = (max(1, round(side * scale)) for side in (scene.width, scene.height))
    affordable = math.isqrt(_SAMPLES // (width * height))
    samples = max(3, min(8, round(_SAMPLES_PER_PX / scale), affordable))
    box = 0, 0, width * samples, height * samples
    drawn = seen(strokes(scene.marks, Canvas(inks=inks, scale=scale * samples, box=box)))
    picture = Image.new("RGBA", (width, height))
    rows = max(1, _SAMPLES_PER_BAND // (width * samples**2))
    tops = range(0, height, rows)
    for top, held in zip(tops, _bands(drawn, rows * samples, len(tops)), strict=True):
        size = width * samples, min(rows, height - top) * samples
        sheet = Image.new("RGBX", size, inks[scene.background])
        _draw(sheet, held, top * samples)
        band = sheet.reduce(samples)
        picture.paste(Image.frombytes("RGBa", band.size, band.tobytes()).convert("RGBA"), (0, top))
    return picture


def largest_scale(scene: Scene) -> float:
    """Return the *scale* at which a picture is as large as it may be."""
    area, side = scene.width * scene.height, max(scene.width, scene.height)
    return min(math.sqrt(MAX_PIXELS / area), MAX_SIDE / side)


def _check_size(scene: Scene, scale: float) -> None:
    """Raise an error that names the option to lower, and the value that would do."""
    given: Any = scale  # anyone may hand over anything: text has no __float__, numbers have
    is_number = hasattr(given, "__float__")
    if not is_number or not 0.05 <= given <= 100:
        raise OptionError("scale", scale, "a number from 0.05 to 100 is wanted")
    best = largest_scale(scene)
    # not ">": a size that is not a number is refused too
    if scale <= best:
        return
    size = f"a PNG of {scene.width * scale:,.0f} × {scene.height * scale:,.0f} pixels is too large"
    if best >= 1:
        wanted = f"{size}; at most {math.floor(best * 10) / 10:g} is wanted here"
        raise OptionError("scale", scale, wanted)
    wanted = f"{size}; a lower max_width or depth, or SVG, is wanted"
    raise OptionError("max_width", round(scene.width), wanted)


def _bands(drawn: Iterable[Stroke], height: int, count: int) -> list[list[Stroke]]:
    """Return what is drawn in each of *count* bands that are *height* samples high."""
    bands: list[list[Stroke]] = [[] for _ in range(count)]
    for stroke in drawn:
        _, y0, _, y1 = stroke.box
        for index in range(max(0, y0 // height), min(count, -(-y1 // height))):
            bands[index].append(stroke)
    return bands


def _draw(sheet: Image.Image, strokes: Iterable[Stroke], top: int) -> None:
    """Draw *strokes* on a sheet whose first row is the row *top* of the figure."""
    pencil = ImageDraw.Draw(sheet)
    bottom = top + sheet.height
    for stroke in strokes:
        x0, y0, x1, y1 = stroke.box
        if y1 <= top or y0 >= bottom:
            continue
        match stroke:
            case Polygon():
                pencil.polygon([(x, y - top) for x, y in stroke.points], fill=stroke.ink)
            case Disc():
                pencil.ellipse((x0, y0 - top, x1 - 1, y1 - top - 1), fill=stroke.ink)
            case Mask():
                pencil.bitmap((x0, y0 - top), stroke.mask, fill=stroke.ink)
            case Fade():
                _draw_faded(sheet, stroke, top)
            case _:
                assert_never(stroke)


def _draw_faded(sheet: Image.Image, fade: Fade, top: int) -> None:
    """Draw as if opaque and mix with what was there before: the group fades as a whole."""
    band = 0, top, sheet.width, top + sheet.height
    before = []
    for tile in fade.tiles:
        x0, y0, x1, y1 = overlap(tile, band)
        box = x0, y0 - top, x1, y1 - top
        if not is_empty(box):
            before.append((box, sheet.crop(box)))
    _draw(sheet, fade.strokes, top)
    for box, part in before:
        sheet.paste(part, box, Image.new("L", part.size, round(255 * (1 - fade.opacity))))
