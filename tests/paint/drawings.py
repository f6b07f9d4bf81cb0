"""Scenes for the painters' tests.

``python tests/paint/drawings.py`` writes the snapshots anew; look at them before you commit.
"""

from __future__ import annotations

from pathlib import Path as File

from sphinx_visualtorch.fonts import text_width
from sphinx_visualtorch.paint.svg import svg
from sphinx_visualtorch.scene import Colour, Group, Mark, Path, Scene, Segment, Text

HERE = File(__file__).parent
LINKS = {"torch.nn.Conv2d": "https://docs.pytorch.org/docs/stable/?a=1&b=2#torch.nn.Conv2d"}

COLOURS = (
    Colour(slot="ink", light="#1f2933", dark="#e6e9ee"),
    Colour(slot="box", light="#f5d99f", dark="#775810"),
    Colour(slot="line", light="#936600", dark="#ecb740"),
    Colour(slot="edge", light="#6b7683", dark="#9aa4b2"),
    Colour(slot="paper", light="#ffffff", dark="#16191d"),
    Colour(slot="red", light="#ff0000", dark="#ff0000"),
)


def box(left: float, top: float, right: float, bottom: float, **style: object) -> Path:
    """Return a rectangle."""
    corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    segments: list[Segment] = [("L", x, y) for x, y in corners]
    return Path(segments=(("M", left, top), *segments[1:], ("Z",)), **style)  # type: ignore[arg-type]


def text(x: float, y: float, words: str, size: float = 11, **style: object) -> Text:
    """Return a text of the width that a layout would measure."""
    width = text_width(words, size, bold=bool(style.get("bold")))
    return Text(x=x, y=y, text=words, size=size, width=width, **{"fill": "ink", **style})  # type: ignore[arg-type]


def scene(*marks: Mark, width: float = 100, height: float = 60, **more: object) -> Scene:
    """Return a scene of *marks* in the colours above."""
    return Scene(width=width, height=height, marks=marks, colours=COLOURS, **more)  # type: ignore[arg-type]


def node(left: float, name: str) -> Group:
    """Return a box with a name and a fact."""
    return Group(
        role="node",
        data=(("path", f"features.{name}"), ("kind", "Conv2d")),
        tooltip=f"features.{name}\n64 × 56 × 56",
        link="torch.nn.Conv2d",
        opacity=0.9,
        marks=(
            box(left, 10, left + 50, 40, fill="box", stroke="line", width=1.1),
            text(left + 25, 23, name, bold=True, anchor="middle"),
            text(left + 25, 34.5, "3×3, 64", 9.5, anchor="middle"),
        ),
    )


def small() -> Scene:
    """Return a scene with one of everything."""
    edge = Path(
        segments=(
            ("M", 60, 25),
            ("L", 70, 25),
            ("Q", 75, 25, 75, 30),
            ("C", 75, 40, 80, 25, 90, 25),
        ),
        stroke="edge",
        width=1.3,
        dash=(2.5, 2.5),
        opacity=0.8,
        role="edge",
        data=(("source", "features.a"), ("target", "features.b")),
    )
    rails = [
        Path(segments=(("M", 10, y), ("L", 140, y)), stroke="edge", width=0.7) for y in (46, 48, 50)
    ]
    return scene(
        node(10, "a"),
        edge,
        node(90, "b"),
        *rails,
        text(6, 25, "56²", 9.5, anchor="middle", rotate=-90),
        width=150,
        height=56.5,
        title="SmallNet",
        description="2 layers, 1,234 parameters",
        data=(("model", "pkg.models:SmallNet"),),
        background="paper",
    )


SNAPSHOTS = {
    "small.svg": lambda: svg(small()),
    "small-dark.svg": lambda: svg(small(), theme="dark"),
    "small-inline.svg": lambda: svg(small(), inline=True, prefix="f1-", links=LINKS),
}

if __name__ == "__main__":
    for name, paint in SNAPSHOTS.items():
        (HERE / name).write_text(paint(), encoding="utf-8")
