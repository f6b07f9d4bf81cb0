"""Where tensors come from that no function call has shown: copies, wrappers, computed weights."""

from __future__ import annotations

import copy
import io
import pickle
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils import dlpack
from torch.utils._pytree import tree_map
from tracing.flows import Two, flow, run

pytestmark = pytest.mark.torch

X = torch.zeros(2, 8)


# --- there and back -------------------------------------------------------------------------------


class Pickles(Two):
    def forward(self, x: Tensor) -> Tensor:
        return self.b(pickle.loads(pickle.dumps(self.a(x))))  # type: ignore[no-any-return]


class Copies(Two):
    def forward(self, x: Tensor) -> Tensor:
        return self.b(copy.copy(self.a(x)))  # type: ignore[no-any-return]


class Saves(Two):
    def forward(self, x: Tensor) -> Tensor:
        file = io.BytesIO()
        torch.save({"made": self.a(x)}, file)
        file.seek(0)
        return self.b(torch.load(file)["made"])  # type: ignore[no-any-return]


class Reads(nn.Module):
    """Is run really, since it looks at a value."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, x: Tensor) -> Tensor:
        made: Tensor = self.inner(x)
        return made if made.sum() < 1e9 else -made


@pytest.mark.parametrize("kind", [Pickles, Copies, Saves])
def test_what_is_pickled_comes_back(kind: type[nn.Module]) -> None:
    assert flow(run(kind(), X)) == "input>a a>clone clone>b"
    graph = run(Reads(kind()), X)
    assert flow(graph) == "input>inner.a inner.a>inner.clone inner.clone>inner.b"


def test_several_come_back_in_their_order() -> None:
    class Many(Two):
        def forward(self, x: Tensor) -> Tensor:
            one, other = pickle.loads(pickle.dumps((self.a(x), self.b(x))))
            return one - other.relu()

    assert flow(run(Many(), X)) == (
        "input>a input>b a>clone b>clone#2 clone#2>relu clone>sub relu>sub"
    )


def test_a_deep_copy_is_an_operation() -> None:
    class Deep(Two):
        def forward(self, x: Tensor) -> Tensor:
            return self.b(copy.deepcopy(self.a(x)))  # type: ignore[no-any-return]

    assert flow(run(Deep(), X)) == "input>a a>deepcopy deepcopy>b"


class Capsules(Two):
    def forward(self, x: Tensor) -> Tensor:
        return self.b(dlpack.from_dlpack(dlpack.to_dlpack(self.a(x))))  # type: ignore[no-any-return, attr-defined]


class Protocol(Two):
    def forward(self, x: Tensor) -> Tensor:
        return self.b(torch.from_dlpack(self.a(x)))  # type: ignore[no-any-return, attr-defined]


def test_memory_that_is_handed_on_keeps_its_maker() -> None:
    assert flow(run(Capsules(), X)) == "input>a a>b"
    assert flow(run(Protocol(), X)) == "input>a a>from_numpy from_numpy>b"


# --- wrappers -------------------------------------------------------------------------------------


class Wrapped(Tensor):
    inner: Tensor

    @staticmethod
    def __new__(cls, inner: Tensor) -> Any:
        form: dict[str, Any] = {"dtype": inner.dtype, "device": inner.device}
        return Tensor._make_wrapper_subclass(cls, inner.shape, **form)  # type: ignore[attr-defined]

    def __init__(self, inner: Tensor) -> None:
        self.inner = inner

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        def bare(value: Any) -> Any:
            return value.inner if isinstance(value, Wrapped) else value

        made = func(*tree_map(bare, args), **tree_map(bare, kwargs or {}))
        return tree_map(lambda value: Wrapped(value) if isinstance(value, Tensor) else value, made)


def test_wrappers_are_what_is_in_them() -> None:
    class Model(Two):
        def forward(self, x: Tensor) -> Tensor:
            made = self.b(Wrapped(self.a(x)) * 2)
            return made.inner + x  # type: ignore[no-any-return]

    assert flow(run(Model(), X)) == "input>a a>mul mul>b b>add input>add"


@pytest.mark.filterwarnings("ignore:.*MaskedTensors:UserWarning")
def test_masked_tensors_are_of_data_and_mask() -> None:
    class Model(Two):
        def forward(self, x: Tensor) -> Tensor:
            made = self.a(x)
            masked = torch.masked.masked_tensor(made, x > 0) * 2
            return self.b(masked.get_data())  # type: ignore[no-any-return]

    ends = flow(run(Model(), X))
    assert "a>clone gt>clone#2 clone>MaskedTensor clone#2>MaskedTensor MaskedTensor>mul" in ends
    assert ends.endswith("mul>detach detach>b")


# --- weights --------------------------------------------------------------------------------------


class Hyper(Two):
    """Computes the weight of *b* with *a*."""

    def weight(self, x: Tensor) -> Tensor:
        return self.a(x).mean(0).expand(8, 8).contiguous()  # type: ignore[no-any-return]


class SetsParameter(Hyper):
    def forward(self, x: Tensor) -> Tensor:
        self.b.weight = nn.Parameter(self.weight(x))
        return self.b(x)  # type: ignore[no-any-return]


class SetsTensor(Hyper):
    def forward(self, x: Tensor) -> Tensor:
        del self.b.weight
        self.b.weight = self.weight(x)
        return self.b(x)  # type: ignore[no-any-return]


class Calls(Hyper):
    def forward(self, x: Tensor) -> Tensor:
        return torch.func.functional_call(self.b, {"weight": self.weight(x)}, (x,))  # type: ignore[no-any-return]


class Makes(Hyper):
    def forward(self, x: Tensor) -> Tensor:
        layer = nn.Linear(8, 8, device=x.device)
        layer.weight = nn.Parameter(self.weight(x))
        return layer(x)  # type: ignore[no-any-return]


class Applies(Hyper):
    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.linear(x, nn.Parameter(self.weight(x)))


WAY = "input>a a>mean mean>expand expand>contiguous "


@pytest.mark.parametrize(
    ("kind", "last"),
    [(SetsParameter, "b"), (SetsTensor, "b"), (Calls, "b"), (Makes, "Linear"), (Applies, "linear")],
)
def test_computed_weights_flow_into_the_layer(kind: type[Hyper], last: str) -> None:
    edges = WAY + f"input>{last} contiguous>{last}"
    assert flow(run(kind(), X)) == edges
    inner = flow(run(Reads(kind()), X)).replace("inner.", "")
    assert inner == edges


class SetsData(Hyper):
    def forward(self, x: Tensor) -> Tensor:
        self.b.weight.data = self.weight(x)
        return self.b(x)  # type: ignore[no-any-return]


class WritesData(Hyper):
    def forward(self, x: Tensor) -> Tensor:
        self.b.weight.data.copy_(self.weight(x))
        return self.b(x)  # type: ignore[no-any-return]


class Writes(Hyper):
    def forward(self, x: Tensor) -> Tensor:
        with torch.no_grad():
            self.b.weight.copy_(self.weight(x))
        return self.b(x)  # type: ignore[no-any-return]


class WritesRow(Hyper):
    def forward(self, x: Tensor) -> Tensor:
        with torch.no_grad():
            self.b.weight[0] = self.weight(x)[0]
        return self.b(x)  # type: ignore[no-any-return]


class Loads(Hyper):
    def forward(self, x: Tensor) -> Tensor:
        self.b.load_state_dict({"weight": self.weight(x)}, strict=False)
        return self.b(x)  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("kind", "writer"),
    [
        (SetsData, "data"),
        (WritesData, "copy"),
        (Writes, "copy"),
        (WritesRow, "setitem"),
        (Loads, "copy"),
    ],
)
def test_what_is_written_into_weights_flows_into_the_layer(kind: type[Hyper], writer: str) -> None:
    graph = run(kind(), X)
    assert flow(graph).endswith(f"input>b {writer}>b")
    assert {edge.source for edge in graph.incoming["b"]} == {"input", writer}
    assert graph.parameters == sum(node.parameters for node in graph.nodes) == 144


def test_what_is_no_flow_of_data_is_not_drawn() -> None:
    class Model(Two):
        def forward(self, x: Tensor) -> Tensor:
            with torch.no_grad():
                self.b.weight.copy_(nn.functional.normalize(self.b.weight))
            return nn.Linear(8, 8, device=x.device)(self.b(x))  # type: ignore[no-any-return]

    assert flow(run(Model(), X)) == "input>b b>Linear"
