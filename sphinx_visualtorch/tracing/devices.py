"""Models that name a graphics card where there is none: they run where everything else does.

A figure needs no card, and research code is full of ``.cuda()``.  What is available stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._device import _device_constructors

__all__ = ["Home", "placed"]

_MOVES = frozenset({Tensor.cuda, Tensor.to})


@cache
def _absent() -> frozenset[str]:
    """Return the kinds of devices that torch knows and this machine has not."""
    here = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    return frozenset(kind for kind, is_here in here.items() if not is_here)


def _is_absent(device: object) -> bool:
    if isinstance(device, torch.device):
        return device.type in _absent()
    if isinstance(device, str):
        return device.partition(":")[0] in _absent()
    return type(device) is int and "cuda" in _absent()  # a number means a card


def placed(
    func: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    device: torch.device | None,
) -> tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]:
    """Return a call on devices that are here; what it makes is on *device* if it names none."""
    if "device" in kwargs or func in _MOVES:
        func, args, kwargs = _at_home(func, args, kwargs)
    if device is not None and func in _device_constructors() and kwargs.get("device") is None:
        kwargs = {**kwargs, "device": device}
    return func, args, kwargs


def _at_home(
    func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]:
    """Return a call with None, or the tensor's own device, in place of one that is not here."""
    if func in _MOVES and args:
        home = args[0].device
        if func is Tensor.cuda:
            return (Tensor.to, (args[0], home), {}) if "cuda" in _absent() else (func, args, kwargs)
        if len(args) > 1 and _is_absent(args[1]):
            args = (args[0], home, *args[2:])
        if _is_absent(kwargs.get("device")):
            kwargs = {**kwargs, "device": home}
    elif _is_absent(kwargs.get("device")):
        kwargs = {**kwargs, "device": None}
    return func, args, kwargs


class Home(TorchFunctionMode):
    """Builds a model without the cards that are not here."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        func, args, kwargs = placed(func, args, kwargs or {}, None)
        return func(*args, **kwargs)
