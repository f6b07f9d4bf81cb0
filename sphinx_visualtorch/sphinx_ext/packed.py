"""What is pickled apart, so that a build which does not ask for it never makes it again."""

from __future__ import annotations

import pickle
from typing import Any, Generic, TypeVar

__all__ = ["Packed"]

_Value = TypeVar("_Value")


class Packed(Generic[_Value]):
    """A value that comes out of a pickle as bytes, and is made of them when it is asked for.

    Making it loads the modules that its classes are declared in, which is what takes the time.
    """

    __slots__ = ("_bytes", "_value")

    def __init__(self, value: _Value) -> None:
        self._value = value
        self._bytes: bytes | None = None

    @property
    def value(self) -> _Value:
        """The value; it may be changed."""
        if self._bytes is not None:
            self._value = pickle.loads(self._bytes)  # noqa: S301 - a part of Sphinx's own pickle
            self._bytes = None
        return self._value

    def __getstate__(self) -> bytes:
        return pickle.dumps(self._value) if self._bytes is None else self._bytes

    def __setstate__(self, state: Any) -> None:
        self._bytes = state
