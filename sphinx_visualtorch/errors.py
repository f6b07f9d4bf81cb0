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
    "DocsError",
    "GraphError",
    "InputsError",
    "MemoryLimitError",
    "MissingError",
    "ModelNotFoundError",
    "NoModelsError",
    "NotACatalogueError",
    "NotAModelError",
    "OptionError",
    "PdfMissingError",
    "ReferenceSyntaxError",
    "ReportedError",
    "StaleError",
    "StoreError",
    "TorchMissingError",
    "TraceError",
    "TraceTimeoutError",
    "UnknownOptionError",
    "UnlistedError",
    "VisualTorchError",
    "WorkerError",
    "near",
    "printable",
    "several",
    "shortened",
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
_SEVERAL = 5
"""Characters of an author's value that a message quotes."""

_LONGEST_NAME = 240
"""Characters of a reference that a message quotes: more, as it is what a reader looks for."""


def several(texts: Iterable[str]) -> str:
    """Return the first of some texts in one line, and how many more there are."""
    all_of_them = [*texts]
    more = len(all_of_them) - _SEVERAL
    first = "; ".join(all_of_them[:_SEVERAL])
    return f"{first}; and {more} more" if more > 0 else first


def shortened(text: str, limit: int) -> str:
    """Return *text* cut to *limit* characters."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def _quoted(value: object, limit: int = _LONGEST) -> str:
    """Return ``repr(value)`` cut to what a message can hold, whatever the value is."""
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - a repr of the author's own, or a number of 10,000 digits
        text = f"<{type(value).__name__}>"
    return shortened(text, limit + 1)


def _named(reference: str) -> str:
    return _quoted(reference, _LONGEST_NAME)


def _where(reached: str) -> str:
    """Return how far a model had come, as a part of a sentence."""
    if reached.endswith(" it"):  # "building it"
        return f" while {reached}"
    return f" {'in' if reached.startswith('its ') else 'at'} {reached}" if reached else ""


def printable(text: str) -> str:
    """Return *text* without what a terminal would obey or a file cannot hold, written as escapes.

    An author's exception may say anything: control characters, halves of surrogate pairs.
    """
    plain = text.encode("utf-8", "backslashreplace").decode()
    return "".join(c if c.isprintable() or c in "\n\t" else repr(c)[1:-1] for c in plain)


class VisualTorchError(Exception):
    """The parent of all errors of this package.

    ``stage`` is the part of the line that failed; Sphinx warnings carry it as their subtype.
    ``partial`` is the architecture graph up to the call that raised, if the model came to run.
    """

    stage: str = "figure"
    partial: Any = None

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
        super().__init__(f"{_named(reference)}: {where} has no {_quoted(part)}{hint}")


class NotAModelError(VisualTorchError, TypeError):
    """The reference leads to something that is not a model and does not return one."""

    stage = "reference"

    def __init__(self, reference: str, found: str) -> None:
        self.reference, self.found = reference, found
        wanted = "an nn.Module instance is wanted, such as Net()"
        if reference:
            wanted = (
                "a reference names an nn.Module instance, an nn.Module subclass, or a function "
                "that returns one"
            )
        named = _named(reference) if reference else "what is to be traced"
        super().__init__(f"{named} is {found}; {wanted}")


class NotACatalogueError(VisualTorchError, TypeError):
    """What a gallery is to list is of another kind: *wanted* is ``a module`` or ``a mapping``."""

    stage = "gallery"

    def __init__(self, reference: str, wanted: str, found: str) -> None:
        self.reference, self.wanted, self.found = reference, wanted, found
        super().__init__(f"{_named(reference)} is of type {found!r}; {wanted} is wanted")


class NoModelsError(VisualTorchError, LookupError):
    """A gallery has nothing to show; *passed* are models that cannot be made as they are."""

    stage = "gallery"

    def __init__(self, reference: str, wanted: str, passed: Iterable[str] = ()) -> None:
        self.reference, self.wanted, self.passed = reference, wanted, tuple(passed)
        more = f", and {len(self.passed) - 5} more" if len(self.passed) > 5 else ""
        names = ", ".join(_quoted(name) for name in self.passed[:5]) + more
        without = f" ({names} cannot be called without arguments)" if names else ""
        super().__init__(f"{_named(reference)} has no models{without}; {wanted}")


class UnlistedError(VisualTorchError, LookupError):
    """A listing in the store names a model that the module or registry does not have."""

    stage = "gallery"

    def __init__(self, reference: str) -> None:
        self.reference = reference
        super().__init__(
            f"{_named(reference)} stands in a gallery's listing in the store, but is no model of "
            "that gallery; it was not run, and the gallery was listed anew: build again"
        )


class BuildError(VisualTorchError, RuntimeError):
    """The constructor or factory of the model raised, or a module on the way to it.

    *doing* is what was going on, if that was not yet ``building``.
    """

    stage = "build"

    def __init__(self, reference: str, problem: str, doing: str = "building") -> None:
        self.reference, self.problem, self.doing = reference, problem, doing
        super().__init__(f"{doing} {_named(reference)} failed: {problem}")


class InputsError(VisualTorchError, ValueError):
    """The inputs of the model are missing or cannot be made."""

    stage = "inputs"

    def __init__(self, reference: str, problem: str, advice: str) -> None:
        self.reference, self.problem, self.advice = reference, problem, advice
        super().__init__(f"{_named(reference)}: {problem.rstrip('.')}; {advice}")


class TraceError(VisualTorchError, RuntimeError):
    """The forward pass raised.

    *layer* is the innermost call that was reached: of a module, with its class in brackets, or of
    a function.
    """

    stage = "trace"

    def __init__(self, reference: str, problem: str, layer: str = "", shapes: str = "") -> None:
        self.reference, self.problem, self.layer, self.shapes = reference, problem, layer, shapes
        noun = "layer " if layer.endswith(")") else ""  # a function is none
        at = f" at {noun}{_quoted(layer)}" if layer else ""
        given = f" given {shortened(shapes, _LONGEST)}" if shapes else ""
        super().__init__(f"running {_named(reference)} failed{at}{given}: {problem}")


class TraceTimeoutError(VisualTorchError, TimeoutError):
    """A model took longer than its time limit; *reached* is how far it had come."""

    stage = "timeout"

    def __init__(self, reference: str, seconds: float, reached: str = "") -> None:
        self.reference, self.seconds, self.reached = reference, seconds, reached
        super().__init__(
            f"{_named(reference)} was not traced within {seconds:g} s and was stopped"
            f"{_where(reached)}; a larger limit is set with visualtorch_timeout"
        )


# the built-in first: unlike those of the other classes it is made by a function of its own
class MemoryLimitError(MemoryError, VisualTorchError):
    """A model would need, or did need, more memory than it may have: *limit* bytes.

    *problem* is the rest of a sentence that begins with the model, such as ``would need 12 GB``.
    """

    stage = "memory"

    def __init__(self, reference: str, problem: str, limit: float, reached: str = "") -> None:
        self.reference, self.problem, self.limit = reference, problem, limit
        self.reached = reached
        super().__init__(
            f"{_named(reference)} {problem}{_where(reached)}; it may take {limit / 1e9:g} GB, and "
            "a larger limit is set with visualtorch_max_memory"
        )


class WorkerError(VisualTorchError, RuntimeError):
    """The process that traces ended while it worked on a model, or could not be worked with.

    *reached* is how far the model had come; *alive* says that the process did not end.
    """

    stage = "worker"

    def __init__(
        self, reference: str, problem: str, reached: str = "", *, alive: bool = False
    ) -> None:
        self.reference, self.problem, self.reached = reference, problem, reached
        done = "failed" if alive else "ended its process"
        super().__init__(f"tracing {_named(reference)} {done}{_where(reached)}: {problem}")


class TorchMissingError(VisualTorchError, ImportError):
    """A model must be traced and torch cannot be imported."""

    stage = "torch"

    def __init__(self, reference: str, problem: str = "torch is not installed") -> None:
        self.reference, self.problem = reference, problem
        super().__init__(f"{_named(reference)} has to be traced, but {self.why}")

    @property
    def why(self) -> str:
        """What is wrong and what to do, without the model's name."""
        return (
            f"{self.problem}; install the extra 'sphinx-visualtorch[torch]', or commit the store "
            "of a build that had torch"
        )


