"""What may go wrong while a store is written: it is whole, and what was good stays."""

from __future__ import annotations

import itertools
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from projects import PACKAGE, TESTS, chain

from sphinx_visualtorch.errors import StoreError
from sphinx_visualtorch.gallery.kept import Kept, Listings
from sphinx_visualtorch.listing import Catalogue, Listed, Listing
from sphinx_visualtorch.reference import Reference
from sphinx_visualtorch.source import Made, source_digest
from sphinx_visualtorch.store import Entry, Missing, Store

NET = Reference.parse("pkg:net")
OTHER = Reference.parse("pkg:other")
LISTED = Catalogue(kind="module", names=("pkg",))
LISTING = Listing(models=(Listed(name="net", target="pkg:net"),))

WRITER = """
import os
import sys
from pathlib import Path
from projects import chain
from sphinx_visualtorch.gallery.kept import Kept, Listings
from sphinx_visualtorch.listing import Catalogue, Listed, Listing
from sphinx_visualtorch.reference import Reference
from sphinx_visualtorch.source import Made
from sphinx_visualtorch.store import Store
store = Store(Path(sys.argv[1]))
graphs = [chain(width) for width in range(8, 40)]
net = Reference.parse("pkg:net")
os.write(1, b"ready")
while True:
    for graph in graphs:
        store.save(net, graph, Made())
"""


