"""Architecture figures of PyTorch models in Sphinx and Markdown documentation.

The door: the version, Sphinx's ``setup`` and the public names, loaded when they are used.
Importing the package imports neither torch nor Sphinx.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

__version__ = "0.1.0"

_PUBLIC = {
    "ArchitectureGraph": "graph",
    "Edge": "graph",
    "Figure": "pipeline",
    "Node": "graph",
    "Scope": "graph",
    "TensorSpec": "graph",
    "VisualTorchError": "errors",
    "draw": "pipeline",
    "graph_view": "paper",
    "layered_view": "paper",
    "lenet_view": "paper",
    "trace": "pipeline",
}

__all__ = ["__version__", "setup", *sorted(_PUBLIC)]  # noqa: PLE0604 - they are strings


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(importlib.import_module(f"{__name__}.{_PUBLIC[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_PUBLIC])


def setup(app: Sphinx) -> ExtensionMetadata:
    """Connect the extension to Sphinx; called by Sphinx itself."""
    from sphinx_visualtorch.sphinx_ext import setup as connect

    return connect(app)
