"""``sphinx-visualtorch render``: the files it writes, and what it says when it cannot."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest
from projects import Run, chain

from sphinx_visualtorch import options
from sphinx_visualtorch.cli.models import GIGABYTES, SECONDS, STORE
from sphinx_visualtorch.cli.params import Listed
from sphinx_visualtorch.cli.render import render
from sphinx_visualtorch.pipeline import draw
from sphinx_visualtorch.reference import Reference
from sphinx_visualtorch.source import Made
from sphinx_visualtorch.sphinx_ext import config
from sphinx_visualtorch.sphinx_ext.request import REFERENCE
from sphinx_visualtorch.store import Store

NET = ("models:Net", "--input-shape", "1,8", "--store", "_visualtorch")


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the current directory, whose store has the graph of ``models:Net``."""
    monkeypatch.chdir(tmp_path)
    store = Store(tmp_path / "_visualtorch")
    store.save(Reference.parse("models:Net", input_shape="1, 8"), chain(), Made())
    return tmp_path


def test_all_formats_at_once(run: Run, kept: Path) -> None:
    names = ("a.svg", "a.png", "a.pdf", "a.gif")
    code, out, err = run("render", *NET, *(part for name in names for part in ("-o", name)))
    assert (code, out) == (0, "")
    assert [line.partition(":")[0] for line in err.splitlines()] == list(names)
    starts = [(kept / name).read_bytes()[:4] for name in names]
    assert starts == [b"<svg", b"\x89PNG", b"%PDF", b"GIF8"]
    figure = draw(chain(), "layered")
    assert (kept / "a.svg").read_text(encoding="utf-8") == figure.svg()
    assert (kept / "a.png").read_bytes() == figure.png()


def test_options_of_every_kind(run: Run, kept: Path) -> None:
    """A flag and its contrary, a word, a number, lists given in one or several parts, a rule."""
    written = (
        *("--style", "graph", "--theme", "paper", "--no-show-neurons", "--legend", "--opacity"),
        *("200", "--show", "memory, flops", "--color-map", "Linear=orange", "--color-map"),
        *("ReLU=#08c", "--style-rules", "l1: label=In", "--style_rules", "l2: fill=navy"),
        *("--mode", "dark", "--background-fill", "white", "--direction", "down"),
    )
    code, _, err = run("render", *NET, "-q", "-o", "a.svg", *written)
    assert (code, err) == (0, "")
    figure = draw(
        chain(),
        "graph",
        theme="paper",
        show_neurons=False,
        legend=True,
        opacity=200,
        show=["memory", "flops"],
        color_map={"Linear": "orange", "ReLU": "#08c"},
        style_rules={"l1": {"label": "In"}, "l2": {"fill": "navy"}},
        mode="dark",
        background_fill="white",
        direction="down",
    )
    assert (kept / "a.svg").read_text(encoding="utf-8") == figure.svg()


def test_scale_is_of_the_file_and_of_the_bodies(run: Run, kept: Path) -> None:
    code, _, _ = run("render", *NET, "-o", "a.png", "--scale", "1", "--scale", "linear")
    assert code == 0
    assert (kept / "a.png").read_bytes() == draw(chain(), scale="linear").png(scale=1)


def test_scale_of_the_file_alone(run: Run, kept: Path) -> None:
    assert run("render", *NET, "-o", "a.png", "--scale", "3")[0] == 0
    assert (kept / "a.png").read_bytes() == draw(chain()).png(scale=3)


def test_width(run: Run, kept: Path) -> None:
    code, _, err = run("render", *NET, "-o", "a.svg", "--width", "5in")
    assert code == 0
    assert "a.svg: 480 × " in err
    assert 'width="480"' in (kept / "a.svg").read_text(encoding="utf-8")
    code, _, err = run("render", *NET, "-o", "a.svg", "--width", "5in", "--max-width", "300")
    assert code == 2
    assert "--width stands for --max-width" in err


