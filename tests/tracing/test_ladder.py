"""The ladder: each rung only where the one before could not, and what is left when none could."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
import zoo
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensor
from tracing.flows import REFERENCES, Two, flow, run, traced
from tracing.test_truth import inputs, made

from sphinx_visualtorch.errors import BuildError, MemoryLimitError, TraceError
from sphinx_visualtorch.graph import ArchitectureGraph
from sphinx_visualtorch.tracing.inputs import from_shapes
from sphinx_visualtorch.tracing.ladder import RUNGS, Setting, Subject, climb, run_once
from sphinx_visualtorch.tracing.recorder import FAILED_NOTE, READ_NOTE
from sphinx_visualtorch.tracing.state import preserved

pytestmark = pytest.mark.torch

META, FAKE, REAL = RUNGS
X = torch.zeros(2, 8)


def graph_on(name: str, rung: object) -> ArchitectureGraph:
    reference = REFERENCES[name]
    chosen = next(item for item in RUNGS if item is rung)
    with preserved(), chosen.entered():
        subject = Subject(name=name, make=lambda _device: made(reference), inputs=None)
        setting = Setting(name=name, device=chosen.device)
        return run_once(chosen.build(subject), inputs(reference), setting)


# an LSTM asks for the address of its weights
@pytest.mark.filterwarnings("ignore:Accessing the data pointer:UserWarning")
@pytest.mark.parametrize("name", [name for name in REFERENCES if name not in zoo.REAL_ONLY])
def test_fake_and_real_traces_are_equal(name: str) -> None:
    assert graph_on(name, FAKE) == graph_on(name, REAL) == traced(name)


class Seen(nn.Module):
    """Notes on what it is run."""

    runs: list[str] = []  # noqa: RUF012 - of all models that a test has made

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(8, 4)

    def note(self, x: Tensor) -> None:
        kind = "fake" if isinstance(x, FakeTensor) else "meta" if x.is_meta else "real"
        self.runs.append(kind)


class OnMeta(Seen):
    """Asks for nothing but shapes."""

    def forward(self, x: Tensor) -> Tensor:
        self.note(x)
        return self.fc(x)


class OnFake(Seen):
    """Insists on a device."""

    def forward(self, x: Tensor) -> Tensor:
        self.note(x)
        return self.fc(x) + torch.zeros(4, device="cpu")


class OnReal(Seen):
    """Reads a value."""

    def forward(self, x: Tensor) -> Tensor:
        self.note(x)
        return self.fc(x) if x.sum() > 0 else -self.fc(x)


@pytest.mark.parametrize(
    ("model", "runs"),
    [
        (OnMeta, ["meta"]),
        (OnFake, ["meta", "fake"]),
        (OnReal, ["meta", "fake", "real"]),
    ],
)
def test_each_rung_is_tried_when_the_one_before_could_not(
    model: type[Seen], runs: list[str]
) -> None:
    Seen.runs.clear()
    subject = Subject(name="it", make=lambda _device: model(), inputs=from_shapes([(2, 8)]))
    graph = climb(subject, float("inf"), lambda _text: None).graph
    assert Seen.runs == runs
    assert graph.parameters == 36
    assert graph.notes == ((READ_NOTE,) if model is OnReal else ())


def test_how_far_it_has_come_is_told() -> None:
    told: list[str] = []
    subject = Subject(name="it", make=lambda _device: Two(), inputs=from_shapes([(2, 8)]))
    with pytest.raises(TraceError, match="NotImplementedError"):
        climb(subject, float("inf"), told.append)
    assert told == ["building it", "its forward"] * 3
    subject = Subject(
        name="it", make=lambda _device: nn.Sequential(nn.ReLU()), inputs=from_shapes([(2, 8)])
    )
    climb(subject, float("inf"), told.append)
    assert told[6:] == ["building it", "its forward", "layer '0'"]


def test_nothing_fills_what_has_no_values() -> None:
    filled: list[Tensor] = []

    class Own(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.empty(8, 8))
            nn.init.kaiming_uniform_(self.weight)
            filled.append(self.weight)

        def forward(self, x: Tensor) -> Tensor:
            if self.weight.abs().sum() == 0:
                raise ValueError("the weights are not filled")
            return x @ self.weight

    subject = Subject(name="it", make=lambda _device: Own(), inputs=from_shapes([(2, 8)]))
    graph = climb(subject, float("inf"), lambda _text: None).graph
    assert [weight._version for weight in filled] == [0, 0, 1]
    assert flow(graph).endswith("input>matmul weight>matmul")


def test_a_constructor_that_reads_what_it_has_drawn_needs_no_memory() -> None:
    def make(device: torch.device | None) -> nn.Module:
        assert device is not None, "built for real"
        try:
            model = OnFake()
            nn.init.trunc_normal_(model.fc.weight)
        except RuntimeError as error:
            raise BuildError("it", str(error)) from error
        return model

    Seen.runs.clear()
    subject = Subject(name="it", make=make, inputs=from_shapes([(2, 8)]))
    assert climb(subject, 0.1e9, lambda _text: None).graph.parameters == 36
    assert Seen.runs == ["meta", "fake"]


# --- memory ---------------------------------------------------------------------------------------


class Heavy(nn.Module):
    """Reads a value, and would take 4.2 GB."""

    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Linear(8, 2**20)
        self.b = nn.Linear(2**20, 2**10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.a(x)
        return self.b(x) if x.max() > 0 else x


def test_a_real_run_that_is_too_large_is_refused() -> None:
    def make(device: torch.device | None) -> nn.Module:
        assert device is not None, "built for real"
        return Heavy()

    subject = Subject(name="pkg:Heavy", make=make, inputs=from_shapes([(2, 8)]))
    with pytest.raises(MemoryLimitError) as caught:
        climb(subject, 4e9, lambda _text: None)
    words = str(caught.value)
    assert words.startswith("'pkg:Heavy' needs a real run, of about 4.34 GB, as without memory")
    assert words.endswith("it may take 4 GB, and a larger limit is set with visualtorch_max_memory")
    assert [node.kind for node in caught.value.partial.nodes] == [
        "input",
        "Linear",
        "max",
        "gt",
        "bool",
    ]


def test_activations_count_as_memory() -> None:
    class Wide(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            x = x.expand(2**16, 2**16) + 1
            return x if x.sum() > 0 else -x

    subject = Subject(name="it", make=lambda _device: Wide(), inputs=from_shapes([(1, 1)]))
    with pytest.raises(MemoryLimitError, match=r"about 34\.4 GB"):
        climb(subject, 4e9, lambda _text: None)


def test_a_large_model_that_needs_no_values_is_no_matter() -> None:
    subject = Subject(
        name="it", make=lambda _device: nn.Linear(2**20, 2**20), inputs=from_shapes([(2, 2**20)])
    )
    assert climb(subject, 1e6, lambda _text: None).graph.parameters == 2**40 + 2**20


# --- half a graph ---------------------------------------------------------------------------------


def partial(model: nn.Module, *args: object) -> ArchitectureGraph:
    """Return the graph up to what raised."""
    with pytest.raises(TraceError) as caught:
        run(model, *args)
    graph = caught.value.partial
    assert isinstance(graph, ArchitectureGraph)
    assert graph.notes[-1].startswith(FAILED_NOTE)
    assert [node.id for node in graph.nodes if node.role == "failed"] == [graph.nodes[-1].id]
    return graph


def test_a_layer_that_raises_is_the_last_node() -> None:
    graph = partial(zoo.RaisesHalfWay(), X)
    assert flow(graph) == "input>fc1 fc1>relu relu>fc2" or flow(graph) == "input>fc1 fc1>fc2"
    last = graph.nodes[-1]
    assert (last.kind, last.role, last.outputs) == ("Linear", "failed", ())
    assert last.inputs[0].shape[-1] != 0
    assert graph.outputs == ()


def test_a_function_that_raises_is_the_last_node() -> None:
    class Bad(Two):
        def forward(self, x: Tensor) -> Tensor:
            x = self.a(x)
            spare = x * 2
            return torch.cat([x, self.b(x)[:, :3]], dim=0) + spare

    graph = partial(nn.Sequential(Bad()), X)
    assert flow(graph) == "input>0.a 0.a>0.mul 0.a>0.b 0.b>0.getitem 0.a>0.cat 0.getitem>0.cat"
    assert graph.nodes[-1].kind == "cat"


def test_what_raises_between_two_operations_hangs_on_the_one_before() -> None:
    class Bad(Two):
        def forward(self, x: Tensor) -> Tensor:
            x = self.a(x)
            raise LookupError("no such key")

    graph = partial(nn.Sequential(Bad()), X)
    assert flow(graph) == "input>0.a 0.a>0.LookupError"
    assert graph.notes[-1].endswith("LookupError: no such key")


def test_a_model_that_raises_at_once_is_one_node() -> None:
    class Bad(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            raise ValueError

    assert flow(partial(Bad(), X)) == "input>Bad"


def test_a_caught_error_is_none() -> None:
    class Caught(Two):
        def forward(self, x: Tensor) -> Tensor:
            try:
                x = self.a(x[:, :3])
            except RuntimeError:
                x = self.b(x)
            return x

    graph = run(Caught(), X)
    assert flow(graph) == "input>b"
    assert graph.notes == ()


def test_values_that_came_through_numpy_are_followed_in_a_real_run() -> None:
    class There(Two):
        def forward(self, x: Tensor) -> Tensor:
            x = self.a(x)
            return self.b(torch.from_numpy(np.abs(x.numpy())))

    assert flow(run(There(), X)) == "input>a a>from_numpy from_numpy>b"


def test_products_of_groups_need_no_values() -> None:
    """Torch's own form of them is for one type of numbers only."""

    class Experts(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.ones(4, 8, 12))

        def forward(self, x: Tensor) -> Tensor:
            offsets = torch.tensor([4, 8, 12, 16], dtype=torch.int32)
            return torch.nn.functional.grouped_mm(x, self.weight, offs=offsets)

    given = from_shapes([(16, 8)])
    graphs = []
    for rung in RUNGS:
        with rung.entered():
            subject = Subject(name="it", make=lambda _device: Experts(), inputs=given)
            setting = Setting(name="it", device=rung.device)
            graphs.append(run_once(rung.build(subject), given, setting))
    assert graphs[0] == graphs[1] == graphs[2]
    assert graphs[0].flops == 2 * 16 * 8 * 12


