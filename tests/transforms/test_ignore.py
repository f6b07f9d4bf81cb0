"""Hiding kinds of operation joins the edges around them."""

import pytest
from sketch import Sketch, residual

from sphinx_visualtorch.graph import ArchitectureGraph
from sphinx_visualtorch.transforms.ignore import ignore, ignore_indices


def names(graph: ArchitectureGraph) -> list[str]:
    return [node.id for node in graph.nodes]


def ends(graph: ArchitectureGraph) -> set[tuple[str, str]]:
    return {(edge.source, edge.target) for edge in graph.edges}


@pytest.mark.parametrize("kind", ["BatchNorm2d", "normalisation"])
def test_ignore_takes_classes_and_roles(kind: str) -> None:
    less = ignore(residual(1), {kind})
    less.check()
    assert "layer0.0.bn" not in names(less)
    assert ("layer0.0.conv", "layer0.0.add") in ends(less)
    assert less.calls == residual(1).calls
    assert less.parameters == residual(1).parameters


def test_ignore_takes_public_paths() -> None:
    sketch = Sketch()
    last = sketch.input(1, 8)
    last = sketch.add("a", "ReLU", "activation", (1, 8), [last], target="torch.nn.ReLU")
    sketch.add("b", "ReLU", "activation", (1, 8), [last], target="mine.ReLU")
    assert names(ignore(sketch.graph(), {"torch.nn.ReLU"})) == ["input", "b"]


def test_a_hidden_merge_feeds_all_its_sources_on() -> None:
    less = ignore(residual(1), {"add"})
    less.check()
    found = {edge.source for edge in less.incoming["layer0.0.relu"]}
    assert found == {"layer0.0.bn", "stem"}


def test_ignore_indices_counts_leaf_layers_from_zero() -> None:
    graph = residual(1)
    assert "stem" not in names(ignore_indices(graph, (0,)))
    # the addition is a function, no layer: it has no number
    assert names(ignore_indices(graph, (3,))) == [n for n in names(graph) if n != "layer0.0.relu"]


def test_indices_beyond_the_last_layer_hide_nothing() -> None:
    assert ignore_indices(residual(1), (99,)) == residual(1)


def test_nothing_to_ignore_changes_nothing() -> None:
    assert ignore(residual(2), {"NoSuchLayer"}) == residual(2)
