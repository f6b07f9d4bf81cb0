"""The manual is true: its snippets run, its messages are the real ones, and nothing is left out."""

from __future__ import annotations

import dataclasses
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from docutils.languages import get_language
from docutils.parsers.rst import directives
from docutils.utils import new_document
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

from sphinx_visualtorch import options
from sphinx_visualtorch.sphinx_ext.galleries.asking import GALLERY_OPTIONS, SMALL

DOCS = Path(__file__).resolve().parents[1] / "example_docs"
PAGES = sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.rst"))
CONF = f"""
import sys
sys.path.insert(0, {str(DOCS)!r})
extensions = ["sphinx_visualtorch", "myst_parser"]
"""


def snippets(page: str, *languages: str) -> list[tuple[str, str]]:
    """Return language and text of the code blocks of a page, in order."""
    text = (DOCS / page).read_text(encoding="utf-8")
    pattern = r"^\.\. code-block:: (\w+)\n\n((?:(?:   .*)?\n)+)"
    found = re.findall(pattern, text + "\n", flags=re.MULTILINE)
    return [(name, textwrap.dedent(body).strip()) for name, body in found if name in languages]


def build(folder: Path, pages: dict[str, str]) -> tuple[int, str, dict[str, str]]:
    """Build *pages* as HTML; return the exit code, the warnings and the pages built."""
    folder.joinpath("conf.py").write_text(CONF, encoding="utf-8")
    for name, text in pages.items():
        folder.joinpath(name).write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "sphinx", "-q", "-n", "-b", "html", ".", "_build"]
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=300,
    )
    built = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("_build/*.html")}
    return done.returncode, done.stderr, built


