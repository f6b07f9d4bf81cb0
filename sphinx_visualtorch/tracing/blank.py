"""Building a model on a device, without filling its tensors: they have no values anyway."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensor
from torch.nn import init
from torch.nn.parameter import is_lazy
from torch.overrides import TorchFunctionMode

from sphinx_visualtorch.tracing.devices import placed

__all__ = ["Blank"]

_FILLS = frozenset(
    {
        *(Tensor.uniform_, Tensor.normal_, Tensor.zero_, Tensor.fill_, Tensor.random_),
        *(Tensor.erfinv_, Tensor.bernoulli_, Tensor.exponential_, Tensor.log_normal_),
        *(init.uniform_, init.normal_, init.constant_),
        *(init.kaiming_uniform_, init.kaiming_normal_),
    }
)
"""What torch's initialisers are made of, and those of them that a mode is asked about."""


class Blank(TorchFunctionMode):
    """Leaves out what fills tensors: half of the time that building a model takes.

    Tensors are made on *device* where no other is named.  A constructor may set torch's default
    device itself, for which ``with device:`` has no room.
    """

    def __init__(self, device: torch.device) -> None:
        """Prepare for *device*."""
        super().__init__()
        self._device = device

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        func, args, kwargs = placed(func, args, kwargs or {}, self._device)
        if func in _FILLS:
            tensor = args[0] if args else kwargs.get("tensor")
            if isinstance(tensor, Tensor) and not is_lazy(tensor):
                return tensor
        if func is Tensor.__deepcopy__ and type(args[0]) is FakeTensor:
            return _copied(*args)
        return func(*args, **kwargs)


def _copied(tensor: FakeTensor, memo: dict[int, Any]) -> Any:
    """Return a deep copy of a tensor without values, with what an author has hung on it.

    Torch copies the memory of one that remembers a number (a batch norm's count), fails, and what
    it leaves half-made ends the process when it is freed.
    """
    if not tensor.is_leaf or tensor.grad is not None:
        return Tensor.__deepcopy__(tensor, memo)  # type: ignore[no-untyped-call]
    if id(tensor) not in memo:
        with torch.no_grad():
            copied = tensor.clone().requires_grad_(tensor.requires_grad)
        memo[id(tensor)] = copied
        for name, value in vars(tensor).items():
            if name not in vars(copied):
                setattr(copied, name, copy.deepcopy(value, memo))
    return memo[id(tensor)]
