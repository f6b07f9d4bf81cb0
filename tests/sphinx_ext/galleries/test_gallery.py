"""From a gallery to a page, from a filled store: the models of these pages cannot be imported."""

from __future__ import annotations

import html
import os
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace

import pytest
from projects import NO_TORCH, Built, Project, chain

from sphinx_visualtorch.listing import Catalogue, Listed, Listing
from sphinx_visualtorch.reference import Reference

NASTY = "</svg><script>alert(1)</script>\"'&*`|_ ü模"
LONG = f"{NASTY} {'x' * 300}"

MODULE = Catalogue(kind="module", names=("models",))
REGISTRY = Catalogue(kind="registry", names=("models:NETS",))
LISTING = Listing(
    models=(
        Listed(name="Net", target="models:Net", summary="The first net.", paths=("models.Net",)),
        Listed(
            name="tiny", target="models:tiny", summary="A <tiny> *net*.", paths=("models.tiny",)
        ),
        Listed(name="Documented", target="models:Wide", paths=("models.Wide", "api.Wide")),
    )
)
STORED = Listing(
    models=(
        Listed(name=LONG, target=f"models:NETS[{LONG!r}]", summary=LONG),
        Listed(name="b", target="models:Net"),
        Listed(name="c", target="models:Net"),
    )
)

PAGES = {
    "index.rst": """
Models
======

.. toctree::

   gallery
   deeper/markdown
   plain
   nets
""",
    "gallery.rst": """
A gallery
=========

.. visualtorch-gallery::
   :module: models
   :caption: All *nets*
   :name: nets-here
   :columns: 2
   :class: framed

See :ref:`nets-here`.

.. visualtorch-gallery::
   :module: models
   :sort: -parameters
   :exclude: Doc*
   :style: graph

.. visualtorch-gallery::
   :input-shape: 1, 8
   :name: no-heading

   models:Net
   With a title <models:Net>
      :input-shape: 1, 16
      :kwargs: width=3

See :ref:`here <no-heading>`.
""",
    "deeper/markdown.md": """
# In Markdown

```{visualtorch-gallery}
:registry: models:NETS
:name: marked
:caption: A **registry**
:exclude: c
```

```{visualtorch-gallery}
Marked <models:Net>
  :input-shape: 1, 8
```
""",
    "nets.rst": """
Classes
=======

.. py:class:: api.Wide

   It is documented here.
""",
    "plain.rst": "Plain\n=====\n",
    **{f"filler{number}.rst": ":orphan:\n\nFiller\n======\n" for number in range(4)},
}


def fill(project: Project) -> Project:
    project.configure("copyright = 'nobody'\nversion = '1'\n")
    project.write("models.py", "raise RuntimeError\n")
    for name, text in PAGES.items():
        project.write(name, text)
    graphs = {
        Reference.parse("models:Net"): replace(chain(), flops=2_000),
        Reference.parse("models:tiny"): replace(chain(), parameters=5),
        Reference.parse("models:Wide"): replace(chain(16), parameters=25_600_000),
        Reference.parse("models:Net", input_shape="1, 8"): chain(),
        Reference.parse("models:Net", input_shape="1, 16", kwargs="width=3"): chain(16),
        Reference.parse(f"models:NETS[{LONG!r}]"): chain(),
    }
    for reference, graph in graphs.items():
        project.keep(reference, graph, "models.py")
    project.keep_listing(MODULE, LISTING, "models.py")
    project.keep_listing(REGISTRY, STORED, "models.py")
    known = Listing(models=(replace(LISTING.models[0], name="models:Net"),))
    project.keep_listing(Catalogue(kind="references", names=("models:Net",)), known, "models.py")
    return project


@pytest.fixture(scope="module")
def filled(make_project: Callable[[], Project]) -> Project:
    return fill(make_project())


@pytest.fixture(scope="module")
def built(filled: Project) -> Built:
    done = filled.build("-j", "2", "-n", "-W", "--keep-going")
    assert done.warnings == ""
    assert done.readers > 1
    return done


