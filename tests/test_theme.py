"""Colours: every notation is read, and whatever is written on a box can be read."""

import itertools

import pytest
from browser.checker.colours import apart, parsed
from colours import SIGHTS, difference, lightness

from sphinx_visualtorch.layout.lenet import RIM
from sphinx_visualtorch.options import LayeredOptions
from sphinx_visualtorch.theme import (
    PALETTES,
    ROLES,
    SHADES,
    Theme,
    contrast,
    is_colour,
    mix,
    parse_colour,
)

FACES = ("front", "top", "side")
BOTH = [pytest.param(0, id="light"), pytest.param(1, id="dark")]
# a coarse net over all colours: its corners are the primary ones, black and white
NET = ["#" + "".join(rgb) for rgb in itertools.product(("00", "44", "88", "bb", "ff"), repeat=3)]


@pytest.mark.parametrize("dark", BOTH)
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("palette", PALETTES)
def test_texts_on_boxes_and_outlines_have_contrast(palette: str, role: str, dark: int) -> None:
    """WCAG 2.2: 4.5 for texts (1.4.3), 3 for what shows where a box is (1.4.11)."""
    theme = Theme(palette=palette)
    fill, line = (theme.colour(f"{role}.{shade}")[dark] for shade in ("fill", "line"))
    for ink in ("ink", "boxfact"):
        assert contrast(theme.colour(theme.slot([], role, ink))[dark], fill) >= 4.5
    for ground in ("paper", "frame"):
        assert contrast(line, theme.colour(ground)[dark]) >= 3


@pytest.mark.parametrize("dark", BOTH)
@pytest.mark.parametrize(
    ("slot", "ground", "least"),
    [
        *[("ink", "paper", 7), ("fact", "paper", 4.5), ("ink", "frame", 7), ("fact", "frame", 4.5)],
        *[("badgeink", "badge", 4.5), ("edge", "paper", 3), ("skip", "paper", 3)],
        *[("edge", "frame", 3), ("hint", "paper", 3), ("frameline", "paper", 3)],
    ],
)
def test_everything_else_has_contrast(slot: str, ground: str, least: float, dark: int) -> None:
    theme = Theme()
    assert contrast(theme.colour(slot)[dark], theme.colour(ground)[dark]) >= least


def test_the_authors_fills_can_be_written_on() -> None:
    for fill in NET:
        theme = Theme(color_map=(("Conv2d", fill, ""),))
        for ink in ("ink", "boxfact"):
            slot = theme.slot(["Conv2d"], "convolution", ink)
            assert slot == f"Conv2d.{ink}"
            for colour, ground in zip(theme.colour(slot), theme.colour("Conv2d.fill"), strict=True):
                assert contrast(colour, ground) >= 4.5


def test_outlines_made_from_the_authors_fills_can_be_seen() -> None:
    for fill in NET:
        theme = Theme(color_map=(("Conv2d", fill, ""),))
        pairs = zip(theme.colour("Conv2d.line"), theme.colour("paper"), strict=True)
        assert all(contrast(line, paper) >= 3 for line, paper in pairs)


NEUTRAL = {"input", "normalisation", "dropout", "merge", "reshape", "parameter", "container"}


def test_palettes_have_all_roles_in_different_colours() -> None:
    for palette, colours in PALETTES.items():
        assert colours.keys() == ROLES.keys(), palette
        main = ROLES.keys() - NEUTRAL
        assert len({colours[role] for role in main}) == len(main), palette


@pytest.mark.parametrize("shade", SHADES)
def test_a_role_has_the_same_neutral_colour_in_all_coloured_palettes(shade: str) -> None:
    found = {Theme(palette=name).colour(f"merge.{shade}") for name in PALETTES if name not in GREY}
    assert len(found) == 1


# roles side by side

GREY = ("print", "grayscale")
NEIGHBOURS = ("convolution", "normalisation", "activation", "pooling", "linear", "attention")
OTHERS = ("input", "upsampling", "recurrent", "embedding")
# CIEDE2000 of the most alike neighbours in boxes and on fronts, in light and in dark, as it was
# measured: two greys of L* 80 and 87 differ by 4.6, black and white by 100
LEAST = {
    "okabe_ito": (7.5, 11),
    "tol": (6.5, 9),
    "tol_light": (4.8, 7.5),
    "tol_muted": (8, 11.5),
    "tab10": (5.9, 8.4),
    "nord": (4.9, 7.4),
    "solarized": (5.5, 7),
    "print": (9.5, 9.5),
    "grayscale": (9.5, 9.5),
}


