"""Scene → bytes: one file per format, and nothing here knows what a scene shows.

A painter walks the closed set of marks.  It gets a finished drawing and may round coordinates,
but not move, measure or colour anything on its own.
"""

from __future__ import annotations

from typing import NoReturn

__all__ = ["PAINTER_VERSION", "assert_never"]

PAINTER_VERSION = 8
"""Part of the key of every painted figure: raise it when the same scene gives other bytes."""


def assert_never(value: NoReturn) -> NoReturn:
    """End a ``match`` over a closed set: a type checker proves that no case is forgotten.

    The one in :mod:`typing` came with Python 3.11.
    """
    raise AssertionError(f"{value!r} is of no known kind")
