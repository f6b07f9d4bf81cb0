"""What can go wrong, one class per stage of the line.

This room knows no torch, no Sphinx and no other room.  An error keeps the values it was
made from and writes its own message: what happened, where, and what to write instead.
Every class inherits the matching built-in, so that callers may catch either.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

__all__ = [
    "BuildError",
    "GraphError",
    "InputsError",
    "MemoryLimitError",
    "ModelNotFoundError",
    "NotAModelError",
    "OptionError",
    "ReferenceSyntaxError",
    "ReportedError",
    "StoreError",
    "TorchMissingError",
    "TraceError",
    "TraceTimeoutError",
    "UnknownOptionError",
    "VisualTorchError",
    "WorkerError",
    "near",
    "printable",
]


def near(name: str, allowed: Iterable[str], *, limit: int = 3) -> list[str]:
    """Return up to *limit* of the *allowed* names that look like *name*, best first.

    Upper and lower case are not told apart, because that is the commonest slip.
    """
    by_lower: dict[str, str] = {}
    for candidate in allowed:
        by_lower.setdefault(candidate.lower(), candidate)
    found = difflib.get_close_matches(name.lower(), by_lower, n=limit, cutoff=0.6)
    return [by_lower[key] for key in found]


def _did_you_mean(name: str, allowed: Iterable[str]) -> str:
    names = near(name, allowed)
    return f"; did you mean {' or '.join(map(repr, names))}?" if names else ""


_LONGEST = 120
"""Characters of an author's value that a message quotes."""


def _quoted(value: object) -> str:
    """Return ``repr(value)`` cut to what a message can hold, whatever the value is."""
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - a repr of the author's own, or a number of 10,000 digits
        text = f"<{type(value).__name__}>"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def printable(text: str) -> str:
    """Return *text* without what a terminal would obey or a file cannot hold, written as escapes.

    An author's exception may say anything: control characters, halves of surrogate pairs.
    """
    plain = text.encode("utf-8", "backslashreplace").decode()
    return "".join(c if c.isprintable() or c in "\n\t" else repr(c)[1:-1] for c in plain)


