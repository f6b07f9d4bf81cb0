"""Twenty models, one page each, three ways, on this machine in one run.

Prints how long a cold build, a build in which nothing changed and a build in which one page was
touched take, as ratios to the floor, and the peak memory of the largest process of each way.
The quick builds of all ways alternate, so that a slow minute of the machine hits all of them.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from models import MODELS
from ways import WAYS, figures, write_project

KINDS = ("cold", "unchanged", "one page touched")
WANTED = {"cold": 6.0, "unchanged": 1.1, "one page touched": 1.1}
WANTED_MEMORY = 1.0  # GB


@dataclass(slots=True)
class Measured:
    """What is known of one way: *seconds* by kind of build, *memory* in GB, *figures* made.

    *processor* are the seconds in which the build, and all that it waited for, was computing: they
    are the steadier ones where a machine is shared.  *failure* tells how a build of it ended that
    did not succeed.
    """

    failure: str = ""
    seconds: dict[str, list[float]] = field(default_factory=dict)
    processor: dict[str, list[float]] = field(default_factory=dict)
    memory: float = 0.0
    figures: int = 0


def build(folder: Path, measured: Measured, kind: str) -> None:
    """Build a project once and note time and memory."""
    html = folder / "_build"
    command = [sys.executable, "-m", "sphinx", "-q", "-b", "html", str(folder), str(html)]
    # compiled once, by the cold build, as an installer compiles what it installs
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    with (folder / "log.txt").open("a", encoding="utf-8") as log:
        log.write(f"--- {kind}\n")
        log.flush()
        start = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, env=environment)
        # wait4 knows the peak of the largest process among the build and all that it waited for
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    unit = 1 if sys.platform == "darwin" else 1024
    measured.memory = max(measured.memory, usage.ru_maxrss * unit / 1e9)
    if process.returncode != 0:
        measured.failure = f"exit code {process.returncode} after {seconds:.0f} s"
        print(f"{folder.name}: {measured.failure}\n{tail(folder)}", file=sys.stderr)
        return
    measured.seconds.setdefault(kind, []).append(seconds)
    measured.processor.setdefault(kind, []).append(usage.ru_utime + usage.ru_stime)


def tail(folder: Path) -> str:
    """Return the end of a project's log."""
    return (folder / "log.txt").read_text(encoding="utf-8", errors="replace")[-2000:]


def touch(folder: Path, number: int) -> None:
    """Change the text of one page."""
    with (folder / "page1.rst").open("a", encoding="utf-8") as page:
        page.write(f"\nAnd some more, {number}.\n")


def measure(room: Path, ways: list[str], options: argparse.Namespace) -> dict[str, Measured]:
    """Build everything and return what was measured."""
    models = MODELS[: options.models]
    found = {way: Measured() for way in ways}
    for turn in range(options.runs):
        for way in ways:
            if way == "peer" and turn:
                continue  # minutes and GB; once is enough
            folder = room / way
            shutil.rmtree(folder, ignore_errors=True)
            write_project(folder, way, models)
            build(folder, found[way], "cold")
            if found[way].failure:
                continue
            found[way].figures = figures(way, folder / "_build")
            print(f"cold {way}: {found[way].seconds['cold'][-1]:.1f} s", file=sys.stderr)
    for turn in range(options.runs + 1):
        for way in ways:
            if found[way].failure:
                continue
            build(room / way, found[way], "unchanged")
            touch(room / way, turn)
            build(room / way, found[way], "one page touched")
    for measured in found.values():
        for kind in KINDS[1:] if not measured.failure else ():
            del measured.seconds[kind][0]  # the first one still fills the disk cache
    return found


def table(found: dict[str, Measured]) -> str:
    """Return the result as a Markdown table."""
    floor = found["floor"]
    rows = [
        f"| | {' | '.join(KINDS)} | largest process | figures |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for way, measured in found.items():
        cells = [measured.failure, "–", "–"] if measured.failure else []
        for kind in KINDS if not measured.failure else ():
            seconds = statistics.median(measured.seconds[kind])
            ratio = seconds / statistics.median(floor.seconds[kind])
            cells.append(f"{ratio:.2f} × ({seconds:.2f} s)")
        cells += [f"{measured.memory:.2f} GB", str(measured.figures)]
        rows.append(f"| {WAYS[way]} | {' | '.join(cells)} |")
    return "\n".join(rows)


def verdict(found: dict[str, Measured]) -> str:
    """Return what was wanted of our way, and whether it was reached."""
    lines = []
    for kind, limit in WANTED.items():
        ours, floor = (statistics.median(found[way].seconds[kind]) for way in ("ours", "floor"))
        word = "reached" if ours / floor <= limit else "MISSED"
        lines.append(f"{kind}: {ours / floor:.2f} × the floor, wanted ≤ {limit:g} ×: {word}")
    memory = found["ours"].memory
    word = "reached" if memory <= WANTED_MEMORY else "MISSED"
    lines.append(f"memory: {memory:.2f} GB, wanted ≤ {WANTED_MEMORY:g} GB: {word}")
    return "\n".join(lines)


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default=",".join(WAYS), help="ways, separated by commas")
    parser.add_argument("--runs", type=int, default=3, help="how often each build is measured")
    parser.add_argument("--models", type=int, default=len(MODELS), help="the first N models only")
    parser.add_argument("--keep", type=Path, help="build here and leave everything, with the logs")
    options = parser.parse_args()
    ways = [way for way in WAYS if way in options.only.split(",") or way == "floor"]
    room = options.keep or Path(tempfile.mkdtemp(prefix="visualtorch-bench-"))
    try:
        found = measure(room, ways, options)
    finally:
        if not options.keep:
            shutil.rmtree(room, ignore_errors=True)
    print(table(found))
    if "ours" in found and not found["ours"].failure:
        print(verdict(found))
    if any(found[way].failure for way in ways if way != "peer"):
        raise SystemExit("a build of ours, or of the floor, did not succeed")


if __name__ == "__main__":
    main()
