"""Random architecture graphs, the same for the same seed."""

from __future__ import annotations

import random

from sketch import Sketch

from sphinx_visualtorch.graph import ArchitectureGraph

__all__ = ["random_graph"]

_LAYERS = [
    ("Conv2d", "convolution"),
    ("Linear", "linear"),
    ("ReLU", "activation"),
    ("BatchNorm2d", "normalisation"),
    ("MaxPool2d", "pooling"),
    ("ThisIsAVeryLongClassNameOfALayer", "attention"),
]


def _shape(draw: random.Random) -> tuple[int, ...]:
    match draw.randrange(4):
        case 0:
            return (1, draw.choice((3, 64, 2048)), *(draw.choice((1, 7, 56, 224)),) * 2)
        case 1:
            return (1, draw.choice((8, 197, 1024)), draw.choice((64, 768)))
        case 2:
            return (1, draw.choice((2, 1000, 50257)))
        case _:
            return (1, 16, draw.choice((4, 128)), draw.choice((4, 512)))


def random_graph(seed: int, size: int = 30) -> ArchitectureGraph:
    """Return a graph of about *size* nodes with branches, skips, scopes and parameters."""
    draw = random.Random(seed)
    sketch = Sketch(name="Random")
    made = [sketch.input(*_shape(draw), name=f"in{n}") for n in range(draw.randint(1, 3))]
    path = ""
    while len(sketch.nodes) < size:
        step = draw.random()
        if step < 0.12 and path.count(".") < 3:
            path = sketch.scope(
                f"{path}.s{len(sketch.nodes)}".lstrip("."),
                draw.choice(("Block", "Sequential", "Encoder")),
            )
            if path not in {node.scope for node in sketch.nodes}:
                step = 0.5  # a scope holds a node
        elif step < 0.22 and path:
            path = path.rpartition(".")[0]
        where = f"{path}.n{len(sketch.nodes)}".lstrip(".")
        recent = made[-4:] if draw.random() < 0.8 else made
        if step > 0.92:
            name = draw.choice(("parameter", "constant"))
            made.append(sketch.add(where, name, "parameter", (1, 4), [], op=name, parameters=4))
        elif step > 0.72:
            sources = sorted(set(draw.choices(recent, k=draw.randint(2, 4))), key=made.index)
            kind = draw.choice(("add", "cat", "mul", "stack", "einsum"))
            role = "function" if kind == "einsum" else "merge"
            made.append(sketch.add(where, kind, role, _shape(draw), sources, op="function"))
        else:
            kind, role = draw.choice(_LAYERS)
            made.append(
                sketch.add(where, kind, role, _shape(draw), [draw.choice(recent)], parameters=7)
            )
    return sketch.graph()
