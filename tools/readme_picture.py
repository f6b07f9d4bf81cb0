# ruff: noqa: INP001 - a script, no package
"""Draw what README opens with: three figures of the show-case, for light and for dark pages.

It needs no torch, for the graphs are those of the manual's store::

    python tools/readme_picture.py
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path

from sphinx_visualtorch import draw
from sphinx_visualtorch.graph import ArchitectureGraph
from sphinx_visualtorch.paint.svg import svg
from sphinx_visualtorch.scene import Mark, Scene, moved

DOCS = Path(__file__).resolve().parent.parent / "example_docs"
TARGET = DOCS / "_static"
WIDTH = 830.0  # px: the column of a README on GitHub
GAP = 28.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One of the figures: the *model* of the show-case in a *style*, at most *width* px wide."""

    model: str
    style: str
    width: float

    def scene(self) -> Scene:
        """Return the drawing."""
        (path,) = (DOCS / "_visualtorch").glob(f"architectures.{self.model}-*.json")
        stored = json.loads(path.read_text(encoding="utf-8"))
        graph = ArchitectureGraph.from_data(stored["graph"])
        return draw(graph, self.style, max_width=self.width).scene


ROWS = (
    (Piece(model="resnet.resnet50", style="layered", width=WIDTH),),
    (
        Piece(model="vit.vit_b_16", style="graph", width=380.0),
        Piece(model="unet.UNet", style="layered", width=WIDTH - 380.0 - GAP),
    ),
)


@dataclass(slots=True)
class Sheet:
    """The picture in the making."""

    height: float = 0.0
    marks: list[Mark] = field(default_factory=list)

    def add(self, scenes: list[Scene]) -> None:
        """Put a row of figures below what is there, in the middle."""
        gaps = len(scenes) + 1
        free = (WIDTH - sum(scene.width for scene in scenes)) / gaps
        high = max(scene.height for scene in scenes)
        x = free
        for scene in scenes:
            self.marks += moved(scene.marks, x, self.height + (high - scene.height) / 2)
            x += scene.width + free
        self.height += high + GAP


def picture() -> Scene:
    """Return the three figures as one drawing."""
    sheet = Sheet()
    rows = [[piece.scene() for piece in row] for row in ROWS]
    for row in rows:
        sheet.add(row)
    scenes = [scene for row in rows for scene in row]
    colours = {colour.slot: colour for scene in scenes for colour in scene.colours}
    return replace(
        scenes[0],
        width=WIDTH,
        height=sheet.height - GAP,
        marks=tuple(sheet.marks),
        colours=tuple(colours.values()),
        title="ResNet-50, ViT-B/16 and U-Net",
        description=" ".join(scene.description for scene in scenes),
        data=(),
    )


def main() -> None:
    """Write the two files."""
    TARGET.mkdir(exist_ok=True)
    scene = picture()
    for theme in ("light", "dark"):
        text = svg(scene, theme=theme, embed_fonts=True)
        (TARGET / f"readme-{theme}.svg").write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
