"""The three functions of the VisualTorch paper, with its names, meanings and defaults.

W. F. Hendria and P. Gavrikov, "VisualTorch: Streamlining Visualization for PyTorch Neural Network
Architectures", Journal of Open Source Software 9(102), 6678, 2024.  The paper's usage examples
run unchanged after ``import sphinx_visualtorch as visualtorch``.

They are :func:`sphinx_visualtorch.draw` with other defaults: every leaf layer is a box of its own,
sizes are linear, and nothing is wrapped, folded or merged.  Functions that only reshape a tensor
are no layers, and not drawn.  All options of the style are taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sphinx_visualtorch.errors import OptionError
from sphinx_visualtorch.graph import ArchitectureGraph
from sphinx_visualtorch.options import make_options
from sphinx_visualtorch.pipeline import Figure, figure, trace
from sphinx_visualtorch.transforms.rewire import drop

if TYPE_CHECKING:
    from PIL.Image import Image
    from torch import nn

__all__ = ["PAPER_DEFAULTS", "graph_view", "layered_view", "layers_of", "lenet_view"]

_ALL: Mapping[str, Any] = {
    "depth": 1000,
    "fold": False,
    "merge": False,
    "max_width": None,
    "detail": "none",
    "arrange": "line",
    "background_fill": "white",
    "opacity": 255,
    "padding": 10,
    "legend_position": "bottom-left",
}
_VOLUMES: Mapping[str, Any] = {
    **_ALL,
    "scale": "linear",
    "min_xy": 10,
    "max_xy": 2000,
    "scale_xy": 1.0,
    "spacing": 10,
    "shade_step": 10,
    "show_input": False,
}
PAPER_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "layered": {
        **_VOLUMES,
        "min_z": 10,
        "max_z": 400,
        "scale_z": 0.1,
        "label": "none",
        "show_dimension": False,
        "overlap": True,
    },
    "lenet": {
        **_VOLUMES,
        "min_z": 1,
        "scale_z": 1.0,
        "max_channels": 100,
        "offset_z": 10,
        "show_input": True,
    },
    "graph": {
        **_ALL,
        "node_size": 50,
        "layer_spacing": 250,
        "node_spacing": 10,
        "connector_fill": "gray",
        "connector_width": 1,
        "ellipsize_after": 10,
        "show_neurons": True,
        "label": "none",
        "show_dimension": False,
        "hide": ("kernel", "heads", "contents"),
    },
}
"""What the paper's functions have as defaults where these differ from ours, by style."""


def layers_of(graph: ArchitectureGraph) -> ArchitectureGraph:
    """Return *graph* without the functions that only reshape a tensor, as ``x.view(1, -1)``."""
    gone = {node.id for node in graph.nodes if node.op == "function" and node.role == "reshape"}
    return drop(graph, gone) if len(gone) < len(graph.nodes) else graph


def _view(
    style: str, model: nn.Module, input_shape: object, to_file: str | Path | None, options: Any
) -> Image:
    dtype = options.pop("input_dtype", None)
    given = make_options(style, {**PAPER_DEFAULTS[style], **options})
    made = figure(layers_of(trace(model, input_shape, dtype)), style, given)
    image = made.image(scale=1.0)
    if to_file is not None:
        _save(made, image, Path(to_file))
    return image


def _save(made: Figure, image: Image, path: Path) -> None:
    from PIL import Image as Pillow

    suffix = path.suffix.lower()
    if suffix == ".svg":
        made.save(path)
        return
    if suffix not in Pillow.registered_extensions():
        wanted = f".svg or a suffix that Pillow writes is wanted, not {suffix!r}"
        raise OptionError("to_file", str(path), wanted)
    if suffix in (".jpg", ".jpeg", ".jpe", ".jfif"):  # JPEG has no transparency
        opaque = Pillow.new("RGB", image.size, "white")
        opaque.paste(image, mask=image)
        image = opaque
    image.save(path)


def layered_view(
    model: nn.Module,
    input_shape: object,
    to_file: str | Path | None = None,
    **options: Any,
) -> Image:
    """Return the *layered* figure of a model as a Pillow image.

    *input_shape* holds sizes with the batch; with *to_file* the image is written there as well,
    in the format of the suffix.  One image pixel is one px of the options.

    :raises UnknownOptionError: a TypeError that lists near names.
    :raises OptionError: a ValueError, if an option or the suffix cannot be what it is.
    """
    return _view("layered", model, input_shape, to_file, options)


def lenet_view(
    model: nn.Module,
    input_shape: object,
    to_file: str | Path | None = None,
    **options: Any,
) -> Image:
    """Return the *lenet* figure of a model as a Pillow image; as :func:`layered_view`."""
    return _view("lenet", model, input_shape, to_file, options)


def graph_view(
    model: nn.Module,
    input_shape: object,
    to_file: str | Path | None = None,
    **options: Any,
) -> Image:
    """Return the *graph* figure of a model as a Pillow image; as :func:`layered_view`."""
    return _view("graph", model, input_shape, to_file, options)
