"""``sphinx-visualtorch prune``: what is removed, and above all what is not."""

from __future__ import annotations

import os

import pytest
from projects import Project, Run, chain

from sphinx_visualtorch.listing import Catalogue, Listed, Listing
from sphinx_visualtorch.reference import Reference

PAGE = """
Page
====

.. visualtorch:: models:Net
   :input-shape: 1, 8

.. visualtorch-gallery::
   :module: models
"""
MODULE = Catalogue(kind="module", names=("models",))


@pytest.fixture
def docs(docs: Project) -> Project:
    """Return the room's project, with a graph and a listing in its store that no page shows."""
    docs.keep(Reference.parse("models:Wide"), chain(), "models.py")
    docs.keep(Reference.parse("models:Net", input_shape="1, 16"), chain(16), "models.py")
    listed = Listing(models=(Listed(name="Wide", target="models:Wide"),))
    docs.keep_listing(MODULE, listed, "models.py")
    docs.keep_listing(Catalogue(kind="module", names=("gone",)), listed)
    docs.write("_visualtorch/README.md", "why these are here\n")
    docs.write("_visualtorch/own.json", "{}\n")
    return docs


def files(docs: Project) -> set[str]:
    return {path.name for path in docs.root.glob("_visualtorch/**/*") if path.is_file()}


def test_unused(run: Run, docs: Project) -> None:
    """What is stale is in use, and what others have put there is theirs."""
    docs.write("models.py", "x = 1\n")
    before = files(docs)
    code, dry, err = run("prune", ".", "--dry-run")
    assert (code, err) == (0, "2 files would be removed\n")
    assert files(docs) == before
    code, out, err = run("prune", ".")
    assert (code, err) == (0, "2 files removed\n")
    assert out == dry
    gone = before - files(docs)
    assert {name.rpartition("-")[0] for name in gone} == {"models.Net", "module-gone"}
    assert set(out.split()) == {
        f"_visualtorch/{'listings/' if 'module' in name else ''}{name}" for name in gone
    }
    assert run("prune", ".", "-q") == (0, "", "")


@pytest.mark.parametrize(
    "more", [".. visualtorch:: not a reference", ".. visualtorchh:: a:B", "`x`_"]
)
def test_pages_with_errors_remove_nothing(run: Run, docs: Project, more: str) -> None:
    docs.write("other.rst", f"Other\n=====\n\n{more}\n")
    before = files(docs)
    code, out, err = run("prune", ".")
    assert (code, out) == (3, "")
    assert "other.rst:4: " in err
    assert err.splitlines()[-1] == (
        "Error: nothing is removed, as figures may be missing: 1 problem in the pages"
    )
    assert files(docs) == before


def test_an_unknown_gallery_removes_nothing(run: Run, docs: Project) -> None:
    """Its models may be in the store."""
    (listing,) = docs.root.glob("_visualtorch/listings/module-models-*")
    listing.write_text("{", encoding="utf-8")
    before = files(docs)
    code, out, err = run("prune", ".")
    assert (code, out) == (1, "")
    assert "the listing of models is refused" in err
    assert "Error: nothing is removed, as it is not known what these galleries show" in err
    assert files(docs) == before


def test_what_cannot_be_removed(run: Run, docs: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.unlink", refuse)
    code, _, err = run("prune", ".")
    assert code == 4
    assert "Error: cannot remove" in err
    assert "Permission denied" in err


def test_no_store(run: Run, docs: Project) -> None:
    docs.configure("visualtorch_store = 'nowhere'\n")
    docs.write("index.rst", "Page\n====\n")
    assert run("prune", ".") == (0, "", "0 files removed\n")


def test_what_a_newer_version_wrote_is_left(run: Run, docs: Project) -> None:
    """It may have other names for what the pages show."""
    newer = docs.write("_visualtorch/models.Net-0123456789abcdef.json", '{"schema": 99}\n')
    code, out, err = run("prune", ".")
    assert code == 0
    assert newer.name not in out
    assert f"{newer.name} is left: a newer version of sphinx-visualtorch wrote it" in err
    assert newer.is_file()


def test_what_no_store_wrote_is_left(run: Run, docs: Project) -> None:
    """Whatever it is called: the store may be a directory that others use, too."""
    run("prune", ".")
    end = "0123456789abcdef.json"
    for name, text in {"a": '{"b": 1}', "b": "[]", "c": "no JSON", "d": '{"schema": 2}'}.items():
        docs.write(f"_visualtorch/{name}-{end}", text)
    docs.root.joinpath(f"_visualtorch/e-{end}").mkdir()
    os.mkfifo(docs.root / f"_visualtorch/f-{end}")
    docs.keep(Reference.parse("models:Last"), chain())
    before = {path.name for path in docs.root.glob("_visualtorch/*")}
    code, out, err = run("prune", ".")
    assert code == 0
    assert out.startswith("_visualtorch/models.Last-")
    *left, last = err.splitlines()
    assert [line.partition(" ")[0] for line in left] == [f"{name}-{end}" for name in "abcdef"]
    assert last == "1 file removed"
    (gone,) = before - {path.name for path in docs.root.glob("_visualtorch/*")}
    assert gone in out
