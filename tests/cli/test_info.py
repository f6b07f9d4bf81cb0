"""``sphinx-visualtorch info``: the table, the totals, and JSON that stays as it is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from sphinx_visualtorch import __version__
from sphinx_visualtorch.store import Store

if TYPE_CHECKING:
    import pytest
    from projects import Run

DOCS = Path(__file__).resolve().parents[2] / "example_docs"
STORE = ("--store", str(DOCS / "_visualtorch"))
LENET = ("architectures.lenet:LeNet5", "--input-shape", "1,1,32,32", *STORE)
RESNET = ("architectures.resnet:resnet18", "--input-shape", "1x3x224x224", *STORE)

TABLE = """\
Layer    Type       Output      Parameters    FLOPs
───────────────────────────────────────────────────
input    input      1×1×32×32
c1       Conv2d     1×6×28×28          156  235,200
"""

TOTALS = """\
output   Linear     1×10               850    1,680
───────────────────────────────────────────────────
Total    LeNet5                     61,706  833,040

Inputs       float32 1×1×32×32
Outputs      float32 1×10
Layer calls  7
Parameters   61,706 (61,706 trained)
Buffers      0
FLOPs        833,040 (416,520 multiply-adds)
Activations  58.9 kB
"""


def test_table(run: Run) -> None:
    code, out, err = run("info", *LENET)
    assert (code, err) == (0, "")
    assert out.startswith(TABLE), out
    assert out.endswith(TOTALS), out


def test_depth(run: Run) -> None:
    """Blocks below the depth are rows of their own, with all that is in them."""
    code, out, _ = run("info", *RESNET, "--depth", "1")
    assert code == 0
    (row,) = (line for line in out.splitlines() if line.startswith("layer1 "))
    assert row.split() == [
        *("layer1", "BasicBlock", "×", "2", "1×64×56×56", "147,968", "924,844,032"),
    ]
    whole = run("info", *RESNET)[1]
    assert "layer1.0.conv1" in whole
    totals = [text[text.index("\nTotal") :].split() for text in (whole, out)]
    assert totals[0] == totals[1]
    assert "Total   ResNet" in run("info", *RESNET, "--depth", "0")[1]


def test_json(run: Run) -> None:
    code, out, err = run("info", *LENET, "--json")
    assert (code, err) == (0, "")
    assert out == run("info", *LENET, "--json")[1]
    data = json.loads(out)
    assert list(data) == [
        *("schema", "reference", "model", "digest", "totals", "inputs", "outputs", "layers"),
        *("unused", "notes"),
    ]
    assert data["schema"] == 1
    assert data["reference"]["target"] == "architectures.lenet:LeNet5"
    assert data["inputs"] == [{"name": "input", "dtype": "float32", "shape": [1, 1, 32, 32]}]
    assert data["outputs"] == [{"dtype": "float32", "shape": [1, 10]}]
    first = data["layers"][0]
    assert (first["path"], first["kind"], first["parameters"]) == ("c1", "Conv2d", 156)
    for name in ("parameters", "trainable", "flops", "calls", "activation_bytes"):
        assert sum(layer[name] for layer in data["layers"]) == data["totals"][name], name


def test_letters_that_a_terminal_does_not_have() -> None:
    command = [sys.executable, "-m", "sphinx_visualtorch", "info", *LENET]
    env = {**os.environ, "PYTHONIOENCODING": "latin-1"}
    done = subprocess.run(command, env=env, capture_output=True, check=False, timeout=120)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"???" in done.stdout
    assert "1×1×32×32".encode("latin-1") in done.stdout


def test_no_layers_in_the_store(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not in the store is traced; where that fails, that is said, too."""
    (tmp_path / "torch.py").write_text("raise ModuleNotFoundError(name='torch')\n")
    monkeypatch.chdir(tmp_path)
    Store(tmp_path / "_visualtorch").directory.mkdir()
    code, out, err = run("info", "models:Net", "--store", "_visualtorch")
    assert (code, out) == (4, "")
    assert "_visualtorch has no graph of models:Net with these inputs\n" in err
    assert err.count("Error: ") == 1


def test_version_and_help(run: Run) -> None:
    assert run("--version") == (0, f"sphinx-visualtorch, version {__version__}\n", "")
    code, out, _ = run("-h")
    assert code == 0
    assert {"render", "info"} <= set(out.split())
    assert run("inof")[0] == 2


# The process in which a command runs: torch only in the worker, Sphinx only where docs are read.
LIGHT = f"""
import sys
from sphinx_visualtorch.cli import main
try:
    main(["info", *{LENET!r}])
except SystemExit as ended:
    assert not ended.code
heavy = sys.modules.keys() & {"torch", "sphinx", "docutils", "PIL", "reportlab"}
assert not heavy, heavy
"""


def test_neither_torch_nor_sphinx() -> None:
    done = subprocess.run([sys.executable, "-c", LIGHT], check=False, timeout=120)
    assert done.returncode == 0
