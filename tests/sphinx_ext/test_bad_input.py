"""Bad input: one located warning, a visible message in the page, and the build goes on."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

import pytest
from projects import Project, chain

from sphinx_visualtorch.reference import Reference


@dataclass(frozen=True)
class Bad:
    """A figure that cannot be shown: what is written, the stage that says so, and its words."""

    target: str
    options: str
    stage: str
    words: str


WRITTEN = [
    Bad("models", "", "reference", "a module and a name in it are wanted"),
    Bad("models:", "", "reference", "cannot read 'models:'"),
    Bad("models:Net", ":args: open('x')", "reference", "is not a Python literal"),
    Bad("models:Net", ":kwargs: 1, 2", "reference", "names with values are wanted"),
    Bad("models:Net", ":input-shape: 1, three", "reference", "whole numbers"),
    Bad("models:Net", ":input-shape: 1\n:input-dtype: lnog", "reference", "no element type"),
    Bad("models:Net", ":style: layerd", "option", "one of layered, lenet, graph, flow is wanted"),
    Bad("models:Net", ":legnd:", "option", "did you mean 'legend'"),
    Bad("models:Net", ":captoin: x", "option", "no option 'captoin'"),
    Bad("models:Net", ":input_shap: 1, 8", "option", "did you mean 'input_shape'"),
    Bad("models:Net", ":style: lenet\n:node-size: 3", "option", "no option 'node_size'"),
    Bad("models:Net", ":depth: deep", "option", "'auto', or a whole number from 0 to 1,000"),
    Bad("models:Net", ":legend: perhaps", "option", "true or false is wanted"),
    Bad("models:Net", ":min-z: 3\n:min_z: 4", "option", "given twice"),
    Bad("models:Net", ":ignore: a\n:type-ignore: b", "option", "given twice"),
    Bad("models:Net", ":palette: pink", "option", "one of okabe_ito, tol"),
    Bad("models:Net", ":color-map: Conv2d", "option", "Class=fill"),
    Bad("models:Net", ":width: abc", "option", "option 'width' cannot be 'abc'"),
    Bad("models:Net", ":width: 0", "option", "option 'width' cannot be '0': more than nothing"),
    Bad("models:Net", ":height: 0.0em", "option", "option 'height' cannot be '0.0em'"),
    Bad("models:Net", ":scale: 0", "option", "option 'scale' cannot be '0'"),
    Bad("models:Net", ":align: middle", "option", "choose from"),
    Bad("models:Net", ":scale: vast", "option", "a percentage, 'soft' or 'linear'"),
    Bad("models:Net", ":style: graph\n:direction: up", "option", "one of right, down, auto"),
    Bad("models:Net", ":collapse: a b", "option", "module paths or class names"),
    Bad("", ":input-shape: 1, 8", "reference", "cannot read ''"),
]  # fmt: skip

# what is told when the graph is there: the model has no such module
DRAWN = [
    Bad("models:Net", ":input-shape: 1, 8\n:expand: block1", "option", "no modules that contain"),
    Bad("models:Net", ":input-shape: 1, 8\n:detail: block1", "option", "option 'detail' cannot"),
]  # fmt: skip

# names that nothing in the model has: the figure is there all the same
NAMED = [
    Bad("models:Net", ":ignore: ReLUU, Linear", "option", "'ReLUU': nothing in this model"),
    Bad("models:Net", ":color-map: linear=red, Linera=#08c", "option", "did you mean 'Linear'"),
    Bad("models:Net", ":index-ignore: 0, 99", "option", "'index_ignore' cannot be 99: this model"),
]  # fmt: skip

MODELS = """
import ctypes, os, signal, sys, time
import torch
from torch import nn

NUMBER = 3

