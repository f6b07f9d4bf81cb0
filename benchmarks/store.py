"""What the store costs: whether 1,000 figures of 100 models are fresh, and ResNet-50's graph.

All of it is time of the processor, so that other work on the machine counts less:

- *known*: the build before has seen all, and nothing has changed; once in a new process, the median
  of several;
- *from nothing*: likewise in a fresh checkout, where each of the 100 graphs is loaded, too;
- *loaded*: the file of ResNet-50 becomes a graph, the least of many times: more is other work.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import distributions
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from sphinx_visualtorch.sphinx_ext.record import Record
    from sphinx_visualtorch.store import Store

DOCS = Path(__file__).resolve().parents[1] / "example_docs"
MODELS, FIGURES, PAGES = 100, 1_000, 200
SOURCES, EACH = 40, 4
"""Files of the project, and how many of them a model is made of."""

WANTED = {"known": 0.150, "loaded": 0.003}


def fill(place: Path) -> None:
    """Write a project of 100 models, whose graphs are those of the manual by turns."""
    from sphinx_visualtorch.graph import ArchitectureGraph
    from sphinx_visualtorch.reference import Reference
    from sphinx_visualtorch.source import Made, public_version, source_digest
    from sphinx_visualtorch.store import Store

    place.joinpath("pkg").mkdir()
    files = [place / "pkg" / f"part{number}.py" for number in range(SOURCES)]
    for number, path in enumerate(files):
        path.write_text(f"number = {number}\n" + "# a line of some length, as sources are\n" * 300)
    installed = {
        found.metadata["Name"].lower().replace("_", "-").replace(".", "-"): found.version
        for found in islice(distributions(), 4)
    }
    versions = {name: public_version(version) for name, version in installed.items()}
    texts = [json.loads(path.read_bytes())["graph"] for path in _stored()]
    store = Store(place / "_visualtorch")
    for number in range(MODELS):
        own = [files[(number + part) % SOURCES] for part in range(EACH)]
        made = Made(
            sources={str(path): source_digest(path) for path in own}, distributions=versions
        )
        graph = ArchitectureGraph.from_data(texts[number % len(texts)])
        store.save(Reference(target=f"pkg:net_{number}"), graph, made)


def _stored() -> list[Path]:
    return sorted((DOCS / "_visualtorch").glob("*.json"))


def record_of(place: Path) -> tuple[Store, Record]:
    """Return a store that has looked at nothing, and what 200 pages ask for."""
    from sphinx_visualtorch.options import STYLES
    from sphinx_visualtorch.reference import Reference
    from sphinx_visualtorch.sphinx_ext.record import Record
    from sphinx_visualtorch.sphinx_ext.request import Request
    from sphinx_visualtorch.store import Store

    record = Record()
    for number in range(FIGURES):
        reference = Reference(target=f"pkg:net_{number % MODELS}")
        # each figure has options of its own
        options = STYLES["layered"](max_width=float(400 + number))
        request = Request(reference=reference, style="layered", options=options)
        record.note(f"page{number % PAGES}", request, None)
    return Store(place / "_visualtorch"), record


def known(place: Path) -> Callable[[], bool]:
    """Return how it is decided that all graphs are as they were."""
    from sphinx_visualtorch.store import Entry, Store

    store, record = record_of(place)
    before = Store(store.directory)
    entries = {digest: before.load(reference) for digest, reference in record.references().items()}
    seen = {digest: entry.seen for digest, entry in entries.items() if isinstance(entry, Entry)}
    return lambda: all(store.confirms(seen[digest]) for digest in record.models())


def from_nothing(place: Path) -> Callable[[], bool]:
    """Return how that is decided where nothing is known."""
    from sphinx_visualtorch.store import Entry

    store, record = record_of(place)

    def decide() -> bool:
        entries = [store.load(reference) for reference in record.references().values()]
        return all(isinstance(entry, Entry) and entry.fresh for entry in entries)

    return decide


WAYS = {"known": known, "from nothing": from_nothing}


def once(way: str, place: Path) -> None:
    """Print the seconds that something takes in a new process."""
    work = WAYS[way](place)
    started = time.process_time()
    fresh = work()
    spent = time.process_time() - started
    if not fresh:
        sys.exit(f"not all of them are fresh: {way}")
    print(spent)


def loaded() -> float:
    """Return the seconds that the graph of ResNet-50 takes to be loaded from the manual's store."""
    from sphinx_visualtorch.reference import Reference
    from sphinx_visualtorch.store import Entry, Store

    net = Reference.parse("architectures.resnet:resnet50", input_shape="1, 3, 224, 224")
    found = []
    for _ in range(40):
        store = Store(DOCS / "_visualtorch")
        started = time.process_time()
        entry = store.load(net)
        found.append(time.process_time() - started)
        if not isinstance(entry, Entry):
            sys.exit(entry.reason)
        del entry  # or taking it away would count as part of the next one
    return min(found)


def measured(way: str, place: Path, runs: int) -> float:
    """Return the median of the seconds of several processes."""
    command = [sys.executable, __file__, "--once", way, "--place", str(place)]
    found = [
        float(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
        for _ in range(runs)
    ]
    return statistics.median(found)


def main() -> None:
    """Print all numbers, each with what is wanted of it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--once", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--place", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.once:
        once(asked.once, asked.place)
        return
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        fill(place)
        size = sum(path.stat().st_size for path in place.glob("_visualtorch/*")) / MODELS / 1000
        spent = {way: measured(way, place, asked.runs) for way in WAYS} | {"loaded": loaded()}
    print(f"| store (files of {size:.0f} KB on the average) | time | wanted |")
    print("|---|---:|---|")
    told = f"{FIGURES:,} figures of {MODELS} models are fresh"
    _row(f"{told}, known", spent["known"], WANTED["known"])
    _row(f"{told}, from nothing, with the graphs", spent["from nothing"])
    _row("the graph of ResNet-50, loaded", spent["loaded"], WANTED["loaded"])


def _row(words: str, spent: float, wanted: float = 0.0) -> None:
    verdict = "reached" if spent <= wanted else "MISSED"
    cell = f"≤ {wanted * 1e3:g} ms, {verdict}" if wanted else "–"
    print(f"| {words} | {spent * 1e3:.1f} ms | {cell} |")


if __name__ == "__main__":
    main()
