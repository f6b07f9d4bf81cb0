"""What a newcomer's model may do that no other does: each is drawn, or told in one clear line."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from tracing.flows import Two, flow, run

from sphinx_visualtorch.errors import BuildError, TraceError
from sphinx_visualtorch.graph import ArchitectureGraph
from sphinx_visualtorch.tracing import devices
from sphinx_visualtorch.tracing.inputs import Inputs, from_function, from_shapes
from sphinx_visualtorch.tracing.ladder import Subject, climb
from sphinx_visualtorch.tracing.seam import author_code

pytestmark = pytest.mark.torch


def built(kind: type[nn.Module], inputs: Inputs | None = None) -> ArchitectureGraph:
    """Return the graph of a model that is built anew on each rung, as one of a directive is."""

    def make(_device: torch.device | None) -> nn.Module:
        with author_code(lambda problem: BuildError("it", problem)):
            return kind()

    given = inputs or from_shapes([(2, 8)])
    return climb(Subject(name="it", make=make, inputs=given), 4e9, lambda _text: None).graph


# --- what is returned -----------------------------------------------------------------------------


class Yields(Two):
    def forward(self, x: Tensor) -> Iterator[Tensor]:
        yield self.a(x)
        yield self.b(x)


class Maps(Two):
    def forward(self, x: Tensor) -> Iterator[Tensor]:
        return (layer(x) for layer in (self.a, self.b))


class Queues(Two):
    def forward(self, x: Tensor) -> deque[Tensor]:
        return deque([self.a(x), self.b(x)])


class Slotted:
    __slots__ = ("empty", "one", "two")

    def __init__(self, one: Tensor, two: Tensor) -> None:
        self.one, self.two = one, two


class Holds(Two):
    def forward(self, x: Tensor) -> Slotted:
        return Slotted(self.a(x), self.b(x))


@pytest.mark.parametrize("kind", [Yields, Maps, Queues, Holds])
def test_what_is_in_containers_of_all_kinds_is_an_output(kind: type[nn.Module]) -> None:
    graph = run(kind(), torch.zeros(2, 8))
    assert flow(graph) == "input>a input>b"
    assert graph.outputs == ("a", "b")


def test_a_coroutine_is_awaited() -> None:
    class Waits(Two):
        async def forward(self, x: Tensor) -> Tensor:
            made: Tensor = self.b(self.a(x))
            return made

    assert flow(run(Waits(), torch.zeros(2, 8))) == "input>a a>b"


def test_a_generator_without_end_is_not_run_for_ever() -> None:
    class Endless(Two):
        def forward(self, x: Tensor) -> Iterator[Tensor]:
            while True:
                x = self.a(x)
                yield x

    assert len(run(Endless(), torch.zeros(2, 8)).outputs) == 1000


# --- what is handed over --------------------------------------------------------------------------


class Loops(Two):
    def forward(self, many: Iterator[Tensor]) -> Tensor:
        return self.b(sum(self.a(x) for x in many))  # type: ignore[no-any-return]


class Draws(Two):
    def forward(self, many: Iterator[Tensor]) -> Tensor:
        return self.b(self.a(next(many)) + self.a(next(many)))  # type: ignore[no-any-return]


@pytest.mark.parametrize("kind", [Loops, Draws])
def test_an_iterator_is_whole_on_each_rung(kind: type[nn.Module]) -> None:
    def inputs() -> Any:
        return (iter([torch.zeros(2, 8), torch.zeros(2, 8)]),)

    graph = built(kind, from_function(inputs, "it"))
    assert [node.id for node in graph.nodes if node.op == "input"] == ["many.0", "many.1"]
    assert {("many.0", "a"), ("many.1", "a#2")} <= {(e.source, e.target) for e in graph.edges}


# --- what is raised -------------------------------------------------------------------------------


class LeavesError(BaseException):
    pass


@pytest.mark.parametrize("error", [StopIteration("no more"), LeavesError("for good")])
def test_whatever_is_raised_is_told_with_where(error: BaseException) -> None:
    class Raises(Two):
        def forward(self, x: Tensor) -> Tensor:
            self.a(x)
            raise error

    with pytest.raises(TraceError, match=r"failed at 'Raises' given 2×8: \w+: (no m|for g)") as got:
        run(Raises(), torch.zeros(2, 8))
    assert got.value.partial is not None
    assert flow(got.value.partial) == f"input>a a>{type(error).__name__}"


def test_a_model_without_its_beginning() -> None:
    class Hasty(nn.Module):
        def __init__(self) -> None:
            pass

    with pytest.raises(BuildError, match=r"building 'it' failed: AttributeError: .*_parameters"):
        built(Hasty)


def test_a_model_that_cannot_be_hashed() -> None:
    class Equal(Two):
        def __eq__(self, other: object) -> bool:
            return isinstance(other, Equal)

        __hash__ = None  # type: ignore[assignment]

    with pytest.raises(BuildError, match="building 'it' failed: TypeError: unhashable"):
        built(Equal)


def test_a_forward_without_end_is_run_once() -> None:
    runs: list[str] = []

    class Calls(Two):
        def forward(self, x: Tensor) -> Tensor:
            runs.append(x.device.type)
            return self.forward(self.a(x))

    with pytest.raises(TraceError, match="RecursionError"):
        built(Calls)
    assert set(runs) == {"meta"}


# --- what is done to torch ------------------------------------------------------------------------


class Defaults(Two):
    """Sets twice what is torch's own business."""

    def __init__(self) -> None:
        super().__init__()
        for _ in range(2):
            torch.set_default_device("cpu")
            torch.set_default_dtype(torch.float64)
        self.b = nn.Linear(8, 4)

    def forward(self, x: Tensor) -> Tensor:
        torch.set_default_device("cpu")
        return self.b(self.a(x).double()) + torch.ones(4)  # type: ignore[no-any-return]


