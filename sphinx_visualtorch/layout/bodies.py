"""Bodies: what a tensor looks like as a volume, a plate or a bar.

A feature map (B, C, H, W) is a volume: as long as it has channels, as high and as deep as it has
rows and columns.  A sequence of vectors (B, N, D) is a plate, a vector (B, F) a bar.  Sizes go
through a scale: *soft* grows with the logarithm, so that 3 and 2,048 channels can stand side by
side; *linear* is the paper's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from sphinx_visualtorch.graph import ArchitectureGraph, Node, TensorSpec
from sphinx_visualtorch.layout.words import batch_of, sizes_of, space_text
from sphinx_visualtorch.options import VolumeOptions

__all__ = ["Body", "Scale", "body_of"]

_DEPTH_X, _DEPTH_Y = 0.20, 0.168  # the slant of the depth, as fractions of the extent
_SOFTNESS = 1.7  # the exponent that spreads the logarithms of extents
_LONG = 2.0  # the same for channels


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A body in px: *length* to the right, *height*, and the shift (*dx*, *dy*) of its back.

    *side* is the text at its edge (rows × columns), *foot* the text below it (channels).
    """

    length: float
    height: float
    dx: float
    dy: float
    side: str
    foot: str


@dataclass(frozen=True, slots=True)
class Scale:
    """How many px a size has in one figure."""

    options: VolumeOptions
    extent: int
    channels: int
    max_z: float
    lowness: float
    batch: int

    @classmethod
    def of(
        cls, graph: ArchitectureGraph, options: VolumeOptions, max_z: float, lowness: float = 1.0
    ) -> Scale:
        """Return the scale for the tensors of *graph*; *lowness* shrinks the greatest height."""
        extents, channels = [8], [512]
        batch = batch_of(graph)
        for node in graph.nodes:
            for spec in node.outputs[:1]:
                kind, sizes = _reading(spec, batch)
                if kind == "volume":
                    extents += sizes[1:]
                    channels.append(sizes[0])
                else:
                    channels.append(sizes[-1])
                    if kind == "plate":
                        extents.append(sizes[0])
        return cls(options, max(extents), max(channels), max_z, lowness, batch)

    def high(self, size: int) -> float:
        """Return the px of *size* rows or columns."""
        options = self.options
        if options.scale == "linear":
            return _clamp(size * options.scale_xy, options.min_xy, options.max_xy)
        share = math.log2(size) / math.log2(self.extent) if size > 1 else 0.0
        top = max(options.min_xy, options.max_xy * self.lowness)
        soft = options.min_xy + (top - options.min_xy) * share**_SOFTNESS
        return _clamp(soft * options.scale_xy, options.min_xy, options.max_xy)

    def long(self, size: int) -> float:
        """Return the px of *size* channels or features."""
        options = self.options
        if options.scale == "linear":
            return _clamp(size * options.scale_z, options.min_z, self.max_z)
        soft = options.min_z + (self.max_z - options.min_z) * self.share(size)
        return _clamp(soft * options.scale_z, options.min_z, self.max_z)

    def share(self, size: int) -> float:
        """Return how long *size* channels are relative to the most in the figure, 0 to 1."""
        return float((math.log2(1 + size) / math.log2(1 + self.channels)) ** _LONG)


def _clamp(value: float, low: float, high: float) -> float:
    return max(low, min(high, value))


def _reading(spec: TensorSpec, batch: int) -> tuple[str, tuple[int, ...]]:
    """Return what a tensor is (volume, plate or bar) and the sizes that say so."""
    sizes = sizes_of(spec, batch)
    if len(sizes) >= 3:
        # of a video or a scan the last two axes are what a picture shows
        return "volume", (sizes[0], sizes[-2], sizes[-1])
    if len(sizes) == 2:
        return "plate", (sizes[0], sizes[1])
    whole = not spec.dtype.startswith(("float", "bfloat", "complex"))
    size = sizes[0] if sizes else 1
    # whole numbers are indices: a sequence of them, not a vector of features
    return ("plate", (size, 1)) if whole and sizes else ("bar", (size,))


def body_of(node: Node, scale: Scale) -> Body:
    """Return the body of the first tensor that a node makes."""
    options = scale.options
    if not node.outputs:  # it raised, or made no tensor
        return replace(_bar(1, scale), foot="")
    spec = node.outputs[0]
    kind, sizes = _reading(spec, scale.batch)
    if kind == "volume":
        channels, rows, columns = sizes
        deep = scale.high(columns)
        return Body(
            length=scale.long(channels),
            height=scale.high(rows),
            dx=deep * _DEPTH_X,
            dy=deep * _DEPTH_Y,
            side=space_text(spec.shape[2:]),
            foot=str(channels),
        )
    if kind == "plate":
        rows, features = sizes
        return Body(
            length=scale.long(features),
            height=max(options.min_xy, scale.high(rows) * 0.75),
            dx=3.0,
            dy=2.5,
            side=str(rows),
            foot=str(features) if features > 1 else "",
        )
    return _bar(sizes[0], scale)


def _bar(size: int, scale: Scale) -> Body:
    options = scale.options
    thick = max(options.min_xy, 10.0) if options.scale == "linear" else max(options.min_xy, 12.0)
    long = scale.long(size)
    match options.one_dim_orientation:
        case "y":
            tall = max(thick, long * options.max_xy / max(scale.max_z, 1.0))
            tall = _clamp(tall, thick, options.max_xy)
            return Body(
                length=max(options.min_z, 8.0),
                height=tall,
                dx=6.0,
                dy=5.0,
                side="",
                foot=str(size),
            )
        case "x":
            deep = _clamp(long * 2, thick, options.max_xy)
            return Body(
                length=max(options.min_z, 8.0),
                height=thick,
                dx=deep * _DEPTH_X * 2,
                dy=deep * _DEPTH_Y * 2,
                side="",
                foot=str(size),
            )
        case _:
            return Body(
                length=max(long * 0.62, thick),
                height=thick,
                dx=thick * 0.25,
                dy=thick * 0.2,
                side="",
                foot=str(size),
            )
