# ruff: noqa: SLF001 - modules hold what they are made of under private names only
"""What modules hold: their tensors by name, and modules that they have not registered."""

from __future__ import annotations

from torch import Tensor, nn

__all__ = ["attribute", "tensors_by_id"]


def tensors_by_id(model: nn.Module) -> dict[int, tuple[str, Tensor]]:
    """Return all tensors that the modules of *model* hold, by id, with their first names."""
    known: dict[int, tuple[str, Tensor]] = {}
    for path, module in model.named_modules():
        # compiled modules keep theirs in wrappers that are no dicts
        held = {**dict(module._parameters.items()), **dict(module._buffers.items()), **vars(module)}
        for name, value in held.items():
            if isinstance(value, Tensor):
                known.setdefault(id(value), (f"{path}.{name}" if path else name, value))
    return known


def attribute(holder: nn.Module, module: nn.Module) -> str:
    """Return the name under which *holder* keeps *module* without having registered it."""
    for name, value in vars(holder).items():
        if value is module:
            return name
        if isinstance(value, list | tuple | dict) and not name.startswith("_"):
            items = value.items() if isinstance(value, dict) else enumerate(value)
            for key, item in items:
                if item is module:
                    return f"{name}.{key}"
    return ""
