"""Encoder-decoders of many kinds as small graphs, for tests that need no torch."""

from __future__ import annotations

import random
from dataclasses import dataclass

from sketch import Sketch

from sphinx_visualtorch.graph import ArchitectureGraph

__all__ = ["Plan", "random_plan", "unet"]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a U is made of.

    *block* is ``conv``, ``residual`` or ``closed``; *down* ``pool`` or ``stride``; *up* ``up``,
    ``upconv`` (two layers) or ``closed`` (one box with the merge in it); *skip* ``plain``,
    ``conv`` or ``gate``; *copies* is how many tensors of each level are copied; *told* is how many
    vectors all blocks are told; *past* copies the way down to what is copied at the level below.
    """

    levels: int = 3
    size: int = 64
    axes: int = 2
    block: str = "conv"
    down: str = "pool"
    up: str = "up"
    merge: str = "cat"
    skip: str = "plain"
    copies: int = 1
    heads: bool = False
    stem: bool = False
    tail: bool = False
    told: int = 0
    past: bool = False


def random_plan(seed: int) -> Plan:
    """Return a plan, the same for the same seed."""
    draw = random.Random(seed)
    return Plan(
        levels=draw.randint(2, 4),
        size=draw.choice((32, 128, 512)),
        axes=draw.choice((1, 2, 2, 3)),
        block=draw.choice(("conv", "residual", "closed")),
        down=draw.choice(("pool", "stride")),
        up=draw.choice(("up", "upconv", "closed")),
        merge=draw.choice(("cat", "add")),
        skip=draw.choice(("plain", "plain", "conv", "gate")),
        copies=draw.choice((1, 1, 2, 3)),
        heads=draw.random() < 0.3,
        stem=draw.random() < 0.3,
        tail=draw.random() < 0.3,
        told=draw.choice((0, 0, 0, 1, 2)),
        past=draw.random() < 0.2,
    )


class _Builder:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.sketch = Sketch(name="UNet")
        self.told: list[str] = []

    def shape(self, level: int, channels: int = 0) -> tuple[int, ...]:
        size = (self.plan.size >> level,) * self.plan.axes
        return (1, channels or 8 << level, *size)

    def add(self, path: str, role: str, level: int, sources: list[str], **more: object) -> str:
        kinds = {"convolution": "Conv2d", "pooling": "MaxPool2d", "upsampling": "ConvTranspose2d"}
        op = "function" if role == "merge" else more.pop("op", "module")
        kind = str(more.pop("kind", kinds.get(role, path.rpartition(".")[2].rstrip("0123456789"))))
        if role in ("pooling", "upsampling"):
            more["attributes"] = (("kernel_size", "2"), ("stride", "2"))
        shape = more.pop("shape", None) or self.shape(level)
        return self.sketch.add(path, kind, role, shape, sources, op=op, **more)

    def block(self, name: str, level: int, last: str) -> str:
        if self.plan.block == "closed":
            more = {"op": "scope", "kind": "DoubleConv", "calls": 4, "parameters": 9}
            return self.add(name, "convolution", level, [last, *self.told], **more)
        conv = self.add(f"{name}a", "convolution", level, [last, *self.told])
        if self.plan.block == "conv":
            return conv
        side = self.add(f"{name}b", "convolution", level, [last])
        return self.add(f"add{name}", "merge", level, [conv, side], kind="add")

    def skip(self, level: int, source: str, below: str) -> str:
        if self.plan.skip == "conv":
            return self.add(f"lateral{level}", "convolution", level, [source])
        if self.plan.skip == "gate":
            more = {"op": "scope", "kind": "Gate", "calls": 3}
            return self.add(f"gate{level}", "convolution", level, [below, source], **more)
        return source

    def encoder(self) -> tuple[list[list[str]], str]:
        plan = self.plan
        last = self.sketch.input(*self.shape(0, 3))
        for number in range(plan.told):
            given = self.sketch.input(1, 16, name=f"given{number}")
            more = {"sources": [given], "shape": (1, 32)}
            self.told.append(self.sketch.add(f"embed{number}", "Linear", "linear", **more))
        if plan.stem:
            last = self.add("stem", "convolution", 0, [last])
        copies: list[list[str]] = []
        for level in range(plan.levels):
            held = []
            for number in range(plan.copies):
                last = self.block(f"enc{level}{'xyz'[number]}", level, last)
                held.append(last)
            copies.append(held)
            role = "pooling" if plan.down == "pool" else "convolution"
            shape = self.shape(level + 1, 8 << level)
            last = self.add(f"down{level}", role, level + 1, [last], shape=shape)
        return copies, self.block("bottom", plan.levels, last)

    def decoder(self, copies: list[list[str]], last: str) -> str:
        plan = self.plan
        for level in range(plan.levels - 1, -1, -1):
            for number in range(plan.copies - 1, -1, -1):
                name = f"{level}{'xyz'[number]}"
                source = copies[level][number]
                first = number == plan.copies - 1
                if first and plan.up == "closed":
                    more = {"op": "scope", "kind": "Up", "calls": 5}
                    both = [last, source, *self.told]
                    if plan.past and level:
                        both.append(copies[level - 1][-1])
                    last = self.add(f"dec{name}", "convolution", level, both, **more)
                    continue
                if first:
                    last = self.add(f"up{level}", "upsampling", level, [last])
                    if plan.up == "upconv":
                        last = self.add(f"proj{level}", "convolution", level, [last])
                    source = self.skip(level, source, last)
                last = self.add(f"merge{name}", "merge", level, [source, last], kind=plan.merge)
                last = self.block(f"dec{name}", level, last)
            if plan.heads:
                self.add(f"head{level}", "convolution", level, [last], shape=self.shape(level, 2))
        return last


def unet(plan: Plan | None = None, **changes: object) -> ArchitectureGraph:
    """Return the graph of a plan."""
    builder = _Builder(plan or Plan(**changes))
    copies, last = builder.encoder()
    last = builder.decoder(copies, last)
    if builder.plan.tail:
        last = builder.add("pool", "pooling", 0, [last], shape=(1, 8))
        last = builder.sketch.add("fc", "Linear", "linear", (1, 10), [last])
    return builder.sketch.graph()
