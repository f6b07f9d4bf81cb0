"""What is seen of one forward pass: calls, functions, writes, and what passes through."""

from __future__ import annotations

import contextlib
import itertools
import threading
import weakref
from dataclasses import dataclass
from typing import NamedTuple

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - as everybody does
from torch.nn.utils import parametrizations, parametrize
from tracing.flows import Two, flow, run, scopes, where

from sphinx_visualtorch.errors import TraceError

pytestmark = pytest.mark.torch

X = torch.zeros(2, 8)


# --- writes ---------------------------------------------------------------------------------------


def test_a_write_through_a_detached_tensor_is_a_write() -> None:
    class Model(Two):
        def forward(self, x: Tensor) -> Tensor:
            y = self.a(x)
            y.detach().add_(self.b(x))
            return y

    graph = run(Model(), X)
    assert flow(graph) == "input>a a>detach input>b detach>add b>add"
    assert graph.outputs == ("add",)


def test_a_result_written_into_a_given_tensor() -> None:
    class Model(Two):
        def forward(self, x: Tensor) -> Tensor:
            out = torch.empty(2, 8)
            torch.add(self.a(x), self.b(x), out=out)
            return out

    assert flow(run(Model(), X)) == "input>a input>b a>add b>add empty>add"


def test_a_write_into_one_half_leaves_the_other() -> None:
    class Model(Two):
        def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
            y = self.a(x)
            left, right = y.chunk(2, dim=1)
            left.mul_(2)
            return left, right, y

    graph = run(Model(), X)
    assert flow(graph) == "input>a a>chunk chunk>mul"
    assert graph.outputs == ("mul", "chunk")


def test_operators_that_assign_write() -> None:
    class Model(Two):
        def forward(self, x: Tensor) -> Tensor:
            y = kept = self.a(x)
            y += self.b(x)
            y[:, 0] = 1
            return kept

    assert flow(run(Model(), X)) == "input>a input>b a>add b>add add>setitem"


def test_new_data_are_a_write() -> None:
    class Model(Two):
        def forward(self, x: Tensor) -> Tensor:
            y = torch.zeros_like(x)
            y.data = self.a(x)
            return y

    assert flow(run(Model(), X)) == "input>a a>data"


def test_other_memory_is_of_whoever_made_that() -> None:
    class Model(Two):
        def forward(self, x: Tensor) -> Tensor:
            kept = torch.empty(0)
            kept.set_(self.a(x))
            return self.b(kept)

    assert flow(run(Model(), X)) == "input>a a>b"


def test_many_tensors_are_written_at_once() -> None:
    class Model(Two):
        def forward(self, x: Tensor) -> Tensor:
            sums = [torch.zeros_like(x), torch.zeros_like(x)]
            torch._foreach_add_(sums, [self.a(x), self.b(x)])
            return sums[0] * sums[1]

    wanted = """input>zeros_like input>zeros_like#2 input>a input>b zeros_like>foreach_add
        zeros_like#2>foreach_add a>foreach_add b>foreach_add foreach_add>mul"""
    assert flow(run(Model(), X)) == " ".join(wanted.split())


