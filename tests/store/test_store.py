"""The store: what comes back, what is refused, and what two writers do to each other."""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from projects import PACKAGE, TESTS, chain

from sphinx_visualtorch.errors import StoreError
from sphinx_visualtorch.graph import ArchitectureGraph
from sphinx_visualtorch.reference import Reference
from sphinx_visualtorch.source import Made, source_digest
from sphinx_visualtorch.store import Entry, Missing, Pictures, Store, write_whole

NET = Reference.parse("pkg.models:Net", input_shape="1, 8")
SNAPSHOT = Path(__file__).with_name("net.json")
MANUAL = Path(__file__).parents[2] / "example_docs" / "manual" / "store.rst"
VERSIONS = {"torch": "2.13.0", "sphinx_visualtorch": "0.1.0"}


def made(*sources: Path, **distributions: str) -> Made:
    return Made(
        sources={str(path): source_digest(path) for path in sources},
        distributions=distributions,
        versions=VERSIONS,
    )


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "src" / "pkg" / "models.py"
    path.parent.mkdir(parents=True)
    path.write_text("class Net: ...\n")
    return path


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "docs" / "_visualtorch")


def fill(store: Store, source: Path, reference: Reference = NET) -> Path:
    store.save(reference, chain(), made(source))
    return store.path(reference)


def loaded(store: Store, reference: Reference = NET) -> Entry:
    entry = Store(store.directory).load(reference)
    assert isinstance(entry, Entry)
    return entry


def test_round_trip(store: Store, source: Path) -> None:
    assert store.load(NET) == Missing()
    path = fill(store, source)
    entry = loaded(store)
    assert entry.graph == chain()
    assert entry.reference == NET
    assert [store.source(name).resolve() for name, _ in entry.seen.sources] == [source]
    assert entry.fresh
    assert [item.name for item in store.directory.iterdir()] == [path.name]


def test_file(store: Store, source: Path) -> None:
    """The file is text that a reviewer can read: relative paths, a line each, sorted."""
    path = fill(store, source)
    assert path.name.startswith("pkg.models.Net-")
    content = path.read_bytes()
    assert b"\r" not in content
    assert content.endswith(b"}\n")
    assert str(source.parent).encode() not in content
    lines = content.decode().splitlines()
    place = lines.index('"../src/pkg/models.py":')
    assert lines[place + 1] == f'"{source_digest(source)}"'
    assert '"target": "pkg.models:Net",' in lines
    ids = [json.loads(line.rstrip(","))["node"] for line in lines if line.startswith('{"node"')]
    assert ids == ["input", "first", "relu", "second"]
    assert ArchitectureGraph.from_data(json.loads(content)["graph"]) == chain()


def test_one_text(store: Store, source: Path) -> None:
    """The text is the same to the last byte, whatever Sphinx, Python and system write it."""
    path = fill(store, source)
    assert path.read_bytes() == SNAPSHOT.read_bytes().replace(b"\r\n", b"\n")


