# ruff: noqa: SLF001 - modules hold what is copied under private names
"""A stand-in for a model that is not ours: the same structure on other tensors.

A model that is handed over is never run itself, so nothing it does while it runs leaves a mark on
it, whatever happens.  What is run has modules, containers, hooks and closures of its own and refers
to its own modules everywhere; its tensors have no memory at all, or are copies.
"""

from __future__ import annotations

import copy
import types
import weakref
from collections import OrderedDict
from typing import Any

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensor
from torch.nn.parameter import is_lazy

from sphinx_visualtorch.tracing.held import modules_by_path, own_tensors
from sphinx_visualtorch.tracing.seam import quietly

__all__ = ["stand_in"]

_ATOMS = frozenset(
    {
        *(type(None), bool, int, float, complex, str, bytes, type, range, slice, type(Ellipsis)),
        *(torch.dtype, torch.device, torch.Size, types.BuiltinFunctionType, types.ModuleType),
    }
)
_DICTS = frozenset({dict, OrderedDict})
_ROWS = frozenset({list, tuple, set})
_TENSORS = frozenset(
    {Tensor, nn.Parameter, nn.UninitializedParameter, nn.UninitializedBuffer, FakeTensor}
)


def stand_in(model: nn.Module, device: torch.device | None) -> nn.Module:
    """Return a copy of *model* to run: its tensors on *device*, or, if None, copied where they are.

    On the meta device nothing is allocated.
    """
    # modes are for the author's code; each would be asked about every question after a tensor
    with torch._C.DisableTorchFunction():
        return _Copier(model, device).model


class _Copier:
    """Copies as :func:`copy.deepcopy` does, but no tensors, and what cannot be copied is shared."""

    def __init__(self, model: nn.Module, device: torch.device | None) -> None:
        self._device = device
        self._memo: dict[int, Any] = {}
        plain = []
        for _, module in modules_by_path(model):
            for tensor in (*own_tensors(module._parameters), *own_tensors(module._buffers)):
                self._copied(tensor)
            if not _copies_itself(module):
                self._memo[id(module)] = object.__new__(type(module))
                plain.append(module)
        for module in plain:
            self._fill(module)
        self.model: nn.Module = self._copied(model)

    def _fill(self, module: nn.Module) -> None:
        shell = self._memo[id(module)]
        made = shell.__dict__
        for name, value in vars(module).items():
            kind = type(value)
            if kind in _ATOMS:
                made[name] = value
            elif kind in _DICTS and not value:  # most of it: tables of hooks that nobody has set
                made[name] = self._memo.setdefault(id(value), kind())
            else:
                made[name] = self._copied(value)
        # what module.compile() made calls the original
        made["_compiled_call_impl"] = None

    def _copied(self, value: Any) -> Any:
        kind = type(value)
        if kind in _ATOMS:
            return value
        known = self._memo.get(id(value))
        if known is not None:
            return known
        if kind in _TENSORS:
            other = self._memo[id(value)] = _other(value, self._device)
            return other
        if kind in _DICTS:
            return self._dict(value)
        if kind in _ROWS:
            return self._row(value)
        if kind is types.FunctionType:
            return self._function(value)
        if kind is types.MethodType:
            return types.MethodType(value.__func__, self._copied(value.__self__))
        if kind is weakref.ref:
            return weakref.ref(self._memo[id(value())]) if id(value()) in self._memo else value
        return quietly(lambda: copy.deepcopy(value, self._memo), value)

    def _dict(self, value: dict[Any, Any]) -> dict[Any, Any]:
        made = self._memo[id(value)] = type(value)()
        for key, item in value.items():
            made[key] = item if type(item) in _ATOMS else self._copied(item)
        return made

    def _row(self, value: Any) -> Any:
        if type(value) is list:
            made: list[Any] = []
            self._memo[id(value)] = made
            made.extend(map(self._copied, value))
            return made
        items = [*map(self._copied, value)]
        unchanged = all(one is other for one, other in zip(items, value, strict=True))
        return value if unchanged and type(value) is tuple else type(value)(items)

    def _function(self, function: types.FunctionType) -> types.FunctionType:
        """Return *function* with a closure of its own if it closes over something of the model."""
        cells = function.__closure__ or ()
        if not any(map(self._matters, cells)):
            return function
        other = types.FunctionType(
            function.__code__,
            function.__globals__,
            function.__name__,
            function.__defaults__,
            tuple(map(self._cell, cells)),
        )
        other.__kwdefaults__ = function.__kwdefaults__
        other.__dict__.update(function.__dict__)
        return other

    def _cell(self, cell: types.CellType) -> types.CellType:
        if not self._matters(cell):
            return cell
        # functions may share a cell, and a function may be in its own
        if id(cell) not in self._memo:
            made = self._memo[id(cell)] = types.CellType()
            made.cell_contents = self._copied(cell.cell_contents)
        known: types.CellType = self._memo[id(cell)]
        return known

    def _matters(self, cell: types.CellType) -> bool:
        try:
            content = cell.cell_contents
        except ValueError:  # not yet filled
            return False
        kinds = (list, dict, set, types.FunctionType, types.MethodType)
        return id(content) in self._memo or isinstance(content, kinds)


def _copies_itself(module: nn.Module) -> bool:
    """Say whether the class has a way of its own to be copied: scripted and symbolic modules do."""
    return isinstance(module, torch.jit.ScriptModule) or hasattr(type(module), "__deepcopy__")


def _other(tensor: Tensor, device: torch.device | None) -> Tensor:
    if is_lazy(tensor):
        kind: Any = type(tensor)
        lazy: Tensor = kind(
            tensor.requires_grad, device=device or tensor.device, dtype=tensor.dtype
        )
        return lazy
    if device is None and tensor.is_meta:  # it has no values that a real run could use
        other = torch.zeros(tensor.shape, dtype=tensor.dtype)
    elif device is None or tensor.layout is not torch.strided:
        other = tensor.detach().clone(memory_format=torch.preserve_format)
    else:  # twenty times as fast as empty_like, which is written in Python for the meta device
        form = (tensor.shape, tensor.stride())
        other = torch.empty_strided(*form, dtype=tensor.dtype, device=device)
    if isinstance(tensor, nn.Parameter):
        return nn.Parameter(other, requires_grad=tensor.requires_grad)
    return other.requires_grad_() if tensor.requires_grad else other