def galleries(built: Built, page: str) -> list[str]:
    found = re.findall(r'<ul class="[^"]*vt-gallery.*?</ul>', built.page(page), flags=re.DOTALL)
    assert found
    return found


def cards(gallery: str) -> list[str]:
    return re.findall(r'<li class="vt-card">.*?</li>', gallery, flags=re.DOTALL)


def text(markup: str) -> str:
    plain = html.unescape(re.sub(r"<[^>]*>", " ", markup)).replace("\N{NO-BREAK SPACE}", " ")
    return " ".join(plain.split())


def test_cards(built: Built) -> None:
    first, *_ = galleries(built, "gallery.html")
    assert 'class="framed vt-gallery"' in first
    assert 'style="--vt-columns:2"' in first
    found = [text(card) for card in cards(first)]
    assert found == [
        "Net The first net. 144 parameters · 2.00 kFLOPs · input 1×8",
        "tiny A <tiny> *net*. 5 parameters · input 1×8",
        "Documented 25.6 M parameters · input 1×16",
    ]
    assert [re.findall(r'href="([^"]*)"', card) for card in cards(first)] == [
        *([], [], ["nets.html#api.Wide"]),
    ]


def test_caption_and_name(built: Built) -> None:
    page = built.page("gallery.html")
    heading = r'<p class="vt-gallery-caption rubric" id="nets-here">All <em>nets</em>'
    assert re.search(heading, page)
    assert re.search(r'href="#nets-here"><span class="std std-ref">All nets</span>', page)
    assert 'href="#no-heading"><span class="std std-ref">here</span>' in page
    assert re.search(r'<span [^>]*id="no-heading"></span><ul class="vt-gallery"', page)


def test_sorted_and_excluded(built: Built) -> None:
    second = galleries(built, "gallery.html")[1]
    assert [text(card).split()[0] for card in cards(second)] == ["Net", "tiny"]
    assert re.findall(r'<img [^>]*src="([^"]*)"', second) != re.findall(
        r'<img [^>]*src="([^"]*)"', galleries(built, "gallery.html")[0]
    )


def test_references(built: Built) -> None:
    third = galleries(built, "gallery.html")[2]
    assert [text(card) for card in cards(third)] == [
        "Net The first net. 144 parameters · input 1×8",
        "With a title The first net. 144 parameters · input 1×16",
    ]


def test_thumbnails(built: Built) -> None:
    """Two files each, for light and dark pages, fetched when they are needed, without letters."""
    first, *_ = galleries(built, "gallery.html")
    images = re.findall(r"<img [^>]*>", first)
    assert len(images) == 6
    for number, image in enumerate(images):
        assert 'loading="lazy"' in image
        assert 'alt="Architecture of Net: 3 layers' in image
        theme = ("light", "dark")[number % 2]
        assert re.search(rf'class="[^"]*\bvt-{theme}\b', image)
        (name,) = re.findall(r'src="_images/([^"]*)"', image)
        picture = built.page(f"_images/{name}")
        assert "<text" not in picture
        assert 'class="vt-node' in picture
        assert len(picture) < 12_000
    sheet = built.page("_static/visualtorch.css")
    assert ".vt-gallery" in sheet
    assert "visualtorch.css" in built.page("gallery.html")
    assert "visualtorch.css" not in built.page("plain.html")


def test_markdown_and_markup(built: Built) -> None:
    """Whatever a registry calls its models, and whatever they say of themselves, is text."""
    page = built.page("deeper/markdown.html")
    assert "<script>alert" not in page
    first, second = galleries(built, "deeper/markdown.html")
    nasty, plain = cards(first)
    assert text(nasty).startswith(f"{LONG} {LONG} 144 parameters")
    assert text(plain).startswith("b 144 parameters")
    assert text(second).startswith("Marked The first net.")
    assert re.search(r'id="marked">A <strong>registry</strong>', page)


