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
from torch._subclasses.fake_tensor import FakeTensor

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

    storage: weakref.ref[torch.UntypedStorage]
    first: Producer
    """What made the first of them."""
    last: Producer
    """What made the latest of them, and when; it may be gone."""
    made: int
    written: int = -1
    """When it was written into last."""
    writers: dict[Producer, int] = field(default_factory=dict)
    writes: Regions[Producer] | None = None
    unsorted: list[weakref.ref[Tensor]] = field(default_factory=list)
    members: Regions[_Kin] | None = None
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
        self.batched = False
        """Whether a tensor was seen that is one element of a batch, as inside ``torch.vmap``."""
        self._entries: dict[int, _Entry[Producer]] = {}
        self._families: dict[int, _Family[Producer]] = {}
        self._addresses: dict[int, _Family[Producer]] = {}
        self._unsorted: list[_Family[Producer]] = []
        self._clock = 0  # it counts writes

    def producer(self, tensor: Tensor) -> Producer | None:
        """Return what made the present value of *tensor*, or None where it is not known."""
        entry = self._entries.get(id(tensor))
        if entry is None or entry.ref() is not tensor:
            return None
        family = entry.family
        if family is None:
            return entry.producer
        storage = _storage(tensor)
        if storage is None or family.storage() is not storage:
            del self._entries[id(tensor)]  # Tensor.set_, which no mode sees, gave it other memory
            return None
        if family.writes is not None and family.written > entry.asked:
            for spot in family.writes.latest(region(tensor), since=entry.asked):
                entry.producer = spot.value
                break
            entry.asked = self._clock
        return entry.producer

    def made(self, tensor: Tensor, producer: Producer) -> None:
        """Note that *producer* returned *tensor*, which shares its value with no other."""
        ref = weakref.ref(tensor)
        storage = _storage(tensor)
        family = None
        if storage is not None:
            family = self._family(storage)
            if family is None:
                family = _Family(weakref.ref(storage), producer, producer, self._clock)
                self._families[storage._cdata] = family
                self._unsorted.append(family)
            family.last, family.made = producer, self._clock
            family.unsorted.append(ref)
        else:
            inner = _unwrapped(tensor)
            if inner is not tensor:
                self.batched |= torch._C._functorch.is_batchedtensor(tensor)
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
        storage = _storage(tensor)
        family = entry.family = None if storage is None else self._family(storage)
        before: dict[Producer, Tensor] = {}
        if family is not None and family.written > entry.taken:
            for larger in self._larger(family, tensor):
                last = self.producer(larger)
                if last is not None and family.writers.get(last, -1) > entry.taken:
                    before[last] = larger
        self._clock += 1
        entry.producer, entry.taken, entry.asked = producer, self._clock, self._clock
        if family is not None:
            if family.writes is None:  # most are never written into
                family.writes = Regions()
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
        storage = _storage(tensor) if found is None else None
        family = None if storage is None else self._family(storage)
        if family is None:
            return found
        newest = -1
        for spot in _sorted(family).latest(region(tensor)):
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
        return self._left(family, tensor) if found is None else found

    def _left(self, family: _Family[Producer], tensor: Tensor) -> Producer:
        """Return what made what is in the memory of *tensor*, of which no other tensor is left."""
        writes = family.writes or Regions()
        for spot in writes.latest(region(tensor), since=family.made):
            return spot.value
        return family.last

    def knows(self, tensor: Tensor) -> bool:
        """Say whether something may be known of the memory of *tensor*."""
        storage = _storage(tensor)
        return storage is None or storage._cdata in self._families

    def origin(self, tensor: Tensor) -> Producer | None:
        """Return what made the first tensor that was known in the memory of *tensor*."""
        storage = _storage(tensor)
        family = None if storage is None else self._family(storage)
        return None if family is None else family.first

    def writer(self, tensor: Tensor) -> Producer | None:
        """Return what wrote into the memory of the unknown *tensor* last."""
        storage = _storage(tensor)
        family = None if storage is None else self._family(storage)
        if family is not None and family.writes is not None:
            for spot in family.writes.latest(region(tensor)):
                return spot.value
        return None

    def sharer(self, tensor: Tensor) -> Producer | None:
        """Return what made the values at the address of *tensor*, whose storage is another one.

        DLPack and NumPy hand on memory without its storage.

        :raises RuntimeError: if it has none, as where DLPack was handed a fake tensor.
        """
        storage = _storage(tensor)
        if storage is None or not storage.nbytes() or isinstance(tensor, FakeTensor):
            return None
        address = _address(storage)
        if not address:
            if storage.device.type == "cpu":
                message = "a fake tensor, which has no values, was handed on by its address"
                raise RuntimeError(message)
            return None
        for family in self._unsorted:
            known = family.storage()
            if known is not None and (place := _address(known)):
                self._addresses[place] = family
        self._unsorted.clear()
        found = self._addresses.get(address)
        alive = found is not None and found.storage() is not None
        return self._left(found, tensor) if found is not None and alive else None

    def _family(self, storage: torch.UntypedStorage) -> _Family[Producer] | None:
        """Return who is known of this very storage: an address may be that of one that is gone."""
        family = self._families.get(storage._cdata)
        return family if family is not None and family.storage() is storage else None

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
    if family.members is None:
        family.members = Regions()
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


def _address(storage: torch.UntypedStorage) -> int:
    try:
        return 0 if storage.device.type == "meta" else storage.data_ptr()
    except RuntimeError:  # fake ones have none
        return 0


def _storage(tensor: Tensor) -> torch.UntypedStorage | None:
    try:
        # meta storages have no address, but each has its own object
        return tensor.untyped_storage()
    except (NotImplementedError, RuntimeError):  # sparse, nested and wrapped tensors
        return None