@pytest.mark.torch
@pytest.mark.parametrize("page", [page for page in PAGES if snippets(page, "python")])
def test_python(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Python of a page runs from top to bottom."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    names: dict[str, object] = {"__name__": page}
    for _, text in snippets(page, "python"):
        exec(compile(text, page, "exec"), names)


@pytest.mark.torch
def test_markdown(tmp_path: Path) -> None:
    """The Markdown of the manual makes figures."""
    found = [text for page in PAGES for _, text in snippets(page, "md")]
    assert found
    pages = {f"page{i}.md": f"# Page\n\n{text}\n" for i, text in enumerate(found)}
    index = "# Pages\n\n```{toctree}\n:glob:\n\npage*\n```\n"
    code, warnings, built = build(tmp_path, {"index.md": index, **pages})
    assert code == 0
    assert warnings == ""
    for name in pages:
        page = built[name.replace(".md", ".html")]
        assert '<svg class="vt-figure' in page or 'class="vt-card-picture"' in page


@pytest.mark.torch
def test_problems(tmp_path: Path) -> None:
    """Each bad snippet gives the message that the manual promises, at its place and in the page."""
    found = snippets("manual/problems.rst", "rst", "text")
    assert [name for name, _ in found] == ["rst", "text"] * (len(found) // 2)
    assert found
    bad, messages = [text for _, text in found[::2]], [text for _, text in found[1::2]]
    pages = {f"page{i}.rst": f"Page\n====\n\n{text}\n" for i, text in enumerate(bad)}
    toctree = "Pages\n=====\n\n.. toctree::\n   :glob:\n\n   page*\n"
    code, warnings, built = build(tmp_path, {"index.rst": toctree, **pages})
    assert code == 0
    for i, message in enumerate(" ".join(text.split()) for text in messages):
        lines = [line for line in warnings.splitlines() if f"page{i}.rst:4: " in line]
        assert any(message in line for line in lines), f"{message}\nnot in\n{warnings}"
        assert "visualtorch-error" in built[f"page{i}.html"]
        # no figure, or one up to what failed
        shown = built[f"page{i}.html"]
        assert shown.count('class="vt-figure') == shown.count("visualtorch-partial")


@pytest.fixture(scope="module")
def registered(tmp_path_factory: pytest.TempPathFactory) -> tuple[set[str], set[str]]:
    """The options of the directive and the names of the config values, as Sphinx has them."""
    folder = tmp_path_factory.mktemp("app")
    settings = {"extensions": ["sphinx_visualtorch"]}
    with patch_docutils(folder), docutils_namespace():
        app = Sphinx(
            folder, None, folder / "out", folder, "dummy", confoverrides=settings, status=None
        )
        document = new_document("page")
        directive, _ = directives.directive("visualtorch", get_language("en"), document)
        values = {name for name in app.config.values if name.startswith("visualtorch")}
        return set(directive.option_spec), values


def documented_options() -> set[str]:
    """Return the options that the manual's page on the directive describes."""
    text = (DOCS / "manual/directive.rst").read_text(encoding="utf-8")
    blocks = re.findall(r"rst:directive:option:: ((?:\S+\n *)+)", text)
    names = {name for block in blocks for name in block.split()}
    for cls in re.findall(r"style-options:: (\w+)", text):
        names |= {field.name for field in dataclasses.fields(getattr(options, cls))}
    return names


def test_every_option_is_documented(registered: tuple[set[str], set[str]]) -> None:
    known = {name.replace("-", "_") for name in [*documented_options(), *options.ALIASES]}
    taken = {name.replace("-", "_") for name in registered[0]}
    # figname and loading come with newer docutils; neither says anything to a figure of ours
    assert taken - known - {"figname", "loading"} == set()
    declared = {name for style in options.STYLES for name, _, _ in options.declared(style)}
    assert declared <= documented_options()


def test_every_option_of_galleries_is_documented() -> None:
    text = (DOCS / "manual/gallery.rst").read_text(encoding="utf-8")
    blocks = re.findall(r"rst:directive:option:: ((?:\S+\n *)+)", text)
    names = {name.replace("-", "_") for block in blocks for name in block.split()}
    assert names == {*GALLERY_OPTIONS}
    for name, value in SMALL.items():
        written = f"``{name}: {value}``"
        assert written in text or name in ("show_dimension", "hide")


def test_every_config_value_is_documented(registered: tuple[set[str], set[str]]) -> None:
    text = (DOCS / "manual/configuration.rst").read_text(encoding="utf-8")
    assert registered[1] == set(re.findall(r"config-value:: (\w+)", text))


@pytest.mark.parametrize("page", [page for page in PAGES if page.startswith("showcase/")])
def test_showcase_is_numbered(page: str) -> None:
    """Every figure has a name and a caption, and the text refers to the first of the page."""
    text = (DOCS / page).read_text(encoding="utf-8")
    figures = re.findall(r"\.\. visualtorch:: .*\n((?: +:.*\n)+)\n(.*)\n", text)
    assert text.count(".. visualtorch::") == len(figures)
    names = [name for fields, _ in figures for name in re.findall(r":name: (\S+)", fields)]
    assert len(names) == len(figures)
    assert all(caption.strip().endswith(".") for _, caption in figures)
    if names:
        assert f":numref:`{names[0]}`" in text


def test_readme_opens_with_a_picture_for_light_and_dark_pages() -> None:
    """``tools/readme_picture.py`` made both, of the same size and with the same words."""
    text = (DOCS.parent / "README.md").read_text(encoding="utf-8")
    opening = text.partition("\n## ")[0]
    light, dark = (
        ET.parse(DOCS.parent / path).getroot()
        for path in sorted(re.findall(r'src(?:set)?="(\S+\.svg)"', opening), reverse=True)
    )
    assert light.get("viewBox") == dark.get("viewBox")
    words, others = (
        ["".join(item.itertext()) for item in root.iter("{http://www.w3.org/2000/svg}text")]
        for root in (light, dark)
    )
    assert words == others
    assert {"layer1", "enc1", "LayerNorm"} <= set(words)
