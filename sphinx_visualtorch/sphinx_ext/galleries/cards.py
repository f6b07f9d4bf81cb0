"""From the entries of a gallery to what the builder can show: cards, a list, or a table."""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.logging import get_node_location

from sphinx_visualtorch.errors import ReportedError, VisualTorchError
from sphinx_visualtorch.sphinx_ext.directive import message
from sphinx_visualtorch.sphinx_ext.galleries.nodes import (
    Card,
    CardGrid,
    GalleryPlace,
    Thumbnail,
    Thumbnails,
)
from sphinx_visualtorch.sphinx_ext.links import MARK
from sphinx_visualtorch.sphinx_ext.log import debug, warn
from sphinx_visualtorch.sphinx_ext.record import Record, record_of
from sphinx_visualtorch.store import reference_digest

if TYPE_CHECKING:
    from sphinx_visualtorch.gallery import Choice, Entry
    from sphinx_visualtorch.sphinx_ext.pictures import Drawing
    from sphinx_visualtorch.sphinx_ext.request import Request

__all__ = ["AskForCards", "ShowCards"]

_MIMES = {".svg": "image/svg+xml", ".pdf": "application/pdf", ".png": "image/png"}


def _asked(record: Record, place: GalleryPlace) -> list[tuple[Choice, Request | None]]:
    """Return the choices of a gallery, each with the request of its thumbnail."""
    # builds that write no gallery never load what they are made of
    from sphinx_visualtorch.sphinx_ext.request import Request

    request = record.galleries.requests.get(place["key"])
    selection = record.galleries.selections.get(place["key"])
    if request is None or selection is None:
        return []
    return [
        (
            choice,
            Request(reference=choice.reference, style=request.style, options=request.options)
            if choice.reference is not None
            else None,
        )
        for choice in selection.chosen.choices
    ]


class AskForCards(SphinxPostTransform):
    """Put cross-references into each place, before Sphinx resolves them.

    Those of a choice stand in one inline, best first: a page of its own, then the API entries.
    """

    default_priority = 5

    def run(self, **_kwargs: Any) -> None:
        """Do so for the current document."""
        record = record_of(self.env)
        for place in self.document.findall(GalleryPlace):
            for choice, request in _asked(record, place):
                place.append(nodes.inline("", "", *self._links(record, choice, request)))

    def _links(
        self, record: Record, choice: Choice, request: Request | None
    ) -> Iterator[nodes.Node]:
        page = self._page(record, choice)
        if page and page != self.env.docname:
            yield self._to(choice, "std", "doc", f"/{page}")
        for path in self._paths(record, choice, request):
            yield self._to(choice, "py", "obj", path)

    def _page(self, record: Record, choice: Choice) -> str:
        """Return the document that was written for a model, that of the same gallery first."""
        pages = record.shelf.pages if record.shelf is not None else {}
        if choice.reference is None:
            return ""
        galleries = [name for name in (self.env.docname, *sorted(pages)) if name in pages]
        keys = (reference_digest(choice.reference), choice.reference.target)
        found = (pages[name].get(key, "") for key in keys for name in galleries)
        return next((page for page in found if page in self.env.found_docs), "")

    def _paths(self, record: Record, choice: Choice, request: Request | None) -> Iterator[str]:
        """Yield the import paths of the model, then that of the class which it turned out to be."""
        yield from choice.paths
        if choice.reference is None or request is None or record.shelf is None:
            return
        yield choice.reference.target.replace(":", ".")
        outcome = record.outcome(request.key)
        if outcome is not None and outcome.error is None:
            graph = record.shelf.graph(choice.reference)
            if graph is not None and graph.scopes:
                yield graph.scopes[0].target

    def _to(self, choice: Choice, domain: str, kind: str, target: str) -> addnodes.pending_xref:
        return addnodes.pending_xref(
            "",
            nodes.inline("", choice.name),
            refdoc=self.env.docname,
            refdomain=domain,
            reftype=kind,
            reftarget=target,
            refexplicit=True,
            refwarn=False,
            **{MARK: True},
        )


