"""A copy that shares nothing that a run could change."""

from __future__ import annotations

import functools
import threading
import weakref

import pytest
import torch
from torch import Tensor, fx, nn
from tracing.flows import Two, flow, run

from sphinx_visualtorch.tracing.stand_in import stand_in

pytestmark = pytest.mark.torch

META = torch.device("meta")
X = torch.zeros(1, 8)


def test_tensors_have_their_form_and_no_memory() -> None:
    model = nn.Sequential(
        nn.Conv2d(3, 4, 3).to(memory_format=torch.channels_last), nn.BatchNorm2d(4)
    )
    model[0].weight.requires_grad_(False)
    model[1].half()
    other = stand_in(model, META)
    for one, two in zip(model.state_dict().items(), other.state_dict().items(), strict=True):
        assert one[0] == two[0]
        assert two[1].is_meta
        assert (one[1].shape, one[1].stride(), one[1].dtype) == (
            two[1].shape,
            two[1].stride(),
            two[1].dtype,
        )
    assert not other[0].weight.requires_grad
    assert isinstance(other[0].bias, nn.Parameter)


def test_copied_values_are_equal_and_apart() -> None:
    model = Two()
    other = stand_in(model, None)
    assert torch.equal(other.a.weight, model.a.weight)
    assert other.a.weight.data_ptr() != model.a.weight.data_ptr()


def test_what_is_shared_inside_is_shared_in_the_copy() -> None:
    class Model(Two):
        def __init__(self) -> None:
            super().__init__()
            self.b.weight = self.a.weight
            self.again = self.a
            self.plain = [self.a, {"b": self.b}, (self.a.weight,)]
            self.method = self.a.forward
            self.partial = functools.partial(self.b, X)
            self.parent = weakref.ref(self.a)
            self.table = torch.ones(3)
            self.loop: list[object] = []
            self.loop.append(self.loop)
            self.own = lambda x: self.b(x) * 2

    model = Model()
    other = stand_in(model, META)
    assert other.again is other.a is other.plain[0]
    assert other.plain[1]["b"] is other.b
    assert other.b.weight is other.a.weight is other.plain[2][0]
    assert other.method.__self__ is other.a
    assert other.partial.func is other.b
    assert other.parent() is other.a
    assert other.table.is_meta
    assert other.loop[0] is other.loop
    assert other.own.__closure__[0].cell_contents is other
    assert model.own.__closure__[0].cell_contents is model


def test_recurrent_layers_refer_to_their_new_weights() -> None:
    other = stand_in(nn.LSTM(8, 4), META)
    assert other._flat_weights[0] is other.weight_ih_l0
    assert other(torch.zeros(2, 8, device=META))[0].shape == (2, 4)


def test_what_cannot_be_copied_is_shared() -> None:
    model = Two()
    model.lock = threading.Lock()
    model.made = (n for n in range(3))
    other = stand_in(model, META)
    assert other.lock is model.lock
    assert other.made is model.made
    assert other.a is not model.a


def test_models_that_copy_themselves_do() -> None:
    graphed = fx.symbolic_trace(Two_())
    assert flow(run(graphed, X)) == "input>a a>relu relu>b"
    assert flow(run(nn.Sequential(graphed, nn.ReLU()), X)).endswith("0.relu>0.b 0.b>1")


class Two_(Two):  # noqa: N801
    """A chain that can be traced symbolically."""

    def forward(self, x: Tensor) -> Tensor:
        return self.b(torch.relu(self.a(x)))


def test_cost_grows_with_size_only() -> None:
    deep = nn.Sequential(*(nn.Linear(1, 1) for _ in range(3000)))
    assert len([*stand_in(deep, META).modules()]) == 3001