class StaleError(VisualTorchError):
    """What the store has is shown although it may be out of date.

    *changed* is what is no longer as it was, *why* says what kept it from being made anew; *done*
    is what is done with it.
    """

    stage = "stale"

    def __init__(
        self, reference: str, changed: Iterable[str], why: str, *, done: str = "shown"
    ) -> None:
        self.reference, self.changed, self.why = reference, tuple(changed), why
        since = f" (changed since then: {several(self.changed)})" if self.changed else ""
        super().__init__(f"{_named(reference)} is {done} as it was before{since}: {why}")


class MissingError(VisualTorchError, LookupError):
    """The store has nothing for a model, and nothing can be made; *why* says what keeps it.

    *reason* is why a file that is there cannot be used; *kind* is what is wanted.
    """

    stage = "missing"

    def __init__(self, reference: str, why: str, reason: str = "", *, kind: str = "graph") -> None:
        self.reference, self.why, self.reason = reference, why, reason
        because = f" ({reason})" if reason else ""
        super().__init__(f"the store has no {kind} of {_named(reference)}{because}: {why}")


class PdfMissingError(VisualTorchError, ImportError):
    """A PDF is wanted and the library that writes it cannot be imported."""

    stage = "pdf"

    def __init__(self) -> None:
        super().__init__(
            "a PDF is painted by reportlab, which is not installed; install the extra "
            "'sphinx-visualtorch[pdf]', or write SVG or PNG"
        )


