"""Options: each value an author may give has one canonical form, all others are refused."""

from __future__ import annotations

import dataclasses
import math
from collections import defaultdict
from fractions import Fraction

import pytest
from PIL import ImageFont

from sphinx_visualtorch.errors import OptionError, UnknownOptionError
from sphinx_visualtorch.options import (
    ALIASES,
    PRESETS,
    STYLES,
    THEMES,
    FigureOptions,
    Font,
    GraphOptions,
    LayeredOptions,
    LenetOptions,
    check_option,
    declared,
    make_options,
    options_digest,
    style_name,
)
from sphinx_visualtorch.rules import Rule

ALL = [(style, name) for style in STYLES for name, _, _ in declared(style)]
KINDS = {
    field.name: str(field.type) for cls in STYLES.values() for field in dataclasses.fields(cls)
}


class Conv2d:
    """Stands for a class of torch.nn."""


def checked(name: str, value: object, style: str | None = None) -> object:
    """Return the canonical value of an option, from any style that has it."""
    for other in [style] if style else STYLES:
        if name in {known for known, _, _ in declared(other)}:
            return check_option(other, name, value)[1]
    raise AssertionError(name)


# all options


@pytest.mark.parametrize(("style", "name"), ALL)
def test_a_default_passes_its_own_check_unchanged(style: str, name: str) -> None:
    default = getattr(STYLES[style](), name)
    canonical = checked(name, default, style)
    assert canonical == default
    assert type(canonical) is type(default)
    assert repr(canonical) == repr(default)


@pytest.mark.parametrize(("style", "name"), ALL)
def test_an_option_has_words_for_the_manual(style: str, name: str) -> None:
    (words,) = [words for known, _, words in declared(style) if known == name]
    assert words.endswith(".")
    assert len(words) > 15


RULE = Rule(selector="Conv2d", label="a b", opacity=7)
COLOURS = (("Conv2d", "", "#0000ff"), ("Linear", "#0088cc", "#002244"))