class Net(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.first = nn.Linear(8, width)
        self.second = nn.Linear(8, 8)
    def forward(self, x):
        return self.second(self.first(x))

class Raises(Net):
    def __init__(self):
        raise RuntimeError("no <weights> & no 'luck'")

class Prints(Net):
    def forward(self, x):
        print("WARNING: said aloud", flush=True)
        print("WARNING: complained", file=sys.stderr, flush=True)
        return super().forward(x)

class Exits(Net):
    def forward(self, x):
        sys.exit("enough")

class Dies(Net):
    def forward(self, x):
        self.first(x)
        os._exit(0)

class Killed(Net):
    def forward(self, x):
        os.kill(os.getpid(), signal.SIGKILL)

class Crashes(Net):
    def forward(self, x):
        ctypes.string_at(0)

class Hangs(Net):
    def forward(self, x):
        self.first(x)
        while True:
            time.sleep(0.01)

class HangsEarly(Net):
    def __init__(self):
        time.sleep(600)

class Grows(Net):
    def __init__(self):
        self.kept = [bytearray(100_000_000) for _ in range(12)]

class Mute(Exception):
    def __str__(self):
        raise RuntimeError

class Silent(Net):
    def forward(self, x):
        raise Mute

class Long(Net):
    def forward(self, x):
        raise RuntimeError("Error(s) in loading:\\n\\t" + "Missing key(s), " * 1000)

class Function(Net):
    def forward(self, x):
        return self.first(x) @ x

class Offers(Net):
    def visualtorch_inputs(self):
        raise OSError("no data")

class Empty(Net):
    def forward(self, x):
        raise KeyError

def returns_none():
    return None
"""

SHAPE = ":input-shape: 1, 8"
TRACED = [
    Bad("modles:Net", SHAPE, "reference", "modles"),
    Bad("models:Nett", SHAPE, "reference", "did you mean 'Net'"),
    Bad("models:Net.firs", SHAPE, "reference", "firs"),
    Bad("broken:Net", SHAPE, "build", "importing 'broken' for 'broken:Net' failed: SyntaxError: "),
    Bad("leaves:Net", SHAPE, "build", "'leaves:Net' failed: it called sys.exit(3)"),
    Bad("models:NUMBER", SHAPE, "reference", "a reference names an nn.Module"),
    Bad("models:returns_none", SHAPE, "reference", "a reference names an nn.Module"),
    Bad("models:Raises", SHAPE, "build", "no <weights> & no 'luck'"),
    Bad("models:Net", SHAPE + "\n:kwargs: widht=3", "build", "widht"),
    Bad("models:Net", SHAPE + "\n:kwargs: width=7", "trace", "second"),
    Bad("models:Net", ":input-shape: 1, 9", "trace", "first"),
    Bad("torch.nn:CosineSimilarity", "", "inputs", "needs 'x1' and 'x2' and no inputs are given"),
    Bad("models:Empty", "", "inputs", "be run on float32 1×8, guessed from 'first' (Linear): run"),
    Bad("models:Offers", "", "inputs", "its visualtorch_inputs failed: OSError: no data"),
    Bad("models:Net", ":inputs: models:nothing", "reference", "for 'models:Net', 'models:nothing'"),
    Bad("models:Exits", SHAPE, "trace", "'models:Exits' failed at 'Exits' given 1×8: it called"),
    Bad("models:Empty", SHAPE, "trace", "'models:Empty' failed at 'Empty' given 1×8: KeyError"),
    Bad("models:Silent", SHAPE, "trace", "given 1×8: Mute"),
    Bad("models:Long", SHAPE, "trace", "RuntimeError: Error(s) in loading: Missing key(s), M"),
    Bad("models:Function", SHAPE, "trace", "failed at 'matmul' given 1×8, 1×8: RuntimeError: "),
    Bad("models:Dies", SHAPE, "worker", "at layer 'first': it ended with exit code 0"),
    Bad("models:Killed", SHAPE, "worker", "in its forward: it was killed (SIGKILL), perhaps"),
    Bad("models:Crashes", SHAPE, "worker", "in its forward: it was ended by SIGSEGV"),
    Bad("models:Hangs", SHAPE, "timeout", "within 6 s and was stopped at layer 'first'; a larger"),
    Bad("models:HangsEarly", SHAPE, "timeout", "was stopped while building it; a larger limit"),
    Bad("models:Grows", SHAPE, "memory", "ran out of memory while building it; it may take 0.5 GB"),
]  # fmt: skip

GOOD = f".. visualtorch:: models:Net\n   {SHAPE}\n   :name: good\n\n   A good one.\n"


def directive(bad: Bad, name: str) -> str:
    lines = [f".. visualtorch:: {bad.target}", *bad.options.splitlines(), f":name: {name}"]
    # all have a name, a link and a caption, which work although there is no picture
    return "\n   ".join([*lines, ":target: https://example.org/", "", f"Caption of {name}."]) + "\n"


def check(project: Project, cases: list[Bad]) -> None:
    """Build a page of *cases* with a good figure at its end; look at warnings and page."""
    texts = ["Title\n=====\n", *(directive(bad, f"bad{n}") for n, bad in enumerate(cases)), GOOD]
    references = "\n".join(f"* :numref:`bad{n}` :ref:`bad{n}`" for n in range(len(cases)))
    text = "\n".join([*texts, references, "* :numref:`good`", ""])
    project.write("index.rst", text)
    done = project.build("-n")
    assert done.code == 0
    starts = [n for n, line in enumerate(text.splitlines(), 1) if ".. visualtorch" in line]
    assert len(done.lines) == len(cases), "\n".join(done.lines)
    figures = done.figures("index.html")
    assert len(figures) == len(cases) + 1
    by_line = {int(re.match(r".*?index.rst:(\d+): ", line)[1]): line for line in done.lines}
    for number, bad in enumerate(cases):
        line = by_line[starts[number]]
        assert bad.words in line
        assert re.search(rf"\[visualtorch\.({bad.stage})\]$", line), line
        assert len(done.warnings.splitlines()) == len(done.lines), done.warnings
        assert len(line) < 1000  # it may list all options
        assert bad.target in line or bad in (*WRITTEN, *DRAWN)
        assert "::" not in line
        assert ": :" not in line
        figure = figures[number]
        assert bad.words in html.unescape(re.sub(r"<[^>]*>", "", figure))
        assert 'class="visualtorch-error admonition error"' in figure
        assert f'id="bad{number}"' in figure
        assert f"Caption of bad{number}." in figure
        assert f'<span class="std std-numref">Fig. {number + 1}</span>' in done.page("index.html")
    assert "<svg" in figures[-1]


def test_written(project: Project) -> None:
    """What the directive itself can tell, without running anything, on each build again."""
    project.write("models.py", "raise RuntimeError\n")
    project.keep(Reference.parse("models:Net", input_shape="1, 8"), chain(), "models.py")
    check(project, WRITTEN)
    again = project.build("-W", "--keep-going")
    assert len(again.lines) == len(WRITTEN)
    assert again.code != 0
    assert not again.imported("models")
    assert not again.imported("sphinx_visualtorch.tracing.client")


def test_drawn(project: Project) -> None:
    project.write("models.py", "raise RuntimeError\n")
    project.keep(Reference.parse("models:Net", input_shape="1, 8"), chain(), "models.py")
    check(project, DRAWN)
    again = project.build("-W", "--keep-going")
    assert len(again.lines) == len(DRAWN)
    assert again.code != 0


def test_named(project: Project) -> None:
    """A name that nothing has is told on each build, where it is written, and by whom it is."""
    project.configure("visualtorch_options = {'ignore': 'Nothing', 'color_map': 'Nothing=red'}\n")
    project.write("models.py", "raise RuntimeError\n")
    project.keep(Reference.parse("models:Net", input_shape="1, 8"), chain(), "models.py")
    written = (f".. visualtorch:: {bad.target}\n   {SHAPE}\n   {bad.options}\n" for bad in NAMED)
    text = "\n".join(["Title\n=====\n", *written, GOOD])
    project.write("index.rst", text)
    starts = [n for n, line in enumerate(text.splitlines(), 1) if ".. visualtorch" in line]
    for _ in range(2):
        done = project.build()
        assert len(done.lines) == len(NAMED)
        for line, start, bad in zip(done.lines, starts, NAMED, strict=False):
            assert f"index.rst:{start}: " in line
            assert bad.words in line
            assert line.endswith(f"[visualtorch.{bad.stage}]")
        assert len(done.figures("index.html")) == len(NAMED) + 1
        assert "visualtorch-error" not in done.page("index.html")


@pytest.mark.torch
def test_traced(project: Project) -> None:
    """What only running can tell; nothing that a model prints looks like a warning."""
    project.configure("visualtorch_timeout = 6\nvisualtorch_max_memory = 0.5\n")
    project.write("models.py", MODELS)
    project.write("broken.py", "def (:\n")
    project.write("leaves.py", "import sys\nsys.exit(3)\n")
    check(project, TRACED)
    (kept,) = project.store()
    assert kept.name.startswith("models.Net-")
    project.write("index.rst", f"Title\n=====\n\n{directive(TRACED[1], 'bad')}\n{GOOD}")
    first = project.build("-W", "--keep-going")
    again = project.build("-W", "--keep-going")
    assert first.lines == again.lines
    assert len(first.lines) == 1
    assert first.code != 0
    assert again.code != 0


@pytest.mark.torch
def test_printing_is_for_those_who_ask(project: Project) -> None:
    project.write("models.py", MODELS)
    project.write("index.rst", f"Title\n=====\n\n.. visualtorch:: models:Prints\n   {SHAPE}\n")
    done = project.build("-W", "-vvv")
    assert "WARNING: said aloud" in done.printed
    project.root.joinpath("_build/doctrees/environment.pickle").unlink()
    for path in project.store():
        path.unlink()
    quiet = project.build("-W")
    assert quiet.lines == []
    assert "said aloud" not in quiet.printed + quiet.warnings


def test_configuration(project: Project) -> None:
    """A value in conf.py that cannot be is said once, not at each figure."""
    project.configure(
        "visualtorch_style = 'nice'\n"
        "visualtorch_options = {'max_z': 3, 'nodesize': 3, 'palette': 'pink', 'legend': True}\n"
        "visualtorch_timeout = -1\nvisualtorch_max_memory = 0\n"
    )
    project.write("models.py", "")
    project.keep(Reference.parse("models:Net", input_shape="1, 8"), chain(), "models.py")
    project.write("index.rst", "Title\n=====\n\n" + GOOD + "\n" + GOOD.replace(": good", ": other"))
    done = project.build()
    assert len(done.lines) == 5
    for words in (
        "visualtorch_timeout in conf.py: a number of seconds above 0 is wanted, not -1; 60 is",
        "visualtorch_max_memory in conf.py: a number of gigabytes above 0 is wanted, not 0; 4 is",
        "visualtorch_style",
        "no option 'nodesize'; did you mean 'node_size'",
        "'palette' cannot be 'pink'",
    ):
        assert sum(words in line for line in done.lines) == 1
    assert all('data-style="layered"' in figure for figure in done.figures("index.html"))
    assert all("vt-legend" in figure for figure in done.figures("index.html"))


def test_configuration_of_another_type(project: Project) -> None:
    """Each mistake is told once; what Sphinx lets through, or takes for the author's own, by us."""
    project.configure(
        "visualtorch_style = ['graph']\n"
        "visualtorch_trace = ('never', 'always')\n"
        "visualtorch_embed = []\n"
        "visualtorch_timeout = '60'\n"
        "visualtorch_store = ''\n"
        "visualtorch_opts = {}\n"
        "visualtorch_repository = visualtorch_store_dir = 'of my own'\n"
    )
    project.write("models.py", "")
    project.keep(Reference.parse("models:Net", input_shape="1, 8"), chain(), "models.py")
    project.write("index.rst", "Title\n=====\n\n" + GOOD)
    done = project.build()
    assert done.code == 0
    assert len(done.lines) == 6
    for words in (
        "visualtorch_style in conf.py: one word is wanted, not ['graph']; 'layered' is taken",
        "visualtorch_trace in conf.py: one word is wanted, not ('never', 'always'); 'auto' is",
        "visualtorch_embed in conf.py: one word is wanted, not []; 'auto' is taken",
        "visualtorch_timeout",
        "visualtorch_store in conf.py: no directory can be called ''; '_visualtorch' is taken",
        "visualtorch_opts in conf.py: there is no such value; did you mean 'visualtorch_options'?",
    ):
        assert sum(words in line for line in done.lines) == 1
    assert all('data-style="layered"' in figure for figure in done.figures("index.html"))


@pytest.mark.parametrize(
    ("value", "warnings"), [("5", 1), ("__import__('pathlib').Path('kept')", 0)]
)
def test_store_of_another_type(project: Project, value: str, warnings: int) -> None:
    """A path is as good as its text; anything else is told by Sphinx, and the usual is taken."""
    project.configure(f"visualtorch_store = {value}\n")
    project.write("index.rst", "Title\n=====\n\n.. visualtorch:: models:Net\n   :style: nice\n")
    done = project.build()
    assert done.code == 0
    assert len(done.lines) == 1 + warnings


def test_markup_is_text(project: Project) -> None:
    """Nothing that an author or a model says becomes markup of the page."""
    hostile = "</svg></title><script>alert(1)</script>\"'&"
    project.write("models.py", "")
    graph = chain()
    project.keep(Reference.parse("models:Net", input_shape="1, 8"), graph, "models.py")
    project.write(
        "index.rst",
        f"Title\n=====\n\n.. visualtorch:: models:Net\n   {SHAPE}\n   :alt: {hostile}\n\n"
        f".. visualtorch:: models:Net\n   {SHAPE}\n   :font: {hostile}\n",
    )
    done = project.build()
    assert len(done.lines) == 1
    assert "<script>alert" not in done.page("index.html")
    assert "&lt;script&gt;alert(1)" in done.page("index.html")
