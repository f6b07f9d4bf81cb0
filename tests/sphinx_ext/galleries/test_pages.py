"""Pages that are written for galleries of conf.py, from a filled store."""

from __future__ import annotations

import html
import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from projects import NO_TORCH, Built, Project, chain

from sphinx_visualtorch.listing import Catalogue, Listed, Listing
from sphinx_visualtorch.reference import Reference

NASTY = "</svg><script>alert(1)</script>\"'&*`|_\\ {x} $a$ ü模"
MODULE = Catalogue(kind="module", names=("models",))
NETS = Catalogue(kind="registry", names=("models:NETS",))
NET = Listed(name="Net", target="models:Net", summary="The *first* net.", paths=("models.Net",))
TINY = Listed(name="tiny", target="models:tiny")
UP = Listed(name="../../up", target="models:NETS['../../up']", summary="1. No list")
BAD = Listed(name=NASTY, target=f"models:NETS[{NASTY!r}]", summary=f"• {NASTY} {'x' * 300}")

CONF = """
visualtorch_galleries = {"zoo/index": {"module": "models", "title": "All nets"}}
"""
INDEX = "Title\n=====\n\n.. toctree::\n\n   zoo/index\n"


def fill(project: Project, listing: Listing = Listing(models=(NET, TINY))) -> None:  # noqa: B008
    project.write("models.py", "raise RuntimeError\n")
    for model in listing.models:
        project.keep(Reference.parse(model.target), chain(), "models.py")
    project.keep_listing(MODULE, listing, "models.py")


@pytest.fixture
def zoo(project: Project) -> Project:
    project.configure(CONF)
    project.write("index.rst", INDEX)
    fill(project)
    return project


def written(project: Project, folder: str = "zoo") -> list[str]:
    return sorted(path.name for path in (project.root / folder).glob("*"))


def read(built: Built) -> list[str]:
    return re.findall(r"^reading sources\.\.\. .*\] (.+)$", built.printed, flags=re.MULTILINE)


