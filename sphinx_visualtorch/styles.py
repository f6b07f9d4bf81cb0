"""The names of the styles: what a build has to know of them before it reads or draws anything."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["STYLE_ALIASES", "STYLE_NAMES"]

STYLE_NAMES = ("layered", "lenet", "graph")

STYLE_ALIASES: Mapping[str, str] = {"flow": "layered"}
"""Other names of styles."""
