"""The seam around the author's code: the one broad ``except`` of the package.

Whatever a model, its module or its inputs function raises, leaves here as one of our own errors,
chained to the original.  This file knows neither models nor graphs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from sphinx_visualtorch.errors import VisualTorchError

__all__ = ["author_code", "in_words", "quietly"]

_LONGEST = 600

Value = TypeVar("Value")


def in_words(error: BaseException) -> str:
    """Return the type and message of *error* on one line."""
    if isinstance(error, SystemExit):
        return f"it called sys.exit({'' if error.code is None else repr(error.code)})"
    message = " ".join(str(error).split())
    if len(message) > _LONGEST:
        message = message[: _LONGEST - 1] + "…"
    return f"{type(error).__name__}: {message}" if message else type(error).__name__


@contextmanager
def author_code(explain: Callable[[str], VisualTorchError]) -> Iterator[None]:
    """Run code of the author; what it raises becomes the error that *explain* makes of the words.

    Our own errors and ``KeyboardInterrupt`` pass unchanged.
    """
    try:
        yield
    except VisualTorchError:
        raise
    except (Exception, SystemExit) as error:
        raise explain(in_words(error)) from error


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
