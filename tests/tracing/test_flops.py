"""Floating-point operations: what torch's own counter says of the same run."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.overrides import TorchFunctionMode
from torch.utils.flop_counter import FlopCounterMode
from tracing.flows import REFERENCES, run, traced
from tracing.test_truth import inputs, made

from sphinx_visualtorch.tracing.flops import counted
from sphinx_visualtorch.tracing.state import preserved

pytestmark = pytest.mark.torch


class Ours(TorchFunctionMode):
    """Counts as the recorder does."""

    total = 0

    def __torch_function__(
        self,
        func: Callable[..., object],
        types: object,
        args: tuple[object, ...] = (),
        kwargs: dict[str, object] | None = None,
    ) -> object:
        result, flops = counted(func, args, kwargs or {})
        self.total += flops
        return result


def theirs(work: Callable[[], object]) -> int:
    """Return what torch counts where no kernel of the CPU hides the work from it."""
    counter = FlopCounterMode(display=False)
    with sdpa_kernel(SDPBackend.MATH), torch.backends.mkldnn.flags(enabled=False), counter:
        work()
    return counter.get_total_flops()


def tensor(*shape: int) -> Tensor:
    return torch.zeros(shape)


X = (5, 2, 8)
WORK: dict[str, Callable[[], object]] = {
    "linear": lambda: functional.linear(tensor(2, 3, 8), tensor(4, 8), tensor(4)),
    "linear of a vector": lambda: functional.linear(tensor(8), tensor(4, 8), tensor(4)),
    "matmul": lambda: tensor(3, 4, 5) @ tensor(5, 6),
    "matmul of vectors": lambda: (tensor(3, 4, 5) @ tensor(5), tensor(5) @ tensor(5, 6)),
    "matmul by name": lambda: torch.matmul(input=tensor(4, 5), other=tensor(5, 6)),
    "bmm": lambda: torch.bmm(tensor(3, 4, 5), tensor(3, 5, 2)),
    "addmm": lambda: torch.addmm(tensor(6), tensor(4, 5), tensor(5, 6)),
    "baddbmm": lambda: tensor(3, 4, 4).baddbmm(tensor(3, 4, 5), tensor(3, 5, 4)),
    "einsum": lambda: torch.einsum("bij,jk->bik", tensor(3, 4, 5), tensor(5, 6)),
    "tensordot": lambda: torch.tensordot(tensor(3, 4, 5), tensor(5, 6), 1),
    "multi_dot": lambda: torch.linalg.multi_dot([tensor(6, 5), tensor(5, 6), tensor(6, 5)]),
    "conv": lambda: nn.Conv2d(8, 4, 3, groups=2, stride=2)(tensor(2, 8, 9, 9)),
    "conv without a batch": lambda: nn.Conv1d(8, 4, 3, padding="same")(tensor(8, 9)),
    "transposed conv": lambda: nn.ConvTranspose2d(8, 4, 3, stride=2)(tensor(3, 8, 9, 9)),
    "grouped transposed conv": lambda: nn.ConvTranspose3d(8, 4, 3, groups=4)(tensor(8, 5, 5, 5)),
    "attention": lambda: functional.scaled_dot_product_attention(*[tensor(2, 4, 16, 8)] * 3),
    "grouped attention": lambda: functional.scaled_dot_product_attention(
        tensor(2, 4, 16, 8), tensor(2, 2, 12, 8), tensor(2, 2, 12, 6), enable_gqa=True
    ),
    "attention layer": lambda: nn.MultiheadAttention(8, 2)(tensor(*X), tensor(*X), tensor(*X)),
    "attention layer without a batch": lambda: nn.MultiheadAttention(8, 2, bias=False)(
        tensor(5, 8), tensor(4, 8), tensor(4, 8), need_weights=False
    ),
    "attention layer of other keys": lambda: nn.MultiheadAttention(
        8, 2, kdim=6, vdim=3, add_bias_kv=True, add_zero_attn=True
    )(tensor(5, 2, 8), tensor(4, 2, 6), tensor(4, 2, 3)),
    "attention of known keys": lambda: functional.multi_head_attention_forward(
        *[tensor(*X)] * 3,
        *(8, 2, tensor(24, 8), tensor(24), None, None, False, 0.0, tensor(8, 8), tensor(8)),
        static_k=tensor(4, 7, 4),
        static_v=tensor(4, 7, 4),
    ),
    "lstm": lambda: nn.LSTM(8, 16, 2, bidirectional=True, proj_size=6)(tensor(*X)),
    "gru": lambda: nn.GRU(8, 16, batch_first=True)(tensor(*X)),
    "packed": lambda: nn.LSTM(8, 16)(
        nn.utils.rnn.pack_padded_sequence(tensor(*X), torch.tensor([5, 3]))
    ),
    "cell": lambda: nn.LSTMCell(8, 16)(tensor(2, 8)),
    "vmap": lambda: torch.vmap(lambda row: row @ tensor(5, 6))(tensor(3, 4, 5)),
    "elementwise": lambda: tensor(3).relu() + tensor(3).softmax(0),
    "nothing": lambda: functional.linear(tensor(0, 8), tensor(4, 8)),
}


@pytest.mark.filterwarnings("ignore::UserWarning")  # an LSTM that oneDNN does not know, and TF32
@pytest.mark.parametrize("inference", [False, True])
@pytest.mark.parametrize("name", WORK)
def test_functions_count_as_torch_counts_them(name: str, inference: bool) -> None:
    work, ours = WORK[name], Ours()
    with torch.inference_mode() if inference else torch.no_grad():
        with ours:
            work()
        assert ours.total == theirs(work)


@pytest.mark.filterwarnings("ignore:TF32 acceleration:UserWarning")  # by mkldnn.flags
@pytest.mark.parametrize("name", REFERENCES)
def test_models_count_as_torch_counts_a_real_run(name: str) -> None:
    reference = REFERENCES[name]
    with preserved(), torch.no_grad():
        model, given = made(reference).eval(), inputs(reference).on(torch.device("cpu"))
        torch.backends.mha.set_fastpath_enabled(False)
        try:
            total = theirs(lambda: model(*given.args, **given.kwargs))
        finally:
            torch.backends.mha.set_fastpath_enabled(True)
    graph = traced(name)
    assert graph.flops == total
    assert sum(node.flops for node in graph.nodes) <= total


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_scripted_model_counts_too() -> None:
    inner = torch.jit.script(nn.Sequential(nn.Linear(8, 4), nn.ReLU()))
    graph = run(nn.Sequential(inner, nn.Linear(4, 2)), torch.zeros(3, 8))
    assert [node.flops for node in graph.nodes] == [0, 2 * 3 * 8 * 4, 2 * 3 * 4 * 2]


def test_what_nobody_uses_counts_for_the_model_only() -> None:
    class Wasteful(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            x @ x.mT
            return x + 1

    graph = run(Wasteful(), torch.zeros(4, 8))
    assert graph.flops == 2 * 4 * 8 * 4
    assert sum(node.flops for node in graph.nodes) == 0
    assert graph.multiply_adds == 4 * 8 * 4
