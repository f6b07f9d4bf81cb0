"""Every kind of input, output and structure that authors have: what flows where."""

from __future__ import annotations

import copy
import dataclasses
import warnings
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import parametrizations, prune, rnn
from torch.utils.checkpoint import checkpoint
from tracing.flows import Two, flow, run

from sphinx_visualtorch.tracing.recorder import (
    BATCH_NOTE,
    BELOW_NOTE,
    LEFT_NOTE,
    READ_NOTE,
    SCRIPT_NOTE,
    SIZE_NOTE,
)

pytestmark = [
    pytest.mark.torch,
    # torch's own, of parts that it means to give up
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]

X = torch.ones(2, 8)
Forward = Callable[..., object]


def check(forward: Forward, wanted: str, *inputs: object, notes: tuple[str, ...] = ()) -> None:
    """Run a model with the layers ``a`` and ``b``, both 8 to 8, and compare its edges."""
    model = type("Model", (Two,), {"forward": forward})()
    graph = run(model, *(inputs or (X,)))
    assert flow(graph) == wanted
    assert graph.notes == notes


# --- inputs ---------------------------------------------------------------------------------------


@dataclasses.dataclass
class Batch:
    """What data loaders give."""

    image: Tensor
    label: Tensor
    scale: float = 2.0


def test_a_dataclass_and_plain_values() -> None:
    def forward(self: Two, batch: Batch, flag: bool = False) -> Tensor:
        return self.a(batch.image) * batch.scale + self.b(batch.label) * flag

    wanted = "batch.image>a a>mul batch.label>b b>mul#2 mul>add mul#2>add"
    check(forward, wanted, Batch(X, X.clone()), True)


def test_integers_booleans_and_complex_numbers() -> None:
    def forward(self: Two, mask: Tensor, whole: Tensor, wave: Tensor) -> Tensor:
        x = self.a(whole.float()).masked_fill(mask, 0.0)
        return x + torch.fft.ifft(wave).real

    wanted = (
        "whole>float float>a a>masked_fill mask>masked_fill wave>fft_ifft fft_ifft>real "
        "masked_fill>add real>add"
    )
    check(forward, wanted, X > 0, X.int(), X.to(torch.complex64))