QUANTISED = """
import gc
import torch
from torch import nn
from sphinx_visualtorch.reference import Reference
from sphinx_visualtorch.tracing.run import trace_reference

def quantised():
    layers = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 4))
    return torch.ao.quantization.quantize_dynamic(layers, {nn.Linear}, dtype=torch.qint8)

for _ in range(2):
    found = trace_reference(Reference.parse("__main__:quantised", input_shape="1, 8"))
    print(len(found.graph.nodes), flush=True)
    gc.collect()
"""


def test_half_made_quantised_weights_are_freed_in_time() -> None:
    """Left to the collector of garbage they end the process, at whatever model comes next."""
    import subprocess
    import sys

    command = [sys.executable, "-W", "ignore", "-c", QUANTISED]
    done = subprocess.run(command, capture_output=True, check=False, encoding="utf-8", timeout=120)
    assert (done.returncode, done.stdout.split()) == (0, ["4", "4"]), done.stderr


class _Copies(nn.Module):
    """Copies a layer with a count, and reads a copied number."""

    def __init__(self) -> None:
        super().__init__()
        count = torch.tensor(2)
        count.unit = ["steps"]  # type: ignore[attr-defined] # people do
        self.norm = nn.BatchNorm1d(8)
        self.twins = copy.deepcopy(nn.ModuleList([self.norm, self.norm]))
        self.count = copy.deepcopy(count)
        self.steps = int(self.count)

    def forward(self, x: Tensor) -> Tensor:
        for _ in range(self.steps):
            x = self.twins[0](self.norm(x))
        return x


def test_numbers_are_copied_without_their_memory() -> None:
    """Torch fails to, and freed, what is left of the copy ends the process."""
    with preserved(), FAKE.entered():
        subject = Subject(name="copies", make=lambda _device: _Copies(), inputs=None)
        model = FAKE.build(subject)
        assert isinstance(model, _Copies)
        assert isinstance(model.norm.num_batches_tracked, FakeTensor)
        assert model.twins[0] is model.twins[1]
        assert model.twins[0].num_batches_tracked is not model.norm.num_batches_tracked
        assert model.count.unit == ["steps"]  # type: ignore[attr-defined]
        inputs = from_shapes([(2, 8)])
        graph = run_once(model, inputs, Setting(name="copies", device=FAKE.device))
    paths = [node.path for node in graph.nodes if node.op == "module"]
    assert paths == ["norm", "twins.0"] * 2
