# ruff: noqa: SLF001 - what was wrapped, and how a module is called, have private names only
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

from sphinx_visualtorch.tracing.functions import is_torch
from sphinx_visualtorch.tracing.held import modules_by_path

__all__ = ["as_written", "calls_scripts", "eagerly"]


def as_written(model: nn.Module) -> nn.Module:
    """Return *model*, which is ours to use up, without the wrappers of ``torch.compile``."""
    frame: Any = sys.modules.get("torch._dynamo.eval_frame")
    wrapper = getattr(frame, "OptimizedModule", None)
    if wrapper is None:  # nothing in this process was ever compiled
        return model
    while isinstance(model, wrapper):
        model = model._orig_mod
    for _, module in modules_by_path(model):
        if module._compiled_call_impl is not None:  # module.compile() has set it
            module._compiled_call_impl = None
        for name, child in [*module._modules.items()] if module._modules else ():
            if isinstance(child, wrapper):
                module._modules[name] = as_written(child)  # add_module has hooks
    return model


@contextmanager
def eagerly() -> Iterator[None]:
    """Run compiled functions as they were written, too."""
    stance: Any = getattr(torch.compiler, "set_stance", None)  # since torch 2.6
    known = stance is not None and "torch._dynamo.eval_frame" in sys.modules
    with stance("force_eager") if known else nullcontext():
        yield


def calls_scripts(model: nn.Module) -> bool:
    """Say whether a function that ``torch.jit`` compiled stands where a part of *model* does.

    That is in the Python module of its class, or in the part itself.
    """
    parts = [module for _, module in modules_by_path(model) if not is_torch(type(module))]
    if any(map(_has_scripts, {type(part).__module__ for part in parts})):
        return True
    script = torch.jit.ScriptFunction
    return any(type(value) is script for part in parts for value in vars(part).values())


@cache
def _has_scripts(name: str) -> bool:
    held = vars(sys.modules.get(name, object))
    return any(isinstance(value, torch.jit.ScriptFunction) for value in held.values())
