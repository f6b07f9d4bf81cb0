"""What models by others do: tiny models of the same structure, each with its true flow."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar

import pytest
import torch
from torch import Tensor, nn
from tracing.flows import Two, flow, run, where

from sphinx_visualtorch.errors import BuildError, TraceError
from sphinx_visualtorch.pipeline import trace
from sphinx_visualtorch.tracing.inputs import from_shapes
from sphinx_visualtorch.tracing.ladder import Subject, climb
from sphinx_visualtorch.tracing.recorder import THREAD_NOTE
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


def test_inputs_that_a_library_offers_and_nothing_reads_are_not_drawn() -> None:
    class Encoder(Two):
        @property
        def dummy_inputs(self) -> dict[str, Tensor]:
            return {"ids": torch.zeros(2, 8), "decoder_ids": torch.zeros(2, 8)}

        def forward(self, ids: Tensor, **rest: object) -> Tensor:
            return self.a(ids)

    assert [node.id for node in trace(Encoder()).nodes] == ["ids", "a"]
    given = {"ids": torch.zeros(2, 8), "decoder_ids": torch.zeros(2, 8)}
    assert [node.id for node in run(Encoder(), **given).nodes] == ["ids", "decoder_ids", "a"]


# --- writes ---------------------------------------------------------------------------------------


class Codes(nn.Module):
    """A layer that learns while it runs, as the tables of codes in VQ-VAE do."""

    codes: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("codes", torch.zeros(8))

    def forward(self, x: Tensor) -> Tensor:
        self.codes.mul_(0.9).add_(x.mean(0))
        return x * 2


def test_what_a_layer_writes_into_its_own_buffer_is_read_outside() -> None:
    class Model(Two):
        def __init__(self) -> None:
            super().__init__()
            self.table = Codes()

        def forward(self, x: Tensor) -> Tensor:
            self.table(self.a(x))
            return self.b(x) + self.table.codes

    assert flow(run(Model(), torch.zeros(2, 8))) == "input>a a>table input>b b>add table>add"


def adds(x: Tensor, y: Tensor) -> Tensor:
    x.add_(y)
    return x * 2


@pytest.mark.filterwarnings("ignore:.torch.jit:DeprecationWarning")
def test_a_script_that_writes() -> None:
    script = torch.jit.script(adds)

    class Model(Two):
        def forward(self, x: Tensor) -> Tensor:
            y = self.a(x)
            return script(y, x) + self.b(y)

    edges = "input>a a>add input>add add>mul add>b mul>add#2 b>add#2"
    assert flow(run(Model(), torch.zeros(2, 8))) == edges


# --- tensors in odd places ------------------------------------------------------------------------


def test_tensors_in_lists_of_a_module_have_names() -> None:
    class Model(Two):
        def __init__(self) -> None:
            super().__init__()
            self.anchors = [torch.ones(8), torch.ones(8)]
            self.scales = {"fine": nn.Parameter(torch.ones(8))}

        def forward(self, x: Tensor) -> Tensor:
            return self.a(x) * self.scales["fine"] + self.anchors[1]

    graph = run(Model(), torch.zeros(2, 8))
    assert flow(graph) == "input>a a>mul scales.fine>mul mul>add anchors.1>add"


class Marked(Tensor):
    pass


def test_tensors_of_a_class_of_their_own() -> None:
    class Model(Two):
        def forward(self, x: Tensor) -> Any:
            y = self.a(x).as_subclass(Marked) * 2  # type: ignore[arg-type]
            return self.b(y).as_subclass(Tensor) + x

    assert flow(run(Model(), torch.zeros(2, 8))) == "input>a a>mul mul>b b>add input>add"


def test_layers_in_other_threads_are_told() -> None:
    class Model(Two):
        def forward(self, x: Tensor) -> Tensor:
            with ThreadPoolExecutor(1) as pool:
                return x + pool.submit(self.a, x).result()

    graph = run(Model(), torch.zeros(2, 8))
    assert THREAD_NOTE in graph.notes


def test_one_tensor_that_is_offered_twice_is_two_inputs() -> None:
    class Model(Two):
        @property
        def dummy_inputs(self) -> dict[str, Tensor]:
            ids = torch.zeros(2, 8)
            return {"ids": ids, "decoder_ids": ids}

        def forward(self, ids: Tensor, decoder_ids: Tensor) -> Tensor:
            return self.a(ids) + self.b(decoder_ids)

    edges = "ids>a decoder_ids>b a>add b>add"
    assert flow(trace(Model())) == edges


@pytest.mark.filterwarnings("ignore:.*nested tensors:UserWarning")
def test_ragged_tensors_leave_nothing_in_torch() -> None:
    class Model(Two):
        def forward(self, x: Tensor) -> Tensor:
            rows = [self.a(x), self.a(x)[:1]]
            ragged = torch.nested.as_nested_tensor(rows, layout=torch.jagged)
            made: Tensor = self.b(ragged).values()
            return made

    graphs = [run(Model(), torch.zeros(2, 8)) for _ in range(2)]
    assert graphs[0] == graphs[1]


# --- classes that are no tensors, and stand for some ----------------------------------------------


class Lazily:
    """A product that is computed when somebody asks, as the matrices of GPyTorch are."""

    def __init__(self, one: Tensor, other: Tensor) -> None:
        self.one, self.other = one, other

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is not torch.matmul:
            return NotImplemented
        lazy, vector = args
        return lazy.one @ (lazy.other @ vector)


def test_functions_that_a_class_takes_over() -> None:
    class Model(Two):
        def forward(self, x: Tensor) -> Tensor:
            lazy: Any = Lazily(self.a(x).T, self.b(x))
            made: Tensor = torch.matmul(lazy, x.T)
            return made + 1

    edges = "input>a a>T input>b input>T#2 b>matmul T#2>matmul T>matmul#2 matmul>matmul#2"
    assert flow(run(Model(), torch.zeros(2, 8))) == f"{edges} matmul#2>add"


def test_a_function_that_a_class_does_not_take_over() -> None:
    class Model(Two):
        def forward(self, x: Tensor) -> Tensor:
            lazy: Any = Lazily(self.a(x), x)
            return torch.relu(lazy)

    with pytest.raises(TraceError, match=r"at .relu. given 2×8, 2×8: TypeError: .*relu"):
        run(Model(), torch.zeros(2, 8))


class Sampled(torch.distributions.Normal):
    """Draws when it is called, as the distributions of Pyro do."""

    def __call__(self) -> Tensor:
        return self.sample()


def test_distributions_that_can_be_called() -> None:
    class Model(Two):
        def forward(self, x: Tensor) -> Any:
            return Sampled(self.a(x), self.b(x), validate_args=False)  # type: ignore[no-untyped-call]

    graph = run(Model(), torch.zeros(2, 8))
    assert flow(graph) == "input>a input>b a>broadcast_tensors b>broadcast_tensors"
    assert graph.outputs == ("broadcast_tensors",)


class Table(dict[str, Tensor]):
    """Is gone through row by row, as a TensorDict is."""

    def __iter__(self) -> Any:
        for row in range(2):
            yield {name: value[row] for name, value in self.items()}


def test_mappings_that_are_gone_through_in_another_way() -> None:
    class Model(Two):
        def forward(self, table: Table) -> Tensor:
            return self.a(table["one"]) + self.b(table["other"])

    graph = run(Model(), Table(one=torch.zeros(2, 8), other=torch.zeros(2, 8)))
    assert flow(graph) == "table.one>a table.other>b a>add b>add"


def test_a_model_that_is_called_in_a_way_of_its_own() -> None:
    """Torch's hooks never hear of it, as with the modules of GPyTorch."""

    class Model(Two):
        def __call__(self, x: Tensor) -> Tensor:
            return self.forward(x + 1) * 2

        def forward(self, x: Tensor) -> Tensor:
            return torch.tanh(self.a(x)) @ self.b.weight

    graph = run(Model(), torch.zeros(2, 8))
    edges = "input>add add>a a>tanh tanh>matmul b.weight>matmul matmul>mul"
    assert flow(graph) == edges
    assert where(graph) == "input add a tanh b.weight matmul mul"
    assert graph.unused == ()
