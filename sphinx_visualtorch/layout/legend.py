"""The legend: a swatch and a word for each role that occurs."""

from __future__ import annotations

from collections.abc import Iterable

from sphinx_visualtorch.graph import Node
from sphinx_visualtorch.layout.pen import Pen, is_glyph, rounded
from sphinx_visualtorch.layout.words import role_words
from sphinx_visualtorch.scene import Group, Mark, Path
from sphinx_visualtorch.theme import ROLES

__all__ = ["legend"]


def _entries(nodes: Iterable[Node], pen: Pen) -> list[tuple[str, str]]:
    """Return (slot, words) for each role that is drawn, in the order of ROLES, then classes."""
    found: dict[str, str] = {}
    for node in nodes:
        if is_glyph(node) or node.op in ("parameter", "constant"):
            continue
        for item in node.parts or (node,):
            slot = pen.shade(item, "front")
            name = slot.rpartition(".")[0]
            found[slot] = role_words(name) if name in ROLES else name.rpartition(".")[2]
    order = {name: index for index, name in enumerate(ROLES)}

    def position(entry: tuple[str, str]) -> tuple[int, str]:
        return order.get(entry[0].rpartition(".")[0], len(order)), entry[1]

    return sorted(found.items(), key=position)


def legend(nodes: Iterable[Node], pen: Pen, room: float) -> tuple[list[Mark], float, float]:
    """Return the legend's marks with its top left corner at (0, 0), its width and height."""
    rows = _rows(pen, _entries(nodes, pen), room)
    position = pen.options.legend_position
    widths = [sum(width for _, _, width in row) + 22 * (len(row) - 1) for row in rows]
    total = max(widths, default=0.0)
    marks: list[Mark] = []
    for number, (row, width) in enumerate(zip(rows, widths, strict=True)):
        x = 0.0
        if position.endswith("right"):
            x = total - width
        elif not position.endswith("left"):
            x = (total - width) / 2
        y = number * 18.0
        for slot, words, step in row:
            line = pen.slot(slot.rpartition(".")[0] + ".line")
            box = rounded(x, y + 2, 10, 10, 2.5)
            text = pen.text((x + 15, y + 10.5), words, fact=True, anchor="start", fill="ink")
            swatch = Path(segments=box, fill=slot, stroke=line, width=0.9)
            marks.append(Group(marks=(swatch, text)))
            x += step + 22
    return marks, total, len(rows) * 18.0 - 4


def _rows(
    pen: Pen, entries: Iterable[tuple[str, str]], room: float
) -> list[list[tuple[str, str, float]]]:
    """Return the rows of a legend: (slot, words, width) each, as many a row as fit *room*."""
    rows: list[list[tuple[str, str, float]]] = [[]]
    used = 0.0
    for slot, whole in entries:
        words = pen.short(whole, room - 20, fact=True)
        width = 16 + pen.width(words, fact=True)
        if rows[-1] and used + 22 + width > room:
            rows.append([])
            used = 0.0
        used += width + (22 if rows[-1] else 0)
        rows[-1].append((slot, words, width))
    return rows
