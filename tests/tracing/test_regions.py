"""Which tensors of one memory have an element in common."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest
import torch
from torch import Tensor

from sphinx_visualtorch.tracing.regions import overlap, region

pytestmark = pytest.mark.torch


def views() -> list[Tensor]:
    """Return views of one tensor, of many kinds."""
    base = torch.zeros(6, 8)
    dice = random.Random(1)
    found = [base, base[0], base[:, 0], base[:, 1], base.T, base[::2, ::3], base[1::2, 1::3]]
    for _ in range(20):
        rows = slice(dice.randrange(6), dice.randrange(1, 7), dice.randrange(1, 4))
        columns = slice(dice.randrange(8), dice.randrange(1, 9), dice.randrange(1, 4))
        found.append(base[rows, columns])
    found.append(base.view(-1).unfold(0, 5, 3))
    found.append(base[:1].expand(4, 8))
    return found


def test_overlap_is_exact() -> None:
    def touched(tensor: Tensor) -> set[int]:
        indices = itertools.product(*map(range, tensor.shape))
        steps = tensor.stride()
        return {
            tensor.storage_offset() + sum(i * s for i, s in zip(index, steps, strict=True))
            for index in indices
        }

    found = views()
    for one, other in itertools.product(found, found):
        assert overlap(region(one), region(other)) == bool(touched(one) & touched(other))
        shared = np.shares_memory(one.numpy(), other.numpy())
        assert overlap(region(one), region(other)) == shared


def test_overlap_does_not_search_for_ever() -> None:
    base = torch.empty(10**9, device="meta")
    one = base.as_strided((10**4, 10**4), (12345, 3), 0)
    other = base.as_strided((10**4, 10**4), (12347, 6), 1)
    assert overlap(region(one), region(other)) in (True, False)


def test_equal_elements_are_equal() -> None:
    base = torch.zeros(4, 6)
    assert region(base) == region(base.view(-1)) == region(base.T) == region(base.view(2, 1, 12))
    assert region(base[:, 0]) != region(base[:, 1])
    assert region(base[:1].expand(4, 6)) == region(base[0])


def test_what_has_no_strides_may_be_anywhere() -> None:
    assert overlap(region(torch.eye(3).to_sparse()), region(torch.zeros(1)))
