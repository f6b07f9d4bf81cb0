"""Who made the value that a tensor holds now."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from sphinx_visualtorch.tracing.flow import Flow, overlap

pytestmark = pytest.mark.torch


def test_an_unknown_tensor_has_no_producer() -> None:
    assert Flow[str]().producer(torch.zeros(1)) is None


def test_a_recycled_id_is_not_the_old_tensor() -> None:
    flow = Flow[str]()
    for _ in range(1000):
        tensor = torch.zeros(1)
        assert flow.producer(tensor) is None
        flow.made(tensor, "here")
        del tensor


def test_a_write_reaches_all_that_overlap() -> None:
    flow = Flow[str]()
    base = torch.zeros(4, 4)
    left, right, row = base[:, :2], base[:, 2:], base[1]
    for tensor in (base, left, right, row):
        flow.made(tensor, "made")
    flow.wrote(left, "wrote")
    made_by = [flow.producer(tensor) for tensor in (base, left, right, row)]
    assert made_by == ["wrote", "wrote", "made", "wrote"]


def test_a_write_into_an_unknown_tensor_makes_it_known() -> None:
    flow = Flow[str]()
    tensor = torch.zeros(2)
    flow.wrote(tensor, "wrote")
    assert flow.producer(tensor) == "wrote"


def test_detached_tensors_are_relatives() -> None:
    flow = Flow[str]()
    tensor = torch.zeros(2, device="meta")
    other = tensor.detach()
    flow.made(tensor, "made")
    assert flow.relative(other) == "made"
    assert flow.relative(torch.zeros(2, device="meta")) is None
    flow.made(other, "other")
    flow.wrote(other, "wrote")
    assert flow.producer(tensor) == "wrote"


def test_forgotten_tensors_are_unknown() -> None:
    flow = Flow[str]()
    tensor = torch.zeros(2)
    flow.made(tensor, "made")
    flow.forget(tensor)
    flow.forget(tensor)
    assert flow.producer(tensor) is None


@pytest.mark.parametrize(
    "make",
    [
        lambda: torch.eye(3).to_sparse(),
        lambda: torch.nested.nested_tensor([torch.zeros(2), torch.zeros(3)]),
        lambda: torch.quantize_per_tensor(torch.zeros(3), 0.1, 0, torch.quint8),
    ],
    ids=["sparse", "nested", "quantized"],
)
@pytest.mark.filterwarnings("ignore::UserWarning")  # torch's, of prototypes and of old age
def test_unusual_tensors_are_known_too(make: Callable[[], Tensor]) -> None:
    flow = Flow[str]()
    tensor = make()
    flow.made(tensor, "made")
    flow.wrote(tensor, "wrote")
    assert flow.producer(tensor) == "wrote"


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
        assert overlap(one, other) == bool(touched(one) & touched(other))
        shared = np.shares_memory(one.numpy(), other.numpy())
        assert overlap(one, other) == shared


def test_overlap_does_not_search_for_ever() -> None:
    base = torch.empty(10**9, device="meta")
    one = base.as_strided((10**4, 10**4), (12345, 3), 0)
    other = base.as_strided((10**4, 10**4), (12347, 6), 1)
    assert overlap(one, other) in (True, False)