def test_title_and_links(run: Run, kept: Path) -> None:
    more = ("--alt", "My <net>", "--link", "torch.nn.Linear=https://example.org/linear?a=b")
    code, _, _ = run("render", *NET, "-o", "a.svg", *more)
    assert code == 0
    text = (kept / "a.svg").read_text(encoding="utf-8")
    assert "My &lt;net&gt;</title>" in text
    assert "https://example.org/linear?a=b" in text


def test_standard_output(kept: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sphinx_visualtorch", "render", *NET, "-o", "-", "-f", "png"],
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0
    assert done.stdout == draw(chain()).png()
    assert done.stderr == b""


def test_a_link_is_followed_and_a_file_replaced(run: Run, kept: Path) -> None:
    (kept / "there.svg").write_text("old", encoding="utf-8")
    (kept / "a.svg").symlink_to("there.svg")
    code, _, _ = run("render", *NET, "-o", "a.svg")
    assert code == 0
    assert (kept / "a.svg").is_symlink()
    assert (kept / "there.svg").read_text(encoding="utf-8").startswith("<svg")


def test_a_device_stays_one(run: Run, kept: Path) -> None:
    code, _, _ = run("render", *NET, "-o", os.devnull, "-f", "svg")
    assert code == 0
    assert not Path(os.devnull).is_file()


@pytest.mark.parametrize(
    ("shell", "code", "said"),
    [
        ('render "$@" -o - >&-', 4, "Error: cannot write the output: it is closed\n"),
        ('render "$@" -o - >/dev/full', 4, "Error: cannot write the output: No space left"),
        ('info "$@" >/dev/full', 4, "Error: cannot write the output: No space left"),
        ('render "$@" -f svg -o /dev/full', 4, "Error: cannot write /dev/full: No space left"),
    ],
)
def test_outputs_that_fail(kept: Path, shell: str, code: int, said: str) -> None:
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m sphinx_visualtorch {shell}", "bash", *NET],
        # without a buffer, nothing would be left to be written at the very end
        env={**os.environ, "PYTHONUNBUFFERED": ""},
        stderr=subprocess.PIPE,
        encoding="utf-8",
        check=False,
        timeout=120,
    )
    assert done.returncode == code
    assert done.stderr.startswith(said)
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        ((*NET, "-o", "a.tiff"), 2, "a name that ends in .svg, .png, .pdf, .gif is wanted"),
        ((*NET, "-o", "a"), 2, "'a' does not say what it is to be"),
        ((*NET,), 2, "Missing option '-o'"),
        ((*NET, "-o", "none/a.svg"), 4, "cannot write none/a.svg: there is no directory none"),
        ((*NET, "-o", "."), 4, "cannot write .: it is a directory"),
        ((*NET, "-o", "a.svg", "--palete", "tol"), 2, "--palette"),
        ((*NET, "-o", "a.svg", "--opacity", "300"), 2, "a whole number from 0 to 255 is wanted"),
        ((*NET, "-o", "a.svg", "--palette", "x"), 2, "one of okabe_ito, tol, "),
        ((*NET, "-o", "a.svg", "--scale", "900"), 2, "a number from 0.05 to 100 is wanted, or"),
        ((*NET, "-o", "a.svg", "--style", "round"), 2, "'round' is not one of 'layered'"),
        ((*NET, "-o", "a.svg", "--style", "graph", "--max-z", "4"), 2, "which 'layered' has"),
        ((*NET, "-o", "a.svg", "--type-ignore", "A", "--ignore", "A"), 2, "two spellings"),
        ((*NET, "-o", "a.svg", "--expand", "head"), 2, "option 'expand' cannot be 'head'"),
        ((*NET, "-o", "a.svg", "--link", "torch.nn.Linear"), 2, "PATH=URL is wanted"),
        (("models", "-o", "a.svg"), 2, "cannot read 'models': a module and a name in it"),
        (("models:Net", "-o", "a.svg", "--input-shape", "a"), 2, "a shape holds whole numbers"),
        (("models:Net", "-o", "a.svg", "--args", "a+"), 2, "it is not Python"),
        (("lib/models.py:Net", "-o", "a.svg"), 2, "name the module in it: models:Net --path lib"),
        (("models:Net(8)", "-o", "a.svg"), 2, "has arguments; write them as models:Net --args"),
        (("models:Net", "-o", "a.svg", "--store", "none"), 2, "'none' does not exist"),
    ],
)
def test_mistakes(run: Run, kept: Path, args: tuple[str, ...], code: int, said: str) -> None:
    """One message each, and nothing is written."""
    before = sorted(kept.iterdir())
    found, out, err = run("render", *args)
    assert found == code, err
    assert out == ""
    assert err.count("Error: ") == 1
    assert said in " ".join(err.split())
    assert "Traceback" not in err
    assert sorted(kept.iterdir()) == before


