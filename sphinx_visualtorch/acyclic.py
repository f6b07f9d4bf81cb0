"""Work on plain data, in which nothing refers to what refers to it.

Python looks for garbage in cycles each time so many objects were made.  Among the parts of a large
graph or scene it finds none, and takes a third of the time for it.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["acyclic"]


@contextmanager
def acyclic() -> Iterator[None]:
    """Do the work inside, or the function below, without a search for garbage in cycles."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