def test_packed_sequences() -> None:
    class Reader(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lstm = nn.LSTM(8, 4)

        def forward(self, words: rnn.PackedSequence) -> tuple[Tensor, Tensor]:
            out, (hidden, _) = self.lstm(words)
            return rnn.pad_packed_sequence(out)[0], hidden

    packed = rnn.pack_padded_sequence(torch.ones(5, 2, 8), torch.tensor([5, 3]))
    graph = run(Reader(), packed)
    assert flow(graph) == ("words.data>lstm words.batch_sizes>lstm lstm>pad_packed_sequence")
    assert graph.outputs == ("pad_packed_sequence", "lstm")


@pytest.mark.parametrize("layout", [torch.strided, torch.jagged])
def test_nested_tensors(layout: torch.layout) -> None:
    rows = [torch.ones(2, 8), torch.ones(3, 8)]
    model = nn.Sequential(nn.Linear(8, 4), nn.ReLU())
    graph = run(model, torch.nested.nested_tensor(rows, layout=layout))
    assert flow(graph) == "input>0 0>1"
    # as long as the longest row
    assert graph.nodes[1].outputs[0].shape == (2, 3, 4)
    assert graph.flops == 2 * 5 * 8 * 4


# --- outputs --------------------------------------------------------------------------------------


class Result(NamedTuple):
    """A named tuple."""

    y: Tensor
    count: int


def test_outputs_of_every_kind() -> None:
    class Model(Two):
        def forward(self, x: Tensor) -> object:
            y = self.a(x)
            return Result(y, 3), None, 5, {"deep": [self.b(y), y[:1]]}, Batch(x, -y)

    assert run(Model(), X).outputs == ("a", "b", "getitem", "input", "neg")


def test_a_leaf_that_returns_everything() -> None:
    class Leaf(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.ones(8))

        def forward(self, x: Tensor) -> dict[str, object]:
            y = x * self.weight
            return {"y": y, "none": None, "n": 3, "all": [x.sum(), Batch(x.mean(1), y)]}

    class Model(Two):
        def __init__(self) -> None:
            super().__init__()
            self.leaf = Leaf()

        def forward(self, x: Tensor) -> Tensor:
            found = self.leaf(self.a(x))
            return self.b(found["y"]) + found["all"][1].image[:, None]

    graph = run(Model(), X)
    assert flow(graph) == "input>a a>leaf leaf>b leaf>getitem b>add getitem>add"
    assert [spec.shape for spec in graph.by_id["leaf"].outputs] == [(2, 8), (), (2,), (2, 8)]


# --- structure ------------------------------------------------------------------------------------


def test_checkpointed_activations() -> None:
    def forward(self: Two, x: Tensor) -> Tensor:
        x = checkpoint(self.a, x, use_reentrant=False)
        return checkpoint(lambda y: self.b(y).relu(), x, use_reentrant=True)

    check(forward, "input>a a>b b>relu")


class Square(torch.autograd.Function):
    """A function with a backward of its own."""

    @staticmethod
    def forward(ctx: object, x: Tensor) -> Tensor:
        return x * x


class OutsideSquare(torch.autograd.Function):
    """Another one, that computes elsewhere."""

    @staticmethod
    def forward(ctx: object, x: Tensor) -> Tensor:
        return torch.from_numpy(np.square(x.detach().numpy()))


def test_functions_with_a_backward_of_their_own() -> None:
    def forward(self: Two, x: Tensor) -> Tensor:
        return self.b(Square.apply(self.a(x)))

    check(forward, "input>a a>mul mul>b")

    def elsewhere(self: Two, x: Tensor) -> Tensor:
        return self.b(OutsideSquare.apply(self.a(x)))

    wanted = "input>a a>detach detach>from_numpy from_numpy>b"
    check(elsewhere, wanted, notes=(LEFT_NOTE,))


def test_a_numpy_round_trip() -> None:
    def forward(self: Two, x: Tensor) -> Tensor:
        y = np.tanh(self.a(x).detach().numpy()) + 1
        return self.b(torch.as_tensor(y, dtype=torch.float32))

    check(forward, "input>a a>detach detach>as_tensor as_tensor>b", notes=(LEFT_NOTE,))


def twice(x: Tensor) -> Tensor:
    """Return what, as a script, only the dispatcher sees being computed."""
    return x.relu() * 2


with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    scripted = torch.jit.script(twice)


def test_scripted_functions_are_what_they_do() -> None:
    def forward(self: Two, x: Tensor) -> Tensor:
        return self.b(scripted(self.a(x)))

    check(forward, "input>a a>relu relu>mul mul>b", notes=(BELOW_NOTE,))


def test_a_scripted_function_from_elsewhere_loses_nothing() -> None:
    hidden = [scripted]

    def forward(self: Two, x: Tensor) -> Tensor:
        return self.b(hidden[0](self.a(x)) if x.sum() > 0 else x)

    wanted = "input>a a>relu relu>mul mul>b"
    check(forward, wanted, notes=(READ_NOTE, BELOW_NOTE))


def test_what_is_passed_through_is_no_operation_of_its_own() -> None:
    class Model(Two):
        def __init__(self) -> None:
            super().__init__()
            self.same = nn.Identity()

        def forward(self, x: Tensor) -> Tensor:
            return scripted(self.same(self.a(x)).expand_as(x))

    graph = run(Model(), X)
    assert flow(graph) == "input>a a>same same>expand_as input>expand_as expand_as>relu relu>mul"


@pytest.mark.parametrize("form", ["script", "trace"])
def test_compiled_modules_are_one_layer(form: str) -> None:
    inner = nn.Sequential(nn.Linear(8, 8), nn.ReLU())
    made = torch.jit.script(inner) if form == "script" else torch.jit.trace(inner, X)
    graph = run(nn.Sequential(made, nn.Linear(8, 2)), X)
    assert flow(graph) == "input>0 0>1"
    assert graph.notes == (SCRIPT_NOTE,)
    assert graph.flops == 2 * 2 * 8 * (8 + 2)
    assert run(made, X).parameters == 72


def test_torch_compile_is_seen_through() -> None:
    def forward(self: Two, x: Tensor) -> Tensor:
        return self.b(self.a(x).relu())

    check(torch.compile(forward), "input>a a>relu relu>b")


def test_data_parallel_is_a_wrapper() -> None:
    graph = run(nn.DataParallel(nn.Sequential(nn.Linear(8, 8), nn.ReLU())), X)
    assert flow(graph) == "input>module.0 module.0>module.1"


def test_quantized_modules() -> None:
    model = nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 2))
    dynamic = torch.ao.quantization.quantize_dynamic(model, {nn.Linear})
    assert flow(run(dynamic, X)) == "input>0 0>1 1>2"
    stubs = torch.ao.quantization.QuantStub(), torch.ao.quantization.DeQuantStub()
    static = nn.Sequential(stubs[0], nn.Linear(8, 8), nn.ReLU(), stubs[1]).eval()
    static.qconfig = torch.ao.quantization.default_qconfig
    torch.ao.quantization.prepare(static, inplace=True)
    static(X)
    torch.ao.quantization.convert(static, inplace=True)
    graph = run(static, X)
    assert flow(graph) == "input>0 0>1 1>2 2>3"
    assert graph.nodes[1].outputs[0].dtype == "quint8"


