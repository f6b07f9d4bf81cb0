"""Leaving no mark on the process: random states, gradient mode and defaults are put back."""

from __future__ import annotations

import importlib
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import torch

__all__ = ["preserved"]

_SEED = 0
_DEEPEST = 5_000
"""How many calls may stand in one another: torch adds some to each module when hooks look on."""


@contextmanager
def preserved() -> Iterator[None]:
    """Run the body from fixed random states, and put the former ones back, whatever happens.

    A model that looks at random numbers is then the same in every run.  Modules may be nested
    deeper than Python likes, as they are when nobody looks on.
    """
    numpy = _numpy_random()
    numpy_state = numpy.get_state() if numpy else None
    python_state = random.getstate()
    cuda: Any = torch.cuda  # its functions have no types
    devices = range(cuda.device_count()) if cuda.is_initialized() else ()
    grad = torch.is_grad_enabled()
    deepest = sys.getrecursionlimit()
    dtype, device = torch.get_default_dtype(), torch.get_default_device()
    try:
        sys.setrecursionlimit(max(deepest, _DEEPEST))
        with torch.random.fork_rng(devices):
            torch.default_generator.manual_seed(_SEED)
            random.seed(_SEED)
            if numpy:
                numpy.seed(_SEED)
            yield
    finally:
        sys.setrecursionlimit(deepest)
        torch.set_default_dtype(dtype)
        if torch.get_default_device() != device:
            torch.set_default_device(device)
        torch.set_grad_enabled(grad)
        random.setstate(python_state)
        if numpy:
            numpy.set_state(numpy_state)


def _numpy_random() -> Any:
    """Return numpy's module of random numbers, or None.

    numpy loads it when it is first asked for, which may be in the middle of a model: its state
    would then come from the system.
    """
    if "numpy" not in sys.modules:
        return None
    with suppress(ImportError):
        return importlib.import_module("numpy.random")
    return None
