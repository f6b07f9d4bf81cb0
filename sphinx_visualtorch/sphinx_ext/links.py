"""Hyperlinks of boxes: Sphinx resolves them itself, as it resolves those of an author.

One cross-reference a class is put where the first figure of a page with it will be, before Sphinx's
resolver runs; what has become of it is read back after that.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx import addnodes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sphinx.application import Sphinx
    from sphinx.domains import Domain
    from sphinx.environment import BuildEnvironment

__all__ = ["MARK", "address", "cross_references", "knows_torch", "resolved_links", "silence"]

MARK = "visualtorch"

# the pages of PyTorch's reference that have a name of their own, one object each
_TORCH = re.compile(r"torch\.((nn\.(functional\.)?|Tensor\.)?[A-Za-z_]\w*)")
_TORCH_PAGE = "https://docs.pytorch.org/docs/stable/generated/{}.html"


def cross_references(targets: Iterable[str]) -> list[addnodes.pending_xref]:
    """Return a cross-reference for each import path of a class or function."""
    return [
        addnodes.pending_xref(
            "",
            nodes.inline("", target),
            refdomain="py",
            # any object: a box may show a class, a function or a method
            reftype="obj",
            reftarget=target,
            refexplicit=False,
            refwarn=False,
            **{MARK: True},
        )
        for target in sorted(targets)
    ]


def resolved_links(
    found: Iterable[nodes.Node], given: Mapping[str, str | None], *, torch: bool = True
) -> dict[str, str]:
    """Return import path → address for what Sphinx has made of the cross-references.

    What it found no page for leads where the author's own map, *given*, says, or to PyTorch's
    reference; the latter only with *torch*, where no inventory tells which pages there are.
    """
    links: dict[str, str | None] = {}
    for item in found:
        target = item.astext()
        link = _mapped(target, given)
        if link is not None and isinstance(item, nodes.reference):
            link = address(item)
        if link == "" and torch and _TORCH.fullmatch(target):
            link = _TORCH_PAGE.format(target)
        links[target] = link
    return {target: link for target, link in links.items() if link}


def _mapped(target: str, given: Mapping[str, str | None]) -> str | None:
    """Return what an author's map says: an address, None for no link, "" if it says nothing.

    In an address ``{}`` stands for the import path.
    """
    for pattern, address_ in given.items():
        if fnmatchcase(target, pattern):
            return None if address_ is None else address_.replace("{}", target)
    return ""


def knows_torch(env: BuildEnvironment) -> bool:
    """Say whether an inventory of PyTorch's reference has been loaded: it then knows all pages."""
    inventory = getattr(env, "intersphinx_inventory", None) or {}
    return "torch.nn.Module" in inventory.get("py:class", {})


def address(reference: nodes.reference) -> str:
    """Return where a resolved reference leads to, from the page that it stands on."""
    if "refid" in reference:
        return f"#{reference['refid']}"
    uri = str(reference.get("refuri", ""))
    # the one page of singlehtml: "#document-api#pkg.Net"
    return "#" + uri.rpartition("#")[2] if uri.count("#") > 1 else uri


def silence(_app: Sphinx, _domain: Domain | None, node: addnodes.pending_xref) -> bool | None:
    """Keep nitpicky builds from warning of a class that has no page: nobody wrote that link."""
    return True if node.get(MARK) else None
