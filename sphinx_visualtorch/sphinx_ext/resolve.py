"""From graphs to what the builder can show; runs in the parent process, page by page."""

from __future__ import annotations

import re
import traceback
from collections import Counter
from html import unescape
from itertools import chain
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.logging import get_node_location

from sphinx_visualtorch.errors import OptionError, ReportedError, VisualTorchError
from sphinx_visualtorch.sphinx_ext.config import embeds, link_map
from sphinx_visualtorch.sphinx_ext.directive import Architecture, message, take_place
from sphinx_visualtorch.sphinx_ext.links import (
    address,
    cross_references,
    knows_torch,
    resolved_links,
)
from sphinx_visualtorch.sphinx_ext.log import debug, warn
from sphinx_visualtorch.sphinx_ext.record import Record, record_of

if TYPE_CHECKING:
    from pathlib import Path

    from sphinx.environment import BuildEnvironment

    from sphinx_visualtorch.reference import Reference
    from sphinx_visualtorch.sphinx_ext.pictures import Drawing
    from sphinx_visualtorch.sphinx_ext.shelf import Form

__all__ = [
    "AskForLinks",
    "InlineSvg",
    "ShowFigures",
    "WideTable",
    "failed",
    "show_file",
    "slip",
    "vanished",
]

_PARTIAL = "The figure shows the model up to there."

_MIMES = {".svg": "image/svg+xml", ".pdf": "application/pdf", ".png": "image/png"}


class InlineSvg(nodes.General, nodes.Element):
    """A finished picture for the inside of an HTML page, in the attribute ``svg``.

    ``href`` is where a click on it leads to, if its author said so.
    """


class WideTable(nodes.General, nodes.Element):
    """A table in an HTML page, which is scrolled where the page is narrower than it."""


def _drawing(record: Record, placeholder: Architecture) -> Drawing | None:
    # builds that write no figure never load the painter
    from sphinx_visualtorch.sphinx_ext.pictures import drawing_of

    return drawing_of(record, placeholder["key"], placeholder.get("alt", ""))


class AskForLinks(SphinxPostTransform):
    """Put cross-references into placeholders, before Sphinx resolves them.

    From one page all figures with a class lead to the same place: the first of them asks for it.
    """

    default_priority = 5
    formats = ("html",)

    def run(self, **_kwargs: Any) -> None:
        """Do so for the current document."""
        record = record_of(self.env)
        asked: set[str] = set()
        for placeholder in self.document.findall(Architecture):
            drawing = _drawing(record, placeholder) if _is_linked(placeholder) else None
            if drawing is not None:
                placeholder.extend(cross_references(drawing.graph.targets - asked))
                asked |= drawing.graph.targets


def _is_linked(placeholder: Architecture) -> bool:
    # links cannot be nested: a figure with a target has no others
    return placeholder.get("links") != "none" and not isinstance(
        placeholder.parent, nodes.reference
    )


class LeaveWords(SphinxPostTransform):
    """Leave placeholders to gettext: it shows nothing, and asks them for their words."""

    default_priority = 5
    builders = ("gettext",)

    def run(self, **_kwargs: Any) -> None:
        """Do so for the current document."""
        for placeholder in self.document.findall(Architecture):
            placeholder["left"] = True