def test_nothing_is_imported(built: Built) -> None:
    for module in ("torch", "models", "sphinx_visualtorch.tracing.client"):
        assert not built.imported(module), module


def test_again(project: Project) -> None:
    """Nothing is read or written, until a source that a gallery was made of is touched."""
    fill(project).write("torch.py", NO_TORCH)
    assert project.build("-W").lines == []
    pictures = sorted(path.name for path in (project.root / "_build/html/_images").iterdir())
    again = project.build("-W")
    assert "no targets are out of date" in again.printed
    assert pictures == sorted(path.name for path in (again.out / "_images").iterdir())
    os.utime(project.root / "models.py")
    touched = project.build("-W")
    read = re.findall(r"^reading sources\.\.\. .*\] (.+)$", touched.printed, flags=re.MULTILINE)
    assert read == ["deeper/markdown", "gallery"]
    # another listing is shown without reading anything
    listing = Listing(models=(replace(LISTING.models[0], summary="Better."), *LISTING.models[1:]))
    project.keep_listing(MODULE, listing, "models.py")
    better = project.build("-W")
    assert not re.findall(r"^reading sources\.\.\. .*\] (.+)$", better.printed, flags=re.MULTILINE)
    assert "Better." in better.page("gallery.html")
    for name in ("gallery", "deeper/markdown"):
        for source in re.findall(r'<img [^>]*src="([^"]*)"', better.page(f"{name}.html")):
            assert (better.out / name).parent.joinpath(source).is_file()
    # pictures of what is not shown any more go
    project.write("gallery.rst", "A gallery\n=========\n")
    fewer = project.build()
    assert set(pictures) > {path.name for path in (fewer.out / "_images").iterdir()} != set()
    assert not better.imported("sphinx_visualtorch.tracing.client")


def test_stale_without_torch(project: Project) -> None:
    """It is shown as it was, and the build says so each time."""
    fill(project).write("torch.py", NO_TORCH)
    project.write("models.py", "raise ValueError\n")
    for _ in range(2):
        done = project.build()
        stale = [line for line in done.lines if "is listed as it was before" in line]
        assert [re.sub(r".*/(\w+\.\w+:\d+): .*", r"\1", line) for line in stale] == [
            *("markdown.md:4", "markdown.md:11", "gallery.rst:5", "gallery.rst:14"),
            "gallery.rst:20",
        ]
        assert all("[visualtorch.stale]" in line for line in done.lines)
        assert len(galleries(done, "gallery.html")) == 3


@pytest.mark.parametrize("builder", ["text", "man"])
def test_words(filled: Project, builder: str) -> None:
    done = filled.build("-n", "-W", builder=builder)
    assert done.lines == []
    name = "gallery.txt" if builder == "text" else "projectnamenotset.1"
    (page,) = (
        [done.page(name)]
        if builder == "text"
        else [path.read_text(encoding="utf-8") for path in done.out.glob("*.1")]
    )
    plain = " ".join(page.replace("\\", "").split())
    for words in ("Parameters", "FLOPs", "25.6 M", "2.00 k", "The first net.", "Documented"):
        assert words in plain
    if builder == "text":
        assert page.count("| Model ") == 3


def test_latex(filled: Project) -> None:
    done = filled.build("-n", "-W", builder="latex")
    assert done.lines == []
    (page,) = (path.read_text(encoding="utf-8") for path in done.out.glob("*.tex"))
    listed = re.findall(r"\\begin\{itemize\}.*?\\end\{itemize\}", page, flags=re.DOTALL)
    (first,) = [item for item in listed if "The first net." in item and "Documented" in item]
    assert first.count(r"\item") == 3
    assert first.count(r"\sphinxincludegraphics") == 3
    assert r"25.6" in first
    assert r"\hyperref[\detokenize{nets:api.Wide}]" in first
    assert r"\label{\detokenize{gallery:nets-here}}" in page


