"""Scene → SVG text, as a file of its own or for the inside of an HTML page.

The text stands alone either way: no script, nothing from elsewhere; every id has the caller's
prefix.  Inside of a page there is no ``<style>`` either, which would leak into the page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from sphinx_visualtorch.acyclic import acyclic
from sphinx_visualtorch.errors import OptionError
from sphinx_visualtorch.fonts import FAMILY
from sphinx_visualtorch.paint.colours import colour_table, used_slots
from sphinx_visualtorch.paint.links import safe_links
from sphinx_visualtorch.paint.pathdata import number
from sphinx_visualtorch.paint.reveal import staged
from sphinx_visualtorch.paint.stylesheet import DARK_SLOTS, READABLE, REVEAL, stylesheet
from sphinx_visualtorch.paint.svg.attributes import attribute, data, escape, family
from sphinx_visualtorch.paint.svg.marks import Usual, Writer, has_link
from sphinx_visualtorch.paint.svg.webfont import WEB_FAMILY, font_face
from sphinx_visualtorch.scene import Path, Scene, Text, walk

__all__ = ["stylesheet", "svg"]

_NAMESPACES = {
    "xmlns": "http://www.w3.org/2000/svg",
    "xmlns:inkscape": "http://www.inkscape.org/namespaces/inkscape",
}

_PACE = 0.35
"""Seconds from one step of an animation to the next."""
_LONGEST = 8.0
"""Seconds that an animation takes at most, however many steps it has."""


@acyclic()
def svg(  # noqa: PLR0913 - the ways in which one drawing may be written down
    scene: Scene,
    *,
    inline: bool = False,
    prefix: str = "",
    links: Mapping[str, str] | None = None,
    theme: str = "light",
    animated: bool = False,
    embed_fonts: bool = False,
) -> str:
    """Return *scene* as SVG.

    :param inline: for the inside of an HTML page: with *theme* ``light`` the dark colours are
        there too, and show where the page has :func:`stylesheet` and is dark.
    :param prefix: what all ids start with; two figures on a page need different ones.
    :param links: import path → address; a group whose ``link`` is in it becomes a hyperlink.
    :param theme: ``light`` or ``dark``.
    :param animated: show the boxes one after the other when the file, or the page with
        :func:`stylesheet`, is opened.
    :param embed_fonts: put the letters that occur into the file.
    :raises OptionError: if there is no such theme, or for fonts inside of a page.
    """
    if inline and embed_fonts:
        raise OptionError("embed_fonts", embed_fonts, "a page has its own fonts; only a file can")
    stages = staged(scene) if animated else None
    scene = stages.scene if stages else scene
    numbers = _dark_numbers(scene) if inline and theme == "light" else {}
    writer = Writer(
        colours=colour_table(scene, theme),
        dark=numbers,
        links=safe_links(links),
        usual=_usual(scene),
        named=not inline,
    )
    root = _root(scene, writer, prefix)
    if embed_fonts:
        root["font-family"] = family(scene.font, WEB_FAMILY, FAMILY)
    styles = _page_styles(scene, numbers) if inline else []
    if stages:
        styles.append(f"--vt-pace:{number(min(_PACE, _LONGEST / max(1, stages.count)))}s")
    root = root if inline else _NAMESPACES | root
    root |= {"style": ";".join(styles)} if styles else {}
    written = "".join([attribute(name, value) for name, value in root.items()])
    writer.lines += [f"<svg{written}{data(scene.data)}>", *_words(scene, prefix)]
    rules = REVEAL if stages and not inline else ""
    rules += _fonts(scene) if embed_fonts else ""
    if rules:
        writer.lines.append(f"<style>\n{rules}</style>")
    writer.lines += _ground(scene, writer)
    # not on the root: an author's width of 20em is meant in letters of the page
    writer.lines.append(f"<g{attribute('font-size', number(writer.usual.size))}>")
    writer.marks(scene.marks)
    return "\n".join([*writer.lines, "</g>", "</svg>"]) + "\n"


def _root(scene: Scene, writer: Writer, prefix: str) -> dict[str, str]:
    width, height = number(scene.width), number(scene.height)
    linked = has_link(scene.marks, writer.links)
    usual = writer.usual
    root = {
        "class": "vt-figure",
        "width": width,
        "height": height,
        "viewBox": f"0 0 {width} {height}",
        # role="img" hides everything inside from screen readers, the links too
        "role": "graphics-document" if linked else "img",
    }
    named = [f"{prefix}vt-{name}" for name in ("title", "desc") if _text_of(scene, name)]
    if named:
        root["aria-labelledby"] = " ".join(named)
    root["font-family"] = family(scene.font, FAMILY)
    if usual.anchor != "start":
        root["text-anchor"] = usual.anchor
    if usual.width != 1:
        root["stroke-width"] = number(usual.width)
    return root | {"fill": "none", "stroke-linejoin": "round"}


def _page_styles(scene: Scene, numbers: Mapping[str, int]) -> list[str]:
    values = {colour.slot: colour.dark.lower() for colour in scene.colours}
    dark = {index: values[slot] for slot, index in numbers.items()}
    properties = [f"--vt-{index}:{value}" for index, value in sorted(dark.items())]
    least = f"--vt-least:{number(_least_width(scene))}px"
    return ["max-width:100%", "height:auto", least, *properties]


def _least_width(scene: Scene) -> float:
    """Return the width in px at which the smallest text can just be read.

    The style sheet draws no figure smaller than that; where the column is less wide, on a phone,
    the figure is scrolled.
    """
    sizes = [mark.size for mark in walk(scene.marks) if isinstance(mark, Text)]
    return scene.width * min(1.0, READABLE / min(sizes)) if sizes else 0.0


def _fonts(scene: Scene) -> str:
    texts = [mark for mark in walk(scene.marks) if isinstance(mark, Text)]
    rules = ""
    for bold in (False, True):
        letters = {letter for text in texts if text.bold is bold for letter in text.text}
        rules += font_face(letters, bold=bold) if letters else ""
    return rules


def _text_of(scene: Scene, name: str) -> str:
    return scene.title if name == "title" else scene.description


def _words(scene: Scene, prefix: str) -> Iterator[str]:
    for name in ("title", "desc"):
        if text := _text_of(scene, name):
            yield f"<{name}{attribute('id', f'{prefix}vt-{name}')}>{escape(text)}</{name}>"


def _ground(scene: Scene, writer: Writer) -> Iterator[str]:
    if scene.background != "none":
        classes, written = writer.paint(fill=scene.background)
        start = f'<rect class="{classes}"' if classes else "<rect"
        size = f' width="{number(scene.width)}" height="{number(scene.height)}"'
        yield f"{start}{written}{size}/>"


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


def _usual(scene: Scene) -> Usual:
    sizes, anchors, widths = Counter[float](), Counter[str](), Counter[float]()
    for mark in walk(scene.marks):
        if isinstance(mark, Text):
            sizes[mark.size] += 1
            anchors[mark.anchor] += 1
        elif isinstance(mark, Path) and mark.stroke != "none":
            widths[mark.width] += 1
    return Usual(
        size=_commonest(sizes, 11.0),
        anchor=_commonest(anchors, "start"),
        width=_commonest(widths, 1.0),
    )


def _commonest(counted: Counter[float] | Counter[str], default: object) -> Any:
    return counted.most_common(1)[0][0] if counted else default
