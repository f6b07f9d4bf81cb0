"""Branches that change different modules: git merges what the store has of them."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

from projects import chain

from sphinx_visualtorch.gallery.kept import Kept, Listings
from sphinx_visualtorch.listing import Catalogue, Listed, Listing
from sphinx_visualtorch.reference import Reference
from sphinx_visualtorch.source import Made, source_digest
from sphinx_visualtorch.store import Entry, Store

ALL = Catalogue(kind="module", names=("pkg",))
NET = Reference.parse("pkg:Net")


def branch(place: Path, texts: dict[str, str]) -> Path:
    """Write a project whose modules have these texts; return its store."""
    place.mkdir()
    for name, text in texts.items():
        (place / f"{name}.py").write_text(text)
    paths = [place / f"{name}.py" for name in texts]
    made = Made(sources={str(path): source_digest(path) for path in paths})
    listed = [
        Listed(name=name, target=f"pkg.{name}:Net", summary=text, paths=(f"pkg.{name}.Net",))
        for name, text in texts.items()
    ]
    store = Store(place / "_visualtorch")
    Listings(store).save(ALL, Listing(models=tuple(listed)), made)
    store.save(NET, chain(), made)
    return store.directory


def test_different_modules(tmp_path: Path) -> None:
    texts = {"a": "An a.", "b": "A b.", "c": "A c."}
    before = branch(tmp_path / "before", texts)
    ours = branch(tmp_path / "ours", {**texts, "a": "Another a."})
    theirs = branch(tmp_path / "theirs", {**texts, "b": "Another b."})
    wanted = branch(tmp_path / "wanted", {**texts, "a": "Another a.", "b": "Another b."})
    files = [path.relative_to(wanted) for path in wanted.rglob("*.json")]
    assert len(files) == 2
    for name in files:
        merge = ["git", "merge-file", "-p", ours / name, before / name, theirs / name]
        merged = subprocess.run(merge, capture_output=True, check=False)
        assert merged.returncode == 0, merged.stdout.decode()
        assert merged.stdout == (wanted / name).read_bytes()
    store = Store(wanted)
    kept, entry = Listings(store).load(ALL), store.load(NET)
    assert isinstance(kept, Kept)
    assert not kept.changed
    assert isinstance(entry, Entry)
    assert entry.fresh


def test_a_word_that_looks_like_a_field(tmp_path: Path) -> None:
    store = Store(tmp_path / "_visualtorch")
    odd = Listed(name="a", target="a:a", summary=', "summary": "', paths=(', "summary": ',))
    Listings(store).save(ALL, Listing(models=(odd,)), Made())
    kept = Listings(store).load(ALL)
    assert isinstance(kept, Kept)
    assert kept.listing.models == (odd,)
    graph = chain()
    first = replace(graph.nodes[1], attributes=(("a", "1"), ("summary", "2")))
    graph = replace(graph, nodes=(graph.nodes[0], first, *graph.nodes[2:]))
    store.save(NET, graph, Made())
    (line,) = [line for line in store.path(NET).read_text().splitlines() if "summary" in line]
    assert line.startswith('{"node"')