def test_the_least_difference_of_each_palette_is_measured() -> None:
    assert LEAST.keys() == PALETTES.keys()


@pytest.mark.parametrize("dark", BOTH)
@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("palette", PALETTES)
def test_neighbours_differ_also_to_colour_blind_readers(
    palette: str, sight: str, dark: int
) -> None:
    theme = Theme(palette=palette)
    for shade, least in zip(("fill", "front"), LEAST[palette], strict=True):
        colours = {role: theme.colour(f"{role}.{shade}")[dark] for role in (*NEIGHBOURS, *OTHERS)}
        for one, two in itertools.combinations(colours, 2):
            both = one in NEIGHBOURS and two in NEIGHBOURS
            found = difference(colours[one], colours[two], sight)
            assert found >= (least if both else 2.5), (one, two)


@pytest.mark.parametrize("shade", ["fill", "front"])
@pytest.mark.parametrize("palette", GREY)
def test_a_grey_copy_keeps_neighbours_apart(palette: str, shade: str) -> None:
    theme = Theme(palette=palette)
    found = sorted(lightness(theme.colour(f"{role}.{shade}")[0]) for role in NEIGHBOURS)
    assert min(two - one for one, two in itertools.pairwise(found)) >= 10


@pytest.mark.parametrize(
    ("one", "two", "found"),
    [
        ("#ff0000", "#00ff00", 86.608),
        ("#000000", "#ffffff", 100.0),
        ("#336699", "#336699", 0.0),
    ],
)
def test_the_measure_of_difference(one: str, two: str, found: float) -> None:
    assert difference(one, two) == pytest.approx(found, abs=0.01)


def test_to_the_colour_blind_red_and_green_are_alike() -> None:
    assert difference("#b05050", "#508050") > 30
    assert difference("#b05050", "#707030", "deuteranopia") < 12


@pytest.mark.parametrize("dark", BOTH)
@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("palette", [name for name in PALETTES if name not in GREY])
def test_any_two_roles_of_a_legend_can_be_told_apart(palette: str, sight: str, dark: int) -> None:
    """By everybody, as small as swatches are.

    No seventeen greys can be: ``print`` and ``grayscale`` are for figures whose boxes have words
    (``tests/browser/test_palettes.py``), and for bands, which have none.
    """
    theme = Theme(palette=palette)
    # a parameter is a word without a box
    colours = {role: theme.colour(f"{role}.front")[dark] for role in ROLES if role != "parameter"}
    for one, two in itertools.combinations(colours, 2):
        found = apart(*(parsed(_rgb(colours[role]))[0] for role in (one, two)), sight)
        assert found >= 1, (one, two)


def _rgb(colour: str) -> str:
    return "rgb({}, {}, {})".format(*(int(colour[at : at + 2], 16) for at in (1, 3, 5)))


# what lies on a body

BANDS = ("normalisation", "activation", "dropout")
HOSTS = ROLES.keys() - {"input", "parameter", "failed"}
BODY = LayeredOptions().opacity / 255


@pytest.mark.parametrize("dark", BOTH)
@pytest.mark.parametrize("palette", PALETTES)
def test_bands_stand_out_from_their_box_and_from_each_other(palette: str, dark: int) -> None:
    """By their fill or by the seam around them, on flat boxes and on translucent bodies."""
    theme = Theme(palette=palette)

    def seen(slot: str, opacity: float = BODY) -> str:
        return mix(theme.colour("paper")[dark], theme.colour(slot)[dark], opacity)

    for host in HOSTS:
        seam = theme.slot([], host, "seam")
        for band in BANDS:
            for opacity, shade in ((BODY, "front"), (BODY, "top"), (1.0, "fill")):
                ground = seen(f"{host}.{shade}", opacity)
                both = seen(seam, opacity), seen(f"{band}.front", opacity)
                assert max(contrast(ground, own) for own in both) >= 3, (host, band, shade)
            for other in (other for other in BANDS if other != band):
                ground = seen(f"{other}.front")
                both = seen(seam), seen(f"{band}.front")
                assert max(contrast(ground, own) for own in both) >= 3, (host, band, other)


