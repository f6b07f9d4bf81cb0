"""Scene → an animated GIF that shows a figure step by step, and then all of it.

Every frame has the colours of the whole picture, the most frequent ones first, and holds only
what is new in it, so that the file is small.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import reduce
from operator import or_
from typing import TypeAlias

from PIL import Image

from sphinx_visualtorch.acyclic import acyclic
from sphinx_visualtorch.paint.colours import colour_table
from sphinx_visualtorch.paint.extent import extent
from sphinx_visualtorch.paint.png import image
from sphinx_visualtorch.paint.reveal import Staged, staged, step_of
from sphinx_visualtorch.scene import Bounds, Group, Mark, Scene, moved
from sphinx_visualtorch.theme import Theme

__all__ = ["gif"]

_Box: TypeAlias = tuple[int, int, int, int]

_PACE = 350
"""ms for which a step is shown."""
_REST = 4000
"""ms for which the whole figure is shown, before it begins again where it does."""
_COLOURS = 128
_CANDIDATES = 3000
_APART = 16
"""The least distance of two colours, added up over the channels."""


@acyclic()
def gif(scene: Scene, *, scale: float = 2.0, theme: str = "light", loop: bool = False) -> bytes:
    """Return *scene* as an animated GIF with *scale* pixels per px.

    :param theme: ``light`` or ``dark``; where the scene has no background, that of a page.
    :param loop: begin again and again, not only once.
    :raises OptionError: if there is no such theme, or as for a PNG of this size.
    """
    ground = _ground(scene, theme)
    whole = _flat(image(scene, scale=scale, theme=theme), ground)
    palette = _palette(whole)
    frames = [
        frame.quantize(palette=palette, dither=Image.Dither.NONE)
        for frame in [*_frames(scene, whole, scale, theme), whole]
    ]
    buffer = io.BytesIO()
    frames[0].save(
        buffer,
        "GIF",
        save_all=True,
        append_images=frames[1:],
        duration=[_PACE] * (len(frames) - 1) + [_REST],
        optimize=False,
        disposal=1,
        **({"loop": 0} if loop else {}),
    )
    return buffer.getvalue()


def _ground(scene: Scene, theme: str) -> str:
    own = colour_table(scene, theme)[scene.background]
    return own if own != "none" else Theme().colour("paper")[theme == "dark"]


def _flat(picture: Image.Image, ground: str) -> Image.Image:
    flat = Image.new("RGB", picture.size, ground)
    flat.paste(picture, mask=picture.getchannel("A"))
    return flat


def _channels(colour: object) -> tuple[int, int, int]:
    # for a picture in RGB it is a tuple; for others, which there are none of here, a number
    red, green, blue = colour if isinstance(colour, tuple) else (0, 0, 0)
    return int(red), int(green), int(blue)


def _palette(whole: Image.Image) -> Image.Image:
    """Return a picture whose palette has the most frequent colours of *whole*.

    They are some way apart: Pillow looks for the nearest one on a grid of 4 levels, and white has
    to stay white.
    """
    size = whole.width * whole.height
    counted = [(count, _channels(colour)) for count, colour in whole.getcolors(size) or []]
    counted.sort(key=lambda pair: (-pair[0], pair[1]))
    best: list[tuple[int, int, int]] = []
    for _, (red, green, blue) in counted[:_CANDIDATES]:
        if all(abs(red - r) + abs(green - g) + abs(blue - b) > _APART for r, g, b in best):
            best.append((red, green, blue))
        if len(best) == _COLOURS:
            break
    palette = Image.new("P", (1, 1))
    palette.putpalette([channel for colour in best for channel in colour])
    return palette


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A mark that appears in the step *at*, and how far it reaches."""

    at: int
    mark: Mark
    box: Bounds


def _parts(stages: Staged) -> Iterator[_Part]:
    for group in stages.scene.marks:
        if isinstance(group, Group):
            for mark in group.marks:
                box = extent((mark,))
                if box is not None:
                    yield _Part(at=step_of(group), mark=mark, box=box)


def _frames(scene: Scene, whole: Image.Image, scale: float, theme: str) -> Iterator[Image.Image]:
    """Yield the picture after each step but the last, painted only where something is new."""
    stages = staged(scene)
    parts = list(_parts(stages))
    ground = _ground(scene, theme)
    picture = Image.new("RGB", whole.size, ground)
    for step in range(stages.count - 1):
        boxes = [part.box for part in parts if part.at == step]
        box = _pixels(reduce(or_, boxes), scale, whole.size) if boxes else None
        if box is not None:
            shown = [part for part in parts if part.at <= step]
            cut = _cut(replace(scene, marks=()), shown, box, scale)
            picture.paste(_flat(image(cut, scale=scale, theme=theme), ground), box)
        yield picture.copy()


def _pixels(box: Bounds, scale: float, size: tuple[int, int]) -> _Box | None:
    """Return the pixels that *box* touches, None if there are none."""
    left, top = max(0, math.floor(box.left * scale)), max(0, math.floor(box.top * scale))
    right = min(size[0], math.ceil(box.right * scale))
    bottom = min(size[1], math.ceil(box.bottom * scale))
    return (left, top, right, bottom) if left < right and top < bottom else None


def _cut(scene: Scene, parts: Iterable[_Part], box: _Box, scale: float) -> Scene:
    """Return what of *parts* is seen in a box of pixels."""
    left, top, right, bottom = (side / scale for side in box)
    marks = [
        part.mark
        for part in parts
        if part.box.left < right
        and part.box.right > left
        and part.box.top < bottom
        and part.box.bottom > top
    ]
    return replace(scene, width=right - left, height=bottom - top, marks=moved(marks, -left, -top))