class ShowFigures(SphinxPostTransform):
    """Put a picture, words or a message in the place of each placeholder."""

    # after the resolver (10), before images are looked at (100)
    default_priority = 20

    def run(self, **_kwargs: Any) -> None:
        """Do so for the current document."""
        record = record_of(self.env)
        self._shown_before: Counter[str] = Counter()
        placeholders = [
            place for place in self.document.findall(Architecture) if "left" not in place
        ]
        self._resolved = self._all_links(placeholders)
        for placeholder in placeholders:
            figure = _figure_of(placeholder)
            shown = self._shown(record, placeholder)
            table = self._table(record, placeholder, figure) if shown else None
            take_place(placeholder, shown)
            if table is not None and figure is not None:
                # LaTeX allows no long table within a figure
                figure.parent.insert(figure.parent.index(figure) + 1, table)

    def _shown(self, record: Record, placeholder: Architecture) -> list[nodes.Node]:
        outcome = record.outcome(placeholder["key"])
        if outcome is None or record.shelf is None:
            return []  # the builder has no use for it
        if outcome.error is not None:
            so_far = self._so_far(record, placeholder)
            return [*so_far, message(outcome.error, *([_PARTIAL] if so_far else []))]
        reference = record.requests[placeholder["key"]].reference
        drawing = _drawing(record, placeholder)
        if drawing is None:
            return [failed(vanished(reference), placeholder)]
        try:
            return self._form(record.shelf.form, drawing, placeholder)
        except OptionError as problem:  # what only the model can tell, such as a path without one
            return [failed(problem, placeholder)]
        except Exception as problem:  # noqa: BLE001 - a slip of a layout must not end the build
            return [failed(slip(problem, reference), placeholder)]

    def _so_far(self, record: Record, placeholder: Architecture) -> list[nodes.Node]:
        """Return the picture of a model that failed, up to there; nothing if that fails, too."""
        drawing = _drawing(record, placeholder)
        if drawing is None or record.shelf is None:
            return []
        placeholder["classes"] = [*placeholder["classes"], "visualtorch-partial"]
        try:
            return self._form(record.shelf.form, drawing, placeholder)
        except Exception as problem:  # noqa: BLE001 - what is wrong with the model is said anyway
            debug("".join(traceback.format_exception(problem)))
            return []

    def _table(
        self, record: Record, placeholder: Architecture, figure: nodes.figure | None
    ) -> nodes.Element | None:
        """Return the layers as a table, if the author wants one below the figure."""
        wanted = placeholder.get("table", "none")
        form = record.shelf.form if record.shelf is not None else "nothing"
        if wanted == "none" or figure is None or form in ("words", "lines", "nothing"):
            return None
        drawing = _drawing(record, placeholder)
        rows = None if drawing is None else self._rows(drawing, placeholder, wanted)
        return WideTable("", rows) if rows is not None and form == "inline" else rows

    def _rows(
        self, drawing: Drawing, placeholder: Architecture, wanted: str, *, lines: bool = False
    ) -> nodes.Element | None:
        # builds without a table never load the transforms
        from sphinx_visualtorch.sphinx_ext.tables import lines_node, table_node
        from sphinx_visualtorch.table import layer_table

        request = drawing.request
        try:
            found = layer_table(
                drawing.graph, request.style, request.options, whole=wanted == "all"
            )
        except OptionError:
            return None  # the figure itself has said so
        return lines_node(found) if lines else table_node(found, self._links(drawing, placeholder))

    def _all_links(self, placeholders: list[Architecture]) -> dict[str, str]:
        """Return where the classes of all figures of the page lead to."""
        given, torch = link_map(self.config), not knows_torch(self.env)
        found = chain.from_iterable(placeholder.children for placeholder in placeholders)
        return resolved_links(found, given, torch=torch)

    def _links(self, drawing: Drawing, placeholder: Architecture) -> dict[str, str]:
        """Return where the classes of one figure lead to."""
        if not self._resolved or not _is_linked(placeholder):
            return {}
        targets = drawing.graph.targets
        return {target: link for target, link in self._resolved.items() if target in targets}

    def _form(self, form: Form, drawing: Drawing, placeholder: Architecture) -> list[nodes.Node]:
        if form == "inline":
            shown = self._inline(drawing, placeholder)
            if embeds(self.config, placeholder.get("embed", ""), len(shown["svg"])):
                return [shown]
            return [self._file(drawing, placeholder, ".svg")]
        if form in ("svg", "pdf", "png"):
            return [self._file(drawing, placeholder, f".{form}")]
        if form not in ("words", "lines"):
            return []
        said = nodes.paragraph("", f"[{drawing.words}]", translatable=False)
        wanted = placeholder.get("table", "boxes")
        if wanted == "none":
            return [said]
        rows = self._rows(drawing, placeholder, wanted, lines=form == "lines")
        return [said, rows] if rows is not None else [said]

    def _inline(self, drawing: Drawing, placeholder: Architecture) -> InlineSvg:
        links = self._links(drawing, placeholder)
        key = drawing.inline_key(links)
        text, width = drawing.inline(links, self._shown_before[key], _wanted(placeholder))
        self._shown_before[key] += 1
        _fit_figure(placeholder, width)
        shown = InlineSvg("", svg=text, classes=placeholder["classes"])
        shown += nodes.inline("", " ".join(_names(text)), translatable=False)
        if isinstance(placeholder.parent, nodes.reference):
            shown["href"] = address(placeholder.parent)
        return shown

    def _file(self, drawing: Drawing, placeholder: Architecture, suffix: str) -> nodes.image:
        from sphinx_visualtorch.sphinx_ext.pictures import lengths

        path, width = drawing.file(suffix)
        image = show_file(self.env, nodes.image("", alt=drawing.words), path)
        image.update_basic_atts(placeholder)
        # in words of px: a writer does not know how large an SVG is, nor how dense a PNG
        sizes = lengths(_wanted(placeholder), width)
        image.attributes.update(sizes or {"width": record_of(self.env).natural(width)})
        _fit_figure(placeholder, width)
        return image


_NAMES = re.compile(r' data-(?:path|kind)="([^"]*)"')


def _names(svg: str) -> list[str]:
    """Return the names of the layers in a picture: the search of a site finds them."""
    return [unescape(name) for name in dict.fromkeys(_NAMES.findall(svg))]


def _figure_of(placeholder: Architecture) -> nodes.figure | None:
    """Return the figure around a placeholder."""
    place = placeholder.parent
    while place is not None and not isinstance(place, nodes.figure):
        place = place.parent
    return place


def failed(error: VisualTorchError, place: nodes.Element) -> nodes.error:
    """Warn of what keeps a picture from standing in its *place*, and return what says so there."""
    warn(error, get_node_location(place))
    return message(error)


def slip(problem: Exception, reference: Reference) -> ReportedError:
    """Return in words what nobody has foreseen of drawing a model; -vv tells where it was."""
    debug("".join(traceback.format_exception(problem)))
    said = f"{type(problem).__name__}: {problem}"
    return ReportedError("draw", f"drawing {str(reference)!r} failed: {said}")


def vanished(reference: Reference) -> ReportedError:
    """Return what is said of a graph that was there when all documents had been read."""
    return ReportedError("store", f"the graph of {str(reference)!r} has just vanished")


def show_file(env: BuildEnvironment, image: nodes.image, path: Path) -> nodes.image:
    """Have *image* show the picture at *path* in the current document; return it."""
    uri = path.as_posix()
    # a builder takes its pictures from both
    env.images.add_file(env.docname, uri)
    image.attributes.update(uri=uri, candidates={_MIMES[path.suffix]: uri})
    return image


def _wanted(placeholder: Architecture) -> dict[str, str | int]:
    names = ("width", "height", "scale")
    return {name: placeholder[name] for name in names if name in placeholder}


def _fit_figure(placeholder: Architecture, width: float) -> None:
    """Do what docutils does for ``:figwidth: image``."""
    figure = _figure_of(placeholder)
    if figure is not None and placeholder.get("figwidth"):
        figure["width"] = f"{width:.0f}px"
