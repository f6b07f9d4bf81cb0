"""The ladder: run the model where nothing is allocated, and really only where that fails.

1. The model is built and run on the meta device.
2. It is built really, and a stand-in with tensors on the meta device is run.
3. It is run really.

What a rung raises counts only if the last one raises, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from sphinx_visualtorch.errors import (
    BuildError,
    InputsError,
    NotAModelError,
    TraceError,
    VisualTorchError,
)
from sphinx_visualtorch.tracing.assemble import assemble
from sphinx_visualtorch.tracing.compiled import as_written, eagerly
from sphinx_visualtorch.tracing.inputs import Inputs, called, from_function, from_shapes, require
from sphinx_visualtorch.tracing.recorder import Recorder
from sphinx_visualtorch.tracing.records import raw
from sphinx_visualtorch.tracing.resolve import find, maker
from sphinx_visualtorch.tracing.seam import author_code
from sphinx_visualtorch.tracing.stand_in import stand_in
from sphinx_visualtorch.tracing.state import preserved

if TYPE_CHECKING:
    from sphinx_visualtorch.graph import ArchitectureGraph
    from sphinx_visualtorch.reference import Reference

__all__ = ["Tracing", "trace_model", "trace_reference", "trace_shapes"]

_META = torch.device("meta")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracing:
    """A graph, and in words where the inputs came from if the author did not say them."""

    graph: ArchitectureGraph
    inputs: str = ""


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
    with preserved():
        found = find(reference.target)
        inputs = _inputs(reference)
    if isinstance(found, nn.Module):
        if reference.args or reference.kwargs:
            problem = "it is an nn.Module instance, which takes no :args: or :kwargs:"
            raise BuildError(name, problem)
        return Tracing(graph=_trace_instance(found, inputs, name))
    return Tracing(graph=_trace_built(maker(found, reference), inputs, name))


def trace_model(
    model: nn.Module,
    *,
    args: Sequence[Any] = (),
    kwargs: Mapping[str, Any] | None = None,
    reference: str = "",
) -> ArchitectureGraph:
    """Run *model* on the given arguments and return the graph of its forward pass.

    Neither the model nor the arguments are changed.

    :raises NotAModelError: if *model* is none.
    :raises InputsError: if ``forward`` cannot be called with these arguments.
    :raises TraceError: if the forward pass raises.
    """
    if not isinstance(model, nn.Module):
        raise NotAModelError(reference or "the model", _described(model))
    inputs = Inputs(tuple(args), dict(kwargs or {}))
    return _trace_instance(model, inputs, reference or type(model).__name__)


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
    return trace_model(model, args=from_shapes(shapes, dtypes).args, reference=reference)


def _inputs(reference: Reference) -> Inputs:
    if not reference.inputs:
        return from_shapes(reference.input_shape, reference.input_dtype)
    function = find(reference.inputs)
    if not callable(function):
        problem = f":inputs: names {reference.inputs!r}, which is no function"
        raise InputsError(str(reference), problem, "name a function that returns the inputs")
    return from_function(function, str(reference))


def _trace_built(make: Callable[[], nn.Module], inputs: Inputs, name: str) -> ArchitectureGraph:
    """Build a model with *make* and trace it; with memory only where it cannot do without."""
    with preserved():
        try:
            with _META:
                model = make()
        except BuildError:
            return _trace_instance(make(), inputs, name)
        try:
            return run_once(model, inputs, name, _META)
        except TraceError:
            del model
    with preserved():
        return run_once(make(), inputs, name)


def _trace_instance(model: nn.Module, inputs: Inputs, name: str) -> ArchitectureGraph:
    """Trace a stand-in for *model*, without memory if that can be."""
    with preserved():
        try:
            return run_once(_copied(model, _META, name), inputs, name, _META)
        except (BuildError, TraceError):
            if _device_of(model) == _META:  # it has no values that a real run could use
                raise
    with preserved():
        return run_once(_copied(model, None, name), inputs, name)


def _copied(model: nn.Module, device: torch.device | None, name: str) -> nn.Module:
    with author_code(lambda problem: BuildError(name, f"it cannot be copied: {problem}")):
        return stand_in(model, device)


def run_once(
    model: nn.Module, inputs: Inputs, name: str, device: torch.device | None = None
) -> ArchitectureGraph:
    """Run *model*, which is ours to use up, on *device* or where it is, and return its graph."""
    model = as_written(model)
    require(model, inputs, name)
    moved = inputs.on(device or _device_of(model))
    recorder = Recorder(model, device)

    def explain(problem: str) -> VisualTorchError:
        layer, given = recorder.reached()
        return TraceError(name, problem, layer, ", ".join(map(_shape, given)))

    with author_code(explain):
        model.eval()
        with torch.no_grad(), eagerly(), recorder:
            recorder.begin(called(model, moved))
            output = model(*moved.args, **moved.kwargs)
    return assemble(model, recorder.end(output))


def _shape(tensor: Tensor) -> str:
    return "×".join(map(str, raw(tensor)[0])) or "a scalar"


def _device_of(model: nn.Module) -> torch.device:
    held = next(model.parameters(), next(model.buffers(), None))
    return torch.device("cpu") if held is None else held.device
