"""The Scene: a finished drawing as plain, frozen, hashable data.

A scene knows no model, no layout and no file format.  It holds a closed set of three marks,
:class:`Group`, :class:`Path` and :class:`Text`; a painter is one function that walks them with
a ``match``.  Coordinates are CSS pixels, x to the right, y downwards, origin at the top left.
They are not rounded here: a painter rounds once.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

__all__ = [
    "Bounds",
    "Colour",
    "Group",
    "Mark",
    "Path",
    "Scene",
    "Segment",
    "Text",
    "moved",
    "scaled",
    "walk",
]

Segment: TypeAlias = (
    tuple[str]
    | tuple[str, float, float]
    | tuple[str, float, float, float, float]
    | tuple[str, float, float, float, float, float, float]
)
"""``("M", x, y)``, ``("L", x, y)``, ``("Q", x1, y1, x, y)``, ``("C", x1, y1, x2, y2, x, y)``
or ``("Z",)``, absolute, as in an SVG path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Colour:
    """A colour slot of a scene: its value in the *light* and in the *dark* theme.

    Values are ``#rrggbb`` or ``none``.  Marks name slots, so that a theme is one table.
    """

    slot: str
    light: str
    dark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """An outline.

    *fill* and *stroke* are slot names or ``"none"``; *width* is the stroke's width in px; *dash*
    alternates dash and gap lengths.  *role* (``"edge"``) and *data* go to the output as the class
    ``vt-<role>`` and as ``data-…`` attributes.
    """

    segments: tuple[Segment, ...]
    fill: str = "none"
    stroke: str = "none"
    width: float = 1.0
    dash: tuple[float, ...] = ()
    opacity: float = 1.0
    role: str = ""
    data: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One line of text with its base line at (*x*, *y*).

    *size* is the type size in px, *width* the advance width that the layout measured (painters
    keep it), *anchor* ``start``, ``middle`` or ``end``, *rotate* degrees clockwise about (x, y).
    """

    x: float
    y: float
    text: str
    size: float
    width: float
    fill: str
    bold: bool = False
    anchor: str = "start"
    rotate: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Marks that belong together.

    *role* is ``node``, ``scope``, ``legend``, … or empty; *tooltip* is shown on hover; *link* is
    the public import path of the class or function that the group shows (a painter may turn it
    into a hyperlink); *opacity* is 0–1 for the group as a whole.
    """

    marks: tuple[Mark, ...]
    role: str = ""
    data: tuple[tuple[str, str], ...] = ()
    tooltip: str = ""
    link: str = ""
    opacity: float = 1.0


Mark: TypeAlias = Group | Path | Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """An axis-parallel box in px."""

    left: float
    top: float
    right: float
    bottom: float

    def __or__(self, other: Bounds) -> Bounds:
        """Return the smallest box around both."""
        return Bounds(
            left=min(self.left, other.left),
            top=min(self.top, other.top),
            right=max(self.right, other.right),
            bottom=max(self.bottom, other.bottom),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A drawing of *width* × *height* px.

    *title* and *description* are for readers who cannot see it; *data* are the ``data-…``
    attributes of the whole figure; *background* is a slot or ``none``; *font* is the family that
    a browser should prefer ("" for the default).
    """

    width: float
    height: float
    marks: tuple[Mark, ...]
    colours: tuple[Colour, ...]
    title: str = ""
    description: str = ""
    data: tuple[tuple[str, str], ...] = ()
    background: str = "none"
    font: str = ""

    def digest(self) -> str:
        """Return 16 hexadecimal digits that are equal for equal scenes."""
        text = json.dumps(dataclasses.asdict(self), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def walk(marks: tuple[Mark, ...]) -> Iterator[Mark]:
    """Yield every mark, groups before what they hold, in painting order."""
    stack = list(reversed(marks))
    while stack:
        mark = stack.pop()
        yield mark
        if isinstance(mark, Group):
            stack.extend(reversed(mark.marks))


def _moved_segment(segment: Segment, dx: float, dy: float) -> Segment:
    if len(segment) == 1:
        return segment
    if len(segment) == 3:
        return (segment[0], segment[1] + dx, segment[2] + dy)
    if len(segment) == 5:
        command, x1, y1, x, y = segment
        return (command, x1 + dx, y1 + dy, x + dx, y + dy)
    command, x1, y1, x2, y2, x, y = segment
    return (command, x1 + dx, y1 + dy, x2 + dx, y2 + dy, x + dx, y + dy)


def moved(marks: Sequence[Mark], dx: float, dy: float) -> tuple[Mark, ...]:
    """Return *marks* moved by *dx* px to the right and *dy* px downwards."""
    result: list[Mark] = []
    for mark in marks:
        match mark:
            case Group():
                result.append(replace(mark, marks=moved(mark.marks, dx, dy)))
            case Path():
                segments = tuple(_moved_segment(segment, dx, dy) for segment in mark.segments)
                result.append(replace(mark, segments=segments))
            case Text():
                result.append(replace(mark, x=mark.x + dx, y=mark.y + dy))
    return tuple(result)


def scaled(scene: Scene, factor: float) -> Scene:
    """Return *scene* with everything in it *factor* times as large."""
    return replace(
        scene,
        width=scene.width * factor,
        height=scene.height * factor,
        marks=tuple(_scaled(mark, factor) for mark in scene.marks),
    )


def _scaled(mark: Mark, factor: float) -> Mark:
    match mark:
        case Group():
            return replace(mark, marks=tuple(_scaled(inner, factor) for inner in mark.marks))
        case Path():
            return replace(
                mark,
                segments=tuple(_scaled_segment(segment, factor) for segment in mark.segments),
                width=mark.width * factor,
                dash=tuple(length * factor for length in mark.dash),
            )
        case Text():
            return replace(
                mark,
                x=mark.x * factor,
                y=mark.y * factor,
                size=mark.size * factor,
                width=mark.width * factor,
            )


def _scaled_segment(segment: Segment, factor: float) -> Segment:
    if len(segment) == 1:
        return segment
    if len(segment) == 3:
        return (segment[0], segment[1] * factor, segment[2] * factor)
    if len(segment) == 5:
        command, x1, y1, x, y = segment
        return (command, x1 * factor, y1 * factor, x * factor, y * factor)
    command, x1, y1, x2, y2, x, y = segment
    one, two = (x1 * factor, y1 * factor), (x2 * factor, y2 * factor)
    return (command, *one, *two, x * factor, y * factor)
