"""Which scopes an author names: by module path, class or public path, with ``*`` and ``?``.

``layer1.0``, ``encoder.*`` and ``Bottleneck`` name scopes.  A block that is folded into an equal
one is drawn by that one, so its path names it: where ``blocks.0`` stands for twelve blocks,
``blocks.7.attn`` is the ``attn`` in its frame.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from sphinx_visualtorch.errors import OptionError, near
from sphinx_visualtorch.graph import ArchitectureGraph, Scope, is_row

__all__ = ["named"]


def named(graph: ArchitectureGraph, option: str, patterns: Sequence[str]) -> set[str]:
    """Return the ids of the scopes that one of *patterns* names.

    :raises OptionError: naming *option*, if a pattern names none; it lists near names.
    """
    found: set[str] = set()
    for pattern in patterns:
        matched = {scope.id for scope in graph.scopes[1:] if _is_named(scope, pattern)}
        if not matched and "*" not in pattern and "?" not in pattern:
            matched = _through_folds(graph, pattern)
        if not matched:
            raise OptionError(option, pattern, _wanted(graph, pattern))
        found |= matched
    return found


def _is_named(scope: Scope, pattern: str) -> bool:
    names = (scope.path, scope.id, scope.kind, scope.target)
    return any(fnmatchcase(name, pattern) for name in names)


def _through_folds(graph: ArchitectureGraph, path: str) -> set[str]:
    """Return the scopes that stand for the module at *path*, folded blocks included."""
    spans: dict[str, str] = {}
    found = set()
    for scope in graph.scopes:
        above = spans.get(scope.parent or "", "")
        parent = graph.scope_by_id[scope.parent].path if scope.parent else ""
        spans[scope.id] = above + _span(scope, scope.path.removeprefix(parent))
        if scope.parent is not None and re.fullmatch(spans[scope.id], path):
            found.add(scope.id)
    return found


def _span(scope: Scope, last: str) -> str:
    """Return what the end of a scope's path matches: the numbers of all blocks that it is."""
    last = last if scope.parent else last.lstrip(".")
    numbered = re.fullmatch(r"(.*?)(\d+)", last)
    if scope.repeat == 1 or numbered is None or not is_row(scope):
        return re.escape(last)
    head, first = numbered.groups()
    numbers = "|".join(str(int(first) + index) for index in range(scope.repeat))
    return re.escape(head) + f"(?:{numbers})"


def _wanted(graph: ArchitectureGraph, pattern: str) -> str:
    names: Iterable[str] = dict.fromkeys(
        name for scope in graph.scopes[1:] for name in (scope.path, scope.kind) if name
    )
    names = list(names)
    close = near(pattern, names) or names[:6]
    if not close:
        return "this model has no modules that contain others"
    return (
        "the path or class of a module that contains others is wanted, "
        f"for example {', '.join(map(repr, close))}"
    )
