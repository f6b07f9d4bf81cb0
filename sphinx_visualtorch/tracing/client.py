"""Asking for traces: one worker process per batch, started again when a model has ended it.

This module imports no torch; the worker does.  The process handling is the standard library's
(spawn, a pipe, waiting for either end of it) because the well-kept pools were tried and do not
fit: Pebble takes a model that calls ``os._exit(0)`` for one that hangs, and runs the main script
of a build again in each worker; loky has no time limit for one task.
"""

from __future__ import annotations

import dataclasses
import json
import multiprocessing
import os
import signal
import sys
import tempfile
import threading
import time
import types
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sphinx_visualtorch.errors import (
    GraphError,
    ReportedError,
    TraceTimeoutError,
    VisualTorchError,
    WorkerError,
)
from sphinx_visualtorch.graph import ArchitectureGraph
from sphinx_visualtorch.tracing.worker import serve

if TYPE_CHECKING:
    from sphinx_visualtorch.reference import Reference

__all__ = ["Answer", "Crew", "Failed", "Traced", "trace_all"]

_START_LIMIT = 300.0
"""Seconds that starting Python and importing torch may take, on a cold and busy disk."""

_GRACE = 5.0
"""Seconds that a process may take to end when it has closed its end of the pipe."""

_LOG_LIMIT = 20_000
"""Bytes of a model's printing that are kept, from the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """A graph with what it was made from.

    *sources* are absolute paths with digests, *log* is what the model printed.
    """

    reference: Reference
    graph: ArchitectureGraph
    sources: dict[str, str]
    versions: dict[str, str]
    seconds: float
    log: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """Why there is no graph; *log* is what the model printed, then the traceback."""

    reference: Reference
    error: VisualTorchError
    seconds: float
    log: str = ""


Answer = Traced | Failed


def trace_all(
    references: Iterable[Reference], *, timeout: float, crew: Crew | None = None
) -> Iterator[Answer]:
    """Trace in a process of its own and yield one answer a reference, in order.

    A model that takes longer than *timeout* seconds, or ends the process, costs its own answer
    only.  While the caller is busy with one answer the process is at work on the next.  It has
    ended when the iterator is exhausted or closed.  *crew* is one that was started before.
    """
    crew = crew or Crew()
    wanted = list(references)
    ahead: _Job | None = None
    try:
        for number, reference in enumerate(wanted):
            job = ahead or crew.begin(reference, number)
            outcome = crew.finish(job, timeout)
            following = number + 1
            if following < len(wanted):
                ahead = crew.begin(wanted[following], following)
            yield _read_answer(job, outcome)
    finally:
        crew.end()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """A request that a worker has, since *started*; *problem* is why it has not got it."""

    reference: Reference
    number: int
    log: Path
    started: float
    problem: str = ""


def _read_answer(job: _Job, outcome: dict[str, Any] | VisualTorchError) -> Answer:
    reference, log = job.reference, _printed(job.log)
    if isinstance(outcome, VisualTorchError):
        seconds = time.perf_counter() - job.started
        return Failed(reference=reference, error=outcome, seconds=seconds, log=log)
    seconds = outcome["seconds"]
    if "stage" in outcome:
        error = ReportedError(outcome["stage"], outcome["message"])
        log += outcome["traceback"]
        return Failed(reference=reference, error=error, seconds=seconds, log=log)
    try:
        graph = ArchitectureGraph.from_data(outcome["graph"])
    except GraphError as unsound:
        return Failed(reference=reference, error=unsound, seconds=seconds, log=log)
    return Traced(
        reference=reference,
        graph=graph,
        sources=outcome["sources"],
        versions=outcome["versions"],
        seconds=seconds,
        log=log,
    )


def _printed(log: Path) -> str:
    with suppress(OSError), log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - _LOG_LIMIT))
        return file.read().decode(errors="replace")
    return ""


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


class _EndedError(Exception):
    """The process ended; the message says how."""


class Crew:
    """One worker at a time, the next one when a model has ended it."""

    def __init__(self) -> None:
        self._directory = tempfile.TemporaryDirectory(prefix="visualtorch-")
        self._worker: _Worker | None = None
        self._broken = ""

    def start(self) -> None:
        """Have a process that is getting ready, while the caller goes on."""
        if self._worker is None and not self._broken:
            try:
                self._worker = _Worker(self._log("start"))
            except OSError as error:
                self._give_up(str(error))

    def _log(self, name: str) -> Path:
        return Path(self._directory.name, f"{name}.log")

    def _make_ready(self) -> None:
        """Have a worker that has imported torch, which no model's time is charged with."""
        self.start()
        if self._worker is None:
            return
        try:
            self._worker.make_ready()
        except (_EndedError, OSError) as error:
            self._end_worker()
            self._give_up("it took too long" if isinstance(error, TimeoutError) else str(error))

    def _give_up(self, problem: str) -> None:
        # it would fail again for each of a hundred models
        last = _printed(self._log("start")).strip().rpartition("\n")[2]
        self._broken = f"it cannot be started, {problem}" + (f": {last}" if last else "")

    def begin(self, reference: Reference, number: int) -> _Job:
        """Hand a request to the worker; *number* is another one for each."""
        self._make_ready()
        problem = self._broken
        log, started = self._log(str(number)), time.perf_counter()
        if self._worker is not None:
            try:
                data = dataclasses.asdict(reference)
                self._worker.send({"number": number, "reference": data, "log": str(log)})
            except (OSError, ValueError) as error:
                self._end_worker()
                problem = str(error)
        return _Job(reference=reference, number=number, log=log, started=started, problem=problem)

    def finish(self, job: _Job, timeout: float) -> dict[str, Any] | VisualTorchError:
        """Wait for the worker's answer, or say what became of the worker."""
        name = str(job.reference)
        if job.problem or self._worker is None:
            return WorkerError(name, job.problem)
        try:
            while True:
                answer = self._worker.receive(job.started + timeout - time.perf_counter())
                if answer.get("number") == job.number:  # anything else is not an answer to this
                    return answer
        except TimeoutError:
            self._end_worker()
            return TraceTimeoutError(name, timeout)
        except (_EndedError, OSError, ValueError) as error:
            self._end_worker()
            return WorkerError(name, str(error))

    def _end_worker(self) -> None:
        if self._worker is not None:
            self._worker.end()
            self._worker = None

    def end(self) -> None:
        """End the worker, if there is one, and forget what was printed."""
        self._end_worker()
        self._directory.cleanup()


class _Worker:
    """One process."""

    def __init__(self, log: Path) -> None:
        self._channel, other = multiprocessing.Pipe()
        self._process = _Process(target=serve, args=(other, os.fspath(log)), daemon=True)
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
        raise _EndedError(_exit_text(self._process.exitcode))

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
            return f"it was ended by {signal.Signals(-code).name}"
    return "it closed its pipe" if code is None else f"it ended with exit code {code}"
