"""Asking for traces: one worker process per batch, started again when a model has ended it.

This module imports no torch; the worker does.
"""

from __future__ import annotations

import dataclasses
import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sphinx_visualtorch.errors import (
    GraphError,
    ReportedError,
    TorchMissingError,
    TraceTimeoutError,
    VisualTorchError,
    WorkerError,
)
from sphinx_visualtorch.graph import ArchitectureGraph
from sphinx_visualtorch.listing import Catalogue, Listing
from sphinx_visualtorch.source import Made
from sphinx_visualtorch.tracing.process import EndedError, Worker
from sphinx_visualtorch.tracing.progress import last_note, prepare

if TYPE_CHECKING:
    from sphinx_visualtorch.reference import Reference

__all__ = ["Answer", "Crew", "Failed", "Found", "Traced", "list_all", "trace_all"]

_LOG_LIMIT = 20_000
"""Bytes of a model's printing that are kept, from the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """A graph with what it was made from.

    *made* says what it was made of, *inputs* where the inputs come from if their author did not,
    *log* is what the model printed.
    """

    reference: Reference
    graph: ArchitectureGraph
    made: Made
    seconds: float
    inputs: str = ""
    log: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """Why there is no graph; *log* is what the model printed, then the traceback.

    *partial* is the graph up to the call that raised, if the model came to run.
    """

    reference: Reference
    error: VisualTorchError
    seconds: float
    log: str = ""
    partial: ArchitectureGraph | None = None


Answer = Traced | Failed


def trace_all(
    references: Iterable[Reference],
    *,
    timeout: float,
    max_memory: float = float("inf"),
    crew: Crew | None = None,
) -> Iterator[Answer]:
    """Trace in a process of its own and yield one answer a reference, in order.

    A model that takes longer than *timeout* seconds, wants more than *max_memory* bytes, or ends
    the process, costs its own answer only.  While the caller is busy with one answer the process
    is at work on the next.  It has ended when the iterator is exhausted or closed.  *crew* is one
    that was started before.
    """
    crew = crew or Crew()
    wanted = list(references)
    ahead: _Job | None = None
    try:
        for number, reference in enumerate(wanted):
            job = ahead or crew.begin(reference, number, max_memory)
            outcome = crew.finish(job, timeout)
            following = number + 1
            if following < len(wanted):
                ahead = crew.begin(wanted[following], following, max_memory)
            yield _read_answer(reference, job, outcome)
    finally:
        crew.end()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a catalogue has, or the *error* that kept it from being listed."""

    catalogue: Catalogue
    listing: Listing = dataclasses.field(default_factory=Listing)
    made: Made = dataclasses.field(default_factory=Made)
    error: VisualTorchError | None = None
    log: str = ""


def list_all(
    catalogues: Iterable[Catalogue], *, timeout: float, max_memory: float, crew: Crew
) -> Iterator[Found]:
    """List what each of *catalogues* has, one answer each, in order.

    The worker stays, for the models that are to be traced then.
    """
    # numbers below 0: the same worker may be asked to trace, from 0 on
    for number, catalogue in enumerate(catalogues, 1):
        job = crew.begin(catalogue, -number, max_memory)
        outcome = crew.finish(job, timeout)
        yield _read_listing(catalogue, job, outcome)


