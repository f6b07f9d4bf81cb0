"""The walk over a scene's marks that draws them on a sheet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sphinx_visualtorch.fonts import char_width, has_glyph
from sphinx_visualtorch.paint import assert_never
from sphinx_visualtorch.paint.colours import colour_table
from sphinx_visualtorch.paint.extent import baseline, extent
from sphinx_visualtorch.paint.links import safe_links
from sphinx_visualtorch.paint.pdf.sheet import Sheet, font_name
from sphinx_visualtorch.scene import Group, Mark, Path, Scene, Text, walk

if TYPE_CHECKING:
    from sphinx_visualtorch.scene import Segment

__all__ = ["written"]


def written(scene: Scene, *, links: Mapping[str, str] | None, theme: str) -> bytes:
    """Return *scene* as a PDF file."""
    colours = colour_table(scene, theme)
    sheet = Sheet(scene.width, scene.height)
    sheet.setTitle(_sayable(scene.title))
    sheet.setSubject(_sayable(scene.description))
    sheet.setAuthor("")  # not "anonymous"
    sheet.setCreator("sphinx_visualtorch")
    if scene.background != "none":
        sheet.setFillColor(colours[scene.background])
        sheet.rect(0, 0, scene.width, scene.height, stroke=0, fill=1)
    _Brush(sheet=sheet, colours=colours).marks(scene.marks)
    safe = safe_links(links)
    # the inner ones last: they lie on the outer ones
    for mark in walk(scene.marks):
        box = extent(mark.marks) if isinstance(mark, Group) and mark.link in safe else None
        if box is not None and isinstance(mark, Group):
            sheet.link(safe[mark.link], box)
    sheet.showPage()
    return bytes(sheet.getpdfdata())


def _sayable(text: str) -> str:
    """Return *text* without halves of surrogate pairs."""
    return text.encode("utf-8", "ignore").decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Brush:
    """Draws marks on a *sheet*; *colours* are those of the slots."""

    sheet: Sheet
    colours: Mapping[str, str]

    def marks(self, marks: tuple[Mark, ...]) -> None:
        for mark in marks:
            match mark:
                case Group():
                    self._group(mark)
                case Path():
                    self._path(mark)
                case Text():
                    self._text(mark)
                case _:
                    assert_never(mark)

    def _group(self, group: Group) -> None:
        if group.opacity >= 1:
            self.marks(group.marks)
            return
        box = extent(group.marks)
        if box is not None and group.opacity > 0:
            self.sheet.faded(box, group.opacity, lambda: self.marks(group.marks))

    def _path(self, path: Path) -> None:
        fill, stroke = self.colours[path.fill], self.colours[path.stroke]
        stroke = stroke if path.width > 0 else "none"
        if path.opacity < 1 and "none" not in (fill, stroke):
            # the inner half of the outline lies on the area
            self._group(Group(marks=(replace(path, opacity=1.0),), opacity=path.opacity))
            return
        outline = _outline(self.sheet, path.segments)
        if outline is None or fill == stroke == "none" or path.opacity <= 0:
            return
        self.sheet.saveState()
        self._dip(path, fill, stroke)
        self.sheet.paint(outline, fill=fill != "none", stroke=stroke != "none")
        self.sheet.restoreState()

    def _dip(self, path: Path, fill: str, stroke: str) -> None:
        """Say how a path is filled and stroked."""
        sheet = self.sheet
        if fill != "none":
            sheet.setFillColor(fill)
        if stroke != "none":
            sheet.setStrokeColor(stroke)
            sheet.setLineWidth(path.width)
            if sum(path.dash) > 0:
                sheet.setDash(list(path.dash))
        if path.opacity < 1:
            sheet.setFillAlpha(path.opacity)
            sheet.setStrokeAlpha(path.opacity)

    def _text(self, text: Text) -> None:
        sheet, ink, font = self.sheet, self.colours[text.fill], font_name(bold=text.bold)
        letters = _letters(text)
        natural = sheet.stringWidth(letters, font, text.size)
        if ink == "none" or not letters.strip() or natural <= 0:
            return
        width = text.width if text.width > 0 else natural
        (x, y), (cos, sin) = baseline(text, width)
        line = sheet.beginText()
        line.setFont(font, text.size)
        line.setFillColor(ink)
        # the library adds 100 to what it remembers, but writes what it is given
        line.setHorizScale(100 * width / natural)
        line.setTextTransform(cos, sin, sin, -cos, x, y)
        line.textOut(letters)
        sheet.drawText(line)


def _letters(text: Text) -> str:
    """Return what takes room: no controls and no marks that the font lacks."""
    return "".join(
        char for char in text.text if has_glyph(char) or char_width(char, bold=text.bold)
    )


def _outline(sheet: Sheet, segments: tuple[Segment, ...]) -> Any:
    """Return an outline as the library has it, or None if there is nothing to draw."""
    if len(segments) < 2:
        return None
    outline = sheet.beginPath()
    here = (0.0, 0.0)
    for segment in segments:
        values = [round(float(value), 3) for value in segment[1:]]
        match segment[0]:
            case "M":
                outline.moveTo(*values)
            case "L":
                outline.lineTo(*values)
            case "Q":
                outline.curveTo(*_raised(here, values))
            case "C":
                outline.curveTo(*values)
            case "Z":
                outline.close()
            case letter:
                raise ValueError(f"a path has the unknown segment {letter!r}")
        if values:
            here = values[-2], values[-1]
    return outline


def _raised(here: tuple[float, float], values: list[float]) -> list[float]:
    """Return the cubic curve that a quadratic one from *here* is (PDF has no other)."""
    (x0, y0), (x1, y1, x, y) = here, values
    first = x0 + (x1 - x0) * 2 / 3, y0 + (y1 - y0) * 2 / 3
    second = x + (x1 - x) * 2 / 3, y + (y1 - y) * 2 / 3
    return [*first, *second, x, y]
