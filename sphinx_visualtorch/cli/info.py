"""``info``: the layers of a model and its totals, for people or as JSON."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import click

from sphinx_visualtorch.cli.models import Ways, graph_of, limit_params, model_params, reference_of
from sphinx_visualtorch.cli.params import Listed, Sectioned

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sphinx_visualtorch.graph import ArchitectureGraph, Node, TensorSpec
    from sphinx_visualtorch.reference import Reference

__all__ = ["info"]

SCHEMA = 1
"""The version of the JSON's form: a field may be added to it, but none changes its meaning."""


def _rows(graph: ArchitectureGraph, depth: int | None) -> ArchitectureGraph:
    """Return *graph* with what is deeper than *depth* as one row each."""
    if depth is None:
        return graph
    from sphinx_visualtorch.options import make_options
    from sphinx_visualtorch.transforms.prepare import prepare

    plain = {"depth": depth, "fold": False, "merge": False, "detail": "none", "budget": 1_000_000}
    return prepare(graph, "graph", make_options("graph", plain)).graph


def _spec(spec: TensorSpec) -> dict[str, Any]:
    return {"dtype": spec.dtype, "shape": list(spec.shape)}


def _layer(node: Node) -> dict[str, Any]:
    return {
        "path": node.path or node.name,
        "kind": node.kind,
        "op": node.op,
        "role": node.role,
        "target": node.target,
        "attributes": dict(node.attributes),
        "inputs": [_spec(spec) for spec in node.inputs],
        "outputs": [_spec(spec) for spec in node.outputs],
        "calls": node.calls,
        "parameters": node.parameters,
        "trainable": node.trainable,
        "buffers": node.buffers,
        "flops": node.flops,
        "activation_bytes": node.activation_bytes,
    }


def _totals(graph: ArchitectureGraph) -> dict[str, int]:
    return {
        "calls": graph.calls,
        "parameters": graph.parameters,
        "trainable": graph.trainable,
        "buffers": graph.buffers,
        "flops": graph.flops,
        "activation_bytes": graph.activation_bytes,
    }


def _in_and_out(graph: ArchitectureGraph) -> tuple[list[Node], list[Node]]:
    """Return the inputs, and the calls whose tensors the model returns, all or some of them."""
    inputs = [node for node in graph.nodes if node.op == "input"]
    return inputs, [graph.by_id[name] for name in graph.outputs]


def _data(reference: Reference, graph: ArchitectureGraph, depth: int | None) -> dict[str, Any]:
    from sphinx_visualtorch.graph import SOURCES

    inputs, outputs = _in_and_out(graph)
    rows = _rows(graph, depth)
    return {
        "schema": SCHEMA,
        "reference": dataclasses.asdict(reference),
        "model": graph.name,
        "digest": graph.digest,
        "totals": _totals(graph),
        "inputs": [{"name": node.name, **_spec(spec)} for node in inputs for spec in node.outputs],
        "outputs": [_spec(spec) for node in outputs for spec in node.outputs],
        "layers": [_layer(node) for node in rows.nodes if node.op not in SOURCES],
        "unused": list(graph.unused),
        "notes": list(graph.notes),
    }


_UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB")


def _size(count: float) -> str:
    power = 0
    while count >= 999.5 and power < len(_UNITS) - 1:
        count, power = count / 1000, power + 1
    return f"{count:.3g} {_UNITS[power]}"


def _specs(specs: Iterable[TensorSpec]) -> str:
    shown = [f"{spec.dtype} {'×'.join(map(str, spec.shape)) or 'scalar'}" for spec in specs]
    return ", ".join(shown)


def _facts(graph: ArchitectureGraph) -> list[tuple[str, str]]:
    inputs, outputs = _in_and_out(graph)
    facts = [
        ("Inputs", _specs(spec for node in inputs for spec in node.outputs)),
        ("Outputs", _specs(spec for node in outputs for spec in node.outputs)),
        ("Layer calls", f"{graph.calls:,}"),
        ("Parameters", f"{graph.parameters:,} ({graph.trainable:,} trained)"),
        ("Buffers", f"{graph.buffers:,}"),
        ("FLOPs", f"{graph.flops:,} ({graph.multiply_adds:,} multiply-adds)"),
        ("Activations", _size(graph.activation_bytes)),
        ("Never called", ", ".join(graph.unused)),
        *(("Note", text) for text in graph.notes),
    ]
    return [(name, text) for name, text in facts if text]


def _print(graph: ArchitectureGraph, depth: int | None) -> None:
    from sphinx_visualtorch.options import make_options
    from sphinx_visualtorch.table import layer_table, lines

    shown = layer_table(_rows(graph, depth), "graph", make_options("graph", {}), whole=True)
    heads, *rows, totals = lines(dataclasses.replace(shown, name=graph.name))
    rule = "─" * max(map(len, (heads, *rows, totals)))
    facts = _facts(graph)
    wide = max(len(name) for name, _ in facts)
    told = [f"{name.ljust(wide)}  {text}" for name, text in facts]
    click.echo("\n".join([heads, rule, *rows, rule, totals, "", *told]))


def _info(**given: Any) -> None:
    reference = reference_of(given)
    graph = graph_of(reference, Ways.of(given))
    if given["as_json"]:
        click.echo(json.dumps(_data(reference, graph, given["depth"]), indent=2))
    else:
        _print(graph, given["depth"])


_HELP = """Print each layer that REFERENCE's model calls, with output shape, parameters and FLOPs.

Below the table stand the totals of one forward pass.
"""

info = Listed(
    "info",
    callback=_info,
    help=_HELP,
    short_help="Print a model's layers and totals.",
    params=[
        *model_params(),
        Sectioned(
            ["--depth"],
            type=click.IntRange(min=0),
            help="How many levels of modules are opened; deeper ones are one row [all].",
            section="Table",
        ),
        Sectioned(
            ["--json", "as_json"], is_flag=True, help="Print JSON for programs.", section="Table"
        ),
        *limit_params(),
    ],
)
