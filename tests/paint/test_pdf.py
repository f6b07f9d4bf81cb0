"""The PDF painter, read back by another library: what is text, what is inside, and where it is."""

from __future__ import annotations

import io
import math
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest
from paint.drawings import LINKS, box, node, scene, small, text
from pypdf import PageObject, PdfReader
from pypdf.generic import ContentStream, DictionaryObject

from sphinx_visualtorch.errors import OptionError, PdfMissingError
from sphinx_visualtorch.fonts import text_width
from sphinx_visualtorch.paint.pdf import can_paint, pdf
from sphinx_visualtorch.scene import Group, Path, Scene, Text

URL = LINKS["torch.nn.Conv2d"]


def page(drawing: Scene, **how: object) -> PageObject:
    # TeX refuses what some readers forgive
    reader = PdfReader(io.BytesIO(pdf(drawing, **how)), strict=True)  # type: ignore[arg-type]
    assert len(reader.pages) == 1
    return reader.pages[0]


def steps(drawing: Scene, **how: object) -> list[tuple[str, list[object]]]:
    """Return operators and operands of what is drawn, those of groups after the page's own."""
    found = page(drawing, **how)
    return [*_steps(found.get_contents()), *(s for f in forms(found) for s in _steps(f))]


def _steps(stream: object) -> Iterator[tuple[str, list[object]]]:
    for operands, operator in ContentStream(stream, None).operations:
        yield operator.decode(), operands


def forms(holder: DictionaryObject) -> list[DictionaryObject]:
    """Return all groups, outer ones first."""
    inside = holder["/Resources"].get("/XObject", {})
    found = [inside[name].get_object() for name in inside]
    return [*found, *(inner for form in found for inner in forms(form))]


def of(drawing: Scene, operator: str) -> list[list[float]]:
    return [list(map(float, operands)) for name, operands in steps(drawing) if name == operator]


def test_same_scene_same_bytes() -> None:
    assert pdf(small(), links=LINKS) == pdf(small(), links=LINKS)
    assert pdf(small()) != pdf(small(), theme="dark")


def test_a_pixel_is_three_quarters_of_a_point() -> None:
    assert list(map(float, page(small()).mediabox)) == pytest.approx([0, 0, 112.5, 42.375])
    assert of(small(), "cm")[1] == pytest.approx([0.75, 0, 0, -0.75, 0, 42.375])


def test_figure_that_no_reader_could_show_is_smaller() -> None:
    left, low, right, high = map(float, page(scene(width=40_000, height=1000)).mediabox)
    assert (left, low) == (0, 0)
    assert (right, high) == pytest.approx((14_400, 360))


def test_words_are_words() -> None:
    found = page(replace(small(), marks=(*small().marks, text(5, 55, "ReLU × 3 → Σ"))))
    words = " ".join(found.extract_text().split())
    assert "3×3, 64" in words
    assert "ReLU × 3 → Σ" in words


def test_fonts_are_inside() -> None:
    fonts = page(small())["/Resources"]["/Font"]
    assert {font.get_object()["/BaseFont"] for font in fonts.values()} == {
        "/AAAAAA+VisualTorchSans-Bold",
        "/AAAAAA+VisualTorchSans-Regular",
    }
    for font in fonts.values():
        inside = font.get_object()["/FontDescriptor"]["/FontFile2"].get_data()
        # only the letters that occur, of some 39 KB
        assert 500 < len(inside) < 9000


def test_text_has_its_width() -> None:
    (stretch,) = of(scene(text(10, 30, "HEADING")), "Tz")
    assert stretch == pytest.approx([100], abs=0.1)
    (stretch,) = of(scene(replace(text(10, 30, "HEADING"), width=70)), "Tz")
    assert stretch == pytest.approx([100 * 70 / text_width("HEADING", 11)], abs=0.1)
    free = Text(x=1, y=1, text="a", size=9, width=0, fill="ink")
    assert of(scene(free), "Tz") == [[100]]


@pytest.mark.parametrize("anchor", ["start", "middle", "end"])
@pytest.mark.parametrize("degrees", [0, -90, 30, 180])
def test_text_stands_where_it_should(anchor: str, degrees: float) -> None:
    *_, matrix = of(scene(text(50, 30, "HEADING", anchor=anchor, rotate=degrees)), "Tm")
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    back = {"start": 0, "middle": 0.5, "end": 1}[anchor] * text_width("HEADING", 11)
    wanted = [cos, sin, sin, -cos, 50 - cos * back, 30 - sin * back]
    assert matrix == pytest.approx(wanted, abs=1e-3)


def test_curves_dashes_and_widths() -> None:
    path = Path(
        segments=(("M", 10, 20), ("L", 30, 20), ("Q", 40, 20, 40, 30), ("C", 1, 2, 3, 4, 5, 6)),
        stroke="red",
        width=1.3,
        dash=(6, 4),
    )
    drawing = scene(path)
    assert of(drawing, "m") == [[10, 20]]
    assert of(drawing, "l") == [[30, 20]]
    quadratic = [30 + 20 / 3, 20, 40, 20 + 10 / 3, 40, 30]
    assert [round(value, 2) for value in of(drawing, "c")[0]] == [round(v, 2) for v in quadratic]
    assert of(drawing, "c")[1] == [1, 2, 3, 4, 5, 6]
    assert of(drawing, "w")[-1] == [1.3]
    assert [[6, 4], 0] in [operands for name, operands in steps(drawing) if name == "d"]
    assert of(drawing, "j")[-1] == [1]  # round joins
    assert of(drawing, "RG")[-1] == [1, 0, 0]
    assert "S" in [name for name, _ in steps(drawing)]


