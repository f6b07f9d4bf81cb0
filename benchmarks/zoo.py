"""Traces and draws public models by others, and says of each miss why.

For each model: is it traced and drawn in all styles; does its graph hang together; are its leaf
calls and their shapes those that plain forward hooks see; has it all the flow between them that
torch's dispatcher sees; how long does tracing take, building the graph included, as a ratio to the
bare forward on the meta device.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import signal
import statistics
import sys
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

try:
    import resource
except ImportError:  # not on Windows
    resource = None  # type: ignore[assignment]

import torch
from torch import nn
from zoo_flow import lost
from zoo_models import INPUTS, LIBRARIES, Build, with_torchvision

from sphinx_visualtorch.errors import BuildError, VisualTorchError
from sphinx_visualtorch.graph import ArchitectureGraph, Node
from sphinx_visualtorch.options import STYLES
from sphinx_visualtorch.pipeline import draw
from sphinx_visualtorch.tracing.compiled import as_written
from sphinx_visualtorch.tracing.functions import is_torch
from sphinx_visualtorch.tracing.gather import consumed, named_tensors
from sphinx_visualtorch.tracing.guesses import guesses
from sphinx_visualtorch.tracing.inputs import Inputs, called, from_function
from sphinx_visualtorch.tracing.ladder import RUNGS, Rung, Setting, Subject, climb, run_once
from sphinx_visualtorch.tracing.offers import offered
from sphinx_visualtorch.tracing.seam import author_code
from sphinx_visualtorch.tracing.state import preserved

WANTED = 0.995
MEMORY = 4e9
SECONDS = 180
META, FAKE, _REAL = RUNGS

Leaves = list[tuple[str, list[tuple[int, ...]]]]


@dataclass(slots=True)
class Row:
    """What came of one model: *ratio*, *alike* and *lost* are None where they cannot be measured.

    *lost* is what flows from layer to layer and is not in the graph.
    """

    library: str
    name: str
    traced: bool = False
    drawn: bool = False
    reason: str = ""
    inputs: str = ""
    nodes: int = 0
    pieces: int = 0
    constants: int = 0
    ratio: float | None = None
    alike: bool | None = None
    lost: list[str] | None = None
    seconds: float = 0.0

    @property
    def is_true(self) -> bool:
        """Whether nothing is known that speaks against the graph."""
        return self.pieces <= 1 and self.alike is not False and not self.lost


def main() -> int:
    """Run the zoo and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--library", action="append", choices=[*LIBRARIES], help="only this one")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="only these models")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--list", action="store_true", help="print the names and stop")
    parser.add_argument("--verbose", action="store_true", help="a line for each model")
    options = parser.parse_args()
    with_torchvision()
    names = [*_names(options.library or [*LIBRARIES], options.only)]
    if options.list:
        print("\n".join(" ".join(pair) for pair in names))
        return 0
    rows = []
    for row in _rows(names, options.jobs):
        rows.append(row)
        if options.verbose or row.constants or not row.drawn or not row.is_true:
            print(_line(row), flush=True)
    _summary(rows)
    true = all(row.is_true for row in rows)
    return 0 if true and sum(row.drawn for row in rows) >= WANTED * len(rows) else 1


def _names(libraries: Sequence[str], only: Sequence[str] | None) -> Iterator[tuple[str, str]]:
    for library in libraries:
        for name, _build in LIBRARIES[library]():
            if not only or name in only:
                yield library, name


# --- one process a few models ---------------------------------------------------------------------


def _rows(names: Sequence[tuple[str, str]], jobs: int) -> Iterator[Row]:
    """Yield a row for each model; one that ends its process costs no other."""
    left = [*names]
    while left:
        # from Python 3.11 on, which the pinned torch needs anyway
        more: dict[str, Any] = {"max_tasks_per_child": 40}
        spawn = get_context("spawn")
        with ProcessPoolExecutor(jobs, spawn, initializer=_start, **more) as pool:
            running: dict[Future[Row], tuple[str, str]] = {}
            broken: list[tuple[str, str]] = []
            while (left or running) and not broken:
                while left and len(running) < jobs:
                    pair = left.pop(0)
                    running[pool.submit(examine, *pair)] = pair
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    pair = running.pop(future)
                    try:
                        yield future.result()
                    except BrokenProcessPool:
                        broken.append(pair)
        suspects = [*broken, *running.values()]
        if len(suspects) == 1:
            yield Row(*suspects[0], reason="it ended its process")
        else:  # one of them did it: each is tried alone
            for pair in suspects:
                yield from _rows([pair], 1)


