"""The truth test: without memory a model is seen as it is with it, and as plain hooks see it."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from pathlib import Path

import architectures
import pytest
import torch
import zoo
from torch import nn
from tracing.flows import REFERENCES, flow, leaf_calls, leaves, traced

from sphinx_visualtorch.errors import printable
from sphinx_visualtorch.graph import ArchitectureGraph
from sphinx_visualtorch.reference import Reference
from sphinx_visualtorch.tracing.inputs import Inputs, from_function, from_shapes
from sphinx_visualtorch.tracing.ladder import Setting, run_once
from sphinx_visualtorch.tracing.resolve import find, maker
from sphinx_visualtorch.tracing.run import trace_reference
from sphinx_visualtorch.tracing.state import preserved

pytestmark = pytest.mark.torch

META, REAL = torch.device("meta"), torch.device("cpu")


def made(reference: Reference) -> nn.Module:
    found = find(reference.target)
    return copy.deepcopy(found) if isinstance(found, nn.Module) else maker(found, reference)()


def inputs(reference: Reference) -> Inputs:
    if reference.inputs:
        return from_function(find(reference.inputs), "")
    return from_shapes(reference.input_shape, reference.input_dtype)


def graph_on(reference: Reference, device: torch.device) -> ArchitectureGraph:
    with preserved():
        with device:
            model = made(reference)
        if device == META:
            model = model.to(META)
        return run_once(model, inputs(reference), Setting(name=str(reference), device=device))


@pytest.mark.parametrize("name", [name for name in REFERENCES if name not in zoo.REAL_ONLY])
def test_meta_and_real_traces_are_equal(name: str) -> None:
    meta, real = graph_on(REFERENCES[name], META), graph_on(REFERENCES[name], REAL)
    assert meta == real
    assert traced(name) == real


@pytest.mark.parametrize("name", REFERENCES)
def test_leaf_calls_and_their_shapes_are_those_that_plain_hooks_see(name: str) -> None:
    reference = REFERENCES[name]
    given = inputs(reference).on(REAL)
    model = made(reference).eval()
    with torch.no_grad():
        seen = leaf_calls(model, given.args, given.kwargs)
    graph = traced(name)
    # what no page may have is escaped in a graph
    assert leaves(graph) == [(printable(path).replace("\n", "\\n"), made) for path, made in seen]
    assert graph.calls == len(seen)


SHAPES = {
    "AlexNet": "1, 3, 224, 224",
    "densenet121": "1, 3, 224, 224",
    "GoogLeNet": "1, 3, 224, 224",
    "LeNet5": "1, 1, 32, 32",
    "mixer_s_16": "1, 3, 224, 224",
    "MobileNetV2": "1, 3, 224, 224",
    "resnet18": "1, 3, 224, 224",
    "resnet50": "1, 3, 224, 224",
    "UNet": "1, 3, 64, 64",
    "vgg16": "1, 3, 224, 224",
    "vit_b_16": "1, 3, 224, 224",
}


@pytest.mark.parametrize("name", SHAPES)
def test_real_architectures_are_whole(name: str) -> None:
    reference = Reference.parse(f"architectures:{name}", input_shape=SHAPES[name])
    graph = trace_reference(reference).graph
    with META:
        model = getattr(architectures, name)().eval()
    given = inputs(reference).on(META)
    assert graph.calls == len(leaf_calls(model, given.args, given.kwargs))
    assert graph.parameters == sum(parameter.numel() for parameter in model.parameters())
    assert graph.parameters == sum(node.parameters for node in graph.nodes)
    assert len(reachable(graph)) == len(graph.nodes)


def reachable(graph: ArchitectureGraph) -> set[str]:
    """Return what hangs together with the first node."""
    neighbours: dict[str, list[str]] = {node.id: [] for node in graph.nodes}
    for edge in graph.edges:
        neighbours[edge.source].append(edge.target)
        neighbours[edge.target].append(edge.source)
    found = {graph.nodes[0].id}
    waiting = [*found]
    while waiting:
        new = [name for name in neighbours[waiting.pop()] if name not in found]
        found.update(new)
        waiting.extend(new)
    return found


def test_a_residual_stream_is_one_edge_per_dependency() -> None:
    graph = trace_reference(
        Reference.parse("architectures:vit_b_16", input_shape="1, 3, 224, 224")
    ).graph
    norms = [node.id for node in graph.nodes if node.kind == "LayerNorm"]
    assert len(norms) == 25
    assert [len(graph.incoming[name]) for name in norms] == [1] * 25
    adds = [node.id for node in graph.nodes if node.kind == "add"]
    assert [len(graph.incoming[name]) for name in adds] == [2] * 25
    assert "blocks.0.add>blocks.0.norm2 blocks.0.norm2>blocks.0.mlp.fc1" in flow(graph)


def test_a_cache_of_all_layers_is_read_through_one_edge_each() -> None:
    class Rotary(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("table", torch.zeros(8))
            self.layers = nn.ModuleList(nn.Linear(8, 8) for _ in range(5))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            for layer in self.layers:
                x = layer(x) * self.table
            return x

    with preserved():
        graph = run_once(Rotary(), from_shapes([(1, 8)]), Setting(name="Rotary"))
    assert [edge.target for edge in graph.outgoing["table"]] == [
        "mul",
        *(f"mul#{k}" for k in range(2, 6)),
    ]


PROGRAM = """
import json, sys
from tracing.flows import REFERENCES, traced
json.dump({name: traced(name).to_json() for name in REFERENCES}, sys.stdout)
"""


def test_two_processes_write_the_same_bytes() -> None:
    tests = Path(__file__).parents[1]
    texts = []
    for seed in ("1", "2"):
        environment = os.environ | {
            "PYTHONHASHSEED": seed,
            "PYTHONPATH": os.pathsep.join([str(tests), str(tests.parent)]),
        }
        command = [sys.executable, "-c", PROGRAM]
        output = subprocess.run(command, env=environment, check=True, capture_output=True)
        texts.append(output.stdout.splitlines()[-1])
    assert texts[0] == texts[1]
    assert json.loads(texts[0])["chain"] == traced("chain").to_json()
