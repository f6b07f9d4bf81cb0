"""A large site: 1,000 figures of twenty models on 200 pages, beside the same pages with pictures.

Both sites are built by turns, and the ratios are what counts:

- *unchanged*: nothing to do;
- *full*: all pages are read and written anew, graphs and pictures are there;
- *from the store*: a fresh container, where only the committed graphs are;
- *cold*: nothing is there, each model is traced once.

Behind the time that passes stands the time of the processor: where other work goes on, that of a
build of a second is not told from it by the former.

Memory is the peak of the Sphinx process itself.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
from pathlib import Path

from models import MODELS
from run import Measured, build
from ways import DOCS, EXTENSIONS, figure, ours, picture

PAGES, EACH = 200, 5
STYLES = ("layered", "lenet", "graph")
WANTED = {"unchanged": 1.05, "full": 1.5, "from the store": 1.5}
WANTED_MEMORY = 1.3


def write_site(folder: Path, way: str) -> None:
    """Write 200 pages with five figures each; page and place choose model and style."""
    folder.mkdir(parents=True)
    conf = f"import sys\nsys.path.insert(0, {str(DOCS)!r})\nextensions = {EXTENSIONS[way]!r}\n"
    (folder / "conf.py").write_text(conf, encoding="utf-8")
    names = "".join(f"   page{page}\n" for page in range(PAGES))
    index = f"Site\n====\n\n.. toctree::\n\n{names}"
    (folder / "index.rst").write_text(index, encoding="utf-8")
    for page in range(PAGES):
        parts = [f"Page {page}\n========\n\n"]
        for place in range(EACH):
            number = (page * EACH + place) % len(MODELS)
            text = (ours if way == "ours" else figure)(MODELS[number], number)
            if way == "ours":
                style = STYLES[(page + place) % len(STYLES)]
                text = text.replace(f":style: {MODELS[number].style}", f":style: {style}")
            parts.append(f"{text}\nSome words about it, on {page} and {place}.\n\n")
        (folder / f"page{page}.rst").write_text("".join(parts), encoding="utf-8")
    if way == "floor":
        for number in range(len(MODELS)):
            picture(folder / f"model{number}.png")


def forget(folder: Path, kind: str) -> None:
    """Take away what a build of this kind does not find."""
    if kind == "unchanged":
        return
    if kind == "full":  # what is cached beside the doctrees stays
        for path in folder.glob("_build/.doctrees/*.*"):
            path.unlink()
        return
    shutil.rmtree(folder / "_build", ignore_errors=True)
    if kind == "cold":
        shutil.rmtree(folder / "_visualtorch", ignore_errors=True)


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="how often each build is measured")
    options = parser.parse_args()
    room = Path(tempfile.mkdtemp(prefix="visualtorch-bench-"))
    found = {way: Measured() for way in ("floor", "ours")}
    try:
        for way in found:
            write_site(room / way, way)
        for kind in ("cold", "from the store", "full", "unchanged"):
            for _ in range(1 if kind == "cold" else options.runs):
                for way, measured in found.items():
                    forget(room / way, kind)
                    build(room / way, measured, kind)
            print(line(kind, found), flush=True)
            if kind == "cold":  # its largest process is the worker
                for measured in found.values():
                    measured.memory = 0.0
    finally:
        shutil.rmtree(room, ignore_errors=True)
    ratio = found["ours"].memory / found["floor"].memory
    print(f"memory: {ratio:.2f} x, wanted <= {WANTED_MEMORY:g} x")
    if any(measured.failure for measured in found.values()):
        raise SystemExit("a build did not succeed")


def line(kind: str, found: dict[str, Measured]) -> str:
    """Return one row: the ratio of the medians, and what was wanted."""
    ours_, floor = (statistics.median(found[way].seconds[kind]) for way in ("ours", "floor"))
    busy = [statistics.median(found[way].processor[kind]) for way in ("ours", "floor")]
    limit = WANTED.get(kind)
    goal = f", wanted <= {limit:g} x" if limit else f", {ours_ - 1.5 * floor:.1f} s more than 1.5 x"
    times = f"{ours_ / floor:.2f} x ({ours_:.2f} s and {floor:.2f} s)"
    return f"{kind}: {times}{goal}; processor {busy[0] / busy[1]:.2f} x"


if __name__ == "__main__":
    main()