def test_epub(filled: Project) -> None:
    done = filled.build("-n", "-W", builder="epub")
    assert done.lines == []
    (book,) = done.out.glob("*.epub")
    with zipfile.ZipFile(book) as archive:
        page = archive.read("gallery.xhtml").decode()
        names = archive.namelist()
    images = re.findall(r'<img [^>]*src="([^"]*)"', page)
    assert len(images) == 7
    assert all(image in names and "-light." in image for image in images)


@pytest.mark.parametrize(
    "builder", ["dirhtml", "singlehtml", "texinfo", "xml", "pseudoxml", "gettext", "dummy"]
)
def test_builders(filled: Project, builder: str) -> None:
    done = filled.build("-n", "-W", builder=builder)
    assert done.lines == []
    assert done.code == 0
    if builder == "singlehtml":
        assert 'href="#api.Wide"' in done.page("index.html")
    if builder == "dirhtml":
        assert 'href="../nets/#api.Wide"' in done.page("gallery/index.html")
    if builder == "gettext":
        assert 'msgid "All *nets*"' in done.page("gallery.pot")


BAD = [
    (":columns: many\n\n   models:Net", "option 'columns' cannot be 'many'"),
    (":columns: 0\n\n   models:Net", "a whole number from 1 to 12"),
    (":sort: size\n\n   models:Net", "one of order, name, parameters, flops"),
    (":module: models\n   :registry: models:NETS", "one of module, registry, entry-points"),
    (":module: models\n\n   models:Net", "one of module, registry, entry-points"),
    ("", "one of module, registry, entry-points and references below it"),
    (":module: models:Net", "the name of a module is wanted"),
    (":registry: models", "cannot read 'models'"),
    (":modul: models", "no option 'modul'"),
    (":module: models\n   :min-z: 1\n   :min_z: 2", "given twice"),
    (":module: models\n   :palette: pink", "one of okabe_ito, tol"),
    (":module: models\n   :style: nice", "one of layered, lenet, graph, flow"),
    (":module: models\n   :input-shape: three", "whole numbers"),
]


def test_bad_options(project: Project) -> None:
    """One warning each with its line, and a message in the page, on each build."""
    project.write("models.py", "raise RuntimeError\n")
    project.keep(Reference.parse("models:Net"), chain(), "models.py")
    page, starts = "Title\n=====\n\n", []
    for lines, _ in BAD:
        starts.append(page.count("\n") + 1)
        page += f".. visualtorch-gallery::\n   {lines}\n\n"
    project.write("index.rst", page)
    for _ in range(2):
        done = project.build()
        found = {int(re.findall(r"index.rst:(\d+): ", line)[0]): line for line in done.lines}
        assert sorted(found) == starts
        messages = re.findall(
            r'<div class="visualtorch-error.*?</div>', done.page("index.html"), re.DOTALL
        )
        assert len(messages) == len(BAD)
        for start, shown, (_, words) in zip(starts, messages, BAD, strict=True):
            assert words in found[start]
            assert words in text(shown)
    assert not done.imported("sphinx_visualtorch.tracing.client")


def test_no_empty_line_is_needed(project: Project) -> None:
    project.write("models.py", "raise RuntimeError\n")
    project.keep(Reference.parse("models:Net"), chain(), "models.py")
    known = Listing(models=(LISTING.models[0],))
    project.keep_listing(Catalogue(kind="references", names=("models:Net",)), known, "models.py")
    directive = ".. visualtorch-gallery::\n   A net <models:Net>\n"
    project.write("index.rst", f"Title\n=====\n\n{directive}\n.. visualtorch-gallery:: models\n")
    project.write("torch.py", NO_TORCH)
    done = project.build()
    first, second = galleries(done, "index.html")
    assert text(first).startswith("A net 144")
    assert "a module and a name in it are wanted" in text(second)
    (line,) = done.lines
    assert "index.rst:7: WARNING: cannot read 'models'" in line


