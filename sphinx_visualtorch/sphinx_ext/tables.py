"""The layer table: a table of docutils', so that every builder and reader knows what it is.

Where there is nothing but letters, each layer is one line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from docutils import nodes

from sphinx_visualtorch.table import HEADS, NUMBERS, lines, number, texts, widths

if TYPE_CHECKING:
    from sphinx_visualtorch.table import LayerTable, Row

__all__ = ["framed", "lines_node", "table_node"]


def table_node(found: LayerTable, links: Mapping[str, str]) -> nodes.table:
    """Return the rows of *found* with a line of totals; *links* are addresses by import path."""
    *_, totals = cells = texts(found)
    rows = [_row(_cells(row, links)) for row in found.rows]
    return framed(_row(map(_words, HEADS)), [*rows, _row(map(_words, totals))], widths(cells))


def framed(head: nodes.row, rows: Iterable[nodes.row], letters: Iterable[int]) -> nodes.table:
    """Return a table; *letters* are the widths of its columns."""
    columns = [nodes.colspec(colwidth=width) for width in letters]
    body = nodes.tbody("", *rows)
    group = nodes.tgroup("", *columns, nodes.thead("", head), body, cols=len(columns))
    # what is in it is made of code: nobody translates it, and its quotes stay as they are
    return nodes.table("", group, classes=["visualtorch-table"], support_smartquotes=False)


def lines_node(found: LayerTable) -> nodes.literal_block:
    """Return the rows of *found* as lines of text, in columns."""
    text = "\n".join(lines(found))
    return nodes.literal_block(text, text, language="none", translatable=False)


def _row(cells: Iterable[Sequence[nodes.Node]]) -> nodes.row:
    entries = []
    for column, cell in enumerate(cells):
        classes = ["vt-number"] if column >= NUMBERS else []
        entries.append(nodes.entry("", *cell, classes=classes))
    return nodes.row("", *entries)


def _cells(row: Row, links: Mapping[str, str]) -> list[list[nodes.Node]]:
    address = links.get(row.target)
    kind = _words(row.kind)
    if address is not None:
        link = nodes.reference("", row.kind, refuri=address, internal="://" not in address)
        kind = [nodes.paragraph("", "", link, translatable=False)]
    path = nodes.paragraph("", "", nodes.literal("", row.path), translatable=False)
    return [
        [path],
        kind,
        _words(row.output),
        _words(number(row.parameters)),
        _words(number(row.flops)),
    ]


def _words(text: str) -> list[nodes.Node]:
    return [nodes.paragraph("", text, translatable=False)] if text else []
