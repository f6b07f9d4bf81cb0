"""From the models of a gallery to what the builder can show; runs page by page, as for figures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms.post_transforms import SphinxPostTransform

from sphinx_visualtorch.sphinx_ext.directive import message
from sphinx_visualtorch.sphinx_ext.galleries.nodes import GalleryPlace
from sphinx_visualtorch.sphinx_ext.links import MARK
from sphinx_visualtorch.sphinx_ext.record import Record, record_of
from sphinx_visualtorch.store import reference_digest

if TYPE_CHECKING:
    from sphinx_visualtorch.gallery import Choice
    from sphinx_visualtorch.sphinx_ext.request import Request

__all__ = ["AskForCards", "ShowCards"]


class AskForCards(SphinxPostTransform):
    """Put cross-references into each place, before Sphinx resolves them.

    Those of a choice stand in one inline, best first: a page of its own, then the API entries.
    """

    default_priority = 5

    def run(self, **_kwargs: Any) -> None:
        """Do so for the current document."""
        record = record_of(self.env)
        for place in self.document.findall(GalleryPlace):
            for choice, request in record.galleries.shown(place["key"]):
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
            named = _named(record, place)
            at = place.parent.index(place)
            place.parent[at : at + 1] = shown
            if named is not None:
                # the name leads to what stands here, whatever that is
                target = nodes.target("", "", ids=named["ids"], names=named["names"])
                at = at if named is place else at - 1
                place.parent.insert(at, target)
                named["ids"], named["names"] = [], []

    def _shown(self, record: Record, place: GalleryPlace) -> list[nodes.Node]:
        selection = record.galleries.selections.get(place["key"])
        request = record.galleries.requests.get(place["key"])
        if selection is None or request is None or record.shelf is None:
            return []  # the builder has no use for it
        if selection.error is not None:
            return [message(selection.error)]
        # builds that write no gallery never load what they are made of
        from sphinx_visualtorch.sphinx_ext.galleries.cards import Cards

        cards = Cards(self.env, place, request.sort)
        match record.shelf.form:
            case "inline":
                return [cards.grid(request.columns, ("light", "dark"))]
            case "svg":
                return [cards.grid(request.columns, ("light",))]
            case "pdf" | "png" as form:
                return [cards.listed(f".{form}")]
            case "words" | "lines":
                return [cards.table()]
        return []


def _named(record: Record, place: GalleryPlace) -> nodes.Element | None:
    """Return what has a name that its writer would lose: cards, and headings in LaTeX."""
    if place["ids"]:
        return place
    at = place.parent.index(place)
    heading = place.parent[at - 1] if at else None
    html = record.shelf is not None and record.shelf.form in ("inline", "svg")
    if html or not isinstance(heading, nodes.rubric) or not heading["ids"]:
        return None
    return heading if "vt-gallery-caption" in heading["classes"] else None
