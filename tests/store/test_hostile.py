"""What somebody puts into a store is refused, whatever it is: one reason, in no time."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from projects import chain
from store.hostile import HOSTILE, Make

from sphinx_visualtorch.errors import StoreError
from sphinx_visualtorch.reference import Reference
from sphinx_visualtorch.source import Made
from sphinx_visualtorch.store import Entry, Missing, Store

NET = Reference.parse("models:Net")


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE)
def test_refused(tmp_path: Path, make: Make) -> None:
    store = Store(tmp_path / "_visualtorch")
    store.save(NET, chain(), Made(versions={"torch": "2.13.0"}))
    path = store.path(NET)
    make(path)
    started = time.process_time()
    found = store.load(NET)
    assert isinstance(found, Missing)
    assert found.reason.startswith(f"{path.name} cannot be used: ")
    assert len(found.reason) < 400
    assert found.reason.isprintable()
    assert time.process_time() - started < 10
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
