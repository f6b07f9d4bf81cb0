"""One worker process, as the process that asks it for traces sees it.

The process handling is the standard library's (spawn, a pipe, waiting for either end of it)
because the well-kept pools were tried and do not fit: Pebble takes a model that calls
``os._exit(0)`` for one that hangs, and runs the main script of a build again in each worker; loky
has no time limit for one task.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sys
import threading
import time
import types
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing import connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

from sphinx_visualtorch.tracing.worker import serve

__all__ = ["EndedError", "Worker"]

_START_LIMIT = 300.0
"""Seconds that starting Python and importing torch may take, on a cold and busy disk."""

_GRACE = 5.0
"""Seconds that a process may take to end when it has closed its end of the pipe."""


class _Process(SpawnProcess):
    """A spawned process that does not import the main script of this one.

    The standard way runs ``sphinx-build`` again, which imports all of Sphinx; and an author's
    own build script without the usual guard would start builds without end.
    """

    def start(self) -> None:
        with _no_main():
            super().start()


@contextmanager
def _no_main() -> Iterator[None]:
    main = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


class EndedError(Exception):
    """The process ended; the message says how."""


class Worker:
    """One process."""

    def __init__(self, log: Path, place: str) -> None:
        self._channel, other = multiprocessing.Pipe()
        self._process = _Process(target=serve, args=(other, os.fspath(log), place), daemon=True)
        self._process.start()
        self._ready = False
        other.close()

    def make_ready(self) -> None:
        """Wait until torch is imported."""
        if not self._ready:
            self.receive(_START_LIMIT)
            self._ready = True

    def send(self, request: dict[str, Any]) -> None:
        """Hand over a request."""
        self._channel.send_bytes(json.dumps(request).encode())

    def receive(self, timeout: float) -> dict[str, Any]:
        """Return the next answer; a TimeoutError leaves the process as it is."""
        deadline = time.perf_counter() + max(0.0, timeout)
        # both: a child of the model's may hold the pipe open when the process is gone, and a
        # model may close the pipe and go on
        if not connection.wait([self._channel, self._process.sentinel], max(0.0, timeout)):
            raise TimeoutError
        answer = self._read(deadline)
        if answer is not None:
            return answer
        self._process.join(_GRACE)
        raise EndedError(_exit_text(self._process.exitcode))

    def _read(self, deadline: float) -> dict[str, Any] | None:
        """Return the message that has begun to arrive, or None if there is none.

        A model may have written to the pipe itself; waiting for the rest of such a message must
        not take longer than the model may.
        """
        found: list[bytes] = []

        def read() -> None:
            with suppress(EOFError, OSError, TypeError):
                if self._channel.poll():  # the process may have ended after its last words
                    found.append(self._channel.recv_bytes())

        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        reader.join(max(_GRACE, deadline - time.perf_counter()))
        if reader.is_alive():
            raise TimeoutError
        answer = json.loads(found[0]) if found else None
        return answer if isinstance(answer, dict) else None

    def end(self) -> None:
        """End the process and all that it started."""
        self._channel.close()
        process = self._process
        if process.pid is not None and hasattr(os, "killpg"):
            with suppress(OSError):  # it has no group of its own before its first line
                os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        process.join()
        process.close()


def _exit_text(code: int | None) -> str:
    if code is not None and code < 0:
        with suppress(ValueError):
            sign = signal.Signals(-code).name
            if sign == "SIGKILL":
                # a system that is short of memory ends so what takes most of it
                return f"it was killed ({sign}), perhaps for want of memory"
            return f"it was ended by {sign}"
    return "it closed its pipe" if code is None else f"it ended with exit code {code}"