def test_bad_lines(project: Project) -> None:
    """Each costs its own card, and is told at its own line."""
    project.write("torch.py", NO_TORCH)
    project.write("models.py", "")
    project.keep(Reference.parse("models:Net"), chain(), "models.py")
    known = Listing(models=(LISTING.models[0],))
    project.keep_listing(Catalogue(kind="references", names=("models:Net",)), known, "models.py")
    lines = f"   models:Net\n   {NASTY}\n   models:Net\n      :inptu-shape: 1\n   A <b> c\n"
    project.write("index.rst", f"Title\n=====\n\n.. visualtorch-gallery::\n\n{lines}")
    for _ in range(2):
        done = project.build()
        assert [re.sub(r".*index.rst:(\d+): .*", r"\1", line) for line in done.lines] == [
            *("7", "8", "10"),
        ]
        assert "did you mean 'input_shape'" in done.lines[1]
        found = cards(galleries(done, "index.html")[0])
        assert len(found) == 4
        assert "<img" in found[0]
        assert all("visualtorch-error" in card for card in found[1:])
        assert NASTY in text(found[1])
        assert "<script>alert" not in done.page("index.html")


def test_nothing_and_twice(project: Project) -> None:
    """A gallery without models says so; an object under two names is shown once."""
    project.write("models.py", "raise RuntimeError\n")
    project.keep(Reference.parse("models:Net"), chain(), "models.py")
    project.keep_listing(MODULE, Listing(passed=("Wants",)), "models.py")
    project.keep_listing(REGISTRY, Listing(models=STORED.models[1:]), "models.py")
    options = (
        ":module: models",
        ":registry: models:NETS",
        ":registry: models:NETS\n   :exclude: c",
    )
    directives = [f".. visualtorch-gallery::\n   {option}\n\n" for option in options]
    project.write("index.rst", "Title\n=====\n\n" + "".join(directives))
    for _ in range(2):
        done = project.build()
        empty, twice = done.lines
        assert "index.rst:4: WARNING: 'models' has no models ('Wants' cannot be called" in empty
        assert "[visualtorch.gallery]" in empty
        assert "index.rst:7: WARNING: 'b' and 'c' are one model, which is shown as 'b'" in twice
        assert "'models' has no models" in text(done.page("index.html"))
        assert [len(cards(item)) for item in galleries(done, "index.html")] == [1, 1]


def test_entry_points(project: Project) -> None:
    """What installed packages offer, looked up in each build, and found without importing them."""
    project.write("models.py", "raise RuntimeError\n")
    info = "zoo-1.0.dist-info"
    project.write(f"{info}/METADATA", "Metadata-Version: 2.1\nName: zoo\nVersion: 1.0\n")
    points = "[visualtorch.models]\nfirst = models:Net\n"
    project.write(f"{info}/entry_points.txt", points)
    project.write("index.rst", "Title\n=====\n\n.. visualtorch-gallery::\n   :entry-points:\n")
    for target in ("models:Net", "models:tiny"):
        project.keep(Reference.parse(target), chain(), "models.py")
    one = Catalogue(kind="references", names=("models:Net",))
    both = Catalogue(kind="references", names=("models:Net", "models:tiny"))
    for item in (one, both):
        known = [replace(LISTING.models[0], name=name, target=name) for name in item.names]
        project.keep_listing(item, Listing(models=tuple(known)), "models.py")
    done = project.build("-W")
    assert [text(card).split()[0] for card in cards(done.page("index.html"))] == ["first"]
    project.write(f"{info}/entry_points.txt", f"{points}other = models:tiny\nbad = models\n")
    again = project.build()
    assert [text(card).split()[0] for card in cards(again.page("index.html"))] == [
        *("bad", "first", "other"),
    ]
    (line,) = again.lines
    assert "index.rst:4: WARNING: 'bad' cannot be shown: cannot read 'models'" in line
