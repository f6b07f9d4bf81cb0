"""What a model is run on: made from shapes, returned by the author's function, or handed over.

This file knows no recorder and no graph.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import torch
from torch import Tensor, nn

from sphinx_visualtorch.errors import InputsError
from sphinx_visualtorch.tracing.gather import named_tensors, replaced
from sphinx_visualtorch.tracing.seam import author_code

__all__ = [
    "ADVICE",
    "Found",
    "Inputs",
    "called",
    "described",
    "fitted",
    "from_function",
    "from_shapes",
    "from_value",
    "listed",
    "require",
    "signature",
    "takes_nothing",
    "wants_data",
]

ADVICE = (
    "say them with :input-shape: (for example 1, 3, 224, 224; several separated by ';'), or name "
    "a function that returns them with :inputs: (in Python, input_shape=, or args= and kwargs=)"
)
_MOST_WORDS = 4
_LONGEST = 1_000


@dataclass(frozen=True, slots=True)
class Inputs:
    """The arguments of one forward pass; *kwargs* that were *returned* may be a dict as such."""

    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    returned: bool = False

    def on(self, device: torch.device) -> Inputs:
        """Return the same inputs with tensors of their own on *device*.

        A tensor that stands in several places is one tensor again.  Values are kept where there
        are any; what had none becomes zeros.
        """
        moved: dict[int, Tensor] = {}

        def move(tensor: Tensor) -> Tensor:
            if id(tensor) not in moved:
                moved[id(tensor)] = _moved(tensor, device)
            return moved[id(tensor)]

        args, kwargs = replaced(self.args, move), replaced(self.kwargs, move)
        return Inputs(args, kwargs, self.returned)

    def apart(self) -> Inputs:
        """Return the same inputs, each tensor in one place only.

        Libraries offer one tensor as the ids of an encoder and of a decoder; it is two inputs.
        """
        seen: set[int] = set()

        def alone(tensor: Tensor) -> Tensor:
            if id(tensor) in seen:
                return tensor.clone()
            seen.add(id(tensor))
            return tensor

        args, kwargs = replaced(self.args, alone), replaced(self.kwargs, alone)
        return Inputs(args, kwargs, self.returned)


@dataclass(frozen=True, slots=True)
class Found:
    """Inputs that the document does not name, and in *words* what they are and where from.

    Nothing else is tried where they are *sure*.
    """

    inputs: Inputs
    words: str
    sure: bool = False


def _moved(tensor: Tensor, device: torch.device) -> Tensor:
    if device.type == "meta":
        return torch.empty_like(tensor, device=device, requires_grad=False)
    if tensor.is_meta:
        return torch.zeros_like(tensor, device=device, requires_grad=False)
    return tensor.detach().to(device, copy=True)


def from_shapes(shapes: Sequence[tuple[int, ...]], dtypes: Sequence[str] = ()) -> Inputs:
    """Return one positional input a shape; *dtypes* holds no, one or as many element types."""
    names = [*dtypes] or ["float32"]
    if len(names) == 1:
        names *= len(shapes)
    pairs = zip(shapes, names, strict=True)
    return Inputs(tuple(torch.empty(s, dtype=getattr(torch, d), device="meta") for s, d in pairs))


def from_function(function: Callable[[], Any], reference: str) -> Inputs:
    """Return what the author's *function* returns (see :func:`from_value`).

    :raises InputsError: if the function raises.
    """
    advice = "the function that :inputs: names takes no arguments and returns the model's"

    def explain(problem: str) -> InputsError:
        return InputsError(reference, f"making the inputs failed: {problem}", advice)

    with author_code(explain):
        made = function()
    return from_value(made)


def from_value(made: Any) -> Inputs:
    """Return the arguments that *made* stands for.

    A tuple or list holds positional arguments, a dict keyword arguments; a pair of a tuple and a
    dict holds both; anything else is the only argument.  An iterator among them can be run through
    again.
    """
    found = _arguments(made)
    args = tuple(map(_repeatable, found.args))
    kwargs = {name: _repeatable(value) for name, value in found.kwargs.items()}
    return Inputs(args, kwargs, found.returned)


def _repeatable(value: Any) -> Any:
    return Stream(islice(value, _LONGEST)) if isinstance(value, Iterator) else value


class Stream(list[Any]):
    """The items of an iterator, to be taken one by one or in a loop."""

    def __next__(self) -> Any:
        """Return the first item that is left."""
        if not self:
            raise StopIteration
        return self.pop(0)


def _arguments(made: Any) -> Inputs:
    match made:
        case (tuple() | list() as args, dict() as kwargs):
            return Inputs(tuple(args), dict(kwargs))
        case dict():
            return Inputs((), dict(made), returned=True)
        case tuple() | list() if not hasattr(made, "_fields"):
            return Inputs(tuple(made))
    return Inputs((made,))


def described(inputs: Inputs) -> str:
    """Return in words what *inputs* are: ``float32 1×3×224×224 and mask: bool 1×16``."""
    parts = [words for value in inputs.args for words in _words("", value)]
    parts += [words for name, value in inputs.kwargs.items() for words in _words(name, value)]
    if len(parts) > _MOST_WORDS:
        parts[_MOST_WORDS - 1 :] = [f"{len(parts) - _MOST_WORDS + 1} more"]
    return listed(parts) or "no tensors"


def _words(name: str, value: Any) -> Iterator[str]:
    for path, tensor in named_tensors(name, value):
        said = f"{path}: " if name else ""
        shape = "×".join(map(str, tensor.shape)) or "scalar"
        yield f"{said}{str(tensor.dtype).removeprefix('torch.')} {shape}"


def require(model: nn.Module, inputs: Inputs, reference: str) -> None:
    """Check that ``forward`` can be called with *inputs*.

    :raises InputsError: naming the inputs that are missing or too many.
    """
    form = signature(model)
    if form is None:
        return
    needed = [
        parameter.name
        for parameter in form.parameters.values()
        if parameter.default is parameter.empty
        and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]
    try:
        form.bind(*inputs.args, **inputs.kwargs)
    except TypeError as error:
        if inputs.args or inputs.kwargs:
            problem = f"the inputs do not fit {_plainly(form)}: {error}"
        else:
            problem = f"its forward needs {listed([*map(repr, needed)])} and no inputs are given"
        raise InputsError(reference, problem, ADVICE) from None


def fitted(model: nn.Module, inputs: Inputs) -> Inputs:
    """Return *inputs*; a dict of other names than ``forward`` has is its only argument.

    Not where that is annotated as a tensor: then the names are a mistake.
    """
    if not inputs.returned or not inputs.kwargs or _binds(model, inputs):
        return inputs
    alone = Inputs((inputs.kwargs,))
    form = signature(model)
    if form is None or not _binds(model, alone):
        return inputs
    first = next(iter(form.parameters.values()))
    return inputs if first.annotation in _TENSOR else alone


_TENSOR = (Tensor, "Tensor", "torch.Tensor")


def _binds(model: nn.Module, inputs: Inputs) -> bool:
    form = signature(model)
    try:
        if form is not None:
            form.bind(*inputs.args, **inputs.kwargs)
    except TypeError:
        return False
    return form is not None


def takes_nothing(model: nn.Module) -> bool:
    """Say whether ``forward`` can be called without any inputs."""
    return _binds(model, Inputs())


def wants_data(model: nn.Module) -> bool:
    """Say whether ``forward`` wants something that it can also be called without.

    That is ``forward(x=None)``, which then raises, and ``forward(*inputs)``, but not
    ``forward(n_samples=4)``.
    """
    form = signature(model)
    first = next(iter(form.parameters.values()), None) if form is not None else None
    return first is not None and first.default in (None, first.empty)


def _plainly(signature: inspect.Signature) -> str:
    """Return the signature of forward without annotations."""
    parameters = [
        parameter.replace(annotation=parameter.empty) for parameter in signature.parameters.values()
    ]
    return f"forward{inspect.Signature(parameters)}"


def listed(words: Sequence[str]) -> str:
    """Return *words* as a list in a sentence."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def signature(model: nn.Module) -> inspect.Signature | None:
    """Return the signature of ``forward``, or None where it tells none."""
    try:
        return inspect.signature(model.forward)
    except (TypeError, ValueError):
        return None


def called(model: nn.Module, inputs: Inputs) -> list[tuple[str, Tensor]]:
    """Return all tensors of *inputs* under the names that ``forward`` has for them."""
    found: list[tuple[str, Tensor]] = []
    for name, value in _bound(model, inputs):
        found.extend(named_tensors(name, value))
    if len(found) == 1 and found[0][0] in ("x", "input", "inputs"):
        return [("input", found[0][1])]
    return found


def _bound(model: nn.Module, inputs: Inputs) -> list[tuple[str, Any]]:
    form = signature(model)
    if form is None:
        numbered = [(f"input{index}", value) for index, value in enumerate(inputs.args)]
        return [*numbered, *inputs.kwargs.items()]
    bound: list[tuple[str, Any]] = []
    for name, value in form.bind(*inputs.args, **inputs.kwargs).arguments.items():
        if form.parameters[name].kind is inspect.Parameter.VAR_KEYWORD:
            bound.extend(value.items())
        elif form.parameters[name].kind is inspect.Parameter.VAR_POSITIONAL:
            alone = len(value) == 1
            bound.extend((name if alone else f"{name}.{i}", item) for i, item in enumerate(value))
        else:
            bound.append((name, value))
    return bound
