"""Everything that this room says goes through here: warnings, the -v line, the debug text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sphinx.util import logging

if TYPE_CHECKING:
    from sphinx_visualtorch.errors import VisualTorchError

__all__ = ["debug", "inform", "tell", "warn"]

_logger = logging.getLogger(__name__)


def warn(error: VisualTorchError, location: str | None = None) -> None:
    """Warn once; ``suppress_warnings`` may name ``visualtorch`` or ``visualtorch.<stage>``."""
    _logger.warning("%s", error, location=location, type="visualtorch", subtype=error.stage)


def inform(text: str) -> None:
    """Say what an author ought to see once, unless all is to be quiet (-q)."""
    _logger.info("visualtorch: %s", text)


def tell(text: str) -> None:
    """Say what happened to a figure, to those who asked for it with -v."""
    _logger.verbose("visualtorch: %s", text)


def debug(text: str) -> None:
    """Keep what a model printed, or a traceback, for those who asked for it with -vv."""
    _logger.debug("visualtorch: %s", text)
