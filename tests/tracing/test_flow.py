"""Who made the value that a tensor holds now."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from sphinx_visualtorch.tracing.flow import Flow

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


def test_only_who_was_there_follows_a_write() -> None:
    flow = Flow[str]()
    base = torch.zeros(4, 4)
    flow.made(base, "made")
    flow.wrote(base[0], "wrote")
    row = base[0]
    flow.made(row, "row")
    assert flow.producer(row) == "row"
    flow.wrote(base, "again")
    assert flow.producer(row) == "again"


def test_a_write_tells_who_else_wrote_since_its_view_was_taken() -> None:
    flow = Flow[str]()
    base = torch.zeros(200, 4)
    rows = [*base]
    flow.made(base, "made")
    for row in rows:
        flow.made(row, "rows")
    before = [flow.wrote(row, f"wrote {index}") for index, row in enumerate(rows)]
    assert before[0] == []
    assert [[maker for maker, _ in pairs] for pairs in before[1:]] == [
        [f"wrote {index}"] for index in range(199)
    ]
    assert all(pairs[0][1] is base for pairs in before[1:])
    assert [flow.producer(row) for row in rows] == [f"wrote {index}" for index in range(200)]
    assert flow.producer(base) == "wrote 199"


def test_of_many_relatives_the_latest_that_lives_counts() -> None:
    flow = Flow[str]()
    base = torch.zeros(100, 2)
    flow.made(base, "base")
    rows = [*base]
    for index, row in enumerate(rows):
        flow.made(row, f"row {index}")
    assert flow.relative(base.detach()) == "row 99"
    del row, rows[50:]
    assert flow.relative(base.detach()) == "row 49"
    assert flow.relative(base[7, :1]) == "row 7"
    assert flow.relative(base[70]) == "base"
