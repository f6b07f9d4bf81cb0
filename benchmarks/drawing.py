"""What drawing costs on this machine: beside visualtorch 1.4.1, ten thousand boxes, and growth.

``drawing.py [speed] [large]`` prints the parts that are named, or all of them, each number with
what is wanted of it.  Ours is from a traced graph to SVG; theirs from a traced model to PNG, the
only kind of picture that visualtorch makes, once, in a process of its own with a time limit.  All
of it is time of the processor, so that other work on the machine counts less.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import io
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx_visualtorch.graph import ArchitectureGraph

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "example_docs"))

WANTED = 0.025  # seconds
WANTED_RATIO = 0.3
WANTED_LARGE = 3.0  # seconds
WANTED_GROWTH = 12.0
THEIR_STYLES = {"layered": "flow", "lenet": "lenet", "graph": "graph"}
"""Our styles, and how visualtorch calls them."""
BOXES = {"flat": 1.0, "nested": 1.0, "residual": 2.5}
"""Forms of chains, and how many boxes they have for each layer: activations and sums, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A model of the show-case: what builds it."""

    name: str
    target: str
    shape: tuple[int, ...] = (1, 3, 224, 224)

    def build(self) -> Any:
        """Return the model, on the CPU."""
        module, _, name = self.target.partition(":")
        return getattr(importlib.import_module(module), name)().eval()


SUBJECTS = (
    Subject(name="ResNet-50", target="architectures.resnet:resnet50"),
    Subject(name="ViT-B/16", target="architectures.vit:vit_b_16"),
    Subject(name="DenseNet-121", target="architectures.densenet:densenet121"),
)


def verdict(value: float, limit: float) -> str:
    """Say whether what was wanted was reached."""
    return "reached" if value <= limit else "MISSED"


def seconds(work: Callable[[], object], runs: int) -> float:
    """Return the median time of *work*, whose first run still fills caches."""
    work()
    found = []
    for _ in range(runs):
        start = time.process_time()
        work()
        found.append(time.process_time() - start)
    return statistics.median(found)


# --- beside visualtorch ---------------------------------------------------------------------------


def speed(runs: int, limit: float, *, alone: bool) -> None:
    """Print for each model and style what our drawing and what visualtorch's needs."""
    from sphinx_visualtorch import trace

    wanted = f"wanted ≤ {WANTED * 1e3:.0f} ms, ≤ {WANTED_RATIO:g}"
    theirs = "visualtorch 1.4.1, → PNG"
    print(f"| graph → SVG | style | ours | KB | {theirs} | ratio | {wanted} |")
    print("|---|---|---:|---:|---:|---:|---|")
    for subject in SUBJECTS:
        graph = trace(subject.build(), subject.shape)
        gc.collect()
        gc.freeze()  # the model and torch are not looked through during our drawing
        for style in THEIR_STYLES:
            _row(subject, graph, style, (runs, 0 if alone else limit))


def _row(subject: Subject, graph: ArchitectureGraph, style: str, way: tuple[int, float]) -> None:
    from sphinx_visualtorch import draw

    runs, limit = way
    ours = seconds(lambda: draw(graph, style).svg(), runs)
    size = len(draw(graph, style).svg().encode()) / 1000
    words = verdict(ours, WANTED)
    cells = "– | –"
    if limit:
        theirs, problem = _peer(subject, style, limit)
        ratio = ours / theirs
        words += f", {verdict(ratio, WANTED_RATIO)}"
        cells = f"{problem or f'{theirs:.2f} s'} | {'<' if problem else ''}{ratio:.4f}"
    print(f"| {subject.name} | {style} | {ours * 1e3:.1f} ms | {size:.1f} | {cells} | {words} |")


def _peer(subject: Subject, style: str, limit: float) -> tuple[float, str]:
    """Return how many seconds visualtorch drew, or at least drew, and what went wrong."""
    command = [sys.executable, __file__, "--peer", subject.name, style]
    start = time.perf_counter()
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        return limit, f"> {limit:.0f} s"
    spent = time.perf_counter() - start
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        return spent, f"{lines[-1].strip()[:60]} after {spent:.0f} s"
    return float(json.loads(done.stdout.splitlines()[-1])), ""


def peer(name: str, style: str) -> None:
    """Draw one model with visualtorch, and print the seconds without its tracing."""
    subject = next(subject for subject in SUBJECTS if subject.name == name)
    visualtorch = importlib.import_module("visualtorch")
    room = importlib.import_module(
        {"lenet": "visualtorch.lenet_style"}.get(style, f"visualtorch.{THEIR_STYLES[style]}")
    )
    extract = room.extract_architecture
    tracing = 0.0

    def timed(*args: Any, **kwargs: Any) -> Any:
        nonlocal tracing
        start = time.process_time()
        try:
            return extract(*args, **kwargs)
        finally:
            tracing += time.process_time() - start

    vars(room)["extract_architecture"] = timed
    model = subject.build()
    start = time.process_time()
    picture = visualtorch.render(model, input_shape=subject.shape, style=THEIR_STYLES[style])
    picture.save(io.BytesIO(), "PNG")
    spent = time.process_time() - start - tracing
    print(f"{name} {style} {picture.size}", file=sys.stderr)
    print(json.dumps(spent))


# --- ten thousand boxes ---------------------------------------------------------------------------


def large(runs: int) -> None:
    """Print how long a thousand and ten thousand boxes take, laid out and painted."""
    from growth import SIZES, traced

    short, long = (f"{size:,} boxes" for size in SIZES)
    wanted = f"wanted ≤ {WANTED_LARGE:g} s, ≤ {WANTED_GROWTH:g}"
    print(f"| graph → SVG, nothing folded | style | {short} | {long} | ratio | {wanted} |")
    print("|---|---|---:|---:|---:|---|")
    for form, boxes in BOXES.items():
        graphs = [traced(form, round(size / boxes)) for size in SIZES]
        gc.collect()
        gc.freeze()
        for style in THEIR_STYLES:
            one, two = (seconds(_whole(graph, style), runs) for graph in graphs)
            words = f"{verdict(two, WANTED_LARGE)}, {verdict(two / one, WANTED_GROWTH)}"
            print(f"| {form} | {style} | {one:.3f} s | {two:.3f} s | {two / one:.1f} | {words} |")
        gc.unfreeze()


def _whole(graph: ArchitectureGraph, style: str) -> Callable[[], object]:
    from sphinx_visualtorch import draw

    return lambda: draw(graph, style, depth=1000, fold=False, merge=False).svg()


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", help="speed, large; all without one")
    parser.add_argument("--runs", type=int, default=9, help="how often each speed is measured")
    parser.add_argument(
        "--limit", type=float, default=120, help="seconds for each of their figures"
    )
    parser.add_argument("--alone", action="store_true", help="leave visualtorch out")
    parser.add_argument("--peer", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peer:
        peer(*options.peer)
        return
    parts = options.parts or ["speed", "large"]
    if "speed" in parts:
        speed(options.runs, options.limit, alone=options.alone)
    if "large" in parts:
        large(max(1, options.runs // 4))


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
