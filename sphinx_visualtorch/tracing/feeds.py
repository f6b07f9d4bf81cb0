"""What a layer drawn as one box took in: its arguments, and what reached it by another way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sphinx_visualtorch.tracing.gather import tensors
from sphinx_visualtorch.tracing.origins import Origins
from sphinx_visualtorch.tracing.records import Call, Op, Raw, raw

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Feeds", "Leaf", "add_results"]


class Leaf(NamedTuple):
    """A call that is drawn as one box.

    *inner* are the operations inside, *named* the tensors that were given by name, and *output*
    is what it returned.
    """

    call: Call
    inner: list[Op]
    named: list[Tensor]
    output: Any


class Feeds:
    """Finds who made what a leaf took in, by what *origins* knows."""

    def __init__(self, origins: Origins) -> None:
        self.asked: set[Op] = set()
        """Who made the tensors whose values were read."""
        self._origins = origins

    def fill(self, op: Op, leaf: Leaf) -> None:
        """Write into *op* what the *leaf* that it stands for took in."""
        feeds: dict[int, tuple[Op, Raw]] = {}
        op.inputs += map(raw, leaf.call.given)
        if not self.is_kept(leaf):
            self._given(leaf.call, op.inputs, feeds)
        if leaf.named:
            self._named(op, leaf, feeds)
        op.feeds = list(feeds.values())
        if leaf.inner:
            _add_hidden(op, leaf.inner)
        self._add_computed_weights(op)

    def _given(self, call: Call, specs: list[Raw], feeds: dict[int, tuple[Op, Raw]]) -> None:
        outer = call.parent or call
        for tensor, maker, spec in zip(call.given, call.makers, specs, strict=True):
            feeds[id(tensor)] = (maker or self._origins.maker(tensor, outer), spec)

    def _named(self, op: Op, leaf: Leaf, feeds: dict[int, tuple[Op, Raw]]) -> None:
        used = self._used(leaf) if leaf.inner else None
        for tensor in leaf.named:
            spec = raw(tensor)
            maker = self._origins.maker(tensor, leaf.call.parent or leaf.call)
            if maker.now() is not op and (used is None or maker in used or maker.subject is tensor):
                feeds[id(tensor)] = (maker, spec)
            op.inputs.append(spec)

    def _used(self, leaf: Leaf) -> set[Op]:
        """Return who made what a leaf that was looked into used, returned or read.

        Only by name a layer is handed what it may leave alone, with ``**kwargs``.
        """
        used = {maker for part in leaf.inner for maker, _ in part.feeds} | self.asked
        returned = map(self._origins.flow.producer, tensors([leaf.output], []))
        return used.union(filter(None, returned))

    def is_kept(self, leaf: Leaf) -> bool:
        """Say whether a layer that did nothing returned what an earlier call had computed."""
        if leaf.inner or leaf.call.leaf:
            return False
        made = tensors([leaf.output], [])
        given = set(map(id, leaf.call.given))
        if not made or any(id(tensor) in given for tensor in made):
            return False
        makers = map(self._origins.flow.producer, made)
        return all(maker is not None and maker.kind in ("module", "function") for maker in makers)

    def _add_computed_weights(self, op: Op) -> None:
        """Add to a leaf what the forward has computed for it to work with."""
        seen: set[Op] | None = None
        for maker, spec in self._origins.weights(op.subject):
            if seen is None:
                seen = {op, *(other.now() for other, _ in op.feeds)}
            if maker.now() not in seen:
                seen.add(maker.now())
                op.feeds.append((maker, spec))
                op.inputs.append(spec)


def _add_hidden(op: Op, inner: list[Op]) -> None:
    """Add to a leaf what reached its inside by another way than its arguments."""
    seen = {maker.now() for maker, _ in op.feeds}
    for part in inner:
        for maker, spec in part.feeds:
            now = maker.now()
            if now is not op and now not in seen and now.kind not in ("parameter", "constant"):
                seen.add(now)
                op.feeds.append((now, spec))
                op.inputs.append(spec)


def add_results(op: Op, inner: list[Op]) -> None:
    """Add to a function what modules have made inside it, as ``torch.cond`` calls its branches."""
    used = {maker.now() for part in inner for maker, _ in part.feeds}
    for part in inner:
        if part.kind == "module" and part.now() not in used:
            op.feeds += [(part, spec) for spec in part.outputs]
            op.inputs += part.outputs