def _start() -> None:
    torch.set_num_threads(1)
    if resource is not None:
        _, most = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (int(2 * MEMORY), most))
    with_torchvision()
    warnings.simplefilter("ignore")


def examine(library: str, name: str) -> Row:
    """Try one model."""
    row = Row(library, name)
    build = dict(LIBRARIES[library]())[name]
    start = time.perf_counter()
    signal.signal(signal.SIGALRM, _too_long)
    signal.alarm(SECONDS)
    noise = io.StringIO()
    try:
        with contextlib.redirect_stdout(noise), contextlib.redirect_stderr(noise):
            _examine(row, build)
    except VisualTorchError as error:
        row.reason = str(error)
    except Exception as error:  # noqa: BLE001 - a mistake of ours is a miss, too
        row.reason = f"OURS: {type(error).__name__}: {error}"
    finally:
        signal.alarm(0)
    row.seconds = time.perf_counter() - start
    return row


def _too_long(_number: int, _frame: object) -> None:
    message = f"more than {SECONDS} s"
    raise TimeoutError(message)


def _examine(row: Row, build: Build) -> None:
    def make(_device: torch.device | None) -> nn.Module:
        with author_code(lambda problem: BuildError(row.name, problem)):
            return build()

    given = from_function(INPUTS[row.name], row.name) if row.name in INPUTS else None
    tracing = climb(Subject(name=row.name, make=make, inputs=given), MEMORY, lambda _text: None)
    row.traced, row.inputs = True, tracing.inputs
    row.nodes, row.pieces = len(tracing.graph.nodes), _pieces(tracing.graph)
    row.constants = sum(node.op == "constant" for node in tracing.graph.nodes)
    for style in STYLES:
        draw(tracing.graph, style).svg()  # drawn when it is asked for
    row.drawn = True
    with contextlib.suppress(Exception):
        _measure(row, _built(make, META), tracing.graph)
    if row.lost is None:
        with contextlib.suppress(Exception), FAKE.entered():
            _compare(row, _built(make, FAKE), tracing.graph)


def _built(make: Callable[[torch.device | None], nn.Module], rung: Rung) -> nn.Module:
    return rung.build(Subject(name="", make=make, inputs=None)).eval()


def _pieces(graph: ArchitectureGraph) -> int:
    """Return into how many pieces a graph falls that nothing connects.

    A counter that a cache returns, as ``torch.tensor(0)``, is no piece: it is made from nothing.
    Nor is a layer that is called with None and returns it.
    """
    near = defaultdict(set)
    for edge in graph.edges:
        near[edge.source].add(edge.target)
        near[edge.target].add(edge.source)
    alone = {node.id for node in graph.nodes if node.id not in near and _is_nothing(node)}
    left, pieces = {node.id for node in graph.nodes} - alone, 0
    while left:
        pieces += 1
        waiting = [left.pop()]
        while waiting:
            found = near[waiting.pop()] & left
            left -= found
            waiting += found
    return pieces


def _is_nothing(node: Node) -> bool:
    made = node.op == "function" and node.source
    return made or (node.op == "module" and not node.inputs and not node.outputs)


# --- beside a bare run ----------------------------------------------------------------------------


def _measure(row: Row, model: nn.Module, graph: ArchitectureGraph) -> None:
    """Compare with the bare forward on the meta device, for a model that can go there."""
    inputs = _found(model, row).on(torch.device("meta"))
    with preserved(), torch.no_grad():
        leaves = _leaves(model, inputs)
    known = {name for name, _module in model.named_modules()} - {""}
    # a module that the forward makes has no path: plain hooks know its class only
    shown = [
        (n.path if n.path in known else n.kind, [spec.shape for spec in n.outputs])
        for n in graph.nodes
        if n.calls
    ]
    row.alike = shown == leaves
    bare, ours = [], []
    _compare(row, model, graph)
    setting = Setting(name=row.name, device=torch.device("meta"))
    for _ in range(4):
        with preserved(), torch.no_grad():
            start = time.process_time()
            model(*inputs.args, **inputs.kwargs)
            bare.append(time.process_time() - start)
        with preserved():
            start = time.process_time()
            run_once(model, inputs, setting)
            ours.append(time.process_time() - start)
    row.ratio = statistics.median(ours[1:]) / statistics.median(bare[1:])


