"""Each rule can fail: a tiny figure without a fault, and one fault at a time put into it."""

from __future__ import annotations

from pathlib import Path

import pytest
from browser.checker.browser import DESK, PHONE, look
from browser.checker.rules import NAMES, check, check_dark
from browser.checker.shapes import distance
from browser.checker.truth import Truth

from sphinx_visualtorch.paint.stylesheet import stylesheet

KNOWN = {"d1": Truth(calls=2, params=30)}

PAGE = """<!doctype html><html data-theme="light"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><style>
body{{margin:0 auto;padding:0 15px;max-width:720px;background:#fff}}
html[data-theme="dark"] body{{background:#14181e}}
{sheet}</style><body><div class="vt-picture">{svg}</div>{beside}</body></html>"""

SKIP = "M35 60V30Q35 20 45 20H355Q365 20 365 30V53"

# a → b → c, a skip a → c above b, a frame around b, a legend of two roles
GOOD = {
    "root": 'width="400" height="160" viewBox="0 0 400 160" data-digest="d1" data-params="30"',
    "style": "max-width:100%;height:auto;--vt-least:400px",
    "frame": '<path d="M150 40h100v60h-100Z" fill="#f7f8f9" stroke="#6b7683"/>',
    "frame-words": '<text x="155" y="52" font-size="9.5" fill="#414b57">block</text>',
    "main": '<path class="vt-edge" data-source="a" data-target="b" stroke="#555" d="M60 75H166"/>'
    '<path class="vt-edge" data-source="b" data-target="c" stroke="#555" d="M230 75H336"/>',
    "heads": '<path fill="#555" d="M170 75l-7-3.4v6.8Z"/>'
    '<path fill="#555" d="M340 75l-7-3.4v6.8Z"/>',
    "skip": f'<path class="vt-edge" data-source="a" data-target="c" stroke="#222" d="{SKIP}"/>',
    "head": '<path fill="#222" d="M365 60l-3.4-7h6.8Z"/>',
    "a": '<path d="M10 60h50v30h-50Z" fill="#f6db9e" stroke="#936600"/>'
    '<text x="35" y="79" font-size="11" text-anchor="middle" fill="#1f2933">conv</text>',
    "b": '<path d="M170 60h60v30h-60Z" fill="#b1d0e9" stroke="#265980"/>'
    '<text x="200" y="79" font-size="11" text-anchor="middle" fill="#1f2933">linear</text>',
    "b-counts": 'data-calls="1" data-params="20"',
    "c": '<path d="M340 60h50v30h-50Z" fill="#f6db9e" stroke="#936600"/>'
    '<text x="365" y="79" font-size="11" text-anchor="middle" fill="#1f2933">conv</text>',
    "swatches": '<g><path d="M20 130h10v10h-10Z" fill="#edba47" stroke="#936600"/>'
    '<text x="36" y="139" font-size="9.5" fill="#1f2933">Convolution</text></g>'
    '<g><path d="M120 130h10v10h-10Z" fill="#72abd8" stroke="#265980"/>'
    '<text x="136" y="139" font-size="9.5" fill="#1f2933">Linear</text></g>',
    "more": "",
    "beside": "",
}

SVG = """<svg class="vt-figure" data-model="Net" data-style="graph" {root}
font-family="Helvetica, Arial, 'Liberation Sans', sans-serif" fill="none" style="{style}">
<g class="vt-scope" data-path="block">{frame}{frame-words}</g>
{main}{heads}{skip}{head}
<g class="vt-node" data-path="a" data-calls="1" data-params="10">{a}</g>
<g class="vt-node" data-path="b" {b-counts}>{b}</g>
<g class="vt-node" data-path="c" data-calls="0" data-params="0">{c}</g>
<g class="vt-legend">{swatches}</g>
{more}</svg>"""


def page(**faults: str) -> str:
    parts = {**GOOD, **{name.replace("_", "-"): text for name, text in faults.items()}}
    svg = SVG
    for name, text in parts.items():
        svg = svg.replace("{" + name + "}", text)
    return PAGE.format(sheet=stylesheet(), svg=svg, beside=parts["beside"])


