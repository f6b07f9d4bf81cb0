"""Where classes are written."""

from __future__ import annotations

import inspect

import pytest
import torch
from torch import nn
from tracing.flows import run

from sphinx_visualtorch.tracing.where import class_source

pytestmark = pytest.mark.torch


class Outer:
    """Two classes of one name in one file."""

    class Inner(nn.Identity):
        """The first."""


class Inner(nn.Identity):
    """The second."""


@pytest.mark.parametrize("cls", [nn.Conv2d, nn.Sequential, nn.LSTM, Outer, Outer.Inner, Inner])
def test_it_is_where_inspect_finds_it(cls: type) -> None:
    found = class_source(cls)
    assert found is not None
    file, line = found
    path = inspect.getsourcefile(cls)
    assert path is not None
    assert path.replace("\\", "/").endswith(file)
    assert not file.startswith("/")
    assert line == inspect.getsourcelines(cls)[1]


def test_what_has_no_file_is_nowhere() -> None:
    namespace: dict[str, type] = {}
    exec("class Made: pass", {"__name__": "nowhere"}, namespace)
    assert class_source(namespace["Made"]) is None


def test_a_graph_tells_it_of_its_nodes_and_scopes() -> None:
    graph = run(nn.Sequential(nn.Sequential(nn.ReLU()), Inner()), torch.zeros(1))
    targets = {node.target for node in graph.nodes if node.op == "module"}
    targets |= {scope.target for scope in graph.scopes}
    assert graph.source_by_target.keys() == targets
    assert graph.source_by_target["torch.nn.ReLU"].file == "torch/nn/modules/activation.py"
