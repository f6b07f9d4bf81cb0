"""The cards of a gallery, and the forms that they take: a grid, a list, or the rows of a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from docutils import nodes

from sphinx_visualtorch.errors import ReportedError, VisualTorchError
from sphinx_visualtorch.gallery import entry, in_order
from sphinx_visualtorch.sphinx_ext.directive import message
from sphinx_visualtorch.sphinx_ext.galleries.nodes import (
    Card,
    CardGrid,
    GalleryPlace,
    Thumbnail,
    Thumbnails,
)
from sphinx_visualtorch.sphinx_ext.pictures import Drawing, drawing_of
from sphinx_visualtorch.sphinx_ext.record import Record, record_of
from sphinx_visualtorch.sphinx_ext.resolve import failed, show_file, slip, vanished
from sphinx_visualtorch.sphinx_ext.tables import framed

if TYPE_CHECKING:
    from sphinx.environment import BuildEnvironment

    from sphinx_visualtorch.gallery import Entry
    from sphinx_visualtorch.sphinx_ext.request import Request

__all__ = ["Cards"]

_HEADS = ("Model", "Parameters", "FLOPs", "Input", "Description")
_NUMBERS = (1, 2)
_WIDEST = 40  # letters of a column; longer texts are wrapped


class Cards:
    """What stands in the place of a gallery, in the current document of an environment."""

    def __init__(self, env: BuildEnvironment, place: GalleryPlace, sort: str) -> None:
        self._env = env
        self._place = place
        told = list(_told(record_of(env), place))
        by_order = {card.entry.order: card for card in told}
        self._told = [by_order[item.order] for item in in_order((it.entry for it in told), sort)]

    def grid(self, columns: int, themes: Sequence[str]) -> CardGrid:
        """Return cards with a thumbnail for each of *themes*."""
        grid = CardGrid("", columns=columns, classes=self._place["classes"])
        for told in self._told:
            card = Card("", support_smartquotes=False)
            if told.drawing is not None:
                card += self._drawn(told.drawing, lambda it: self._thumbnails(it, themes))
            card += _paragraph(told.linked(), "vt-card-name")
            card += told.words("vt-card-summary", "vt-card-facts")
            grid += card
        return grid

    def listed(self, suffix: str) -> nodes.bullet_list:
        """Return a list in which each model has its picture, a file with this *suffix*."""
        found = nodes.bullet_list("", bullet="*", classes=self._place["classes"])
        for told in self._told:
            item = nodes.list_item("", _paragraph(nodes.strong("", "", told.linked())))
            item += told.words("", "")
            if told.drawing is not None:
                item += self._drawn(told.drawing, lambda it: self._picture(it, suffix))
            found += item
        return found

    def table(self) -> nodes.table:
        """Return a table, for builders that show no pictures."""
        texts = [(told.entry.name, *told.entry.facts, told.described) for told in self._told]
        columns = zip(*[_HEADS, *texts], strict=True)
        widths = [min(_WIDEST, max(map(len, column))) for column in columns]
        rows = [
            _row([told.linked(), *map(nodes.Text, rest)])
            for told, (_, *rest) in zip(self._told, texts, strict=True)
        ]
        found = framed(_row([nodes.Text(text) for text in _HEADS]), rows, widths)
        found["classes"] += self._place["classes"]
        return found

    def _drawn(self, drawing: Drawing, draw: Callable[[Drawing], nodes.Element]) -> nodes.Element:
        """Return what *draw* makes of a drawing, or what is wrong: the other cards stay."""
        try:
            return draw(drawing)
        except VisualTorchError as problem:  # what only a model can tell, such as a path
            return failed(problem, self._place)
        except Exception as problem:  # noqa: BLE001 - a slip of a layout must not end the build
            return failed(slip(problem, drawing.request.reference), self._place)

    def _thumbnails(self, drawing: Drawing, themes: Sequence[str]) -> Thumbnails:
        pictures = Thumbnails("")
        for theme in themes:
            path, width = drawing.thumbnail(theme)
            # Sphinx makes a link to itself of an image that has a width
            image = Thumbnail("", alt=drawing.words, natural=f"{width:.0f}")
            # pydata paints a white ground behind images without "dark-light"
            image["classes"] = [f"vt-{theme}", "dark-light"]
            pictures += show_file(self._env, image, path)
        return pictures

    def _picture(self, drawing: Drawing, suffix: str) -> nodes.image:
        path, width = drawing.file(suffix)
        natural = record_of(self._env).natural(width)
        image = nodes.image("", alt=drawing.words, width=natural)
        return show_file(self._env, image, path)


class _Told:
    """An entry with what it is drawn from, and the cross-references that Sphinx has resolved."""

    def __init__(self, told: Entry, drawing: Drawing | None, links: Sequence[nodes.Node]) -> None:
        self.entry = told
        self.drawing = drawing
        self._links = links

    @property
    def described(self) -> str:
        """What a table says of it."""
        return self.entry.error or self.entry.summary

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


def _told(record: Record, place: GalleryPlace) -> Iterator[_Told]:
    """Yield the models of a gallery as they were found."""
    for order, (choice, request) in enumerate(record.galleries.shown(place["key"])):
        drawing, problem = _drawing(record, request)
        told = entry(order, choice, drawing.graph if drawing else None, problem)
        links = place.children[order].children if order < len(place.children) else []
        yield _Told(told, drawing, links)


def _drawing(record: Record, request: Request | None) -> tuple[Drawing | None, str]:
    """Return what a thumbnail is drawn from, or why there is none."""
    if request is None:
        return None, ""
    outcome = record.outcome(request.key)
    if outcome is not None and outcome.error is not None:
        return None, str(outcome.error)
    drawing = drawing_of(record, request.key)
    return drawing, "" if drawing is not None else str(vanished(request.reference))


def _paragraph(content: nodes.Node | list[nodes.Node], *classes: str) -> nodes.paragraph:
    named = [name for name in classes if name]
    found = nodes.paragraph("", "", translatable=False, support_smartquotes=False)
    found["classes"] = named
    found += content
    return found


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
