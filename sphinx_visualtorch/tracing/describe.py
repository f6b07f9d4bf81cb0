# ruff: noqa: SLF001 - modules tell what they hold in private names only
"""What modules and functions are: their import paths, roles and hyper-parameters."""

from __future__ import annotations

import functools
import inspect
import re
import sys
from collections.abc import Iterator
from typing import Any

from torch import Tensor, nn
from torch.nn.utils.parametrize import type_before_parametrizations

from sphinx_visualtorch.errors import printable, shortened
from sphinx_visualtorch.tracing.functions import literal, words
from sphinx_visualtorch.tracing.seam import quietly

__all__ = [
    "class_attributes",
    "class_name",
    "class_path",
    "class_role",
    "class_shown",
    "function_role",
]

_LONGEST = 80
_LONGEST_NAME = 500
_NOTHING = object()
_UNSAID = ("device", "dtype", "mode")  # "mode" is what RNNs call their own kind


# --- classes --------------------------------------------------------------------------------------


def class_shown(module: nn.Module) -> type:
    """Return the class that the author thinks of: that before a parametrization."""
    if "parametrizations" in module._modules:
        return type_before_parametrizations(module)
    return type(module)


@functools.cache
def class_name(cls: type) -> str:
    """Return the name of a class, which ``type()`` gives whatever name it is asked for."""
    return shortened(printable(" ".join(cls.__name__.split())), _LONGEST_NAME) or "?"


@functools.cache
def class_path(cls: type) -> str:
    """Return the import path of a class: for torch and private modules the shortest public one."""
    path = f"{cls.__module__}.{cls.__qualname__}"
    if not path.isprintable() or len(path) > _LONGEST_NAME:
        return ""  # nothing can be imported by it
    parts = cls.__module__.split(".")
    if parts[0] != "torch" and not any(part.startswith("_") for part in parts):
        return path
    for length in range(1, len(parts)):
        place = sys.modules.get(".".join(parts[:length]))
        public = not any(part.startswith("_") for part in parts[:length])
        if public and getattr(place, cls.__name__, None) is cls:
            return ".".join((*parts[:length], cls.__name__))
    return path


_FILES = {
    "conv": "convolution",
    "linear": "linear",
    "pooling": "pooling",
    "activation": "activation",
    "batchnorm": "normalisation",
    "instancenorm": "normalisation",
    "normalization": "normalisation",
    "dropout": "dropout",
    "padding": "reshape",
    "flatten": "reshape",
    "fold": "reshape",
    "channelshuffle": "reshape",
    "sparse": "embedding",
    "rnn": "recurrent",
    "upsampling": "upsampling",
    "pixelshuffle": "upsampling",
}
"""What the files of ``torch.nn.modules`` hold."""

_CLASSES = {
    "_ConvTransposeNd": "upsampling",
    "MultiheadAttention": "attention",
    "Identity": "reshape",
    "PixelUnshuffle": "reshape",
}

_WORDS = [
    ("attention", r"Attention|Attn"),
    ("dropout", r"Drop(out|Path|Block)|StochasticDepth"),
    ("normalisation", r"Norm(?!al)|Normali[sz]"),
    ("pooling", r"Pool"),
    ("upsampling", r"Upsampl|UpSampl|ConvTranspose|Deconv|PixelShuffle"),
    ("convolution", r"Conv(?!er)"),
    ("recurrent", r"LSTM|GRU|RNN"),
    ("embedding", r"Embed"),
    ("linear", r"Linear|Dense(?!Net)|Proj"),
    ("activation", r"Activation|Act(?![a-z])|ReLU|GELU|GLU|SiLU|Swish|Mish|Sigmoid|Softmax|Tanh"),
]


@functools.cache
def class_role(cls: type) -> str:
    """Return the role of a leaf of this class.

    Classes of torch and what inherits from them go by the file of ``torch.nn.modules`` that they
    come from, all others by the words in their names.
    """
    for base in cls.__mro__:
        if base.__module__.startswith("torch."):
            if base.__name__ in _CLASSES:
                return _CLASSES[base.__name__]
            role = _FILES.get(base.__module__.rpartition(".")[2])
            if role is not None and not _is_transposed(cls):
                return role
    for role, pattern in _WORDS:
        if re.search(pattern, cls.__name__):
            return role
    return "container"


def _is_transposed(cls: type) -> bool:
    return any(base.__name__ == "_ConvTransposeNd" for base in cls.__mro__)


def class_attributes(module: nn.Module) -> tuple[tuple[str, str], ...]:
    """Return the hyper-parameters of *module* as pairs of texts.

    They are the arguments of the constructor that the module keeps under the same names, without
    those that have their defaults; a class of the author's with an ``extra_repr`` of its own
    speaks for itself.
    """
    cls = class_shown(module)
    if _speaks(cls):
        return tuple(_parsed(quietly(module.extra_repr, "")))
    return quietly(lambda: tuple(_kept(module, cls)), ())


@functools.cache
def _speaks(cls: type) -> bool:
    """Say whether a class has an ``extra_repr`` that was not written in torch."""
    own = inspect.getattr_static(cls, "extra_repr", None)
    return str(getattr(own, "__module__", "torch")).partition(".")[0] != "torch"


