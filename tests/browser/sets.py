"""The figures that are looked at: the manual as it is built, all stored graphs, and the zoo."""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from browser.checker.browser import look
from browser.checker.rules import Violation, check, check_dark
from browser.checker.truth import Truth, truth_of

from sphinx_visualtorch.graph import ArchitectureGraph
from sphinx_visualtorch.options import STYLES
from sphinx_visualtorch.paint.stylesheet import stylesheet
from sphinx_visualtorch.pipeline import draw

if TYPE_CHECKING:
    from browser.checker.figure import Page
    from playwright.sync_api import Page as Tab

THEMES = ("furo", "pydata_sphinx_theme")
DOCS = Path(__file__).resolve().parents[2] / "example_docs"

# a column of text as wide as a figure may be, on the grounds of usual themes
_PAGE = """<!doctype html>
<html lang="en" data-theme="light"><head><meta charset="utf-8"><title>Figures</title>
<meta name="viewport" content="width=device-width"><style>
body{{margin:0 auto;padding:0 15px;max-width:{width}px;background:#fff;color:#222}}
html[data-theme="dark"] body{{background:#14181e;color:#ddd}}
figure{{margin:20px 0}}
{stylesheet}</style></head><body>
{figures}
</body></html>
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """Pages with figures, as *addresses* by their names, and what the models have."""

    addresses: Mapping[str, str]
    known: Mapping[str, Truth]

    def violations(self, tab: Tab) -> Iterator[Violation]:
        """Yield what is wrong with the pages on all screens."""
        for name, address in self.addresses.items():
            light: dict[int, Page] = {}
            for screen, page in look(tab, address, name):
                if screen.scheme == "light":
                    light[screen.width] = page
                    yield from check(page, self.known)
                else:
                    yield from check_dark(page, light[screen.width])


def stored() -> dict[str, ArchitectureGraph]:
    """Return the graphs of the manual and the show-case by the names of their files."""
    return {
        path.stem: ArchitectureGraph.from_data(
            json.loads(path.read_text(encoding="utf-8"))["graph"]
        )
        for path in sorted((DOCS / "_visualtorch").glob("*.json"))
    }


def zoo() -> dict[str, ArchitectureGraph]:
    """Return the graphs of the test zoo by the names of its models."""
    from tracing.flows import REFERENCES, traced

    return {name: traced(name) for name in REFERENCES}


def truths(graphs: Iterable[ArchitectureGraph]) -> dict[str, Truth]:
    """Return what models have, by the digests of their graphs."""
    return {graph.digest: truth_of(graph) for graph in graphs}


def gallery(
    place: Path,
    graphs: Mapping[str, ArchitectureGraph],
    width: int = 720,
    styles: Iterable[str] = tuple(STYLES),
    **options: object,
) -> Shelf:
    """Write one page with all graphs in all *styles*."""
    figures = []
    for name, graph in graphs.items():
        for style in styles:
            svg = draw(graph, style, **options).svg(inline=True, prefix=f"p{len(figures)}-")
            told = html.escape(f"{name} {style}", quote=True)
            figures.append(
                f'<figure data-name="{told}"><div class="vt-picture">{svg}</div></figure>'
            )
    text = _PAGE.format(width=width, stylesheet=stylesheet(), figures="\n".join(figures))
    place.write_text(text, encoding="utf-8")
    return Shelf(addresses={place.stem: place.as_uri()}, known=truths(graphs.values()))


def manual(place: Path, theme: str) -> Shelf:
    """Build the manual and the show-case with a theme."""
    places = ["-d", str(place / "doctrees"), str(DOCS), str(place / "html")]
    command = [sys.executable, "-m", "sphinx", "-q", "-b", "html", "-D", f"html_theme={theme}"]
    subprocess.run([*command, *places], check=True, cwd=place)
    pages = sorted((place / "html").rglob("*.html"))
    shown = [page for page in pages if re.search(r"<svg\b[^>]*vt-figure", page.read_text("utf-8"))]
    return Shelf(
        addresses={
            str(page.relative_to(place / "html").with_suffix("")): page.as_uri() for page in shown
        },
        known=truths(stored().values()),
    )


SETS: Mapping[str, Callable[[Path], Shelf]] = {
    **{theme: partial(manual, theme=theme) for theme in THEMES},
    "store": lambda place: gallery(place / "store.html", stored()),
    "legend": lambda place: gallery(place / "legend.html", stored(), legend=True),
    "zoo": lambda place: gallery(place / "zoo.html", zoo()),
}
"""All sets; each is made in an empty directory."""
