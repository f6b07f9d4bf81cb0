"""The size of an image by what failed runs tell: too many features for a layer, or too few.

A linear layer behind a flattened feature map takes images of one size only.  The number of features
grows with the image, so that halving the range finds the size in a few runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from sphinx_visualtorch.tracing.inputs import Found, Inputs, described

if TYPE_CHECKING:
    from sphinx_visualtorch.graph import ArchitectureGraph

__all__ = ["Search", "remade"]

_LARGEST = 2048
"""px; the features of an image of this side are thought to be enough for any layer."""


@dataclass(slots=True)
class _Range:
    """The side is more than *small* px, where that gave too few features, and less than *large*."""

    found: Found
    small: int = 0
    large: int = _LARGEST + 1


@dataclass(slots=True)
class Search:
    """What is known of the sizes of square images, for each form of inputs."""

    ranges: dict[tuple[object, ...], _Range] = field(default_factory=dict)

    def over(self, candidates: Iterable[Found]) -> Iterator[Found]:
        """Yield *candidates*, without those that are known to fail, and sizes between them.

        Before the next is asked for, :meth:`learn` is told if one failed.
        """
        for found in candidates:
            known = self.ranges.get(_form(found))
            if known is None or known.small < _side(found) < known.large:
                yield found
                # between two ends a size is found in fewer runs than by trying usual ones
                yield from self._halved(lambda known: 0 < known.small < known.large <= _LARGEST)
        yield from self._halved(lambda _known: True)

    def learn(self, found: Found, graph: ArchitectureGraph | None) -> None:
        """Note that a run on *found* failed, as the last node of *graph* tells."""
        node = graph.nodes[-1] if graph is not None and graph.nodes else None
        wanted = dict(node.attributes).get("in_features", "") if node is not None else ""
        if not _side(found) or node is None or not node.inputs or not wanted.isdecimal():
            return
        given = node.inputs[0].shape[-1]
        if given == _side(found):  # the rows of the image itself, which is no image then
            return
        known = self.ranges.setdefault(_form(found), _Range(found))
        if given > int(wanted):
            known.large = min(known.large, _side(found))
        elif given < int(wanted):
            known.small = max(known.small, _side(found))

    def _halved(self, wanted: Callable[[_Range], bool]) -> Iterator[Found]:
        for known in filter(wanted, [*self.ranges.values()]):
            while known.large - known.small > 1:
                before = known.small, known.large
                yield _resized(known.found, sum(before) // 2)
                if before == (known.small, known.large):  # it failed in another way
                    known.small = known.large = 0


def _square(value: object) -> bool:
    return isinstance(value, Tensor) and value.dim() == 4 and value.shape[-1] == value.shape[-2]


def _values(found: Found) -> list[object]:
    return [*found.inputs.args, *found.inputs.kwargs.values()]


def _side(found: Found) -> int:
    """Return the side of the square images, or 0 if there are none."""
    sides = {
        value.shape[-1] for value in _values(found) if isinstance(value, Tensor) and _square(value)
    }
    return sides.pop() if len(sides) == 1 else 0


def _form(found: Found) -> tuple[object, ...]:
    """Return what two inputs have in common that differ in the size of their images only."""
    tensors = [value for value in _values(found) if isinstance(value, Tensor)]
    shapes = [tuple(t.shape[:-2] if _square(t) else t.shape) for t in tensors]
    return (*found.inputs.kwargs, *shapes, *(tensor.dtype for tensor in tensors))


def remade(found: Found) -> Found:
    """Return the same inputs without values, for another rung of the ladder."""
    return _resized(found, _side(found))


def _resized(found: Found, side: int) -> Found:
    def resized(value: object) -> object:
        if not isinstance(value, Tensor):
            return value
        shape = (*value.shape[:-2], side, side) if side and _square(value) else value.shape
        return torch.empty(shape, dtype=value.dtype, device="meta")

    args = tuple(map(resized, found.inputs.args))
    kwargs = {name: resized(value) for name, value in found.inputs.kwargs.items()}
    inputs = Inputs(args, kwargs, found.inputs.returned)
    _, comma, source = found.words.partition(", guessed")
    return Found(inputs, f"{described(inputs)}{comma}{source}")