@functools.cache
def _parameters(cls: type) -> tuple[tuple[str, Any], ...]:
    """Return the constructor's arguments with their defaults.

    Where it only passes all on, they are those of the base class.
    """
    for base in cls.__mro__:
        if "__init__" not in vars(base):
            continue
        found = [*inspect.signature(vars(base)["__init__"]).parameters.values()][1:]
        named = [item for item in found if item.kind not in (item.VAR_POSITIONAL, item.VAR_KEYWORD)]
        if named:
            return tuple((item.name, item.default) for item in named if item.name not in _UNSAID)
    return ()


def _kept(module: nn.Module, cls: type) -> Iterator[tuple[str, str]]:
    shown: list[Any] = []
    for name, default in _parameters(cls):
        value = _held(module, name)
        if isinstance(default, bool) and (value is None or isinstance(value, Tensor)):
            value = value is not None  # "bias" is kept as the tensor
        text = literal(value)
        if text is None:  # nor can be compared: a tensor may have no values, an object its own ==
            continue
        # None stands for "as another argument says": a pooling's stride, an attention's kdim
        if not _same(value, default) and not (default is None and value in shown):
            shown.append(value)
            yield name, _short(text)


def _held(module: nn.Module, name: str) -> Any:
    """Return what *module* keeps under *name*; an object that is no literal if it keeps nothing."""
    for place in (vars(module), module._parameters, module._buffers):
        if name in place:
            return place[name]
    return inspect.getattr_static(module, name, _NOTHING)


def _same(value: Any, default: Any) -> bool:
    if isinstance(value, tuple) and isinstance(default, int | float | str):
        return all(item == default for item in value)
    return type(value) is type(default) and bool(value == default)


def _parsed(text: object) -> Iterator[tuple[str, str]]:
    """Split an ``extra_repr`` at the commas that stand in no bracket."""
    if not isinstance(text, str):
        return
    parts, depth = [""], 0
    for letter in " ".join(text.split()):
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and depth <= 0:
            parts.append("")
        else:
            parts[-1] += letter
    for index, part in enumerate(filter(None, map(str.strip, parts))):
        name, equals, value = part.partition("=")
        if equals and name.strip().isidentifier():
            yield name.strip(), _short(value.strip())
        else:
            yield str(index), _short(part)


def _short(text: str) -> str:
    if " at 0x" in text:
        text = re.sub(r" at 0x[0-9a-fA-F]+", "", text)
    if not text.isprintable():
        text = printable(text)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


# --- functions ------------------------------------------------------------------------------------

_FUNCTIONS = {
    "activation": """relu relu6 gelu silu mish elu selu celu leaky_relu prelu rrelu glu sigmoid
        logsigmoid hardsigmoid hardswish hardtanh softplus softsign softmax log_softmax softmin
        gumbel_softmax tanh tanhshrink hardshrink softshrink threshold logit""",
    "convolution": "conv1d conv2d conv3d convolution",
    "upsampling": """conv_transpose1d conv_transpose2d conv_transpose3d interpolate upsample
        upsample_nearest upsample_bilinear pixel_shuffle grid_sample""",
    "linear": "linear bilinear",
    "attention": "scaled_dot_product_attention multi_head_attention_forward",
    "recurrent": "lstm gru rnn_tanh rnn_relu lstm_cell gru_cell",
    "normalisation": """layer_norm batch_norm group_norm instance_norm rms_norm local_response_norm
        normalize""",
    "embedding": "embedding embedding_bag",
    "reshape": """view view_as reshape reshape_as permute transpose swapaxes swapdims movedim
        moveaxis flatten unflatten ravel squeeze unsqueeze expand expand_as broadcast_to repeat
        repeat_interleave tile getitem setitem select narrow index_select gather take
        take_along_dim chunk split split_with_sizes tensor_split unbind unsafe_chunk contiguous to
        type type_as float double half bfloat16 int long bool detach data clone T mT H mH t adjoint
        real imag roll flip pad unfold fold as_strided diagonal view_as_real view_as_complex
        pixel_unshuffle channel_shuffle squeeze_copy atleast_1d atleast_2d atleast_3d meshgrid
        broadcast_tensors hsplit vsplit dsplit pack_padded_sequence pad_packed_sequence""",
}
_ROLES = {name: role for role, names in _FUNCTIONS.items() for name in names.split()}
_JOINS = words("cat stack hstack vstack dstack column_stack row_stack block_diag")
_PAIRS = words(
    """add sub mul div addcmul addcdiv maximum minimum max min where lerp pow remainder
    floor_divide logaddexp fmax fmin atan2 hypot masked_fill cdist cosine_similarity
    pairwise_distance"""
)


def function_role(kind: str, feeds: int) -> str:
    """Return the role of a function from its plain name and the number of tensors it joins."""
    if kind in _JOINS or (kind in _PAIRS and feeds > 1):
        return "merge"
    if kind in _ROLES:
        return _ROLES[kind]
    if "dropout" in kind:
        return "dropout"
    if "_pool" in kind:
        return "pooling"
    return "function"
