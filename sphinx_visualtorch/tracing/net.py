# ruff: noqa: SLF001 - torch has its switch for functions under a private name only
"""The net below the recorder: operations that no torch function shows.

A function that ``torch.jit`` has compiled, or C++ that calls torch, runs operations without asking
any function mode.  Tensors then come from nowhere.  Torch's dispatcher sees each operation, which
costs as much again as the run, so the net is spread only for a model that has lost data before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

if TYPE_CHECKING:
    from sphinx_visualtorch.tracing.recorder import Recorder

__all__ = ["Net"]

_LIFTS = {torch.ops.aten.lift_fresh.default, torch.ops.aten.lift.default}
"""What makes values from elsewhere known to modes, and returns the very tensor it was given."""


class Net(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Hands to *recorder* what it would not see."""

    supports_higher_order_operators = True

    def __init__(self, recorder: Recorder) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._recorder = recorder

    def __torch_dispatch__(
        self,
        func: Any,
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        if getattr(func, "namespace", "") == "prim":
            return NotImplemented  # a question after the device, for the tensor itself to answer
        with torch._C.DisableTorchFunction():
            if func in _LIFTS:
                return func(*args)
            return self._recorder.operation(func, args, kwargs or {})