def text(markup: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", markup)).split())


def test_pages(zoo: Project) -> None:
    """An index with cards that lead to a page per model, each with its figure and layers."""
    done = zoo.build("-n", "-W", "--keep-going")
    assert done.warnings == ""
    assert written(zoo) == ["Net.rst", "index.rst", "tiny.rst"]
    page = done.page("zoo/index.html")
    assert "<h1>All nets" in page
    links = re.findall(r'<p class="vt-card-name"><a [^>]*href="([^"]*)"', page)
    assert links == ["Net.html", "tiny.html"]
    model = done.page("zoo/Net.html")
    assert "<h1>Net<" in model
    assert "<p>The *first* net.</p>" in model
    assert 'class="vt-figure"' in model
    assert "visualtorch-table" in model
    assert not done.imported("models")
    assert not done.imported("sphinx_visualtorch.tracing.client")


def test_again(zoo: Project) -> None:
    """What is the same is not touched, and nothing is read."""
    zoo.build("-W")
    times = {path: path.stat().st_mtime_ns for path in (zoo.root / "zoo").glob("*")}
    again = zoo.build("-W")
    assert read(again) == []
    assert {path: path.stat().st_mtime_ns for path in times} == times


def test_models_come_and_go(zoo: Project) -> None:
    """Only pages that were written here are removed; everybody's own stay, and are not replaced."""
    zoo.build("-W")
    own = zoo.write("zoo/notes.rst", ":orphan:\n\nNotes\n=====\n")
    quoted = f":orphan:\n\nQuoted\n======\n\n{(zoo.root / 'zoo/tiny.rst').read_text()[3:]}"
    zoo.write("zoo/quoted.rst", quoted.replace(".. written", "written"))
    mine = zoo.write("zoo/wide.rst", "My own\n======\n")
    wide = replace(TINY, name="wide", target="models:wide")
    fill(zoo, Listing(models=(NET, wide)))
    for _ in range(2):
        done = zoo.build()
        (line,) = done.lines
        assert "zoo/wide.rst is not written: there is such a file" in line
        assert "[visualtorch.gallery]" in line
    assert written(zoo) == ["Net.rst", "index.rst", "notes.rst", "quoted.rst", "wide.rst"]
    assert mine.read_text() == "My own\n======\n"
    assert 'href="wide.html"' in done.page("zoo/index.html")
    zoo.configure("")
    zoo.write("index.rst", "Title\n=====\n")
    mine.unlink()
    assert zoo.build("-W").lines == []
    assert written(zoo) == ["notes.rst", "quoted.rst"]
    assert own.exists()


def test_names(project: Project) -> None:
    """Names of files are safe, in both languages; what models say of themselves is text."""
    project.configure(
        "visualtorch_galleries = {\n"
        "    'a/index': {'registry': 'models:NETS', 'suffix': '.rst'},\n"
        "    'b/c/index': {'registry': 'models:NETS', 'suffix': '.md'},\n"
        "}\n"
    )
    project.write("index.rst", INDEX.replace("zoo/index", "a/index\n   b/c/index"))
    others = ("模型", "NET", "net", "con", "index", "-", "x" * 300)
    models = [UP, BAD, *(Listed(name=name, target=f"models:NETS[{name!r}]") for name in others)]
    fill(project, Listing(models=tuple(models)))
    project.keep_listing(NETS, Listing(models=tuple(models)), "models.py")
    done = project.build("-n", "-W", "--keep-going")
    assert done.warnings == ""
    for folder, suffix in (("a", ".rst"), ("b/c", ".md")):
        names = written(project, folder)
        assert len(names) == len({name.casefold() for name in names}) == len(models) + 1
        assert all(re.fullmatch(rf"[A-Za-z0-9_-]{{1,70}}\{suffix}", name) for name in names)
        assert {f"up{suffix}", f"NET{suffix}", f"index{suffix}"} <= {*names}
        assert f"con{suffix}" not in names
        for name in names:
            page = done.page(f"{folder}/{name.removesuffix(suffix)}.html")
            assert "<script>alert" not in page
            assert "vt-gallery" in page or 'class="vt-figure"' in page
        index = done.page(f"{folder}/index.html")
        assert NASTY in text(index)
        (nasty,) = [name for name in names if name.startswith("svg-script")]
        page = done.page(f"{folder}/{nasty.removesuffix(suffix)}.html")
        heading = re.search(r"<h1>(.*?)<a class=\"headerlink", page)
        assert heading is not None
        assert text(heading[1]) in (NASTY, NASTY.replace('"', "”").replace("'", "’"))
        assert "x" * 300 in page
        assert "<p>1. No list</p>" in done.page(f"{folder}/up.html")


def test_markdown_by_itself(zoo: Project) -> None:
    """Where there is no reStructuredText, pages are Markdown."""
    zoo.configure(f"{CONF}source_suffix = {{'.md': 'markdown'}}\n")
    zoo.root.joinpath("index.rst").unlink()
    zoo.write("index.md", "# Title\n\n```{toctree}\nzoo/index\n```\n")
    assert zoo.build("-W").lines == []
    assert written(zoo) == ["Net.md", "index.md", "tiny.md"]
    assert (zoo.root / "zoo/Net.md").read_text().startswith("% written by sphinx_visualtorch")


def test_templates_of_ones_own(zoo: Project) -> None:
    """With front matter and further templates; a page written before gives way to another kind."""
    zoo.configure(
        f"{CONF}visualtorch_galleries['zoo/index']['suffix'] = '.rst'\ntemplates_path = ['mine']\n"
    )
    zoo.write(
        "mine/visualtorch/model.rst",
        '{% extends "!visualtorch/model.rst" %}\n',
    )
    zoo.write("mine/visualtorch/gallery.rst", "{{ title | heading }}\n\n{{ models | length }}\n")
    done = zoo.build()
    assert "<p>2</p>" in done.page("zoo/index.html")
    assert "<h1>Net<" in done.page("zoo/Net.html")
    zoo.configure(
        f"{CONF}visualtorch_galleries['zoo/index']['suffix'] = '.md'\ntemplates_path = ['mine']\n"
    )
    zoo.write("mine/visualtorch/model.md", "---\norphan: true\n---\n\n{{ title | heading(1) }}\n")
    done = zoo.build("-W")
    assert written(zoo) == ["Net.md", "index.md", "tiny.md"]
    page = (zoo.root / "zoo/Net.md").read_text()
    assert page.startswith("---\norphan: true\n---\n% written by")
    assert zoo.build("-W").lines == []


@pytest.mark.parametrize(
    ("template", "line", "words"),
    [
        ("{{ title }}\n{% if %}\n", 2, "TemplateSyntaxError"),
        ("{{ title }}\n\n{{ model.gone.further }}\n", 3, "UndefinedError"),
        ("{{ title }}\n{{ 1 // 0 }}\n", 2, "ZeroDivisionError"),
        ("{{ ''.__class__.__mro__ }}\n", 1, "SecurityError"),
        ("\n{{ title | nofilter }}\n", 2, "nofilter"),
        ("{% include 'gone.rst' %}\n", 1, "TemplateNotFound"),
    ],
)
def test_bad_template(zoo: Project, template: str, line: int, words: str) -> None:
    """One warning for all pages, with name and line; what was there stays."""
    zoo.build("-W")
    before = (zoo.root / "zoo/Net.rst").read_bytes()
    zoo.configure(f"{CONF}templates_path = ['mine']\n")
    zoo.write("mine/visualtorch/model.rst", template)
    done = zoo.build()
    assert done.code == 0
    (told,) = done.lines
    assert f"visualtorch/model.rst:{line}: WARNING: the template 'visualtorch/model.rst'" in told
    assert f"failed in line {line}: " in told
    assert words in told
    assert "[visualtorch.gallery]" in told
    assert written(zoo) == ["Net.rst", "index.rst", "tiny.rst"]
    assert (zoo.root / "zoo/Net.rst").read_bytes() == before
    assert 'href="Net.html"' in done.page("zoo/index.html")


def test_bad_index_template(zoo: Project) -> None:
    zoo.configure(f"{CONF}templates_path = ['mine']\n")
    zoo.write("mine/visualtorch/gallery.rst", "{% for %}\n")
    done = zoo.build()
    assert "visualtorch/gallery.rst:1: WARNING: the template" in done.lines[0]
    assert written(zoo) == ["Net.rst", "tiny.rst"]


def test_nothing_to_list(zoo: Project) -> None:
    """The index says what is wrong, at its line; pages of a gallery that cannot be listed stay."""
    zoo.build("-W")
    zoo.write("torch.py", NO_TORCH)
    for path in (zoo.root / "_visualtorch/listings").glob("*"):
        path.unlink()
    for _ in range(2):
        done = zoo.build()
        (line,) = [line for line in done.lines if "zoo/index.rst" in line]
        assert re.search(r"zoo/index.rst:\d+: WARNING: the store has no listing of 'models'", line)
        assert written(zoo) == ["Net.rst", "index.rst", "tiny.rst"]
        assert "torch is not installed" in text(done.page("zoo/index.html"))
    fill(zoo, Listing())
    done = zoo.build()
    assert written(zoo) == ["index.rst"]
    assert "has no models" in done.lines[0]


def test_references_and_options(project: Project) -> None:
    """Inputs, titles and options arrive where they are meant."""
    project.configure(
        "visualtorch_galleries = {'nets': {\n"
        "    'references': ['Wide net <models:Net>', {'reference': 'models:tiny', "
        "'title': 'Small', 'input_shape': (2, 8), 'kwargs': {'width': 3}}, 'bad ref'],\n"
        "    'input_shape': [1, 8], 'style': 'graph', 'columns': 2, 'sort': 'name',\n"
        "    'thumbnails': {'max_width': 200}, 'options': {'legend': True, 'show': ['flops']},\n"
        "}}\n"
    )
    project.write("index.rst", INDEX.replace("zoo/index", "nets"))
    project.write("models.py", "")
    net = Reference.parse("models:Net", input_shape="1, 8")
    tiny = Reference.parse("models:tiny", input_shape="2, 8", kwargs="width=3")
    for reference in (net, tiny):
        project.keep(reference, chain(), "models.py")
    both = Catalogue(kind="references", names=("models:Net", "models:tiny"))
    project.keep_listing(both, Listing(models=()), "models.py")
    done = project.build()
    (line,) = done.lines
    assert re.search(r"nets.rst:\d+: WARNING: cannot read 'bad ref'", line)
    page = done.page("nets.html")
    assert 'style="--vt-columns:2"' in page
    assert re.findall(r'card-name"><a [^>]*href="([^"]*)"', page) == ["Small.html", "Wide-net.html"]
    small = done.page("Small.html")
    assert 'data-style="graph"' in small
    assert "vt-legend" in small
    (picture,) = set(re.findall(r'src="_images/([^"]*-light.svg)"', page))
    assert float(re.findall(r'width="([\d.]+)"', done.page(f"_images/{picture}"))[0]) <= 200


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("{'../up': {'module': 'models'}}", "the name of a document is wanted"),
        ("{'/etc/x': {'module': 'models'}}", "the name of a document is wanted"),
        ("{'': {'module': 'models'}}", "the name of a document is wanted"),
        ("{'zoo': 3}", "a dict is wanted"),
        ("{'zoo': {'modul': 'models'}}", "option 'modul' cannot be 'models': there are module"),
        ("{'zoo': {'module': 'models', 'registry': 'models:NETS'}}", "one of module, registry"),
        ("{'zoo': {'module': 'models', 'suffix': '.txt'}}", "one of .rst, .md is wanted"),
        ("{'zoo': {'module': 'models', 'sort': 'size'}}", "one of order, name"),
        ("{'zoo': {'module': 'models', 'options': 3}}", "a dict of options"),
        ("{'zoo': {'module': 'models', 'columns': {}}}", "a text, a number or a list"),
        ("{'zoo': {'references': [3]}}", "a dict with a 'reference'"),
        ("{'zoo': {'module': 'models', 'input_shape': 'three'}}", "whole numbers"),
    ],
)
def test_bad_values(project: Project, value: str, words: str) -> None:
    """One warning that names the gallery; nothing is written anywhere."""
    project.configure(f"visualtorch_galleries = {value}\n")
    project.write("index.rst", "Title\n=====\n")
    before = sorted(project.root.rglob("*.rst")) + sorted(project.root.parent.glob("*.rst"))
    done = project.build()
    (line,) = done.lines
    assert "visualtorch_galleries[" in line
    assert words in line
    assert sorted(project.root.rglob("*.rst")) + sorted(project.root.parent.glob("*.rst")) == before


