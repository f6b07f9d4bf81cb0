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

from sphinx_visualtorch.paint.extent import extent
from sphinx_visualtorch.scene import Bounds, Group, Mark, Path, Scene, walk

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
    found = list(steps.stages(scene.marks))
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

    def stages(self, marks: Sequence[Mark]) -> Iterator[tuple[int, Mark]]:
        """Yield when each mark appears, and the mark."""
        following = _following(marks)
        before: Mark | None = None
        for mark, after in zip(marks, following, strict=True):
            if _is_loose(mark):
                owner = after if _belongs(mark, before, after) else before
                yield self._time(owner) if owner else 0, mark
                continue
            before = mark
            if isinstance(mark, Group) and mark.role != "node" and _nodes(mark.marks):
                yield from self._inside(mark)
            else:
                yield self._time(mark), mark

    def _time(self, mark: Mark) -> int:
        """Return when a box, a frame or an edge appears."""
        if _is_edge(mark):
            return max(self.nodes.get(name, 0) for name in _ends(mark))
        if not isinstance(mark, Group) or mark.role == "legend":
            return 0
        if inside := _nodes((mark,)):
            return min(self.nodes[_identity(node.data, "path", "id")] for node in inside)
        if mark.role == "scope":
            return self.scopes.get(dict(mark.data).get("path", ""), 0)
        return self.last

    def _inside(self, group: Group) -> Iterator[tuple[int, Mark]]:
        """Take a group apart that holds boxes; each part keeps what was said of the whole."""
        first = self._time(group)
        found = [(max(time, first), mark) for time, mark in self.stages(group.marks)]
        for time, part in groupby(found, key=lambda pair: pair[0]):
            yield time, replace(group, marks=tuple(mark for _, mark in part))


def _is_edge(mark: Mark) -> bool:
    return isinstance(mark, Path) and mark.role == "edge"


def _is_loose(mark: Mark) -> bool:
    return not isinstance(mark, Group) and not _is_edge(mark)


def _following(marks: Sequence[Mark]) -> list[Mark | None]:
    """Return for each of *marks* the next one that is not loose, if there are but paths between."""
    found: list[Mark | None] = []
    after: Mark | None = None
    for mark in reversed(marks):
        found.append(after)
        if not _is_loose(mark):
            after = mark
        elif not isinstance(mark, Path):
            after = None
    return found[::-1]


def _belongs(mark: Mark, before: Mark | None, after: Mark | None) -> bool:
    """Say whether a loose *mark* belongs to what is painted after it.

    The lines to a panel are painted before it, and so is the patch on a map where an edge begins.
    The head of an arrow follows its edge, as a name may follow its box.
    """
    box = extent((mark,))
    if box is None or not isinstance(mark, Path) or after is None:
        return False
    if isinstance(after, Group):
        return after.role not in ("node", "scope", "legend")
    reach = extent((before,)) if isinstance(before, Group) else _corner(before, -1)
    start = _corner(after, 0)
    return start is not None and (reach is None or _gap(box, start) < _gap(box, reach))


def _corner(mark: Mark | None, index: int) -> Bounds | None:
    """Return the first or last point of an edge."""
    segments = mark.segments if isinstance(mark, Path) else ()
    points = [segment[-2:] for segment in segments if len(segment) > 1]
    if not points:
        return None
    x, y = (float(value) for value in points[index])
    return Bounds(left=x, top=y, right=x, bottom=y)


def _gap(one: Bounds, other: Bounds) -> float:
    across = max(one.left - other.right, other.left - one.right, 0.0)
    down = max(one.top - other.bottom, other.top - one.bottom, 0.0)
    return across + down


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
