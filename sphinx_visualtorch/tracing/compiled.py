"""What ``torch.compile`` and ``torch.jit`` have made of an author's code.

The first only wraps it: it is drawn as it was written.  Of the second nothing but the operations
is left.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import cache
from typing import Any

import torch
from torch import nn

__all__ = ["as_written", "calls_scripts", "eagerly"]


def as_written(model: nn.Module) -> nn.Module:
    """Return *model*, which is ours to use up, without the wrappers of ``torch.compile``."""
    frame: Any = sys.modules.get("torch._dynamo.eval_frame")
    wrapper = getattr(frame, "OptimizedModule", None)
    if wrapper is None:  # nothing in this process was ever compiled
        return model
    while isinstance(model, wrapper):
        model = model._orig_mod  # noqa: SLF001 - the only way to what was wrapped
    for module in [*model.modules()]:
        module._compiled_call_impl = None  # noqa: SLF001 - what module.compile() sets
        for name, child in module.named_children():
            if isinstance(child, wrapper):
                module._modules[name] = as_written(child)  # noqa: SLF001 - add_module has hooks
    return model


@contextmanager
def eagerly() -> Iterator[None]:
    """Run compiled functions as they were written, too."""
    stance: Any = getattr(torch.compiler, "set_stance", None)  # since torch 2.6
    known = stance is not None and "torch._dynamo.eval_frame" in sys.modules
    with stance("force_eager") if known else nullcontext():
        yield


def calls_scripts(model: nn.Module) -> bool:
    """Say whether a function that ``torch.jit`` compiled stands where a part of *model* does."""
    return any(map(_has_scripts, {type(module).__module__ for module in model.modules()}))


@cache
def _has_scripts(name: str) -> bool:
    if name.startswith("torch."):
        return False
    held = vars(sys.modules.get(name, object))
    return any(isinstance(value, torch.jit.ScriptFunction) for value in held.values())
