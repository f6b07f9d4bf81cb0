"""How much is done, counted: the same on every machine, however busy it is.

Time itself is measured by the benchmarks only: a test that looks at the clock fails on a machine
that somebody else uses, too.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


def lines_run(function: Callable[[], object]) -> int:
    """Return how many lines of Python are run in ``function`` and in what it calls.

    A loop counts each time that it goes round.  What is written in C counts as the line that calls
    it, whatever it does: searching a long list is one line.
    """
    count = 0

    def each(_: FrameType, event: str, __: Any) -> Any:
        nonlocal count
        count += event == "line"
        return each

    before = sys.gettrace()
    sys.settrace(each)
    try:
        function()
    finally:
        sys.settrace(before)
    return count
