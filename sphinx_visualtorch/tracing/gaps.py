"""Where torch is stricter, or less strict, on tensors without values than on others.

It refuses functions although the form of the result is known: elsewhere the model would need a real
run, and the memory for it.  A function stands here only as long as torch has no such form of its
own.  And it multiplies what it would not multiply if there were values.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensor
from torch.nn import functional

__all__ = ["called", "refuse_unlike"]


def called(func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Return what *func* returns, or an empty tensor of the same form where torch could not."""
    if func not in _GAPS or not _is_empty(*args[:1]):
        return func(*args, **kwargs)
    return _GAPS[func](func, *args, **kwargs)


def refuse_unlike(one: Tensor, other: Tensor) -> None:
    """Refuse to multiply tensors of two element types, as torch does where they have values.

    :raises RuntimeError: with torch's words.
    """
    if one.dtype is other.dtype or not (_is_empty(one) and _is_empty(other)):
        return
    if _casts():
        return  # they are made alike
    names = " and ".join(str(item.dtype).removeprefix("torch.") for item in (one, other))
    message = f"the factors must have the same dtype, but got {names}"
    raise RuntimeError(message)


def _casts() -> bool:
    try:
        return any(map(torch.is_autocast_enabled, ("cpu", "cuda")))
    except TypeError:  # before torch 2.4 it takes no device
        return torch.is_autocast_enabled() or torch.is_autocast_cpu_enabled()


def _is_empty(tensor: object = None) -> bool:
    return isinstance(tensor, FakeTensor) or (isinstance(tensor, Tensor) and tensor.is_meta)


def _grouped_mm(func: Callable[..., Tensor], one: Tensor, other: Tensor, **more: Any) -> Tensor:
    # torch has a form for bfloat16 only, as on CUDA; the CPU takes all floating-point types
    offs, dtype = more.get("offs"), more.get("out_dtype") or one.dtype
    if one.dtype == torch.bfloat16 or one.shape[-1] != other.shape[-2]:
        return func(one, other, **more)
    match one.dim(), other.dim():
        case (2, 3):
            shape: tuple[int, ...] = (one.shape[0], other.shape[-1])
        case (3, 2):
            shape = (one.shape[1], other.shape[-1])
        case (3, 3):
            shape = (*one.shape[:2], other.shape[-1])
        case (2, 2) if isinstance(offs, Tensor):
            shape = (len(offs), one.shape[0], other.shape[-1])
        case _:
            return func(one, other, **more)
    return one.new_empty(shape, dtype=dtype)


_GAPS: dict[Callable[..., Any], Callable[..., Any]] = {
    getattr(place, name): _grouped_mm
    for place, name in ((functional, "grouped_mm"), (torch, "_grouped_mm"))
    if hasattr(place, name)
}
