"""Where each tensor comes from: an operation, or a source that is written down when first used."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import islice

import torch
from torch import Tensor, nn

from sphinx_visualtorch.tracing.flow import Flow
from sphinx_visualtorch.tracing.gather import parts
from sphinx_visualtorch.tracing.held import held_by, tensors_by_id
from sphinx_visualtorch.tracing.records import Call, Kind, Op, Raw, raw

__all__ = ["Origins"]

_MOST_LEFT = 64
_COMPUTED = frozenset({"input", "module", "function"})


class Origins:
    """Knows the maker of every tensor; unknown ones become sources at the end of *ops*."""

    def __init__(self, model: nn.Module, ops: list[Op]) -> None:
        self.flow: Flow[Op] = Flow()
        self.left: dict[Op, Raw] = {}
        """Whose values left torch, to be computed with elsewhere."""
        self._model = model
        self._ops = ops
        self._held: dict[int, tuple[str, Tensor]] | None = None
        self._flowing: dict[Op, bool] = {}
        self._pickled: dict[Raw, deque[Op]] = {}

    def maker(self, tensor: Tensor, call: Call) -> Op:
        """Return what made *tensor*, which is used in *call*."""
        op = self.flow.producer(tensor) or self._computed(tensor)
        if op is not None:
            return op
        if self._held is None:
            self._held = tensors_by_id(self._model)
        name, held = self._held.get(id(tensor), ("", None))
        if held is tensor:
            return self.source("parameter", name, tensor, call)
        op = self.flow.relative(tensor) or self._wrapped(tensor, call)
        if op is not None:
            self.flow.made(tensor, op)
            return op
        if self.left:
            return self._returned(tensor, call)
        if (op := self.flow.sharer(tensor)) is not None:
            self.flow.made(tensor, op)
            return op
        return self.source("constant", call.below("constant"), tensor, call)

    def weights(self, module: nn.Module) -> Iterator[tuple[Op, Raw]]:
        """Yield what computed the weights of *module*, be they its own or set in the forward."""
        for tensor in filter(self.flow.knows, held_by(module)):
            op = self.flow.producer(tensor) or self._computed(tensor) or self.flow.writer(tensor)
            if op is not None and self._flows(op.now()):
                yield op, raw(tensor)

    def _flows(self, op: Op) -> bool:
        """Say whether *op* has to do with the inputs: what only fills a new layer has not."""
        waiting = [op]
        while waiting:
            one = waiting[-1]
            known = self._flowing.get(one)
            if known is None:
                self._flowing[one] = one.kind in ("input", "module")
                if one.kind == "function":
                    waiting += [maker.now() for maker, _ in one.feeds]
                    continue
            elif not known:
                self._flowing[one] = any(self._flowing.get(m.now()) for m, _ in one.feeds)
            waiting.pop()
        return self._flowing[op]

    def pickled(self, tensor: Tensor, call: Call) -> None:
        """Note that the values of *tensor* are taken out, to be a tensor again later."""
        self._pickled.setdefault(raw(tensor), deque()).append(self.maker(tensor, call))

    def unpickled(self, tensor: Tensor, call: Call) -> None:
        """Write down that *tensor* was made again of values that have been taken out.

        Of several of one form they come back in the order in which they went.
        """
        makers = self._pickled.get(spec := raw(tensor))
        if not makers or self.flow.producer(tensor) is not None:
            return
        op = Op("function", call, call.below("clone"), torch.clone, outputs=[spec])
        op.feeds, op.inputs = [(makers[0], spec)], [spec]
        makers.rotate(-1)
        self._ops.append(op)
        self.flow.made(tensor, op)

    def _computed(self, tensor: Tensor) -> Op | None:
        """Return what made the unknown *tensor* if its memory is of this run.

        An ``nn.Parameter`` that is made of a tensor, say.
        """
        first = self.flow.origin(tensor)
        if first is None or first.kind not in _COMPUTED:
            return None
        op = self.flow.relative(tensor)
        if op is not None:
            self.flow.made(tensor, op)
        return op

    def _wrapped(self, tensor: Tensor, call: Call) -> Op | None:
        """Return what made the tensors of which *tensor*, of a class of its own, is made."""
        inner = [one for one in parts(tensor) if self.flow.producer(one) is not None]
        makers = {id(one): (self.maker(one, call), raw(one)) for one in inner}
        if len({maker.now() for maker, _ in makers.values()}) < 2:
            return next((maker for maker, _ in makers.values()), None)
        kind = type(tensor)
        op = Op("function", call, call.below(kind.__name__), kind, outputs=[raw(tensor)])
        op.feeds = [*makers.values()]
        op.inputs = [spec for _, spec in op.feeds]
        self._ops.append(op)
        return op

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
