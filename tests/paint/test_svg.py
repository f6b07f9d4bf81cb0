"""The SVG painter, through its door: what a browser would read."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from paint.drawings import HERE, LINKS, SNAPSHOTS, box, node, scene, small, text

from sphinx_visualtorch.errors import OptionError
from sphinx_visualtorch.paint.pathdata import number, path_data
from sphinx_visualtorch.paint.stylesheet import DARK_SLOTS
from sphinx_visualtorch.paint.svg import stylesheet, svg
from sphinx_visualtorch.scene import Colour, Group, Path, Scene, Segment, Text, walk

NS = "{http://www.w3.org/2000/svg}"
HOSTILE = "</svg><script>alert('1')</script>\" onload=\"x&amp;\x00\x1b\ud800\ufffe]]> <!--\n"
TAMED = "</svg><script>alert('1')</script>\" onload=\"x&amp;]]> <!--\n"


def parsed(drawing: Scene, **how: object) -> ET.Element:
    written = svg(drawing, **how)  # type: ignore[arg-type]
    if "xmlns=" not in written:
        written = written.replace("<svg", f'<svg xmlns="{NS[1:-1]}"', 1)
    return ET.fromstring(written)


def tags(root: ET.Element, name: str) -> list[ET.Element]:
    return list(root.iter(NS + name))


@pytest.mark.parametrize("name", SNAPSHOTS)
def test_snapshot(name: str) -> None:
    assert SNAPSHOTS[name]() == (HERE / name).read_text(encoding="utf-8")


def test_same_scene_same_text() -> None:
    assert svg(small(), inline=True) == svg(small(), inline=True)


def test_file_is_complete() -> None:
    root = parsed(small())
    assert (root.tag, root.get("width"), root.get("height")) == (NS + "svg", "150", "56.5")
    assert root.get("viewBox") == "0 0 150 56.5"
    assert root.get("class") == "vt-figure"
    assert root.get("data-model") == "pkg.models:SmallNet"
    assert "style" not in root.attrib
    assert "vt-f" not in svg(small()).replace("vt-figure", "")


def test_file_shows_the_theme_that_is_asked_for() -> None:
    light, dark = (tags(parsed(small(), theme=name), "rect")[0] for name in ("light", "dark"))
    assert (light.get("fill"), dark.get("fill")) == ("#ffffff", "#16191d")


def test_words_for_readers_who_cannot_see_it() -> None:
    root = parsed(small(), prefix="f1-")
    ids = (root.get("aria-labelledby") or "").split()
    words = {element.get("id"): element.text for element in root if element.get("id")}
    assert root.get("role") == "img"
    assert [words[name] for name in ids] == ["SmallNet", "2 layers, 1,234 parameters"]
    assert "aria-labelledby" not in parsed(scene()).attrib


def test_ids_have_the_prefix() -> None:
    ids = re.findall(r' id="([^"]*)"', svg(small(), inline=True, prefix="f7-"))
    assert ids
    assert all(name.startswith("f7-") for name in ids)


def resolved(element: ET.Element, inherited: dict[str, str]) -> Iterator[dict[str, str]]:
    """Yield the inherited and own attributes of each path and text."""
    known = inherited | element.attrib
    if element.tag in (NS + "path", NS + "text"):
        yield known
    for child in element:
        yield from resolved(child, known)


@pytest.mark.parametrize("links", [{}, LINKS])
def test_sharing_attributes_changes_no_mark(links: dict[str, str]) -> None:
    red = Group(marks=(box(1, 1, 5, 5, fill="red"), box(1, 1, 5, 5, fill="red"), text(1, 1, "x")))
    drawing = replace(small(), marks=(*small().marks, red, *[text(1, 9, "y", 9.5)] * 3))
    marks = [mark for mark in walk(drawing.marks) if not isinstance(mark, Group)]
    root = parsed(drawing, links=links)
    colours = {colour.slot: colour.light for colour in drawing.colours} | {"none": "none"}
    found = list(resolved(root, {"stroke": "none", "stroke-width": "1", "text-anchor": "start"}))
    assert len(found) == len(marks)
    for mark, attributes in zip(marks, found, strict=True):
        assert attributes["fill"] == colours[mark.fill]
        if isinstance(mark, Path):
            assert attributes["stroke"] == colours[mark.stroke]
            assert attributes["d"] == path_data(mark.segments)
            assert mark.stroke == "none" or attributes["stroke-width"] == number(mark.width)
            assert attributes.get("stroke-dasharray", "") == " ".join(map(number, mark.dash))
        else:
            assert attributes["stroke"] == "none"
            assert attributes["font-size"] == number(mark.size)
            assert attributes["text-anchor"] == mark.anchor
            assert (attributes.get("font-weight") == "700") is mark.bold


def test_text_keeps_the_width_that_was_measured() -> None:
    (words,) = tags(parsed(scene(text(10, 20, "Conv2d", anchor="end"))), "text")
    assert words.get("textLength") == "37.91"
    assert words.get("lengthAdjust") == "spacingAndGlyphs"


def test_spaces_in_text_are_kept() -> None:
    (words,) = tags(parsed(scene(text(10, 20, "a  b"))), "text")
    assert (words.text, words.get("{http://www.w3.org/XML/1998/namespace}space")) == (
        "a  b",
        "preserve",
    )


def test_groups_tell_what_they_are() -> None:
    all_marks, group, *_ = tags(parsed(small()), "g")
    assert dict(all_marks.items()) == {"font-size": "9.5"}  # an em of the root is the page's
    assert group.get("class") == "vt-node"
    assert group.get("data-path") == "features.a"
    assert group.get("opacity") == ".9"
    assert group[0].text == "features.a\n64 × 56 × 56"
    edges = [path for path in tags(parsed(small()), "path") if path.get("data-source")]
    assert [(edge.get("class"), edge.get("data-target")) for edge in edges] == [
        ("vt-edge", "features.b")
    ]


def test_files_have_names_for_editors() -> None:
    """Inkscape shows them in its list of objects; a page has no use for them."""
    name = "{http://www.inkscape.org/namespaces/inkscape}label"
    legend = Group(role="legend", marks=(box(0, 0, 9, 9),))
    drawing = replace(small(), marks=(*small().marks, legend))
    labels = [group.get(name) for group in tags(parsed(drawing), "g") if group.get(name)]
    assert labels == ["features.a · Conv2d", "features.b · Conv2d", "legend"]
    assert "inkscape" not in svg(drawing, inline=True)


def test_nothing_comes_from_elsewhere() -> None:
    written = svg(small(), links=LINKS)
    addresses = re.findall(r'([\w:-]+)="(?:https?:|//|data:|file:)', written)
    assert sorted(set(addresses)) == ["href", "xmlns", "xmlns:inkscape"]
    assert not re.search(r"@import|url\(|<image|<use|<script|<!", written)


def test_the_root_says_what_is_usual() -> None:
    lines = [Path(segments=(("M", 0, y), ("L", 9, y)), stroke="ink", width=1.3) for y in range(3)]
    thin = replace(lines[0], width=1, segments=(("M", 0, 9), ("L", 9, 8)))
    words = [text(5, 5, "a", anchor="middle"), text(5, 9, "b", anchor="middle"), text(5, 9, "c")]
    root = parsed(scene(*lines, thin, *words))
    assert (root.get("stroke-width"), root.get("text-anchor")) == ("1.3", "middle")
    assert [path.get("stroke-width") for path in tags(root, "path")] == [None, None, None, "1"]
    assert [word.get("text-anchor") for word in tags(root, "text")] == [None, None, "start"]


def test_hostile_words_stay_words() -> None:
    drawing = scene(
        Group(
            role=HOSTILE,
            data=((HOSTILE, HOSTILE),),
            tooltip=HOSTILE,
            link="x",
            marks=(text(1, 1, HOSTILE), box(0, 0, 1, 1, role=HOSTILE, data=(("k", HOSTILE),))),
        ),
        title=HOSTILE,
        description=HOSTILE,
        data=(("model", HOSTILE),),
        font=HOSTILE,
    )
    for how in ({}, {"inline": True, "prefix": HOSTILE, "links": {"x": HOSTILE}}):
        root = parsed(drawing, **how)
        assert not tags(root, "script")
        for name in ("title", "desc", "text"):
            assert {element.text for element in tags(root, name)} == {TAMED}
        assert root.get("data-model") == TAMED.replace("\n", " ")
        assert set(root.attrib) <= {
            "class", "width", "height", "viewBox", "role", "aria-labelledby", "data-model",
            "font-family", "font-size", "fill", "stroke-linejoin", "style", "stroke-width",
            "text-anchor",
        }  # fmt: skip


def test_html_reads_what_xml_reads() -> None:
    """Every element is closed where an HTML parser expects it, and nothing leaks out."""
    open_tags: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: object) -> None:
            open_tags.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert open_tags.pop() == tag

        def handle_startendtag(self, tag: str, attrs: object) -> None:
            assert open_tags[0] == "svg"

    written = svg(small(), inline=True, links=LINKS)
    Reader().feed(written)
    assert open_tags == []
    assert "<style" not in written
    assert "url(" not in written
    assert "\n\n" not in written  # Markdown would end its HTML block there


def test_links_wrap_their_groups() -> None:
    root = parsed(small(), links=LINKS)
    assert [link.get("href") for link in tags(root, "a")] == [LINKS["torch.nn.Conv2d"]] * 2
    assert all(link[0].get("class") == "vt-node" for link in tags(root, "a"))
    assert root.get("role") == "graphics-document"
    assert not tags(parsed(small(), links={"torch.nn.Linear": "x"}), "a")


def test_links_are_not_nested() -> None:
    around = Group(
        role="scope",
        link="pkg.Block",
        marks=(box(0, 0, 99, 50, stroke="line"), text(2, 9, "block"), node(9, "a")),
    )
    root = parsed(scene(around), links={**LINKS, "pkg.Block": "block.html"})
    assert [link.get("href") for link in tags(root, "a")] == [
        "block.html",
        LINKS["torch.nn.Conv2d"],
    ]
    for link in tags(root, "a"):
        assert list(link.iter(NS + "a")) == [link]


@pytest.mark.parametrize(
    "url",
    ["javascript:x", " JavaScript:x", "java\nscript:x", "\x01javascript:x", "data:text/html,x"],
)
def test_links_run_no_script(url: str) -> None:
    assert not tags(parsed(small(), links={"torch.nn.Conv2d": url}), "a")


def test_inline_carries_both_themes() -> None:
    root = parsed(small(), inline=True)
    style = root.get("style") or ""
    values = dict(re.findall(r"--(vt-\d+):(#\w+)", style))
    assert style.startswith("max-width:100%;height:auto;")
    dark = {colour.light: colour.dark for colour in small().colours}
    classed = [e for e in root.iter() if re.search(r"vt-[fs]\d", e.get("class", ""))]
    assert len(classed) > 4
    for element in classed:
        for letter, index in re.findall(r"vt-([fs])(\d+)", element.get("class", "")):
            light = element.get("fill" if letter == "f" else "stroke", "")
            assert values[f"vt-{index}"] == dark[light]
            assert f".vt-{letter}{index}{{" in stylesheet()


def test_inline_says_from_which_width_on_it_can_be_read() -> None:
    """The style sheet lets no figure be drawn smaller."""

    def least(*sizes: float) -> str:
        words = [text(0, 9, "words", size) for size in sizes]
        found = re.search(r"--vt-least:([0-9.]+)px", svg(scene(*words), inline=True))
        assert found is not None
        return found[1]

    wide = scene().width
    assert float(least(11, 9.5)) == pytest.approx(wide * 9.02 / 9.5, abs=0.01)
    assert float(least(18)) == pytest.approx(wide * 9.02 / 18, abs=0.01)
    assert float(least(8, 11)) == wide
    assert least() == "0"
    assert "min-width:var(--vt-least)" in stylesheet()


def test_inline_in_one_theme_does_not_change() -> None:
    written = svg(small(), inline=True, theme="dark")
    assert "--vt-0" not in written
    assert "#16191d" in written


def test_only_colours_that_change_have_a_number() -> None:
    assert "--vt-0" not in svg(scene(box(0, 0, 9, 9, fill="red")), inline=True)
    both = svg(scene(box(0, 0, 9, 9, fill="ink", stroke="ink")), inline=True)
    assert 'class="vt-f0 vt-s0"' in both
    assert "--vt-1" not in both


def test_more_colours_than_the_style_sheet_has_stay_light() -> None:
    names = [f"{index:06x}" for index in range(DARK_SLOTS + 10)]
    colours = tuple(Colour(slot=name, light=f"#{name}", dark=f"#1{name[1:]}") for name in names)
    marks = tuple(box(0, 0, 1, 1, fill=name) for name in names)
    written = svg(Scene(width=9, height=9, marks=marks, colours=colours), inline=True)
    assert f"vt-f{DARK_SLOTS - 1}" in written
    assert f"vt-f{DARK_SLOTS}" not in written
    assert all(f'fill="#{name}"' in written for name in names)


def test_style_sheet_reaches_figures_only() -> None:
    css = re.sub(r"@(media|supports|container)[^{]*\{", "", stylesheet())
    css = re.sub(r"(@keyframes [\w-]+\{)", r"\1}", css)
    selectors = [rule.rpartition("{")[0] for rule in css.split("}") if "{" in rule]
    assert len(selectors) > 4 * DARK_SLOTS
    assert all(
        re.search(
            r"\.vt-(figure|picture|table|step|number|gallery|card|[fs]\d+)\b"
            r"|^\s*@(keyframes |property --)vt-",
            selector,
        )
        or re.fullmatch(r"\s*(from|[\d%,]+)", selector)  # inside of an animation
        for selector in selectors
    )
    assert stylesheet().count("{") == stylesheet().count("}")


@pytest.mark.parametrize("inline", [True, False])
def test_animation_shows_everything_in_the_end(inline: bool) -> None:
    root = parsed(small(), inline=inline, animated=True)
    steps = [group for group in tags(root, "g") if group.get("class", "").startswith("vt-step")]
    assert [step.get("style") for step in steps] == ["--vt-at:0", "--vt-at:1"]
    assert "--vt-pace:.35s" in (root.get("style") or "")
    plain = [
        ET.tostring(mark) for mark in parsed(small(), inline=inline).iter() if "d" in mark.attrib
    ]
    assert [ET.tostring(mark) for mark in root.iter() if "d" in mark.attrib] == plain
    rules = stylesheet() if inline else "".join(style.text or "" for style in tags(root, "style"))
    # nothing is hidden but by the animation, which is for those who want it
    before, _, rule = rules.partition("@media screen and (prefers-reduced-motion:no-preference){")
    assert ".vt-step{animation:vt-reveal" in rule
    assert "vt-step" not in before
    assert rules.count("opacity:0") == 1
    assert bool(tags(root, "style")) is not inline


def test_animation_ends_soon() -> None:
    marks = tuple(replace(node(9, f"n{i}"), data=(("path", f"n{i}"),)) for i in range(100))
    pace = re.search(r"--vt-pace:([\d.]+)s", svg(scene(*marks), animated=True))
    assert pace is not None
    assert float(pace[1]) <= 0.2
    assert svg(scene(), animated=True).endswith("</svg>\n")


def test_font_of_the_author_comes_first() -> None:
    written = svg(scene(font="Fira Sans, monospace"))
    assert "font-family=\"'Fira Sans', monospace, Helvetica, Arial," in written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0, "0"),
        (-0.001, "0"),
        (0.25, ".25"),
        (-0.5, "-.5"),
        (0.05, ".05"),
        (3.049, "3.05"),
        (7.0, "7"),
        (100, "100"),
    ],
)
def test_numbers_are_short(value: float, written: str) -> None:
    assert number(value) == written


def points(data: str) -> Iterator[tuple[float, float]]:
    """Read path data back as absolute points."""
    here = start = (0.0, 0.0)
    for letter, rest in re.findall(r"([A-Za-z])([^A-Za-z]*)", data):
        values = [float(value) for value in re.findall(r"-?\d*\.?\d+", rest)]
        base = here if letter.islower() else (0.0, 0.0)
        match letter.upper():
            case "Z":
                here = start
                continue
            case "H":
                found = [(base[0] + values[0], here[1])]
            case "V":
                found = [(here[0], base[1] + values[0])]
            case _:
                found = [
                    (base[0] + x, base[1] + y)
                    for x, y in zip(values[::2], values[1::2], strict=True)
                ]
        here = found[-1]
        start = here if letter.upper() == "M" else start
        yield from found


@pytest.mark.parametrize("seed", range(20))
def test_path_data_can_be_read_back(seed: int) -> None:
    chance = random.Random(seed)
    segments: list[Segment] = [("M", 1.0, 2.0)]
    for _ in range(40):
        letter = chance.choice("MLLQCZ")
        count = {"M": 2, "L": 2, "Q": 4, "C": 6, "Z": 0}[letter]
        values = [chance.choice([0, 5, chance.uniform(-900, 900)]) for _ in range(count)]
        segments.append((letter, *values))  # type: ignore[arg-type]
    wanted = [value for segment in segments for value in segment[1:]]
    found = [value for point in points(path_data(tuple(segments))) for value in point]
    assert found == pytest.approx(wanted, abs=0.00501)


def test_path_data_is_short() -> None:
    assert path_data(box(10, 20.5, 110, 120.5).segments) == "M10 20.5H110v100H10Z"
    bend = (("M", 100.25, 100.5), ("Q", 100.75, 100.25, 102, 101), ("L", 105, 102))
    assert path_data(bend) == "M100.25 100.5q.5-.25 1.75.5l3 1"  # type: ignore[arg-type]


def test_refuses_what_it_cannot_paint() -> None:
    with pytest.raises(OptionError, match="light, dark"):
        svg(small(), theme="sepia")
    with pytest.raises(ValueError, match="colour slot 'pink'"):
        svg(scene(box(0, 0, 1, 1, fill="pink")))
    with pytest.raises(ValueError, match="coordinate nan"):
        svg(scene(box(0, 0, 1, float("nan"), fill="ink")))
    with pytest.raises(ValueError, match="not #rrggbb or none"):
        svg(
            Scene(width=1, height=1, marks=(), colours=(Colour(slot="a", light="red", dark="red"),))
        )


def test_text_without_width_is_not_squeezed() -> None:
    (words,) = tags(parsed(scene(Text(x=1, y=1, text="a", size=9, width=0, fill="ink"))), "text")
    assert "textLength" not in words.attrib