# for each option: what an author may write, and its canonical value
GOOD: dict[str, list[tuple[object, object]]] = {
    "depth": [("auto", None), (None, None), (" Auto ", None), ("0", 0), (3, 3), ("3", 3), (2.0, 2)],
    "budget": [("auto", None), ("1", 1), (40, 40)],
    "direction": [(" Down", "down"), ("auto", "auto")],
    "expand": [
        ("", ()),
        ("layer1.0, encoder.*", ("layer1.0", "encoder.*")),
        (["Block", Conv2d, "Block"], ("Block", "Conv2d")),
    ],
    "collapse": [(None, ()), ("features.[0-3]", ("features.[0-3]",))],
    "detail": [
        (" Auto ", "auto"),
        (None, "none"),
        (False, "none"),
        ("layer1.0", "layer1.0"),
        (Conv2d, "Conv2d"),
    ],
    "ignore": [
        ("", ()),
        (None, ()),
        ([], ()),
        ("ReLU, Conv2d", ("Conv2d", "ReLU")),
        ("ReLU; Conv2d\nReLU", ("Conv2d", "ReLU")),
        (["ReLU", Conv2d], ("Conv2d", "ReLU")),
        ({"ReLU", "Conv2d"}, ("Conv2d", "ReLU")),
        ((Conv2d,), ("Conv2d",)),
        (Conv2d, ("Conv2d",)),
        (math.sqrt, ("sqrt",)),
        ("torch.nn.ReLU", ("torch.nn.ReLU",)),
    ],
    "index_ignore": [
        ("", ()),
        (None, ()),
        ("2, 0", (0, 2)),
        ([2, 0, 2], (0, 2)),
        (0, (0,)),
        ("0", (0,)),
        (range(3), (0, 1, 2)),
        ({1.0}, (1,)),
    ],
    "fold": [("no", False), ("off", False), ("False", False), ("0", False), (0, False)],
    "merge": [("", True), ("yes", True), ("ON", True), ("1", True), (1, True), ("no", False)],
    "label": [("Name", "name"), (" both", "both"), ("none", "none")],
    "show": [
        ("flops, Parameters", ("parameters", "flops")),
        (["shape", "kernel", "shape"], ("shape", "kernel")),
        (None, ()),
        ("", ()),
    ],
    "hide": [("contents", ("contents",)), ("name; kind", ("name", "kind"))],
    "theme": [("Paper", "paper"), ("slides", "slides"), ("dark", "dark")],
    "max_width": [
        *(("500", 500.0), ("auto", None), (None, None), (300, 300.0), ("300.5px", 300.5)),
        *(("127 mm", 480.0), ("12.7cm", 480.0), ("5IN", 480.0), ("360pt", 480.0)),
    ],
    "max_height": [("auto", None), ("300", 300.0), ("127mm", 480.0)],
    "fixed_width": [("", True)],
    "zoom": [("2", 2.0)],
    "mode": [("Dark", "dark"), ("light", "light")],
    "embed_fonts": [("yes", True)],
    "arrange": [("U", "u"), (" line", "line")],
    "palette": [("tol", "tol"), ("Grayscale", "grayscale")],
    "color_map": [
        (None, ()),
        ("", ()),
        ({}, ()),
        ("Conv2d=red", (("Conv2d", "#ff0000", ""),)),
        ("Linear=#08c/#002244; Conv2d = /blue,", COLOURS),
        ({"Linear": {"fill": "#08c", "outline": "#024"}, "Conv2d": {"outline": "blue"}}, COLOURS),
        ({Conv2d: "red", "Conv2d": (0, 255, 0)}, (("Conv2d", "#00ff00", ""),)),
        ({Conv2d: {}}, ()),
        ({Conv2d: {"fill": None, "outline": (0, 0, 0, 255)}}, (("Conv2d", "", "#000000"),)),
        ("Conv2d=none/transparent", (("Conv2d", "none", "none"),)),
        (COLOURS, COLOURS),
    ],
    "style_rules": [
        (None, ()),
        (" ; \n", ()),
        ({}, ()),
        ("fc: fill=red", (Rule(selector="fc", fill="#ff0000"),)),
        ({Conv2d: {"label": "a  b", "opacity": "7"}}, (RULE,)),
        ((RULE,), (RULE,)),
    ],
    "background_fill": [
        ("white", "#ffffff"),
        ("#fff", "#ffffff"),
        ((255, 255, 255), "#ffffff"),
        ([255, 255, 255, 9], "#ffffff"),
        ("transparent", "none"),
        ((0, 0, 0, 0), "none"),
    ],
    "opacity": [("0", 0), (255.0, 255), (" 128 ", 128)],
    "outline_width": [("0.5", 0.5), (2, 2.0), (Fraction(1, 4), 0.25)],
    "padding": [("0", 0.0), (-0.0, 0.0), ("-0", 0.0), ("1e2", 100.0)],
    "legend": [("", True), (True, True), ("no", False)],
    "legend_position": [("Top-Left", "top-left")],
    "show_input": [("false", False)],
    "show_dimension": [("yes", True), ("no", False)],
    "font": [
        (None, Font()),
        ("", Font()),
        ("Inter", Font(family="Inter")),
        ("Fira Sans, sans-serif", Font(family="Fira Sans, sans-serif")),
        ("14px", Font(size=14)),
        ("14", Font(size=14)),
        ("9pt Inter", Font(family="Inter", size=12)),
        ("9.5px Source Sans 3", Font(family="Source Sans 3", size=9.5)),
        (12, Font(size=12)),
        (Font(family="Inter", size=12), Font(family="Inter", size=12)),
    ],
    "font_color": [("", ""), (None, ""), ("red", "#ff0000"), ((0, 0, 255), "#0000ff")],
    "connector_fill": [(" ", ""), ("gray", "#808080"), ("#123f", "#112233")],
    "connector_width": [("0", 0.0), (1, 1.0)],
    "animate": [("", True), ("no", False), (True, True)],
    "scale": [("LINEAR", "linear")],
    "min_z": [("3", 3.0)],
    "min_xy": [(3, 3.0)],
    "max_xy": [("1000", 1000.0)],
    "scale_z": [("0.1", 0.1)],
    "scale_xy": [(0, 0.0)],
    "one_dim_orientation": [("X", "x")],
    "spacing": [("0", 0.0)],
    "draw_funnel": [("off", False)],
    "shade_step": [("0", 0), (255, 255)],
    "max_z": [(400, 400.0)],
    "draw_volume": [(False, False)],
    "overlap": [("", True)],
    "max_channels": [("1", 1)],
    "offset_z": [("2.5", 2.5)],
    "node_size": [("50", 50.0)],
    "layer_spacing": [(250, 250.0)],
    "node_spacing": [("10", 10.0)],
    "ellipsize_after": [("5", 5)],
    "show_neurons": [("auto", None), (None, None), ("", True), ("no", False)],
}