def _read_listing(
    catalogue: Catalogue, job: _Job, outcome: dict[str, Any] | VisualTorchError
) -> Found:
    log = _printed(job.log)
    if isinstance(outcome, VisualTorchError):
        # what the worker knows of is tracing; nobody has asked for that yet
        said = str(outcome).replace("was not traced", "was not listed")
        said = said.replace("tracing ", "listing ", 1)
        return Found(catalogue=catalogue, error=ReportedError(outcome.stage, said), log=log)
    if "stage" in outcome:
        error = _untraceable(catalogue, outcome) or ReportedError(
            outcome["stage"], outcome["message"]
        )
        return Found(catalogue=catalogue, error=error, log=log + outcome["traceback"])
    return Found(
        catalogue=catalogue,
        listing=Listing.from_data(outcome["listing"]),
        made=Made(**outcome["made"]),
        log=log,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """A request that a worker has, since *started*; *problem* is why it has not got it."""

    about: Reference | Catalogue
    number: int
    log: Path
    progress: Path
    started: float
    problem: str = ""


def _request(job: _Job, max_memory: float) -> dict[str, Any]:
    kind = "catalogue" if isinstance(job.about, Catalogue) else "reference"
    return {
        "number": job.number,
        kind: dataclasses.asdict(job.about),
        "max_memory": max_memory,
        "log": os.fspath(job.log),
        "progress": os.fspath(job.progress),
    }


def _read_partial(data: dict[str, Any] | None) -> ArchitectureGraph | None:
    try:
        return None if data is None else ArchitectureGraph.from_data(data)
    except GraphError:
        return None  # what is wrong with the model is said all the same


def _untraceable(about: Reference | Catalogue, outcome: dict[str, Any]) -> TorchMissingError | None:
    """Return the error of a worker that has no torch."""
    problem = outcome.get("problem")
    return None if problem is None else TorchMissingError(str(about), problem)


def _reported(reference: Reference, stage: str, message: str) -> ReportedError:
    """Return the error of a message; what it is about stands in it, also if it was the inputs'."""
    about = "" if reference.target in message else f"for {str(reference)!r}, "
    return ReportedError(stage, about + message)


def _read_answer(
    reference: Reference, job: _Job, outcome: dict[str, Any] | VisualTorchError
) -> Answer:
    log = _printed(job.log)
    if isinstance(outcome, VisualTorchError):
        seconds = time.perf_counter() - job.started
        return Failed(reference=reference, error=outcome, seconds=seconds, log=log)
    seconds = outcome["seconds"]
    if "stage" in outcome:
        error = _untraceable(reference, outcome) or _reported(
            reference, outcome["stage"], outcome["message"]
        )
        log += outcome["traceback"]
        partial = _read_partial(outcome["partial"])
        return Failed(reference=reference, error=error, seconds=seconds, log=log, partial=partial)
    try:
        graph = ArchitectureGraph.from_data(outcome["graph"])
    except GraphError as unsound:
        error = _reported(reference, unsound.stage, str(unsound))
        return Failed(reference=reference, error=error, seconds=seconds, log=log)
    return Traced(
        reference=reference,
        graph=graph,
        made=Made(**outcome["made"]),
        inputs=outcome["inputs"],
        seconds=seconds,
        log=log,
    )


def _printed(log: Path) -> str:
    with suppress(OSError), log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - _LOG_LIMIT))
        return file.read().decode(errors="replace")
    return ""


class Crew:
    """One worker at a time, the next one when a model has ended it.

    It works in the directory *place*, or in that of the caller.
    """

    def __init__(self, place: str | os.PathLike[str] = ".") -> None:
        self._place = str(Path(place).absolute())
        self._directory = tempfile.TemporaryDirectory(prefix="visualtorch-")
        self._worker: Worker | None = None
        self._broken = ""

    def start(self) -> None:
        """Have a process that is getting ready, while the caller goes on."""
        if self._worker is None and not self._broken:
            try:
                self._worker = Worker(self._log("start"), self._place)
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
        except (EndedError, OSError) as error:
            self._end_worker()
            self._give_up("it took too long" if isinstance(error, TimeoutError) else str(error))

    def _give_up(self, problem: str) -> None:
        # it would fail again for each of a hundred models
        last = _printed(self._log("start")).strip().rpartition("\n")[2]
        self._broken = f"its process cannot be started: {problem}" + (f", {last}" if last else "")

    def begin(self, about: Reference | Catalogue, number: int, max_memory: float) -> _Job:
        """Hand a request to the worker; *number* is another one for each."""
        self._make_ready()
        job = _Job(
            about=about,
            number=number,
            log=self._log(str(number)),
            progress=Path(self._directory.name, f"{number}.progress"),
            started=time.perf_counter(),
            problem=self._broken,
        )
        if self._worker is not None:
            try:
                prepare(job.progress)
                self._worker.send(_request(job, max_memory))
            except (OSError, ValueError) as error:
                self._end_worker()
                return dataclasses.replace(job, problem=str(error))
        return job

    def finish(self, job: _Job, timeout: float) -> dict[str, Any] | VisualTorchError:
        """Wait for the worker's answer, or say what became of the worker."""
        name = str(job.about)
        if self._broken:  # such as a torch that ends the process which imports it
            return TorchMissingError(name, self._broken)
        if job.problem or self._worker is None:
            return WorkerError(name, job.problem, alive=True)
        try:
            while True:
                answer = self._worker.receive(job.started + timeout - time.perf_counter())
                if answer.get("number") == job.number:  # anything else is not an answer to this
                    return answer
        except TimeoutError:
            self._end_worker()
            return TraceTimeoutError(name, timeout, last_note(job.progress))
        except (EndedError, OSError, ValueError) as error:
            self._end_worker()
            return WorkerError(name, str(error), last_note(job.progress))

    def _end_worker(self) -> None:
        if self._worker is not None:
            self._worker.end()
            self._worker = None

    def end(self) -> None:
        """End the worker, if there is one, and forget what was printed."""
        self._end_worker()
        self._directory.cleanup()