class ShowCards(SphinxPostTransform):
    """Put cards, a list, a table or a message in the place of each gallery."""

    # after the resolver (10), before images are looked at (100)
    default_priority = 20

    def run(self, **_kwargs: Any) -> None:
        """Do so for the current document."""
        record = record_of(self.env)
        for place in list(self.document.findall(GalleryPlace)):
            shown = self._shown(record, place)
            named = self._named(record, place)
            at = place.parent.index(place)
            place.parent[at : at + 1] = shown
            if named is not None:
                # the name leads to what stands here, whatever that is
                target = nodes.target("", "", ids=named["ids"], names=named["names"])
                at = at if named is place else at - 1
                place.parent.insert(at, target)
                named["ids"], named["names"] = [], []

    def _named(self, record: Record, place: GalleryPlace) -> nodes.Element | None:
        """Return what has a name that its writer would lose: cards, and headings in LaTeX."""
        if place["ids"]:
            return place
        at = place.parent.index(place)
        heading = place.parent[at - 1] if at else None
        html = record.shelf is not None and record.shelf.form in ("inline", "svg")
        if html or not isinstance(heading, nodes.rubric) or not heading["ids"]:
            return None
        return heading if "vt-gallery-caption" in heading["classes"] else None

    def _shown(self, record: Record, place: GalleryPlace) -> list[nodes.Node]:
        selection = record.galleries.selections.get(place["key"])
        request = record.galleries.requests.get(place["key"])
        if selection is None or request is None or record.shelf is None:
            return []  # the builder has no use for it
        if selection.error is not None:
            return [message(selection.error)]
        from sphinx_visualtorch.gallery import in_order

        cards = self._cards(record, place)
        ordered = in_order([card.entry for card in cards], request.sort)
        by_order = {card.entry.order: card for card in cards}
        found = [by_order[item.order] for item in ordered]
        form = record.shelf.form
        if form in ("inline", "svg"):
            return [self._grid(found, place, request.columns)]
        if form in ("pdf", "png"):
            return [self._list(found, place, f".{form}")]
        return [_table(found, place)] if form in ("words", "lines") else []

    def _cards(self, record: Record, place: GalleryPlace) -> list[_Shown]:
        from sphinx_visualtorch.gallery import entry

        found = []
        for order, (choice, request) in enumerate(_asked(record, place)):
            drawing, problem = self._drawing(record, request)
            told = entry(order, choice, drawing.graph if drawing else None, problem)
            links = place.children[order].children if order < len(place.children) else []
            found.append(_Shown(told, drawing, links))
        return found

    def _drawing(self, record: Record, request: Request | None) -> tuple[Drawing | None, str]:
        from sphinx_visualtorch.sphinx_ext.pictures import Drawing

        if request is None or record.shelf is None:
            return None, ""
        outcome = record.outcome(request.key)
        if outcome is not None and outcome.error is not None:
            return None, str(outcome.error)
        graph = record.shelf.graph(request.reference)
        if graph is None:
            return None, f"the graph of {str(request.reference)!r} has just vanished"
        shelf = record.shelf
        ready = shelf.figures.get(request.key)
        return Drawing(request=request, graph=graph, pictures=shelf.pictures, ready=ready), ""

    def _grid(self, found: list[_Shown], place: GalleryPlace, columns: int) -> CardGrid:
        dark = record_of(self.env).shelf
        themes = ("light", "dark") if dark is not None and dark.form == "inline" else ("light",)
        grid = CardGrid("", columns=columns, classes=place["classes"])
        for shown in found:
            card = Card("", support_smartquotes=False)
            if shown.drawing is not None:
                card += self._thumbnails(shown.drawing, themes, place)
            card += _paragraph(shown.linked(), "vt-card-name")
            card += shown.words("vt-card-summary", "vt-card-facts")
            grid += card
        return grid

    def _thumbnails(
        self, drawing: Drawing, themes: tuple[str, ...], place: GalleryPlace
    ) -> nodes.Element:
        pictures = Thumbnails("")
        try:
            for theme in themes:
                path, width = drawing.thumbnail(theme)
                # Sphinx makes a link to itself of an image that has a width
                image = Thumbnail("", alt=drawing.words, natural=f"{width:.0f}")
                # pydata paints a white ground behind images without "dark-light"
                image["classes"] = [f"vt-{theme}", "dark-light"]
                pictures += self._image(image, path.as_posix(), ".svg")
        except Exception as problem:  # noqa: BLE001 - a slip of a layout must not end the build
            return _not_drawn(drawing, problem, place)
        return pictures

    def _image(self, image: nodes.image, uri: str, suffix: str) -> nodes.image:
        # a builder takes its pictures from both
        self.env.images.add_file(self.env.docname, uri)
        image.attributes.update(uri=uri, candidates={_MIMES[suffix]: uri})
        return image

    def _list(self, found: list[_Shown], place: GalleryPlace, suffix: str) -> nodes.bullet_list:
        listed = nodes.bullet_list("", bullet="*", classes=place["classes"])
        for shown in found:
            item = nodes.list_item("", _paragraph(nodes.strong("", "", shown.linked())))
            item += shown.words("", "")
            if shown.drawing is not None:
                try:
                    path, width = shown.drawing.file(suffix)
                    natural = record_of(self.env).natural(width)
                    image = nodes.image("", alt=shown.drawing.words, width=natural)
                    item += self._image(image, path.as_posix(), suffix)
                except Exception as problem:  # noqa: BLE001 - one card must not end the build
                    item += _not_drawn(shown.drawing, problem, place)
            listed += item
        return listed