def _compare(row: Row, model: nn.Module, graph: ArchitectureGraph) -> None:
    model = as_written(model)
    inputs = _found(model, row).on(next(iter([*model.parameters(), *model.buffers()])).device)
    with preserved():
        row.lost = lost(graph, model, inputs, called(model, inputs))


def _found(model: nn.Module, row: Row) -> Inputs:
    """Return the inputs that were taken."""
    if row.name in INPUTS:
        return from_function(INPUTS[row.name], row.name)
    if not row.inputs:
        return Inputs()
    candidates = [*offered(model, reference=row.name), *guesses(model)]
    return next(found.inputs for found in candidates if found.words == row.inputs).apart()


def _leaves(model: nn.Module, inputs: Inputs) -> Leaves:
    """Return the calls during which no other module is called, with the shapes of what they made.

    With a hook of its own torch's encoder layer takes no fast path, which hides calls.  What
    computes a weight is part of the layer that has it.
    """
    names = {id(module): name for name, module in model.named_modules()}
    weights = {key for key, name in names.items() if ".parametrizations." in name}
    calls: list[bool] = []
    found: Leaves = []

    def before(module: nn.Module, _args: object) -> None:
        if id(module) not in weights:
            calls[:] = [True] * len(calls)
            calls.append(False)

    def after(module: nn.Module, _args: object, output: object) -> None:
        if id(module) in weights:
            return
        if not calls.pop() and module is not model:
            shapes = [tuple(tensor.shape) for _, tensor in named_tensors("", output)]
            found.append((names.get(id(module), type(module).__name__), shapes))

    hooks = nn.modules.module
    handles = [
        hooks.register_module_forward_pre_hook(before),
        hooks.register_module_forward_hook(after),
        *(module.register_forward_pre_hook(lambda *_: None) for module in model.modules()),
    ]
    try:
        output = consumed(model(*inputs.args, **inputs.kwargs))
    finally:
        for handle in handles:
            handle.remove()
    if found or not is_torch(type(model)):  # an author's own model is always looked into
        return found
    return [(type(model).__name__, [tuple(one.shape) for _, one in named_tensors("", output)])]


# --- what is printed ------------------------------------------------------------------------------


def _line(row: Row) -> str:
    ratio = "    -" if row.ratio is None else f"{row.ratio:5.2f}"
    alike = {None: "", True: "", False: ", OTHER LEAVES"}[row.alike]
    flow = f", LOST FLOW {' '.join(row.lost[:4])}" if row.lost else ""
    state = "drawn" if row.drawn else "traced, not drawn" if row.traced else "missed"
    said = row.inputs if row.drawn else row.reason[:600]
    shape = f"{row.nodes} nodes, {row.pieces} pieces, {row.constants} constants{alike}{flow}"
    return f"{row.library} {row.name}: {state}, {shape}, {ratio}x, {row.seconds:.0f} s: {said}"


def _summary(rows: Sequence[Row]) -> None:
    """Print how many models are traced and drawn, and of how many the graph is wrong.

    It is in pieces, has constants from nowhere, other leaf calls than hooks see, or lost flow; in
    brackets stands of how many the last one, and the ratio, could be measured.
    """
    print()
    print("| library | models | traced | drawn | pieces | constants | leaves | flow | ratio |")
    print(f"|{'---|' * 9}")
    for library in [*dict.fromkeys(row.library for row in rows), "all"]:
        part = [row for row in rows if library in (row.library, "all")]
        ratios = [row.ratio for row in part if row.ratio is not None]
        middle = f"{statistics.median(ratios):.2f} ({len(ratios)})" if ratios else "-"
        counts = [f"{sum(values) / len(part):.1%}" for values in _shares(part)]
        pieces = sum(row.pieces > 1 for row in part)
        others = sum(row.alike is False for row in part)
        measured = [row.lost for row in part if row.lost is not None]
        flow = f"{sum(map(bool, measured))} ({len(measured)})"
        nowhere = sum(row.constants > 0 for row in part)
        cells = [library, len(part), *counts, pieces, nowhere, others, flow, middle]
        print(f"| {' | '.join(map(str, cells))} |")


def _shares(rows: Sequence[Row]) -> list[list[bool]]:
    return [[row.traced for row in rows], [row.drawn for row in rows]]


if __name__ == "__main__":
    sys.exit(main())
