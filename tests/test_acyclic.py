"""No search for garbage while plain data is at work, and the usual one afterwards."""

import gc

import pytest

from sphinx_visualtorch.acyclic import acyclic


@acyclic()
def works(again: int = 1) -> bool:
    return works(again - 1) if again else gc.isenabled()


def test_the_search_is_off_inside_and_on_again_outside() -> None:
    assert not works()
    assert gc.isenabled()


def test_it_is_on_again_after_an_exception() -> None:
    with pytest.raises(ValueError, match="wrong"), acyclic():
        raise ValueError("wrong")
    assert gc.isenabled()


def test_where_it_was_off_it_stays_off() -> None:
    gc.disable()
    try:
        assert not works()
        assert not gc.isenabled()
    finally:
        gc.enable()