def _not_drawn(drawing: Drawing, problem: Exception, place: GalleryPlace) -> nodes.error:
    if isinstance(problem, VisualTorchError):  # what only a model can tell, such as a path
        error = problem
    else:
        debug("".join(traceback.format_exception(problem)))
        said = f"{type(problem).__name__}: {problem}"
        reference = str(drawing.request.reference)
        error = ReportedError("draw", f"drawing {reference!r} failed: {said}")
    warn(error, get_node_location(place))
    return message(error)


class _Shown:
    """An entry with what it is drawn from, and the cross-references that Sphinx has resolved."""

    def __init__(self, told: Entry, drawing: Drawing | None, links: Sequence[nodes.Node]) -> None:
        self.entry = told
        self.drawing = drawing
        self._links = links

    def linked(self) -> nodes.Node:
        """Return the name, as a link if there is a page."""
        found = next((link for link in self._links if isinstance(link, nodes.reference)), None)
        if found is None:
            return nodes.Text(self.entry.name)
        link: nodes.reference = found.deepcopy()
        link.children = []
        link += nodes.Text(self.entry.name)
        return link

    def words(self, summary: str, facts: str) -> Iterator[nodes.Node]:
        """Yield paragraphs with these classes: what the docstring says, the numbers, an error."""
        if self.entry.summary:
            yield _paragraph(nodes.Text(self.entry.summary), summary)
        if self.entry.error:
            yield message(ReportedError("gallery", self.entry.error))
            return
        parameters, flops, given = self.entry.facts
        told = [f"{parameters} parameters", flops, f"input {given}" if given else ""]
        found = _paragraph([], facts)
        for part in filter(None, told):
            if found.children:
                # the style sheet has gaps instead, which do not dangle at the end of a line
                found += nodes.inline("", " · ", classes=["vt-dot"])
            # a number stays with its unit
            found += nodes.inline("", part.replace(" ", "\N{NO-BREAK SPACE}"))
        yield found


def _paragraph(content: nodes.Node | list[nodes.Node], *classes: str) -> nodes.paragraph:
    named = [name for name in classes if name]
    found = nodes.paragraph("", "", translatable=False, support_smartquotes=False)
    found["classes"] = named
    found += content
    return found


_HEADS = ("Model", "Parameters", "FLOPs", "Input", "Description")
_NUMBERS = (1, 2)
_WIDEST = 40  # letters of a column; longer texts are wrapped


def _table(found: list[_Shown], place: GalleryPlace) -> nodes.table:
    texts = [(*(shown.entry.name, *shown.entry.facts), _described(shown)) for shown in found]
    rows = zip(*[_HEADS, *texts], strict=True)
    widths = [min(_WIDEST, max(map(len, column))) for column in rows]
    specs = [nodes.colspec(colwidth=width) for width in widths]
    head = nodes.thead("", _row([nodes.Text(text) for text in _HEADS]))
    body = nodes.tbody("")
    for shown, (_, *rest) in zip(found, texts, strict=True):
        body += _row([shown.linked(), *map(nodes.Text, rest)])
    group = nodes.tgroup("", *specs, head, body, cols=len(specs))
    classes = ["visualtorch-table", *place["classes"]]
    return nodes.table("", group, classes=classes, support_smartquotes=False)


def _described(shown: _Shown) -> str:
    return shown.entry.error or shown.entry.summary


def _row(cells: list[nodes.Node]) -> nodes.row:
    return nodes.row(
        "",
        *(
            nodes.entry("", _paragraph(cell), classes=["vt-number"] if at in _NUMBERS else [])
            if cell.astext()
            else nodes.entry("")
            for at, cell in enumerate(cells)
        ),
    )
