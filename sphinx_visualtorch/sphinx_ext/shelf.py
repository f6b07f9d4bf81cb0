"""What one build takes graphs and pictures from: opened with its builder, and never kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sphinx_visualtorch.sphinx_ext.config import Mode, store_name, trace_mode
from sphinx_visualtorch.sphinx_ext.log import inform
from sphinx_visualtorch.sphinx_ext.record import record_of
from sphinx_visualtorch.store import Missing, Pictures, Store, reference_digest

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

    from sphinx_visualtorch.graph import ArchitectureGraph
    from sphinx_visualtorch.listing import Catalogue
    from sphinx_visualtorch.pipeline import Figure
    from sphinx_visualtorch.reference import Reference
    from sphinx_visualtorch.sphinx_ext.galleries.catalogues import Found
    from sphinx_visualtorch.tracing.client import Crew

__all__ = ["Form", "Shelf", "open_shelf", "tell_of_pdf"]

Form = Literal["inline", "svg", "pdf", "png", "words", "lines", "nothing"]
"""What a builder makes of a figure.

Without pictures that is words, with a table of layers, in "lines" where there are only letters;
with "nothing" it has no use for one at all.
"""


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Shelf:
    """What one build takes graphs and pictures from; *crew* is a worker that waits for work.

    *mode* says when models are traced.  *figures* holds by the keys of requests what was laid out
    while the worker was busy; *partial* holds by the digests of references how far a model came
    that failed.  Such a graph is shown by this build and kept nowhere.  *lacks_pdf* says that PNG
    has to do for want of a library, *told_unwritable* that the reader knows of a store that cannot
    be written to.  *listings* holds what was listed; *pages* by index document the documents that
    were written for single models, by digest of reference and by target.  *in_points* says that the
    writer takes a px for a dot of a printer.
    """

    store: Store
    pictures: Pictures
    form: Form
    mode: Mode = "auto"
    graphs: dict[str, ArchitectureGraph] = field(default_factory=dict)
    crew: Crew | None = None
    figures: dict[str, Figure] = field(default_factory=dict)
    partial: dict[str, ArchitectureGraph] = field(default_factory=dict)
    lacks_pdf: bool = False
    listings: dict[Catalogue, Found] = field(default_factory=dict)
    pages: dict[str, dict[str, str]] = field(default_factory=dict)
    told_unwritable: bool = False
    in_points: bool = False

    def graph(self, reference: Reference) -> ArchitectureGraph | None:
        """Return the graph of *reference*, if there is one."""
        digest = reference_digest(reference)
        if digest not in self.graphs:
            found = self.store.load(reference)
            if isinstance(found, Missing):
                return None
            self.graphs[digest] = found.graph
        return self.graphs[digest]


def open_shelf(app: Sphinx) -> None:
    """Say where this build takes its graphs and pictures from."""
    kept = Path(app.doctreedir) / "visualtorch"
    name = store_name(app.config)
    directory = kept / "graphs" if name is None else Path(app.confdir) / name
    shelf = Shelf(
        store=Store(directory),
        pictures=Pictures(kept / "pictures"),
        form=_form(app),
        mode=trace_mode(app.config),
        in_points=app.builder.format == "pdf",
    )
    if shelf.form == "pdf":
        from sphinx_visualtorch.paint.pdf import can_paint

        if not can_paint():
            shelf.form, shelf.lacks_pdf = "png", True
    record_of(app.env).shelf = shelf


_FILES_ONLY = ("epub", "simplepdf", "weasyprint")
"""Builders whose pages are HTML, for readers that do not draw what is a link within SVG."""


def _form(app: Sphinx) -> Form:
    builder = app.builder
    types = builder.supported_image_types
    if builder.format == "html" and "image/svg+xml" in types:  # HTML Help and Devhelp show none
        return "svg" if builder.name in _FILES_ONLY else "inline"
    if builder.format == "latex" and "application/pdf" in types:
        return "pdf"
    # nobody else can be trusted with vectors: what makes documents of its own may read some PDF,
    # and know half of SVG or want a library for it
    if "image/png" in types:
        return "png"
    if "application/pdf" in types:
        return "pdf"
    if builder.format in ("text", "man"):
        return "lines"
    # gettext, dummy, linkcheck, doctest and the like write no pages
    return "words" if builder.format else "nothing"


def tell_of_pdf(_app: Sphinx, env: BuildEnvironment) -> None:
    """Say once per build why figures are not as sharp in print as they might be."""
    record = record_of(env)
    if record.keys and record.shelf is not None and record.shelf.lacks_pdf:
        inform("figures are PNG; the extra 'sphinx-visualtorch[pdf]' makes them vectors")
