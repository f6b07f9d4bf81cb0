"""The tree of scopes: which operations stand inside which container.

A call of a container is a scope.  Containers that are never called themselves (a ``ModuleList``, a
``Sequential`` that the author iterates) become scopes too, around each run of neighbours whose
paths lie in them.  So the nodes of a scope always stand together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sphinx_visualtorch.tracing.records import Call, Op

__all__ = ["Group", "grouped"]


@dataclass(slots=True, eq=False)
class Group:
    """A scope to be: a call, or a run inside a container that is not called."""

    path: str
    call: Call | None
    items: list[Group | Op] = field(default_factory=list)

    def walk(self) -> Iterator[Group | Op]:
        """Yield the groups and operations inside, each group before what it holds."""
        for item in self.items:
            yield item
            if isinstance(item, Group):
                yield from item.walk()


def grouped(ops: Iterable[Op], root: Call) -> Group:
    """Return the tree of scopes of *ops*, which stand in the order of execution."""
    trunk = Group("", root)
    open_groups: dict[Call, Group] = {root: trunk}  # each inside the one before
    for op in ops:
        chain: list[Call] = []
        call = op.call
        while call not in open_groups and call.parent is not None:
            chain.append(call)
            call = call.parent
        while next(reversed(open_groups)) is not call and len(open_groups) > 1:
            open_groups.popitem()
        for call in reversed(chain):
            group = Group(call.path, call)
            next(reversed(open_groups.values())).items.append(group)
            open_groups[call] = group
        next(reversed(open_groups.values())).items.append(op)
    _wrap_calls(trunk)
    return trunk


def _wrap_calls(trunk: Group) -> None:
    waiting = [trunk]
    while waiting:
        group = waiting.pop()
        waiting.extend(item for item in group.items if isinstance(item, Group))
        group.items = _wrapped(group.items, group.path)


def _wrapped(items: list[Group | Op], prefix: str) -> list[Group | Op]:
    """Return *items* with runs in one container below *prefix* put into a group of their own."""
    result: list[Group | Op] = []
    run: Group | None = None
    between: list[Group | Op] = []
    for item in items:
        if isinstance(item, Op) and item.kind != "module":
            # functions between two items of one container belong to it
            (result if run is None else between).append(item)
            continue
        container = _container(item.path, prefix)
        if run is not None and container == run.path:
            run.items.extend(between)
            run.items.append(item)
            between = []
            continue
        result.extend(between)
        between = []
        run = Group(container, None, [item]) if container else None
        result.append(run or item)
    result.extend(between)
    for group in result:
        if isinstance(group, Group) and group.call is None:
            group.items = _wrapped(group.items, group.path)
    return result


def _container(path: str, prefix: str) -> str:
    """Return the outermost container below *prefix* that holds *path*, or nothing."""
    start = f"{prefix}." if prefix else ""
    if not path.startswith(start):
        return ""
    name, dot, _ = path[len(start) :].partition(".")
    return start + name if dot else ""