@pytest.mark.parametrize("palette", GREY)
def test_a_grey_copy_keeps_bands_apart(palette: str) -> None:
    theme = Theme(palette=palette)
    found = sorted(lightness(theme.colour(f"{role}.front")[0]) for role in BANDS)
    assert min(two - one for one, two in itertools.pairwise(found)) >= 10


@pytest.mark.parametrize("dark", BOTH)
@pytest.mark.parametrize("palette", PALETTES)
def test_lines_on_maps_can_be_seen(palette: str, dark: int) -> None:
    """Patches and pyramid lines lie on maps of any colour: their rims part them from these."""
    theme = Theme(palette=palette)
    line, paper = theme.colour("skip")[dark], theme.colour("paper")[dark]
    maps = {
        f"{role}.{face}": theme.colour(f"{role}.{face}")[dark] for role in ROLES for face in FACES
    }
    for name, colour in {**maps, **{fill: fill for fill in NET}}.items():
        assert contrast(mix(colour, paper, RIM), line) >= 3, name


@pytest.mark.parametrize("palette", PALETTES)
def test_a_frame_of_the_authors_colour_is_a_dark_tint_in_the_dark(palette: str) -> None:
    """The author sees to it that what is in the frame can be seen in the light."""
    theme = Theme(palette=palette)
    lines = [theme.colour(f"{role}.line")[1] for role in ROLES] + [theme.colour("edge")[1]]
    for fill in NET:
        light, dark = theme.colour(f"{fill}/.ground")
        assert light == fill
        assert min(contrast(line, dark) for line in lines) >= 3, fill
        for ink, ground in zip(theme.colour(f"{fill}/.title"), (light, dark), strict=True):
            assert contrast(ink, ground) >= 4.5
    assert theme.colour("none/.ground") == ("none", "none")


# the faces of a volume


def brightness(colour: str) -> float:
    return contrast(colour, "#000000")


@pytest.mark.parametrize("dark", BOTH)
@pytest.mark.parametrize("color_map", [(), (("linear", "#4477aa", ""),)])
def test_faces_differ_by_the_step(color_map: tuple[tuple[str, str, str], ...], dark: int) -> None:
    def faces(step: int) -> list[str]:
        theme = Theme(color_map=color_map, shade_step=step)
        return [theme.colour(f"linear.{face}")[dark] for face in ("side", "front", "top")]

    flat, soft, strong = faces(0), faces(10), faces(20)
    assert len(set(flat)) == 1
    assert flat[0] == soft[1] == strong[1]
    for three in (soft, strong):
        assert sorted(three, key=brightness) == three
        assert len(set(three)) == 3
    assert brightness(strong[0]) < brightness(soft[0])
    assert brightness(strong[2]) > brightness(soft[2])
    assert faces(255)[2] == "#ffffff"


def test_a_step_of_ten_is_the_themes_own() -> None:
    assert Theme() == Theme(shade_step=10)


# the author's colours


def shades(theme: Theme, names: list[str], role: str = "linear") -> dict[str, tuple[str, str]]:
    return {shade: theme.colour(theme.slot(names, role, shade)) for shade in SHADES}


def test_a_fill_is_what_boxes_and_fronts_show() -> None:
    found = shades(Theme(color_map=(("Conv2d", "#123456", ""),)), ["Conv2d"])
    assert found["fill"] == found["front"] == ("#123456", "#123456")
    assert len({found[shade][0] for shade in ("front", "top", "side", "line")}) == 4


def test_an_outline_alone_leaves_the_fill_to_the_role() -> None:
    found = shades(Theme(color_map=(("Conv2d", "", "#ff0000"),)), ["Conv2d"])
    plain = shades(Theme(), ["Conv2d"])
    assert found.pop("line") == ("#ff0000", "#ff0000")
    plain.pop("line")
    assert found == plain


@pytest.mark.parametrize("name", ["Conv2d", "linear"])
def test_no_fill_keeps_the_outline(name: str) -> None:
    found = shades(Theme(color_map=((name, "none", ""),)), ["Conv2d"])
    assert {found[shade] for shade in ("fill", "front", "top", "side")} == {("none", "none")}
    assert found["line"] == shades(Theme(), [])["line"]


