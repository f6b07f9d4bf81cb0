"""Inputs that a model, or what makes it, offers by a convention of its library.

Each convention is one row of :data:`CONVENTIONS`; a new one needs a row there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from sphinx_visualtorch.errors import InputsError
from sphinx_visualtorch.tracing.entries import LENGTH
from sphinx_visualtorch.tracing.inputs import Found, Inputs, described, from_shapes, from_value
from sphinx_visualtorch.tracing.seam import author_code, quietly

__all__ = ["offered"]

OURS = "visualtorch_inputs"
"""The name for authors who have no convention yet: an attribute, a property or a function."""


def offered(*places: object, reference: str) -> Iterator[Found]:
    """Yield the inputs that *places* offer: the model, and what it was made by.

    :raises InputsError: if the author's ``visualtorch_inputs`` fails.  What was written for other
        purposes and fails is passed over.
    """
    for place in places:
        # of a class that was called, the model has it, too, and bound
        if OURS in dir(place) and not (isinstance(place, type) and isinstance(places[0], place)):
            inputs = _ours(place, reference)
            yield Found(inputs, f"{described(inputs)}, its {OURS}", sure=True)
            return
    for place in places:
        for name, read in CONVENTIONS:
            offer = quietly(partial(_read, place, name, read), None)
            if offer is not None:
                yield Found(offer, f"{described(offer)}, its {name}")


def _ours(place: object, reference: str) -> Inputs:
    def explain(problem: str) -> InputsError:
        advice = (
            f"{OURS} is what the model runs on, or a function without arguments that returns it"
        )
        return InputsError(reference, f"its {OURS} failed: {problem}", advice)

    with author_code(explain):
        value = getattr(place, OURS)
        if callable(value):
            value = value()
        shapes = _shapes(value)
        return from_shapes(shapes) if shapes else from_value(value)


def _shapes(value: Any) -> list[tuple[int, ...]]:
    """Return the shapes that *value* is: (1, 3, 32, 32), or several of these."""
    if not isinstance(value, tuple | list) or not value:
        return []
    rows = [value] if all(type(item) is int for item in value) else value
    if all(isinstance(row, tuple | list) and row for row in rows) and all(
        type(item) is int for row in rows for item in row
    ):
        return [tuple(row) for row in rows]
    return []


def _read(place: object, name: str, read: Callable[[Any], Inputs]) -> Inputs | None:
    value = getattr(place, name, None)
    return None if value is None or isinstance(value, property) else read(value)


def _input_size(value: Any) -> Inputs:
    size = value["input_size"] if isinstance(value, Mapping) else value.input_size
    return from_shapes([(1, *map(int, size))])


def _forms(value: Any) -> Inputs:
    """Return inputs of the forms that are *value*, of which the batch is left open."""
    if not value or any(form.shape[0] is not None for form in value):
        raise TypeError
    shapes = [(1, *(LENGTH if n is None else n for n in form.shape[1:])) for form in value]
    return from_shapes(shapes, [form.dtype for form in value])


CONVENTIONS: tuple[tuple[str, Callable[[Any], Inputs]], ...] = (
    ("example_input_array", from_value),  # Lightning
    ("dummy_inputs", from_value),  # transformers and diffusers
    ("pretrained_cfg", _input_size),  # timm
    ("default_cfg", _input_size),  # timm, before it had the other
    ("inputs", _forms),  # Keras
)
