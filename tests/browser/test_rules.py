"""Each rule can fail: a tiny figure without a fault, and one fault at a time put into it."""

from __future__ import annotations

from pathlib import Path

import pytest
from browser.checker.browser import DESK, PHONE, look
from browser.checker.rules import NAMES, check
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
{main}{skip}{head}
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
        for screen, shown in look(tab, path.as_uri(), "tiny"):
            if (screen.width, screen.scheme) == (width, scheme):
                return {violation.rule: str(violation) for violation in check(shown, KNOWN)}
        raise AssertionError(width, scheme)

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
    "covered-label": {"more": '<path d="M150 41h50v14h-50Z" fill="#f7f8f9"/>'},
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
}


def test_every_rule_is_broken_once() -> None:
    assert set(BROKEN) == set(NAMES)


@pytest.mark.parametrize("rule", BROKEN)
def test_a_fault_is_told_by_its_rule_alone(seen, rule: str) -> None:
    wrong = seen(page(**BROKEN[rule]))
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
    assert set(seen(text.replace(".vt-picture{overflow-x:auto}", ""), PHONE)) == {
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
    main = GOOD["main"].split("/>")[0] + "/>" + dashed
    assert seen(text.replace(GOOD["main"], main)) == {}
    skip = GOOD["skip"].replace(SKIP, "M60 65H365V53")
    skip = skip.replace('stroke="#222"', 'stroke="#222" stroke-dasharray="2 2"')
    assert set(seen(text.replace(GOOD["skip"], skip))) == {"edge-through-box"}


def test_an_edge_may_touch_a_box(seen) -> None:
    touching = GOOD["skip"].replace(SKIP, "M35 60H355Q365 60 365 53")
    assert seen(page(skip=touching)) == {}


def test_a_neutral_digest_is_no_excuse(seen) -> None:
    wrong = seen(page(root=GOOD["root"].replace("d1", "d2")))
    assert set(wrong) == {"lost"}


PANEL = """<g class="vt-detail"><g class="vt-inner-scope" data-path="p">
<path d="M180 105h200v22h-200Z" fill="#f7f8f9" stroke="#6b7683"/></g>
<path class="vt-inner-edge" data-source="x" data-target="z" stroke="#222" d="M210 {}H360"/>
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


def test_an_entry_of_several_colours_explains_how_boxes_are_made_up(seen) -> None:
    band = '<path d="M26 132h2v6h-2Z" fill="#d9a93c"/>'
    like = GOOD["swatches"].replace("#72abd8", "#edba47")
    assert set(seen(page(swatches=like))) == {"colour-blind"}
    assert seen(page(swatches=like.replace("<text", band + "<text", 1))) == {}
    long = like.replace("M20 130h10v10h-10Z", "M14 130h16v10h-16Z")
    assert seen(page(swatches=long)) == {}


def test_an_arrow_may_go_on_behind_a_box_that_stands_on_its_way(seen) -> None:
    """The head is at its very end."""
    way = '<path class="vt-edge" data-source="{}" data-target="{}" stroke="#222" d="{}"/>'
    first = way.format("a", "t", "M35 60V40Q35 25 50 25H180")
    second = way.format("t", "c", "M220 25H350Q365 25 365 40V53")
    tag = '<g class="vt-node" data-path="t"><path d="M180 18h40v14h-40Z" stroke="#333"/></g>'
    # of the graph style each edge that turns has a head
    assert seen(page(skip=first + second, more=tag)) == {}
    elsewhere = second.replace("M220 25", "M200 18V12H240Q250 12 250 25")
    wrong = seen(page(skip=first + elsewhere, more=tag))
    assert set(wrong) == {"no-arrow-head"}
    assert "'a' → 't'" in wrong["no-arrow-head"]
    assert set(seen(page(skip=first + second, more=tag, head=""))) == {"no-arrow-head"}
