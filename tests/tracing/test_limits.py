"""The wall behind the estimate: memory is refused as an error, and everything else still works."""

from __future__ import annotations

import errno
import subprocess
import sys

import pytest

from sphinx_visualtorch.errors import BuildError, InputsError, TraceError
from sphinx_visualtorch.tracing.limits import limited, ran_out

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="has no such limit")

MODEST = """
import threading
import torch
from sphinx_visualtorch.tracing.limits import limited, ran_out

def taken(number):
    return torch.empty(number, dtype=torch.uint8)

def refused(function, number):
    try:
        function(number)
    except Exception as error:
        return ran_out(error)
    return False

def work():
    big = torch.ones(300, 300)
    done.append(float((big @ big).sum()))

done = []
with limited(1e9):
    for function in (taken, bytearray, lambda number: [0] * (number // 8)):
        assert not refused(function, 900_000_000), function
        assert refused(function, 1_500_000_000), function
    kept = []
    assert refused(lambda number: [kept.append(taken(number)) for _ in range(30)], 100_000_000)
    assert 9 <= len(kept) <= 13, len(kept)
    kept.clear()
    # threads have stacks of some MB each, and torch has a pool of its own
    threads = [threading.Thread(target=work) for _ in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert done == [27_000_000.0] * 8
    with limited(1e12):  # never more than outside
        assert refused(taken, 1_500_000_000)
assert not refused(taken, 1_500_000_000)
"""


@linux
@pytest.mark.torch
def test_memory_is_refused_and_threads_start() -> None:
    pytest.importorskip("torch")
    done = subprocess.run([sys.executable, "-c", MODEST], check=False, capture_output=True)
    assert done.stderr.decode() == ""
    assert done.returncode == 0


def _fail(before: tuple[int, int]) -> None:
    import resource

    with limited(1e9):
        assert resource.getrlimit(resource.RLIMIT_DATA) != before
        raise ZeroDivisionError


@linux
def test_the_limit_is_taken_back() -> None:
    import resource

    before = resource.getrlimit(resource.RLIMIT_DATA)
    with pytest.raises(ZeroDivisionError):
        _fail(before)
    assert resource.getrlimit(resource.RLIMIT_DATA) == before


@pytest.mark.parametrize("limit", [float("inf"), 1e30])
def test_no_limit(limit: float) -> None:
    with limited(limit):
        assert len(bytearray(1000)) == 1000


class SilentError(RuntimeError):
    def __str__(self) -> str:
        raise ValueError


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (MemoryError(), True),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you …"), True),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), True),
        (OSError(errno.ENOENT, "No such file"), False),
        (RuntimeError("shapes"), False),
        (RuntimeError(3), False),
        (SilentError(), False),
        (InputsError("m:x", "can't allocate memory", "no"), False),
    ],
)
def test_what_is_taken_for_refused_memory(error: Exception, expected: bool) -> None:
    assert ran_out(error) is expected
    for outer in (BuildError("m:x", "no"), TraceError("m:x", "no"), ValueError()):
        outer.__cause__ = error
        assert ran_out(outer) is expected
