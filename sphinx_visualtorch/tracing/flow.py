# ruff: noqa: SLF001 - torch shows identity of storages and wrappers in private names only
"""Which operation made the value that a tensor holds now.

Tensors are known by identity, and a weak reference guards each entry, so that a recycled ``id``
never makes a wrong edge.  A write into a tensor is a write into all that share its memory: the
tensors of one storage are a family, and those whose elements overlap with what was written follow
the writer.  This file knows no modules and no graph; the producers are opaque to it.
"""

from __future__ import annotations

import math
import weakref
from collections.abc import Sequence
from typing import Generic, TypeVar

import torch
from torch import Tensor

__all__ = ["Flow", "overlap"]

Producer = TypeVar("Producer")

_MOST_STEPS = 10_000


class Flow(Generic[Producer]):
    """The producers of all tensors seen so far.

    Use it where no torch function mode is active: it asks tensors for their storage.
    """

    def __init__(self) -> None:
        self._entries: dict[int, tuple[weakref.ref[Tensor], Producer]] = {}
        self._families: dict[int, list[weakref.ref[Tensor]]] = {}
        self._writers: dict[int, dict[Producer, int]] = {}
        self._times: dict[int, int] = {}
        self._clock = 0  # it counts writes: a view has the time at which it was taken or written

    def producer(self, tensor: Tensor) -> Producer | None:
        """Return what made the present value of *tensor*, or None where it is not known."""
        entry = self._entries.get(id(tensor))
        if entry is None or entry[0]() is not tensor:
            return None
        return entry[1]

    def made(self, tensor: Tensor, producer: Producer) -> None:
        """Note that *producer* returned *tensor*, which shares its value with no other."""
        ref = weakref.ref(tensor)
        self._entries[id(tensor)] = (ref, producer)
        self._times[id(tensor)] = self._clock
        key = _storage(tensor)
        if key is None:
            inner = _unwrapped(tensor)
            if inner is not tensor:
                self.made(inner, producer)
        else:
            family = self._families.get(key)
            if family is None:
                self._families[key] = [ref]
            else:
                family.append(ref)

    def wrote(self, tensor: Tensor, producer: Producer) -> list[tuple[Producer, Tensor]]:
        """Note that *producer* changed *tensor* in place, and all that overlap with it.

        Return who wrote into larger ones since the view *tensor* was taken, and those: of them
        *producer* changed a part only, and did not get what had been written into the rest.
        """
        key = _storage(tensor)
        living = []
        before: dict[Producer, Tensor] = {}
        writers = self._writers.setdefault(key, {}) if key is not None else {}
        taken = self._times.get(id(tensor), 0)
        for ref in self._families.get(key, ()) if key is not None else ():
            relative = ref()
            if relative is not None:
                living.append(ref)
                if relative is not tensor and overlap(relative, tensor):
                    last = self.producer(relative)
                    since = last in writers and writers[last] > taken
                    if since and last is not None and relative.numel() > tensor.numel():
                        before[last] = relative
                    self._entries[id(relative)] = (ref, producer)
        if key is not None:
            self._families[key] = living
        if self.producer(tensor) is None:
            self.made(tensor, producer)
        else:
            self._entries[id(tensor)] = (weakref.ref(tensor), producer)
        self._clock += 1
        writers[producer] = self._times[id(tensor)] = self._clock
        return [*before.items()]

    def forget(self, tensor: Tensor) -> None:
        """Make *tensor* unknown again."""
        if self.producer(tensor) is not None:
            del self._entries[id(tensor)]

    def relative(self, tensor: Tensor) -> Producer | None:
        """Return what made the latest known tensor that shares memory with the unknown *tensor*.

        ``vmap`` wraps tensors and hands them on in ways that no function call shows.
        """
        tensor = _unwrapped(tensor)
        found = self.producer(tensor)
        key = _storage(tensor) if found is None else None
        for ref in reversed(self._families.get(key, ()) if key is not None else ()):
            known = ref()
            if known is not None and overlap(known, tensor):
                return self.producer(known)
        return found


def _unwrapped(tensor: Tensor) -> Tensor:
    functorch = torch._C._functorch
    while functorch.is_functorch_wrapped_tensor(tensor):
        tensor = functorch.get_unwrapped(tensor)
    return tensor


def _storage(tensor: Tensor) -> int | None:
    try:
        # meta storages have no address, but each has its own C++ object
        key: int = tensor.untyped_storage()._cdata
        return key
    except (NotImplementedError, RuntimeError):  # sparse, nested and wrapped tensors
        return None


def overlap(one: Tensor, other: Tensor) -> bool:
    """Say whether two tensors of one storage have an element in common.

    Exact for strided tensors, as NumPy's ``shares_memory``; where the search is too long, or a
    tensor has no strides, the answer is yes.
    """
    try:
        shift = other.storage_offset() - one.storage_offset()
        steps = [*zip(one.stride(), one.shape, strict=True)]
        backwards = [*zip(other.stride(), other.shape, strict=True)]
    except RuntimeError:
        return True
    if any(size == 0 for _, size in (*steps, *backwards)):
        return False
    # one.offset + Σ s·i = other.offset + Σ t·j, and with k = size - 1 - j: Σ s·i + Σ t·k = target
    target = int(shift) + sum(stride * (size - 1) for stride, size in backwards)
    most: dict[int, int] = {}
    for stride, size in (*steps, *backwards):
        if stride:
            most[stride] = most.get(stride, 0) + size - 1
    terms = sorted(((stride, count) for stride, count in most.items() if count), reverse=True)
    return _reachable(terms, target)


def _reachable(terms: Sequence[tuple[int, int]], target: int) -> bool:
    """Say whether a sum of each stride, taken 0 to *count* times, can be *target*."""
    reach, divisor = [0], [0]
    for stride, count in reversed(terms):
        reach.append(reach[-1] + stride * count)
        divisor.append(math.gcd(divisor[-1], stride))
    reach.reverse()
    divisor.reverse()
    open_sums = [(0, target)]
    for _ in range(_MOST_STEPS):
        if not open_sums:
            return False
        index, rest = open_sums.pop()
        if rest == 0:
            return True
        if not 0 < rest <= reach[index] or rest % (divisor[index] or 1):
            continue
        stride, count = terms[index]
        # what the smaller strides cannot reach, this one has to
        least = max(0, -((reach[index + 1] - rest) // stride))
        choices = range(least, min(count, rest // stride) + 1)
        if len(choices) > _MOST_STEPS:
            return True
        open_sums.extend((index + 1, rest - stride * choice) for choice in choices)
    return True