@pytest.fixture
def seen(tab, tmp_path: Path):
    """Return a function that looks at a page and returns what is wrong, by rule."""

    def look_at(text: str, width: int = DESK, scheme: str = "light") -> dict[str, str]:
        path = tmp_path / "page.html"
        path.write_text(text, encoding="utf-8")
        pages = {
            (screen.width, screen.scheme): shown
            for screen, shown in look(tab, path.as_uri(), "tiny")
        }
        light, dark = pages[width, "light"], pages[width, "dark"]
        found = [*check(pages[width, scheme], KNOWN)]
        found += [it for it in check_dark(dark, light) if it.rule == "dark-geometry"]
        return {violation.rule: str(violation) for violation in found}

    return look_at


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_nothing_is_wrong_with_the_good_one(seen, width: int) -> None:
    assert seen(page(), width) == {}


BROKEN = {
    "small-text": {"frame_words": GOOD["frame-words"].replace("9.5", "8.5")},
    "label-overlap": {"more": '<text x="158" y="51" font-size="9.5" fill="#414b57">twice</text>'},
    "clipped": {"more": '<text x="385" y="120" font-size="9.5" fill="#222">beyond</text>'},
    "foreign-border": {"more": '<text x="320" y="84" font-size="9.5" fill="#222">border</text>'},
    "struck-label": {"more": '<text x="280" y="24" font-size="9.5" fill="#222">struck</text>'},
    "covered-label": {"more": '<path d="M150 41h50v14h-50Z" fill="#6b7683"/>'},
    "too-wide": {
        "root": GOOD["root"].replace('width="400" height="160"', 'width="800" height="320"'),
        "style": GOOD["style"].replace("400px", "800px"),
    },
    "too-tall": {
        "root": 'width="400" height="600" viewBox="0 0 400 600" data-digest="d1" data-params="30"'
    },
    "edge-through-box": {"skip": GOOD["skip"].replace(SKIP, "M60 65H365V53")},
    "no-arrow-head": {"head": ""},
    "text-contrast": {"frame_words": GOOD["frame-words"].replace("#414b57", "#8d959e")},
    "shape-contrast": {"frame": GOOD["frame"].replace("#6b7683", "#c0c6cc")},
    "colour-blind": {"swatches": GOOD["swatches"].replace("#edba47", "#7fa9cf")},
    "lost": {"b_counts": 'data-calls="2" data-params="20"'},
    "page-scroll": {"beside": '<p style="width:1500px">a wide table</p>'},
    "scroll-hint": {"beside": "<style>.vt-picture{background:none!important}</style>"},
    "dark-geometry": {
        "beside": '<style>[data-theme="dark"] .vt-figure text{font-size:12px}</style>'
    },
}
WINDOWS = {"scroll-hint": PHONE}


def test_every_rule_is_broken_once() -> None:
    assert set(BROKEN) == set(NAMES)


@pytest.mark.parametrize("rule", BROKEN)
def test_a_fault_is_told_by_its_rule_alone(seen, rule: str) -> None:
    wrong = seen(page(**BROKEN[rule]), WINDOWS.get(rule, DESK))
    assert set(wrong) == {rule}
    assert "Net graph" in wrong[rule] or rule == "page-scroll"


def test_a_figure_that_widens_the_page_is_named(seen) -> None:
    text = page(style="width:1500px").replace('class="vt-picture"', "")
    wrong = seen(text.replace(".vt-figure{max-width:100%;height:auto}", ""))
    assert set(wrong) == {"too-wide", "page-scroll"}
    assert "Net graph" in wrong["page-scroll"]


def test_on_a_phone_only_a_figure_that_scrolls_in_itself_may_be_wide(seen) -> None:
    text = page(style=GOOD["style"].replace("400px", "500px"))
    assert seen(text, PHONE) == {}
    assert set(seen(text.replace(".vt-picture{overflow-x:auto;", ".vt-picture{"), PHONE)) == {
        "page-scroll",
        "too-wide",
    }
    # without the width that the style sheet keeps, texts would shrink with the figure
    assert set(seen(page(style="max-width:100%;height:auto"), PHONE)) == {"small-text"}


def test_what_scrolls_must_not_hide_an_end(seen) -> None:
    text = page().replace('class="vt-picture"', 'class="vt-picture" style="height:90px"')
    assert set(seen(text)) == {"clipped"}
    text = page(style="margin-left:-60px")
    assert set(seen(text)) >= {"clipped"}


