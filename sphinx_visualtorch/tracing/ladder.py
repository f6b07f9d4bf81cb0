"""The ladder: run the model where nothing is allocated, and really only where that fails.

1. The model is built and run on the meta device, which knows shapes and no values.
2. It is built and run with fake tensors, which say that they are on the CPU.
3. It is built and run really, if that fits into the memory that it may take.

What a rung raises counts only if the last one raises, too.  On the first two nothing fills the
tensors of the model: nobody could read what is in them.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from traceback import clear_frames
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.nn.parameter import is_lazy

from sphinx_visualtorch.errors import (
    BuildError,
    InputsError,
    MemoryLimitError,
    TraceError,
    VisualTorchError,
)
from sphinx_visualtorch.tracing.assemble import assemble
from sphinx_visualtorch.tracing.blank import Blank
from sphinx_visualtorch.tracing.compiled import as_written, calls_scripts, eagerly
from sphinx_visualtorch.tracing.devices import Home
from sphinx_visualtorch.tracing.gather import consumed
from sphinx_visualtorch.tracing.guesses import advice, guesses
from sphinx_visualtorch.tracing.inputs import (
    ADVICE,
    Found,
    Inputs,
    called,
    fitted,
    require,
    takes_nothing,
    wants_data,
)
from sphinx_visualtorch.tracing.lacking import lacks_values
from sphinx_visualtorch.tracing.limits import ran_out
from sphinx_visualtorch.tracing.loading import plainly_loaded
from sphinx_visualtorch.tracing.net import Net
from sphinx_visualtorch.tracing.offers import offered
from sphinx_visualtorch.tracing.outside import tidied
from sphinx_visualtorch.tracing.recorder import BELOW_NOTE, Recorder
from sphinx_visualtorch.tracing.records import raw
from sphinx_visualtorch.tracing.seam import author_code, quietly
from sphinx_visualtorch.tracing.search import Search, remade
from sphinx_visualtorch.tracing.stand_in import stand_in
from sphinx_visualtorch.tracing.state import preserved

if TYPE_CHECKING:
    from sphinx_visualtorch.graph import ArchitectureGraph, Node

__all__ = ["RUNGS", "Rung", "Setting", "Subject", "Tracing", "climb", "run_once"]

_META = torch.device("meta")
_CPU = torch.device("cpu")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracing:
    """A graph, and in words where the inputs came from if the author did not say them."""

    graph: ArchitectureGraph
    inputs: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is to be traced.

    *make* builds a model of our own, on a device or, if None, where it belongs.  *inputs* are
    None where the author named none; *offers* are what may know some, besides the model.
    """

    name: str
    make: Callable[[torch.device | None], nn.Module]
    inputs: Inputs | None
    offers: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class Rung:
    """One way to run a model: on *device*, or where it belongs."""

    name: str
    device: torch.device | None

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Build and run the model in here."""
        if self.name == "fake":
            fake = FakeTensorMode(allow_non_fake_inputs=True)
            with _unlogged("torch._subclasses.fake_tensor"), fake:
                yield
        else:
            yield

    def build(self, subject: Subject) -> nn.Module:
        """Return a model of our own."""
        if self.device is None:
            with Home():
                return subject.make(None)
        try:
            with Blank(self.device):
                return subject.make(self.device)
        except BuildError:
            if self.device == _META:
                raise
            # what the constructor reads may be a number that it has drawn, and matter to nobody
            with Blank(_META):
                model = subject.make(_META)
            return stand_in(model, self.device)


@contextmanager
def _unlogged(name: str) -> Iterator[None]:
    """Keep a logger of torch silent in this thread: what fails here is tried in another way."""
    thread = threading.get_ident()
    logger = logging.getLogger(name)

    def others(record: logging.LogRecord) -> bool:
        return record.thread != thread

    logger.addFilter(others)
    try:
        yield
    finally:
        logger.removeFilter(others)


RUNGS = (Rung("meta", _META), Rung("fake", _CPU), Rung("real", None))


def climb(subject: Subject, max_memory: float, reached: Callable[[str], None]) -> Tracing:
    """Trace *subject* on the first rung that bears it.

    :raises MemoryLimitError: if only a real run is left and it would take more than *max_memory*
        bytes.
    :raises VisualTorchError: what the last rung raised.
    """
    climber = _Climber(subject, reached)
    for rung in RUNGS:
        if rung.device is None and climber.needed > max_memory:
            if not lacks_values(climber.problem):
                break  # with values it would raise the same
            raise climber.too_large(max_memory) from climber.problem
        try:
            with preserved(), plainly_loaded(), rung.entered():
                return climber.attempt(rung)
        except (BuildError, TraceError) as error:
            _let_go(error)
            if rung.device is None and ran_out(error) and not lacks_values(climber.problem):
                break
            climber.problem = error
            if isinstance(error.__cause__, RecursionError):
                break  # with values it would not end either
    raise climber.in_the_end() from climber.problem.__cause__


def _let_go(error: BaseException) -> None:
    """Free what the frames of an error hold; what it says stays.

    Half-made quantised weights without values end the process when they are freed later, with
    other garbage.
    """
    cause: BaseException | None = error
    while cause is not None:
        clear_frames(cause.__traceback__)
        cause = cause.__cause__ or cause.__context__


_ENOUGH = 3
"""Guesses that were good enough for a model to read a value: others will come no further."""


class _Climber:
    """One model on its way up: what one rung taught is known on the next."""

    def __init__(self, subject: Subject, reached: Callable[[str], None]) -> None:
        self.needed = 0
        """Bytes that a real run takes at least: the weights, and around the largest operation."""
        self.problem: BuildError | TraceError
        self._subject = subject
        self._reached = reached
        self._best: Found | None = None
        self._hint = ""

    def attempt(self, rung: Rung) -> Tracing:
        """Trace on *rung*."""
        self._reached("building it")
        with tidied(*self._subject.offers):
            model = rung.build(self._subject)
        # a model without super().__init__() has none, and one that cannot be hashed shows none
        with author_code(partial(BuildError, self._subject.name)):
            weights = sum(map(_bytes, (*model.parameters(), *model.buffers())))
        self.needed = max(self.needed, weights)
        try:
            if self._subject.inputs is None:
                return self._discover(model, rung)
            return Tracing(graph=self._run(model, self._subject.inputs, rung))
        except TraceError as error:
            if error.partial is not None:
                around = (_around(node) for node in error.partial.nodes)
                self.needed = max(self.needed, weights + max(around, default=0))
            raise

    def _run(self, model: nn.Module, inputs: Inputs, rung: Rung) -> ArchitectureGraph:
        setting = Setting(
            name=self._subject.name,
            device=rung.device,
            reached=self._reached,
            closely=calls_scripts(model),
        )
        graph = run_once(model, inputs, setting)
        below = BELOW_NOTE in graph.notes
        if (below or _from_nowhere(graph)) and not setting.closely:
            # something was seen that torch does not show as a rule, and other things were not, or
            # there is either a tensor that the author keeps somewhere, or the trace of it was lost
            if rung.device is not None:  # a second model takes no memory
                model = rung.build(self._subject)
            with suppress(TraceError):
                closer = run_once(model, inputs, replace(setting, closely=True))
                both = (closer, graph) if below else (graph, closer)
                return min(both, key=_from_nowhere)
        return graph

    def _discover(self, model: nn.Module, rung: Rung) -> Tracing:
        """Trace with inputs that are found: the first that the model can be run on."""
        failures: list[tuple[int, Found, TraceError]] = []
        search = Search()
        lacking = 0
        for found in search.over(self._candidates(model, rung)):
            # a failed run may leave its marks on a model
            fresh = model if rung.device is None else stand_in(model, rung.device)
            try:
                graph = self._run(fresh, found.inputs, rung)
            except InputsError:
                if found.sure:
                    raise
                continue  # the forward does not take them
            except TraceError as error:
                failures.append((_length(error), found, error))
                search.learn(found, error.partial)
                lacking += lacks_values(error)
                if found.sure or (lacking == _ENOUGH and rung.device is not None):
                    break
                continue
            return Tracing(graph=_without_unread(graph), inputs=found.words)
        if not failures:
            require(model, Inputs(), self._subject.name)
            unknown = "no inputs are given, and none could be guessed"
            raise InputsError(self._subject.name, unknown, ADVICE)
        # whatever came furthest is either right and needs a real run, or nearly right
        _, self._best, problem = max(failures, key=lambda failure: failure[0])
        written = as_written(model)
        wanted = bool(self._best.words) or wants_data(written)
        self._hint = advice(written, self._best.inputs) if wanted else ""
        raise problem

    def _candidates(self, model: nn.Module, rung: Rung) -> Iterator[Found]:
        best = self._best if rung.device is None else None
        if best is None:
            yield from self._all_candidates(model)
        else:  # a real run costs more, and only one guess came far
            again = (found for found in self._all_candidates(model) if found.words == best.words)
            yield next(again, remade(best))

    def _all_candidates(self, model: nn.Module) -> Iterator[Found]:
        for found in offered(model, *self._subject.offers, reference=self._subject.name):
            yield replace(found, inputs=found.inputs.apart())
            if found.sure:
                return
        written = as_written(model)
        nothing = [Found(Inputs(), "")] if takes_nothing(written) else []
        guessed = guesses(written)
        yield from chain(guessed, nothing) if wants_data(written) else chain(nothing, guessed)

    def too_large(self, limit: float) -> MemoryLimitError:
        """Return the refusal of a real run."""
        why = self.problem
        words = (
            f"needs a real run, of about {self.needed / 1e9:.3g} GB, as without memory it fails "
            f"({why.problem})"
        )
        error = MemoryLimitError(self._subject.name, words, limit)
        error.partial = why.partial
        return error

    def in_the_end(self) -> VisualTorchError:
        """Return what is said when no rung bore the model."""
        error = self.problem
        guessed = isinstance(error, TraceError) and self._best is not None
        if not guessed or self._best is None or self._best.sure or not self._hint:
            return error
        words = f"it cannot be run on {self._best.words}" if self._best.words else "without any"
        problem = f"no inputs are given, and {words}: {error}"
        wanted = InputsError(self._subject.name, problem, self._hint)
        wanted.partial = error.partial
        return wanted


def _from_nowhere(graph: ArchitectureGraph) -> int:
    return sum(node.op == "constant" for node in graph.nodes)


def _without_unread(graph: ArchitectureGraph) -> ArchitectureGraph:
    """Return *graph* without inputs that nothing reads: the author has not asked for them.

    What a library offers for all models of a family is more than an encoder alone takes.
    """
    read = {edge.source for edge in graph.edges} | {*graph.outputs}
    nodes = [node for node in graph.nodes if node.op != "input" or node.id in read]
    if not any(node.op == "input" for node in nodes):
        return graph
    return replace(graph, nodes=tuple(nodes))


def _bytes(tensor: Tensor) -> int:
    return 0 if is_lazy(tensor) else tensor.numel() * tensor.element_size()


def _around(node: Node) -> int:
    return sum(spec.nbytes for spec in (*node.inputs, *node.outputs))


def _length(error: TraceError) -> int:
    return len(error.partial.nodes) if error.partial is not None else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """How a model is run: under which *name*, and on *device*, or where it is.

    *reached* is told which layer is being called; *closely* looks below torch's functions, too.
    """

    name: str
    device: torch.device | None = None
    reached: Callable[[str], None] | None = None
    closely: bool = False


def run_once(model: nn.Module, inputs: Inputs, setting: Setting) -> ArchitectureGraph:
    """Run *model*, which is ours to use up, and return its graph."""
    name = setting.name
    model = as_written(model)
    inputs = fitted(model, inputs)
    require(model, inputs, name)
    place = setting.device or _device_of(model)
    with author_code(
        lambda problem: TraceError(name, f"the inputs cannot go to {place}: {problem}")
    ):
        moved = inputs.on(place)
    recorder = Recorder(model, setting.device, setting.reached)

    def explain(problem: str) -> VisualTorchError:
        layer, given = recorder.reached()
        return TraceError(name, problem, layer, ", ".join(map(_shape, given)))

    try:
        with author_code(explain):
            _evaluating(model)
            net = Net(recorder) if setting.closely else nullcontext()
            with tidied(model), torch.no_grad(), eagerly(), recorder, net:
                recorder.begin(called(model, moved))
                output = consumed(model(*moved.args, **moved.kwargs))
    except TraceError as error:
        cause = error.__cause__
        error.partial = quietly(lambda: _partial(model, recorder, cause), None)
        raise
    return assemble(model, recorder.end(output))


def _evaluating(model: nn.Module) -> None:
    """Put *model* into evaluation mode, as far as it can be: torch.export's modules refuse."""
    try:
        model.eval()
    except NotImplementedError:
        for module in model.modules():
            module.training = False


def _partial(
    model: nn.Module, recorder: Recorder, cause: BaseException | None
) -> ArchitectureGraph | None:
    recording = recorder.partial(cause or RuntimeError())
    return None if recording is None else assemble(model, recording)


def _shape(tensor: Tensor) -> str:
    return "×".join(map(str, raw(tensor)[0])) or "a scalar"


def _device_of(model: nn.Module) -> torch.device:
    held = next(model.parameters(), next(model.buffers(), None))
    return torch.device("cpu") if held is None else held.device
