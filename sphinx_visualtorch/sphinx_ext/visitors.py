"""The last step: visitors append strings and do nothing else; they may run in a forked process."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes

from sphinx_visualtorch.sphinx_ext.directive import Architecture
from sphinx_visualtorch.sphinx_ext.galleries.nodes import CardGrid
from sphinx_visualtorch.sphinx_ext.record import record_of
from sphinx_visualtorch.sphinx_ext.resolve import InlineSvg, WideTable
from sphinx_visualtorch.store import write_whole

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment
    from sphinx.writers.html5 import HTML5Translator

__all__ = ["add_nodes", "link_style_sheet", "write_style_sheet"]

_STYLE_SHEET = "visualtorch.css"


def add_nodes(app: Sphinx) -> None:
    """Tell all writers what to do with our elements."""
    skip = (_skip, None)
    app.add_node(Architecture, html=skip, latex=skip, text=skip, man=skip, texinfo=skip)
    inline = (_visit_inline_svg, _depart_inline_svg)
    app.add_node(InlineSvg, html=inline, latex=skip, text=skip, man=skip, texinfo=skip)
    app.add_node(WideTable, html=(_visit_wide_table, _depart_wide_table))


def _skip(_translator: nodes.NodeVisitor, _element: nodes.Element) -> None:
    raise nodes.SkipNode


def _reached(*, linked: bool) -> dict[str, Any]:
    """Return attributes by which a reader without a mouse can scroll what has no link within."""
    return {} if linked else {"tabindex": "0"}


def _visit_inline_svg(translator: HTML5Translator, element: InlineSvg) -> None:
    linked = "href" in element or "<a " in element["svg"]
    reached = _reached(linked=linked)
    translator.body.append(translator.starttag(element, "div", "", CLASS="vt-picture", **reached))
    if "href" in element:
        link = nodes.reference("", "", classes=["image-reference"])
        tag = translator.starttag(link, "a", "", CLASS="reference", href=element["href"])
        translator.body.append(tag)
    translator.body.append(element["svg"])
    raise nodes.SkipChildren  # names, for those who search


def _depart_inline_svg(translator: HTML5Translator, element: InlineSvg) -> None:
    translator.body.append("</a></div>\n" if "href" in element else "</div>\n")


def _visit_wide_table(translator: HTML5Translator, element: WideTable) -> None:
    reached = _reached(linked=next(iter(element.findall(nodes.reference)), None) is not None)
    translator.body.append(translator.starttag(element, "div", CLASS="vt-table", **reached))


def _depart_wide_table(translator: HTML5Translator, _element: WideTable) -> None:
    translator.body.append("</div>\n")


def write_style_sheet(app: Sphinx, env: BuildEnvironment) -> None:
    """Write the style sheet of inline figures before any page is written."""
    record = record_of(env)
    form = record.shelf.form if record.shelf is not None else "nothing"
    # cards are styled in EPUB, too
    if (form == "inline" and record.keys) or (form in ("inline", "svg") and record.has_galleries):
        from sphinx_visualtorch.paint.stylesheet import stylesheet

        write_whole(Path(app.outdir) / "_static" / _STYLE_SHEET, stylesheet().encode())


def link_style_sheet(
    app: Sphinx,
    _page: str,
    _template: str,
    _context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Load the style sheet on pages that show a figure, and on no other."""
    if doctree is not None and next(iter(doctree.findall(_is_styled)), None) is not None:
        app.add_css_file(_STYLE_SHEET)


def _is_styled(node: nodes.Node) -> bool:
    return isinstance(node, InlineSvg | WideTable | CardGrid)
