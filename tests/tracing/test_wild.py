"""What models by others do: tiny models of the same structure, each with its true flow."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from tracing.flows import Two, flow, run

pytestmark = pytest.mark.torch


class Sum(nn.Module):
    """Takes more by name than it looks at, as the residuals of x-transformers do."""

    def forward(self, x: Tensor, other: Tensor, **rest: object) -> Tensor:
        return x + other


class Choice(nn.Module):
    def forward(self, x: Tensor, *, gate: Tensor, other: Tensor, state: Tensor) -> object:
        if gate.shape[0] > 1:  # its size is no value
            x = x * 2
        if torch.is_nonzero(other.sum()):
            x = x + 1
        return x, state


def test_what_a_layer_is_handed_by_name_and_leaves_alone_is_no_flow() -> None:
    class Model(Two):
        def __init__(self) -> None:
            super().__init__()
            self.sum = Sum()

        def forward(self, x: Tensor) -> Tensor:
            one, two = self.a(x), self.b(x)
            return self.sum(one, x, hidden=[one, two], mask=two)

    graph = run(Model(), torch.zeros(2, 8))
    assert flow(graph) == "input>a input>b a>sum input>sum"


def test_what_a_layer_reads_or_returns_is_flow() -> None:
    class Model(Two):
        def __init__(self) -> None:
            super().__init__()
            self.c = nn.Linear(8, 8)
            self.choice = Choice()

        def forward(self, x: Tensor) -> object:
            return self.choice(x, gate=self.a(x), other=self.b(x), state=self.c(x))

    graph = run(Model(), torch.zeros(1, 8))
    assert flow(graph) == "input>a input>b input>c input>choice b>choice c>choice"
