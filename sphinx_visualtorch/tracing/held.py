# ruff: noqa: SLF001 - modules hold what they are made of under private names only
"""What modules hold: modules, tensors by name, and modules that they have not registered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensor

__all__ = ["Unregistered", "held_by", "modules_by_path", "own_tensors", "tensors_by_id"]

_TENSORS = frozenset({Tensor, nn.Parameter, FakeTensor})
_CONTAINERS = frozenset({tuple, list, dict})
_NO_TENSORS = frozenset(
    {
        *(type(None), bool, int, float, str, set),
        *(torch.dtype, torch.device, torch.Size),
    }
)
"""Classes of what modules keep most; to ask whether it is a tensor takes longer."""


def modules_by_path(model: nn.Module, prefix: str = "") -> list[tuple[str, nn.Module]]:
    """Return *model* and all modules in it, each once, as ``named_modules`` yields them.

    That one hands each module on through all levels above it, which takes several times as long.
    """
    found: list[tuple[str, nn.Module]] = []
    seen: set[int] = set()
    waiting = [(prefix, model)]
    while waiting:
        path, module = waiting.pop()
        if id(module) in seen:
            continue
        seen.add(id(module))
        found.append((path, module))
        if module._modules:
            start = f"{path}." if path else ""
            inner = [*module._modules.items()]
            waiting.extend(
                (start + name, child) for name, child in reversed(inner) if child is not None
            )
    return found


def own_tensors(held: Any) -> Sequence[Tensor]:
    """Return the tensors among a module's ``_parameters`` or ``_buffers``."""
    return [tensor for tensor in held.values() if tensor is not None] if held else ()


def held_by(module: nn.Module) -> list[Tensor]:
    """Return the tensors of *module* and of those inside it: weights, buffers and what is neither.

    A forward may set a computed tensor in place of a parameter.
    """
    if module._modules:
        return [tensor for _, part in modules_by_path(module) for tensor in _own(part)]
    return _own(module)


def _own(module: nn.Module) -> list[Tensor]:
    held = [*module._parameters.values(), *module._buffers.values(), *vars(module).values()]
    return [value for value in held if type(value) in _TENSORS]


def tensors_by_id(model: nn.Module) -> dict[int, tuple[str, Tensor]]:
    """Return all tensors that the modules of *model* hold, by id, with their first names."""
    known: dict[int, tuple[str, Tensor]] = {}
    for path, module in modules_by_path(model):
        for name, value in _tensors(module):
            if id(value) not in known:
                known[id(value)] = (f"{path}.{name}" if path else name, value)
    return known


def _tensors(module: nn.Module) -> Iterator[tuple[str, Tensor]]:
    """Yield the tensors of *module*, also those in its lists and dicts, unknown to torch."""
    for held in (module._parameters, module._buffers, vars(module)):
        for name, value in held.items():
            if type(value) in _CONTAINERS:
                if value and name[0] != "_":
                    items = value.items() if type(value) is dict else enumerate(value)
                    yield from ((f"{name}.{k}", x) for k, x in items if isinstance(x, Tensor))
            elif type(value) not in _NO_TENSORS and isinstance(value, Tensor):
                yield name, value


class Unregistered:
    """The names under which modules keep others that they have not registered.

    A list that grows is looked at once, not again with each of ten thousand modules in it.
    """

    def __init__(self) -> None:
        self._known: dict[int, dict[int, tuple[str, nn.Module]]] = {}
        self._seen: dict[tuple[int, str], tuple[int, int]] = {}

    def name(self, holder: nn.Module, module: nn.Module) -> str:
        """Return the name of *module* in *holder*, or nothing; both live until the last call."""
        known = self._known.setdefault(id(holder), {})
        found = known.get(id(module))
        if found is None:
            for name, value in vars(holder).items():
                if isinstance(value, nn.Module):
                    known.setdefault(id(value), (name, value))
                elif isinstance(value, list | tuple | dict) and not name.startswith("_"):
                    self._look(holder, name, value)
            found = known.get(id(module))
        return found[0] if found is not None and found[1] is module else ""

    def _look(self, holder: nn.Module, name: str, value: Any) -> None:
        before, start = self._seen.get((id(holder), name), (0, 0))
        if before != id(value) or start > len(value):  # it is another one by now
            start = 0
        self._seen[id(holder), name] = id(value), len(value)
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in islice(items, start, None):
            if isinstance(item, nn.Module):
                self._known[id(holder)].setdefault(id(item), (f"{name}.{key}", item))
