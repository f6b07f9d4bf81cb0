"""The layers of a model as rows: what a figure shows, for readers who cannot see it.

Nothing is drawn for it: a table costs no more than choosing the boxes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sphinx_visualtorch.graph import SOURCES, ArchitectureGraph, Node
from sphinx_visualtorch.layout.words import TIMES, contents, repeat_text
from sphinx_visualtorch.options import StyleOptions
from sphinx_visualtorch.transforms.prepare import prepare

__all__ = [
    "HEADS",
    "NUMBERS",
    "LayerTable",
    "Row",
    "layer_table",
    "lines",
    "number",
    "texts",
    "widths",
]

HEADS = ("Layer", "Type", "Output", "Parameters", "FLOPs")
NUMBERS = 3
"""The columns from this one on are numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A layer, or a block that is one box.

    path
        From the model: ``layer1.0.conv1``; that of an input is its name.
    kind
        The class or function, those merged into it, and how often: ``Conv2d + ReLU``,
        ``Bottleneck × 3``.
    output
        The shape of its first output, the batch included: ``1×64×56×56``; empty without one.
    parameters, flops
        Of all that is in it.
    target
        The public import path of its class, empty if there is none.
    """

    path: str
    kind: str
    output: str
    parameters: int
    flops: int
    target: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerTable:
    """The rows in the order of execution, and the model's own totals.

    A parameter that several layers share is in the row of each, and once in the total.
    """

    name: str
    rows: tuple[Row, ...]
    parameters: int
    flops: int


def layer_table(
    graph: ArchitectureGraph, style: str, options: StyleOptions, *, whole: bool = False
) -> LayerTable:
    """Return the boxes that a figure of *graph* shows at most, or with *whole* each single call.

    :raises OptionError: if *options* name a module that there is not.
    """
    shown = graph if whole else prepare(graph, style, options).graph
    rows = tuple(_row(node) for node in shown.nodes if node.op not in SOURCES or node.op == "input")
    return LayerTable(name=graph.name, rows=rows, parameters=graph.parameters, flops=graph.flops)


def _row(node: Node) -> Row:
    shape = node.outputs[0].shape if node.outputs else None
    return Row(
        path=node.path or node.name,
        kind=_kind(node),
        output="" if shape is None else TIMES.join(map(str, shape)) or "scalar",
        parameters=node.parameters,
        flops=node.flops,
        target=node.target,
    )


def _kind(node: Node) -> str:
    if node.op == "scope":
        return contents(node) or node.kind
    kinds = " + ".join(part.kind for part in node.parts) or node.kind
    return f"{kinds} {repeat_text(node)}".rstrip()


def texts(found: LayerTable) -> list[tuple[str, ...]]:
    """Return what is in the cells: the heads, a line each layer, and the totals."""
    rows = [
        (row.path, row.kind, row.output, number(row.parameters), number(row.flops))
        for row in found.rows
    ]
    totals = ("Total", found.name, "", number(found.parameters), number(found.flops))
    return [HEADS, *rows, totals]


def widths(cells: Sequence[tuple[str, ...]]) -> list[int]:
    """Return the letters of the longest text of each column."""
    return [max(map(len, column)) for column in zip(*cells, strict=True)]


def lines(found: LayerTable) -> list[str]:
    """Return the rows of *found* as lines of text, in columns."""
    cells = texts(found)
    sizes = widths(cells)
    padded = (
        [
            cell.rjust(size) if column >= NUMBERS else cell.ljust(size)
            for column, (cell, size) in enumerate(zip(row, sizes, strict=True))
        ]
        for row in cells
    )
    return ["  ".join(row).rstrip() for row in padded]


def number(count: int) -> str:
    """Return a number with groups of three, nothing for none."""
    return f"{count:,}" if count else ""
