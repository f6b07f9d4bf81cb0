"""Scene → PDF: one page as large as the figure, in vectors, with the shipped fonts inside.

The library that writes it is in the extra ``pdf``; it is loaded when a PDF is painted.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING

from sphinx_visualtorch.acyclic import acyclic
from sphinx_visualtorch.errors import PdfMissingError

if TYPE_CHECKING:
    from sphinx_visualtorch.scene import Scene

__all__ = ["can_paint", "pdf"]


def can_paint() -> bool:
    """Say whether the library is there."""
    return find_spec("reportlab") is not None


@acyclic()
def pdf(scene: Scene, *, links: Mapping[str, str] | None = None, theme: str = "light") -> bytes:
    """Return *scene* as a PDF file of one page, 0.75 pt wide and high per px.

    :param links: import path → address; a group whose ``link`` is in it leads there.
    :param theme: ``light`` or ``dark``.
    :raises PdfMissingError: if the library is not installed.
    :raises OptionError: if there is no such theme.
    """
    if not can_paint():
        raise PdfMissingError
    from sphinx_visualtorch.paint.pdf.page import written

    return written(scene, links=links, theme=theme)
