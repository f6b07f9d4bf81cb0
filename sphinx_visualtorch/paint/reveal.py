"""The order in which an animation shows the marks of a scene: as the data flows.

A box appears when all that it is made from is there, one step after the last of them; an edge
appears with its target; the frame around boxes with the first of them.  What belongs to no box,
such as a legend, is there from the start, and the inside of a block comes last.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from sphinx_visualtorch.scene import Group, Mark, Path, Scene, walk

__all__ = ["STEP", "Staged", "staged", "step_of"]

STEP = "step"
"""The role of a group that appears as a whole."""

_MOST = 40  # more steps than anybody would watch


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """A *scene* whose marks are all in groups of the role :data:`STEP`, and their *count*."""

    scene: Scene
    count: int


def step_of(group: Group) -> int:
    """Return when a group of the role :data:`STEP` appears, from 0."""
    return int(dict(group.data)["at"])


def staged(scene: Scene) -> Staged:
    """Return *scene* with its marks in steps; they stay in the order in which they are painted."""
    steps = _Steps.of(scene.marks)
    found = list(steps.stages(scene.marks, 0))
    times = sorted({time for time, _ in found})
    most = min(_MOST, len(times))
    number = {time: index * most // len(times) for index, time in enumerate(times)}
    marks = tuple(
        Group(role=STEP, data=(("at", str(at)),), marks=tuple(mark for _, mark in run))
        for at, run in groupby(found, key=lambda pair: number[pair[0]])
    )
    return Staged(scene=replace(scene, marks=marks), count=most)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Steps:
    """When what appears: boxes by their identity, frames by the path of their module."""

    nodes: Mapping[str, int]
    scopes: Mapping[str, int]
    last: int

    @classmethod
    def of(cls, marks: tuple[Mark, ...]) -> _Steps:
        """Find out when each box of *marks* appears."""
        nodes = _nodes(marks)
        names = [_identity(node.data, "path", "id") for node in nodes]
        ranks = _ranks(names, [_ends(mark) for mark in walk(marks) if _is_edge(mark)])
        scopes: dict[str, int] = {}
        for node, name in zip(nodes, names, strict=True):
            for path in _prefixes(dict(node.data).get("path", "")):
                scopes[path] = min(ranks[name], scopes.get(path, ranks[name]))
        return cls(nodes=ranks, scopes=scopes, last=max(ranks.values(), default=0) + 1)

    def stages(self, marks: Sequence[Mark], before: int) -> Iterator[tuple[int, Mark]]:
        """Yield when each mark appears, and the mark; *before* is for those in front of any."""
        for index, mark in enumerate(marks):
            if isinstance(mark, Group) and mark.role == "node":
                before = self.nodes[_identity(mark.data, "path", "id")]
            elif isinstance(mark, Group) and (inside := _nodes(mark.marks)):
                before = min(self.nodes[_identity(node.data, "path", "id")] for node in inside)
                yield from self._inside(mark, before)
                continue
            elif isinstance(mark, Group):
                before = self._other(mark)
            elif _is_edge(mark):
                before = max(self.nodes.get(name, 0) for name in _ends(mark))
            elif isinstance(mark, Path) and _is_closing(marks[index + 1 :]):
                before = self.last  # the lines that tie a panel to its box
            yield before, mark

    def _inside(self, group: Group, before: int) -> Iterator[tuple[int, Mark]]:
        """Take a group apart that holds boxes; each part keeps what was said of the whole."""
        for time, part in groupby(self.stages(group.marks, before), key=lambda pair: pair[0]):
            yield time, replace(group, marks=tuple(mark for _, mark in part))

    def _other(self, group: Group) -> int:
        if group.role == "scope":
            return self.scopes.get(dict(group.data).get("path", ""), 0)
        return 0 if group.role == "legend" else self.last


def _is_edge(mark: Mark) -> bool:
    return isinstance(mark, Path) and mark.role == "edge"


def _is_closing(after: Sequence[Mark]) -> bool:
    """Say whether the next group is a panel, with nothing but lines before it."""
    following = next((mark for mark in after if not isinstance(mark, Path)), None)
    return isinstance(following, Group) and following.role not in ("node", "scope", "legend")


def _nodes(marks: tuple[Mark, ...]) -> list[Group]:
    return [mark for mark in walk(marks) if isinstance(mark, Group) and mark.role == "node"]


def _identity(data: Iterable[tuple[str, str]], path: str, name: str) -> str:
    known = dict(data)
    return known.get(name) or known.get(path, "")


def _ends(mark: Mark) -> tuple[str, str]:
    data = () if not isinstance(mark, Path) else mark.data
    return _identity(data, "source", "source-id"), _identity(data, "target", "target-id")


def _prefixes(path: str) -> Iterator[str]:
    """Yield the paths of the modules around *path*, and itself."""
    yield ""
    parts = path.split(".")
    for length in range(1, len(parts) + 1):
        yield ".".join(parts[:length])


def _ranks(names: Iterable[str], edges: Iterable[tuple[str, str]]) -> dict[str, int]:
    """Return the longest way to each box in boxes; a loop is entered at its first one.

    A box without edges comes after the one that is painted before it.
    """
    order = list(dict.fromkeys(names))
    sources: dict[str, set[str]] = {name: set() for name in order}
    targets: dict[str, list[str]] = {name: [] for name in order}
    for source, target in edges:
        if source in targets and target in targets and source not in {target, *sources[target]}:
            sources[target].add(source)
            targets[source].append(target)
    ranks: dict[str, int] = {}
    for name in _flowing(order, sources, targets):
        known = [ranks[source] for source in sources[name] if source in ranks]
        ranks[name] = max(known, default=-1) + 1
    before = -1
    for name in order:
        if not sources[name] and not targets[name]:
            ranks[name] = before + 1
        before = ranks[name]
    return ranks


def _flowing(
    order: Sequence[str], sources: Mapping[str, set[str]], targets: Mapping[str, Sequence[str]]
) -> Iterator[str]:
    """Yield each of *order* after its sources; where a loop leaves none such, the first."""
    waiting = {name: len(sources[name]) for name in order}
    ready = deque(name for name in order if not waiting[name])
    rest = iter(order)
    while waiting:
        name = ready.popleft() if ready else next(name for name in rest if name in waiting)
        if waiting.pop(name, None) is None:
            continue  # it was let in before its sources
        yield name
        for target in targets[name]:
            if target in waiting:
                waiting[target] -= 1
                if not waiting[target]:
                    ready.append(target)
