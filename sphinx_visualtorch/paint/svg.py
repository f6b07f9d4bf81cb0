"""Scene → SVG text, as a file of its own or for the inside of an HTML page.

The text stands alone either way: no script, no ``<style>``, no ``url(#…)``; every id has the
caller's prefix.  What a scene says is escaped here and nowhere else.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import TypeAlias

from sphinx_visualtorch.acyclic import acyclic
from sphinx_visualtorch.fonts import FAMILY
from sphinx_visualtorch.paint import assert_never
from sphinx_visualtorch.paint.colours import colour_table, used_slots
from sphinx_visualtorch.paint.links import safe_links
from sphinx_visualtorch.paint.pathdata import number, path_data
from sphinx_visualtorch.paint.stylesheet import DARK_SLOTS, stylesheet
from sphinx_visualtorch.scene import Group, Mark, Path, Scene, Text, walk

__all__ = ["stylesheet", "svg"]

Attributes: TypeAlias = dict[str, str]

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})
_GENERIC = frozenset({"serif", "sans-serif", "monospace", "cursive", "system-ui", "inherit"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pen:
    """What every mark needs: slot → colour, slot → number of its dark value, and the links."""

    colours: Mapping[str, str]
    dark: Mapping[str, int]
    links: Mapping[str, str]
    size: float


@acyclic()
def svg(
    scene: Scene,
    *,
    inline: bool = False,
    prefix: str = "",
    links: Mapping[str, str] | None = None,
    theme: str = "light",
) -> str:
    """Return *scene* as SVG.

    :param inline: for the inside of an HTML page: with *theme* ``light`` the dark colours are
        there too, and show where the page has :func:`stylesheet` and is dark.
    :param prefix: what all ids start with; two figures on a page need different ones.
    :param links: import path → address; a group whose ``link`` is in it becomes a hyperlink.
    :param theme: ``light`` or ``dark``.
    :raises OptionError: if there is no such theme.
    """
    colours = colour_table(scene, theme)
    numbers = _dark_numbers(scene) if inline and theme == "light" else {}
    pen = _Pen(colours=colours, dark=numbers, links=safe_links(links), size=_usual_size(scene))
    root = _root(scene, pen, prefix)
    if inline:
        root["style"] = _root_style(scene, numbers)
    else:
        root = {"xmlns": "http://www.w3.org/2000/svg", **root}
    lines = [_tag("svg", root), *_words(scene, prefix), *_ground(scene, pen)]
    lines += _marks(scene.marks, pen)
    return "\n".join([*lines, "</svg>"]) + "\n"


def _root(scene: Scene, pen: _Pen, prefix: str) -> Attributes:
    width, height = number(scene.width), number(scene.height)
    # role="img" hides everything inside from screen readers, the links too
    attributes = {
        "class": "vt-figure",
        "width": width,
        "height": height,
        "viewBox": f"0 0 {width} {height}",
        "role": "graphics-document" if _has_link(scene.marks, pen) else "img",
    }
    named = [f"{prefix}vt-{name}" for name in ("title", "desc") if _text_of(scene, name)]
    if named:
        attributes["aria-labelledby"] = " ".join(named)
    attributes |= _data(scene.data)
    attributes |= {"font-family": _family(scene.font), "font-size": number(pen.size)}
    return attributes | {"fill": "none", "stroke-linejoin": "round"}


def _root_style(scene: Scene, numbers: Mapping[str, int]) -> str:
    values = {colour.slot: colour.dark.lower() for colour in scene.colours}
    dark = {index: values[slot] for slot, index in numbers.items()}
    properties = [f"--vt-{index}:{value}" for index, value in sorted(dark.items())]
    wide = f"--vt-width:{number(scene.width)}px"  # from here the style sheet keeps texts readable
    return ";".join(["max-width:100%", "height:auto", wide, *properties])


def _text_of(scene: Scene, name: str) -> str:
    return scene.title if name == "title" else scene.description


def _words(scene: Scene, prefix: str) -> Iterator[str]:
    for name in ("title", "desc"):
        if text := _text_of(scene, name):
            yield f"{_tag(name, {'id': f'{prefix}vt-{name}'})}{_escape(text)}</{name}>"


def _ground(scene: Scene, pen: _Pen) -> Iterator[str]:
    if scene.background != "none":
        size = {"width": number(scene.width), "height": number(scene.height)}
        yield _tag("rect", _paint(pen, fill=scene.background) | size, close=True)


def _marks(marks: tuple[Mark, ...], pen: _Pen) -> Iterator[str]:
    """Write *marks* in their order; neighbours that look alike share their attributes."""
    for style, run in _runs(marks, pen):
        shared = _tag("g", style)
        if (len(run) - 1) * (len(shared) - len("<g>")) > len("<g>\n</g>\n"):
            yield shared
            yield from (_mark(mark, {}, pen) for mark in run)
            yield "</g>"
        else:
            yield from (_mark(mark, style, pen) for mark in run)


def _runs(marks: tuple[Mark, ...], pen: _Pen) -> Iterator[tuple[Attributes, list[Mark]]]:
    styled = [(_style(mark, pen), mark) for mark in marks]
    for (_, style), run in groupby(styled, key=lambda pair: (type(pair[1]), pair[0])):
        yield style, [mark for _, mark in run]


def _style(mark: Mark, pen: _Pen) -> Attributes:
    """Return the attributes of *mark* that its children or neighbours can inherit."""
    match mark:
        case Group():
            style: Attributes = {}
        case Path():
            style = _path_style(mark, pen)
        case Text():
            style = _text_style(mark, pen)
        case _:
            assert_never(mark)
    return style


def _path_style(path: Path, pen: _Pen) -> Attributes:
    style = _paint(pen, fill=path.fill, stroke=path.stroke)
    if path.stroke != "none" and path.width != 1:
        style["stroke-width"] = number(path.width)
    if path.stroke != "none" and path.dash:
        style["stroke-dasharray"] = " ".join(map(number, path.dash))
    return style


def _text_style(text: Text, pen: _Pen) -> Attributes:
    style = _paint(pen, fill=text.fill)
    if text.size != pen.size:
        style["font-size"] = number(text.size)
    if text.bold:
        style["font-weight"] = "700"
    if text.anchor != "start":
        style["text-anchor"] = text.anchor
    return style


def _mark(mark: Mark, style: Attributes, pen: _Pen) -> str:
    match mark:
        case Group():
            written = _group(mark, pen)
        case Path():
            written = _path(mark, style)
        case Text():
            written = _text(mark, style)
        case _:
            assert_never(mark)
    return written


def _group(group: Group, pen: _Pen) -> str:
    attributes = _with_role({}, group.role) | _data(group.data)
    if group.opacity != 1:
        attributes["opacity"] = number(group.opacity)
    url = pen.links.get(group.link)
    runs = list(_runs(group.marks, pen))
    if url and _has_link(group.marks, pen):
        inner = list(_linked_parts(group.marks, url, pen))
        url = None
    elif len(runs) == 1 and not isinstance(group.marks[0], Group):
        # all marks look alike: the group itself can say how
        style = runs[0][0]
        attributes |= style | _with_role({"class": style.get("class", "")}, group.role)
        inner = [_mark(mark, {}, pen) for mark in group.marks]
    else:
        inner = list(_marks(group.marks, pen))
    if group.tooltip:
        inner.insert(0, f"<title>{_escape(group.tooltip)}</title>")
    text = "\n".join([_tag("g", attributes), *inner, "</g>"])
    return f"{_tag('a', {'href': url})}{text}</a>" if url else text


def _has_link(marks: tuple[Mark, ...], pen: _Pen) -> bool:
    return any(isinstance(mark, Group) and mark.link in pen.links for mark in walk(marks))


def _linked_parts(marks: tuple[Mark, ...], url: str, pen: _Pen) -> Iterator[str]:
    """Link all but the inner groups, which have links of their own: links must not be nested."""
    for is_group, part in groupby(marks, key=lambda mark: isinstance(mark, Group)):
        written = "\n".join(_marks(tuple(part), pen))
        yield written if is_group else f"{_tag('a', {'href': url})}{written}</a>"


def _path(path: Path, style: Attributes) -> str:
    attributes = _with_role(style, path.role) | _data(path.data)
    if path.opacity != 1:
        attributes["opacity"] = number(path.opacity)
    return _tag("path", attributes | {"d": path_data(path.segments)}, close=True)


def _text(text: Text, style: Attributes) -> str:
    """Write a text with the width that the layout measured: a missing font breaks nothing."""
    x, y = number(text.x), number(text.y)
    attributes = {**style, "x": x, "y": y}
    if text.width > 0 and text.text.strip():
        attributes |= {"textLength": number(text.width), "lengthAdjust": "spacingAndGlyphs"}
    if text.rotate:
        attributes["transform"] = f"rotate({number(text.rotate)} {x} {y})"
    if text.text != " ".join(text.text.split()):
        attributes["xml:space"] = "preserve"
    return f"{_tag('text', attributes)}{_escape(text.text)}</text>"


def _paint(pen: _Pen, **slots: str) -> Attributes:
    """Return the attributes *fill* and *stroke* for slots, with the classes of dark values."""
    attributes: Attributes = {}
    classes = []
    for name, slot in slots.items():
        if slot in pen.dark:
            classes.append(f"vt-{name[0]}{pen.dark[slot]}")
        if pen.colours[slot] != "none":
            attributes[name] = pen.colours[slot]
    return {"class": " ".join(classes), **attributes} if classes else attributes


def _dark_numbers(scene: Scene) -> Mapping[str, int]:
    """Give a number to each slot that changes with the theme; equal colours share one."""
    used = used_slots(scene)
    pairs: dict[tuple[str, str], int] = {}
    numbers = {}
    for colour in scene.colours:
        if colour.slot in used and colour.light != colour.dark:
            index = pairs.setdefault((colour.light, colour.dark), len(pairs))
            if index < DARK_SLOTS:
                numbers[colour.slot] = index
    return numbers


def _usual_size(scene: Scene) -> float:
    sizes = Counter(mark.size for mark in walk(scene.marks) if isinstance(mark, Text))
    return sizes.most_common(1)[0][0] if sizes else 11.0


def _family(font: str) -> str:
    """Return a CSS font stack that starts with the families of *font*."""
    wanted = [re.sub(r"[\"'\\;{}<>]", "", _clean(name)).strip() for name in font.split(",")]
    quoted = [name if name.lower() in _GENERIC else f"'{name}'" for name in wanted if name]
    return ", ".join([*quoted, FAMILY])


def _with_role(attributes: Attributes, role: str) -> Attributes:
    """Return *attributes* with the class of a role in front of the other classes."""
    names = [f"vt-{re.sub(r'[^A-Za-z0-9_-]', '-', role)}"] if role else []
    names += [name for name in (attributes.get("class", ""),) if name]
    rest = {key: value for key, value in attributes.items() if key != "class"}
    return {"class": " ".join(names), **rest} if names else rest


def _data(pairs: tuple[tuple[str, str], ...]) -> Attributes:
    return {f"data-{re.sub(r'[^a-z0-9.-]', '-', key.lower())}": value for key, value in pairs}


def _tag(name: str, attributes: Attributes, *, close: bool = False) -> str:
    written = "".join(f' {key}="{_escape(value)}"' for key, value in attributes.items())
    return f"<{name}{written}{'/' if close else ''}>"


def _clean(text: str) -> str:
    """Return *text* without the characters that XML 1.0 forbids."""
    return _NOT_XML.sub("", text)


def _escape(text: str) -> str:
    return _clean(text).translate(_ENTITIES)
