"""What a gallery shows: choices out of listings, entries out of graphs; no torch, no Sphinx."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from projects import chain

from sphinx_visualtorch import gallery as room
from sphinx_visualtorch.errors import NoModelsError, OptionError
from sphinx_visualtorch.gallery import Choice, Gallery, catalogue, checked_sort, choose, entry
from sphinx_visualtorch.gallery.kept import Kept, Listings
from sphinx_visualtorch.listing import Catalogue, Listed, Listing
from sphinx_visualtorch.reference import Reference
from sphinx_visualtorch.source import Made, source_digest
from sphinx_visualtorch.store import Missing, Store

MODULE = Catalogue(kind="module", names=("pkg.models",))
LISTING = Listing(
    models=(
        Listed(name="Net", target="pkg.net:Net", summary="A net.", paths=("pkg.models.Net",)),
        Listed(name="tiny", target="pkg.net:tiny"),
        Listed(name="Again", target="pkg.net:Net", summary="A net."),
    ),
    passed=("Wants",),
)


def test_choose() -> None:
    asked = Gallery(kind="module", name="pkg.models", call=(("input_shape", "1, 8"),))
    assert catalogue(asked) == MODULE
    found = choose(asked, LISTING)
    assert [choice.name for choice in found.choices] == ["Net", "tiny"]
    assert found.twice == (("Net", "Again"),)
    first = found.choices[0]
    assert first.reference == Reference.parse("pkg.net:Net", input_shape="1, 8")
    assert (first.summary, first.paths) == ("A net.", ("pkg.models.Net",))


def test_exclude() -> None:
    """By name or by reference; what is left out is no second name either."""
    asked = Gallery(kind="module", name="pkg.models", exclude=("A*", "*:tiny"))
    found = choose(asked, LISTING)
    assert [choice.name for choice in found.choices] == ["Net"]
    assert found.twice == ()
    with pytest.raises(NoModelsError, match=r"'pkg.models' has no models .*all 3 are excluded"):
        choose(replace(asked, exclude=("*",)), LISTING)


def test_nothing() -> None:
    asked = Gallery(kind="module", name="pkg.models")
    passed = tuple("abcdefg")
    with pytest.raises(NoModelsError, match=r"'a', .* 'e', and 2 more cannot be called without"):
        choose(asked, Listing(passed=passed))
    with pytest.raises(NoModelsError, match="in __all__ or else defined in it"):
        choose(asked, Listing())


def test_references() -> None:
    """One object under two names is shown once, with other inputs it is another figure."""
    targets = ["pkg.models:Net", "pkg.net:Net", "pkg.gone:Net"]
    chosen = [Choice(name=target, reference=Reference.parse(target)) for target in targets]
    wide = Reference.parse("pkg.net:Net", input_shape="1, 16")
    chosen += [Choice(name="wide", reference=wide), Choice(name="bad", error="no reference")]
    asked = Gallery(kind="references", choices=tuple(chosen))
    assert catalogue(asked) == Catalogue(kind="references", names=tuple(sorted(targets)))
    known = [replace(LISTING.models[0], name=target) for target in targets[:2]]
    found = choose(asked, Listing(models=tuple(known)))
    assert [choice.name for choice in found.choices] == [targets[0], targets[2], "wide", "bad"]
    assert found.twice == ((targets[0], targets[1]),)
    assert [choice.summary for choice in found.choices] == ["A net.", "", "A net.", ""]


def test_entry_points(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info = tmp_path / "zoo-1.0.dist-info"
    info.mkdir()
    info.joinpath("METADATA").write_text("Metadata-Version: 2.1\nName: zoo\nVersion: 1.0\n")
    lines = "b-net = zoo.models:Net\na-net = zoo.models:small [extra]\nbad = zoo\n"
    info.joinpath("entry_points.txt").write_text(f"[visualtorch.models]\n{lines}")
    monkeypatch.syspath_prepend(str(tmp_path))
    asked = Gallery(kind="entry-points", name=room.ENTRY_POINTS, call=(("input_shape", "1, 8"),))
    found = room.with_entry_points(asked).choices
    assert [choice.name for choice in found] == ["a-net", "b-net", "bad"]
    assert found[0].reference == Reference.parse("zoo.models:small", input_shape="1, 8")
    assert "cannot read 'zoo'" in found[2].error
    names = ("zoo.models:Net", "zoo.models:small")
    assert catalogue(room.with_entry_points(asked)) == Catalogue(kind="references", names=names)
    assert catalogue(room.with_entry_points(replace(asked, name="other"))) is None


def test_entries_in_order() -> None:
    graphs = [replace(chain(), parameters=count) for count in (3000, 5, 400)]
    names = ["b", "C", "a"]
    entries = [
        entry(index, Choice(name=names[index]), graph, "") for index, graph in enumerate(graphs)
    ]
    entries.append(entry(3, Choice(name="0"), None, "it broke"))
    assert entries[0].facts == ("3.00 k", "", "1×8")
    assert entries[3].facts == ("", "", "")
    assert entry(4, Choice(name="x", error="no reference"), None, "").error == "no reference"

    def order(sort: str) -> str:
        return "".join(item.name for item in room.in_order(entries[::-1], checked_sort(sort)))

    assert [order(sort) for sort in ("order", "-order", "Name", "-name")] == [
        *("bCa0", "0aCb", "0abC", "Cba0"),
    ]
    assert [order(sort) for sort in ("parameters", "-parameters", "flops")] == [
        *("Cab0", "baC0", "bCa0"),
    ]
    with pytest.raises(OptionError, match="one of order, name, parameters, flops"):
        checked_sort("size")


def test_kept(tmp_path: Path) -> None:
    """A listing is as good as the sources that it was made of."""
    store = Store(tmp_path / "_visualtorch")
    source = tmp_path / "net.py"
    source.write_text("one")
    listings = Listings(store)
    assert listings.load(MODULE) == Missing()
    sources = {str(source): source_digest(source)}
    listings.save(MODULE, LISTING, Made(sources=sources, versions={"torch": "2.13.0"}))
    assert Listings(Store(store.directory)).load(MODULE) == Kept(
        listing=LISTING, sources=(str(source),)
    )
    assert store.empty  # of graphs
    source.write_text("two")
    stale = Listings(Store(store.directory)).load(MODULE)
    assert isinstance(stale, Kept)
    assert stale.changed == ("net.py",)
    other = replace(MODULE, kind="registry")
    listings.path(MODULE).rename(listings.path(other))
    missing = listings.load(other)
    assert isinstance(missing, Missing)
    assert "another request" in missing.reason


def listed(**given: object) -> dict[str, object]:
    """Return a model of a listing, as it stands in a file."""
    return {"name": "x", "target": "m:x", "summary": "", "paths": [], **given}


@pytest.mark.parametrize(
    "change",
    [
        {"listing": 3},
        {"listing": {"models": [], "passed": [3]}},
        {"listing": {"models": [{"name": "x"}], "passed": []}},
        {"listing": {"models": [listed()] * 10_001, "passed": []}},
        {"listing": {"models": [listed(paths=["x"] * 1_000)], "passed": []}},
        {"listing": {"models": [listed(name="x" * 100_000)], "passed": []}},
        {"listing": {"models": [listed(summary="\x1b[31m")], "passed": []}},
        {"listing": {"models": [], "passed": ["x"] * 10_001}},
        {"sources": {"/etc/passwd": ""}},
        {"schema": 3},
    ],
)
def test_unusable_listings(tmp_path: Path, change: dict[str, object]) -> None:
    listings = Listings(Store(tmp_path))
    listings.save(MODULE, LISTING, Made())
    path = listings.path(MODULE)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    found = listings.load(MODULE)
    assert isinstance(found, Missing)
    assert "cannot be used" in found.reason