def test_dark_colours_are_looked_at(seen) -> None:
    wrong = seen(page(), scheme="dark")
    assert {"text-contrast", "shape-contrast"} <= set(wrong)


def test_a_body_and_its_group_are_seen_as_painted(seen) -> None:
    """A group that is half transparent pales what is in it."""
    pale = page(a=f'<g opacity="0.4">{GOOD["a"]}</g>')
    assert set(seen(pale)) == {"text-contrast", "shape-contrast"}


def test_a_turned_text_takes_the_room_that_it_takes(seen) -> None:
    turned = '<text x="{0}" y="{1}" font-size="9.5" fill="#222" {2}>a long text here</text>'
    crossing = turned.format(112, 70, 'transform="rotate(-45 112 70)"')
    assert set(seen(page(more=crossing))) == {"struck-label"}
    # the rectangle around it reaches over the box c, its letters do not
    beside = turned.format(318, 84, 'transform="rotate(45 318 84)"')
    assert seen(page(more=beside)) == {}


@pytest.mark.parametrize("style", ["layered", "lenet"])
def test_in_other_styles_only_arrows_must_keep_out_of_boxes(seen, style: str) -> None:
    text = page().replace('data-style="graph"', f'data-style="{style}"')
    dashed = '<path class="vt-edge" data-source="b" data-target="c" stroke-dasharray="2 2"'
    dashed += ' stroke="#555" d="M190 62L20 62"/>'
    main = FIRST + dashed
    assert seen(text.replace(GOOD["main"], main)) == {}
    skip = GOOD["skip"].replace(SKIP, "M60 65H365V53")
    skip = skip.replace('stroke="#222"', 'stroke="#222" stroke-dasharray="2 2"')
    assert set(seen(text.replace(GOOD["skip"], skip))) == {"edge-through-box"}


def test_an_edge_may_touch_a_box(seen) -> None:
    touching = GOOD["skip"].replace(SKIP, "M35 60H355Q365 60 365 53")
    assert seen(page(skip=touching)) == {}


def test_lines_that_are_no_edges_cross_no_box(seen) -> None:
    line = '<path stroke="#555" stroke-dasharray="2 2" d="M200 {}V110"/>'
    assert seen(page(more=line.format(90))) == {}
    wrong = seen(page(more=line.format(84)))
    assert set(wrong) == {"edge-through-box"}
    assert "a line runs through the box 'b'" in wrong["edge-through-box"]


def test_a_neutral_digest_is_no_excuse(seen) -> None:
    wrong = seen(page(root=GOOD["root"].replace("d1", "d2")))
    assert set(wrong) == {"lost"}


PANEL = """<g class="vt-detail"><g class="vt-inner-scope" data-path="p">
<path d="M180 105h200v22h-200Z" fill="#f7f8f9" stroke="#6b7683"/></g>
<path class="vt-inner-edge" data-source="x" data-target="z" stroke="#222" d="M210 {}H352"/>
<path fill="#222" d="M356 {}l-7 3v-6Z"/>
<g class="vt-inner-node" data-path="x"><path d="M190 108h20v16h-20Z" stroke="#333"/></g>
<g class="vt-inner-node" data-path="y"><path d="M270 108h30v10h-30Z" fill="#b1d0e9"
stroke="#265980"/></g>
<g class="vt-inner-node" data-path="z"><path d="M356 108h20v16h-20Z" stroke="#333"/></g></g>"""


def test_the_inside_of_a_panel_is_looked_at(seen) -> None:
    assert seen(page(more=PANEL.format(122, 122))) == {}
    wrong = seen(page(more=PANEL.format(113, 113)))
    assert set(wrong) == {"edge-through-box"}
    assert "'y'" in wrong["edge-through-box"]