def test_inside_is_what_svg_says() -> None:
    """By the nonzero rule, not by the even-odd rule."""
    names = [name for name, _ in steps(scene(box(0, 0, 9, 9, fill="red", stroke="ink")))]
    assert "B" in names
    assert not {"B*", "f*"} & set(names)


def test_background_and_theme() -> None:
    assert of(small(), "re")[0] == [0, 0, 150, 56.5]
    paper = of(replace(small(), marks=()), "rg")
    assert paper[0] == [1, 1, 1]
    assert not of(scene(), "re")
    night = [list(map(float, o)) for n, o in steps(small(), theme="dark") if n == "rg"]
    assert night[0] == pytest.approx([0x16 / 255, 0x19 / 255, 0x1D / 255], abs=1e-3)


def alphas(holder: DictionaryObject) -> list[float]:
    """Return the opacities that a page or a group uses, in their order."""
    states = holder["/Resources"]["/ExtGState"]
    stream = holder.get_contents() if isinstance(holder, PageObject) else holder
    names = [operands[0] for name, operands in _steps(stream) if name == "gs"]
    return [float(states[name]["/ca"]) for name in names if "/ca" in states[name]]


def test_group_fades_as_a_whole() -> None:
    marks = (box(0, 0, 50, 50, fill="ink"), text(10, 10, "a"), box(0, 0, 50, 50, fill="red"))
    found = page(scene(Group(opacity=0.5, marks=marks), background="paper"))
    (form,) = forms(found)
    assert (form["/Group"]["/S"], form["/Subtype"]) == ("/Transparency", "/Form")
    assert alphas(found) == [0.5]
    assert "/ExtGState" not in form["/Resources"]
    left, top, right, bottom = map(float, form["/BBox"])
    assert (left, top) <= (0, 0)
    assert (right, bottom) >= (50, 50)


def test_fades_multiply() -> None:
    """A group in a group is drawn in full, and both opacities count."""
    inner = Group(opacity=0.5, marks=(box(0, 0, 9, 9, fill="red"), box(1, 1, 5, 5, fill="ink")))
    line = Path(segments=(("M", 0, 0), ("L", 9, 9)), stroke="ink", opacity=0.25)
    found = page(scene(Group(opacity=0.75, marks=(inner, line))))
    outer, within = forms(found)
    assert (alphas(found), alphas(outer)) == ([0.75], [0.5, 0.25])
    assert [name for name, _ in _steps(within)].count("f") == 2
    nothing = Group(opacity=0, marks=(box(0, 0, 9, 9, fill="red"),))
    assert not of(scene(nothing), "rg")


def test_outline_of_a_faded_area_does_not_add_up() -> None:
    found = page(scene(box(5, 5, 20, 20, fill="red", stroke="ink", width=4, opacity=0.5)))
    (form,) = forms(found)
    assert [name for name, _ in _steps(form)].count("B") == 1
    assert list(map(float, form["/BBox"])) == [3, 3, 22, 22]


def links(drawing: Scene, known: dict[str, str]) -> list[tuple[str, list[float]]]:
    found = [entry.get_object() for entry in page(drawing, links=known).get("/Annots", ())]
    return [(entry["/A"]["/URI"], list(map(float, entry["/Rect"]))) for entry in found]


def test_links_lead_somewhere() -> None:
    (first, rect), (second, _) = links(small(), LINKS)
    assert first == second == URL
    left, low, right, high = (value / 0.75 for value in rect)
    assert (left, right) == pytest.approx((10, 60), abs=1)
    assert (56.5 - high, 56.5 - low) == pytest.approx((10, 40), abs=1)
    assert not links(small(), {})


def test_inner_links_lie_on_outer_ones() -> None:
    around = Group(link="pkg.Block", marks=(box(0, 0, 99, 50, stroke="line"), node(9, "a")))
    known = {**LINKS, "pkg.Block": "https://example.org/"}
    assert [url for url, _ in links(scene(around), known)] == ["https://example.org/", URL]


def test_links_run_no_script() -> None:
    assert not links(small(), {"torch.nn.Conv2d": " JavaScript:x"})


def test_title_and_description() -> None:
    about = PdfReader(io.BytesIO(pdf(small()))).metadata
    assert (about.title, about.subject) == ("SmallNet", "2 layers, 1,234 parameters")
    assert about.creator == "sphinx_visualtorch"
    assert not about.author


@pytest.mark.parametrize("words", ["", "   ", "e\u0301", "層😀", "\x00\ud800", "\u202e", "(\\)"])
def test_any_text_can_be_painted(words: str) -> None:
    drawing = scene(text(10, 30, words), title=words, description=words)
    assert page(replace(drawing, marks=(*drawing.marks, text(9, 9, "a")))).extract_text()


def test_what_is_nothing_leaves_nothing() -> None:
    marks = (
        Path(segments=(("M", 0, 0),), stroke="ink"),
        Path(segments=(), stroke="ink"),
        box(0, 0, 9, 9, stroke="ink", width=0),
        Group(marks=(), opacity=0.5),
    )
    names = {name for name, _ in steps(scene(*marks))}
    assert not names & {"S", "f", "B", "Do"}


def test_refuses_what_it_cannot_paint() -> None:
    with pytest.raises(OptionError, match="light, dark"):
        pdf(small(), theme="sepia")
    with pytest.raises(ValueError, match="colour slot 'pink'"):
        pdf(scene(box(0, 0, 1, 1, fill="pink")))


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert can_paint()
    monkeypatch.setattr(sys, "path", [])
    for name in [name for name in sys.modules if name.partition(".")[0] == "reportlab"]:
        monkeypatch.delitem(sys.modules, name)
    assert not can_paint()
    with pytest.raises(PdfMissingError, match=r"sphinx-visualtorch\[pdf\]"):
        pdf(small())
