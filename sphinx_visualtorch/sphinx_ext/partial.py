"""Figures of models that raised half-way: shown with the message, and gone with the mistake."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

    from sphinx_visualtorch.store import Pictures

__all__ = ["PARTIAL", "PARTIAL_WORDS", "forget_partial"]

PARTIAL = "visualtorch-partial-"
"""How the files of such pictures begin."""

PARTIAL_WORDS = "The figure shows the model up to there."


def forget_partial(app: Sphinx, pictures: Pictures) -> None:
    """Remove what an earlier build left.

    The pages that still need such a picture are written again in any case.  A builder that packs
    its whole directory, such as epub, would else pack it for ever.
    """
    images = Path(app.outdir, app.builder.imagedir)
    for place in (pictures.directory, images):
        for path in place.glob(f"{PARTIAL}*"):
            with suppress(OSError):
                path.unlink()
