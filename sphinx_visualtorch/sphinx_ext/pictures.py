"""From a request to a picture: painted once, then taken from the pictures beside the doctrees."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sphinx_visualtorch import pipeline
from sphinx_visualtorch.sphinx_ext.log import tell
from sphinx_visualtorch.sphinx_ext.sweep import PARTIAL, file_stem

if TYPE_CHECKING:
    from sphinx_visualtorch.graph import ArchitectureGraph
    from sphinx_visualtorch.sphinx_ext.record import Record
    from sphinx_visualtorch.sphinx_ext.request import Request
    from sphinx_visualtorch.store import Pictures

__all__ = ["Drawing", "drawing_of", "lengths"]

_PRINTED = 300 / 96
"""Image pixels per px of a page: 300 to the inch, which is sharp in print."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """One figure as its author wants it, in any form.

    *alt* replaces the generated text if it is not empty; *ready* is the figure if it was laid out
    before; *partial* says that the model is not whole.
    """

    request: Request
    graph: ArchitectureGraph
    pictures: Pictures
    alt: str = ""
    ready: pipeline.Figure | None = None
    partial: bool = False

    @property
    def words(self) -> str:
        """The figure for readers who cannot see it."""
        return self.alt or self._figure.alt

    @property
    def _figure(self) -> pipeline.Figure:
        if self.ready is not None:
            return self.ready
        return pipeline.figure(self.graph, self.request.style, self.request.options)

    @property
    def _key(self) -> str:
        """What the picture depends on, but for what a page adds: words and links."""
        return pipeline.key(self.graph, self.request.style, self.request.options)[:16]

    def inline_key(self, links: Mapping[str, str]) -> str:
        """Return a digest that is equal for equal inline pictures."""
        added = (self.alt, *(part for pair in sorted(links.items()) for part in pair))
        return _digest(self._key, *added)

    def inline(
        self, links: Mapping[str, str], number: int, wanted: Mapping[str, str | int]
    ) -> tuple[str, float]:
        """Return SVG for the inside of a page, and its natural width in px.

        The page has *number* equal pictures before it; *wanted* are docutils' sizes.
        """
        key = self.inline_key(links)
        prefix = f"vt-{key}-"

        def paint() -> bytes:
            # a build that has all its pictures never loads a painter
            from sphinx_visualtorch.paint.svg import svg

            scene = self._figure.scene
            if self.alt:
                scene = replace(scene, title=self.alt, description="")
            animated = self.request.options.animate
            return svg(scene, inline=True, prefix=prefix, links=links, animated=animated).encode()

        name = f"{PARTIAL if self.partial else ''}{key}.svg"
        text = self._kept(name, paint)[1].decode()
        if number:
            # the key is a hash of all that the picture says: nothing else in it looks like this
            text = text.replace(prefix, f"{prefix}{number}-")
        natural = _svg_width(text.encode())
        return _resized(text, lengths(wanted, natural)), natural

    def file(self, suffix: str) -> tuple[Path, float]:
        """Return path and natural width (in px) of an ``.svg``, a ``.pdf`` or a ``.png``."""
        name = f"{file_stem(self._key, partial=self.partial)}{suffix}"
        path, content = self._kept(name, lambda: _painted(self._figure, suffix))
        measure = {".pdf": _pdf_width, ".png": _png_width}.get(suffix, _svg_width)
        return path, measure(content)

    def thumbnail(self, theme: str) -> tuple[Path, float]:
        """Return path and natural width of an SVG for ``light`` or for ``dark`` pages."""
        name = f"{file_stem(self._key, theme=theme)}.svg"
        paint = self._figure.svg
        path, content = self._kept(name, lambda: paint(theme=theme, animated=False).encode())
        return path, _svg_width(content)

    def _kept(self, name: str, paint: Callable[[], bytes]) -> tuple[Path, bytes]:
        started = time.perf_counter()
        found, did = self.pictures.read(name), "shown as kept in"
        if found is None:
            found, did = paint(), "painted as"
            self.pictures.write(name, found)
        spent = (time.perf_counter() - started) * 1000
        tell(f"{self.request.reference} {did} {name}, {spent:.0f} ms")
        return self.pictures.path(name), found


def drawing_of(record: Record, key: str, alt: str = "") -> Drawing | None:
    """Return what the request with this key draws, or None if there is not even a partial graph."""
    request = record.requests.get(key)
    if request is None or record.shelf is None:
        return None
    shelf, outcome = record.shelf, record.outcome(key)
    failed = outcome is not None and outcome.error is not None
    # the store may still have the graph of a model that has failed since
    graph = shelf.partial.get(record.digest(key)) if failed else shelf.graph(request.reference)
    if graph is None:
        return None
    return Drawing(
        request=request,
        graph=graph,
        pictures=shelf.pictures,
        alt=alt,
        ready=shelf.figures.get(key),
        partial=failed,
    )


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


_ROOT = re.compile(rb'<svg\b[^>]*? width="([0-9.]+)"')
_PAGE = re.compile(rb"/MediaBox *\[ *0 0 ([0-9.]+) ")
_STYLE = re.compile(r'<svg\b[^>]*? style="([^"]*)"')
_LEAST_WIDTH = re.compile(r"--vt-least:[^;]*;?")
_LENGTH = re.compile(r"([0-9.]+) *([a-z%]*)", re.IGNORECASE)


def _painted(figure: pipeline.Figure, suffix: str) -> bytes:
    if suffix == ".pdf":
        return figure.pdf()
    if suffix == ".svg":
        # what shows EPUB may know no animation, and then show nothing
        return figure.svg(animated=False).encode()
    from sphinx_visualtorch.paint.png import largest_scale

    # coarser where it would be larger than a PNG may be
    return figure.png(scale=min(_PRINTED, largest_scale(figure.scene)))


def _svg_width(content: bytes) -> float:
    """Return the width in px that the painter wrote on the root."""
    found = _ROOT.match(content)
    return float(found[1]) if found else 0.0


def _pdf_width(content: bytes) -> float:
    """Return the width of the page in px, which are 3/4 pt."""
    found = _PAGE.search(content)
    return float(found[1]) / 0.75 if found else 0.0


def _png_width(content: bytes) -> float:
    """Return the width in px, of which 96 are an inch.

    PNG (RFC 2083), 3.2, 4.1.1 and 4.2.4.2: the width in pixels stands after signature, length and
    "IHDR", the pixels per metre after "pHYs".
    """
    pixels, density = content[16:20], content.partition(b"pHYs")[2][:4]
    return int.from_bytes(pixels, "big") / (int.from_bytes(density, "big") * 0.0254) * 96


def lengths(wanted: Mapping[str, str | int], natural: float) -> dict[str, str]:
    """Return *width* and *height* as CSS lengths for docutils' *width*, *height* and *scale*.

    *scale* is per cent of the other two, or of the *natural* width in px.
    """
    factor = int(wanted.get("scale", 100)) / 100
    given = {name: str(wanted[name]) for name in ("width", "height") if wanted.get(name)}
    if factor != 1 and not given:
        given = {"width": f"{natural:g}px"}
    return {name: _times(length, factor) for name, length in given.items()}


def _resized(text: str, sizes: Mapping[str, str]) -> str:
    """Return inline SVG with another width or height; it is never wider than its column."""
    found = _STYLE.match(text)
    if not sizes or found is None:
        return text
    rules = "".join(f"{name}:{length};" for name, length in sizes.items())
    # the author's width wins over the one below which the style sheet lets a figure be scrolled
    style = _LEAST_WIDTH.sub("", found[1])
    if "height" in sizes:
        # the painter's own rule for the height would stand in the way
        style = style.replace("height:auto;", "")
        rules += "" if "width" in sizes else "width:auto;"
    return text[: found.start(1)] + rules + style + text[found.end(1) :]


def _times(length: str, factor: float) -> str:
    found = _LENGTH.fullmatch(length.strip())
    if found is None:
        return length
    return f"{float(found[1]) * factor:g}{found[2] or 'px'}"
