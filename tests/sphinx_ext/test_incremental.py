"""What a second build does: as little as possible, and never less than it must.

No torch is needed here; where a model would have to be traced, a stand-in says that torch is not
installed.
"""

from __future__ import annotations

import os
import re

import pytest
from projects import NO_TORCH, Built, Project, chain

from sphinx_visualtorch.reference import Reference

ONE = Reference.parse("one:Net", input_shape="1, 8")
TWO = Reference.parse("two:Net", input_shape="1, 8")


def page(title: str, target: str, *options: str, caption: str = "A caption.") -> str:
    lines = [f".. visualtorch:: {target}", ":input-shape: 1, 8", *options, "", caption]
    return f"{title}\n=====\n\n" + "\n   ".join(lines) + "\n\n"


@pytest.fixture
def filled(project: Project) -> Project:
    for name, text in {
        "torch.py": NO_TORCH,
        "one.py": "import shared\n",
        "two.py": "import shared\n",
        "shared.py": "",
        "index.rst": "Index\n=====\n\n.. toctree::\n   :glob:\n\n   page-*\n",
        "page-one.rst": page("One", "one:Net"),
        "page-two.rst": page("Two", "two:Net"),
        "page-both.rst": page("Both", "one:Net") + page("More", "two:Net", ":style: graph"),
        "page-none.rst": "None\n====\n",
        # Sphinx reads in several processes only where there are more than five documents
        **{f"filler{number}.rst": ":orphan:\n\nFiller\n======\n" for number in range(4)},
    }.items():
        project.write(name, text)
    project.keep(ONE, chain(), "one.py", "shared.py")
    project.keep(TWO, chain(16), "two.py", "shared.py")
    assert project.build("-W").lines == []
    return project


def read(built: Built) -> list[str]:
    """Return the documents that a build has read."""
    return re.findall(r"^reading sources\.\.\. .*\] (.+)$", built.printed, flags=re.MULTILINE)


def written(built: Built) -> list[str]:
    """Return the documents that were written, without the one that lists the others."""
    found = re.findall(r"^writing output\.\.\. .*\] (.+)$", built.printed, flags=re.MULTILINE)
    return [name for name in found if name != "index"]


def said(built: Built, word: str) -> list[str]:
    return re.findall(rf"^visualtorch: (.* {word}.*)$", built.printed, flags=re.MULTILINE)


def touch(project: Project, name: str) -> None:
    os.utime(project.root / name)


def test_nothing_to_do(filled: Project) -> None:
    again = filled.build("-W", "-v")
    assert read(again) == written(again) == []
    assert "no targets are out of date" in again.printed
    assert len(said(again, "from the store")) == 2
    # what takes time to load, and what only those need who read or draw something
    rooms = ("options", "reference", "gallery", "listing", "theme", "graph", "pipeline", "tracing")
    assert not [room for room in rooms if again.imported(f"sphinx_visualtorch.{room}")]


def test_caption(filled: Project) -> None:
    """Another caption, place or name of a figure traces and paints nothing."""
    filled.write("page-one.rst", page("One", "one:Net", ":name: one", caption="Better."))
    again = filled.build("-W", "-v")
    assert read(again) == ["page-one"]
    assert said(again, "painted") == said(again, "traced") == []
    (line,) = said(again, "shown as kept in")  # a line for each figure that is written
    assert re.fullmatch(r"one:Net shown as kept in \w+\.svg, \d+ ms", line)
    assert "Better." in again.page("page-one.html")


def test_option(filled: Project) -> None:
    filled.write("page-one.rst", page("One", "one:Net", ":legend:"))
    again = filled.build("-W", "-v")
    assert len(said(again, "painted")) == 1
    assert said(again, "traced") == []


def test_touched_source(filled: Project) -> None:
    """Exactly the documents that show a model are read again when its source may have changed."""
    touch(filled, "one.py")
    again = filled.build("-W", "-v")
    assert read(again) == ["page-both", "page-one"]
    assert said(again, "painted") == said(again, "traced") == []
    touch(filled, "shared.py")
    assert read(filled.build("-W")) == ["page-both", "page-one", "page-two"]
    touch(filled, "torch.py")
    assert read(filled.build("-W")) == []


def test_changed_source_without_torch(filled: Project) -> None:
    """The figure stays, each place where it stands is named, and that on every build."""
    before = filled.build().figures("page-one.html")
    filled.write("one.py", "import shared  # changed\n")
    touch(filled, "one.py")
    for documents in (["page-both", "page-one"], []):
        again = filled.build()
        assert read(again) == documents
        assert [re.sub(r".*/(page.*?) .*", r"\1", line) for line in again.lines] == [
            "page-both.rst:4:",
            "page-one.rst:4:",
        ]
        assert all("one.py" in line and "torch is not installed" in line for line in again.lines)
        assert again.figures("page-one.html") == before
    assert filled.build("-W").code != 0
    filled.configure("suppress_warnings = ['visualtorch.stale']\n")
    assert filled.build("-W").code == 0


