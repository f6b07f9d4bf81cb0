"""``visualtorch_trace``: what is traced, what is shown, and what is said, mode by mode."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from projects import NO_TORCH, Built, Project, chain

from sphinx_visualtorch.listing import Catalogue, Listed, Listing
from sphinx_visualtorch.reference import Reference

# whoever imports a model's module leaves a mark
MODEL = """
from pathlib import Path
Path(__file__).with_name("ran").open("a").write(__name__ + "\\n")
raise RuntimeError("user code has run")
"""
MODULE = Catalogue(kind="module", names=("listed",))
LISTING = Listing(
    models=(
        Listed(name="Net", target="listed:Net", summary="A net."),
        Listed(name="Other", target="listed:Other", summary="Another."),
    )
)

PAGES = {
    "index.rst": """
Index
=====

.. toctree::

   figures
   galleries
   zoo/index
""",
    "figures.rst": """
Figures
=======

.. visualtorch:: fresh:Net

   As it is.

.. visualtorch:: stale:Net

   As it was.

.. visualtorch:: missing:Net

   As it will be.

.. visualtorch:: refused:Net
""",
    "galleries.rst": """
Galleries
=========

.. visualtorch-gallery::
   :module: listed

.. visualtorch-gallery::
   :registry: unlisted:NETS

.. visualtorch-gallery::

   fresh:Net

.. visualtorch-gallery::
   :entry-points:
