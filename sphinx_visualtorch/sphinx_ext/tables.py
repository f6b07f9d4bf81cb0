"""The layer table: a table of docutils', so that every builder and reader knows what it is.

Where there is nothing but letters, each layer is one line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from docutils import nodes

if TYPE_CHECKING:
    from sphinx_visualtorch.table import LayerTable, Row

__all__ = ["lines_node", "table_node"]

_HEADS = ("Layer", "Type", "Output", "Parameters", "FLOPs")
_NUMBERS = 3  # the columns from this one on are numbers


def table_node(found: LayerTable, links: Mapping[str, str]) -> nodes.table:
    """Return the rows of *found* with a line of totals; *links* are addresses by import path."""
    head = nodes.thead("", _row(map(_words, _HEADS)))
    rows = [_row(_cells(row, links)) for row in found.rows]
    *_, totals = texts = _texts(found)
    body = nodes.tbody("", *rows, _row(map(_words, totals)))
    columns = [nodes.colspec(colwidth=width) for width in _widths(texts)]
    group = nodes.tgroup("", *columns, head, body, cols=len(columns))
    # what is in it is made of code: nobody translates it, and its quotes stay as they are
    return nodes.table("", group, classes=["visualtorch-table"], support_smartquotes=False)


def lines_node(found: LayerTable) -> nodes.literal_block:
    """Return the rows of *found* as lines of text, in columns."""
    texts = _texts(found)
    widths = _widths(texts)
    lines = []
    for cells in texts:
        padded = [
            cell.rjust(width) if number >= _NUMBERS else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        lines.append("  ".join(padded).rstrip())
    text = "\n".join(lines)
    return nodes.literal_block(text, text, language="none", translatable=False)


def _texts(found: LayerTable) -> list[tuple[str, ...]]:
    """Return what is in the cells: the heads, a line each layer, and the totals."""
    rows = [
        (row.path, row.kind, row.output, _number(row.parameters), _number(row.flops))
        for row in found.rows
    ]
    totals = ("Total", found.name, "", _number(found.parameters), _number(found.flops))
    return [_HEADS, *rows, totals]


def _widths(texts: Sequence[tuple[str, ...]]) -> list[int]:
    return [max(map(len, column)) for column in zip(*texts, strict=True)]


def _row(cells: Iterable[Sequence[nodes.Node]]) -> nodes.row:
    entries = []
    for number, cell in enumerate(cells):
        classes = ["vt-number"] if number >= _NUMBERS else []
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
        _words(_number(row.parameters)),
        _words(_number(row.flops)),
    ]


def _number(count: int) -> str:
    """Return a number with thin groups of three, nothing for none."""
    return f"{count:,}" if count else ""


def _words(text: str) -> list[nodes.Node]:
    return [nodes.paragraph("", text, translatable=False)] if text else []
