"""What an author's options name and a model does not have: most of it is misspelt."""

from __future__ import annotations

from collections.abc import Iterator

from sphinx_visualtorch.errors import OptionError, near
from sphinx_visualtorch.graph import ArchitectureGraph
from sphinx_visualtorch.options import StyleOptions
from sphinx_visualtorch.theme import ROLES

__all__ = ["missed"]


def missed(
    graph: ArchitectureGraph, options: StyleOptions, given: tuple[str, ...]
) -> Iterator[OptionError]:
    """Yield what is to be told of each name, in one of the options *given*, that names nothing."""
    layers = sum(node.op == "module" for node in graph.nodes)
    if "index_ignore" in given:
        for index in options.index_ignore:
            if index >= layers:
                wanted = f"this model has {layers:,} leaf layers, numbered from 0"
                yield OptionError("index_ignore", index, wanted)
    nodes, scopes = graph.nodes, graph.scopes
    # classes first: of equally near names the first is told
    names = dict.fromkeys([node.kind for node in nodes] + [node.target for node in nodes])
    names |= dict.fromkeys(node.role for node in nodes)
    if "ignore" in given:
        yield from _unknown("ignore", options.ignore, names)
    if "color_map" in given:
        # a closed box has the role of what is in it, or one of its own
        names |= dict.fromkeys(ROLES)
        names |= dict.fromkeys(
            name for scope in scopes for name in (scope.kind, scope.target, scope.path)
        )
        names |= dict.fromkeys(node.path for node in nodes)
        kinds = tuple(kind for kind, _, _ in options.color_map)
        yield from _unknown("color_map", kinds, names)


def _unknown(option: str, wanted: tuple[str, ...], names: dict[str, None]) -> Iterator[OptionError]:
    for name in wanted:
        if name not in names:
            close = " or ".join(map(repr, near(name, filter(None, names))))
            hint = f"; did you mean {close}?" if close else ""
            yield OptionError(option, name, f"nothing in this model is called so{hint}")
