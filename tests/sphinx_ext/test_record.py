"""The environment's record: plain, merged by document, and never read in a wrong form."""

from __future__ import annotations

import inspect
import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

from projects import PACKAGE

from sphinx_visualtorch.gallery import Gallery
from sphinx_visualtorch.options import STYLES, Font, make_options
from sphinx_visualtorch.reference import Reference
from sphinx_visualtorch.rules import Rule
from sphinx_visualtorch.sphinx_ext import record as room
from sphinx_visualtorch.sphinx_ext.galleries.exhibits import Exhibit
from sphinx_visualtorch.sphinx_ext.record import Outcome, Record
from sphinx_visualtorch.sphinx_ext.request import Request
from sphinx_visualtorch.sphinx_ext.shelf import Shelf
from sphinx_visualtorch.store import Pictures, Seen, Store, reference_digest

KEPT = (Outcome, Request, Seen, Reference, Rule, Font, Exhibit, Gallery)


def request(target: str, **options: object) -> Request:
    reference = Reference.parse(target)
    return Request(reference=reference, style="layered", options=make_options("layered", options))


def test_key() -> None:
    """Equal requests have one key, whatever the spelling of their options."""
    assert request("a:b", min_z=4).key == request("a:b", min_z="4").key
    keys = {request("a:b").key, request("a.b").key, request("a:b", min_z=4).key}
    assert len(keys) == 3


def test_merge_and_purge() -> None:
    ours, theirs = Record(), Record()
    one = ours.note("one", request("a:b"), "one.rst:1")
    ours.note("two", request("a:b"), "two.rst:1")
    theirs.note("two", request("a:c"), "two.rst:2")
    theirs.note("two", request("a:c"), "two.rst:9")
    theirs.note("three", request("a:d"), None)
    ours.purge("two")
    ours.merge(["two", "four"], theirs)
    assert {docname: len(uses) for docname, uses in ours.uses.items()} == {"one": 1, "two": 2}
    assert sorted(item.target for item in ours.references().values()) == ["a:b", "a:c"]
    ours.outcomes = {ours.digest(one): Outcome(digest="x"), "gone": Outcome()}
    ours.shown = {"html": {"one": "1", "two": "2"}}
    ours.purge("two")
    ours.tidy()
    assert list(ours.requests) == [one]
    assert list(ours.outcomes) == [reference_digest(Reference.parse("a:b"))]
    assert ours.shown == {"html": {"one": "1"}}


def test_pickle(tmp_path: Path) -> None:
    """The record goes with the environment, what belongs to one build does not."""
    record = Record()
    key = record.note("one", request("a:b", legend=True), "one.rst:1")
    record.shelf = Shelf(store=Store(tmp_path), pictures=Pictures(tmp_path), form="inline")
    again = pickle.loads(pickle.dumps(record))
    assert again.shelf is None
    assert again.requests == {key: request("a:b", legend=True)}
    assert again.uses == record.uses


def test_version_is_the_same_everywhere() -> None:
    code = "from sphinx_visualtorch.sphinx_ext.record import env_version; print(env_version())"
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONPATH": str(PACKAGE), "PYTHONHASHSEED": seed}
        done = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, check=True
        )
        assert int(done.stdout) == room.env_version()


def test_version_tells_forms_apart(tmp_path: Path) -> None:
    """It is another one as soon as a module that declares what is kept has another text."""
    package = tmp_path / "sphinx_visualtorch"
    shutil.copytree(PACKAGE / "sphinx_visualtorch", package)
    before = room.env_version(package)
    assert before == room.env_version()
    declaring = {
        inspect.getsourcefile(cls)
        for cls in (
            Outcome,
            Request,
            Seen,
            Reference,
            Rule,
            Font,
            Exhibit,
            Gallery,
            *STYLES.values(),
        )
    }
    assert len(declaring) > 5
    for file in declaring:
        path = package / Path(str(file)).relative_to(PACKAGE / "sphinx_visualtorch")
        text = path.read_text()
        path.write_text(text.replace(" = ", " = 1 + ", 1))
        assert room.env_version(package) != before, path
        path.write_text(text)
    (package / "graph" / "__init__.py").write_text("")
    assert room.env_version(package) == before