@pytest.mark.parametrize(
    "data",
    [
        "m35 60v-30q0-10 10-10h310q10 0 10 10v23",
        "M35,60L35 30Q35 20,45 20 L355 20Q365 20 365 30.0L365 53",
        "M35 60V30C35 24.5 39.5 20 45 20h310c5.5 0 10 4.5 10 10v23",
        # arcs are no commands that the checker knows: it asks the browser for points
        "M35 60V30A10 10 0 0 1 45 20H355A10 10 0 0 1 365 30V53",
    ],
)
def test_an_outline_is_the_same_however_it_is_written(tab, tmp_path: Path, data: str) -> None:
    path = tmp_path / "page.html"
    path.write_text(page(skip=GOOD["skip"].replace(SKIP, data)), encoding="utf-8")
    _, shown = next(iter(look(tab, path.as_uri(), "tiny")))
    outline = next(
        edge.outline
        for ends, edge in shown.figures[0].edges
        if (ends.source, ends.target) == ("a", "c")
    )
    corners = [(35, 60), (35, 30), (45, 20), (355, 20), (365, 30), (365, 53)]
    left, top, *_ = shown.figures[0].rect
    for x, y in corners:
        assert min(distance((x + left, y + top), line) for line in outline) < 1.5
    for x, y in (point for line in outline for point in line):
        assert distance((x - left, y - top), corners) < 4


def test_entries_of_all_forms_have_colours_of_their_own(seen) -> None:
    """A square, a bar for a band, and a box with bands in it: what counts is its own colour."""
    like = GOOD["swatches"].replace("#72abd8", "#edba47")
    band = '<path d="M26 132h2v6h-2Z" fill="#d9a93c" stroke="#222"/>'
    boxed = like.replace("M20 130h10v10h-10Z", "M14 130h16v10h-16Z")
    bar = like.replace("M20 130h10v10h-10Z", "M20 129h4v12h-4Z")
    for swatches in (like, boxed.replace("<text", band + "<text", 1), bar):
        wrong = seen(page(swatches=swatches))
        assert set(wrong) == {"colour-blind"}
        assert "'Convolution' and 'Linear'" in wrong["colour-blind"]


EDGE = '<path class="vt-edge" data-source="a" data-target="b" stroke="{}" d="M20 66L166 75"/>'
FIRST = GOOD["main"].split("/>")[0] + "/>"


def test_a_line_is_seen_all_along_its_way_also_on_its_own_box(seen) -> None:
    """Here from far within the box a, which is painted first."""
    box = GOOD["a"].replace("#f6db9e", "{}")
    line = {"more": "{}", "main": GOOD["main"].replace(FIRST, "")}
    for fill, colour, is_seen in (("#f6db9e", "#555", True), ("#b98d2c", "#6b7683", False)):
        words = {"a": box.format(fill).replace("conv", "")}
        line["more"] = EDGE.format(colour)
        wrong = seen(page(**line, **words))
        assert ("shape-contrast" in wrong) is not is_seen
        assert is_seen or "'a' → 'b'" in wrong["shape-contrast"]


def test_the_rim_of_a_line_parts_it_from_a_box(seen) -> None:
    rim = '<path class="vt-rim" stroke="#fff" stroke-width="{}" opacity=".65" d="M20 66L166 75"/>'
    faults = {
        "a": GOOD["a"].replace("#f6db9e", "#b98d2c").replace("conv", ""),
        "main": GOOD["main"].replace(FIRST, ""),
    }
    line = EDGE.format("#555")
    assert set(seen(page(more=line, **faults))) == {"shape-contrast"}
    assert seen(page(more=rim.format(3) + line, **faults)) == {}
    # one that is hardly wider than the line is none
    assert set(seen(page(more=rim.format(1.5) + line, **faults))) == {"shape-contrast"}


BAND = '<path d="M{} 64h4v22h-4Z" fill="{}" stroke="{}" stroke-width=".7"/>'


def test_bands_stand_out_from_the_box_and_from_each_other(seen) -> None:
    def bands(*pairs: tuple[str, str]) -> str:
        marks = [BAND.format(216 + 4 * at, *pair) for at, pair in enumerate(pairs)]
        return page(b=GOOD["b"].replace("linear", "lin") + "".join(marks))

    grey, red, dark = "#dfe1e5", "#c9663a", "#1f2933"
    assert seen(bands((grey, dark), (red, dark))) == {}
    wrong = seen(bands((grey, "none")))
    assert set(wrong) == {"shape-contrast"}
    assert "a mark in the box 'b'" in wrong["shape-contrast"]
    # dark bands need no outline, but where they are neighbours
    assert seen(bands(("#3b2a4a", "none"))) == {}
    assert set(seen(bands(("#3b2a4a", "none"), ("#59240b", "none")))) == {"shape-contrast"}
    thin = bands((grey, dark)).replace('stroke-width=".7"', 'stroke-width=".3"')
    assert set(seen(thin)) == {"shape-contrast"}


