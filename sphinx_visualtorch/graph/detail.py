"""A detail: the inside of one block, drawn beside the figure that shows it closed."""

from __future__ import annotations

from dataclasses import dataclass

from sphinx_visualtorch.graph import ArchitectureGraph, Scope

__all__ = ["Detail"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """The inside of the block *scope*.

    *graph* holds it, re-rooted: its inputs are the tensors that come from outside of the block,
    its outputs those that leave it.  *anchor* is the id of the node that shows the block in the
    figure; empty where it is open there.  *last* is the last block of the same kind, which serves
    as well where its box stands nearer to the panel.
    """

    scope: Scope
    graph: ArchitectureGraph
    anchor: str
    last: Detail | None = None
