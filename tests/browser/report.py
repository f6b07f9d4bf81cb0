"""Prints all violations of all figures by rule: ``python tests/browser/report.py [SET …]``.

For who mends a layout: the tests say the same, rule by rule.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from browser.checker.browser import running
from browser.checker.rules import NAMES
from browser.sets import SETS


def main(names: list[str]) -> None:
    found: dict[str, list[str]] = defaultdict(list)
    with running() as tab, tempfile.TemporaryDirectory() as place:
        for name in names or SETS:
            started = time.perf_counter()
            room = Path(place, name)
            room.mkdir()
            shelf = SETS[name](room)
            made = time.perf_counter()
            for violation in shelf.violations(tab):
                found[violation.rule].append(f"{name}: {violation.where}: {violation.message}")
            seconds = f"{made - started:.0f} s to make, {time.perf_counter() - made:.0f} s to look"
            print(f"{name}: {seconds}", file=sys.stderr)
    for rule in NAMES:
        print(f"\n## {rule}: {len(found[rule])}\n")
        for line in found[rule]:
            print(f"- {line}")


if __name__ == "__main__":
    main(sys.argv[1:])
