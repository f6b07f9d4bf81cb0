# ruff: noqa: SLF001 - nested tensors tell their sizes in private names only
"""What the recorder writes down while a model runs: calls of modules, and operations in them.

Plain mutable records without logic; :mod:`.assemble` turns them into the frozen graph.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from torch import Tensor, nn

__all__ = ["Call", "Failure", "Kind", "Op", "Raw", "Recording", "raw"]

Kind = Literal["input", "parameter", "constant", "module", "function"]

Raw = tuple[tuple[int, ...], torch.dtype]
"""Shape and element type, as cheap as they can be had."""


def raw(tensor: Tensor) -> Raw:
    """Return shape and element type of *tensor*; a ragged dimension is as long as its longest row.

    So it is in ``to_padded_tensor``.  Where nobody knows, as on the meta device, it counts as 0.
    """
    shape = _ragged(tensor) if tensor.is_nested else tuple(tensor.shape)
    return (shape, tensor.dtype)


def _ragged(tensor: Tensor) -> tuple[int, ...]:
    """Return the shape of a nested tensor."""
    if tensor.layout == torch.strided:
        rows = tensor._nested_tensor_size()
        return (tensor.size(0), *(rows.amax(0).tolist() if rows.numel() else ()))
    longest = _longest(tensor)
    sizes = [tensor.size(axis) for axis in range(tensor.dim())]
    return tuple(size if type(size) is int else longest for size in sizes)


def _longest(tensor: Any) -> int:
    """Return the length of the longest row of a jagged tensor, or 0 if that is not known."""
    noted = tensor._maybe_max_seqlen  # torch notes it in a form that is known on the meta device
    if noted is not None:
        return int(noted)
    try:
        return int(tensor.offsets().diff().max())
    except RuntimeError:
        return 0


@dataclass(slots=True, eq=False)
class Call:
    """One call of a module: what went in, and where in the list of operations it began."""

    module: nn.Module
    path: str
    parent: Call | None
    start: int
    flops: int = 0
    """How many operations had been counted before."""
    leaf: bool = False
    inside: bool = False
    """Whether another module was called inside."""
    counting: Any = None
    """What counts operations that only torch's dispatcher shows."""
    given: list[Tensor] = field(default_factory=list)
    versions: list[int | None] = field(default_factory=list)
    makers: list[Op | None] = field(default_factory=list)

    def below(self, name: str) -> str:
        """Return the path of *name* in this module."""
        return f"{self.path}.{name}" if self.path else name

    def forget(self) -> None:
        """Let go of the tensors; what happened inside refers to this call for good."""
        self.given, self.versions, self.makers = [], [], []


@dataclass(slots=True, eq=False)
class Op:
    """One operation, or one source of tensors."""

    kind: Kind
    call: Call
    path: str
    subject: Any = None
    """The module, the function, or a source's tensor."""
    texts: tuple[tuple[int | str, str], ...] = ()
    """The literal arguments of a function by position or name."""
    inputs: list[Raw] = field(default_factory=list)
    outputs: list[Raw] = field(default_factory=list)
    feeds: list[tuple[Op, Raw]] = field(default_factory=list)
    """Who made the tensors that came in; each tensor once."""
    flops: int = 0
    merged: Op | None = None
    """The leaf module that this operation turned out to be a part of."""

    def now(self) -> Op:
        """Return the operation that stands for this one in the graph."""
        op = self
        while op.merged is not None:
            op = op.merged
        return op


@dataclass(frozen=True, slots=True)
class Failure:
    """The innermost call that raised: *function* in *call*, or the call itself if that is None."""

    call: Call
    given: list[Tensor]
    function: Any = None


@dataclass(slots=True, eq=False)
class Recording:
    """All that one forward pass left behind."""

    root: Call
    ops: list[Op]
    outputs: list[Op]
    notes: list[str]
    flops: int
    called: frozenset[int]
    """The ids of all modules that were called."""
    failed: Op | None = None
    """What raised; there are no outputs then."""