def test_every_option_is_tried() -> None:
    assert GOOD.keys() == KINDS.keys()


@pytest.mark.parametrize(
    ("name", "given", "canonical"),
    [(name, *pair) for name, pairs in GOOD.items() for pair in pairs],
)
def test_what_an_author_may_write(name: str, given: object, canonical: object) -> None:
    found = checked(name, given)
    assert found == canonical
    assert type(found) is type(canonical)
    again = checked(name, found)
    assert (again, type(again)) == (found, type(found))
    assert hash(found) == hash(again)


@pytest.mark.parametrize("name", KINDS)
def test_digests_differ_with_the_value_and_only_then(name: str) -> None:
    for style, cls in STYLES.items():
        if name not in {known for known, _, _ in declared(style)}:
            continue
        default = options_digest(cls())
        made = [make_options(style, {name: given}) for given, _ in GOOD[name]]
        for one in [cls(), *made]:
            for two in made:
                assert (options_digest(one) == options_digest(two)) == (one == two)
        assert len({default, *map(options_digest, made)}) > 1


def test_options_can_be_hashed_and_compared() -> None:
    one = make_options("graph", {"color_map": {"Conv2d": "red"}, "ignore": {"a", "b"}})
    two = make_options("graph", {"ignore": "b, a", "color-map": "Conv2d=#f00"})
    assert one == two
    assert hash(one) == hash(two)
    assert options_digest(one) == options_digest(two)


def test_equal_values_of_different_styles_have_different_digests() -> None:
    digests = {options_digest(cls()) for cls in (LayeredOptions, LenetOptions, GraphOptions)}
    assert len(digests) == 3


# themes


def test_a_theme_is_weaker_than_what_is_given_beside_it() -> None:
    made = make_options("graph", {"theme": "paper", "max-width": "85mm"})
    assert (made.theme, made.max_width, made.palette) == ("paper", 321.2598, "print")
    assert make_options("graph", {"theme": "docs"}) == GraphOptions()


def test_a_figures_theme_goes_before_a_projects_options() -> None:
    project = {"palette": "tol", "legend": True}
    assert make_options("graph", {"theme": "paper"}, project).palette == "print"
    assert make_options("graph", {"theme": "paper"}, project).legend
    assert make_options("graph", {"theme": "docs"}, {"theme": "slides"}) == GraphOptions()
    made = make_options("graph", {"zoom": 1}, {"theme": "paper", **project})
    assert (made.theme, made.palette, made.zoom, made.mode) == ("paper", "tol", 1.0, "light")


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("theme", THEMES)
def test_presets_are_canonical_options(style: str, theme: str) -> None:
    made = make_options(style, {"theme": theme})
    changed = {name for name, default, _ in declared(style) if getattr(made, name) != default}
    assert changed == PRESETS[theme].keys() | ({"theme"} if theme != "docs" else set())


# what cannot be


HOSTILE = [
    *(math.nan, math.inf, -math.inf, "nan", "inf", "-inf", "1e400", "9" * 5_000, 10**400, -1, "-1"),
    *(object(), b"x", 1j, [object()], [[]], {"a": 1}, lambda: 1, ..., "<svg>", "red;}</style>"),
]


class Sly:
    """Pretends to be many things."""

    def __float__(self) -> float:
        return math.nan

    def __repr__(self) -> str:
        raise RuntimeError


