"""Galleries with torch: one worker lists and traces, whatever single models do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from projects import Built, Project

pytestmark = pytest.mark.torch

ZOO = '''
import os
from pathlib import Path
from torch import nn

with open("imports", "a") as file:
    file.write(f"{os.getpid()}\\n")

class Net(nn.Module):
    """A net of one layer."""
    def __init__(self, width=8):
        super().__init__()
        self.layer = nn.Linear(8, width)
    def forward(self, x):
        return self.layer(x)

class Broken(Net):
    """It cannot run."""
    def forward(self, x):
        raise RuntimeError("no <b>luck</b>")

NETS = {f"net-{width}": (lambda width=width: Net(width)) for width in range(1, 101)}
'''


def gallery(*options: str) -> str:
    lines = "".join(f"   {line}\n" for line in options)
    return f".. visualtorch-gallery::\n{lines}\n"


def processes(project: Project) -> int:
    return len(set(project.root.joinpath("imports").read_text().split()))


def cards(built: Built, page: str = "index.html") -> list[str]:
    return re.findall(r'<li class="vt-card">.*?</li>', built.page(page), flags=re.DOTALL)


def test_one_worker_for_a_hundred_models(project: Project) -> None:
    project.write("zoo.py", ZOO)
    project.write(
        "index.rst",
        "Title\n=====\n\n"
        + gallery(":registry: zoo:NETS", ":input-shape: 1, 8", ":columns: 6")
        + gallery(":module: zoo", ":input-shape: 1, 8", ":exclude: Broken"),
    )
    done = project.build("-W")
    assert done.lines == []
    assert processes(project) == 1
    assert "tracing models... [100%]" in done.printed
    found = cards(done)
    assert len(found) == 101
    assert "A net of one layer." in found[-1]
    assert "9 parameters" in found[0].replace("\N{NO-BREAK SPACE}", " ")
    assert not done.imported("zoo")
    assert not done.imported("torch")
    again = project.build("-W")
    assert "no targets are out of date" in again.printed
    assert not again.imported("sphinx_visualtorch.tracing.client")


def test_failures(project: Project) -> None:
    """Each is one warning with its line, on each build, and told where its card would be."""
    project.write("zoo.py", ZOO)
    project.write("raises.py", "raise RuntimeError('no <b>luck</b>')\n")
    project.write("empty.py", "from torch.nn import Linear\n")
    project.write(
        "index.rst",
        "Title\n=====\n\n"
        + gallery(":module: zoo", ":input-shape: 1, 8")
        + gallery(":module: raises")
        + gallery(":module: empty")
        + gallery(":module: gone"),
    )
    for _ in range(2):
        done = project.build()
        found = {int(re.findall(r"index.rst:(\d+)", line)[0]): line for line in done.lines}
        assert sorted(found) == [4, 8, 11, 14]
        assert "running 'zoo:Broken' failed" in found[4]
        assert "importing 'raises' for 'raises' failed: RuntimeError" in found[8]
        assert "'empty' has no models" in found[11]
        assert "has no 'gone'" in found[14]
        assert len(cards(done)) == 2
        assert "visualtorch-error" in cards(done)[1]
        assert done.page("index.html").count('class="visualtorch-error') == 4
        assert "<b>luck" not in done.page("index.html")
    project.write("raises.py", ZOO)
    mended = project.build()
    assert len(mended.lines) == 4
    assert any("running 'raises:Broken' failed" in line for line in mended.lines)


def test_generated_with_the_same_worker(project: Project) -> None:
    """What is listed for the pages is not listed again for the cards."""
    project.configure(
        "visualtorch_galleries = {'zoo/index': {'module': 'zoo', 'input_shape': (1, 8), "
        "'exclude': 'Broken'}}\n"
    )
    project.write("zoo.py", ZOO)
    project.write("index.rst", "Title\n=====\n\n.. toctree::\n\n   zoo/index\n")
    done = project.build("-W", "-n", "-j", "2")
    assert done.lines == []
    assert processes(project) == 1
    assert done.printed.count("listing models... [100%]") == 1
    assert "<svg" in done.page("zoo/Net.html")
    assert 'href="Net.html"' in done.page("zoo/index.html")
    # another model: one more page, one more card
    project.write("zoo.py", ZOO + "\nclass Other(Net):\n    pass\n")
    again = project.build("-W", "-n")
    assert again.lines == []
    assert len(cards(again, "zoo/index.html")) == 2
    assert "<svg" in again.page("zoo/Other.html")


def test_builders_without_figures_list_but_do_not_trace(project: Project) -> None:
    """Translators see the same documents as readers."""
    project.configure("visualtorch_galleries = {'zoo': {'module': 'zoo', 'exclude': 'Broken'}}\n")
    project.write("zoo.py", ZOO)
    project.write("index.rst", "Title\n=====\n\n.. toctree::\n\n   zoo\n")
    done = project.build("-W", builder="gettext")
    assert done.lines == []
    assert (project.root / "Net.rst").exists()
    assert "tracing" not in done.printed
    assert [path.name for path in project.store()] == ["listings"]


DANGER = """
from pathlib import Path
from zoo import Net

def wipe():
    Path("wiped").touch()
    return Net()
"""


@pytest.mark.parametrize("generated", [False, True])
@pytest.mark.parametrize("target", ["danger:wipe", " danger:wipe "])
def test_a_listing_has_no_say_in_what_is_run(
    project: Project, generated: bool, target: str
) -> None:
    """Whoever changes a file of the store does not get code to run that no page names."""
    options = {"module": "zoo", "input_shape": (1, 8), "exclude": "Broken"}
    if generated:
        project.configure(f"visualtorch_galleries = {{'zoo/index': {options!r}}}\n")
        project.write("index.rst", "Title\n=====\n\n.. toctree::\n\n   zoo/index\n")
    else:
        shown = gallery(":module: zoo", ":input-shape: 1, 8", ":exclude: Broken")
        project.write("index.rst", f"Title\n=====\n\n{shown}")
    project.write("zoo.py", ZOO)
    project.write("danger.py", DANGER)
    assert project.build("-W").lines == []
    (listing,) = project.root.joinpath("_visualtorch/listings").glob("*.json")
    text = listing.read_text()
    listing.write_text(text.replace('"zoo:Net"', f'"{target}"'))
    done = project.build()
    assert not project.root.joinpath("wiped").exists()
    (problem,) = {line.partition("WARNING: ")[2] for line in done.lines}
    assert problem.startswith("'danger:wipe' stands in a gallery's listing in the store, but is no")
    assert listing.read_text() == text
    mended = project.build("-W")
    assert mended.lines == []
    assert not project.root.joinpath("wiped").exists()
    assert "danger" not in mended.page("zoo/index.html" if generated else "index.html")
