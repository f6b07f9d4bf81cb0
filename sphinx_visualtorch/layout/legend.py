"""The legend: a swatch and a word for each role that occurs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from sphinx_visualtorch.graph import Node
from sphinx_visualtorch.layout.pen import Pen, is_glyph, rounded
from sphinx_visualtorch.layout.words import role_words
from sphinx_visualtorch.rules import Rule
from sphinx_visualtorch.scene import Group, Mark, Path
from sphinx_visualtorch.theme import ROLES

__all__ = ["legend"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """A swatch with the slots *fill* and *line*, and its *words*."""

    fill: str
    line: str
    words: str


def _entries(nodes: Iterable[Node], pen: Pen) -> list[_Entry]:
    """Return the roles that are drawn in the order of ROLES, then classes, then rules."""
    found: dict[str, _Entry] = {}
    for node in nodes:
        if is_glyph(node) or node.op in ("parameter", "constant"):
            continue
        for item in node.parts or (node,):
            if not pen.look(item).fill:
                fill = pen.shade(item, "front", ruled=False)
                name = fill.rpartition(".")[0]
                words = role_words(name) if name in ROLES else name.rpartition(".")[2]
                line = pen.shade(item, "line", ruled=False)
                found[fill] = _Entry(fill=fill, line=line, words=words)
    order = {name: index for index, name in enumerate(ROLES)}

    def position(entry: _Entry) -> tuple[int, str]:
        return order.get(entry.fill.rpartition(".")[0], len(order)), entry.words

    rules = (_rule_entry(rule, pen) for rule in pen.options.style_rules if rule in pen.keys)
    return [*sorted(found.values(), key=position), *rules]


def _rule_entry(rule: Rule, pen: Pen) -> _Entry:
    """Return what an author's rule means; one that has only an outline leaves the swatch white."""
    pair = f"{rule.fill}/{rule.outline}"
    line = f"{pair}.line" if rule.outline or rule.fill != "none" else "frameline"
    fill = f"{pair}.fill" if rule.fill else "paper"
    words = rule.label or rule.selector
    return _Entry(fill=pen.slot(fill), line=pen.slot(line), words=words)


def legend(nodes: Iterable[Node], pen: Pen, room: float) -> tuple[list[Mark], float, float]:
    """Return the legend's marks with its top left corner at (0, 0), its width and height."""
    rows = _rows(pen, _entries(nodes, pen), room)
    position = pen.options.legend_position
    widths = [sum(width for _, width in row) + 22 * (len(row) - 1) for row in rows]
    total = max(widths, default=0.0)
    marks: list[Mark] = []
    for number, (row, width) in enumerate(zip(rows, widths, strict=True)):
        x = 0.0
        if position.endswith("right"):
            x = total - width
        elif not position.endswith("left"):
            x = (total - width) / 2
        y = number * 18.0
        for entry, step in row:
            box = rounded(x, y + 2, 10, 10, 2.5)
            text = pen.text((x + 15, y + 10.5), entry.words, fact=True, anchor="start", fill="ink")
            swatch = Path(segments=box, fill=entry.fill, stroke=entry.line, width=0.9)
            marks.append(Group(marks=(swatch, text)))
            x += step + 22
    return marks, total, len(rows) * 18.0 - 4


def _rows(pen: Pen, entries: Iterable[_Entry], room: float) -> list[list[tuple[_Entry, float]]]:
    """Return the rows of a legend: entries with their widths, as many a row as fit *room*."""
    rows: list[list[tuple[_Entry, float]]] = [[]]
    used = 0.0
    for entry in entries:
        words = pen.short(entry.words, room - 20, fact=True)
        width = 16 + pen.width(words, fact=True)
        if rows[-1] and used + 22 + width > room:
            rows.append([])
            used = 0.0
        used += width + (22 if rows[-1] else 0)
        rows[-1].append((replace(entry, words=words), width))
    return rows
