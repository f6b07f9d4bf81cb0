"""Where each tensor comes from: an operation, or a source that is written down when first used."""

from __future__ import annotations

from itertools import islice

import torch
from torch import Tensor, nn

from sphinx_visualtorch.tracing.flow import Flow
from sphinx_visualtorch.tracing.held import tensors_by_id
from sphinx_visualtorch.tracing.records import Call, Kind, Op, Raw, raw

__all__ = ["Origins"]

_MOST_LEFT = 64


class Origins:
    """Knows the maker of every tensor; unknown ones become sources at the end of *ops*."""

    def __init__(self, model: nn.Module, ops: list[Op]) -> None:
        self.flow: Flow[Op] = Flow()
        self.left: dict[Op, Raw] = {}
        """Whose values left torch, to be computed with elsewhere."""
        self._model = model
        self._ops = ops
        self._held: dict[int, tuple[str, Tensor]] | None = None

    def maker(self, tensor: Tensor, call: Call) -> Op:
        """Return what made *tensor*, which is used in *call*."""
        op = self.flow.producer(tensor)
        if op is not None:
            return op
        if self._held is None:
            self._held = tensors_by_id(self._model)
        name, held = self._held.get(id(tensor), ("", None))
        if held is tensor:
            return self.source("parameter", name, tensor, call)
        op = self.flow.relative(tensor)
        if op is not None:
            self.flow.made(tensor, op)
            return op
        if self.left:
            return self._returned(tensor, call)
        return self.source("constant", call.below("constant"), tensor, call)

    def source(self, kind: Kind, path: str, tensor: Tensor, call: Call) -> Op:
        """Write down a source of *tensor*."""
        op = Op(kind, call, path, tensor, outputs=[raw(tensor)])
        self._ops.append(op)
        self.flow.made(tensor, op)
        return op

    def lately(self) -> list[tuple[Op, Raw]]:
        """Return whose values left torch last; of thousands, not all go into each that returns."""
        latest = islice(reversed(self.left.items()), _MOST_LEFT)
        return [*latest][::-1]

    def _returned(self, tensor: Tensor, call: Call) -> Op:
        """Write down that *tensor* comes from outside, after values have left torch.

        What left may have gone into it; nobody can know.
        """
        op = Op("function", call, call.below("from_numpy"), torch.from_numpy)
        op.feeds = self.lately()
        op.inputs = [spec for _, spec in op.feeds]
        op.outputs = [raw(tensor)]
        self._ops.append(op)
        self.flow.made(tensor, op)
        return op
