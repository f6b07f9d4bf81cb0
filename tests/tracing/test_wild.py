"""What models by others do: tiny models of the same structure, each with its true flow."""

from __future__ import annotations

from typing import ClassVar

import pytest
import torch
from torch import Tensor, nn
from tracing.flows import Two, flow, run

from sphinx_visualtorch.errors import BuildError, TraceError
from sphinx_visualtorch.pipeline import trace
from sphinx_visualtorch.tracing.inputs import from_shapes
from sphinx_visualtorch.tracing.ladder import Subject, climb
from sphinx_visualtorch.tracing.seam import author_code

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


class Heavy(nn.Module):
    """Has more weights than fit, and a mistake that has nothing to do with it."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(2**15, 2**15)

    def forward(self, x: Tensor) -> Tensor:
        return torch.split(self.fc(x), [8, 12, 12], dim=-1)[0]


def test_a_mistake_is_not_said_to_be_a_lack_of_memory() -> None:
    def make(device: torch.device | None) -> nn.Module:
        assert device is not None, "built for real"
        return Heavy()

    subject = Subject(name="it", make=make, inputs=from_shapes([(1, 2**15)]))
    with pytest.raises(TraceError, match=r"at .split. given 1×32768: RuntimeError: split_with"):
        climb(subject, 4e9, lambda _text: None)


def test_a_constructor_that_fails_is_not_said_to_lack_memory() -> None:
    def make(device: torch.device | None) -> nn.Module:
        with author_code(lambda problem: BuildError("it", problem)):
            if device is None:
                raise MemoryError  # before it comes to what is wrong
            raise KeyError("attention")

    subject = Subject(name="it", make=make, inputs=from_shapes([(1, 8)]))
    with pytest.raises(BuildError, match="KeyError: 'attention'"):
        climb(subject, 4e9, lambda _text: None)


def test_few_guesses_are_tried_without_values_where_a_model_reads_them() -> None:
    class Reads(nn.Module):
        runs: ClassVar[list[str]] = []

        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 4, 3)

        def forward(self, image: Tensor) -> Tensor:
            self.runs.append(image.device.type)
            made: Tensor = self.conv(image)
            return made if made.sum() < 1e9 else -made

    assert flow(trace(Reads())) == "image>conv"
    assert len(Reads.runs) < 10