def test_swatches_stand_out_from_the_ground_of_the_legend(seen) -> None:
    pale = GOOD["swatches"].replace("#edba47", "#fbf0d8").replace("#936600", "#d8b25c")
    assert set(seen(page(swatches=pale))) == {"shape-contrast"}
    ground = '<path d="M8 124h90v22h-90Z" fill="#a07a2c"/>'
    on = GOOD["swatches"].replace("<g>", "<g>" + ground, 1)
    assert "shape-contrast" in seen(page(swatches=on))


def test_a_box_stands_out_from_a_box_that_it_stands_on(seen) -> None:
    other = '<path d="M290 50h30v50h-30Z" fill="{}" stroke="#222"/>'
    other = f'<g class="vt-node" data-path="d">{other}</g>'
    main = {"main": FIRST, "heads": GOOD["heads"].split("/>")[0] + "/>"}
    on = GOOD["c"].replace("M340 60h50", "M300 60h90")
    assert seen(page(c=other.format("#eee") + on, **main)) == {}
    assert set(seen(page(c=other.format("#c08a2c") + on, **main))) == {"shape-contrast"}


def test_heads_and_signs_are_looked_at(seen) -> None:
    pale = GOOD["heads"].replace("#555", "#bbb")
    assert set(seen(page(heads=pale))) == {"shape-contrast"}
    badge = '<g class="vt-scope" data-path="p"><path d="M255 40h30v14h-30Z" fill="{}"/></g>'
    assert seen(page(more=badge.format("#1f2933"))) == {}
    assert set(seen(page(more=badge.format("#c9d0d8")))) == {"shape-contrast"}


def test_a_text_is_read_on_all_that_it_lies_on(seen) -> None:
    """Also where only its third letter lies on something else."""
    dark = '<path d="M281 108h7v16h-7Z" fill="#4c5a69"/>'
    text = '<text x="270" y="120" font-size="9.5" fill="#222">between two</text>'
    assert seen(page(more=text)) == {}
    assert set(seen(page(more=dark + text))) == {"text-contrast"}


def test_in_a_graph_each_edge_has_a_head_at_its_target(seen) -> None:
    first, second = (f"{head}/>" for head in GOOD["heads"].split("/>")[:2])
    for rest, ends in ((second, "'a' → 'b'"), (first, "'b' → 'c'")):
        wrong = seen(page(heads=rest))
        assert set(wrong) == {"no-arrow-head"}
        assert ends in wrong["no-arrow-head"]
    short = GOOD["main"].replace("H336", "H300")
    away = GOOD["heads"].replace("M340 75", "M304 75")
    wrong = seen(page(main=short, heads=away))
    assert set(wrong) == {"no-arrow-head"}
    assert "where its target is not" in wrong["no-arrow-head"]
    # many straight lines between neurons have none
    fan = FIRST.replace("M60 75H166", "M60 65L170 65M60 75L170 75M60 85L170 85")
    assert seen(page(main=GOOD["main"].replace(FIRST, fan), heads=second)) == {}


def test_an_arrow_may_go_on_behind_a_box_that_stands_on_its_way(seen) -> None:
    """The head is at its very end."""
    way = '<path class="vt-edge" data-source="{}" data-target="{}" stroke="#222" d="{}"/>'
    first = way.format("a", "t", "M35 60V40Q35 25 50 25H180")
    second = way.format("t", "c", "M220 25H350Q365 25 365 40V53")
    tag = '<g class="vt-node" data-path="t"><path d="M180 18h40v14h-40Z" stroke="#333"/></g>'
    assert seen(page(skip=first + second, more=tag)) == {}
    elsewhere = second.replace("M220 25", "M200 18V12H240Q250 12 250 25")
    wrong = seen(page(skip=first + elsewhere, more=tag))
    assert set(wrong) == {"no-arrow-head"}
    assert "'a' → 't'" in wrong["no-arrow-head"]
    assert set(seen(page(skip=first + second, more=tag, head=""))) == {"no-arrow-head"}