BAD: dict[str, list[object]] = {
    "float": [True, False, None, "", "auto", "x", "1,2", [1], "½", "1px", Sly(), 10**6, *HOSTILE],
    "float | None": [True, "", "x", "1px", "5 miles", "100 0", "½mm", [1], Sly(), 10**6, *HOSTILE],
    "int": [True, None, "", 1.5, "1.5", "x", [1], Sly(), 10**10, *HOSTILE],
    "int | None": [True, "", 1.5, "1.5", "x", [1], Sly(), 10**10, *HOSTILE],
    "bool": [None, "maybe", 2, "2", 0.0, [], Sly(), *HOSTILE],
    "bool | None": ["maybe", 2, [], Sly(), *HOSTILE],
    "str": [True, 5, "x-y", Sly(), (1, 2), (1, 2, 3, 4, 5), (1.0, 2, 3), (1, 2, 256), *HOSTILE],
    "Font": [
        *(
            "a\nb",
            'a"b',
            "a'b",
            "a;b",
            "a{b",
            "a<b",
            "1px x",
            "300px",
            "3 Kings",
            True,
            2,
            500,
            [1],
        ),
        *(Font(family="<"), Font(size=1), Font(size=math.nan), Font(family=5), Sly()),  # type: ignore[arg-type]
        *(object(), b"x", {}, math.nan, math.inf, 10**400),
    ],
    "tuple[str, ...]": [
        5,
        0,
        False,
        b"x",
        [5],
        [None],
        [""],
        {"a": 1},
        [["a"]],
        Sly(),
        object(),
        ...,
    ],
    "tuple[Rule, ...]": [
        *("x", "x:", "x: fill", "x: fill=", "x: fil=red", ": fill=red", "x: opacity=-1", 5, True),
        *(
            {"x": None},
            {"x": 5},
            {5: {}},
            {"x": {1: 2}},
            {"x": {"label": 5}},
            {"x": {"fill": b"r"}},
        ),
        *([RULE], (RULE, 5), (Rule(selector=""),), (Rule(selector="x", fill="red;}"),), b"x"),
        *({"x": {"opacity": 10**400}}, {"x": {"opacity": "9" * 5_000}}, Sly(), object(), ...),
    ],
    "tuple[int, ...]": [
        True,
        "x",
        "1.5",
        1.5,
        -1,
        "-1",
        [None],
        ["x"],
        b"12",
        {1: 2},
        [[1]],
        Sly(),
    ],
    "tuple[tuple[str, str, str], ...]": [
        *("Conv2d", "Conv2d=", "=red", "Conv2d=red/", "Conv2d=/", "Conv2d=red/blue/green", "a=rde"),
        *("a=<b>", "a=red b=blue", 5, True, [("a", "red", "")], (("a", "rde", ""),), (("a", "b"),)),
        *(
            {"a": None},
            {"a": 5},
            {"a": ""},
            {"a": {"fil": "red"}},
            {"a": {"fill": "rde"}},
            {5: "red"},
        ),
        *(
            {"": "red"},
            {None: "red"},
            {"a": {1: "red"}},
            {"a": [1, 2]},
            b"a=red",
            Sly(),
            object(),
            ...,
        ),
    ],
}


def spoiled() -> list[tuple[str, object]]:
    bad = [(name, value) for name, kind in KINDS.items() if name != "detail" for value in BAD[kind]]
    # any name may be that of a module
    return bad + [("detail", value) for value in (True, 5, "", "a b", "a;b", "<b>", "a'b", Sly())]


@pytest.mark.parametrize(
    ("name", "value"),
    spoiled(),
    ids=[f"{name}-{index}" for index, (name, _) in enumerate(spoiled())],
)
def test_what_an_option_cannot_be(name: str, value: object) -> None:
    with pytest.raises(OptionError, match=r"is wanted|are wanted") as caught:
        checked(name, value)
    assert caught.value.name == name
    assert caught.value.value is value
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("opacity", 256, "option 'opacity' cannot be 256: a whole number from 0 to 255 is wanted"),
        ("depth", "x", "option 'depth' cannot be 'x': 'auto', or a whole number from 0 to 1,000"),
        (
            "max_width",
            "5 miles",
            "'auto', or a length from 120 to 100000 px is wanted, such as 640",
        ),
        ("theme", "dim", "one of docs, paper, slides, dark is wanted"),
        ("label", "nam", "one of auto, name, kind, both, none is wanted"),
        ("legend", "maybe", "true or false is wanted"),
        ("background_fill", "rde", "a CSS colour name, #rrggbb or an (r, g, b) tuple is wanted"),
        ("color_map", "x", "Class=fill or Class=fill/outline, separated by commas, is wanted"),
        ("color_map", {"x": {"f": 1}}, "'fill' and 'outline' are wanted, not ['f']"),
        ("show", "name, size", "some of name, kind, shape, kernel, features, heads, contents, "),
        ("ignore", [5], "names separated by commas are wanted"),
        ("font", "2px", "a size from 4 to 200 px is wanted"),
    ],
)
def test_what_is_wanted_is_said(name: str, value: object, message: str) -> None:
    with pytest.raises(OptionError) as caught:
        make_options("graph", {name: value})
    assert message in str(caught.value)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, "nan", "Infinity"])