def test_a_slip_in_conf_py_removes_nothing(zoo: Project) -> None:
    zoo.build("-W")
    zoo.configure(CONF.replace("'module'", "'modul'").replace('"module"', '"modul"'))
    for _ in range(2):
        assert any("there are module" in line for line in zoo.build().lines)
        assert written(zoo) == ["Net.rst", "index.rst", "tiny.rst"]
    zoo.configure("")
    zoo.build()
    assert written(zoo) == []


def test_one_directory_for_two_galleries(project: Project) -> None:
    """And one name for several models: each has its page, and its card leads there."""
    project.configure(
        "nets = {'references': ['Net <models:Net>', {'reference': 'models:Net', 'title': 'net', "
        "'input_shape': '1, 8'}, {'reference': 'models:Net', 'title': 'NET', "
        "'input_shape': '2, 8'}]}\n"
        "visualtorch_galleries = {'one': nets, 'two': nets}\n"
    )
    project.write("index.rst", INDEX.replace("zoo/index", "one\n   two"))
    project.write("models.py", "")
    for shape in ("", "1, 8", "2, 8"):
        project.keep(Reference.parse("models:Net", input_shape=shape), chain(), "models.py")
    one = Catalogue(kind="references", names=("models:Net",))
    project.keep_listing(one, Listing(models=(replace(NET, name="models:Net"),)), "models.py")
    done = project.build("-n", "-W")
    assert done.lines == []
    links = [
        re.findall(r'card-name"><a [^>]*href="([^"]*)"', done.page(f"{index}.html"))
        for index in ("one", "two")
    ]
    assert len({*links[0], *links[1]}) == 6
    assert links[0][0] == "Net.html"
    assert read(project.build("-W")) == []


