# ruff: noqa: INP001 - a script, no package
"""Draw the usage examples of the VisualTorch paper, by its package or by ours, for the manual.

Our figures, after a change to what the paper's functions draw::

    PYTHONPATH=example_docs python tools/paper_figures.py sphinx_visualtorch

Those of two versions of the paper's package, each in an environment of its own with the torch of
``constraints.txt``::

    python -m venv old && old/bin/python -m pip install -c constraints.txt torch
    old/bin/python -m pip install -c constraints.txt visualtorch==1.4.1
    PYTHONPATH=example_docs old/bin/python tools/paper_figures.py visualtorch

and the same with ``visualtorch==0.2.4``, the version of the paper's year.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from architectures.paper import SimpleCNN, SimpleDense, simple_lenet
from PIL.Image import Dither, Image

if TYPE_CHECKING:
    from torch import nn

TARGET = Path(__file__).resolve().parent.parent / "example_docs" / "manual" / "paper"
EXAMPLES: tuple[tuple[str, nn.Module, tuple[int, ...], dict[str, Any]], ...] = (
    ("layered", SimpleCNN(), (1, 3, 224, 224), {"legend": True}),
    ("lenet", simple_lenet(), (1, 3, 128, 128), {}),
    ("graph", SimpleDense(), (1, 4), {}),
)


def drawn(
    package: str, style: str, model: nn.Module, input_shape: tuple[int, ...], **options: Any
) -> Image:
    """Return the picture, by the function of the paper or by what came in its place."""
    visualtorch = importlib.import_module(package)
    if hasattr(visualtorch, "render"):
        name = {"layered": "flow"}.get(style, style)
        image: Image = visualtorch.render(model, input_shape, style=name, **options)
    else:
        image = getattr(visualtorch, f"{style}_view")(model, input_shape, **options)
    return image.convert("RGB")


def main(package: str) -> None:
    """Write the three files."""
    warnings.simplefilter("ignore")
    TARGET.mkdir(exist_ok=True)
    suffix = "" if package == "sphinx_visualtorch" else f"-{version(package)}"
    for style, model, input_shape, options in EXAMPLES:
        image = drawn(package, style, model, input_shape, **options)
        # they are flat colours with soft edges, of which nobody can tell more than 64 apart
        small = image.quantize(64, dither=Dither.NONE)
        small.save(TARGET / f"{style}{suffix}.png", optimize=True)


if __name__ == "__main__":
    main(sys.argv[1])
