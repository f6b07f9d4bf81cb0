"""How the time of each stage grows from a chain of 1,000 layers to one of 10,000.

The chains are of several forms; no two neighbours are equal, so that nothing is folded away.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Tensor, nn

from sphinx_visualtorch.graph import ArchitectureGraph
from sphinx_visualtorch.layout.graph import graph as node_link
from sphinx_visualtorch.layout.layered import layered
from sphinx_visualtorch.layout.lenet import lenet
from sphinx_visualtorch.options import GraphOptions, LayeredOptions, LenetOptions, StyleOptions
from sphinx_visualtorch.paint.png import image
from sphinx_visualtorch.paint.svg import svg
from sphinx_visualtorch.scene import Scene
from sphinx_visualtorch.tracing.inputs import from_shapes
from sphinx_visualtorch.tracing.ladder import Setting, run_once
from sphinx_visualtorch.transforms.prepare import prepare

__all__ = ["FORMS", "SIZES", "encoder", "grown", "traced"]

SIZES = (1_000, 10_000)
_META = torch.device("meta")
_SCALE = 0.05  # of a PNG: ten thousand boxes are a long picture


def _width(index: int) -> int:
    return 8 + 7 * index % 13


def _linear(index: int) -> nn.Module:
    return nn.Linear(_width(index), _width(index + 1))


def flat(size: int) -> nn.Module:
    """Return one layer after the other."""
    return nn.Sequential(*(_linear(index) for index in range(size)))


def nested(size: int, first: int = 0) -> nn.Module:
    """Return ten parts of ten parts, and so on."""
    if size == 1:
        return _linear(first)
    tenth = size // 10
    return nn.Sequential(*(nested(tenth, first + tenth * part) for part in range(10)))


def encoder() -> nn.Module:
    """Return a transformer of 24 layers, which is no chain but built of torch's own layers."""
    layer = nn.TransformerEncoderLayer(256, 8, batch_first=True)
    return nn.TransformerEncoder(layer, 24)