class VisualTorchError(Exception):
    """The parent of all errors of this package.

    ``stage`` is the part of the line that failed; Sphinx warnings carry it as their subtype.
    """

    stage: str = "figure"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle an error with its values: its class takes these, not its message."""
        return _restored, (type(self), self.args, vars(self))


def _restored(
    cls: type[VisualTorchError], args: tuple[Any, ...], values: dict[str, Any]
) -> VisualTorchError:
    error = cls.__new__(cls, *args)
    error.args = args
    vars(error).update(values)
    return error


class ReferenceSyntaxError(VisualTorchError, ValueError):
    """A reference, an argument literal or an input description cannot be read."""

    stage = "reference"

    def __init__(self, text: object, problem: str, example: str) -> None:
        self.text, self.problem, self.example = text, problem, example
        super().__init__(f"cannot read {_quoted(text)}: {problem}; write for example {example}")


class ModelNotFoundError(VisualTorchError, LookupError):
    """A module or an attribute on the way to the model does not exist."""

    stage = "reference"

    def __init__(self, reference: str, part: str, where: str, allowed: Iterable[str] = ()) -> None:
        self.reference, self.part, self.where = reference, part, where
        self.near = tuple(near(part, allowed))
        hint = f"; did you mean {' or '.join(map(repr, self.near))}?" if self.near else ""
        super().__init__(f"{reference!r}: {where} has no {part!r}{hint}")


class NotAModelError(VisualTorchError, TypeError):
    """The reference leads to something that is not a model and does not return one."""

    stage = "reference"

    def __init__(self, reference: str, found: str) -> None:
        self.reference, self.found = reference, found
        super().__init__(
            f"{reference!r} is {found}; a reference names an nn.Module instance, an nn.Module "
            "subclass, or a function that returns one"
        )


class BuildError(VisualTorchError, RuntimeError):
    """The constructor or factory of the model raised."""

    stage = "build"

    def __init__(self, reference: str, problem: str) -> None:
        self.reference, self.problem = reference, problem
        super().__init__(f"building {reference!r} failed: {problem}")


class InputsError(VisualTorchError, ValueError):
    """The inputs of the model are missing or cannot be made."""

    stage = "inputs"

    def __init__(self, reference: str, problem: str, advice: str) -> None:
        self.reference, self.problem, self.advice = reference, problem, advice
        super().__init__(f"{reference!r}: {problem}; {advice}")


class TraceError(VisualTorchError, RuntimeError):
    """The forward pass raised.

    *partial* is the architecture graph up to the call that raised, where there is one.
    """

    stage = "trace"
    partial: Any = None

    def __init__(self, reference: str, problem: str, layer: str = "", shapes: str = "") -> None:
        self.reference, self.problem, self.layer, self.shapes = reference, problem, layer, shapes
        at = f" at layer {layer!r}" if layer else ""
        given = f" given {shapes}" if shapes else ""
        super().__init__(f"running {reference!r} failed{at}{given}: {problem}")


class TraceTimeoutError(VisualTorchError, TimeoutError):
    """A model took longer than its time limit."""

    stage = "timeout"

    def __init__(self, reference: str, seconds: float) -> None:
        self.reference, self.seconds = reference, seconds
        super().__init__(
            f"{reference!r} was not traced within {seconds:g} s and was stopped; a larger limit is "
            "set with visualtorch_timeout"
        )


class MemoryLimitError(VisualTorchError, MemoryError):
    """A model would need, or did need, more memory than it may have."""

    stage = "memory"

    def __init__(self, reference: str, problem: str, limit: float) -> None:
        self.reference, self.problem, self.limit = reference, problem, limit
        super().__init__(
            f"{reference!r} {problem}, which is more than the {limit / 1e9:g} GB that it may take; "
            "a larger limit is set with visualtorch_max_memory"
        )


class WorkerError(VisualTorchError, RuntimeError):
    """The process that traces ended while it worked on a model."""

    stage = "worker"

    def __init__(self, reference: str, problem: str) -> None:
        self.reference, self.problem = reference, problem
        super().__init__(f"tracing {reference!r} ended its process: {problem}")


class TorchMissingError(VisualTorchError, ImportError):
    """A model must be traced and torch cannot be imported."""

    stage = "torch"

    def __init__(self, reference: str, problem: str = "torch is not installed") -> None:
        self.reference, self.problem = reference, problem
        super().__init__(
            f"{reference!r} has to be traced, but {problem}; install the extra "
            "'sphinx-visualtorch[torch]', or commit the store of a build that had torch"
        )


class OptionError(VisualTorchError, ValueError):
    """An option has a value that it cannot take."""

    stage = "option"

    def __init__(self, name: str, value: object, wanted: str) -> None:
        self.name, self.value, self.wanted = name, value, wanted
        super().__init__(f"option {name!r} cannot be {_quoted(value)}: {wanted}")


class UnknownOptionError(VisualTorchError, TypeError):
    """An option that this style does not have."""

    stage = "option"

    def __init__(self, name: str, style: str, allowed: Iterable[str]) -> None:
        self.name, self.style, self.allowed = name, style, tuple(sorted(allowed))
        super().__init__(
            f"style {style!r} has no option {name!r}{_did_you_mean(name, self.allowed)}"
            f" (allowed: {', '.join(self.allowed)})"
        )


class GraphError(VisualTorchError, ValueError):
    """An architecture graph contradicts itself, or its JSON cannot be read."""

    stage = "graph"


class StoreError(VisualTorchError, OSError):
    """The store cannot be read or written."""

    stage = "store"


class ReportedError(VisualTorchError):
    """An error that happened in the worker, as the process that asked for the trace sees it."""

    def __init__(self, stage: str, message: str) -> None:
        self.stage = stage
        self.message = printable(message)
        super().__init__(self.message)