def test_the_first_name_wins_then_the_role() -> None:
    theme = Theme(
        color_map=(("Conv2d", "#000001", ""), ("linear", "#000002", ""), ("m.C", "#000003", ""))
    )
    assert theme.slot(["Conv2d", "m.C"], "linear", "fill") == "Conv2d.fill"
    assert theme.slot(["Other", "m.C"], "linear", "fill") == "m.C.fill"
    assert theme.colour("m.C.fill") == ("#000003", "#000003")
    assert theme.colour(theme.slot(["Other"], "linear", "fill")) == ("#000002", "#000002")
    assert theme.slot(["Other"], "pooling", "line") == "pooling.line"
    assert theme.slot(["Other"], "pooling", "ink") == "boxink"
    assert theme.slot(["Other"], "linear", "ink") == "linear.ink"


def test_a_name_may_be_a_pair_of_colours() -> None:
    theme = Theme()
    assert theme.colour(theme.slot(["#123456/#654321"], "linear", "fill")) == ("#123456",) * 2
    assert theme.colour(theme.slot(["#123456/#654321"], "linear", "line")) == ("#654321",) * 2
    assert theme.slot(["/#654321"], "linear", "fill") == "linear.fill"
    assert theme.slot(["</svg>"], "linear", "fill") == "linear.fill"
    assert theme.colour("#123456") == ("#123456", "#123456")


def test_an_unknown_role_is_a_function() -> None:
    theme = Theme()
    assert theme.colour("sorcery.fill") == theme.colour("function.fill")
    with pytest.raises(ValueError, match="no shade 'shadow'; there are fill, front"):
        theme.colour("linear.shadow")


def test_overrides_come_first_in_both_themes() -> None:
    theme = Theme(overrides=(("ink", "#ff0000"), ("background", "#00ff00")))
    assert theme.colour("ink") == ("#ff0000", "#ff0000")
    assert theme.colour("background") == ("#00ff00", "#00ff00")
    assert theme.colour("fact") == Theme().colour("fact")


# notations


@pytest.mark.parametrize(
    ("value", "colour"),
    [
        ("red", "#ff0000"),
        (" DarkSlateGrey ", "#2f4f4f"),
        ("rebeccapurple", "#663399"),
        ("#08c", "#0088cc"),
        ("#08CF", "#0088cc"),
        ("#0088CC", "#0088cc"),
        ("#0088cc80", "#0088cc"),
        ("#08c0", "none"),
        ("#0088cc00", "none"),
        ("none", "none"),
        ("Transparent", "none"),
        ((0, 136, 204), "#0088cc"),
        ([0, 136, 204], "#0088cc"),
        ((0, 136, 204, 1), "#0088cc"),
        ((0, 136, 204, 0), "none"),
        ("#fff\n", "#ffffff"),
    ],
)
def test_notations(value: object, colour: str) -> None:
    assert parse_colour(value) == colour
    assert parse_colour(colour) == colour
    assert is_colour(value)


@pytest.mark.parametrize(
    "value",
    [
        *("", "#", "#1", "#12", "#12345", "#1234567", "#12g", "#12345g", "#1234567g", "#123456gg"),
        *("reddish", "re d", "red;", "rgb(1,2,3)", "currentColor", "var(--x)", "#½½½", "#١٢٣", "0"),
        *("<svg>", "red\0", (1, 2), (1, 2, 3, 4, 5), (1, 2, 256), (-1, 2, 3), (1.0, 2, 3), ()),
        *((True, 2, 3), ("1", 2, 3), (1, 2, 3, -1), None, 5, b"red", {1, 2, 3}, {"r": 1}, object),
    ],
)
def test_what_is_no_colour(value: object) -> None:
    with pytest.raises(ValueError, match="a CSS colour name, #rrggbb or an"):
        parse_colour(value)
    assert not is_colour(value)


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#ffffff", "#000000", 21.0),
        ("#777777", "#777777", 1.0),
        # the grey that just misses and the one that just meets 4.5 on white
        ("#777777", "#ffffff", 4.478),
        ("#767676", "#ffffff", 4.542),
    ],
)
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.001)


def test_mixing() -> None:
    assert mix("#000000", "#ffffff", 0) == "#000000"
    assert mix("#000000", "#ffffff", 1) == "#ffffff"
    assert mix("#ff0000", "#0000ff", 0.5) == "#800080"
