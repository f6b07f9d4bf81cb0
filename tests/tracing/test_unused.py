"""Modules that the forward had no use for."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from tracing.flows import run

pytestmark = pytest.mark.torch

X = torch.zeros(2, 8)


def test_they_are_listed_and_not_drawn() -> None:
    graph = run(Spare(), X)
    assert graph.unused == ("spare", "blocks.1")
    assert [node.id for node in graph.nodes] == ["input", "fc", "blocks.0.0"]
    assert graph.parameters == sum(node.parameters for node in graph.nodes) + 72 + 72


class Spare(nn.Module):
    """Calls neither ``spare`` nor its second block; its dropout is used as a function."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(8, 8)
        self.spare = nn.Linear(8, 8)
        self.blocks = nn.ModuleList(nn.Sequential(nn.Linear(8, 8)) for _ in range(2))
        self.none = nn.ModuleList()

    def forward(self, x: Tensor) -> Tensor:
        x = self.fc(x)
        return self.blocks[0](x)


def test_what_lends_its_weight_or_lies_in_a_layer_is_of_use() -> None:
    class Lends(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.table = nn.Embedding(16, 8)
            self.attention = nn.MultiheadAttention(8, 2)
            self.scales = nn.ParameterList([torch.zeros(8)])
            self.norm = nn.utils.parametrizations.weight_norm(nn.Linear(8, 8))

        def forward(self, x: Tensor) -> Tensor:
            x, _ = self.attention(x, x, x)
            return functional.linear(self.norm(x) * self.scales[0], self.table.weight)

    assert run(Lends(), X).unused == ()