def test_functions_of_functions() -> None:
    def rows(self: Two, x: Tensor) -> Tensor:
        return self.b(torch.vmap(lambda row: row.relu() * 2)(self.a(x)))

    check(rows, "input>a a>relu relu>mul mul>b", notes=(BATCH_NOTE,))

    def layers(self: Two, x: Tensor) -> Tensor:
        return torch.vmap(self.b)(self.a(x))

    check(layers, "input>a a>b", notes=(BATCH_NOTE,))

    def call(self: Two, x: Tensor) -> Tensor:
        weights = dict(self.b.named_parameters())
        return torch.func.functional_call(self.b, weights, (self.a(x),))

    check(call, "input>a a>b")

    def slope(self: Two, x: Tensor) -> Tensor:
        return torch.func.grad(lambda y: self.b(y).sum())(self.a(x))

    check(slope, "input>a a>b b>sum sum>grad a>grad")


def test_layers_whose_weights_are_stacked_are_of_use() -> None:
    class Ensemble(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.models = nn.ModuleList(nn.Linear(8, 4) for _ in range(3))
            self.spare = nn.Linear(8, 4)

        def forward(self, x: Tensor) -> Tensor:
            weights, _ = torch.func.stack_module_state(list(self.models))

            def member(own: dict[str, Tensor]) -> Tensor:
                return torch.func.functional_call(self.models[0], own, (x,))

            return torch.vmap(member)(weights).mean(0)

    graph = run(Ensemble(), X)
    assert flow(graph) == "input>models.0 models.0>mean"
    assert graph.unused == ("spare",)
    # as hooks see them, and the note says so
    assert [spec.shape for spec in graph.nodes[1].outputs] == [(2, 4)]
    assert [spec.shape for spec in graph.nodes[2].inputs] == [(3, 2, 4)]
    assert graph.notes == (BATCH_NOTE,)


def test_sizes_that_depend_on_values_are_told() -> None:
    def masked(self: Two, x: Tensor) -> Tensor:
        return self.b(self.a(x)[x[:, 0] > 0])

    check(
        masked,
        "input>a input>getitem getitem>gt a>getitem#2 gt>getitem#2 getitem#2>b",
        notes=(SIZE_NOTE,),
    )

    def unique(self: Two, x: Tensor) -> Tensor:
        return self.b(self.a(x).unique().new_ones(2, 8))

    check(unique, "input>a a>unique unique>new_ones new_ones>b", notes=(SIZE_NOTE,))

    def sliced(self: Two, x: Tensor) -> Tensor:
        return self.b(torch.where(x > 0, self.a(x)[:, :], x))

    check(sliced, "input>gt input>a a>getitem gt>where getitem>where input>where where>b")


def test_gradients_inside_of_a_forward() -> None:
    def forward(self: Two, x: Tensor) -> Tensor:
        with torch.enable_grad():
            x = x.detach().requires_grad_()
            (slope,) = torch.autograd.grad(self.a(x).pow(2).sum(), x)
        return self.b(slope)

    check(forward, "input>detach detach>a a>pow pow>sum sum>grad detach>grad grad>b")


def test_einsum_joins_what_it_is_given() -> None:
    def forward(self: Two, x: Tensor) -> Tensor:
        return torch.einsum("bi,bj->bij", self.a(x), self.b(x))

    check(forward, "input>a input>b a>einsum b>einsum")


def test_conditions_of_torch_join_their_branches() -> None:
    def forward(self: Two, x: Tensor) -> Tensor:
        return torch.cond(x.sum() > 0, self.a, self.b, (x,))

    check(forward, "input>sum sum>gt input>a input>b gt>cond input>cond a>cond b>cond")


def test_batch_norm_with_a_batch_of_one() -> None:
    assert flow(run(nn.Sequential(nn.BatchNorm1d(8)), torch.ones(1, 8))) == "input>0"


def test_random_numbers_and_dropout() -> None:
    def forward(self: Two, x: Tensor) -> Tensor:
        noise = torch.randn_like(x) * torch.rand(8)
        return functional.dropout(self.a(x), 0.5, training=True) + noise

    check(forward, "input>randn_like randn_like>mul rand>mul input>a a>dropout dropout>add mul>add")


def test_weights_that_are_computed() -> None:
    layers = [nn.Linear(8, 8) for _ in range(4)]
    prune.l1_unstructured(layers[0], "weight", 0.5)
    nn.utils.spectral_norm(layers[1])
    parametrizations.orthogonal(layers[2])
    nn.utils.weight_norm(layers[3])
    graph = run(nn.Sequential(*layers), X)
    assert flow(graph) == "input>0 0>1 1>2 2>3"
    assert [node.kind for node in graph.nodes[1:]] == ["Linear"] * 4


def test_sparse_matrices() -> None:
    def forward(self: Two, x: Tensor) -> Tensor:
        return self.a(x) + torch.sparse.mm(torch.eye(2).to_sparse(), x)

    wanted = "input>a eye>to_sparse to_sparse>sparse_mm input>sparse_mm a>add sparse_mm>add"
    check(forward, wanted)


def test_a_model_that_keeps_tensors_traces_twice_alike() -> None:
    class Keeps(Two):
        def forward(self, x: Tensor) -> Tensor:
            self.last = self.a(x)
            self.all = [*getattr(self, "all", []), self.last]
            return self.b(self.last) + self.all[0]

    model = Keeps()
    first = run(model, X)
    assert flow(first) == "input>a a>b b>add a>add"
    assert run(model, X) == first
    assert not hasattr(model, "last")


def test_buffers_that_are_written() -> None:
    class Counts(Two):
        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("n", torch.zeros(8))

        def forward(self, x: Tensor) -> Tensor:
            self.n += x.sum(0)
            self.n.mul_(0.9)
            return self.a(x) + self.n

    assert flow(run(Counts(), X)) == ("input>sum n>add sum>add add>mul input>a a>add#2 mul>add#2")


def test_writes_into_views() -> None:
    def forward(self: Two, x: Tensor) -> Tensor:
        y, x = self.a(x), x.clone()
        x[:, 0] = y[:, 0]
        x[:, 1:3].copy_(y[:, 1:3])
        return self.b(x)

    check(
        forward,
        "input>a input>clone a>getitem clone>setitem getitem>setitem setitem>getitem#2 "
        "a>getitem#3 getitem#2>copy getitem#3>copy copy>b",
    )

    def stacked(self: Two, x: Tensor) -> Tensor:
        out = torch.empty(2, 2, 8)
        for index in range(2):
            out[index] = self.a(x)
        return self.b(out.sum(0))

    check(
        stacked,
        "input>a empty>setitem a>setitem input>a#2 setitem>setitem#2 a#2>setitem#2 "
        "setitem#2>sum sum>b",
    )


def test_loops_as_long_as_a_value_says() -> None:
    def forward(self: Two, x: Tensor) -> Tensor:
        for _ in range(int(x.sum().item()) // 8):
            x = self.a(x)
        return x

    check(forward, "input>a a>a#2", notes=(READ_NOTE,))


def test_modules_that_are_copied_on_the_way() -> None:
    def forward(self: Two, x: Tensor) -> Tensor:
        return copy.deepcopy(self.a)(x) + self.b(x)

    check(forward, "input>Linear input>b Linear>add b>add")


def test_mixed_precision() -> None:
    def forward(self: Two, x: Tensor) -> Tensor:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            return self.b(self.a(x))

    check(forward, "input>a a>b")
