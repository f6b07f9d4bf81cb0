"""What modules and functions are called, what they are for, and how they were set up."""

from __future__ import annotations

import pytest
import torch
import zoo
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - as everybody does

from sphinx_visualtorch.theme import ROLES
from sphinx_visualtorch.tracing.describe import (
    class_attributes,
    class_path,
    class_role,
    function_role,
)
from sphinx_visualtorch.tracing.functions import attributes_of, kind_of, literals, target_of

pytestmark = pytest.mark.torch


@pytest.mark.parametrize(
    ("module", "text"),
    [
        (nn.Conv2d(3, 8, 3), "in_channels=3 out_channels=8 kernel_size=(3, 3)"),
        (
            nn.Conv2d(8, 8, (3, 5), 2, "valid", groups=4, bias=False),
            (
                "in_channels=8 out_channels=8 kernel_size=(3, 5) stride=(2, 2) padding=valid "
                "groups=4 bias=False"
            ),
        ),
        (nn.Linear(8, 4), "in_features=8 out_features=4"),
        (nn.Linear(8, 4, bias=False), "in_features=8 out_features=4 bias=False"),
        (nn.LayerNorm(8, eps=1e-6), "normalized_shape=(8,) eps=1e-06"),
        (nn.BatchNorm1d(8, momentum=0.2), "num_features=8 momentum=0.2"),
        (nn.MaxPool2d(2), "kernel_size=2"),
        (nn.MaxPool2d(3, 2), "kernel_size=3 stride=2"),
        (nn.AdaptiveAvgPool2d((1, 1)), "output_size=(1, 1)"),
        (nn.LSTM(8, 4, bidirectional=True), "input_size=8 hidden_size=4 bidirectional=True"),
        (nn.MultiheadAttention(8, 2), "embed_dim=8 num_heads=2"),
        (nn.Embedding(20, 8, padding_idx=0), "num_embeddings=20 embedding_dim=8 padding_idx=0"),
        (nn.Upsample(scale_factor=2.0), "scale_factor=2.0"),
        (nn.GELU("tanh"), "approximate=tanh"),
        (nn.ReLU(inplace=True), "inplace=True"),
        (nn.ReLU(), ""),
        (nn.Softmax(dim=-1), "dim=-1"),
        (nn.Flatten(), ""),
    ],
)
def test_attributes_are_what_the_constructor_was_told(module: nn.Module, text: str) -> None:
    assert " ".join(f"{name}={value}" for name, value in class_attributes(module)) == text


class Custom(nn.Module):
    """A layer of the author's."""

    def __init__(
        self, width: int, name: str = "plain", *, rate: float = 0.1, **kwargs: int
    ) -> None:
        super().__init__()
        self.width, self.name, self.rate = width, name, rate
        self.act = F.relu

    def forward(self, x: Tensor) -> Tensor:
        return x


class Speaks(Custom):
    """A layer that says itself what matters."""

    def extra_repr(self) -> str:
        return "8, 4, kernel=(3, 3), [1, 2],\n  at=<object at 0x7f00dead>, " + "long" * 40


class Broken(Custom):
    """A layer that cannot say."""

    def extra_repr(self) -> str:
        raise ValueError("no")


def test_modules_of_the_author_are_read_in_the_same_way() -> None:
    assert class_attributes(Custom(8, "fancy")) == (("width", "8"), ("name", "fancy"))


def test_arguments_that_cannot_be_compared_are_left_out() -> None:
    class Odd:
        """Compares with nothing."""

        def __eq__(self, other: object) -> bool:
            raise TypeError

        __hash__ = None  # type: ignore[assignment]

    odd = Odd()

    class Slopes(nn.Module):
        def __init__(self, dim: int, slopes: object = None, odd: Odd = odd) -> None:
            super().__init__()
            self.dim, self.odd = dim, odd
            self.register_buffer("slopes", torch.ones(2, device="meta"))

    assert class_attributes(Slopes(2)) == (("dim", "2"),)


def test_what_an_author_says_of_a_module_is_taken() -> None:
    assert class_attributes(Speaks(8)) == (
        ("0", "8"),
        ("1", "4"),
        ("kernel", "(3, 3)"),
        ("3", "[1, 2]"),
        ("at", "<object>"),
        ("5", "long" * 19 + "lon…"),
    )
    assert class_attributes(Broken(8)) == ()


@pytest.mark.parametrize(
    ("cls", "path"),
    [
        (nn.Conv2d, "torch.nn.Conv2d"),
        (nn.Module, "torch.nn.Module"),
        (nn.LSTMCell, "torch.nn.LSTMCell"),
        (zoo.Chain, "zoo.Chain"),
        (zoo.Zoo.Small, "zoo.Zoo.Small"),
        (
            nn.utils.parametrize.ParametrizationList,
            "torch.nn.utils.parametrize.ParametrizationList",
        ),
    ],
)
def test_paths_are_those_that_one_imports(cls: type, path: str) -> None:
    assert class_path(cls) == path


def named(name: str, *bases: type) -> type:
    return type(name, bases or (nn.Module,), {})