class OptionError(VisualTorchError, ValueError):
    """An option has a value that it cannot take."""

    stage = "option"

    def __init__(self, name: str, value: object, wanted: str) -> None:
        self.name, self.value, self.wanted = name, value, wanted
        super().__init__(f"option {name!r} cannot be {_quoted(value)}: {wanted}")


def _have(names: tuple[str, ...]) -> str:
    return "has" if len(names) == 1 else "have"


class UnknownOptionError(VisualTorchError, TypeError):
    """An option that this style does not have; *elsewhere* are the styles that do."""

    stage = "option"

    def __init__(
        self, name: str, style: str, allowed: Iterable[str], elsewhere: Iterable[str] = ()
    ) -> None:
        self.name, self.style, self.allowed = name, style, tuple(sorted(allowed))
        self.elsewhere = tuple(elsewhere)
        told = f"style {style!r} has no option {name!r}" if style else f"no option {name!r}"
        if self.elsewhere:
            others = " and ".join(map(repr, self.elsewhere))
            super().__init__(f"{told}, which {others} {_have(self.elsewhere)}")
        else:
            near_names = _did_you_mean(name, self.allowed)
            super().__init__(f"{told}{near_names} (allowed: {', '.join(self.allowed)})")


class GraphError(VisualTorchError, ValueError):
    """An architecture graph contradicts itself, or its JSON cannot be read."""

    stage = "graph"


class StoreError(VisualTorchError, OSError):
    """The store cannot be read or written."""

    stage = "store"


class NewerStoreError(StoreError):
    """A newer version of this package has written a file, which is therefore left as it is."""


class DocsError(VisualTorchError, RuntimeError):
    """The docs of a project cannot be read: *where* that turned out, and why."""

    stage = "docs"

    def __init__(self, where: str, problem: str) -> None:
        self.where, self.problem = where, problem
        super().__init__(f"{where}: {problem}")


class ReportedError(VisualTorchError):
    """An error that happened in the worker, as the process that asked for the trace sees it.

    Its message is one line, as all warnings of a build are.
    """

    def __init__(self, stage: str, message: str) -> None:
        self.stage = stage
        self.message = printable(" ".join(line.strip() for line in message.splitlines()))
        super().__init__(self.message)
