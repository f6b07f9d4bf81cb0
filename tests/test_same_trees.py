"""``tools/same_trees.py``, by which CI compares the manual with torch and without."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).resolve().parents[1] / "tools" / "same_trees.py"
PAGES = {
    "index.html": "<p>\n<b>one</b>",
    "deep/page.html": "<p>at 12:30</p>",
    "_images/a.svg": "<svg/>",
    ".doctrees/index.doctree": "kept",
}


def compare(root: Path, *arguments: str) -> tuple[int, str, str]:
    command = [sys.executable, str(TOOL), "one", "other", *arguments]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def sites(tmp_path: Path) -> Path:
    for site in ("one", "other"):
        for name, text in PAGES.items():
            path = tmp_path / site / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    return tmp_path


def test_same(sites: Path) -> None:
    sites.joinpath("other/.doctrees/index.doctree").write_text("another")
    assert compare(sites) == (0, "3 files, the same in one and other\n", "")


def test_different(sites: Path) -> None:
    """Each file that differs is named, with the place."""
    sites.joinpath("other/index.html").write_text("<p>\n<b>two</b>")
    sites.joinpath("other/_images/a.svg").unlink()
    sites.joinpath("one/deep/new.html").write_text("")
    code, printed, problem = compare(sites)
    assert code == 1
    assert printed.splitlines() == [
        "_images/a.svg: only in one",
        "deep/new.html: only in one",
        "index.html: line 2: b'<p>\\n<b>one</b>' and b'<p>\\n<b>two</b>'",
    ]
    assert problem == "3 files differ between one and other\n"


def test_one_longer_than_the_other(sites: Path) -> None:
    sites.joinpath("other/index.html").write_text(PAGES["index.html"] + "more")
    assert compare(sites)[0] == 1


def test_times_may_differ(sites: Path) -> None:
    sites.joinpath("other/deep/page.html").write_text("<p>at 12:31</p>")
    assert compare(sites)[0] == 1
    assert compare(sites, "--ignore", r"\d\d:\d\d")[0] == 0


def test_nothing_was_built(sites: Path) -> None:
    """Two empty places are no success."""
    for path in (sites / "other").rglob("*.html"):
        path.unlink()
    code, _, problem = compare(sites)
    assert code == 2
    assert problem == "other has no pages: nothing was built there\n"
