"""What a model imports while it is built or run is loaded as in any program."""

from __future__ import annotations

import importlib
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from tracing.flows import Two, flow

from sphinx_visualtorch.tracing.inputs import from_shapes
from sphinx_visualtorch.tracing.ladder import RUNGS, Subject, climb
from sphinx_visualtorch.tracing.loading import plainly_loaded

pytestmark = pytest.mark.torch

TABLES = "import torch\nHALF = torch.tensor([0.5, 0.25])\nTWICE = HALF * 2\n"


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    tmp_path.joinpath("tables_of_others.py").write_text(TABLES)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "tables_of_others", raising=False)
    return "tables_of_others"


class Solver(Two):
    """Imports a library when it is built, or when it is run, and asks its tables for values."""

    def __init__(self, library: str, *, late: bool = False) -> None:
        super().__init__()
        self.library = library
        self.tables: Any = None if late else importlib.import_module(library)

    def forward(self, x: Tensor) -> Tensor:
        tables = self.tables or importlib.import_module(self.library)
        made: Tensor = self.b(self.a(x) * tables.TWICE.tolist()[0])
        return made


@pytest.mark.parametrize("late", [False, True])
def test_a_library_that_a_model_imports_has_its_values(library: str, *, late: bool) -> None:
    def make(_device: torch.device | None) -> nn.Module:
        return Solver(library, late=late)

    before = [*sys.meta_path]
    graph = climb(
        Subject(name="it", make=make, inputs=from_shapes([(2, 8)])), 4e9, lambda _text: None
    ).graph
    assert flow(graph) == "input>a a>mul mul>b"
    loaded = sys.modules[library]
    assert type(loaded.TWICE) is Tensor
    assert loaded.TWICE.tolist() == [1.0, 0.5]
    assert isinstance(loaded.__spec__.loader, SourceFileLoader)
    assert loaded.__loader__ is loaded.__spec__.loader
    assert sys.meta_path == before


def test_it_is_so_with_fake_tensors(library: str) -> None:
    with RUNGS[1].entered(), plainly_loaded():
        loaded = importlib.import_module(library)
        assert type(torch.ones(1)) is not Tensor
    assert type(loaded.TWICE) is Tensor
    assert loaded.TWICE.tolist() == [1.0, 0.5]
