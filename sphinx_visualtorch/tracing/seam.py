"""The seam around the author's code: the one broad ``except`` of the package.

Whatever a model, its module or its inputs function raises, leaves here as one of our own errors,
chained to the original.  This file knows neither models nor graphs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sphinx_visualtorch.errors import VisualTorchError, shortened

__all__ = ["author_code", "in_words", "quietly"]

_LONGEST = 400
"""Characters of an author's message that are kept: torch lists every key of a state that it does
not know, and what matters stands at the beginning.  The debug log has the whole."""

Value = TypeVar("Value")


def in_words(error: BaseException) -> str:
    """Return the type and message of *error* on one line, whatever its ``__str__`` does."""
    if isinstance(error, SystemExit):
        code = "" if error.code is None else _text(repr, error.code)
        return f"it called sys.exit({shortened(code, _LONGEST)})"
    message = shortened(" ".join(_text(str, error).split()), _LONGEST)
    return f"{type(error).__name__}: {message}" if message else type(error).__name__


def _text(words: Callable[[object], str], value: object) -> str:
    try:
        return words(value)
    except Exception:  # noqa: BLE001 - the author's own words may fail like all that is his
        return ""


class author_code:  # noqa: N801 - it is read as a function: with author_code(explain):
    """Run code of the author; what it raises becomes the error that *explain* makes of the words.

    Our own errors, ``KeyboardInterrupt`` and what ends a generator pass unchanged.
    """

    # no generator: contextlib lets StopIteration pass when the error was raised from it

    def __init__(self, explain: Callable[[str], VisualTorchError]) -> None:
        """Remember how errors are explained."""
        self._explain = explain

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        """Raise the explained error in place of the author's."""
        if error is None or isinstance(error, VisualTorchError | KeyboardInterrupt | GeneratorExit):
            return
        raise self._explain(in_words(error)) from error


def quietly(function: Callable[[], Value], instead: Value) -> Value:
    """Return what *function*, which is the author's, returns; if it raises, return *instead*.

    For what only adorns the figure: nobody wants a failed one over a broken ``extra_repr``.
    """
    try:
        with author_code(_UnimportantError):
            return function()
    except _UnimportantError:
        return instead


class _UnimportantError(VisualTorchError):
    pass
