"""The walk over a scene's marks that writes them down, each with as few attributes as will do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import TypeAlias

from sphinx_visualtorch.paint import assert_never
from sphinx_visualtorch.paint.pathdata import number, path_data
from sphinx_visualtorch.paint.reveal import STEP, step_of
from sphinx_visualtorch.paint.svg.attributes import attribute, data, escape, role_class
from sphinx_visualtorch.scene import Group, Mark, Path, Text, walk

__all__ = ["Usual", "Writer", "has_link"]

Style: TypeAlias = tuple[str, str]
"""The classes of a mark that its children or neighbours can inherit, and its other attributes."""

_PLAIN: Style = ("", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """What the root says for all marks: the type size, the anchor of texts, the width of lines."""

    size: float = 11.0
    anchor: str = "start"
    width: float = 1.0


@dataclass(slots=True, kw_only=True)
class Writer:
    """Writes marks as lines of SVG.

    *colours* are those of the slots, *dark* the numbers of their dark values; *links* leads from
    import paths to addresses; with *named*, groups have names for the editors of files.
    """

    colours: Mapping[str, str]
    dark: Mapping[str, int]
    links: Mapping[str, str]
    usual: Usual
    named: bool = False
    lines: list[str] = field(default_factory=list)
    _styles: dict[object, Style] = field(default_factory=dict)

    def marks(self, marks: tuple[Mark, ...]) -> None:
        """Write *marks* in their order; neighbours that look alike share their attributes."""
        for style, run in self._runs(marks):
            shared = _tag("g", style)
            if (len(run) - 1) * (len(shared) - len("<g>")) > len("<g>\n</g>\n"):
                self.lines.append(shared)
                self._run(run, _PLAIN)
                self.lines.append("</g>")
            else:
                self._run(run, style)

    def _runs(self, marks: tuple[Mark, ...]) -> Iterator[tuple[Style, list[Mark]]]:
        run: list[Mark] = []
        before = _PLAIN
        for mark in marks:
            style = self._style(mark)
            if run and (style != before or type(mark) is not type(run[0])):
                yield before, run
                run = []
            run.append(mark)
            before = style
        if run:
            yield before, run

    def _run(self, run: list[Mark], style: Style) -> None:
        for mark in run:
            match mark:
                case Group():
                    self._group(mark)
                case Path():
                    self.lines.append(_path(mark, style))
                case Text():
                    self.lines.append(_text(mark, style))
                case _:
                    assert_never(mark)

    def _style(self, mark: Mark) -> Style:
        """Return what *mark* says that its children or neighbours can inherit."""
        key: object
        match mark:
            case Group():
                return _PLAIN
            case Path():
                lined = mark.stroke != "none"
                key = (mark.fill, mark.stroke, mark.width if lined else 1, mark.dash)
            case Text():
                key = (mark.fill, mark.size, mark.bold, mark.anchor, "text")
            case _:
                assert_never(mark)
        found = self._styles.get(key)
        if found is None:
            made = self._path_style(mark) if isinstance(mark, Path) else self._text_style(mark)
            found = self._styles[key] = made
        return found

    def _path_style(self, path: Path) -> Style:
        classes, written = self.paint(fill=path.fill, stroke=path.stroke)
        if path.stroke != "none" and path.width != self.usual.width:
            written += f' stroke-width="{number(path.width)}"'
        if path.stroke != "none" and path.dash:
            written += f' stroke-dasharray="{" ".join(map(number, path.dash))}"'
        return classes, written

    def _text_style(self, text: Text) -> Style:
        classes, written = self.paint(fill=text.fill)
        if text.size != self.usual.size:
            written += f' font-size="{number(text.size)}"'
        if text.bold:
            written += ' font-weight="700"'
        if text.anchor != self.usual.anchor:
            written += f' text-anchor="{text.anchor}"'
        return classes, written

    def paint(self, **slots: str) -> Style:
        """Return the attributes *fill* and *stroke* for slots, with the classes of dark values."""
        classes = [
            f"vt-{name[0]}{self.dark[slot]}" for name, slot in slots.items() if slot in self.dark
        ]
        written = [
            f' {name}="{self.colours[slot]}"'
            for name, slot in slots.items()
            if self.colours[slot] != "none"
        ]
        return " ".join(classes), "".join(written)

    def _group(self, group: Group) -> None:
        url = self.links.get(group.link, "")
        nested = bool(url) and has_link(group.marks, self.links)
        runs = list(self._runs(group.marks))
        style = _PLAIN
        if len(runs) == 1 and not nested and not isinstance(group.marks[0], Group):
            style = runs[0][0]  # all marks look alike: the group itself can say how
        opening, closing = self._head(group, style), "</g>"
        if url and not nested:
            opening, closing = f"<a{attribute('href', url)}>{opening}", "</g></a>"
        self.lines.append(opening)
        if group.tooltip:
            self.lines.append(f"<title>{escape(group.tooltip)}</title>")
        if nested:
            self._linked_parts(group.marks, url)
        elif style != _PLAIN:
            self._run(runs[0][1], _PLAIN)
        else:
            self.marks(group.marks)
        self.lines.append(closing)

    def _head(self, group: Group, style: Style) -> str:
        classes, written = style
        if group.role:
            classes = f"{role_class(group.role)} {classes}".rstrip()
        if group.role == STEP:
            written += f' style="--vt-at:{step_of(group)}"'
        else:
            written += data(group.data)
        if group.opacity != 1:
            written += f' opacity="{number(group.opacity)}"'
        if self.named and group.role not in ("", STEP):
            written += attribute("inkscape:label", _label(group))
        return _tag("g", (classes, written))

    def _linked_parts(self, marks: tuple[Mark, ...], url: str) -> None:
        """Link all but the inner groups, which have links of their own: they must not be nested."""
        for is_group, part in groupby(marks, key=lambda mark: isinstance(mark, Group)):
            if is_group:
                self.marks(tuple(part))
            else:
                self.lines.append(f"<a{attribute('href', url)}>")
                self.marks(tuple(part))
                self.lines.append("</a>")


def has_link(marks: tuple[Mark, ...], links: Mapping[str, str]) -> bool:
    """Say whether a group among *marks*, however deep, is in *links*."""
    if not links:
        return False
    return any(isinstance(mark, Group) and mark.link in links for mark in walk(marks))


def _label(group: Group) -> str:
    """Return what an editor's list of objects may call a group."""
    known = dict(group.data)
    words = dict.fromkeys(known[key] for key in ("path", "kind") if known.get(key))
    return " · ".join(words) or group.role


def _tag(name: str, style: Style) -> str:
    classes, written = style
    return f'<{name} class="{classes}"{written}>' if classes else f"<{name}{written}>"


def _path(path: Path, style: Style) -> str:
    classes, written = style
    if path.role:
        classes = f"{role_class(path.role)} {classes}".rstrip()
    if classes:
        written = f' class="{classes}"{written}'
    if path.data:
        written += data(path.data)
    if path.opacity != 1:
        written += f' opacity="{number(path.opacity)}"'
    return f'<path{written} d="{path_data(path.segments)}"/>'


def _text(text: Text, style: Style) -> str:
    """Write a text with the width that the layout measured: a missing font breaks nothing."""
    classes, written = style
    if classes:
        written = f' class="{classes}"{written}'
    x, y = number(text.x), number(text.y)
    written += f' x="{x}" y="{y}"'
    if text.width > 0 and text.text.strip():
        written += f' textLength="{number(text.width)}" lengthAdjust="spacingAndGlyphs"'
    if text.rotate:
        written += f' transform="rotate({number(text.rotate)} {x} {y})"'
    if text.text != " ".join(text.text.split()):
        written += ' xml:space="preserve"'
    return f"<text{written}>{escape(text.text)}</text>"
