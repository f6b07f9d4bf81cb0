"""Which of many tensors of one memory have an element in common with one."""

from __future__ import annotations

import random

import pytest
import torch
from torch import Tensor

from sphinx_visualtorch.tracing.regions import Region, overlap, region
from sphinx_visualtorch.tracing.spots import Regions

pytestmark = pytest.mark.torch


def many() -> list[Tensor]:
    """Return some hundred views of one tensor: rows, columns, patches, diagonals and others."""
    dice = random.Random(2)
    base = torch.zeros(30, 40)
    whole = base.view(-1)
    found = [base, *base, *base.T, *(base.diagonal(index) for index in range(-20, 20))]
    found += [whole[index::7] for index in range(7)] + [whole[: 9 * index] for index in range(40)]
    for _ in range(200):
        row, column = dice.randrange(30), dice.randrange(40)
        rows = slice(row, row + dice.randrange(1, 9), dice.randrange(1, 3))
        found.append(base[rows, column : column + dice.randrange(1, 9)])
    dice.shuffle(found)
    return found


def test_what_overlaps_is_found_among_many() -> None:
    found = [*dict.fromkeys(map(region, many()))]
    places: Regions[int] = Regions()
    there: dict[Region, int] = {}
    dice = random.Random(3)
    for time in range(900):
        place = found[time] if time < len(found) else dice.choice(found)
        places.put(place, time, time)
        there[place] = time
        if time % 9 == 0:
            asked, since = dice.choice(found), dice.randrange(time + 1)
            meets = {one: when for one, when in there.items() if overlap(one, asked)}
            late = sorted((when for when in meets.values() if when > since), reverse=True)
            assert [spot.value for spot in places.latest(asked, since)] == late
            sizes = [spot.size for spot in places.largest(asked)]
            assert sizes == sorted(sizes, reverse=True)
            assert len(sizes) == sum(one.size > asked.size for one in meets)


def test_what_is_empty_is_found_no_more() -> None:
    places: Regions[int] = Regions()
    rows = [region(row) for row in torch.zeros(100, 2)]
    for time, row in enumerate(rows):
        places.put(row, time, time)
    whole = region(torch.zeros(200))
    for row in rows[50:]:
        spot = places.get(row)
        assert spot is not None
        spot.empty()
    assert [spot.value for spot in places.latest(whole)] == [*range(49, -1, -1)]
    places.put(rows[70], 200, 7)
    assert next(places.latest(whole)).value == 7


@pytest.mark.parametrize("kind", ["rows", "columns", "interleaved"])
def test_of_very_many_few_are_asked(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    base = torch.empty(16, 5_000, device="meta")
    views = {
        "rows": lambda: base.view(5_000, 16).unbind(0),
        "columns": lambda: base.unbind(1),
        "interleaved": lambda: [base.view(-1)[index::5_000] for index in range(5_000)],
    }[kind]()
    found = [*map(region, views)]
    random.Random(4).shuffle(found)
    asked = []

    def counted(one: Region, other: Region) -> bool:
        asked.append(one)
        return overlap(one, other)

    monkeypatch.setattr("sphinx_visualtorch.tracing.spots.overlap", counted)
    places: Regions[int] = Regions()
    for time, place in enumerate(found):
        places.put(place, time, time)
    for time, place in enumerate(found):
        assert next(places.latest(place)).value == time
        assert next(places.largest(place), None) is None
    assert len(asked) < 4 * len(found)
