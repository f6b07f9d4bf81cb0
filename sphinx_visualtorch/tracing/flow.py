# ruff: noqa: SLF001 - torch shows identity of storages and wrappers in private names only
"""Which operation made the value that a tensor holds now.

Tensors are known by identity, and a weak reference guards each entry, so that a recycled ``id``
never makes a wrong edge.  A write into a tensor is a write into all that share its memory: the
tensors of one storage are a family, and those whose elements overlap with what was written follow
the writer.  A write is only noted; who follows it is found out when somebody asks.  This file knows
no modules and no graph; the producers are opaque to it.
"""

from __future__ import annotations

import weakref
from collections import deque
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import torch
from torch import Tensor

from sphinx_visualtorch.tracing.regions import region
from sphinx_visualtorch.tracing.spots import Regions

__all__ = ["Flow"]

Producer = TypeVar("Producer")

_MOST_BEFORE = 32
"""Larger views of which a view is a part: what was written into more is in the largest, too."""


_Kin = deque[tuple[int, weakref.ref[Tensor]]]


@dataclass(slots=True, eq=False)
class _Family(Generic[Producer]):
    """The tensors of one storage."""

    written: int = -1
    """When it was written into last."""
    writers: dict[Producer, int] = field(default_factory=dict)
    writes: Regions[Producer] = field(default_factory=Regions)
    unsorted: list[weakref.ref[Tensor]] = field(default_factory=list)
    members: Regions[_Kin] = field(default_factory=Regions)
    """The tensors that have the same elements, in the order in which they came to be known."""
    order: int = 0


@dataclass(slots=True, eq=False)
class _Entry(Generic[Producer]):
    """What is known of a tensor."""

    ref: weakref.ref[Tensor]
    producer: Producer
    taken: int
    """When it was made or written itself."""
    asked: int
    """All writes until then are in *producer*."""
    family: _Family[Producer] | None


class Flow(Generic[Producer]):
    """The producers of all tensors seen so far.

    Use it where no torch function mode is active: it asks tensors for their storage.
    """

    def __init__(self) -> None:
        self._entries: dict[int, _Entry[Producer]] = {}
        self._families: dict[int, _Family[Producer]] = {}
        self._clock = 0  # it counts writes

    def producer(self, tensor: Tensor) -> Producer | None:
        """Return what made the present value of *tensor*, or None where it is not known."""
        entry = self._entries.get(id(tensor))
        if entry is None or entry.ref() is not tensor:
            return None
        family = entry.family
        if family is not None and family.written > entry.asked:
            for spot in family.writes.latest(region(tensor), since=entry.asked):
                entry.producer = spot.value
                break
            entry.asked = self._clock
        return entry.producer

    def made(self, tensor: Tensor, producer: Producer) -> None:
        """Note that *producer* returned *tensor*, which shares its value with no other."""
        ref = weakref.ref(tensor)
        key = _storage(tensor)
        family = None
        if key is not None:
            family = self._families.get(key)
            if family is None:
                family = self._families[key] = _Family()
            family.unsorted.append(ref)
        else:
            inner = _unwrapped(tensor)
            if inner is not tensor:
                self.made(inner, producer)
        self._entries[id(tensor)] = _Entry(ref, producer, self._clock, self._clock, family)

    def wrote(self, tensor: Tensor, producer: Producer) -> list[tuple[Producer, Tensor]]:
        """Note that *producer* changed *tensor* in place, and all that overlap with it.

        Return who wrote into larger ones since the view *tensor* was taken, and those: of them
        *producer* changed a part only, and did not get what had been written into the rest.
        """
        if self.producer(tensor) is None:
            self.made(tensor, producer)
        entry = self._entries[id(tensor)]
        key = _storage(tensor)
        family = entry.family = None if key is None else self._families.setdefault(key, _Family())
        before: dict[Producer, Tensor] = {}
        if family is not None and family.written > entry.taken:
            for larger in self._larger(family, tensor):
                last = self.producer(larger)
                if last is not None and family.writers.get(last, -1) > entry.taken:
                    before[last] = larger
        self._clock += 1
        entry.producer, entry.taken, entry.asked = producer, self._clock, self._clock
        if family is not None:
            family.writes.put(region(tensor), self._clock, producer)
            family.written = family.writers[producer] = self._clock
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
        key = _storage(tensor)
        if found is not None or key is None or key not in self._families:
            return found
        newest = -1
        for spot in _sorted(self._families[key]).latest(region(tensor)):
            if spot.time < newest:
                break
            while spot.value and (known := self._known(spot.value[-1][1])) is None:
                spot.value.pop()
            if not spot.value:
                spot.empty()
            elif known is not None:
                spot.time = spot.value[-1][0]
                if spot.time > newest:
                    newest, found = spot.time, self.producer(known)
        return found

    def _known(self, ref: weakref.ref[Tensor]) -> Tensor | None:
        tensor = ref()
        return tensor if tensor is not None and id(tensor) in self._entries else None

    def _larger(self, family: _Family[Producer], tensor: Tensor) -> list[Tensor]:
        """Return larger members that overlap, of those with the same elements the first one left.

        Whoever came later has seen fewer writes.
        """
        found = []
        for spot in _sorted(family).largest(region(tensor)):
            while spot.value and (first := self._known(spot.value[0][1])) is None:
                spot.value.popleft()
            if not spot.value:
                spot.empty()
            elif first is not None:
                found.append((spot.value[0][0], first))
            if len(found) == _MOST_BEFORE:
                break
        return [tensor for _, tensor in sorted(found, key=lambda pair: pair[0])]


def _sorted(family: _Family[Producer]) -> Regions[_Kin]:
    """Return the members of *family* by their elements."""
    for ref in family.unsorted:
        tensor = ref()
        if tensor is not None:
            family.order += 1
            place = region(tensor)
            spot = family.members.get(place)
            same: _Kin = deque() if spot is None else spot.value
            same.append((family.order, ref))
            family.members.put(place, family.order, same)
    family.unsorted.clear()
    return family.members


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
