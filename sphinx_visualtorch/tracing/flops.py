# ruff: noqa: SLF001 - torch says only under a private name whether functorch is at work
"""How many floating-point operations a function does, as ``torch.utils.flop_counter`` counts them.

That counter's formulas know products of matrices, convolutions and attention; a multiply-add is two
operations, all else is none.  It sees the functions below torch's own, which costs as much
again as running them on the meta device.  So the commonest functions are counted here from shapes,
what surely multiplies nothing is not looked at, and only the rest runs under torch's formulas.

Attention and LSTMs count whatever kernel does them.  Torch's counter is blind to those of the CPU
and equals this one on the meta device, or where they are off: by
``torch.nn.attention.sdpa_kernel(SDPBackend.MATH)``, ``torch.backends.mkldnn.flags(enabled=False)``
and ``torch.backends.mha.set_fastpath_enabled(False)``.

This file knows no modules and no graph.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensor
from torch.nn import functional
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from sphinx_visualtorch.tracing.functions import kind_of, words
from sphinx_visualtorch.tracing.gaps import called, refuse_unlike

__all__ = ["Counting", "counted"]

Function = Callable[..., Any]


_ATEN = torch.ops.aten
# the attention of the CPU, which torch leaves out, takes the same arguments as that of the GPU
_KNOWN = {
    **flop_registry,
    _ATEN._scaled_dot_product_flash_attention_for_cpu: flop_registry[
        _ATEN._scaled_dot_product_flash_attention
    ],
}


class Counting(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Adds up in ``total`` what is done while it is on."""

    supports_higher_order_operators = True

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.total = 0

    def __torch_dispatch__(
        self,
        func: Any,
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        # a scripted module brings us here with the recorder's mode on
        with torch._C.DisableTorchFunction():
            return self._counted(func, args, kwargs or {})

    def _counted(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        formula = _KNOWN.get(getattr(func, "_overloadpacket", func))
        if formula is None and not isinstance(func, torch._ops.OpOverload):
            return func(*args, **kwargs)  # torch.cond and the like
        if formula is None and func.namespace == "prim":
            return NotImplemented  # a question after the device, for the tensor itself to answer
        if formula is None:
            # in inference mode a function comes here before it is taken to pieces
            with self:
                result = func.decompose(*args, **kwargs)
            return func(*args, **kwargs) if result is NotImplemented else result
        result = func(*args, **kwargs)
        self.total += formula(*args, **kwargs, out_val=result)
        return result


def counted(func: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, int]:
    """Run *func* and return its result with the number of operations.

    Use it where no torch function mode is active.
    """
    if _is_free(func):
        return func(*args, **kwargs), 0
    formula = _FORMULAS.get(func)
    pair = () if formula is None else _factors(formula, args, kwargs)
    if formula is not None and _is_plain(pair):
        refuse_unlike(*pair)
        result = called(func, args, kwargs)
        return result, formula(result, *args)
    if any(isinstance(item, Tensor) and item.is_nested for item in args):
        # below torch's functions their sizes are symbols, which no formula takes
        result = func(*args, **kwargs)
        return result, _nested(func, result, args)
    with Counting() as counting:
        result = func(*args, **kwargs)
    return result, counting.total


def _nested(func: Function, result: Any, args: tuple[Any, ...]) -> int:
    rows = result.values().numel() if func is functional.linear else 0
    return 2 * int(rows) * int(args[0].size(-1))


def _factors(
    formula: Callable[..., int], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[Any, ...]:
    """Return the two tensors that tell whether *formula* holds."""
    if formula is _heads:
        given = any(kwargs.get(name) is not None for name in ("static_k", "static_v"))
        return (args[0], args[11]) if len(args) == _HEADS_ARGUMENTS and not given else ()
    if formula is _recurrent:
        return (args[0], _weights(args)[0]) if len(args) > 4 and _weights(args) else ()
    return args[1:3] if formula is _added_product else args[:2]


def _is_plain(pair: tuple[Any, ...]) -> bool:
    """Say whether the shapes of two factors tell all: vmap hides a dimension, vectors differ."""
    if torch._C._functorch.peek_interpreter_stack() is not None or len(pair) < 2:
        return False
    one, other = pair
    if type(one) not in _PLAIN or type(other) not in _PLAIN or one.is_nested or other.is_nested:
        return False
    return one.layout is other.layout is _STRIDED and one.dim() > 1 and other.dim() > 1


_PLAIN = (Tensor, torch.nn.Parameter, FakeTensor)
_STRIDED = torch.strided


def _product(out: Tensor, one: Tensor, *_: Any) -> int:
    return 2 * out.numel() * one.shape[-1]


def _added_product(out: Tensor, _bias: Tensor, one: Tensor, *_: Any) -> int:
    return 2 * out.numel() * one.shape[-1]


def _convolution(out: Tensor, _x: Tensor, weight: Tensor, *_: Any) -> int:
    # each element of one channel of the output takes one product with each filter
    return 2 * weight.numel() * (out.numel() // max(1, weight.shape[0]))


def _transposed(_out: Tensor, x: Tensor, weight: Tensor, *_: Any) -> int:
    return 2 * weight.numel() * (x.numel() // max(1, weight.shape[0]))


def _attention(out: Tensor, query: Tensor, key: Tensor, *_: Any) -> int:
    # query times key, and that times value, which has as many columns as the result
    rows = out.numel() // max(1, out.shape[-1])
    return 2 * rows * key.shape[-2] * (query.shape[-1] + out.shape[-1])


_HEADS_ARGUMENTS = 13
"""How many arguments of its function nn.MultiheadAttention hands over by position."""


def _heads(_out: Any, query: Tensor, key: Tensor, *rest: Any) -> int:
    # the projections into the heads and out of them, and what the heads do
    value, more, empty = rest[0], rest[5], rest[7]
    width: int = rest[1]
    tokens = query.numel() // max(1, query.shape[-1])
    projected: int = query.numel() + key.numel() + value.numel() + tokens * width
    rows = key.shape[0] + (more is not None) + bool(empty)
    return 2 * width * (projected + 2 * tokens * rows)


def _recurrent(_out: Any, x: Tensor, *rest: Any) -> int:
    # each step of each sequence is multiplied with all weights once
    steps = x.numel() // max(1, x.shape[-1])
    elements: int = sum(one.numel() for one in _weights((x, *rest)) if one.dim() > 1)
    return 2 * steps * elements


def _weights(args: tuple[Any, ...]) -> Any:
    """Return the weights among the arguments of an RNN; of packed sequences they come fourth."""
    return next((item for item in args[3:1:-1] if isinstance(item, list | tuple)), ())


_Formula = Callable[..., int]

_BY_NAME: dict[_Formula, str] = {
    _product: "linear matmul __matmul__ mm bmm grouped_mm _grouped_mm",
    _added_product: "addmm addmm_ baddbmm baddbmm_",
    _convolution: "conv1d conv2d conv3d",
    _transposed: "conv_transpose1d conv_transpose2d conv_transpose3d",
    _attention: "scaled_dot_product_attention",
    _heads: "multi_head_attention_forward",
    _recurrent: "lstm gru rnn_tanh rnn_relu",
}
_PLACES: tuple[Any, ...] = (torch, Tensor, torch._C.TensorBase, torch._VF, functional)
_FORMULAS: dict[Function, _Formula] = {
    getattr(place, name): formula
    for formula, names in _BY_NAME.items()
    for name in names.split()
    for place in _PLACES
    if hasattr(place, name)
}
_FREE = words(
    """
    relu relu6 gelu silu mish elu selu celu leaky_relu prelu rrelu glu sigmoid logsigmoid
    log_sigmoid hardsigmoid hardswish hardtanh softplus softsign softmax log_softmax softmin tanh
    tanhshrink hardshrink softshrink threshold logit erf erfc erfinv dropout alpha_dropout
    feature_dropout dropout1d dropout2d dropout3d
    batch_norm layer_norm group_norm instance_norm rms_norm local_response_norm normalize norm
    max_pool1d max_pool2d max_pool3d avg_pool1d avg_pool2d avg_pool3d adaptive_avg_pool1d
    adaptive_avg_pool2d adaptive_avg_pool3d adaptive_max_pool1d adaptive_max_pool2d
    adaptive_max_pool3d interpolate upsample embedding grid_sample pixel_shuffle pixel_unshuffle
    channel_shuffle one_hot
    add sub mul div neg pos pow sqrt rsqrt square exp expm1 exp2 log log1p log2 log10 abs sign sin
    cos tan asin acos atan atan2 sinh cosh reciprocal remainder fmod floor_divide floor ceil round
    trunc frac clamp clip clamp_min clamp_max maximum minimum max min amax amin argmax argmin mean
    sum prod std var var_mean std_mean cumsum cumprod logsumexp any all count_nonzero lerp addcmul
    addcdiv hypot nan_to_num positive angle conj
    eq ne lt le gt ge isnan isinf isfinite isclose logical_and logical_or logical_not logical_xor
    and or xor invert lshift rshift bitwise_and bitwise_or bitwise_xor bitwise_not where
    masked_fill masked_scatter masked_select tril triu
    view view_as reshape reshape_as permute transpose swapaxes swapdims movedim moveaxis flatten
    unflatten ravel squeeze unsqueeze expand expand_as broadcast_to repeat repeat_interleave tile
    getitem setitem select narrow index_select index_copy index_add index_put gather scatter
    scatter_add take take_along_dim chunk split split_with_sizes tensor_split unbind contiguous to
    type type_as float double half bfloat16 int long bool cpu detach data clone copy t adjoint real
    imag roll flip pad unfold fold as_strided diagonal view_as_real view_as_complex cat stack hstack
    vstack dstack column_stack broadcast_tensors meshgrid atleast_1d atleast_2d atleast_3d diff
    topk sort argsort unique nonzero searchsorted bucketize
    arange linspace zeros ones empty full eye rand randn randint randperm zeros_like ones_like
    empty_like full_like rand_like randn_like new_zeros new_ones new_full new_empty new_tensor
    tensor as_tensor fill zero normal uniform bernoulli requires_grad
    """
)
"""Functions, by their plain names, that multiply no matrices."""


@functools.lru_cache(maxsize=4096)
def _is_free(func: Function) -> bool:
    # a function of another library, or an operator that somebody registered, may do anything
    module = getattr(func, "__module__", None) or "torch"
    own = module.startswith("torch") and not isinstance(func, torch._ops.OpOverload)
    return own and kind_of(func) in _FREE