def program(text: str, *arguments: str) -> subprocess.Popen[bytes]:
    path = os.pathsep.join([str(PACKAGE), str(TESTS)])
    return subprocess.Popen(
        [sys.executable, "-c", text, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
    )


def in_fork(work: Callable[[], object]) -> int:
    """Do *work* in a fork of this process, which begins at once; return its number."""
    child = os.fork()
    if child:
        return child
    try:
        work()
        code = 0
    except BaseException:  # noqa: BLE001 - a child must not come back into pytest
        code = 1
    os._exit(code)


def ended(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def slowly(path: Path, content: bytes) -> int:
    """Write as a slow disk does: what is there grows."""
    with path.open("wb", buffering=0) as file:
        for start in range(0, len(content), 10_000):
            file.write(content[start : start + 10_000])
            time.sleep(0.0002)
    return len(content)


def test_killed_two_hundred_times(tmp_path: Path) -> None:
    """Whenever a writer is killed, each entry is whole: that of before or the new one."""
    store = Store(tmp_path / "store")
    store.save(OTHER, chain(5), Made())
    # long texts: writing them takes most of the time
    graphs = [replace(chain(), notes=(str(number) * 10_000,) * 30) for number in range(10)]
    store.save(NET, graphs[0], Made())
    digests = {graph.digest for graph in graphs}
    seen = set()

    def write(number: int) -> None:
        if number % 2:
            Path.write_bytes = slowly  # type: ignore[method-assign]
        mine = Store(tmp_path / "store")
        for turn in itertools.count(number):
            mine.save(NET, graphs[turn % len(graphs)], Made())
            os.write(ready[1], b".")

    dice = random.Random(6)
    for number in range(200):
        ready = os.pipe()
        child = in_fork(partial(write, number))
        os.close(ready[1])
        assert os.read(ready[0], 1) == b"."
        time.sleep(dice.uniform(0, 0.02))
        os.kill(child, signal.SIGKILL)
        assert ended(child) == -signal.SIGKILL
        os.close(ready[0])
        entry = Store(tmp_path / "store").load(NET)
        assert isinstance(entry, Entry), entry
        assert entry.graph.digest in digests
        seen.add(entry.graph.digest)
        other = Store(tmp_path / "store").load(OTHER)
        assert isinstance(other, Entry)
        assert other.graph == chain(5)
    # they have come to write, and were killed while they did
    half = [*store.directory.glob(".*")]
    assert len(seen) > 5
    assert len(half) > 20
    for left in half:
        os.utime(left, (1, 1))
    Store(store.directory).save(NET, chain(99), Made())
    names = {path.name for path in store.directory.iterdir()}
    assert names == {store.path(NET).name, store.path(OTHER).name}


def test_killed_program(tmp_path: Path) -> None:
    """So it is with a process of its own, which is ended by the system."""
    with program(WRITER, str(tmp_path / "store")) as writer:
        assert writer.stdout is not None
        assert writer.stdout.read(5) == b"ready"
        time.sleep(0.05)
        writer.kill()
    found = Store(tmp_path / "store").load(NET)
    assert isinstance(found, Entry) or found == Missing()


@contextmanager
def full_disk(size: int) -> Iterator[None]:
    """Have the system refuse to make a file longer than *size*, as a full disk does."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_full_disk(tmp_path: Path) -> None:
    """What does not fit is told; what was there stays, and nothing half written does."""
    store = Store(tmp_path / "store")
    store.save(NET, chain(7), Made())
    before = store.path(NET).read_bytes()
    # not this process: pytest writes files, too

    def work() -> None:
        with full_disk(300):
            for reference in (NET, OTHER):
                with pytest.raises(StoreError, match=r"cannot write .*\.json: File too large"):
                    Store(tmp_path / "store").save(reference, chain(9), Made())

    assert ended(in_fork(work)) == 0
    assert [path.name for path in store.directory.iterdir()] == [store.path(NET).name]
    assert store.path(NET).read_bytes() == before
    store.save(NET, chain(9), Made())
    entry = store.load(NET)
    assert isinstance(entry, Entry)
    assert entry.graph == chain(9)


def test_writers_at_once(tmp_path: Path) -> None:
    """Eight processes write the same entries; whoever reads sees whole ones."""
    directory = tmp_path / "store"
    references = [Reference.parse(f"pkg:net_{number}") for number in range(4)]

    def write() -> None:
        for turn in range(12):
            store = Store(directory)
            for reference in references:
                store.save(reference, chain(8 + turn % 3), Made())

    children = [in_fork(write) for _ in range(8)]
    wanted = {chain(8 + turn).digest for turn in range(3)}
    for _ in range(60):
        found = Store(directory).load(references[0])
        assert found == Missing() or (isinstance(found, Entry) and found.graph.digest in wanted), (
            found
        )
        time.sleep(0.002)
    assert [ended(child) for child in children] == [0] * 8
    names = {Store(directory).path(reference).name for reference in references}
    assert {path.name for path in directory.iterdir()} == names
    for reference in references:
        assert isinstance(Store(directory).load(reference), Entry)


def test_another_place_and_line_endings(tmp_path: Path) -> None:
    """A store that was checked out elsewhere, by Windows, is as fresh and is not written again."""
    here, there = tmp_path / "here", tmp_path / "there" / "deeper"
    source = here / "src" / "net.py"
    source.parent.mkdir(parents=True)
    source.write_bytes(b"class Net:\n    pass\n")
    made = Made(sources={str(source): source_digest(source)}, versions={"torch": "2.13.0"})
    store = Store(here / "docs" / "_visualtorch")
    store.save(NET, chain(), made)
    there.parent.mkdir()
    here.rename(there)
    for path in (there / "src" / "net.py", *there.glob("docs/_visualtorch/*")):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
        os.utime(path, (1, 1))
    moved = Store(there / "docs" / "_visualtorch")
    entry = moved.load(NET)
    assert isinstance(entry, Entry)
    assert entry.fresh
    assert entry.graph == chain()
    assert moved.source(entry.seen.sources[0][0]).resolve() == (there / "src/net.py").resolve()
    (written,) = moved.directory.iterdir()
    sources = {str(there / "src" / "net.py"): next(iter(made.sources.values()))}
    assert moved.save(NET, chain(), Made(sources=sources, versions=made.versions)) is False
    assert written.stat().st_mtime == 1
    # the same text, whichever machine has written it
    written.write_bytes(written.read_bytes().replace(b"\r\n", b"\n"))
    assert moved.confirms(entry.seen)


def test_another_user(tmp_path: Path) -> None:
    """Whoever may read the files may use them; who may not write them is told so."""
    store = Store(tmp_path / "store")
    store.save(NET, chain(), Made())
    for path in tmp_path.parents[:-1]:
        if path.stat().st_uid == os.geteuid():
            path.chmod(path.stat().st_mode | 0o011)
    tmp_path.chmod(0o755)
    store.directory.chmod(0o555)
    store.path(NET).chmod(0o444)

    def work() -> None:
        if os.geteuid() == 0:  # who may do everything has to become somebody else
            os.setgid(65534)
            os.setuid(65534)
        mine = Store(tmp_path / "store")
        entry = mine.load(NET)
        assert isinstance(entry, Entry)
        assert entry.graph == chain()
        assert mine.save(NET, chain(), Made()) is False
        for reference in (NET, OTHER):
            with pytest.raises(StoreError, match=r"cannot write .*: Permission denied"):
                mine.save(reference, chain(9), Made())

    assert ended(in_fork(work)) == 0
    assert isinstance(store.load(NET), Entry)
    assert [path.name for path in store.directory.iterdir()] == [store.path(NET).name]
    store.directory.chmod(0o755)


def test_clock_set_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Freshness has nothing to do with the clock, and what is half written goes all the same."""
    store = Store(tmp_path / "store")
    source = tmp_path / "net.py"
    source.write_text("one")
    made = Made(sources={str(source): source_digest(source)})
    store.save(NET, chain(), made)
    monkeypatch.setattr(time, "time", lambda: 1_000_000.0)  # in January 1970
    source.write_text("two")
    os.utime(source, (1, 1))
    entry = Store(store.directory).load(NET)
    assert isinstance(entry, Entry)
    assert entry.changed == ("net.py",)
    left = store.directory / ".net.json.0123.tmp"
    left.write_text("half")
    Store(store.directory).save(NET, chain(9), made)
    assert [path.name for path in store.directory.iterdir()] == [store.path(NET).name]


def test_swept_away_while_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another machine, whose clock is a day ahead, takes the new file for an abandoned one."""
    store = Store(tmp_path / "store")
    write = Path.write_bytes
    taken = []

    def write_bytes(path: Path, content: bytes) -> int:
        size = write(path, content)
        if not taken:
            taken.append(path)
            path.unlink()
        return size

    monkeypatch.setattr(Path, "write_bytes", write_bytes)
    assert store.save(NET, chain(), Made()) is True
    assert isinstance(store.load(NET), Entry)


def test_shards_are_merged_by_copying(tmp_path: Path) -> None:
    """Each of several machines fills a store with its part; copied together they are one."""
    source = tmp_path / "net.py"
    source.write_text("class Net: ...")
    parts = {"a": [NET, OTHER], "b": [OTHER, Reference.parse("pkg:net", args="1")]}
    texts: dict[str, set[bytes]] = {}
    whole = Store(tmp_path / "merged" / "_visualtorch")
    for name, references in parts.items():
        own = tmp_path / name / "net.py"
        own.parent.mkdir()
        own.write_text(source.read_text())
        shard = Store(tmp_path / name / "_visualtorch")
        made = Made(sources={str(own): source_digest(own)})
        for reference in references:
            shard.save(reference, chain(), made)
        Listings(shard).save(LISTED, LISTING, made)
        shutil.copytree(shard.directory, whole.directory, dirs_exist_ok=True)
        for path in shard.directory.rglob("*.json"):
            texts.setdefault(path.name, set()).add(path.read_bytes())
    assert len(texts) == 4
    assert {len(found) for found in texts.values()} == {1}  # what two have made is one text
    (tmp_path / "merged" / "net.py").write_text(source.read_text())
    for reference in {*parts["a"], *parts["b"]}:
        entry = whole.load(reference)
        assert isinstance(entry, Entry)
        assert entry.fresh
    kept = Listings(whole).load(LISTED)
    assert isinstance(kept, Kept)
    assert kept.listing == LISTING
    assert kept.changed == ()
