"""What a model, or what makes it, offers to be run on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from sphinx_visualtorch.errors import InputsError, TraceError
from sphinx_visualtorch.reference import Reference
from sphinx_visualtorch.tracing.ladder import Subject, Tracing, climb
from sphinx_visualtorch.tracing.run import trace_model, trace_reference

pytestmark = pytest.mark.torch


class Pool(nn.Module):
    """Takes images of any size."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x).mean((2, 3))


@dataclass
class Config:
    """As timm's newer ones."""

    input_size: tuple[int, ...] = (3, 48, 40)


@dataclass
class Form:
    """As Keras's; the batch is open."""

    shape: tuple[int | None, ...]
    dtype: str = "float32"


def shape_of(place: str, value: Any, *, offers: tuple[object, ...] = ()) -> tuple[str, Any]:
    """Return what is said, and the shape of the first node."""

    def make(_device: object) -> nn.Module:
        model = Pool()
        if place:
            setattr(model, place, value)
        return model

    tracing = told(Subject(name="it", make=make, inputs=None, offers=offers))
    return tracing.inputs, tracing.graph.nodes[0].outputs[0].shape


def told(subject: Subject) -> Tracing:
    return climb(subject, float("inf"), lambda _text: None)


IMAGE = torch.ones(2, 3, 20, 24)


@pytest.mark.parametrize(
    ("place", "value", "shape"),
    [
        ("example_input_array", IMAGE, (2, 3, 20, 24)),
        ("example_input_array", (IMAGE,), (2, 3, 20, 24)),
        ("dummy_inputs", {"x": IMAGE}, (2, 3, 20, 24)),
        ("pretrained_cfg", {"input_size": (3, 32, 40)}, (1, 3, 32, 40)),
        ("pretrained_cfg", Config(), (1, 3, 48, 40)),
        ("default_cfg", {"input_size": (3, 32, 40)}, (1, 3, 32, 40)),
        ("inputs", [Form((None, 3, None, 40))], (1, 3, 16, 40)),
        ("visualtorch_inputs", IMAGE, (2, 3, 20, 24)),
        ("visualtorch_inputs", (1, 3, 32, 40), (1, 3, 32, 40)),
        ("visualtorch_inputs", [(1, 3, 32, 40)], (1, 3, 32, 40)),
        ("visualtorch_inputs", {"x": IMAGE}, (2, 3, 20, 24)),
        ("visualtorch_inputs", lambda: IMAGE, (2, 3, 20, 24)),
        ("visualtorch_inputs", lambda: ((), {"x": IMAGE}), (2, 3, 20, 24)),
    ],
)
def test_conventions(place: str, value: object, shape: tuple[int, ...]) -> None:
    words, found = shape_of(place, value)
    assert found == shape
    assert words.endswith(f"float32 {'×'.join(map(str, shape))}, its {place}")


@pytest.mark.parametrize("inputs", [[], [Form((3, 48, 48))], [IMAGE], "x", 3])
def test_what_is_called_alike_and_is_no_form(inputs: object) -> None:
    assert shape_of("inputs", inputs)[0].endswith("guessed from 'conv' (Conv2d)")


def test_the_first_convention_that_fits_is_taken() -> None:
    class Two(Pool):
        dummy_inputs = {"input_ids": torch.ones(1, 8).long()}  # noqa: RUF012 - as theirs
        default_cfg = {"input_size": (3, 16, 16)}  # noqa: RUF012 - as theirs

        @property
        def example_input_array(self) -> Tensor:
            raise RuntimeError

    model = Two()
    assert trace_model(model).nodes[0].outputs[0].shape == (1, 3, 16, 16)
    model.visualtorch_inputs = (1, 3, 8, 8)
    assert trace_model(model).nodes[0].outputs[0].shape == (1, 3, 8, 8)


def test_what_makes_the_model_may_offer_inputs() -> None:
    def build() -> nn.Module:
        return Pool()

    build.visualtorch_inputs = (1, 3, 9, 9)  # type: ignore[attr-defined]
    words, shape = shape_of("", None, offers=(build,))
    assert shape == (1, 3, 9, 9)
    assert words == "float32 1×3×9×9, its visualtorch_inputs"


class Method(Pool):
    """Offers them by a method."""

    def visualtorch_inputs(self) -> Tensor:
        return torch.ones(1, 3, 7, self.conv.kernel_size[0])


def test_a_method_knows_the_model() -> None:
    tracing = trace_reference(Reference.parse(f"{__name__}:Method"))
    assert tracing.graph.nodes[0].outputs[0].shape == (1, 3, 7, 3)
    assert tracing.inputs == "float32 1×3×7×3, its visualtorch_inputs"


def test_the_authors_own_word_comes_first() -> None:
    reference = Reference.parse(f"{__name__}:Method", input_shape="1, 3, 11, 11")
    tracing = trace_reference(reference)
    assert tracing.graph.nodes[0].outputs[0].shape == (1, 3, 11, 11)
    assert tracing.inputs == ""


def test_failures_of_our_own_convention_are_said() -> None:
    def fails() -> Tensor:
        message = "no data"
        raise OSError(message)

    with pytest.raises(InputsError, match="its visualtorch_inputs failed: OSError: no data"):
        shape_of("visualtorch_inputs", fails)
    with pytest.raises(InputsError, match="do not fit"):
        shape_of("visualtorch_inputs", (IMAGE, IMAGE))
    with pytest.raises(TraceError, match="1×5×9×9"):
        shape_of("visualtorch_inputs", (1, 5, 9, 9))
