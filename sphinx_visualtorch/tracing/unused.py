# ruff: noqa: SLF001 - modules tell what they hold in private names only
"""Which modules a forward pass had no use for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from torch import nn

from sphinx_visualtorch.tracing.held import modules_by_path, own_tensors
from sphinx_visualtorch.tracing.records import Op

__all__ = ["unused"]


def unused(model: nn.Module, called: Collection[int], ops: Iterable[Op]) -> Iterator[str]:
    """Yield the paths of the outermost modules of *model* that the forward had no use for.

    Of use is what was called, what lies in a layer that was, and what holds a tensor that was
    taken out of it; what holds nothing at all (an empty list) has no use to be had.
    """
    layers = {id(op.subject): op.subject for op in ops if op.kind == "module"}
    whole = [layer for layer in layers.values() if layer._modules]
    inside = {id(part) for layer in whole for _, part in modules_by_path(layer)}
    taken = {id(op.subject) for op in ops if op.kind == "parameter"}
    used = {id(model)}
    useful: list[int] = []
    holders: dict[int, list[int]] = {}
    for _, module in modules_by_path(model):
        name = id(module)
        tensors = (*own_tensors(module._parameters), *own_tensors(module._buffers))
        if name in called or name in inside or any(id(tensor) in taken for tensor in tensors):
            useful.append(name)
        for child in module._modules.values() if module._modules else ():
            holders.setdefault(id(child), []).append(name)
    while useful:
        name = useful.pop()
        if name not in used:
            used.add(name)
            useful.extend(holders.get(name, ()))
    waiting = [("", model)]
    while waiting:
        path, module = waiting.pop()
        if id(module) not in used:
            if module._modules or module._parameters or type(module).forward is not _NO_FORWARD:
                yield path
            continue
        inner = [(name, child) for name, child in module._modules.items() if child is not None]
        prefix = f"{path}." if path else ""
        waiting.extend((prefix + name, child) for name, child in reversed(inner))


_NO_FORWARD = nn.Module.forward