def test_missing_without_torch(filled: Project) -> None:
    """A message stands in the page until there is a graph, and the warning comes every time."""
    (stored,) = filled.root.glob("_visualtorch/one*")
    kept = stored.read_text()
    stored.write_text(kept[: len(kept) // 2])
    for _ in range(2):
        again = filled.build()
        assert len(again.lines) == 2
        assert all("visualtorch" in line and "'one:Net'" in line for line in again.lines)
        (figure,) = again.figures("page-one.html")
        assert "<svg" not in figure
        assert "torch is not installed" in figure
        assert 'class="visualtorch-error admonition error"' in figure
        assert "A caption." in figure
        assert "<svg" in again.page("page-two.html")
    assert stored.read_text() == kept[: len(kept) // 2]
    stored.write_text(kept)
    mended = filled.build("-W")
    assert mended.lines == []
    assert "<svg" in mended.figures("page-one.html")[0]
    assert read(filled.build("-W")) == []


def test_new_graph_is_shown_by_every_builder(filled: Project) -> None:
    """Documents are written again where another graph came in, without being read again."""
    filled.build("-W", builder="dirhtml")
    filled.keep(ONE, chain(24), "one.py", "shared.py")
    for builder, name in (("html", "page-one.html"), ("dirhtml", "page-one/index.html")):
        again = filled.build("-W", builder=builder)
        assert read(again) == []
        assert written(again) == ["page-both", "page-one"]
        assert "24" in re.findall(r"<text[^>]*>([^<]*)</text>", again.page(name))
        assert written(filled.build("-W", builder=builder)) == []


def test_documents_come_and_go(filled: Project) -> None:
    both = filled.root / "page-both.rst"
    text = both.read_text()
    both.unlink()
    assert filled.build("-W").lines == []
    filled.write("page-new.rst", text)
    again = filled.build("-W")
    assert "page-new" in read(again)
    assert len(again.figures("page-new.html")) == 2
    touch(filled, "two.py")
    assert read(filled.build("-W")) == ["page-new", "page-two"]


def test_configuration(filled: Project) -> None:
    """What changes a request has all documents read again, what does not has none."""
    filled.configure("visualtorch_timeout = 7\n")
    assert read(filled.build("-W")) == []
    filled.configure("visualtorch_timeout = 7\nvisualtorch_style = 'graph'\n")
    again = filled.build("-W")
    assert "page-none" in read(again)
    assert 'data-style="graph"' in again.figures("page-one.html")[0]
    filled.configure("visualtorch_options = {'legend': True, 'max-z': 50, 'node_size': 30}\n")
    again = filled.build("-W")
    assert 'data-style="layered"' in again.figures("page-one.html")[0]
    assert "vt-legend" in again.figures("page-one.html")[0]


def test_store_elsewhere(filled: Project) -> None:
    filled.root.joinpath("_visualtorch").rename(filled.root / "kept")
    filled.configure("visualtorch_store = 'kept'\n")
    assert filled.build("-W").lines == []
    filled.configure("visualtorch_store = None\n")
    again = filled.build()
    assert len(again.lines) == 4
    assert not filled.root.joinpath("_visualtorch").exists()


def test_parallel(filled: Project) -> None:
    """Reading in forked processes finds the same figures and the same dependencies."""
    filled.write("filler0.rst", ":orphan:\n\nBad\n===\n\n.. visualtorch:: one:Net\n   :bad: x\n")
    first = filled.build("-E", "-j", "3")
    assert first.readers > 2
    assert len(first.lines) == 1
    again = filled.build()
    assert read(again) == ["filler0"]
    assert again.lines == first.lines
    filled.write("filler0.rst", ":orphan:\n\nGood\n====\n")
    filled.build("-W")
    touch(filled, "two.py")
    assert read(filled.build("-W", "-j", "2")) == ["page-both", "page-two"]


def images(built: Built, suffix: str) -> set[str]:
    return {path.name for path in built.out.rglob(f"visualtorch-*{suffix}")}


@pytest.mark.parametrize(
    ("builder", "suffix"), [("html", ".svg"), ("latex", ".pdf"), ("texinfo", ".png")]
)
def test_old_images_are_swept(filled: Project, builder: str, suffix: str) -> None:
    """What a page no longer shows is gone from the output; what others show stays there."""
    filled.configure("visualtorch_embed = 'img'\n")
    first = images(filled.build("-W", builder=builder), suffix)
    assert len(first) == 3
    filled.keep(ONE, chain(24), "one.py", "shared.py")
    second = images(filled.build("-W", builder=builder), suffix)
    assert len(second) == 3
    assert len(first & second) == 2
    for name in ("page-one.rst", "page-both.rst"):
        filled.root.joinpath(name).unlink()
    third = filled.build("-W", builder=builder)
    assert len(images(third, suffix)) == 1
    assert images(third, suffix) < second


def test_pictures_of_long_ago_are_forgotten(filled: Project) -> None:
    """What no build has used for a month goes; what is used stays, however old it is."""
    kept = filled.root / "_build" / "doctrees" / "visualtorch" / "pictures"
    pictures = sorted(kept.glob("*.svg"))
    assert len(pictures) == 3
    for path in pictures:
        os.utime(path, (1e9, 1e9))
    filled.build("-W", builder="dirhtml")  # all pages are written: all pictures are read
    assert len(list(kept.glob("*.svg"))) == 3
    for path in sorted(kept.glob("*.svg"))[:1]:
        os.utime(path, (1e9, 1e9))
    filled.build("-W", builder="dirhtml")  # nothing is written
    assert len(list(kept.glob("*.svg"))) == 2
    filled.build("-W", "-E")
    assert len(list(kept.glob("*.svg"))) == 3
