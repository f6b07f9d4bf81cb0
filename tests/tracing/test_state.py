"""Tracing leaves no mark: neither on a model that was handed over nor on the process."""

from __future__ import annotations

import random
import sys
import threading
from collections.abc import Callable

import numpy as np
import pytest
import torch
import zoo
from torch import Tensor, nn
from tracing.flows import Two, flow, run

from sphinx_visualtorch.errors import TraceError
from sphinx_visualtorch.reference import Reference
from sphinx_visualtorch.tracing.run import trace_reference

pytestmark = pytest.mark.torch

hooks = nn.modules.module
LEGACY = np.random.mtrand  # the one state of the whole process


def marks(model: nn.Module) -> dict[str, object]:
    """Return all that must be as before, tensors by identity, version and bits."""
    held = [*model.named_parameters(), *model.named_buffers()]
    return {
        "tensors": [
            (name, id(t), t._version, t.device, t.requires_grad, t.detach().numpy().tobytes())
            for name, t in held
        ],
        "modes": [(name, module.training) for name, module in model.named_modules()],
        "attributes": [sorted(vars(module)) for module in model.modules()],
        "hooks": [
            [*module._forward_hooks, *module._forward_pre_hooks] for module in model.modules()
        ],
    }


def process() -> list[object]:
    """Return the states of the process."""
    return [
        torch.get_rng_state().tolist(),
        random.getstate(),
        [np.asarray(part).tolist() for part in LEGACY.get_state()],
        torch.is_grad_enabled(),
        torch.is_inference_mode_enabled(),
        torch.get_default_dtype(),
        torch.empty(0).device,
        len(hooks._global_forward_hooks),
        len(hooks._global_forward_pre_hooks),
        torch.overrides._len_torch_function_stack(),
    ]


class Restless(nn.Module):
    """Changes all it can while it runs, and may raise at the end."""

    def __init__(self, *, real: bool = False, fails: bool = False) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(8)
        self.drop = nn.Dropout(0.5)
        self.register_buffer("count", torch.zeros(()))
        self.weight = nn.Parameter(torch.ones(8))
        self.seen: list[Tensor] = []
        self.table = torch.ones(8)
        self.real, self.fails = real, fails
        self.drop.eval()

    def forward(self, x: Tensor) -> Tensor:
        torch.set_grad_enabled(True)
        self.norm.train()
        random.random()
        LEGACY.rand()
        self.count += 1
        self.table.add_(1)
        with torch.no_grad():
            self.weight.mul_(2)
        x = self.drop(self.norm(x * self.weight + torch.rand(8) + self.table))
        self.seen.append(x)
        self.last = x
        if self.real:
            x.sum().item()
        if self.fails:
            raise ValueError("enough")
        return x


@pytest.mark.parametrize("real", [False, True])
@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize("grad", [False, True])
def test_model_and_process_are_as_before(real: bool, fails: bool, grad: bool) -> None:
    model = Restless(real=real, fails=fails)
    x = torch.randn(4, 8)
    with torch.set_grad_enabled(grad):
        before = marks(model), process(), x.clone(), model.table.clone()
        if fails:
            with pytest.raises(TraceError, match="enough"):
                run(model, x)
        else:
            assert run(model, x).calls == 2
        after = marks(model), process()
    assert after == before[:2]
    assert torch.equal(x, before[2])
    assert torch.equal(model.table, before[3])
    assert model.seen == []


@pytest.mark.parametrize("name", ["chain", "noise", "item_branch", "prints"])
def test_building_leaves_the_process_as_before(name: str) -> None:
    reference = Reference.parse(zoo.MODELS[name][0], input_shape=zoo.MODELS[name][1])
    before = process()
    trace_reference(reference)
    assert process() == before


def test_an_interrupt_leaves_the_process_as_before() -> None:
    class Interrupted(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            torch.rand(3)
            raise KeyboardInterrupt

    model = nn.Sequential(nn.Linear(2, 2), Interrupted())
    before = process()
    with pytest.raises(KeyboardInterrupt):
        run(model, torch.zeros(1, 2))
    assert process() == before


def test_inputs_that_the_model_writes_into_are_as_before() -> None:
    class Writes(nn.Module):
        def forward(self, batch: dict[str, Tensor]) -> Tensor:
            batch["more"] = batch["x"].add_(1)
            batch["x"].sum().item()
            return batch["x"]

    x = torch.zeros(3)
    batch = {"x": x}
    run(Writes(), batch)
    assert torch.equal(x, torch.zeros(3))
    assert list(batch) == ["x"]


def test_a_traced_model_still_works_and_learns() -> None:
    model = Two()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    run(nn.Sequential(model.a, model.b), torch.zeros(1, 8))
    model.b(model.a(torch.ones(1, 8))).sum().backward()
    before = model.a.weight.detach().clone()
    optimizer.step()
    assert not torch.equal(model.a.weight, before)


def test_a_second_trace_is_equal() -> None:
    model = Restless()
    assert run(model, torch.zeros(4, 8)) == run(model, torch.zeros(4, 8))


def busy(model: nn.Module) -> tuple[Callable[[], None], Callable[[], list[Tensor]]]:
    """Run *model* in another thread until told to stop; the results are returned then."""
    results: list[Tensor] = []
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            results.append(model(torch.ones(1, 8)) + 1)

    thread = threading.Thread(target=work)

    def end() -> list[Tensor]:
        stop.set()
        thread.join()
        return results

    return thread.start, end


@pytest.mark.parametrize("same", [False, True])
def test_other_threads_are_neither_seen_nor_disturbed(same: bool) -> None:
    model = nn.Sequential(*(nn.Linear(8, 8) for _ in range(60)), nn.Dropout(0.0))
    wanted = flow(run(model, torch.zeros(1, 8)))
    start, end = busy(model if same else nn.Sequential(Two().a, nn.ReLU()))
    start()
    graphs = [run(model, torch.zeros(1, 8)) for _ in range(5)]
    results = end()
    assert {flow(graph) for graph in graphs} == {wanted}
    assert results
    assert all(torch.equal(result, results[0]) for result in results)
    assert not results[0].is_meta


def nested(depth: int) -> nn.Module:
    """Return a layer inside *depth* containers, one in the other."""
    model: nn.Module = nn.Linear(2, 2)
    for _ in range(depth):
        model = nn.Sequential(model)
    return model


def test_modules_may_be_nested_deeper_than_calls() -> None:
    before = sys.getrecursionlimit()
    graph = run(nested(500), torch.zeros(1, 2))
    assert flow(graph) == f"input>{'.'.join('0' * 500)}"
    assert sys.getrecursionlimit() == before
