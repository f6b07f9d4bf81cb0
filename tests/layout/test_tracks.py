"""Tracks: the free one that is found is the one that a plain search would find."""

from __future__ import annotations

import random
from itertools import count

import pytest
from effort import lines_run

from sphinx_visualtorch.layout.routes import track_numbers
from sphinx_visualtorch.layout.tracks import Tracks


def is_free(taken: list[tuple[int, int, int]], track: int, span: tuple[int, int]) -> bool:
    """Say by looking at everything whether a track is free."""
    start, stop = span
    return not any(
        track == other and first <= stop and last >= start for other, first, last in taken
    )


@pytest.mark.parametrize("places", [1, 2, 5, 16, 33])
def test_first_free_track(places: int) -> None:
    chance = random.Random(places)
    tracks = Tracks(places)
    taken: list[tuple[int, int, int]] = []
    for _ in range(300):
        start = chance.randrange(places)
        span = (start, chance.randrange(start, places))
        begin, step = chance.randint(-5, 5), chance.choice((1, -1))
        wanted = next(t for t in count(begin, step) if is_free(taken, t, span))
        assert tracks.first(begin, step, span) == wanted
        assert tracks.free(begin, *span) == is_free(taken, begin, span)
        several = range(begin, begin + chance.randrange(6))
        everyone = all(is_free(taken, track, (start, start)) for track in several)
        assert tracks.all_free(several, start) == everyone
        if chance.random() < 0.6:
            tracks.take(wanted, *span)
            taken.append((wanted, *span))
        if chance.random() < 0.05:
            tracks = tracks.upside_down()
            taken = [(-track, first, last) for track, first, last in taken]


def test_many_on_one_place_are_found_at_once() -> None:
    tracks = Tracks(1_000)

    def fill() -> None:
        for number in range(5_000):
            assert tracks.first(1, 1, (3, 900)) == number + 1
            tracks.take(number + 1, 3, 900)

    assert lines_run(fill) < 5_000 * 1_000  # looking at each: 5,000 * 2,500, and at each place


def test_a_track_is_used_again_behind_what_ends() -> None:
    spans = {"a": (0.0, 5.0), "b": (1.0, 2.0), "c": (3.0, 4.0), "d": (5.0, 6.0), "e": (6.0, 7.0)}
    # what begins where another ends touches it
    assert track_numbers(spans) == ({"a": 0, "b": 1, "c": 1, "d": 1, "e": 0}, 2)
