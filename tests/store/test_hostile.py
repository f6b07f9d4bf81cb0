"""What somebody puts into a store is refused, whatever it is: one reason, in no time."""

from __future__ import annotations

import json
import tracemalloc
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from effort import lines_run
from projects import chain
from store.hostile import HOSTILE, Make

from sphinx_visualtorch.errors import StoreError
from sphinx_visualtorch.gallery.kept import Kept, Listings
from sphinx_visualtorch.listing import Catalogue, Listed, Listing
from sphinx_visualtorch.reference import Reference
from sphinx_visualtorch.source import Made
from sphinx_visualtorch.store import Entry, Missing, Store
from sphinx_visualtorch.store.parsing import parsed
from sphinx_visualtorch.store.whole import read_bounded

NET = Reference.parse("models:Net")


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE)
def test_refused(tmp_path: Path, make: Make) -> None:
    store = Store(tmp_path / "_visualtorch")
    store.save(NET, chain(), Made(versions={"torch": "2.13.0"}))
    path = store.path(NET)
    make(path)
    found = store.load(NET)
    assert isinstance(found, Missing)
    assert found.reason.startswith(f"{path.name} cannot be used: ")
    assert len(found.reason) < 400
    assert found.reason.isprintable()
    assert lines_run(lambda: store.load(NET)) < 20_000_000
    # it is replaced by what is right, and nothing but itself is written to
    store.save(NET, chain(9), Made())
    entry = store.load(NET)
    assert isinstance(entry, Entry)
    assert entry.graph == chain(9)
    assert not path.is_symlink()
    for away in tmp_path.glob("away-*"):
        away.rename(path)
        again = Store(tmp_path / "_visualtorch").load(NET)
        assert isinstance(again, Entry)
        assert again.graph == chain()


@pytest.mark.parametrize(
    "made",
    [
        Made(versions={"torch": "x" * 2_000}),
        Made(distributions={"Not Normal": "1"}),
        Made(sources={"/a/zero\n.py": "0"}),
        Made(sources={"/a/no-source.bin": "0"}),
    ],
)
def test_what_would_be_refused_is_not_written(tmp_path: Path, made: Made) -> None:
    store = Store(tmp_path / "_visualtorch")
    with pytest.raises(StoreError, match="is not written"):
        store.save(NET, chain(), made)
    assert store.load(NET) == Missing()
    assert not store.path(NET).exists()


def test_letters_of_all_languages(tmp_path: Path) -> None:
    """What is no control character is nobody's harm, and comes back."""
    store = Store(tmp_path / "_visualtorch")
    graph = replace(chain(), name="Größe네트𝒩", notes=("a\N{NO-BREAK SPACE}“b” → 🔥",))
    store.save(NET, graph, Made())
    entry = store.load(NET)
    assert isinstance(entry, Entry)
    assert entry.graph == graph


@pytest.mark.parametrize("letter", ["\x00", "\x1b", "\x7f", "\ufffe", "\u202e", "\ud800"])
def test_a_graph_that_would_be_refused_is_not_written(tmp_path: Path, letter: str) -> None:
    store = Store(tmp_path / "_visualtorch")
    with pytest.raises(StoreError, match=r"is not written: a text in it has the character U\+"):
        store.save(NET, replace(chain(), name=letter), Made())
    assert not store.path(NET).exists()


def test_parsing_is_bounded(tmp_path: Path) -> None:
    """The worst of what is read takes no more memory than a page's worth of models."""
    path = tmp_path / "x.json"
    for content in (b"[]," * 5_500_000, b"{}," * 5_500_000):
        path.write_bytes(b"[" + content + b"0]")
        tracemalloc.start()
        with pytest.raises(ValueError, match="lists and objects"):
            parsed(read_bounded(path))
        assert tracemalloc.get_traced_memory()[1] < 50 * 2**20
        tracemalloc.stop()


@pytest.mark.parametrize("text", ["", "{", '{"schema": 2,', "x", "{}{}"])
def test_what_is_no_json_is_called_so(tmp_path: Path, text: str) -> None:
    store = Store(tmp_path / "_visualtorch")
    store.save(NET, chain(), Made())
    store.path(NET).write_text(text)
    found = store.load(NET)
    assert isinstance(found, Missing)
    assert "it is cut off, or no JSON (" in found.reason


LISTED = {"name": "a", "target": "pkg:a", "summary": "", "paths": []}


@pytest.mark.parametrize(
    "listing",
    [
        {"models": [LISTED] * 10_001, "passed": []},
        {"models": [{**LISTED, "paths": ["x"] * 400_000}], "passed": []},
        {"models": [{**LISTED, "name": "n" * 2**20}], "passed": []},
        {"models": [{**LISTED, "name": "a\x1b"}], "passed": []},
        {"models": [{**LISTED, "name": ""}], "passed": []},
        {"models": [{**LISTED, "target": ""}], "passed": []},
        {"models": [LISTED], "passed": ["x"] * 10_001},
        {"models": [{**LISTED, "more": ""}], "passed": []},
        {"models": {}, "passed": []},
    ],
)
def test_listings_are_refused(tmp_path: Path, listing: Any) -> None:
    listings = Listings(Store(tmp_path / "_visualtorch"))
    item = Catalogue(kind="module", names=("pkg",))
    listings.save(item, Listing(models=(Listed(**{**LISTED, "paths": ()}),)), Made())
    path = listings.path(item)
    assert isinstance(listings.load(item), Kept)
    data = json.loads(path.read_bytes())
    path.write_text(json.dumps({**data, "listing": listing}))
    found = listings.load(item)
    assert isinstance(found, Missing)
    assert len(found.reason) < 400
    assert lines_run(lambda: listings.load(item)) < 1_000_000


def test_marks_of_a_conflict_are_called_so(tmp_path: Path) -> None:
    store = Store(tmp_path / "_visualtorch")
    store.save(NET, chain(), Made())
    path = store.path(NET)
    text = path.read_text()
    both = '<<<<<<< HEAD\n"parameters": 144,\n=======\n"parameters": 9,\n>>>>>>> b\n'
    path.write_text(text.replace('"parameters": 144,\n', both))
    found = store.load(NET)
    assert isinstance(found, Missing)
    assert "the marks of a conflict" in found.reason
    assert "sphinx-visualtorch trace" in found.reason
