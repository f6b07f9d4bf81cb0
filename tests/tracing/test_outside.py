"""What a forward pass keeps outside of its model is there in no other run."""

from __future__ import annotations

import functools
from typing import Any, ClassVar

import pytest
import torch
from torch import Tensor, nn
from tracing.flows import flow, run

from sphinx_visualtorch.tracing.ladder import Subject, climb

pytestmark = pytest.mark.torch

TABLES: dict[int, Tensor] = {}
NOTES: dict[str, object] = {}
KEPT: list[Tensor] = []
TABLE: Tensor | None = None


@functools.lru_cache
def by_cache(size: int) -> Tensor:
    return torch.arange(size) * 2.0


def by_dict(size: int) -> Tensor:
    NOTES["last"] = size
    if size not in TABLES:
        TABLES[size] = torch.arange(size) * 2.0
    return TABLES[size]


def remembered(function: Any) -> Any:
    """Keep what *function* returns where nobody but its wrapper knows, as many libraries do."""
    known: dict[int, Tensor] = {}
    cached = functools.lru_cache(function)

    @functools.wraps(function)
    def wrapper(size: int) -> Tensor:
        if size not in known:
            known[size] = cached(size)
        return known[size]

    wrapper.forget = lambda: (known.clear(), cached.cache_clear())  # type: ignore[attr-defined]
    return wrapper


@remembered
def by_wrapper(size: int) -> Tensor:
    return torch.arange(size) * 2.0


def by_list(size: int) -> Tensor:
    if not KEPT:
        KEPT.append(torch.arange(size) * 2.0)
    return KEPT[0]


def by_name(size: int) -> Tensor:
    global TABLE  # noqa: PLW0603 - as authors do
    if TABLE is None:
        TABLE = torch.arange(size) * 2.0
    return TABLE


class Adds(nn.Module):
    """Adds a table, which somebody keeps."""

    tables: ClassVar[dict[int, Tensor]] = {}

    def __init__(self, table: Any, read: bool) -> None:
        super().__init__()
        self.table, self.read = table, read
        self.fc = nn.Linear(8, 8)

    def by_class(self, size: int) -> Tensor:
        if size not in self.tables:
            self.tables[size] = torch.arange(size) * 2.0
        return self.tables[size]

    @functools.lru_cache  # noqa: B019 - as authors do
    def by_cached_method(self, size: int) -> Tensor:
        return torch.arange(size) * 2.0

    def forward(self, x: Tensor) -> Tensor:
        made = getattr(self, self.table)(8) if isinstance(self.table, str) else self.table(8)
        x = self.fc(x) + made
        return x if not self.read or x.sum() != 0 else -x


@pytest.fixture(autouse=True)
def _no_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "TABLE", None)
    for table in (TABLES, NOTES, KEPT, Adds.tables):
        table.clear()
    by_cache.cache_clear()
    Adds.by_cached_method.cache_clear()
    by_wrapper.forget()


@pytest.mark.parametrize("read", [False, True])
@pytest.mark.parametrize(
    "table",
    [by_cache, by_dict, by_list, by_name, by_wrapper, "by_class", "by_cached_method"],
    ids=lambda table: getattr(table, "__name__", table),
)
def test_tables_are_made_in_every_run(table: Any, read: bool) -> None:
    model = Adds(table, read)
    x = torch.ones(2, 8)
    graphs = [run(model, x), run(model, x)]
    assert flow(graphs[0]).startswith("arange>mul input>fc fc>add mul>add")
    assert graphs[0] == graphs[1]
    assert model(x).shape == (2, 8)  # no table without values was left


def test_what_was_there_before_stays() -> None:
    mine = TABLES[8] = torch.arange(8) * 2.0
    graph = run(Adds(by_dict, read=False), torch.ones(2, 8))
    assert flow(graph) == "input>fc fc>add constant>add"
    assert TABLES[8] is mine
    assert NOTES["last"] == 8
    by_cache(8)
    run(Adds(by_dict, read=False), torch.ones(2, 8))
    assert by_cache.cache_info().currsize == 1


class Builds(nn.Module):
    """Takes a table in its constructor."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("table", by_cache(8))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.table if x.sum() > 0 else x


def test_tables_of_a_constructor() -> None:
    subject = Subject(name="it", make=lambda _device: Builds(), inputs=None, offers=(Builds,))
    with pytest.raises(Exception, match="no inputs are given"):
        climb(subject, float("inf"), lambda _text: None)
    assert by_cache.cache_info().currsize == 0
