"""The styles, and the options that only some of them have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sphinx_visualtorch.options import checks
from sphinx_visualtorch.options.checks import option
from sphinx_visualtorch.options.figure import SIZE, FigureOptions
from sphinx_visualtorch.styles import STYLE_NAMES


# only styles have values: what a dataclass needs for those takes its milliseconds to import
@dataclass(frozen=True, slots=True, kw_only=True, init=False, repr=False, eq=False)
class VolumeOptions(FigureOptions):
    """What the styles share that draw tensors as bodies."""

    scale: str = option(
        "soft",
        checks.Choice("soft", "linear"),
        "How sizes become px: ``soft`` keeps 3 and 2,048 channels both readable, ``linear`` "
        "multiplies by ``scale_z`` and ``scale_xy``.",
    )
    min_z: float = option(6.0, SIZE, "The least extent along the channels in px.")
    min_xy: float = option(10.0, SIZE, "The least height of a body in px.")
    max_xy: float = option(140.0, SIZE, "The greatest height of a body in px.")
    scale_z: float = option(
        1.0, checks.number(0, 1000), "A factor on the extent along the channels."
    )
    scale_xy: float = option(1.0, checks.number(0, 1000), "A factor on the height.")
    one_dim_orientation: str = option(
        "z",
        checks.Choice("x", "y", "z"),
        "The axis along which a layer with one dimension is drawn. The paper's successor calls "
        "it ``low_dim_orientation``.",
    )
    spacing: float = option(22.0, SIZE, "The least space between two bodies in px.")
    draw_funnel: bool = option(
        True, checks.flag, "Draw lines from body to body that show the change of size."
    )
    shade_step: int = option(
        10, checks.number(0, 255, whole=True), "How much the faces of a body differ in lightness."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LayeredOptions(VolumeOptions):
    """Volumes or flat boxes sized by their tensors (also called ``flow``)."""

    # a little translucent, so that edges behind can be seen
    opacity: int = checks.redeclared(VolumeOptions, "opacity", 230)
    max_z: float = option(70.0, SIZE, "The greatest extent along the channels in px.")
    draw_volume: bool = option(True, checks.flag, "Draw volumes; flat boxes otherwise.")
    overlap: bool = option(
        False,
        checks.flag,
        "Draw volumes steeper and one before the depth of the other, with ``spacing`` from front "
        "to front, as the paper does. In models with branches, in rows of limited width and with "
        "sizes at their edges they stay clear of each other.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LenetOptions(VolumeOptions):
    """Stacks of feature maps with ``C@H×W`` above, as LeCun et al. drew LeNet-5 in 1998."""

    max_channels: int = option(
        8, checks.number(1, 10_000, whole=True), "How many maps of a stack are drawn."
    )
    offset_z: float = option(5.0, SIZE, "The shift from map to map in px.")


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphOptions(FigureOptions):
    """Nodes and links, with neurons as circles for small dense models."""

    direction: str = option(
        "auto",
        checks.Choice("right", "down", "auto"),
        "Which way data flows: to the ``right`` in rows, or ``down``. ``auto`` runs down where "
        "rows would be tied by many lines and one column fits.",
    )
    node_size: float = option(
        34.0, checks.number(4, 1000), "The height of boxes, the size of neurons."
    )
    layer_spacing: float = option(22.0, SIZE, "The space between two ranks in px.")
    node_spacing: float = option(14.0, SIZE, "The space between boxes of a rank in px.")
    ellipsize_after: int = option(
        10,
        checks.number(1, 10_000, whole=True),
        "The neurons of a layer beyond which an ellipsis stands for the rest.",
    )
    show_neurons: bool | None = option(
        None,
        checks.auto(checks.flag),
        "Draw neurons as circles; ``auto`` does so for chains of dense layers with at most "
        "64 neurons each.",
    )


StyleOptions = LayeredOptions | LenetOptions | GraphOptions

STYLES: Mapping[str, type[StyleOptions]] = dict(
    zip(STYLE_NAMES, (LayeredOptions, LenetOptions, GraphOptions), strict=True)
)
"""The styles with their options."""
