"""What tracing costs on this machine: time beside the bare forward, memory, and growth.

``tracing.py [speed] [memory] [growth]`` prints the parts that are named, or all of them, each
number with what is wanted of it.  Two things that are compared run by turns in one process.
"""

from __future__ import annotations

import argparse
import gc
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "example_docs"))

WANTED_RATIO = 1.5
WANTED_MEMORY = 1.0  # GB
WANTED_GROWTH = 12.0
STYLES = ("layered", "lenet", "graph")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A model: what builds it, and the shape and element type of its input."""

    name: str
    target: str
    shape: tuple[int, ...] = (1, 3, 224, 224)
    dtype: str = "float32"


SPEED = (
    Subject(name="ResNet-50", target="architectures.resnet:resnet50"),
    Subject(name="ViT-B/16", target="architectures.vit:vit_b_16"),
    Subject(name="GPT-2 small", target="architectures.gpt2:GPT2", shape=(1, 128), dtype="int64"),
    Subject(name="DenseNet-121", target="architectures.densenet:densenet121"),
    Subject(name="Swin-T", target="swin:swin_tiny"),
    Subject(name="24-layer encoder", target="growth:encoder", shape=(1, 64, 256)),
)
MEMORY = (
    Subject(name="7B decoder", target="decoders:llama_2_7b", shape=(1, 512), dtype="int64"),
    Subject(name="70B decoder", target="decoders:llama_2_70b", shape=(1, 512), dtype="int64"),
)


def verdict(value: float, limit: float) -> str:
    """Say whether what was wanted was reached."""
    return "reached" if value <= limit else "MISSED"


# --- speed ----------------------------------------------------------------------------------------


def by_turns(runs: int, *works: Callable[[], object]) -> list[float]:
    """Return the median seconds of this process for each of *works*, which run by turns."""
    seconds: list[list[float]] = [[] for _ in works]
    for turn in range(runs + 1):
        for work, found in zip(works, seconds, strict=True):
            start = time.process_time()
            work()
            if turn:  # the first one still fills caches
                found.append(time.process_time() - start)
    return [statistics.median(found) for found in seconds]


def speed(runs: int) -> None:
    """Print the time of a trace, its graph included, over that of the bare forward."""
    import torch

    from sphinx_visualtorch.tracing.inputs import from_shapes
    from sphinx_visualtorch.tracing.ladder import Setting, run_once
    from sphinx_visualtorch.tracing.resolve import find

    meta = torch.device("meta")
    gc.collect()
    gc.freeze()  # as the worker does
    print(f"| on the meta device | bare forward | trace | ratio | wanted ≤ {WANTED_RATIO:g} |")
    print("|---|---:|---:|---:|---|")
    for subject in SPEED:
        with meta:
            model = find(subject.target)().eval()
        inputs = from_shapes([subject.shape], [subject.dtype])
        given = inputs.on(meta).args

        def bare() -> None:
            with torch.no_grad():
                model(*given)  # noqa: B023 - called within this turn of the loop

        def trace() -> None:
            run_once(model, inputs, Setting(name=subject.name, device=meta))  # noqa: B023

        one, two = by_turns(runs, bare, trace)
        times = f"{one * 1e3:.0f} ms | {two * 1e3:.0f} ms | {two / one:.2f}"
        print(f"| {subject.name} | {times} | {verdict(two / one, WANTED_RATIO)} |")


# --- memory ---------------------------------------------------------------------------------------


def memory() -> None:
    """Print how much memory the worker and the process that draws take at most, in GB."""
    print(f"| in the worker | traced | drawn | worker | drawing | wanted < {WANTED_MEMORY:g} GB |")
    print("|---|---:|---:|---:|---:|---|")
    for subject in MEMORY:
        # a process for each: the peak of a process only grows
        command = [sys.executable, __file__, "--draw", subject.name]
        subprocess.run(command, check=True)


def draw(subject: Subject) -> None:
    """Trace *subject* in a worker, draw it here in all styles, print a row of the table."""
    from sphinx_visualtorch import draw as drawn
    from sphinx_visualtorch.reference import Reference
    from sphinx_visualtorch.tracing.client import Crew, Failed, trace_all

    reference = Reference(
        target=subject.target, input_shape=(subject.shape,), input_dtype=(subject.dtype,)
    )
    start = time.perf_counter()
    (answer,) = trace_all([reference], timeout=600, crew=Crew(HERE))
    if isinstance(answer, Failed):
        raise SystemExit(f"{subject.name}: {answer.error}")
    between = time.perf_counter()
    for style in STYLES:
        figure = drawn(answer.graph, style)
        figure.svg()
        figure.png()
    end = time.perf_counter()
    unit = (1 if sys.platform == "darwin" else 1024) / 1e9
    worker = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit
    here = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    print(
        f"| {subject.name} | {between - start:.1f} s | {end - between:.1f} s "
        f"| {worker:.2f} GB | {here:.2f} GB | {verdict(worker + here, WANTED_MEMORY)} |"
    )


# --- growth ---------------------------------------------------------------------------------------


def growth(runs: int) -> None:
    """Print how much longer each stage takes for ten times as many layers."""
    from growth import FORMS, SIZES, grown

    short, long = (f"{size:,} layers" for size in SIZES)
    print(f"| chain | stage | {short} | {long} | ratio | wanted ≤ {WANTED_GROWTH:g} |")
    print("|---|---|---:|---:|---:|---|")
    for form in FORMS:
        for stage, one, two in grown(form, runs):
            word = verdict(two / one, WANTED_GROWTH)
            print(f"| {form} | {stage} | {one:.3f} s | {two:.3f} s | {two / one:.1f} | {word} |")


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", help="speed, memory, growth; all without one")
    parser.add_argument("--runs", type=int, default=9, help="how often each speed is measured")
    parser.add_argument("--draw", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.draw:
        draw(next(subject for subject in MEMORY if subject.name == options.draw))
        return
    parts = options.parts or ["speed", "memory", "growth"]
    if "speed" in parts:
        speed(options.runs)
    if "memory" in parts:
        memory()
    if "growth" in parts:
        growth(max(1, options.runs // 3))


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
