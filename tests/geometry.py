"""What makes a figure readable, checked on the scene: no browser, no pixels.

:func:`flaws` lists in words whatever is wrong with a drawing: texts that leave the figure, overlap
or are smaller than 9 px, edges that run through a box that is not their own, boxes that overlap, a
figure that is wider than its column.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from sphinx_visualtorch.fonts import ASCENT, DESCENT
from sphinx_visualtorch.scene import Bounds, Group, Mark, Path, Scene, Text, walk

_SLACK = 1.0  # px by which neighbours may touch


def text_bounds(text: Text) -> Bounds:
    """Return the box of a line of text, turned as it is drawn."""
    shift = {"start": 0.0, "middle": -text.width / 2, "end": -text.width}[text.anchor]
    # letters without ascenders and descenders fill less; take what digits and capitals fill
    up, down = text.size * ASCENT * 0.82, text.size * DESCENT * 0.4
    if text.rotate == -90.0:
        return Bounds(
            left=text.x - up,
            right=text.x + down,
            top=text.y - shift - text.width,
            bottom=text.y - shift,
        )
    assert text.rotate == 0.0
    return Bounds(
        left=text.x + shift,
        right=text.x + shift + text.width,
        top=text.y - up,
        bottom=text.y + down,
    )


def points_of(path: Path) -> list[list[tuple[float, float]]]:
    """Return the corners of each stroke of a path; curves by their ends and middles."""
    strokes: list[list[tuple[float, float]]] = []
    for segment in path.segments:
        numbers = segment[1:]
        match segment[0]:
            case "M":
                strokes.append([(numbers[0], numbers[1])])
            case "L":
                strokes[-1].append((numbers[0], numbers[1]))
            case "Q":
                x, y = strokes[-1][-1]
                middle = (
                    (x + 2 * numbers[0] + numbers[2]) / 4,
                    (y + 2 * numbers[1] + numbers[3]) / 4,
                )
                strokes[-1] += [middle, (numbers[2], numbers[3])]
            case "C":
                strokes[-1].append((numbers[4], numbers[5]))
            case "Z":
                strokes[-1].append(strokes[-1][0])
    return strokes


def path_bounds(path: Path) -> Bounds:
    """Return the box of a path."""
    xs, ys = zip(*[point for stroke in points_of(path) for point in stroke], strict=True)
    return Bounds(left=min(xs), top=min(ys), right=max(xs), bottom=max(ys))


def body_bounds(group: Group) -> Bounds | None:
    """Return the box of what is painted of a node, its words left out."""
    found: Bounds | None = None
    for mark in walk((group,)):
        if isinstance(mark, Path):
            box = path_bounds(mark)
            found = box if found is None else found | box
    return found


def overlap(one: Bounds, two: Bounds, slack: float = _SLACK) -> bool:
    """Say whether two boxes share more than *slack* px in both directions."""
    return (
        min(one.right, two.right) - max(one.left, two.left) > slack
        and min(one.bottom, two.bottom) - max(one.top, two.top) > slack
    )


def crosses(stroke: Sequence[tuple[float, float]], box: Bounds) -> bool:
    """Say whether a line of horizontal and vertical stretches runs through a box."""
    inner = Bounds(
        left=box.left + _SLACK,
        right=box.right - _SLACK,
        top=box.top + _SLACK,
        bottom=box.bottom - _SLACK,
    )
    for (x1, y1), (x2, y2) in itertools.pairwise(stroke):
        piece = Bounds(left=min(x1, x2), right=max(x1, x2), top=min(y1, y2), bottom=max(y1, y2))
        if (
            piece.left < inner.right
            and piece.right > inner.left
            and piece.top < inner.bottom
            and piece.bottom > inner.top
        ):
            return True
    return False


def groups(scene: Scene, role: str) -> list[Group]:
    """Return the groups of a role."""
    return [mark for mark in walk(scene.marks) if isinstance(mark, Group) and mark.role == role]


def edges(scene: Scene) -> list[Path]:
    """Return the paths of the edges."""
    return [mark for mark in walk(scene.marks) if isinstance(mark, Path) and mark.role == "edge"]


def flaws(scene: Scene, max_width: float | None = 640) -> Iterator[str]:
    """Yield in words what is wrong with a drawing."""
    if max_width is not None and scene.width > max_width + 0.5:
        yield f"is {scene.width:.0f} px wide"
    texts = [mark for mark in walk(scene.marks) if isinstance(mark, Text)]
    boxes = [text_bounds(text) for text in texts]
    for text, box in zip(texts, boxes, strict=True):
        if text.size < 9:
            yield f"text {text.text!r} has {text.size} px"
        if box.left < 0 or box.top < 0 or box.right > scene.width or box.bottom > scene.height:
            yield f"text {text.text!r} leaves the figure"
    for index, one in enumerate(boxes):
        for other in range(index + 1, len(boxes)):
            if overlap(one, boxes[other]):
                yield f"texts {texts[index].text!r} and {texts[other].text!r} overlap"
    yield from _box_flaws(scene, list(zip(texts, boxes, strict=True)))


def _own_texts(group: Group) -> set[int]:
    return {id(mark) for mark in walk((group,)) if isinstance(mark, Text)}


def _box_flaws(scene: Scene, texts: list[tuple[Text, Bounds]]) -> Iterator[str]:
    nodes = [(group, box) for group in groups(scene, "node") if (box := body_bounds(group))]
    for index, (group, box) in enumerate(nodes):
        name = dict(group.data)["path"]
        for other, second in nodes[index + 1 :]:
            if overlap(box, second):
                yield f"boxes {name!r} and {dict(other.data)['path']!r} overlap"
        own = _own_texts(group)
        for text, words in texts:
            if id(text) not in own and overlap(box, words):
                yield f"text {text.text!r} lies on the box {name!r}"
        for edge in edges(scene):
            yield from _edge_flaws(edge, group, box)


def _edge_flaws(edge: Path, group: Group, box: Bounds) -> Iterator[str]:
    ends = dict(edge.data)
    own = dict(group.data)
    ids = {ends.get("source-id", ends["source"]), ends.get("target-id", ends["target"])}
    if own.get("id", own["path"]) in ids or edge.dash:
        return
    if any(crosses(stroke, box) for stroke in points_of(edge)):
        yield f"the edge {ends['source']!r} → {ends['target']!r} crosses {own['path']!r}"


def marks_of(scene: Scene) -> list[Mark]:
    """Return all marks of a scene, flat."""
    return list(walk(scene.marks))
