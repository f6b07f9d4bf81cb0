"""The directive ``visualtorch-gallery``: leaves a placeholder where the cards will be.

Like the one of a single figure it runs no code of the author's and asks nothing about the builder.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, ClassVar

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from sphinx_visualtorch.errors import VisualTorchError
from sphinx_visualtorch.sphinx_ext.directive import OptionTexts, message
from sphinx_visualtorch.sphinx_ext.galleries.nodes import GalleryPlace
from sphinx_visualtorch.sphinx_ext.log import warn
from sphinx_visualtorch.sphinx_ext.record import record_of

if TYPE_CHECKING:
    from sphinx.util.typing import OptionSpec

__all__ = ["DOCUTILS", "GalleryDirective"]

DOCUTILS = ("caption", "name", "class")
"""The options that stand for what docutils has."""


def _names() -> Iterable[str]:
    from sphinx_visualtorch.sphinx_ext.galleries.asking import gallery_options

    return gallery_options()


class GalleryDirective(SphinxDirective):
    """``.. visualtorch-gallery::`` with references, or ``:module: pkg.models``."""

    # without arguments, lines that follow at once are content, too
    has_content = True
    option_spec: ClassVar[OptionSpec] = OptionTexts(_names, {})  # type: ignore[assignment]

    def run(self) -> list[nodes.Node]:
        """Return a heading, if there is one, and a place for the cards."""
        from sphinx_visualtorch.sphinx_ext.asking import canonical
        from sphinx_visualtorch.sphinx_ext.galleries.asking import gallery_request

        location = self.get_location()
        place = GalleryPlace("")
        self.set_source_info(place)
        try:
            given = canonical(self.options)
            shown: list[nodes.Node] = [place]
            plain = {name: given.pop(name) for name in DOCUTILS if name in given}
            place["classes"] = _classes(plain)
            request = gallery_request(self, given)
            place["key"] = record_of(self.env).galleries.note(self.env.docname, request, location)
        except VisualTorchError as error:
            warn(error, location)
            self.env.note_reread()
            shown = [message(error)]
            plain = {name: self.options[name] for name in DOCUTILS if name in self.options}
        return [*self._named(plain, place), *shown]

    def _named(self, plain: Mapping[str, str], place: nodes.Element) -> list[nodes.Node]:
        """Return the heading; the name is its own, or that of the cards."""
        heading: list[nodes.Node] = []
        named: nodes.Element = place
        if plain.get("caption"):
            found, problems = self.parse_inline(plain["caption"], lineno=self.lineno)
            named = nodes.rubric(plain["caption"], "", *found, classes=["vt-gallery-caption"])
            self.set_source_info(named)
            heading = [named, *problems]
        if plain.get("name"):
            self.options["name"] = plain["name"]
            self.add_name(named)
        return heading


def _classes(plain: Mapping[str, str]) -> list[str]:
    return [nodes.make_id(word) for word in plain.get("class", "").split() if nodes.make_id(word)]
