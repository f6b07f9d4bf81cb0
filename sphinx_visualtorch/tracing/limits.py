"""The memory that one model may take from the process.

What a model needs for a real run is estimated before it; this is the wall behind the estimate,
for a constructor that fills gigabytes or a forward that collects them.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sphinx_visualtorch.errors import VisualTorchError

__all__ = ["limited", "ran_out"]

_SLACK = 256_000_000
"""Bytes for what is not the model's: the stacks of torch's threads, the pools of allocators."""


@contextmanager
def limited(limit: float) -> Iterator[None]:
    """Let the process have *limit* bytes more than it has now; more is refused to who asks.

    Only where the system can do so.  It is the limit of *data*, memory that can be written to and
    is nobody else's: the limit of addresses also counts what is mapped and never touched, of
    which torch has gigabytes.
    """
    held = _held()
    try:
        import resource
    except ImportError:
        held = None
    if held is None or held + limit > 2**60:
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = held + int(limit) + _SLACK
    known = [value for value in (soft, hard) if value != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_DATA, (min([wanted, *known]), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def _held() -> int | None:
    """Return the bytes of data that the process has, as Linux tells them."""
    try:
        # proc(5): the sixth is data and stack, in pages
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[5]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return None


# of torch's allocators: on POSIX, and on Windows
_REFUSED = ("can't allocate memory", "not enough memory")


def ran_out(error: BaseException | None) -> bool:
    """Say whether *error*, or what it was raised from, is memory that was refused."""
    while error is not None:
        if not isinstance(error, VisualTorchError):
            if isinstance(error, MemoryError):
                return True
            if isinstance(error, OSError) and error.errno == errno.ENOMEM:
                return True
            if isinstance(error, RuntimeError) and any(said in _said(error) for said in _REFUSED):
                return True
        error = error.__cause__
    return False


def _said(error: RuntimeError) -> str:
    # the author's own __str__ may raise; torch's message is the first argument
    return error.args[0] if error.args and isinstance(error.args[0], str) else ""
