"""The process that traces for a docs build: requests come in, plain data goes out.

It is started by :mod:`sphinx_visualtorch.tracing.process` and knows no Sphinx.  Importing this
module imports no torch; :func:`serve` does, once the process is set up for it.

Both ways one message is one JSON object.  A request is ``{"number", "reference", "max_memory",
"log", "progress"}``, the last two of them files; or it has a ``"catalogue"`` in place of the
reference.  The first answer is ``{"ready": ""}``, or what keeps torch from being imported; every
other is ``{"graph", "inputs", "made"}``, for a catalogue ``{"listing", "made"}``, or ``{"stage",
"message", "traceback", "partial"}``, with ``"seconds"`` and the request's ``"number"``.
"""

from __future__ import annotations

import faulthandler
import gc
import json
import os
import signal
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from multiprocessing import connection, parent_process
from pathlib import Path
from typing import Any

from sphinx_visualtorch import __version__
from sphinx_visualtorch.errors import (
    MemoryLimitError,
    TorchMissingError,
    VisualTorchError,
    WorkerError,
)
from sphinx_visualtorch.listing import Catalogue
from sphinx_visualtorch.reference import Reference
from sphinx_visualtorch.source import public_version, source_digest
from sphinx_visualtorch.tracing.distributions import distributions_of
from sphinx_visualtorch.tracing.limits import limited, ran_out
from sphinx_visualtorch.tracing.progress import Progress
from sphinx_visualtorch.tracing.seam import in_words
from sphinx_visualtorch.tracing.sources import follow

__all__ = ["reference_from", "serve"]


def reference_from(data: dict[str, Any]) -> Reference:
    """Return the reference that ``dataclasses.asdict`` and JSON made *data* of."""
    shapes = tuple(tuple(shape) for shape in data["input_shape"])
    dtypes = tuple(data["input_dtype"])
    return Reference(**{**data, "input_shape": shapes, "input_dtype": dtypes})


def serve(channel: connection.Connection, log: str, directory: str) -> None:
    """Answer requests until the channel is closed, at work in *directory*.

    What is printed before the first request goes to the file *log*.
    """
    _settle(log)
    _work_in(directory)
    # a third of the time of these imports would be spent on looking for garbage among a million
    # objects that stay for good
    gc.disable()
    problem = _import_torch()
    gc.freeze()
    gc.enable()
    own = os.getpid()
    channel.send_bytes(_message({"ready": problem}))
    while True:
        try:
            request = json.loads(channel.recv_bytes())
        except (EOFError, OSError):
            return
        _print_to(request["log"])
        started = time.perf_counter()
        answer = _answer(request, problem)
        if os.getpid() != own:
            os._exit(0)  # a fork of the model's came here, too, and must not answer a second time
        _flush()
        told = {"number": request["number"], "seconds": time.perf_counter() - started}
        channel.send_bytes(_message({**answer, **told}))


def _settle(log: str) -> None:
    """Cut the process off from the terminal and from the graphics card, but not from its parent."""
    if hasattr(os, "setsid"):
        os.setsid()  # Ctrl-C is the parent's; and what a model starts can be ended with it
    else:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    _print_to(log)
    faulthandler.enable(2)  # where a crash below Python came from is part of what is printed
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    os.environ.setdefault("OMP_NUM_THREADS", "2")


def _work_in(directory: str) -> None:
    """Go where ``conf.py`` was when it was run, whatever place the build was started from.

    A relative entry of ``sys.path`` leads on from there, too, or else to where it has led in the
    build.
    """
    here = [str(Path(entry).absolute()) for entry in sys.path]
    sys.path = [str(Path(directory, entry)) for entry in sys.path]
    sys.path += [entry for entry in here if entry not in sys.path]
    with suppress(OSError):
        os.chdir(directory)


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):  # a model may have closed it
            stream.flush()


def _print_to(log: str) -> None:
    """Send what is printed, by Python or below it, to the end of the file *log*."""
    _flush()
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.close(file)


