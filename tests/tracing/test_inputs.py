"""What a model is run on."""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

import pytest
import torch
from torch import Tensor, nn
from tracing.flows import Two, flow

from sphinx_visualtorch.errors import InputsError, ModelNotFoundError
from sphinx_visualtorch.reference import Reference
from sphinx_visualtorch.tracing.inputs import Inputs, called, from_function, from_shapes, from_value
from sphinx_visualtorch.tracing.ladder import Subject, climb
from sphinx_visualtorch.tracing.run import trace_reference

pytestmark = pytest.mark.torch

META, REAL = torch.device("meta"), torch.device("cpu")
X = torch.ones(1, 8)


class Batch(NamedTuple):
    """Two inputs in one."""

    image: Tensor
    label: Tensor


@pytest.mark.parametrize(
    ("made", "args", "kwargs"),
    [
        (X, 1, []),
        ((X, X), 2, []),
        ([X, X], 2, []),
        ({"x": X}, 0, ["x"]),
        (((X,), {"mask": X}), 1, ["mask"]),
        (([X, X], {}), 2, []),
        (({"x": X},), 1, []),
        (Batch(X, X), 1, []),
        (3, 1, []),
    ],
)
def test_a_function_returns_positional_and_keyword_inputs(
    made: object, args: int, kwargs: list[str]
) -> None:
    inputs = from_function(lambda: made, "here")
    assert len(inputs.args) == args
    assert list(inputs.kwargs) == kwargs


def test_a_function_that_raises_is_named() -> None:
    with pytest.raises(InputsError, match="OSError: the file of inputs is missing"):
        trace_reference(Reference.parse("zoo:Chain", inputs="tracing.models:fails"))


def test_what_is_no_function_is_told_so() -> None:
    with pytest.raises(InputsError, match="NUMBER', which is no function"):
        trace_reference(Reference.parse("zoo:Chain", inputs="tracing.models:NUMBER"))
    with pytest.raises(ModelNotFoundError, match="did you mean 'pair'"):
        trace_reference(Reference.parse("zoo:Chain", inputs="tracing.models:pai"))


def test_a_pair_and_a_single_tensor_reach_the_model() -> None:
    reference = Reference.parse("zoo:OptionalInput", inputs="tracing.models:pair")
    graph = trace_reference(reference).graph
    assert [node.id for node in graph.nodes] == ["x", "mask", "fc", "mul"]
    graph = trace_reference(Reference.parse("zoo:Residual", inputs="tracing.models:single")).graph
    assert [node.id for node in graph.nodes] == ["input", "fc", "add"]


def test_shapes_take_no_one_or_as_many_types() -> None:
    def types(*dtypes: str) -> list[torch.dtype]:
        return [item.dtype for item in from_shapes([(1,), (2, 3)], dtypes).args]

    assert types() == [torch.float32] * 2
    assert types("long") == [torch.int64] * 2
    assert types("long", "half") == [torch.int64, torch.float16]
    assert from_shapes([()]).args[0].shape == ()
    assert from_shapes([]) == Inputs()


def test_moving_keeps_containers_strides_and_identity() -> None:
    nested = OrderedDict(a=[X, (X.T, 3)], b=Batch(X, X), c=None)
    inputs = Inputs((nested,), {"x": X})
    moved = inputs.on(META)
    (other,) = moved.args
    assert type(other) is OrderedDict
    assert type(other["b"]) is Batch
    assert other["a"][0] is other["b"].image is moved.kwargs["x"]
    assert other["a"][0].is_meta
    assert other["a"][1][0].stride() == X.T.stride()
    assert other["a"][1][1] == 3
    assert nested["a"][0] is X


def test_moving_to_memory_copies_values_and_makes_zeros() -> None:
    moved = Inputs((X, torch.empty(2, dtype=torch.long, device="meta"))).on(REAL)
    assert torch.equal(moved.args[0], X)
    assert moved.args[0] is not X
    assert moved.args[0].data_ptr() != X.data_ptr()
    assert moved.args[1].tolist() == [0, 0]


@pytest.mark.parametrize(
    ("source", "args", "kwargs", "names"),
    [
        ("def forward(self, x): ...", (X,), {}, ["input"]),
        ("def forward(self, inputs): ...", (X,), {}, ["input"]),
        ("def forward(self, input, mask=None): ...", (X,), {"mask": X}, ["input", "mask"]),
        ("def forward(self, pixels): ...", (X,), {}, ["pixels"]),
        ("def forward(self, x): ...", ([X, X],), {}, ["x.0", "x.1"]),
        ("def forward(self, batch): ...", ({"image": X},), {}, ["batch.image"]),
        ("def forward(self, batch): ...", (Batch(X, X),), {}, ["batch.image", "batch.label"]),
        ("def forward(self, *parts): ...", (X, X), {}, ["parts.0", "parts.1"]),
        ("def forward(self, *parts): ...", (X,), {}, ["parts"]),
        ("def forward(self, **named): ...", (), {"ids": X, "mask": X}, ["ids", "mask"]),
        ("def forward(self, x, scale): ...", (X, 2.0), {}, ["input"]),
    ],
)
def test_inputs_have_the_names_of_forward(
    source: str, args: tuple[object, ...], kwargs: dict[str, object], names: list[str]
) -> None:
    space: dict[str, object] = {}
    exec(source, space)
    model = type("Model", (nn.Module,), {"forward": space["forward"]})()
    assert [name for name, _ in called(model, Inputs(args, kwargs))] == names


def test_a_dict_of_other_names_is_the_only_input() -> None:
    class Model(Two):
        def forward(self, batch: dict[str, Tensor]) -> Tensor:
            return self.a(batch["one"]) + self.b(batch["other"])

    made = {"one": torch.zeros(1, 8), "other": torch.zeros(1, 8)}
    given = from_value(made)
    subject = Subject(name="it", make=lambda _device: Model(), inputs=given)
    graph = climb(subject, 4e9, lambda _text: None).graph
    assert flow(graph) == "batch.one>a batch.other>b a>add b>add"
    # two arguments, one that is a tensor, and names that are written out
    for model, inputs in (
        (nn.Bilinear(8, 8, 8), given),
        (nn.Linear(8, 8), given),
        (Model(), Inputs((), made)),
    ):
        wrong = Subject(name="it", make=lambda _device, model=model: model, inputs=inputs)
        with pytest.raises(InputsError, match="do not fit forward"):
            climb(wrong, 4e9, lambda _text: None)