@pytest.mark.parametrize(
    "builder",
    ["dirhtml", "singlehtml", "epub", "latex", "text", "man", "texinfo", "xml", "gettext"],
)
def test_builders(shared: Project, builder: str) -> None:
    done = shared.build("-n", "-W", builder=builder)
    assert done.lines == []
    assert done.code == 0
    if builder == "dirhtml":
        assert 'href="Net/"' in done.page("zoo/index.html")
    if builder == "singlehtml":
        assert 'href="#document-zoo/Net"' in done.page("index.html")
    if builder == "latex":
        (page,) = done.out.glob("*.tex")
        assert r"\hyperref[\detokenize{zoo/Net::doc}]" in page.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def shared(make_project: Callable[[], Project]) -> Project:
    project = make_project()
    project.configure(f"{CONF}copyright = 'nobody'\nversion = '1'\n")
    project.write("index.rst", INDEX)
    fill(project)
    return project


def test_touched_model(zoo: Project) -> None:
    """Index and page are read again; the other model's page, made of another file, is not."""
    zoo.write("other.py", "")
    zoo.keep(Reference.parse("models:tiny"), chain(16), "other.py")
    zoo.build("-W")
    os.utime(zoo.root / "models.py")
    assert read(zoo.build("-W")) == ["zoo/Net", "zoo/index"]


def test_shipped() -> None:
    folder = Path(__file__).resolve().parents[3] / "sphinx_visualtorch/templates/visualtorch"
    assert sorted(path.name for path in folder.iterdir()) == [
        *("gallery.md", "gallery.rst", "model.md", "model.rst"),
    ]