def _import_torch() -> str:
    """Import the room that traces, which imports torch; return the problem if that fails."""
    try:
        import torch  # apart, to tell torch's problems from our own
    except ModuleNotFoundError as error:
        missing = error.name == "torch"
        return "torch is not installed" if missing else f"importing it failed: {error}"
    except Exception as error:  # noqa: BLE001 - a broken installation fails in many ways
        return f"importing it failed: {error}"
    import sphinx_visualtorch.tracing.run  # noqa: F401 - not within a model's time limit

    # the first operation on the meta device imports half of torch again; nor within a model's
    with suppress(Exception):  # where it fails, a model's own error will say so
        torch.tanh(torch.empty_like(torch.ones(2), device="meta"))
    return ""


@cache
def _digest(path: str) -> str:
    """Return a source's digest, taken when the first model has just imported it.

    A file that is edited while the rest of a long batch is traced must not look as if the
    graphs were made of its new text.
    """
    return source_digest(Path(path))


def _message(data: dict[str, Any]) -> bytes:
    return json.dumps(data).encode()


def _answer(request: dict[str, Any], problem: str) -> dict[str, Any]:
    """Trace; the seam behind which the author's code and our own may fail in any way."""
    about, limit = _about(request), request["max_memory"]
    if problem:
        return {**_failure(TorchMissingError(str(about), problem)), "problem": problem}
    progress = Progress(request["progress"])
    try:
        with limited(limit):
            if isinstance(about, Catalogue):
                return _list(about, progress)
            return _trace(about, limit, progress)
    except BaseException as error:  # noqa: BLE001 - it must cost its own figure only
        if ran_out(error):
            return _failure(_memory_error(error, str(about), limit, progress.text))
        if isinstance(error, VisualTorchError):
            return _failure(error)
        words = in_words(error)
        return _failure(WorkerError(str(about), words, progress.text, alive=True), error)


def _about(request: dict[str, Any]) -> Reference | Catalogue:
    if "catalogue" in request:
        data = request["catalogue"]
        return Catalogue(kind=data["kind"], names=tuple(data["names"]))
    return reference_from(request["reference"])


def _memory_error(error: BaseException, name: str, limit: float, reached: str) -> MemoryLimitError:
    told = MemoryLimitError(name, "ran out of memory", limit, reached)
    told.__cause__ = error
    told.partial = getattr(error, "partial", None)
    return told


@contextmanager
def _same_process() -> Iterator[None]:
    """Undo what one model may do to all that follow: directory, alarm, warnings made errors."""
    directory = Path.cwd()
    try:
        with warnings.catch_warnings():
            yield
    finally:
        if hasattr(signal, "alarm"):
            signal.alarm(0)
        os.chdir(directory)


def _trace(reference: Reference, limit: float, progress: Progress) -> dict[str, Any]:
    from sphinx_visualtorch.tracing.run import trace_reference

    with _same_process():
        tracing = trace_reference(reference, max_memory=limit, reached=progress.note)
    graph = tracing.graph
    targets = {node.target for node in graph.nodes} | {scope.target for scope in graph.scopes}
    return {
        "graph": graph.to_data(),
        "inputs": tracing.inputs,
        "made": _made(reference, targets),
    }


def _list(catalogue: Catalogue, progress: Progress) -> dict[str, Any]:
    from sphinx_visualtorch.tracing.catalogue import listing_of

    with _same_process():
        listing = listing_of(catalogue, progress.note)
    whole = Reference(target=catalogue.names[0]) if catalogue.names else Reference(target="")
    targets = {*catalogue.names, *(model.target for model in listing.models)}
    return {
        "listing": listing.to_data(),
        "made": _made(whole, targets),
    }


def _made(reference: Reference, targets: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return the fields of a :class:`.Made`."""
    import torch

    own = public_version(str(torch.__version__))
    followed = follow(reference, targets)
    return {
        "sources": {path: _digest(path) for path in followed.files},
        "distributions": {**distributions_of(followed.modules), "torch": own},
        "versions": {"sphinx_visualtorch": __version__, "torch": own},
    }


def _failure(error: VisualTorchError, cause: BaseException | None = None) -> dict[str, Any]:
    return {
        "stage": error.stage,
        "message": str(error),
        "traceback": "".join(traceback.format_exception(cause or error)),
        "partial": None if error.partial is None else error.partial.to_data(),
    }
