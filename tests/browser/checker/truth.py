"""The rule that nothing is lost: a figure counts what its model has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from browser.checker.figure import Figure

    from sphinx_visualtorch.graph import ArchitectureGraph


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What a model has: calls of leaf modules in one forward pass, and parameters."""

    calls: int
    params: int


def truth_of(graph: ArchitectureGraph) -> Truth:
    """Return what a traced model has."""
    return Truth(calls=graph.calls, params=graph.parameters)


def lost(figure: Figure, known: Mapping[str, Truth]) -> Iterator[str]:
    """The calls of the boxes and the parameters of the figure are those of the traced model."""
    truth = known.get(figure.data.get("digest", ""))
    if truth is None:
        yield f"no traced model has its digest {figure.data.get('digest', '')!r}"
        return
    calls = sum(int(node.get("calls", "0")) for node in figure.nodes)
    if calls != truth.calls:
        yield f"its boxes stand for {calls} calls of layers, the model has {truth.calls}"
    if figure.data.get("params") != str(truth.params):
        yield f"it has {figure.data.get('params')} parameters, the model has {truth.params}"
