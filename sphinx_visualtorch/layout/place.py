"""Place a frame: cells into columns, lanes and rows, and every wire along them.

The one algorithm behind all styles.  Inner frames are placed first and are then cells like any
other.  Wires run straight on lanes, change lanes only in the gaps between columns, and go on in
the next row along the margins; all three are free of cells, so no wire crosses a cell.
"""

from __future__ import annotations

from sphinx_visualtorch.layout.diagram import STACK, Block, Frame, Spacing
from sphinx_visualtorch.layout.grid import Grid, grid

__all__ = ["embed", "place"]


def place(frame: Frame, room: float, spacing: Spacing) -> Block:
    """Return where everything in *frame* stands, in rows of at most *room* px."""
    placed = grid(frame, room, spacing, lambda inner, inside: place(inner, inside, spacing))
    block = _block(placed)
    for item in frame.items:
        number = placed.contents.numbers[item.id]
        cell = placed.contents.cells[number]
        x, line = placed.spot(number)
        if cell.block is None:
            block.boxes[item.id] = (x, line)
            block.lanes[item.id] = placed.heights.extent[placed.place(number)]
        else:
            behind = STACK if isinstance(item, Frame) and item.stacked else 0.0
            right, down = (behind, 0.0) if frame.turned else (0.0, behind)
            embed(block, cell.block, x + right, line - cell.above + down)
    for link, tie in zip(frame.links, placed.contents.ties, strict=True):
        block.wires[link.key, frame.id, link.source, link.target] = placed.route(tie)
    return block


def _block(placed: Grid) -> Block:
    """Return the block of a grid, with its size and its ways in and out."""
    contents, rows = placed.contents, placed.rows
    inner = [cell.block for cell in contents.cells if cell.block]
    returns = sum(len(keys) - 1 for keys in rows.returns.entering.values())
    return Block(
        id=placed.frame.id,
        width=rows.width,
        height=placed.heights.height,
        rows=sum(block.rows for block in inner) + len(rows.bounds),
        returns=sum(block.returns for block in inner) + returns,
        ins={key: placed.spot(number)[1] for key, number in contents.first.items()},
        outs={key: placed.spot(number)[1] for key, number in contents.last.items()},
    )


def embed(block: Block, inner: Block, x: float, y: float) -> None:
    """Put what a placed frame holds into *block*, its top left corner at (*x*, *y*)."""
    block.frames[inner.id] = (x, y, inner.width, inner.height)
    for name, (left, line) in inner.boxes.items():
        block.boxes[name] = (left + x, line + y)
    for name, (ceiling, floor) in inner.lanes.items():
        block.lanes[name] = (ceiling + y, floor + y)
    for name, (left, top, width, height) in inner.frames.items():
        block.frames[name] = (left + x, top + y, width, height)
    for link, points in inner.wires.items():
        block.wires[link] = tuple((px + x, py + y) for px, py in points)