def test_defaults_are_put_back() -> None:
    for _ in range(2):
        graph = built(Defaults)
        assert graph.by_id["b"].outputs[0].dtype == "float64"
        assert torch.get_default_dtype() == torch.float32
        assert torch.get_default_device() == torch.device("cpu")
        assert torch.ones(1).device.type == "cpu"


class Cards(Two):
    """Is written for a graphics card."""

    def __init__(self) -> None:
        super().__init__()
        self.a.cuda()
        self.scale = nn.Parameter(torch.ones(8, device="cuda:0"))
        self.to("cuda")

    def forward(self, x: Tensor) -> Tensor:
        x = x.cuda().to("cuda", non_blocking=True).to(device=torch.device("cuda", 0)).to(0)
        x = self.b(self.a(x)) * self.scale.cuda(0)
        return x + torch.arange(8, device="cuda").to("cuda", torch.float32)


@pytest.fixture
def no_cards(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no cards, whatever this machine has."""
    monkeypatch.setattr(devices, "_absent", lambda: frozenset({"cuda", "mps"}))


@pytest.mark.usefixtures("no_cards")
def test_a_card_that_is_not_there_is_not_needed() -> None:
    graph = built(Cards)
    assert flow(graph) == "input>a a>b b>mul scale>mul arange>to mul>add to>add"


class ReadsOnCards(Cards):
    def forward(self, x: Tensor) -> Tensor:
        made = super().forward(x)
        return made if made.sum() < 1e9 else -made


@pytest.mark.usefixtures("no_cards")
def test_nor_in_a_real_run() -> None:
    assert flow(built(ReadsOnCards)) == flow(built(Cards))


def test_a_model_that_torch_exported() -> None:
    class Exported(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            body = nn.Sequential(nn.Linear(8, 8), nn.ReLU())
            with torch.random.fork_rng():
                self.body = torch.export.export(body, (torch.zeros(2, 8),)).module()
            self.head = nn.Linear(8, 2)

        def forward(self, x: Tensor) -> Tensor:
            return self.head(self.body(x))  # type: ignore[no-any-return]

    graph = built(Exported)
    assert "body.linear>body.relu body.relu>head" in flow(graph)


# --- element types --------------------------------------------------------------------------------


def test_a_wrong_element_type_is_a_mistake_without_values_too() -> None:
    class Plain(Two):
        def forward(self, x: Tensor) -> Tensor:
            return self.a(x)  # type: ignore[no-any-return]

    with pytest.raises(TraceError, match=r"at layer 'a \(Linear\)' given 2×8: RuntimeError: mat1"):
        built(Plain, from_shapes([(2, 8)], ["int64"]))


def test_where_there_is_autocast_it_is_none() -> None:
    class Casts(Two):
        def forward(self, x: Tensor) -> Tensor:
            with torch.autocast("cpu", torch.bfloat16):
                return self.b(self.a(x).double())  # type: ignore[no-any-return]

    assert flow(built(Casts)) == "input>a a>double double>b"


@pytest.mark.parametrize(
    ("name", "kind"),
    [("", "?"), ("a\x1b[31m\n\ufffe", "a\\x1b[31m \\ufffe"), ("K" * 9_999, "K" * 499 + "…")],
)
def test_a_class_of_any_name(name: str, kind: str) -> None:
    """What type() takes for a name can be kept and shown."""

    def hold(model: nn.Sequential, inner: nn.Module) -> None:
        nn.Sequential.__init__(model, nn.Linear(8, 8), inner)

    class Odd(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x

        def extra_repr(self) -> str:
            return "mark=\x07"

    odd = type(name, (Odd,), {"__module__": "pkg\0"})
    graph = built(type("Outer", (nn.Sequential,), {"__init__": lambda self: hold(self, odd())}))
    node = graph.nodes[-1]
    assert node.kind == kind
    assert node.target == ""
    assert all(value.isprintable() for _, value in node.attributes)
    assert ArchitectureGraph.from_json(graph.to_json()) == graph


def test_paths_of_any_letters() -> None:
    """They are escaped, so that the graph can be kept and shown; ids and edges still agree."""

    class Odd(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.add_module("a\0b\x1b\n\ufffe", nn.Sequential(nn.Linear(8, 8), nn.ReLU()))
            self.add_module("never\x07", nn.ReLU())

        def forward(self, x: Tensor) -> Any:
            return next(self.children())(x)

    graph = built(Odd)
    inner = "a\\x00b\\x1b\\n\\ufffe"
    assert [node.id for node in graph.nodes[1:]] == [f"{inner}.0", f"{inner}.1"]
    assert graph.scopes[1].kind == "Sequential"
    assert graph.unused == ("never\\x07",)
    assert json.loads(graph.to_json()) == graph.to_data()
