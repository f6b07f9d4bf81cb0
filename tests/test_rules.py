"""Style rules: what an author may write, which boxes it is about, and what a mistake is told."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from geometry import flaws, groups, marks_of
from sketch import Sketch, residual

from sphinx_visualtorch.errors import OptionError
from sphinx_visualtorch.graph import ArchitectureGraph
from sphinx_visualtorch.options import STYLES, make_options
from sphinx_visualtorch.pipeline import figure
from sphinx_visualtorch.rules import PROPERTIES, Rule, ruled
from sphinx_visualtorch.scene import Group, Scene, Text


@dataclass
class Item:
    """Stands for a node."""

    path: str = ""
    kind: str = ""
    role: str = ""
    target: str = ""


class Conv2d:
    """Stands for a class of torch.nn."""


def rules(value: object) -> tuple[Rule, ...]:
    return make_options("graph", {"style_rules": value}).style_rules


def drawn(graph: ArchitectureGraph, style: str, value: object, **options: object) -> Scene:
    return figure(graph, style, make_options(style, {"style_rules": value, **options})).scene


def box(scene: Scene, path: str) -> Group:
    return next(group for group in groups(scene, "node") if dict(group.data)["path"] == path)


# what an author writes


@pytest.mark.parametrize(
    "value",
    [
        "encoder.*: fill=#ffd, outline=navy, label=Encoder; Conv2d: opacity=128",
        "encoder.*:fill = #FFFFDD ,\n  outline=navy, label=Encoder\nConv2d: opacity = 128;",
        'encoder.*: fill="#ffd", outline=navy, label="Encoder"; Conv2d: opacity="128"',
        {
            "encoder.*": {"fill": "#ffd", "outline": (0, 0, 128), "label": " Encoder"},
            Conv2d: {"opacity": 128},
        },
    ],
)
def test_texts_and_dicts_say_the_same(value: object) -> None:
    first = Rule(selector="encoder.*", fill="#ffffdd", outline="#000080", label="Encoder")
    assert rules(value) == (first, Rule(selector="Conv2d", opacity=128))


def test_quotes_keep_what_separates_rules() -> None:
    (rule,) = rules('stem: label="conv, 3×3; stride = 2: a \' sign", font-color=red')
    assert (rule.label, rule.font_color) == ("conv, 3×3; stride = 2: a ' sign", "#ff0000")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("stem: fil=red", "'stem' has 'fil', but fill, outline, font_color, label, opacity are"),
        ("stem: fill=rde", "fill of 'stem': a CSS colour name, #rrggbb or an (r, g, b) tuple is"),
        ("stem: opacity=300", "opacity of 'stem': a whole number from 0 to 255 is wanted"),
        ("stem: opacity=½", "opacity of 'stem': a whole number from 0 to 255 is wanted"),
        ("stem: label=", "label of 'stem': a text is wanted"),
        ("stem", "'name: property=value, …; …' is wanted, not 'stem'"),
        ("stem: red", "'name: property=value, …; …' is wanted, not 'red'"),
        (": fill=red", "'name: property=value, …; …' is wanted, not ': fill=red'"),
        ({"stem": "red"}, "a mapping of properties is wanted for 'stem'"),
        ({"stem": {5: "red"}}, "'stem' has something of type int, but fill, "),
        ({"stem": {"opacity": True}}, "opacity of 'stem': a whole number from 0 to 255 is wanted"),
        ({5: {"fill": "red"}}, "the name of a class or function is wanted"),
        (5, "'name: property=value, …; …' is wanted, or a dict of dicts"),
    ],
)
def test_what_is_wrong_is_said(value: object, message: str) -> None:
    with pytest.raises(OptionError) as caught:
        rules(value)
    assert message in str(caught.value)


# which boxes


@pytest.mark.parametrize(
    "selector",
    [
        "encoder.0.fc",
        "encoder.*",
        "*.fc",
        "Linear",
        "Lin?ar",
        "torch.nn.*",
        "role/linear",
        "role/*",
    ],
)
def test_names_that_a_rule_may_have(selector: str) -> None:
    item = Item("encoder.0.fc", "Linear", "linear", "torch.nn.Linear")
    assert ruled(rules(f"{selector}: fill=red"), item).fill == "#ff0000"
    assert ruled(rules(f"{selector}: fill=red"), Item("decoder", "Conv2d")).fill == ""


def test_later_rules_win_property_by_property() -> None:
    found = ruled(
        rules(
            "*: fill=red, label=all; fc: outline=navy; Linear: fill=lime, opacity=0; x: fill=tan"
        ),
        Item("fc", "Linear"),
    )
    assert (found.fill, found.outline, found.label, found.opacity) == (
        *("#00ff00", "#000080"),
        *("all", 0),
    )
    # what is still seen of the first is no colour
    assert [rule.selector for rule in found.keys] == ["Linear", "fc"]


@pytest.mark.parametrize(
    ("path", "label"),
    [("encoder.0", "Block"), ("encoder.0.fc", ""), ("encoder.12.a.b", ""), ("encoder", "")],
)
def test_a_label_goes_to_the_outermost_modules(path: str, label: str) -> None:
    found = ruled(rules("encoder.*: label=Block, fill=red"), Item(path))
    assert found.label == label


def test_a_label_by_class_goes_to_all() -> None:
    assert ruled(rules("Linear: label=Dense"), Item("encoder.0.fc", "Linear")).label == "Dense"


# what is drawn


@pytest.mark.parametrize("style", STYLES)
def test_the_properties_are_drawn(style: str) -> None:
    value = "stem: fill=#ffeecc, outline=#112233, font_color=#445566, label=<Stem>, opacity=51"
    scene = drawn(residual(1), style, value)
    stem = box(scene, "stem")
    marks = list(marks_of(Scene(width=1, height=1, marks=(stem,), colours=())))
    colours = {colour.slot: (colour.light, colour.dark) for colour in scene.colours}
    shown = {colours[mark.fill] for mark in marks if not isinstance(mark, Group)}
    assert ("#ffeecc", "#ffeecc") in shown
    assert {colours[mark.fill] for mark in marks if isinstance(mark, Text)} == {
        ("#445566", "#445566")
    }
    assert "<Stem>" in {mark.text for mark in marks if isinstance(mark, Text)}
    strokes = {mark.stroke for mark in marks if not isinstance(mark, Group | Text)} - {"none"}
    assert {colours[slot] for slot in strokes} == {("#112233", "#112233")}
    assert 0.2 in {mark.opacity for mark in marks if isinstance(mark, Group)}
    assert "&lt;Stem&gt;" in figure(
        residual(1), style, make_options(style, {"style_rules": value})
    ).svg(inline=True)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(
    "value",
    [
        "*: label=A label that no box in any figure of any model has room for, fill=navy",
        "nothing.like.it: fill=red, label=Never",
        "role/*: fill=none; Linear: opacity=0",
    ],
)
def test_figures_stay_readable(style: str, value: str) -> None:
    scene = drawn(residual(4, stages=2), style, value, legend=True)
    assert list(flaws(scene)) == []
    assert "Never" not in [mark.text for mark in marks_of(scene) if isinstance(mark, Text)]


def test_texts_on_a_fill_can_be_read() -> None:
    scene = drawn(residual(1), "graph", "stem: fill=navy; fc: fill=ivory")
    colours = {colour.slot: colour.light for colour in scene.colours}
    inks = {
        path: {colours[mark.fill] for mark in box(scene, path).marks if isinstance(mark, Text)}
        for path in ("stem", "fc")
    }
    assert inks == {"stem": {"#ffffff"}, "fc": {"#000000"}}


def test_a_rule_goes_before_the_color_map() -> None:
    more = {"color_map": "Conv2d=#123456/#654321"}
    scene = drawn(residual(1), "graph", "stem: fill=#ffeecc", **more)
    assert {"#ffeecc", "#123456"} <= {colour.light for colour in scene.colours}


def test_a_legend_explains_the_rules_that_are_drawn() -> None:
    value = "Conv2d: fill=tan, label=Ours; fc: outline=navy; layer0.0: fill=#eef; x: fill=red"
    scene = drawn(residual(1), "graph", value, legend=True)
    (legend,) = groups(scene, "legend")
    marks = marks_of(replace(scene, marks=(legend,)))
    words = [mark.text for mark in marks if isinstance(mark, Text)]
    roles = ["Input", "Linear", "Activation", "Normalisation"]
    assert words == [*roles, "Ours", "fc", "layer0.0"]


def test_blocks_that_are_to_look_different_are_not_folded() -> None:
    def repeated(value: str) -> dict[str, str]:
        scene = drawn(residual(6), "graph", value)
        found = [dict(g.data) for role in ("node", "scope") for g in groups(scene, role)]
        return {data["path"]: data["repeat"] for data in found if "repeat" in data}

    assert repeated("layer0.*: fill=#ffd") == {"layer0.0": "6"}
    assert repeated("layer0.2.conv: fill=#ffd") == {"layer0.0": "2", "layer0.3": "3"}


def test_a_frame_has_rules_too() -> None:
    value = "layer0.0: fill=navy, outline=#abcdef, label=Stage, opacity=51"
    scene = drawn(residual(6), "graph", value, expand="layer0.0")
    (frame, *_) = groups(scene, "scope")
    colours = {colour.slot: colour.light for colour in scene.colours}
    outline, title = (mark for mark in frame.marks if not isinstance(mark, Group))
    assert isinstance(title, Text)
    assert (title.text, colours[title.fill]) == ("Stage", "#ffffff")
    assert not isinstance(outline, Text)
    assert (colours[outline.fill], colours[outline.stroke]) == ("#000080", "#abcdef")
    assert frame.opacity == 0.2


def test_a_part_of_a_merged_box_has_a_rule_of_its_own() -> None:
    sketch = Sketch()
    last = sketch.add(
        "conv", "Conv2d", "convolution", (1, 8, 8, 8), [sketch.input(1, 3, 8, 8)], calls=1
    )
    sketch.add("bn", "BatchNorm2d", "normalisation", (1, 8, 8, 8), [last])
    scene = drawn(sketch.graph(), "graph", "bn: fill=#abcdef")
    colours = {colour.slot: colour.light for colour in scene.colours}
    band = box(scene, "conv").marks[1]
    assert not isinstance(band, Group)
    assert colours[band.fill] == "#abcdef"


def test_every_property_is_tried_above() -> None:
    assert set(PROPERTIES) == {"fill", "outline", "font_color", "label", "opacity"}