def test_manual() -> None:
    """The lines in the manual are those of the file, in its order."""
    (path,) = MANUAL.parents[1].glob("_visualtorch/architectures.mixer.*.json")
    real = [line.rstrip(",") for line in path.read_text(encoding="utf-8").splitlines()]
    told = re.findall(r"^   (\{.*\})$", MANUAL.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert len(told) == 8
    places = [real.index(line) for line in told]
    assert places == sorted(places)


def test_names_differ(store: Store) -> None:
    """Every part of a request counts, and no name leaves the directory."""
    variants = [
        NET,
        replace(NET, target="pkg.models.Net"),
        replace(NET, target="pkg.models:net"),
        replace(NET, args="1"),
        replace(NET, kwargs="a=1"),
        replace(NET, input_shape=((1, 9),)),
        replace(NET, input_dtype=("long",)),
        replace(NET, input_shape=(), inputs="pkg.models:example"),
        replace(NET, target="Größe.größe:" + "x" * 300),
    ]
    paths = [store.path(reference) for reference in variants]
    assert len(set(paths)) == len(variants)
    assert len({path.name.lower() for path in paths}) == len(variants)
    assert all(path.parent == store.directory and path.name.isascii() for path in paths)
    assert all(len(path.name) < 120 for path in paths)


def test_freshness(store: Store, source: Path) -> None:
    fill(store, source)
    text = source.read_bytes()
    os.utime(source)
    assert loaded(store).fresh
    source.write_bytes(text.replace(b"\n", b"\r\n"))
    assert loaded(store).fresh
    source.write_bytes(text + b"# a word\n")
    assert loaded(store).changed == ("../src/pkg/models.py",)
    source.unlink()
    assert not loaded(store).fresh
    source.mkdir()
    assert not loaded(store).fresh


@dataclass
class Installed:
    """What is read of a distribution."""

    version: str

    def read_text(self, name: str) -> str | None:
        text = f"Metadata-Version: 2.1\nVersion: {self.version}\n\nVersion: 0\n"
        return text if name == "METADATA" else None


def install(monkeypatch: pytest.MonkeyPatch, installed: dict[str, str]) -> None:
    """Have these distributions, and no others."""

    def distribution(name: str) -> Installed:
        if name not in installed:
            raise importlib.metadata.PackageNotFoundError(name)
        return Installed(installed[name])

    monkeypatch.setattr(importlib.metadata, "distribution", distribution)


def test_distributions(store: Store, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A graph is as good as what is installed; what is not installed at all is no reason."""
    installed = {"torch": "2.13.0+cpu", "timm": "1.0.1"}
    install(monkeypatch, installed)
    store.save(NET, chain(), made(source, torch="2.13.0", timm="1.0.1", gone="3"))
    entry = loaded(store)
    assert entry.fresh
    assert dict(entry.seen.distributions) == {"gone": "3", "timm": "1.0.1", "torch": "2.13.0"}
    assert Store(store.directory).confirms(entry.seen)
    installed["timm"] = "1.0.2"
    source.write_text("changed")
    assert loaded(store).changed == ("../src/pkg/models.py", "timm 1.0.2, was 1.0.1")
    assert not Store(store.directory).confirms(entry.seen)
    source.write_text("class Net: ...\n")
    assert not Store(store.directory).confirms(entry.seen)
    installed.clear()
    assert loaded(store).fresh


def test_found_without_importing(store: Store, source: Path, tmp_path: Path) -> None:
    """Whether a distribution has changed is told without its code, which may be broken."""
    place = tmp_path / "installed"
    place.joinpath("netlib-2.0.dist-info").mkdir(parents=True)
    place.joinpath("netlib-2.0.dist-info/METADATA").write_text("Name: netlib\nVersion: 2.0\n")
    place.joinpath("netlib.py").write_text("raise SystemExit('imported')\n")
    store.save(NET, chain(), made(source, netlib="1.0"))
    text = (
        "import sys\n"
        "from pathlib import Path\n"
        "from sphinx_visualtorch.reference import Reference\n"
        "from sphinx_visualtorch.store import Store\n"
        "net = Reference.parse('pkg.models:Net', input_shape='1, 8')\n"
        f"print(Store(Path({str(store.directory)!r})).load(net).changed)\n"
        "assert 'netlib' not in sys.modules and 'torch' not in sys.modules\n"
    )
    path = os.pathsep.join([str(PACKAGE), str(place)])
    done = subprocess.run(
        [sys.executable, "-c", text],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert done.stdout == "('netlib 2.0, was 1.0',)\n"


def old_file(source: Path) -> bytes:
    """Return a file as version 0.1.0 wrote it."""
    data = {
        "schema": 1,
        "reference": {"target": "pkg.models:Net", "input_shape": [[1, 8]]},
        "versions": VERSIONS,
        "sources": {"../src/pkg/models.py": source_digest(source)},
        "graph": chain().to_data(),
    }
    return json.dumps(data).encode()


def test_old_schema(store: Store, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of schema 1 is read as well; all it knows of distributions is torch's version."""
    install(monkeypatch, {"torch": "2.13.0"})
    store.directory.mkdir(parents=True)
    store.path(NET).write_bytes(old_file(source))
    entry = loaded(store)
    assert entry.graph == chain()
    assert entry.fresh
    assert entry.seen.distributions == (("torch", "2.13.0"),)
    install(monkeypatch, {"torch": "2.14.0"})
    assert loaded(store).changed == ("torch 2.14.0, was 2.13.0",)
    fill(store, source)
    assert json.loads(store.path(NET).read_bytes())["schema"] == 2


@pytest.mark.parametrize("bare", [True, False])
def test_newer_schema(store: Store, source: Path, *, bare: bool) -> None:
    """What a newer version has written is refused, with what can be done, and left as it is."""
    path = fill(store, source)
    newer = b'{"schema": 3}' if bare else path.read_bytes().replace(b': 2,\n"req', b': 3,\n"req')
    path.write_bytes(newer)
    found = store.load(NET)
    assert isinstance(found, Missing)
    assert found.reason == (
        f"{path.name} cannot be used: a newer version of sphinx-visualtorch wrote it (its schema "
        "is 3, this one reads 2); upgrade sphinx-visualtorch, or delete the file"
    )
    assert found.reason in " ".join(MANUAL.read_text(encoding="utf-8").split())
    with pytest.raises(StoreError, match=r"left as it is: a newer .* or delete the file"):
        fill(store, source)
    assert path.read_bytes() == newer
    assert [item.name for item in store.directory.iterdir()] == [path.name]


def test_confirmed(store: Store, source: Path) -> None:
    """What was seen is confirmed as long as neither the file nor a source is another."""
    path = fill(store, source)
    seen = loaded(store).seen
    assert Store(store.directory).confirms(seen)
    assert not store.confirms(seen._replace(file="other.json"))
    kept = path.read_bytes()
    path.write_bytes(kept + b"\n")
    assert not store.confirms(seen)
    path.write_bytes(kept)
    assert store.confirms(seen)
    source.write_text("changed")
    assert not Store(store.directory).confirms(seen)
    path.unlink()
    assert not store.confirms(seen)


def test_unchanged_is_left_alone(store: Store, source: Path) -> None:
    path = fill(store, source)
    os.utime(path, (1, 1))
    assert store.save(NET, chain(), made(source)) is False
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    os.utime(path, (1, 1))
    assert store.save(NET, chain(), made(source)) is False
    assert path.stat().st_mtime == 1
    assert store.save(NET, chain(9), made(source)) is True
    assert loaded(store).graph == chain(9)


DEEP = b"[" * 200_000


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda data: b"", "cannot be used"),
        (lambda data: data[: len(data) // 2], "cannot be used"),
        (lambda data: data[:-3], "cannot be used"),
        (lambda data: b"[]", "JSON object"),
        (lambda data: DEEP, "recursion|cannot be used"),
        (lambda data: b"\xff\xfe" + data, "cannot be used"),
        (lambda data: data.replace(b'"schema": 2', b'"schema": "1"', 1), "schema is '1'"),
        (lambda data: data.replace(b'"schema": 2', b'"schema": true', 1), "schema is True"),
        (lambda data: data.replace(b'"schema": 2', b'"schema": 0', 1), "schema is 0"),
        (lambda data: data.replace(b'"graph": {\n"schema": 2', b'"graph": {\n"schema": 99'), "99"),
        (lambda data: data.replace(b"pkg.models:Net", b"pkg.models:Not"), "another request"),
        (lambda data: data.replace(b'"op": "input"', b'"op": "model"'), "unknown op"),
        (lambda data: data.replace(b'"body": [', b'"body": 3, "x": ['), "list of lines"),
        (lambda data: data.replace(b'"body"', b'"nody"'), "no field 'nody'"),
        (lambda data: data.replace(b'"scope": ""', b'"scope": "x"'), "unknown scope"),
        (lambda data: data.replace(b'puts": [[1, 8', b'puts": [[1, -8'), "whole numbers"),
        (lambda data: data.replace(b'"parameters": 72', b'"parameters": true'), "parameters"),
        (lambda data: data.replace(b'"parameters": 72', b'"parameters": 1e400'), "parameters"),
        (lambda data: data.replace(b'"versions"', b'"wersions"'), "fields"),
        (lambda data: data.replace(b'"2.13.0"', b"2"), "no short text"),
        (lambda data: data.replace(b"../src/pkg/models.py", b"/etc/passwd"), "no relative path"),
        (lambda data: data.replace(b"../src/pkg/models.py", b"../../dev/zero"), "no relative path"),
        (lambda data: data.replace(b"../src/pkg/models.py", b"a\\u0000.py"), "character U"),
        (lambda data: data.replace(b'"sources": {', b'"sources": {"a.py": 1,'), "no short text"),
        (lambda data: re.sub(rb'"sources": [^}]*}', b'"sources": []', data), "no JSON object"),
        (lambda data: data.replace(b"{},", b'{"../x": "1"},'), "no name of a distribution"),
        (lambda data: data.replace(b"{},", b'{"x": "1", "y": "\\u0000"},'), "character U"),
    ],
)  # fmt: skip
def test_refused(store: Store, source: Path, change, reason: str) -> None:
    """What is cut off, of another version or hostile is missing, with a reason, and replaced."""
    path = fill(store, source)
    data = path.read_bytes()
    changed = change(data)
    assert changed != data
    path.write_bytes(changed)
    found = store.load(NET)
    assert isinstance(found, Missing)
    assert path.name in found.reason
    assert re.search(reason, found.reason)
    fill(store, source)
    assert loaded(store).graph == chain()


def test_too_large(store: Store, source: Path) -> None:
    path = fill(store, source)
    with path.open("ab") as file:
        file.truncate(2**30)  # no disk is used for it
    found = store.load(NET)
    assert isinstance(found, Missing)
    assert "larger" in found.reason


def test_read_only(store: Store, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(store, source)
    before = store.path(NET).read_bytes()

    def fail(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(StoreError, match="Permission denied"):
        store.save(NET, chain(9), made())
    assert store.path(NET).read_bytes() == before
    assert len(list(store.directory.iterdir())) == 1


def test_writers_at_once(tmp_path: Path) -> None:
    """Whoever reads sees one of the texts, whole."""
    path = tmp_path / "file"
    texts = [bytes([65 + n]) * 200_000 for n in range(4)]
    write_whole(path, texts[0])
    with ThreadPoolExecutor(5) as pool:
        writers = [pool.submit(write_whole, path, texts[n % 4]) for n in range(60)]
        while not all(writer.done() for writer in writers):
            assert path.read_bytes() in texts
    assert all(writer.exception() is None for writer in writers)
    assert [item.name for item in tmp_path.iterdir()] == ["file"]


WRITER = """
import sys
from pathlib import Path
from projects import chain
from sphinx_visualtorch.reference import Reference
from sphinx_visualtorch.source import Made
from sphinx_visualtorch.store import Store
store = Store(Path(sys.argv[1]))
print("ready", flush=True)
while True:
    for width in range(8, 60):
        store.save(Reference.parse("pkg:net"), chain(width), Made())
"""


def test_killed_while_writing(tmp_path: Path) -> None:
    """A process that is killed at any moment leaves the last good entry or the new one."""
    command = [sys.executable, "-c", WRITER, str(tmp_path / "store")]
    path = os.pathsep.join([str(PACKAGE), str(TESTS)])
    reference = Reference.parse("pkg:net")
    for delay in (0.01, 0.02, 0.03, 0.05):
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": path}
        ) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            with pytest.raises(subprocess.TimeoutExpired):
                writer.wait(delay)
            writer.kill()
        store = Store(tmp_path / "store")
        assert isinstance(store.load(reference), Entry | Missing)
        assert getattr(store.load(reference), "reason", "") == ""
    # what was half written goes with the next entry that is saved, when no writer can need it
    left = list(store.directory.glob(".*"))
    for path in left:
        os.utime(path, (1, 1))
    Store(store.directory).save(reference, chain(99), Made())
    assert [path.name for path in store.directory.iterdir()] == [store.path(reference).name]


def test_pictures(tmp_path: Path) -> None:
    pictures = Pictures(tmp_path / "pictures")
    assert pictures.read("a.svg") is None
    assert pictures.write("a.svg", b"<svg></svg>\n") == pictures.path("a.svg")
    assert pictures.read("a.svg") == b"<svg></svg>\n"
    pictures.path("a.svg").write_bytes(b"<svg></sv")
    assert pictures.read("a.svg") is None
    pictures.write("a.png", b"\x89PNG...IEND\xaeB`\x82")
    assert pictures.read("a.png") is not None
    pictures.write("a.png", b"\x89PNG...IEND")
    assert pictures.read("a.png") is None