def test_a_layer_that_keeps_its_result_returns_that() -> None:
    class Once(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(8, 8)
            self.result: Tensor | None = None

        def forward(self, x: Tensor) -> Tensor:
            if self.result is None:
                self.result = self.layer(x)
            return self.result

    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.once = Once()

        def forward(self, x: Tensor) -> Tensor:
            return self.once(x) + self.once(x * 2)

    graph = run(Twice(), X)
    assert flow(graph) == "input>once.layer once.layer>once#2 once.layer>add once#2>add"


def test_writes_in_inference_mode_are_seen_by_name() -> None:
    class Model(Two):
        @torch.inference_mode()
        def forward(self, x: Tensor) -> Tensor:
            y = self.a(x)
            y.add_(1)
            F.relu(y, inplace=True)
            y[:, 0] = self.b(x)[:, 0]
            return y

    assert flow(run(Model(), X)) == (
        "input>a a>add add>relu input>b b>getitem relu>setitem getitem>setitem"
    )


def test_a_layer_that_writes_into_a_keyword_argument() -> None:
    class Model(Two):
        def forward(self, x: Tensor) -> Tensor:
            y = self.a(input=x)
            nn.ReLU(inplace=True)(input=y)
            return self.b(y)

    assert flow(run(Model(), X)) == "input>a a>ReLU ReLU>b"


def test_writes_that_nothing_reads_are_not_drawn() -> None:
    class Model(Two):
        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("count", torch.zeros(()))

        def forward(self, x: Tensor) -> Tensor:
            self.count += 1
            mask = torch.ones_like(x) > 0
            mask.logical_not()
            return self.a(x)

    assert where(run(Model(), X)) == "input a"


# --- what passes through --------------------------------------------------------------------------


class Pair(NamedTuple):
    """Two tensors."""

    first: Tensor
    second: Tensor


@dataclass
class Record:
    """Two tensors and a number."""

    first: Tensor
    second: Tensor
    number: int = 3


class Wraps(nn.Module):
    """Returns its argument in a container, untouched."""

    def __init__(self, kind: object) -> None:
        super().__init__()
        self.kind = kind

    def forward(self, x: Tensor) -> object:
        kind = self.kind
        if kind in (tuple, list):
            return kind([x, x])
        return {"first": x, "second": [x]} if kind is dict else kind(x, x)


@pytest.mark.parametrize("kind", [tuple, list, dict, Pair, Record])
def test_a_leaf_that_returns_its_argument_stands_between(kind: type) -> None:
    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.wrap = Wraps(kind)

        def forward(self, x: Tensor) -> Tensor:
            wrapped = self.wrap(x)
            assert type(wrapped) is kind
            inner = wrapped["first"] if kind is dict else wrapped
            return x + (inner[0] if kind in (tuple, list) else getattr(inner, "first", inner))

    assert flow(run(Model(), X)) == "input>wrap input>add wrap>add"


def test_a_function_that_returns_its_argument_stands_between() -> None:
    class Model(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x + F.dropout(x, 0.5, self.training)

    assert flow(run(Model(), X)) == "input>dropout input>add dropout>add"


def test_what_changes_nothing_is_not_drawn() -> None:
    class Model(Two):
        def forward(self, x: Tensor) -> Tensor:
            return self.a(x.contiguous().to(x.dtype).float().to(x.device)).double()

    assert where(run(Model(), X)) == "input a double"


def test_a_parameter_that_passes_through_a_layer() -> None:
    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(8))
            self.skip = nn.Identity()

        def forward(self, x: Tensor) -> Tensor:
            return x * self.skip(self.weight) + self.weight

    assert flow(run(Model(), X)) == "weight>skip input>mul skip>mul mul>add weight>add"


# --- functions ------------------------------------------------------------------------------------


def test_properties_that_are_tensors_are_functions() -> None:
    class Model(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return torch.fft.fft(x.T.mT).real

    assert where(run(Model(), X)) == "input T mT fft_fft real"


def test_questions_about_form_are_not_drawn() -> None:
    class Model(Two):
        def forward(self, x: Tensor) -> Tensor:
            assert x.ndim == x.dim() == len(x.shape) == 2
            assert x.is_floating_point()
            assert x.size(0) == len(x) == x.numel() // x.stride(0)
            assert torch.is_tensor(x)
            return self.a(x)

    graph = run(Model(), X)
    assert where(graph) == "input a"
    assert graph.notes == ()


def test_a_tensor_can_be_unpacked() -> None:
    class Model(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            first, second = x
            return first - second

    assert flow(run(Model(), X)) == "input>unbind unbind>sub"


def test_operations_of_the_dispatcher_are_functions() -> None:
    class Model(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return torch.ops.aten.add.Tensor(torch.ops.aten.relu(x), x)

    graph = run(Model(), X)
    assert flow(graph) == "input>relu relu>add input>add"
    assert [node.target for node in graph.nodes[1:]] == [
        "torch.ops.aten.relu",
        "torch.ops.aten.add.Tensor",
    ]


def test_functions_of_functions_are_looked_into() -> None:
    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx: object, x: Tensor) -> Tensor:
            return x * x

    class Model(Two):
        def inner(self, x: Tensor) -> Tensor:
            return self.b(torch.relu(self.a(x)))

        def forward(self, x: Tensor) -> Tensor:
            x = torch.vmap(lambda row: self.a(row) * 2)(x)
            x = torch.utils.checkpoint.checkpoint(self.inner, x, use_reentrant=False)
            return Square.apply(x)

    assert flow(run(Model(), X)) == "input>a a>mul mul>a#2 a#2>relu relu>b b>mul#2"


def test_packed_sequences_flow() -> None:
    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lstm = nn.LSTM(8, 4, batch_first=True)

        def forward(self, x: Tensor) -> Tensor:
            rnn = nn.utils.rnn
            packed = rnn.pack_padded_sequence(x, torch.tensor([3, 2]), batch_first=True)
            return rnn.pad_packed_sequence(self.lstm(packed)[0], batch_first=True)[0]

    graph = run(Model(), torch.zeros(2, 3, 8))
    assert flow(graph) == (
        "input>pack_padded_sequence tensor>pack_padded_sequence pack_padded_sequence>lstm "
        "lstm>pad_packed_sequence"
    )
    assert graph.nodes[2].target == "torch.nn.utils.rnn.pack_padded_sequence"


def test_tensors_that_nothing_made_are_sources() -> None:
    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.table = torch.arange(8.0)

        def forward(self, x: Tensor) -> Tensor:
            return x + self.table + OUTSIDE

    graph = run(Model(), X)
    assert [(node.id, node.op) for node in graph.nodes if node.op != "function"] == [
        ("input", "input"),
        ("table", "parameter"),
        ("constant", "constant"),
    ]


OUTSIDE = torch.zeros(8)


# --- modules --------------------------------------------------------------------------------------


def test_a_module_without_children_is_a_leaf_whatever_it_does() -> None:
    class Leaf(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(8))

        def forward(self, x: Tensor, scale: Tensor) -> Tensor:
            return torch.relu(x * self.weight) / scale

    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.leaf = Leaf()
            self.more = nn.Sequential(self.leaf, nn.ReLU())

        def forward(self, x: Tensor) -> Tensor:
            x = self.leaf(x, scale=torch.ones(8))
            return x + self.more[0].weight

    graph = run(Model(), X)
    assert flow(graph) == "input>leaf ones>leaf leaf>add leaf.weight>add"
    assert [node.parameters for node in graph.nodes] == [0, 0, 8, 0, 0]


def test_a_module_that_calls_none_of_its_children_is_a_leaf() -> None:
    class Tied(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc = nn.Linear(8, 8)

        def forward(self, x: Tensor) -> Tensor:
            return F.linear(x, self.fc.weight)

    graph = run(nn.Sequential(Tied(), nn.ReLU()), X)
    assert flow(graph) == "input>0 0>1"
    assert graph.by_id["0"].parameters == 72


def test_what_reaches_a_leaf_by_another_way_is_an_edge() -> None:
    class Reads(nn.Module):
        def __init__(self, memory: list[Tensor]) -> None:
            super().__init__()
            self.memory = memory

        def forward(self, x: Tensor) -> Tensor:
            self.memory.append(x * self.memory[0])
            return x * 2

    class Model(Two):
        def __init__(self) -> None:
            super().__init__()
            self.memory: list[Tensor] = []
            self.reads = Reads(self.memory)

        def forward(self, x: Tensor) -> Tensor:
            self.memory.append(self.a(x))
            x = self.reads(self.b(x))
            return x + self.memory[1]

    assert flow(run(Model(), X)) == "input>a input>b b>reads a>reads reads>add"


def test_a_childless_module_that_calls_another_is_entered() -> None:
    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = [nn.Linear(8, 8), nn.Linear(8, 8)]

        def forward(self, x: Tensor) -> Tensor:
            for layer in self.layers:
                x = layer(x)
            return x

    graph = run(nn.Sequential(Model(), nn.ReLU()), X)
    assert where(graph) == "input 0.layers.0@0.layers 0.layers.1@0.layers 1"
    assert scopes(graph) == "0 0.layers@0"


def test_parametrized_layers_are_leaves_of_their_own_class() -> None:
    model = nn.Sequential(
        parametrizations.weight_norm(nn.Linear(8, 8)),
        parametrizations.spectral_norm(nn.Linear(8, 8)),
    )
    graph = run(model, X)
    assert flow(graph) == "input>0 0>1"
    assert [node.kind for node in graph.nodes[1:]] == ["Linear", "Linear"]
    assert [node.target for node in graph.nodes[1:]] == ["torch.nn.Linear"] * 2
    assert graph.parameters == sum(p.numel() for p in model.parameters())


def test_a_parametrized_model_is_entered() -> None:
    class Symmetric(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x.triu() + x.triu(1).mT

    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(8, 8))

        def forward(self, x: Tensor) -> Tensor:
            return x @ self.weight

    model = Model()
    parametrize.register_parametrization(model, "weight", Symmetric())
    graph = run(model, X)
    assert graph.name == "Model"
    assert flow(graph).endswith("input>matmul parametrizations.weight.0>matmul")


def test_lazy_layers_are_built_in_a_stand_in() -> None:
    model = nn.Sequential(nn.LazyLinear(4), nn.LazyBatchNorm1d())
    graph = run(model, X)
    assert [node.kind for node in graph.nodes[1:]] == ["Linear", "BatchNorm1d"]
    assert graph.parameters == 8 * 4 + 4 + 8
    assert isinstance(model[0].weight, nn.UninitializedParameter)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_scripted_modules_are_leaves() -> None:
    inner = torch.jit.script(nn.Sequential(nn.Linear(8, 8), nn.ReLU()))
    graph = run(nn.Sequential(inner, nn.Linear(8, 2)), X)
    assert flow(graph) == "input>0 0>1"
    assert graph.by_id["0"].parameters == 72


def test_wrapped_models_are_entered() -> None:
    graph = run(nn.DataParallel(Summed()), X)
    assert flow(graph) == "input>module.a input>module.add module.a>module.add"


class Summed(Two):
    """A skip."""

    def forward(self, x: Tensor) -> Tensor:
        return x + self.a(x)


def test_a_module_may_call_itself() -> None:
    class Model(Two):
        def forward(self, x: Tensor, depth: int = 2) -> Tensor:
            return self.a(x) if depth == 0 else self(x, depth - 1) * 2

    graph = run(Model(), X)
    assert flow(graph) == "input>a a>mul mul>mul#2"
    graph.check()


def test_closures_of_hooks_see_the_module_that_runs() -> None:
    class Model(Two):
        def __init__(self) -> None:
            super().__init__()
            self.seen: dict[str, Tensor] = {}

            def keep(module: nn.Module, args: object, output: Tensor) -> None:
                self.seen["a"] = output

            self.a.register_forward_hook(keep)

        def forward(self, x: Tensor) -> Tensor:
            self.a(x)
            return self.b(self.seen.pop("a"))

    model = Model()
    assert flow(run(model, X)) == "input>a a>b"
    assert model.seen == {}


def test_threads_of_the_model_are_not_seen() -> None:
    class Model(Two):
        def forward(self, x: Tensor) -> Tensor:
            thread = threading.Thread(target=lambda: self.b(torch.zeros(1, 8, device=x.device)))
            thread.start()
            y = self.a(x)
            thread.join()
            return y

    assert flow(run(Model(), X)) == "input>a"


def test_nothing_is_kept_alive() -> None:
    kept: list[weakref.ref[Tensor]] = []

    class Model(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            for _ in range(20):
                x = x + 1
                kept.append(weakref.ref(x))
                assert sum(ref() is not None for ref in kept) <= 2
            return x

    run(Model(), X)
    assert not any(ref() is not None for ref in kept)


def test_containers_do_not_keep_what_they_were_given() -> None:
    kept: list[weakref.ref[Tensor]] = []

    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.relu = nn.ReLU()

        def forward(self, x: Tensor) -> Tensor:
            kept.append(weakref.ref(x))
            assert sum(ref() is not None for ref in kept) <= 3
            return self.relu(x)

    run(nn.Sequential(*(Block() for _ in range(20))), X)


def test_hooks_of_the_model_itself_are_seen() -> None:
    model = Summed()
    model.register_forward_pre_hook(lambda module, args: (args[0] * 2,))
    model.register_forward_hook(lambda module, args, output: module.b(output) - 1)
    assert flow(run(model, X)) == "input>mul mul>a mul>add a>add add>b b>sub"
    layer = nn.Linear(8, 8)
    layer.register_forward_hook(lambda module, args, output: output + args[0])
    assert flow(run(layer, X)) == "input>Linear Linear>add input>add"


def test_an_error_after_a_caught_one_is_not_mistaken_for_it() -> None:
    class Model(Two):
        def forward(self, x: Tensor) -> Tensor:
            with contextlib.suppress(RuntimeError):
                x.view(3)
            with contextlib.suppress(RuntimeError):
                self.a(x[:, 1:])
            x = self.b(x)
            raise ValueError("later")

    with pytest.raises(TraceError) as caught:
        run(nn.Sequential(Model()), X)
    assert caught.value.layer == "0 (Model)"


def test_a_base_is_of_all_who_wrote_into_its_views() -> None:
    class Halves(Two):
        def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
            both = torch.empty(2, 16, device=x.device)
            left, right = both.split(8, 1)
            left.copy_(self.a(x))
            right.copy_(self.b(x))
            return left, both.sum()

    graph = run(Halves(), X)
    assert flow(graph) == (
        "empty>split input>a split>copy a>copy input>b split>copy#2 b>copy#2 copy>copy#2 copy#2>sum"
    )
    assert graph.outputs == ("copy", "sum")


def test_so_it_is_of_rows_that_are_written_in_a_loop() -> None:
    class Rows(Two):
        def forward(self, x: Tensor) -> Tensor:
            rows = x.new_zeros(3, *x.shape)
            for row in rows:
                row.add_(self.a(x))
            return self.b(rows)  # type: ignore[no-any-return]

    graph = run(Rows(), X)
    ends = {(edge.source, edge.target) for edge in graph.edges}
    assert {("add", "add#2"), ("add#2", "add#3"), ("add#3", "b")} <= ends


def test_what_is_written_over_as_a_whole_is_of_the_last() -> None:
    class Whole(Two):
        def forward(self, x: Tensor) -> Tensor:
            both = torch.zeros(2, 8, device=x.device)
            both[:, :4].add_(1)
            both.view(-1).copy_(self.a(x).view(-1))
            return self.b(both)  # type: ignore[no-any-return]

    assert "add>b" not in flow(run(Whole(), X))


def test_what_flows_through_a_view_flows_once() -> None:
    class Later(Two):
        def forward(self, x: Tensor) -> Tensor:
            both = torch.empty(2, 16, device=x.device)
            both[:, :8].copy_(self.a(x))
            both[:, 8:].copy_(self.b(x))
            return both

    assert "copy>getitem#2" in flow(run(Later(), X))
    assert "copy>copy#2" not in flow(run(Later(), X))


@pytest.mark.parametrize("of", ["rows", "columns"])
def test_of_many_views_that_are_kept_each_has_its_writer(of: str) -> None:
    class Many(Two):
        def forward(self, x: Tensor) -> tuple[Tensor, ...]:
            both = x.new_zeros(60, 2, 8) if of == "rows" else x.new_zeros(2, 60, 8)
            views = [both[i] if of == "rows" else both[:, i] for i in range(60)]
            for view in views:
                view.add_(self.a(x))
            return self.b(both), views[7] * 2, views[59] - 1

    graph = run(Many(), X)
    ends = {(edge.source, edge.target) for edge in graph.edges}
    calls = ["", *(f"#{call}" for call in range(2, 61))]
    wanted = {(f"a{call}", f"add{call}") for call in calls}
    wanted |= {(f"getitem{call}", f"add{call}") for call in calls}
    wanted |= {(f"add{one}", f"add{other}") for one, other in itertools.pairwise(calls)}
    assert wanted | {("add#60", "b"), ("add#8", "mul"), ("add#60", "sub")} <= ends
    assert not any(target == "mul" for source, target in ends if source != "add#8")
