"""From a traced graph to the boxes of a figure: what is left out, merged, folded and collapsed.

The order of all transforms stands here and nowhere else.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection
from dataclasses import dataclass, field, replace

from sphinx_visualtorch.acyclic import acyclic
from sphinx_visualtorch.errors import OptionError
from sphinx_visualtorch.graph import ArchitectureGraph
from sphinx_visualtorch.graph.detail import Detail
from sphinx_visualtorch.options import StyleOptions
from sphinx_visualtorch.transforms.detail import detail_named, detail_of_most
from sphinx_visualtorch.transforms.equal import Blocks
from sphinx_visualtorch.transforms.fit import Opening, fit
from sphinx_visualtorch.transforms.fold import fold
from sphinx_visualtorch.transforms.ignore import ignore, ignore_indices
from sphinx_visualtorch.transforms.layers import as_layers, with_weights
from sphinx_visualtorch.transforms.loops import as_rounds, flattened, without_runs
from sphinx_visualtorch.transforms.merge import NOISE, SMALL, hide_roles, merge
from sphinx_visualtorch.transforms.names import told_apart
from sphinx_visualtorch.transforms.patterns import named
from sphinx_visualtorch.transforms.rewire import drop

__all__ = ["Boxes", "Cleaned", "choose", "clean", "prepare", "usual_budget"]

_BUDGETS = {"layered": 28, "lenet": 24, "graph": 36}
"""Boxes of a figure by style, at the usual width and type size: three rows or so."""

_USUAL = (640.0, 11.0)  # px of width and of type for which the budgets are made
_ROOMY = 16  # a figure of no more boxes than this shows small operations, too
_DETAIL = 14  # boxes of the panel beside a figure
_MAINS = {"convolution", "upsampling", "linear"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Boxes:
    """What is drawn: the graph whose nodes are the boxes, and the inside of one of them."""

    graph: ArchitectureGraph
    detail: Detail | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaned:
    """A graph without what the author hides, merged and folded, before boxes are chosen.

    *full* has the small operations that vanish on the edge in *brief*.
    """

    style: str
    options: StyleOptions
    full: ArchitectureGraph
    brief: ArchitectureGraph
    pieces: dict[str, frozenset[str]] = field(default_factory=dict)


def usual_budget(style: str, options: StyleOptions) -> int:
    """Return how many boxes a figure may have: what its width and its type leave room for."""
    if options.budget is not None:
        return options.budget
    width, size = _USUAL
    room = 1.0 if options.max_width is None else min(4.0, options.max_width / width)
    return max(4, round(_BUDGETS[style] * room * size / max(options.font.size, size)))


@acyclic()
def clean(graph: ArchitectureGraph, style: str, options: StyleOptions) -> Cleaned:
    """Return *graph* without what is not drawn, merged and folded.

    :raises OptionError: if ``expand`` or ``collapse`` name a module that there is not.
    """
    graph = ignore(graph, options.ignore) if options.ignore else graph
    graph = ignore_indices(graph, options.index_ignore) if options.index_ignore else graph
    if not options.show_input:
        inputs = {node.id for node in graph.nodes if node.op == "input"}
        graph = drop(graph, inputs) if len(inputs) < len(graph.nodes) else graph
    named_here = _named_anywhere(graph, (*options.expand, *options.collapse))
    if options.depth is None:
        graph = without_runs(graph, named_here)
    brief = full = graph
    if options.merge:
        mains = _MAINS if style != "graph" or _is_dense(graph) else _MAINS - {"linear"}
        full = with_weights(hide_roles(graph, ()))
        if options.depth is None:
            full = as_layers(full, _named_anywhere(full, options.expand))
        full = brief = merge(full, mains)
        if options.depth is None:
            brief = hide_roles(full, SMALL, NOISE)
            brief = full if brief is full else merge(brief, mains)
            full = full if style == "graph" else brief  # bodies have no room for small operations
    if options.fold:
        same = brief is full
        full = _folded(full, options, named_here)
        brief = full if same else _folded(brief, options, named_here)
    pieces = {
        name: frozenset(named(brief, name, getattr(options, name)))
        for name in ("expand", "collapse")
    }
    return Cleaned(style=style, options=options, full=full, brief=brief, pieces=pieces)


def _folded(
    graph: ArchitectureGraph, options: StyleOptions, keep: Collection[str]
) -> ArchitectureGraph:
    """Return *graph* with equal blocks folded, and the rounds of loops that are equal."""
    if options.depth is not None:
        return fold(graph, options.style_rules)
    blocks = Blocks(graph, options.style_rules)
    marked = as_rounds(blocks, keep)
    folded = fold(marked, options.style_rules, blocks if marked is graph else None)
    alone = {
        scope.id
        for scope in folded.scopes
        if scope.repeat == 1 and scope.id not in graph.scope_by_id
    }
    return flattened(folded, alone)


def _is_dense(graph: ArchitectureGraph) -> bool:
    """Say whether a model is nothing but linear layers and what finishes them.

    An activation is then a part of its layer; elsewhere a reader of boxes wants to see it.
    """
    dense = {"linear", "activation", "normalisation", "dropout", "input"}
    return all(node.role in dense for node in graph.nodes)


def _named_anywhere(graph: ArchitectureGraph, patterns: tuple[str, ...]) -> set[str]:
    """Return the scopes that an author wants open, before it is told that one is not there."""
    found: set[str] = set()
    for pattern in patterns:
        with contextlib.suppress(OptionError):
            found |= named(graph, "expand", [pattern])
    return found


@acyclic()
def choose(cleaned: Cleaned, budget: int, shut: str = "") -> Boxes:
    """Return at most *budget* boxes, and the detail that belongs to them.

    Blocks of the kind *shut* stay closed, as far as the author has not named them.

    :raises OptionError: if ``detail`` names a module that there is not.
    """
    options, flat = cleaned.options, cleaned.style != "graph"
    opening = Opening(
        budget=budget,
        depth=options.depth,
        flat=flat,
        alike=options.detail != "none" and options.budget is None,
        expand=cleaned.pieces["expand"],
        collapse=cleaned.pieces["collapse"] | _of_kind(cleaned, shut),
    )
    graph = fit(cleaned.brief, opening)
    if not flat and options.merge and options.depth is None and len(graph.nodes) <= _ROOMY:
        full = fit(cleaned.full, replace(opening, budget=_ROOMY + 4))
        graph = full if _as_open(full, graph) else graph
    detail = _detail(cleaned, graph)
    return Boxes(graph=told_apart(graph), detail=detail)


def _of_kind(cleaned: Cleaned, kind: str) -> set[str]:
    """Return the ids of the blocks of a kind that the author has not opened by name."""
    wide = cleaned.pieces["expand"]
    scopes = cleaned.brief.scopes[1:] if kind else ()
    return {scope.id for scope in scopes if scope.kind == kind and scope.id not in wide}


def _detail(cleaned: Cleaned, shown: ArchitectureGraph) -> Detail | None:
    match cleaned.options.detail:
        case "none":
            return None
        case "auto":
            found = detail_of_most(cleaned.brief, shown)
        case name:
            found = detail_named(cleaned.brief, shown, name)
    if found is None:
        return None
    return _fitted(found)


def _fitted(detail: Detail) -> Detail:
    """Return a detail with as many boxes as a panel may have."""
    last = detail.last
    graph = fit(detail.graph, Opening(budget=_DETAIL))
    return replace(detail, graph=graph, last=None if last is None else _fitted(last))


def _as_open(full: ArchitectureGraph, brief: ArchitectureGraph) -> bool:
    """Say whether *full* shows all that *brief* shows, and small operations besides."""
    shown = {node.id for node in full.nodes}
    return all(node.id in shown for node in brief.nodes)


def prepare(graph: ArchitectureGraph, style: str, options: StyleOptions) -> Boxes:
    """Return the boxes of a figure as they are before anyone looks how tall it becomes."""
    return choose(clean(graph, style, options), usual_budget(style, options))
