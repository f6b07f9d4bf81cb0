"""A drawing from top to bottom: placed as if it lay on its side, and stood upright afterwards.

The placement knows one direction, to the right.  What is to run downwards is handed to it with
the sides of each box exchanged, and all that comes back has x and y exchanged once more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sphinx_visualtorch.layout.diagram import Block, Box

__all__ = ["turned", "upright"]


def turned(box: Box) -> Box:
    """Return a box on its side: wires run down its middle, from its top to its bottom."""
    if box.radius:
        return box
    middle = (box.width - box.outlet) / 2
    return replace(
        box,
        width=box.above + box.below,
        above=middle,
        below=box.width - middle,
        inlet=0.0,
        outlet=0.0,
    )


def upright(block: Block, boxes: Mapping[str, Box]) -> Block:
    """Return a placed drawing with x and y exchanged; *boxes* are those that were not turned."""
    corners = {}
    lanes = {}
    for name, (top, middle) in block.boxes.items():
        box = boxes[name]
        half = box.radius or (box.width - box.outlet) / 2
        line = top + (box.radius or box.above)
        corners[name] = (middle - half, line)
        lanes[name] = (line - box.above, line + box.below)
    return Block(
        id=block.id,
        rows=block.rows,
        returns=block.returns,
        width=block.height,
        height=block.width,
        boxes=corners,
        lanes=lanes,
        frames={
            name: (top, left, height, width)
            for name, (left, top, width, height) in block.frames.items()
        },
        wires={link: tuple((y, x) for x, y in points) for link, points in block.wires.items()},
        ins=block.ins,
        outs=block.outs,
    )
