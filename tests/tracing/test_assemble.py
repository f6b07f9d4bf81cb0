"""From records to the graph: one of them written out, and how cost grows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from effort import lines_run
from torch import nn
from tracing.flows import run, traced

pytestmark = pytest.mark.torch

SNAPSHOT = Path(__file__).with_name("tokens.json")


def test_the_graph_of_a_small_model() -> None:
    text = json.dumps(traced("tokens").to_data(), indent=1)
    assert text + "\n" == SNAPSHOT.read_text(encoding="utf-8")


def test_ids_are_unique_even_where_names_are_made_to_collide() -> None:
    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.add_module("add", nn.Linear(8, 8))
            self.add_module("add#2", nn.ReLU())

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            x = self.add(x) + self.get_submodule("add#2")(x)
            return self.add(x) + 1

    graph = run(Model(), torch.zeros(1, 8))
    assert [(node.id, node.op) for node in graph.nodes[1:]] == [
        ("add", "module"),
        ("add#2", "module"),
        ("add#4", "function"),
        ("add#3", "module"),
        ("add#5", "function"),
    ]


def test_cost_grows_in_line_with_the_length_of_a_chain() -> None:
    def effort(length: int) -> int:
        model = nn.Sequential(*(nn.ReLU(inplace=index % 2 == 0) for index in range(length)))
        return lines_run(lambda: run(model, torch.zeros(1)))

    effort(10)
    assert effort(1000) < 11 * effort(100)
