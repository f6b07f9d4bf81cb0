"""The layers at which data may enter a model, and the shapes that they take.

Layers are known by what they say about themselves, as ``in_channels``, not by their class: many
libraries have layers of their own with torch's names.  This file knows no ``forward``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from torch.nn.parameter import is_lazy

from sphinx_visualtorch.tracing.functions import is_torch

if TYPE_CHECKING:
    from torch import Tensor, nn

__all__ = ["LENGTH", "Entry", "entries"]

Shape = tuple[int, ...]

LENGTH = 16
"""Steps of a sequence, words of a text, nodes of a data graph: few, and unlike other hints."""

_SIDES = (224, 32, 28, 64, 256, 128, 96, 84, 48, 16, 299, 227, 384, 512, 112, 160, 8)
_SMALL_SIDES = (28, 32, 64, 224, 256, 128, 48, 16, 512, 8)
_SIGNALS = (128, 1024, 16_000, 256, 512, 3000, 64, 16)
_VOLUMES = ((16, 112, 112), (32, 32, 32), (64, 64, 64), (8, 224, 224), (16, 224, 224))

_SIDE_NAMES = (
    "in_size",
    "img_size",
    "image_size",
    "input_size",
    "input_resolution",
    "sample_size",
    "crop_size",
)
_LENGTH_NAMES = (
    *("seq_len", "seq_length", "sequence_length", "context_length", "block_size", "max_seq_len"),
    *("input_length", "window", "num_patches", "max_len"),
)
_FRAME_NAMES = ("num_frames", "n_frames", "frames", "clip_len")
_CONFIGS = ("config", "cfg", "hparams", "args")
_MOST_MODULES = 200
_LONGEST = 4096


@dataclass(frozen=True, slots=True)
class Entry:
    """A layer that may be the first: what it takes, as *shapes*, most likely first.

    *form* is ``image``, ``signal``, ``volume``, ``tokens`` or ``features``; *branch* is the name of
    the part of the model that it stands in.
    """

    path: str
    kind: str
    form: str
    shapes: tuple[Shape, ...]

    @property
    def branch(self) -> str:
        """The top-level part of the model that it is in."""
        return self.path.partition(".")[0]

    def __str__(self) -> str:
        return f"'{self.path}' ({self.kind})" if self.path else self.kind


def entries(model: nn.Module, *, of_graph: bool = False) -> list[Entry]:
    """Return what may be the first layer of *model* or of its branches, in order of registration.

    *of_graph* says that the model is run on the nodes of a data graph, which come without a batch.
    """
    return [*_below(model, "", _Hints(model, of_graph=of_graph))]


def _below(module: nn.Module, path: str, hints: _Hints) -> Iterator[Entry]:
    found = [*_taken(module, hints)]
    if not found or _speaks_of_others(module):
        for name, child in module.named_children():
            yield from _below(child, f"{path}.{name}" if path else name, hints)
    for form, shapes in found:
        yield Entry(path, type(module).__name__, form, tuple(dict.fromkeys(shapes)))


def _speaks_of_others(module: nn.Module) -> bool:
    """Say whether *module* has layers that know better than its own words what it takes.

    A whole model, too, may note how many codes or heads there are in it.
    """
    words = ("num_embeddings", "num_heads")
    return not is_torch(type(module)) and any(_number(module, word) for word in words)


def _taken(layer: nn.Module, hints: _Hints) -> Iterator[tuple[str, list[Shape]]]:
    """Yield the form of data that *layer* takes with its shapes; nothing if it is no such layer."""
    channels, kernel = _number(layer, "in_channels"), getattr(layer, "kernel_size", None)
    name = type(layer).__name__
    norm = {"1d": 1, "2d": 2, "3d": 3}.get(name[-2:]) if "Norm" in name else None
    if channels is not None and isinstance(kernel, tuple):
        yield _spatial(channels or 3, len(kernel), layer, hints)
    elif channels is not None and hints.of_graph:
        yield "features", [(LENGTH, channels)]
    elif (features := _number(layer, "in_features")) is not None:
        yield "features", _features(features or 64, hints)
    elif _number(layer, "num_embeddings") is not None:
        yield "tokens", [(1, LENGTH), (LENGTH,), *((1, length) for length in hints.lengths)]
    elif (width := _number(layer, "input_size")) and _number(layer, "hidden_size"):
        yield "features", _steps(layer, width) if hasattr(layer, "batch_first") else [(1, width)]
    elif (width := _number(layer, "embed_dim")) and _number(layer, "num_heads"):
        yield "features", _steps(layer, width)
    elif (one := _number(layer, "in1_features")) and (other := _number(layer, "in2_features")):
        yield "features", [(1, one)]
        yield "features", [(1, other)]
    elif norm and (channels := _number(layer, "num_features")):
        form, shapes = _spatial(channels, norm, layer, hints)
        yield form, ([(1, channels), *shapes] if norm == 1 else shapes)
    elif (channels := _number(layer, "num_channels")) and _number(layer, "num_groups"):
        yield _spatial(channels, 2, layer, hints)
    elif isinstance(shape := getattr(layer, "normalized_shape", None), tuple):
        patch = _features(shape[-1], hints)[2:] if len(shape) == 1 else []
        yield "features", [(1, LENGTH, *shape), (1, *shape), *patch]


def _number(layer: nn.Module, name: str) -> int | None:
    value = getattr(layer, name, None)
    return value if type(value) is int else None


def _steps(layer: nn.Module, width: int) -> list[Shape]:
    shapes: list[Shape] = [(1, LENGTH, width), (LENGTH, 1, width)]
    return shapes if getattr(layer, "batch_first", False) else shapes[::-1]


def _spatial(
    channels: int, dimensions: int, layer: nn.Module, hints: _Hints
) -> tuple[str, list[Shape]]:
    if dimensions == 1:
        # one channel is most often a sound
        most = sorted(_SIGNALS, key=(16_000).__ne__) if channels == 1 else _SIGNALS
        signals: list[Shape] = [(1, channels, length) for length in (*hints.lengths, *most)]
        if channels == 1:  # the forward may give it its channel
            signals[1:1] = [(1, 16_000)]
        return "signal", signals
    if dimensions == 2:
        usual = _squares(_SMALL_SIDES if channels == 1 else _SIDES)
        # what was learned for each patch may be stretched: a usual size comes before its own
        planes = [*(size[-2:] for size in hints.named), usual[0], *hints.covered(layer)]
        shapes = [(1, channels, *size) for size in (*planes, *usual)]
        if _patch(channels, 3):  # more likely made of patches than a picture
            shapes[3:3] = [(1, 3, *size) for size in (*planes, *_squares(_SIDES[:4]))]
        # a video, whose images go through one by one
        shapes[4:4] = [(1, count, *shapes[0][1:]) for count in hints.frames]
        return "image", shapes
    known = [size if len(size) == dimensions else (size[-1], *size) for size in hints.named]
    volumes = [(channels, *volume) for volume in (*known, *_VOLUMES)]
    videos = [
        (count, channels, *size[-2:])
        for count in hints.frames
        for size in (*hints.named, (224, 224))
    ]
    return "volume", [(1, *volume) for volume in (*volumes, *videos)]


def _squares(sides: Iterable[int]) -> list[Shape]:
    return [(side, side) for side in sides]


def _features(width: int, hints: _Hints) -> list[Shape]:
    shapes: list[Shape] = [(1, length, width) for length in hints.learned]
    shapes += [(1, width), (1, LENGTH, width)]
    if hints.of_graph:
        return [(LENGTH, width), *shapes]
    shapes += [(1, length, width) for length in hints.lengths]
    for channels in (3, 1):  # patches of an image, or a flat one
        if side := _patch(width, channels):
            usual = _squares(side * count for count in (224 // side, 16, 8, 4, 2, 1) if count)
            known = [*(size[-2:] for size in hints.named), usual[0], *hints.patched(side)]
            shapes += [(1, channels, *size) for size in (*known, *usual)]
    return shapes


def _patch(width: int, channels: int) -> int:
    """Return the side of the square patch of *channels* that *width* features hold, or 0."""
    side = math.isqrt(width // channels)
    return side if side > 1 and side * side * channels == width else 0


class _Hints:
    """What a model says about the size of its input: in attributes, and by what it has learned."""

    def __init__(self, model: nn.Module, *, of_graph: bool) -> None:
        self.of_graph = of_graph
        self.named: list[Shape] = []  # of images and volumes
        self.frames: list[int] = []
        self.lengths: list[int] = []  # the learned ones, and others
        self.learned: list[int] = []
        for module in islice(model.modules(), _MOST_MODULES):
            self._read(module)
            for name, parameter in module.named_parameters(recurse=False):
                shape = _shape(parameter)
                if (len(shape) == 3 and shape[0] == 1) or (len(shape) == 2 and _is_places(name)):
                    self.learned.append(shape[-2])
        self.learned = [length for length in self.learned if 1 < length <= _LONGEST]
        self.lengths = [length for length in self.lengths if 1 < length <= _LONGEST]
        self.lengths = [*dict.fromkeys([*self.learned, *self.lengths])]

    def covered(self, layer: nn.Module) -> list[Shape]:
        """Return the sizes of an image that *layer* cuts into as many patches as have a place."""
        kernel = getattr(layer, "kernel_size", None)
        cuts = isinstance(kernel, tuple) and kernel == getattr(layer, "stride", None)
        return self.patched(kernel[-1]) if cuts and kernel else []

    def patched(self, side: int) -> list[Shape]:
        """Return the sizes of an image of which the model knows the places of all patches."""
        found: list[int] = []
        for length in self.learned:  # one place a patch, and perhaps tokens before them
            roots = {math.isqrt(n) for n in range(max(0, length - 2), length + 1)}
            fits = [root for root in sorted(roots) if 0 <= length - root * root <= 2]
            found += [root * side for root in fits if root]
        return _squares(found)

    def _read(self, holder: object, depth: int = 0) -> None:
        values = _values(holder)
        for name in _SIDE_NAMES if "hidden_size" not in values or depth else ():
            self.named += _named(values.get(name))
        for name in _FRAME_NAMES:
            if type(values.get(name)) is int and values[name] not in self.frames:
                self.frames.append(values[name])
        for name in _LENGTH_NAMES:
            if type(values.get(name)) is int:
                self.lengths.append(values[name])
        if depth < 2:
            for name, value in values.items():
                if name in _CONFIGS or (depth and name.endswith("config")):
                    self._read(value, depth + 1)


def _is_places(name: str) -> bool:
    # one row for each distance between two places tells nothing of how many places there are
    return "pos" in name and "rel" not in name and "bias" not in name


def _shape(tensor: Tensor) -> Sequence[int]:
    return () if is_lazy(tensor) else tensor.shape


def _values(holder: object) -> Mapping[str, Any]:
    if isinstance(holder, Mapping):
        return holder
    return getattr(holder, "__dict__", {})


def _named(value: object) -> list[Shape]:
    """Return the size that an attribute holds: of a square, or of what has two or three sides."""
    if type(value) is int:
        value = (value, value)
    if not isinstance(value, tuple | list) or len(value) not in (2, 3):
        return []
    return [tuple(value)] if all(type(side) is int and side > 1 for side in value) else []
