# ruff: noqa: INP001, T201 - a script, no package, that prints its report
"""Compare two built sites byte by byte; say what differs and end with 1 if anything does.

The manual is built twice, traced with torch and from its committed store without::

    python tools/same_trees.py example_docs/_build/html OTHER

Nothing in a page of ours tells a time.  Of the sites of others, the time of the last build may:
what ``--ignore PATTERN`` names, a regular expression, is blanked in both before they are compared.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path

NOT_SHOWN = (".doctrees", ".buildinfo")
"""What Sphinx keeps beside the site for itself."""

MOST = 20
"""Differences that are told one by one."""


def files(root: Path) -> dict[str, Path]:
    """Return the files of a site by their names in it."""
    found = {path.relative_to(root): path for path in root.rglob("*") if path.is_file()}
    return {
        name.as_posix(): path
        for name, path in sorted(found.items())
        if not set(NOT_SHOWN) & set(name.parts)
    }


def differences(one: Path, other: Path, ignored: re.Pattern[bytes] | None) -> Iterator[str]:
    """Yield a line for each file that is not the same in both sites."""
    here, there = files(one), files(other)
    for name in sorted(here.keys() | there.keys()):
        if name not in there or name not in here:
            yield f"{name}: only in {one if name in here else other}"
            continue
        first, second = (
            path.read_bytes() if ignored is None else ignored.sub(b"", path.read_bytes())
            for path in (here[name], there[name])
        )
        if first != second:
            yield f"{name}: {first_difference(first, second)}"


def first_difference(one: bytes, other: bytes) -> str:
    """Return where two texts part, with what follows in each."""
    pairs = zip(one, other, strict=False)
    at = next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))
    line = one.count(b"\n", 0, at) + 1
    start = max(0, at - 20)
    return f"line {line}: {one[start : at + 40]!r} and {other[start : at + 40]!r}"


def main() -> int:
    """Run the program."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("sites", nargs=2, type=Path, metavar="SITE")
    parser.add_argument("--ignore", metavar="PATTERN", help="what may differ, such as a time")
    given = parser.parse_args()
    one, other = given.sites
    for site in given.sites:
        if not any(site.glob("**/*.html")):
            print(f"{site} has no pages: nothing was built there", file=sys.stderr)
            return 2
    ignored = re.compile(given.ignore.encode()) if given.ignore else None
    found = list(differences(one, other, ignored))
    for line in found[:MOST]:
        print(line)
    if found:
        more = f" (the first {MOST} above)" if len(found) > MOST else ""
        print(f"{len(found)} files differ between {one} and {other}{more}", file=sys.stderr)
        return 1
    print(f"{len(files(one))} files, the same in {one} and {other}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
