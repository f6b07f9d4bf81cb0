# ruff: noqa: SLF001 - modules tell what they hold in private names only
"""Which modules a forward pass had no use for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from torch import nn

from sphinx_visualtorch.tracing.records import Op

__all__ = ["unused"]


def unused(model: nn.Module, called: Collection[int], ops: Iterable[Op]) -> Iterator[str]:
    """Yield the paths of the outermost modules of *model* that the forward had no use for.

    Of use is what was called, what lies in a layer that was, and what holds a tensor that was
    taken out of it; what holds nothing at all (an empty list) has no use to be had.
    """
    inside = {id(part) for op in ops if op.kind == "module" for part in op.subject.modules()}
    taken = {id(op.subject) for op in ops if op.kind == "parameter"}
    used: dict[int, bool] = {}

    def is_used(module: nn.Module) -> bool:
        if id(module) not in used:
            used[id(module)] = id(module) in called or id(module) in inside
            children = [is_used(child) for child in module._modules.values() if child is not None]
            tensors = [*module._parameters.values(), *module._buffers.values()]
            used[id(module)] |= any(children) or any(id(tensor) in taken for tensor in tensors)
        return used[id(module)]

    waiting = [("", model)]
    while waiting:
        path, module = waiting.pop()
        if path and not is_used(module):
            if module._modules or module._parameters or type(module).forward is not _NO_FORWARD:
                yield path
            continue
        inner = [(name, child) for name, child in module._modules.items() if child is not None]
        prefix = f"{path}." if path else ""
        waiting.extend((prefix + name, child) for name, child in reversed(inner))


_NO_FORWARD = nn.Module.forward
