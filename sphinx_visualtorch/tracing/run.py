"""The doors of this room: a reference, or a model that is handed over, becomes a graph."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from sphinx_visualtorch.errors import BuildError, InputsError, NotAModelError
from sphinx_visualtorch.tracing.inputs import Inputs, from_function, from_shapes
from sphinx_visualtorch.tracing.ladder import Subject, Tracing, climb
from sphinx_visualtorch.tracing.resolve import find, maker
from sphinx_visualtorch.tracing.seam import author_code
from sphinx_visualtorch.tracing.stand_in import stand_in
from sphinx_visualtorch.tracing.state import preserved

if TYPE_CHECKING:
    from sphinx_visualtorch.graph import ArchitectureGraph
    from sphinx_visualtorch.reference import Reference

__all__ = ["Tracing", "trace_model", "trace_reference", "trace_shapes"]


def _nobody(_text: str) -> None:
    """Take no notice of how far a model has come."""


def trace_reference(
    reference: Reference,
    *,
    max_memory: float = float("inf"),
    reached: Callable[[str], None] = _nobody,
) -> Tracing:
    """Import, build and run what *reference* names, and return the graph of its forward pass.

    *max_memory* is the number of bytes that a real run may take; *reached* is told where the work
    is: ``importing it``, ``building it``, ``layer 'encoder.0'``.

    :raises VisualTorchError: of the stage that failed, with the reference in its message.
    """
    name = str(reference)
    reached("importing it")
    with preserved():
        found = find(reference.target)
        inputs = _inputs(reference)
    if isinstance(found, nn.Module):
        if reference.args or reference.kwargs:
            problem = "it is an nn.Module instance, which takes no :args: or :kwargs:"
            raise BuildError(name, problem)
        subject = _instance(found, inputs, name)
    else:
        make = maker(found, reference)
        subject = Subject(name=name, make=lambda _device: make(), inputs=inputs, offers=(found,))
    return climb(subject, max_memory, reached)


def trace_model(
    model: nn.Module,
    *,
    args: Sequence[Any] | None = None,
    kwargs: Mapping[str, Any] | None = None,
    reference: str = "",
) -> ArchitectureGraph:
    """Run *model* on the given arguments and return the graph of its forward pass.

    Without arguments they are looked for (:mod:`.offers`, :mod:`.guesses`).  Neither the model nor
    the arguments are changed.

    :raises NotAModelError: if *model* is none.
    :raises InputsError: if ``forward`` cannot be called with these arguments.
    :raises TraceError: if the forward pass raises.
    """
    if not isinstance(model, nn.Module):
        raise NotAModelError(reference, _described(model))
    given = args is not None or kwargs is not None
    inputs = Inputs(tuple(args or ()), dict(kwargs or {})) if given else None
    subject = _instance(model, inputs, reference or type(model).__name__)
    return climb(subject, float("inf"), _nobody).graph


def _described(value: object) -> str:
    if isinstance(value, type):
        return f"the class {value.__name__!r}, not an instance of it"
    return f"of type {type(value).__name__!r}"


def trace_shapes(
    model: nn.Module,
    shapes: Sequence[tuple[int, ...]],
    dtypes: Sequence[str] = (),
    *,
    reference: str = "",
) -> ArchitectureGraph:
    """Run *model* on one input a shape; *dtypes* holds no, one or as many element types."""
    args = from_shapes(shapes, dtypes).args if shapes else None
    return trace_model(model, args=args, reference=reference)


def _inputs(reference: Reference) -> Inputs | None:
    if not reference.inputs:
        shapes, dtypes = reference.input_shape, reference.input_dtype
        return from_shapes(shapes, dtypes) if shapes else None
    function = find(reference.inputs)
    if not callable(function):
        problem = f":inputs: names {reference.inputs!r}, which is no function"
        raise InputsError(str(reference), problem, "name a function that returns the inputs")
    return from_function(function, str(reference))


def _instance(model: nn.Module, inputs: Inputs | None, name: str) -> Subject:
    """Return how to trace a model that is not ours: by stand-ins, each used once."""

    def make(device: torch.device | None) -> nn.Module:
        with author_code(lambda problem: BuildError(name, f"it cannot be copied: {problem}")):
            return stand_in(model, device)

    return Subject(name=name, make=make, inputs=inputs)