""",
}

NEVER = (
    "visualtorch_trace is 'never'; run 'sphinx-visualtorch trace' where torch is installed, and "
    "commit the store"
)
TORCHLESS = (
    "torch is not installed; install the extra 'sphinx-visualtorch[torch]', or commit the store "
    "of a build that had torch"
)


STALE = "is shown as it was before (changed since then: {}.py)"
TOLD = [
    ("figures.rst:9", f"'stale:Net' {STALE.format('stale')}", "stale"),
    ("figures.rst:13", "the store has no graph of 'missing:Net'", "missing"),
    ("figures.rst:17", "the store has no graph of 'refused:Net' (refused.Net-….json …)", "missing"),
    ("galleries.rst:5", f"'listed' {STALE.format('listed')}".replace("shown", "listed"), "stale"),
    ("galleries.rst:5", f"'listed:Net' {STALE.format('listed')}", "stale"),
    ("galleries.rst:5", "the store has no graph of 'listed:Other'", "missing"),
    ("galleries.rst:8", "the store has no listing of 'unlisted:NETS'", "missing"),
    ("galleries.rst:11", "the store has no listing of 'fresh:Net'", "missing"),
    ("galleries.rst:15", "the store has no graph of 'missing:Net'", "missing"),
    ("galleries.rst:15", "the store has no listing of 'missing:Net'", "missing"),
    ("zoo/index.rst:6", "the store has no listing of 'models'", "missing"),
]
"""What is said of the project below: place, text and subtype; the reason comes behind the text."""


@pytest.fixture
def mixed(project: Project) -> Project:
    """Return a project with everything that a store may have, or lack."""
    configure(project)
    for name, text in PAGES.items():
        project.write(name, text)
    names = ("fresh", "stale", "missing", "refused", "listed", "unlisted", "models")
    for name in names:
        project.write(f"{name}.py", MODEL)
    for name in ("fresh", "stale", "refused"):
        project.keep(Reference.parse(f"{name}:Net"), chain(), f"{name}.py")
    project.keep(Reference.parse("listed:Net"), chain(), "listed.py")
    project.keep_listing(MODULE, LISTING, "listed.py")
    for name in ("stale", "listed"):
        project.write(f"{name}.py", f"{MODEL}# changed\n")
    (refused,) = project.root.glob("_visualtorch/refused*")
    refused.write_text("{")
    info = "zoo-1.0.dist-info"
    project.write(f"{info}/METADATA", "Metadata-Version: 2.1\nName: zoo\nVersion: 1.0\n")
    project.write(f"{info}/entry_points.txt", "[visualtorch.models]\nnet = missing:Net\n")
    return project


def configure(project: Project, mode: str = "", *, galleries: bool = True) -> None:
    lines = "visualtorch_galleries = {'zoo/index': {'module': 'models'}}\n" if galleries else ""
    project.configure(lines + (f"visualtorch_trace = {mode!r}\n" if mode else ""))


def said(built: Built, root: Path, why: str) -> list[tuple[str, str, str]]:
    """Return place, text and subtype of the warnings, all of which give this reason."""
    text = built.warnings.replace(f"{root}/", "")
    text = re.sub(r"-[0-9a-f]{16}\.json cannot be used: .*\)(?=: )", "-….json …)", text)
    pattern = rf"^(\S+): WARNING: (.*): {re.escape(why)} \[visualtorch\.(\w+)\]$"
    found = re.findall(pattern, text, flags=re.MULTILINE)
    assert len(found) == len(built.lines), built.warnings
    return sorted(found, key=by_place)


def by_place(told: tuple[str, str, str]) -> tuple[str, int, str]:
    page, _, line = told[0].partition(":")
    return page, int(line), told[1]


def ran(project: Project) -> list[str]:
    mark = project.root / "ran"
    return mark.read_text().split() if mark.exists() else []


@pytest.mark.parametrize("builder", ["html", "text"])
def test_never(mixed: Project, builder: str) -> None:
    """Whatever the pages say: no process, no user code, and the store as it was."""
    configure(mixed, "never")
    store = {path: path.read_bytes() for path in mixed.root.glob("_visualtorch/**/*.json")}
    for _ in range(2):
        done = mixed.build("-v", builder=builder)
        assert done.code == 0
        assert said(done, mixed.root, NEVER) == TOLD
        assert ran(mixed) == []
        assert not done.started
        assert not done.imported("sphinx_visualtorch.tracing.client")
        assert "traced" not in done.printed
        assert {path: path.read_bytes() for path in store} == store
    if builder == "html":
        shown = done.figures("figures.html")
        assert ["<svg" in figure for figure in shown] == [True, True, False, False]
        assert ["As it was" in figure for figure in shown] == [False, True, False, False]
        assert "the store has no graph of 'missing:Net'" in shown[2].replace("&#39;", "'")
        assert 'class="visualtorch-error admonition error"' in shown[2]
        assert "As it will be." in shown[2]


def test_never_with_an_empty_store(project: Project) -> None:
    """There nothing is started ahead either."""
    configure(project, "never", galleries=False)
    project.write("models.py", MODEL)
    project.write("index.rst", "Index\n=====\n\n.. visualtorch:: models:Net\n")
    done = project.build()
    assert ran(project) == []
    assert not done.started
    assert said(done, project.root, NEVER) == [
        ("index.rst:4", "the store has no graph of 'models:Net'", "missing")
    ]


def test_the_watch_sees_a_process(mixed: Project) -> None:
    """What the tests above rely on can fail."""
    mixed.write(
        "torch.py", "from pathlib import Path\nPath('ran').write_text('torch')\n" + NO_TORCH
    )
    done = mixed.build()
    assert ran(mixed) == ["torch"]
    assert done.started


def test_auto_without_torch(mixed: Project) -> None:
    """The same as never, but for the reason."""
    mixed.write("torch.py", NO_TORCH)
    for _ in range(2):
        done = mixed.build()
        assert said(done, mixed.root, TORCHLESS) == TOLD
        shown = done.figures("figures.html")
        assert ["<svg" in figure for figure in shown] == [True, True, False, False]
    assert ran(mixed) == []
    conf = mixed.root.joinpath("conf.py").read_text()
    for subtype, count in (("stale", 8), ("missing", 3)):
        mixed.write("conf.py", f"{conf}suppress_warnings = ['visualtorch.{subtype}']\n")
        assert len(mixed.build().lines) == count


def test_fresh_in_auto_starts_nothing(project: Project) -> None:
    configure(project, galleries=False)
    project.write("models.py", MODEL)
    project.write("index.rst", "Index\n=====\n\n.. visualtorch:: models:Net\n")
    project.keep(Reference.parse("models:Net"), chain(), "models.py")
    done = project.build("-W")
    assert done.lines == []
    assert not done.started
    assert ran(project) == []


def test_always_without_torch(mixed: Project) -> None:
    """What cannot be traced again is said to be of before, fresh as it may look."""
    configure(mixed, "always")
    mixed.write("torch.py", NO_TORCH)
    done = mixed.build()
    fresh = [
        (place, "'fresh:Net' is shown as it was before", "stale")
        for place in ("figures.rst:5", "galleries.rst:13")
    ]
    assert said(done, mixed.root, TORCHLESS) == sorted([*TOLD, *fresh], key=by_place)
    assert ["<svg" in figure for figure in done.figures("figures.html")][:2] == [True, True]


def test_another_word(mixed: Project) -> None:
    """Sphinx complains, and models are traced as if nothing was said."""
    configure(mixed, "sometimes")
    mixed.write("torch.py", NO_TORCH)
    done = mixed.build()
    assert "visualtorch_trace" in done.lines[0]
    assert "'sometimes'" in done.lines[0].replace("`", "'")
    assert TORCHLESS in done.lines[-1]


NETS = """
from pathlib import Path
from torch import nn