class Residual(nn.Module):
    """Blocks of two layers with a way around them."""

    def __init__(self, size: int) -> None:
        """Build the layers."""
        super().__init__()
        wide = [8 + 4 * (index % 3) for index in range(size // 2)]
        self.ups = nn.ModuleList(nn.Linear(8, width) for width in wide)
        self.downs = nn.ModuleList(nn.Linear(width, 8) for width in wide)

    def forward(self, x: Tensor) -> Tensor:
        """Run them all."""
        for up, down in zip(self.ups, self.downs, strict=True):
            x = x + down(up(x).relu())
        return x


class Table(nn.Module):
    """Every layer's result is multiplied with one tensor that all of them share."""

    def __init__(self, size: int) -> None:
        """Build the layers."""
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(8, 8) for _ in range(size))
        self.table = nn.Parameter(torch.ones(8))

    def forward(self, x: Tensor) -> Tensor:
        """Run them all."""
        table = self.table.cos()
        for index, layer in enumerate(self.layers):
            x = layer(x) * table
            if index % 2:
                x = x.relu()
        return x


class Ladder(nn.Module):
    """A U: each layer of the second half takes what one of the first half made."""

    def __init__(self, size: int) -> None:
        """Build the layers."""
        super().__init__()
        self.downs = nn.ModuleList(nn.Linear(8, 8) for _ in range(size // 2))
        self.ups = nn.ModuleList(nn.Linear(16, 8) for _ in range(size // 2))

    def forward(self, x: Tensor) -> Tensor:
        """Go down and up again."""
        kept = []
        for layer in self.downs:
            x = layer(x)
            kept.append(x)
        for layer in self.ups:
            x = layer(torch.cat((x, kept.pop()), dim=1))
        return x


class Fan(nn.Module):
    """Parallel layers, of which each result goes into one tensor."""

    def __init__(self, size: int) -> None:
        """Build the layers."""
        super().__init__()
        self.stem = nn.Linear(8, 8)
        self.layers = nn.ModuleList(nn.Linear(8, _width(index)) for index in range(size))

    def forward(self, x: Tensor) -> Tensor:
        """Run them all."""
        x = self.stem(x)
        return torch.cat([layer(x) for layer in self.layers], dim=1)


class Heads(Fan):
    """Parallel layers, of which each result is one of the model's."""

    def forward(self, x: Tensor) -> list[Tensor]:  # type: ignore[override] # it is another model
        """Run them all."""
        x = self.stem(x)
        return [layer(x) for layer in self.layers]


class Joined(nn.Module):
    """A chain that hands on what each of its layers makes to its end."""

    def __init__(self, size: int) -> None:
        """Build the layers."""
        super().__init__()
        self.layers = nn.ModuleList(_linear(index) for index in range(size))

    def forward(self, x: Tensor) -> Tensor:
        """Run them all."""
        made = []
        for layer in self.layers:
            x = layer(x)
            made.append(x)
        return torch.cat(made, dim=1)


class Inputs(nn.Module):
    """As many inputs as there are layers in other models."""

    def __init__(self, size: int) -> None:
        """Note how many."""
        super().__init__()
        self.inputs = size
        self.head = nn.Linear(8 * size, 8)

    def forward(self, *given: Tensor) -> Tensor:
        """Join them."""
        joined: Tensor = self.head(torch.cat(given, dim=1))
        return joined


class Rows(nn.Module):
    """Writes each row of a tensor through a view of it; all views are kept."""

    def __init__(self, size: int) -> None:
        """Build the layer."""
        super().__init__()
        self.size = size
        self.layer = nn.Linear(8, 8)

    def views(self, whole: Tensor) -> list[Tensor]:
        """Return a view for each call."""
        return [*whole.view(self.size, -1)]

    def forward(self, x: Tensor) -> Tensor:
        """Write them all and read them all."""
        whole = x.new_zeros(8 * self.size)
        views = self.views(whole)
        for view in views:
            view.add_(self.layer(x).view(-1))
        return torch.stack([whole.view(self.size, -1), torch.stack(views)])


class Columns(Rows):
    """Writes each column: from the first to the last element, all views lie in one another."""

    def views(self, whole: Tensor) -> list[Tensor]:
        """Return a view for each call."""
        return [*whole.view(-1, self.size).unbind(1)]


FORMS: dict[str, Callable[[int], nn.Module]] = {
    "flat": flat,
    "nested": nested,
    "residual": Residual,
    "shared table": Table,
    "ladder": Ladder,
    "fan": Fan,
    "heads": Heads,
    "joined": Joined,
    "inputs": Inputs,
    "rows": Rows,
    "columns": Columns,
}

_STYLES: dict[str, StyleOptions] = {
    "layered": LayeredOptions(),
    "lenet": LenetOptions(),
    "graph": GraphOptions(),
}


def _laid(graph: ArchitectureGraph, style: str) -> Scene:
    """Return the scene of *graph* with all its boxes, ten thousand if so many there are."""
    match style:
        case "layered":
            return layered(graph, LayeredOptions())
        case "lenet":
            return lenet(graph, LenetOptions())
        case _:
            return node_link(graph, GraphOptions())


def traced(form: str, size: int) -> ArchitectureGraph:
    """Return the graph of a chain."""
    with _META:
        model = FORMS[form](size).eval()
    return run_once(model, from_shapes(_shapes(model), []), Setting(name="chain", device=_META))


def _shapes(model: nn.Module) -> list[tuple[int, ...]]:
    return [(1, 8)] * (model.inputs if isinstance(model, Inputs) else 1)


class _Chain:
    """One model, and what each stage needs of the one before: graph and scenes.

    The graph comes from JSON, as it does in a build.
    """

    def __init__(self, model: nn.Module) -> None:
        self.model = model
        self.graph = ArchitectureGraph.from_json(self.trace().to_json())
        # thousands of rows that are written are for the trace: nobody draws each
        self.styles = {} if isinstance(model, Rows) else _STYLES
        self.scenes = {style: _laid(self.graph, style) for style in self.styles}

    def trace(self) -> ArchitectureGraph:
        given = from_shapes(_shapes(self.model), [])
        return run_once(self.model, given, Setting(name="chain", device=_META))

    def bare(self) -> None:
        with torch.no_grad():
            self.model(*(torch.empty(shape, device=_META) for shape in _shapes(self.model)))

    def through_json(self) -> ArchitectureGraph:
        return ArchitectureGraph.from_json(self.graph.to_json())

    def stages(self) -> Iterator[tuple[str, Callable[[], object]]]:
        """Yield the name of each stage and the work of it."""
        yield "bare forward", self.bare
        yield "trace", self.trace
        yield "JSON, there and back", self.through_json
        for style, options in self.styles.items():
            yield f"transforms, {style}", partial(prepare, self.graph, style, options)
        for style in self.scenes:
            yield f"layout, {style}", partial(_laid, self.graph, style)
        for style, scene in self.scenes.items():
            yield f"paint SVG, {style}", partial(svg, scene)
        # a ladder of a thousand rungs is as many wires side by side: the area that these take is
        # quadratic, and nobody paints it
        for style, scene in self.scenes.items() if not isinstance(self.model, Ladder) else ():
            yield f"paint PNG, {style}", partial(image, scene, scale=_SCALE)


def grown(form: str, runs: int) -> Iterator[tuple[str, float, float]]:
    """Yield for each stage its seconds for the short and for the long chain of *form*.

    They are seconds of this process: what else runs on the machine takes some of the clock's.
    """
    with _META:
        chains = [_Chain(FORMS[form](size).eval()) for size in SIZES]
    gc.collect()
    gc.freeze()  # what both chains hold is not looked through again for each of them
    for (stage, short), (_, long) in zip(*(chain.stages() for chain in chains), strict=True):
        seconds: tuple[list[float], list[float]] = ([], [])
        for _ in range(runs):
            for work, found in zip((short, long), seconds, strict=True):
                start = time.process_time()
                work()
                found.append(time.process_time() - start)
        yield stage, statistics.median(seconds[0]), statistics.median(seconds[1])
    gc.unfreeze()
