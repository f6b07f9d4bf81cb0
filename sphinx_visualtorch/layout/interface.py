"""What a figure tells besides what is drawn: tooltips, data attributes, its alternative text."""

from __future__ import annotations

import json

from sphinx_visualtorch.errors import printable
from sphinx_visualtorch.graph import ArchitectureGraph, Node, Scope, TensorSpec
from sphinx_visualtorch.layout.words import (
    TIMES,
    contents,
    count_text,
    flops_text,
    kernel_text,
    repeat_text,
)

__all__ = ["alt_text", "figure_data", "node_data", "scope_data", "tooltip"]


def _specs_text(specs: tuple[TensorSpec, ...]) -> str:
    shown = [f"{TIMES.join(map(str, spec.shape)) or 'scalar'} {spec.dtype}" for spec in specs[:4]]
    return ", ".join(shown) + (", …" if len(specs) > 4 else "")


def tooltip(node: Node) -> str:
    """Return what is shown on hover: path, class and arguments, tensors, what it costs."""
    arguments = ", ".join(
        value if name.isdecimal() else f"{name}={value}"
        for name, value in node.attributes
        if name != "contains"
    )
    first = f"{node.path or node.name}: {node.kind}"
    if node.op in ("module", "function") and arguments:
        first += f"({arguments})"
    lines = [f"{first} {repeat_text(node)}".rstrip()]
    lines += _inside(node)
    if contents(node):
        lines.append(f"contains {contents(node)}")
    if node.inputs or node.outputs:
        lines.append(f"{_specs_text(node.inputs) or 'nothing'} → {_specs_text(node.outputs)}")
    if costs := _costs(node):
        lines.append(costs)
    return "\n".join(lines)


def _inside(node: Node) -> list[str]:
    """Return a line for each layer in a box: ``2. bn1: BatchNorm2d, 128 parameters``."""
    lines = []
    # where a box stands for several blocks, its totals are those of all, and its parts' of one
    each = " each" if node.calls > sum(part.calls for part in node.parts) else ""
    for number, part in enumerate(node.parts, 1):
        name = part.path.removeprefix(f"{node.path if node.op == 'scope' else node.scope}.")
        line = f"{number}. {name}: {part.kind} {kernel_text(part)}".rstrip()
        if part.parameters:
            line += f", {count_text(part.parameters)} parameters{each}"
        lines.append(line)
    return lines


def _costs(node: Node) -> str:
    parts = []
    if node.parameters:
        fixed = " frozen" if node.frozen == node.parameters else ""
        parts.append(f"{count_text(node.parameters)}{fixed} parameters")
        if 0 < node.frozen < node.parameters:
            parts[-1] += f" ({count_text(node.frozen)} frozen)"
    if node.flops:
        parts.append(flops_text(node.flops))
    return ", ".join(parts)


def node_data(node: Node) -> tuple[tuple[str, str], ...]:
    """Return the open interface of a box: path, kind, id, calls, parameters and FLOPs.

    ``data-parts`` is JSON: path, kind, calls and parameters of each layer in it.
    """
    pairs = [
        ("path", node.path or node.name),
        ("kind", node.kind),
        ("calls", str(node.calls)),
        ("params", str(node.parameters)),
        ("flops", str(node.flops)),
    ]
    if node.id != (node.path or node.name):
        pairs.append(("id", node.id))
    if node.repeat > 1:
        pairs.append(("repeat", str(node.repeat)))
    if node.parts:
        parts = [[part.path, part.kind, part.calls, part.parameters] for part in node.parts]
        pairs.append(("parts", json.dumps(parts, separators=(",", ":"), ensure_ascii=False)))
    return tuple(pairs)


def scope_data(scope: Scope) -> tuple[tuple[str, str], ...]:
    """Return the open interface of a frame; it carries no counts."""
    pairs = [("path", scope.path), ("kind", scope.kind)]
    if scope.repeat > 1:
        pairs.append(("repeat", str(scope.repeat)))
    return tuple(pairs)


def figure_data(graph: ArchitectureGraph, style: str, digest: str) -> tuple[tuple[str, str], ...]:
    """Return the open interface of a whole figure; *digest* is that of the traced graph."""
    return (
        ("model", graph.name),
        ("style", style),
        ("digest", digest),
        ("params", str(graph.parameters)),
        ("flops", str(graph.flops)),
    )


def alt_text(graph: ArchitectureGraph) -> str:
    """Return a sentence for readers who cannot see the figure."""
    layers = graph.calls
    given = [node for node in graph.nodes if node.op == "input" and node.outputs]
    inputs = [
        # "input input" would say it twice
        f"{'' if node.name == 'input' and len(given) == 1 else node.name} "
        f"{TIMES.join(map(str, node.outputs[0].shape)) or 'scalar'}".strip()
        for node in given
    ]
    text = (
        f"Architecture of {graph.name}: {layers} layer{'s' if layers != 1 else ''}, "
        f"{count_text(graph.parameters)} parameters"
    )
    if inputs:
        text += f", {'inputs' if len(inputs) > 1 else 'input'} {', '.join(inputs)}"
    # whatever a graph calls its parts, it is a line of text
    return printable("; note: ".join([text, *graph.notes]))