Path("ran").open("a").write(__name__ + "\\n")

class Net(nn.Sequential):
    def __init__(self):
        Path("ran").open("a").write("Net\\n")
        super().__init__(nn.Linear(8, 4), nn.ReLU())
"""


@pytest.fixture
def traced(project: Project) -> Project:
    project.write("nets.py", NETS)
    figure = ".. visualtorch:: nets:Net\n   :input-shape: 1, 8\n"
    cards = ".. visualtorch-gallery::\n   :module: nets\n   :input-shape: 1, 8\n"
    project.write(
        "index.rst", f"Index\n=====\n\n{figure}   :depth: 1\n\n{figure}\n{cards}\n{cards}"
    )
    return project


@pytest.mark.torch
def test_always(traced: Project) -> None:
    """All is traced and listed again, once in a build; nothing else is done for it.

    What something else has done to a graph, which no digest tells, is mended.
    """
    page = traced.build("-W").page("index.html")
    store = {path: path.read_bytes() for path in traced.root.glob("_visualtorch/**/*.json")}
    assert len(store) == 2
    assert ran(traced) == ["nets", "Net"]
    for mode, times in (("never", 1), ("always", 2)):
        again = traced.build("-W", "-v", "-D", f"visualtorch_trace={mode}")
        assert ran(traced) == ["nets", "Net"] * times
        assert again.printed.count("visualtorch: nets:Net traced, ") == times - 1
        assert again.printed.count("listing models... [100%]") == times - 1
        assert "0 added, 0 changed, 0 removed" in again.printed
        assert "no targets are out of date" in again.printed
        assert again.page("index.html") == page
        assert {path: path.read_bytes() for path in store} == store
    (path,) = traced.root.glob("_visualtorch/*.json")
    path.write_text(path.read_text().replace("torch.nn.Linear", "torch.nn.Lineal"))
    assert "Lineal" in traced.build("-W").page("index.html")
    assert ran(traced) == ["nets", "Net"] * 2
    mended = traced.build("-W", "-D", "visualtorch_trace=always")
    assert mended.page("index.html") == page
    assert path.read_bytes() == store[path]


@pytest.mark.torch
def test_stale_is_traced_in_auto_and_not_in_never(traced: Project) -> None:
    traced.build("-W")
    traced.write("nets.py", NETS.replace("ReLU", "GELU"))
    never = traced.build("-D", "visualtorch_trace=never")
    assert len(never.lines) == 6
    assert all("[visualtorch.stale]" in line for line in never.lines)
    assert "ReLU" in never.page("index.html")
    assert "GELU" not in never.page("index.html")
    auto = traced.build("-W")
    assert auto.lines == []
    assert "GELU" in auto.page("index.html")
