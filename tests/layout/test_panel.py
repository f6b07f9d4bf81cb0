"""The panel with the inside of a block: what it shows, and that it counts nothing twice."""

import pytest
from geometry import groups
from sketch import residual

from sphinx_visualtorch.options import STYLES, make_options
from sphinx_visualtorch.pipeline import figure
from sphinx_visualtorch.scene import Group, Path, Text, walk


def drawn(style: str, **options: object):
    return figure(residual(3, stages=4), style, make_options(style, options)).scene


@pytest.mark.parametrize("style", STYLES)
def test_what_is_shown_again_has_names_and_no_counts(style: str) -> None:
    scene = drawn(style, detail="layer0.0")
    (panel,) = groups(scene, "detail")
    inner = [mark for mark in walk(panel.marks) if isinstance(mark, Group)]
    boxes = [dict(group.data) for group in inner if group.role == "inner-node"]
    assert {"layer0.0.conv", "layer0.0.add"} <= {box["path"] for box in boxes}
    assert not {"calls", "params", "flops"} & {name for box in boxes for name in box}
    assert [dict(group.data) for group in inner if group.role == "inner-scope"] == [
        {"path": "layer0.0", "kind": "Block"}
    ]
    ends = [
        (dict(mark.data)["source"], dict(mark.data)["target"])
        for mark in walk(panel.marks)
        if isinstance(mark, Path) and mark.role == "inner-edge"
    ]
    assert ("layer0.0.conv", "layer0.0.add") in ends
    assert not [group for group in inner if group.role in ("node", "scope")]
    calls = sum(int(dict(box.data)["calls"]) for box in groups(scene, "node"))
    assert calls == residual(3, stages=4).calls


def test_a_pale_box_has_words_that_can_be_read() -> None:
    for box in groups(drawn("graph", opacity=90), "node"):
        assert box.opacity == 1
        pale = [mark for mark in box.marks if isinstance(mark, Group)]
        for group in pale:
            assert group.opacity == pytest.approx(90 / 255)
            assert not any(isinstance(mark, Text) for mark in walk(group.marks))