def test_the_store_of_a_project(run: Run, kept: Path) -> None:
    assert run("render", *NET[:-1], ".", "-o", "a.svg")[0] == 0


def test_other_inputs_in_the_store(run: Run, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (kept / "torch.py").write_text("raise ModuleNotFoundError(name='torch')\n", encoding="utf-8")
    code, _, err = run("render", "models:Net", "--store", "_visualtorch", "-o", "a.svg")
    assert code == 4
    told = "_visualtorch has no graph of models:Net with these inputs, but with "
    assert err.startswith(f'{told}--input-shape "1,8"\n')


def test_our_own_mistakes(run: Run, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are told without a traceback, which comes on request."""

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("sphinx_visualtorch.pipeline.scene", fail)
    code, out, err = run("render", *NET, "-o", "a.svg")
    assert (code, out) == (1, "")
    told = "Error: ZeroDivisionError: division by zero; please report this mistake of ours with "
    assert err == f"{told}what --verbose shows\n"
    code, _, err = run("render", *NET, "-o", "a.svg", "-v")
    assert code == 1
    assert "Traceback" in err
    assert not (kept / "a.svg").exists()


def test_nothing_is_written_where_one_form_fails(run: Run, kept: Path) -> None:
    code, _, err = run("render", *NET, "-o", "a.svg", "-o", "a.png", "--scale", "99", "--zoom", "9")
    assert code == 2
    assert "a PNG of" in err
    assert not (kept / "a.svg").exists()


def test_names_that_nothing_has_are_told(run: Run, kept: Path) -> None:
    code, _, err = run("render", *NET, "-o", "a.svg", "--color-map", "Conv2d=red")
    assert code == 0
    assert "Warning: option 'color_map' cannot be 'Conv2d'" in err


def test_a_pdf_wants_its_library_before_anything_runs(
    run: Run, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sphinx_visualtorch.paint.pdf.can_paint", lambda: False)
    code, _, err = run("render", "models:Gone", "-o", "a.pdf")
    assert code == 4
    assert "sphinx-visualtorch[pdf]" in err


def test_a_changed_graph_is_used_where_there_is_no_torch(
    run: Run, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (kept / "models.py").write_text("new\n", encoding="utf-8")
    reference = Reference.parse("models:Net", input_shape="1, 8")
    Store(kept / "_visualtorch").save(
        reference, chain(), Made(sources={str(kept / "models.py"): "old"})
    )
    (kept / "torch.py").write_text("raise ModuleNotFoundError(name='torch')\n", encoding="utf-8")
    code, _, err = run("render", *NET, "-o", "a.svg")
    assert code == 0, err
    assert "models:Net is as it was before models.py changed" in err
    # and without a graph it is said what is missing
    code, _, err = run("render", "models:Other", "-o", "b.svg")
    assert code == 4
    assert "torch is not installed" in err


def test_a_place_that_refuses(kept: Path) -> None:
    """Root may write anywhere: a child gives that up before."""
    (kept / "shut").mkdir(mode=0o555)
    kept.chmod(0o755)
    code = (
        "import os\nfrom sphinx_visualtorch.cli import main\n"
        "if os.geteuid() == 0: os.setuid(65534)\n"
        f"main(['render', *{NET!r}, '-o', 'shut/a.svg'])"
    )
    for parent in (kept, *kept.parents[:2]):
        parent.chmod(parent.stat().st_mode | 0o055)
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (
        4,
        "Error: cannot write shut/a.svg: permission denied\n",
    )


def test_every_option_of_the_directive_is_there() -> None:
    """What says how a figure stands in its page has no meaning here; all else is taken."""
    taken = {option for param in render.params for option in param.opts}
    wanted = {name for style in options.STYLES for name, _, _ in options.declared(style)}
    for name in {*wanted, *REFERENCE, *options.ALIASES, "style", "alt", "width"}:
        assert f"--{name.replace('_', '-')}" in taken, name


def test_help_tells_each_option_once(run: Run) -> None:
    code, out, _ = run("render", "--help")
    assert code == 0
    assert re.findall(r"^(\w.*):$", out, flags=re.MULTILINE) == [
        *("Model", "File", "Tracing", "Figure", "Style layered and lenet", "Style layered"),
        *("Style lenet", "Style graph", "Other"),
    ]
    assert out.count("--palette ") == 1
    assert "--type-ignore" not in out
    assert "``" not in out


def test_shells_complete_words() -> None:
    assert isinstance(render, Listed)
    (palette,) = (param for param in render.params if param.name == "palette")
    found = palette.shell_complete(click.Context(render), "tol")
    assert [item.value for item in found] == ["tol", "tol_light", "tol_muted"]


def test_limits_are_those_of_a_build() -> None:
    assert (SECONDS, GIGABYTES, STORE) == (config._SECONDS, config._GIGABYTES, config._STORE)


MODEL = """
from torch import nn

class Net(nn.Module):
    def __init__(self, width=4):
        super().__init__()
        print("building")
        self.a = nn.Linear(8, width)

    def forward(self, x):
        return self.a(x)

class Slow(Net):
    def forward(self, x):
        import time
        time.sleep(60)
"""


@pytest.mark.torch
def test_traced(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Modules are found where the user is, and in --path; what a model prints is shown on -v."""
    pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "mine.py").write_text(MODEL, encoding="utf-8")
    code, _, err = run("render", "mine:Net", "-o", "a.svg")
    told = "the import path has no 'mine' (--path adds a directory to it)"
    assert (code, err) == (1, f"Error: 'mine:Net': {told}\n")
    args = ("render", "mine:Net", "--path", "lib", "--kwargs", "width=16", "-o", "a.svg")
    code, _, err = run(*args)
    assert code == 0, err
    assert "mine:Net(width=16) runs on float32 1×8, guessed from 'a' (Linear)" in err
    assert "building" not in err
    monkeypatch.chdir("lib")
    assert "building" in run(*args[:2], "-o", "a.svg", "-v")[2]
    code, _, err = run("render", "mine:Net", "--args", "1, 2", "-o", "b.svg")
    assert code == 1
    assert "--args and --kwargs say what it is called with" in err
    code, _, err = run("render", "mine:Slow", "-o", "b.svg", "--timeout", "0.5")
    assert code == 1
    assert "a larger limit is set with --timeout" in err
    assert not Path("b.svg").exists()
    code, _, err = run("render", "mine:Net", "-o", "c.svg", "--timeout", "inf")
    assert code == 0, err
    code, _, err = run("render", "mine:Net", "-o", "c.svg", "--timeout", "nan")
    assert code == 2
    assert "'nan' is not a number." in err


@pytest.mark.torch
def test_interrupted(kept: Path) -> None:
    """The process that runs the model has ended, too."""
    pytest.importorskip("torch")
    text = MODEL.replace("time.sleep(60)", "import os; open('pid', 'w').write(str(os.getpid()))")
    (kept / "mine.py").write_text(f"{text}        time.sleep(60)\n", encoding="utf-8")
    running = subprocess.Popen(
        [sys.executable, "-m", "sphinx_visualtorch", "render", "mine:Slow", "-o", "a.svg"],
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    for _ in range(600):
        if (kept / "pid").exists() and (kept / "pid").read_text():
            break
        time.sleep(0.1)
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=30)
    assert (running.returncode, err) == (130, "interrupted\n")
    with pytest.raises(ProcessLookupError):
        os.kill(int((kept / "pid").read_text()), 0)
    assert not (kept / "a.svg").exists()