@pytest.mark.parametrize(
    "name", [name for name, kind in KINDS.items() if kind.startswith(("int", "float"))]
)
def test_no_number_is_endless(name: str, number: object) -> None:
    with pytest.raises(OptionError):
        checked(name, number)


# names


@pytest.mark.parametrize(("style", "name"), ALL)
def test_a_slip_in_a_name_is_answered_with_the_name(style: str, name: str) -> None:
    slip = f"{name[:-2]}{name[-1]}{name[-2]}x"
    with pytest.raises(
        TypeError, match=f"has no option '{slip}'; did you mean .*'{name}'"
    ) as caught:
        make_options(style, {slip: 1})
    assert isinstance(caught.value, UnknownOptionError)
    assert name in caught.value.allowed


def test_another_styles_option_is_unknown() -> None:
    with pytest.raises(UnknownOptionError, match="style 'graph' has no option 'max_z'"):
        make_options("graph", {"max_z": 3})


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("alias", ALIASES)
def test_aliases(style: str, alias: str) -> None:
    if ALIASES[alias] not in {name for name, _, _ in declared(style)}:
        with pytest.raises(UnknownOptionError):
            check_option(style, alias, "x")
        return
    assert check_option(style, alias, "x") == check_option(style, ALIASES[alias], "x")


def test_names_may_have_dashes() -> None:
    assert check_option("graph", "max-width", "300") == ("max_width", 300.0)
    assert check_option("layered", "low-dim-orientation", "y") == ("one_dim_orientation", "y")


@pytest.mark.parametrize(("one", "two"), [("ignore", "type_ignore"), ("max_width", "max-width")])
def test_two_spellings_of_one_option_at_once(one: str, two: str) -> None:
    value = "300"
    with pytest.raises(OptionError, match="given twice"):
        make_options("graph", {one: value, two: value})


@pytest.mark.parametrize(
    ("text", "style"),
    [("layered", "layered"), ("flow", "layered"), (" Graph ", "graph"), ("LENET", "lenet")],
)
def test_style_names(text: str, style: str) -> None:
    assert style_name(text) == style


@pytest.mark.parametrize("text", ["", "layer", None, 5, "graph, lenet", b"graph"])
def test_what_is_no_style(text: object) -> None:
    with pytest.raises(OptionError, match="one of layered, lenet, graph, flow is wanted"):
        style_name(text)


# the paper's own values


def test_the_papers_color_map() -> None:
    color_map: dict[type, dict[str, str]] = defaultdict(dict)
    color_map[Conv2d]["fill"] = "#00f5d4"
    color_map[Conv2d]["outline"] = "black"
    color_map[Fraction]["fill"] = "LightSlateGray"
    _ = color_map[str]  # looked up, never set
    assert make_options("layered", {"color_map": color_map}).color_map == (
        ("Conv2d", "#00f5d4", "#000000"),
        ("Fraction", "#778899", ""),
    )


def test_pillow_fonts() -> None:
    font = ImageFont.load_default(32)
    family = font.getname()[0]
    assert checked("font", font) == Font(family=family, size=32)
    with pytest.raises(OptionError, match="a size from 4 to 200"):
        checked("font", ImageFont.load_default(400))


def test_pillows_bitmap_font_has_our_size() -> None:
    assert checked("font", ImageFont.load_default_imagefont()) == Font()


def test_a_font_whose_family_cannot_stand_in_svg() -> None:
    class Odd:
        size = 12

        def getmask(self) -> None: ...

        def getname(self) -> tuple[str, str]:
            return '"><script>', "Regular"

    with pytest.raises(OptionError):
        checked("font", Odd())


def test_common_options_are_those_of_all_styles() -> None:
    common = {field.name for field in dataclasses.fields(FigureOptions)}
    for style in STYLES:
        assert common < {name for name, _, _ in declared(style)}