@pytest.mark.parametrize(
    ("cls", "role"),
    [
        (nn.Conv1d, "convolution"),
        (nn.LazyConv2d, "convolution"),
        (named("Patches", nn.Conv2d), "convolution"),
        (nn.ConvTranspose2d, "upsampling"),
        (nn.Upsample, "upsampling"),
        (nn.PixelShuffle, "upsampling"),
        (nn.Linear, "linear"),
        (nn.Bilinear, "linear"),
        (nn.MultiheadAttention, "attention"),
        (nn.GRU, "recurrent"),
        (nn.LSTMCell, "recurrent"),
        (nn.EmbeddingBag, "embedding"),
        (nn.GroupNorm, "normalisation"),
        (nn.SyncBatchNorm, "normalisation"),
        (nn.InstanceNorm2d, "normalisation"),
        (nn.LocalResponseNorm, "normalisation"),
        (nn.PReLU, "activation"),
        (nn.Softmax, "activation"),
        (nn.AdaptiveMaxPool1d, "pooling"),
        (nn.AlphaDropout, "dropout"),
        (nn.Flatten, "reshape"),
        (nn.Identity, "reshape"),
        (nn.ReflectionPad2d, "reshape"),
        (nn.Sequential, "container"),
        (named("RMSNorm2"), "normalisation"),
        (named("NewGELUActivation"), "activation"),
        (named("QuickAct"), "activation"),
        (named("Interaction"), "container"),
        (named("DropPath"), "dropout"),
        (named("SelfAttention"), "attention"),
        (named("RotaryEmbedding"), "embedding"),
        (named("PatchEmbed"), "embedding"),
        (named("ConvLSTM"), "convolution"),
        (named("Conv1D"), "convolution"),
        (named("GeMPool"), "pooling"),
        (named("Experts"), "container"),
    ],
)
def test_classes_have_roles(cls: type, role: str) -> None:
    assert class_role(cls) == role
    assert role in ROLES


@pytest.mark.parametrize(
    ("kind", "feeds", "role"),
    [
        ("cat", 1, "merge"),
        ("add", 2, "merge"),
        ("add", 1, "function"),
        ("relu", 1, "activation"),
        ("conv2d", 3, "convolution"),
        ("linear", 3, "linear"),
        ("matmul", 2, "function"),
        ("einsum", 2, "function"),
        ("scaled_dot_product_attention", 3, "attention"),
        ("view", 1, "reshape"),
        ("T", 1, "reshape"),
        ("alpha_dropout", 1, "dropout"),
        ("adaptive_avg_pool2d", 1, "pooling"),
        ("layer_norm", 3, "normalisation"),
        ("interpolate", 1, "upsampling"),
        ("embedding", 2, "embedding"),
        ("arange", 0, "function"),
    ],
)
def test_functions_have_roles(kind: str, feeds: int, role: str) -> None:
    assert function_role(kind, feeds) == role
    assert role in ROLES


@pytest.mark.parametrize(
    ("function", "kind", "target"),
    [
        (torch.cat, "cat", "torch.cat"),
        (torch.concat, "cat", "torch.concat"),
        (Tensor.view, "view", "torch.Tensor.view"),
        (Tensor.add_, "add", "torch.Tensor.add_"),
        (Tensor.__rsub__, "sub", "torch.Tensor.__rsub__"),
        (Tensor.__getitem__, "getitem", "torch.Tensor.__getitem__"),
        (Tensor.__floordiv__, "floor_divide", "torch.Tensor.__floordiv__"),
        (Tensor.T.__get__, "T", "torch.Tensor.T"),
        (F.relu, "relu", "torch.nn.functional.relu"),
        (torch.sigmoid_, "sigmoid", "torch.sigmoid_"),
        (torch.einsum, "einsum", "torch.einsum"),
        (F.interpolate, "interpolate", "torch.nn.functional.interpolate"),
        (torch.ops.aten.add.Tensor, "add", "torch.ops.aten.add.Tensor"),
        (torch.arange, "arange", "torch.arange"),
    ],
)
def test_functions_have_plain_names_and_public_paths(
    function: object, kind: str, target: str
) -> None:
    assert kind_of(function) == kind
    assert target_of(function) == target


X = torch.zeros(2, 3)


@pytest.mark.parametrize(
    ("function", "args", "kwargs", "text"),
    [
        (torch.cat, ([X, X],), {"dim": 1}, "dim=1"),
        (torch.cat, ([X, X], 1), {}, "dim=1"),
        (Tensor.flatten, (X, 1), {}, "start_dim=1"),
        (Tensor.permute, (X, 0, 2, 1), {}, "dims=(0, 2, 1)"),
        (Tensor.permute, (X, (0, 2, 1)), {}, "dims=(0, 2, 1)"),
        (Tensor.view, (X, -1), {}, "shape=-1"),
        (Tensor.transpose, (X, 1, 2), {}, "dim0=1 dim1=2"),
        (Tensor.__getitem__, (X, (slice(None), 0)), {}, "index=:, 0"),
        (Tensor.__getitem__, (X, (Ellipsis, slice(1, None, 2))), {}, "index=..., 1::2"),
        (Tensor.__getitem__, (X, X > 0), {}, ""),
        (Tensor.mul, (X, 2), {}, "other=2"),
        (Tensor.to, (X, torch.float64), {"non_blocking": False}, "dtype=float64"),
        (Tensor.softmax, (X,), {"dim": -1}, "dim=-1"),
        (torch.zeros, (2, 3), {"device": "cpu"}, "size=(2, 3)"),
        (torch.zeros, ((2, 3),), {}, "size=(2, 3)"),
        (F.relu, (X,), {"inplace": False}, ""),
        (F.scaled_dot_product_attention, (X, X, X), {"is_causal": True}, "is_causal=True"),
        (F.dropout, (X,), {"p": 0.5, "training": False}, "p=0.5"),
        (F.interpolate, (X, None, 2.0, "bilinear"), {}, "scale_factor=2.0 mode=bilinear"),
    ],
)
def test_literal_arguments_have_names(
    function: object, args: tuple[object, ...], kwargs: dict[str, object], text: str
) -> None:
    pairs = attributes_of(function, literals(args, kwargs))
    assert " ".join(f"{name}={value}" for name, value in pairs) == text


def test_long_arguments_are_cut() -> None:
    pairs = attributes_of(torch.tensor, literals((list(range(100)),), {}))
    assert [len(value) for _, value in pairs] == [80]
