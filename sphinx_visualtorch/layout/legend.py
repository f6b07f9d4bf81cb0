"""The legend: what the colours, bands and signs of one figure mean, and nothing that it lacks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sphinx_visualtorch import fonts
from sphinx_visualtorch.graph import CONTAINERS, Node, Part
from sphinx_visualtorch.layout.formula import bands, formula
from sphinx_visualtorch.layout.pen import Pen, is_glyph, polygon, rounded
from sphinx_visualtorch.layout.words import TIMES, count_of, role_words
from sphinx_visualtorch.rules import Rule
from sphinx_visualtorch.scene import Group, Mark, Path
from sphinx_visualtorch.theme import ROLES

__all__ = ["legend"]

_GAP = 22.0  # px between two entries
_ROW = 1.9  # the height of a row, in that of its type
_SIZE = 10.0  # of a swatch in px
_BAND = 3.0
_MANY = 40  # entries, of which nobody sees whether their rows are even


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """A swatch and its *words*.

    It is a box with the slots *fill* and *line* and with *bands* (such pairs) in it, or of another
    *shape*: a ``band`` by itself, a ``stack`` of boxes, a ``dash``, or ``none``.
    *ink* is the slot of what is drawn in it.
    """

    words: str
    fill: str
    line: str
    bands: tuple[str, ...] = ()
    ink: str = "seam"
    shape: str = "box"

    @property
    def width(self) -> float:
        """The width of the swatch in px."""
        match self.shape:
            case "band":
                return 4.0
            case "stack":
                return _SIZE + 4
            case "dash":
                return 18.0
            case "none":
                return -6.0  # what stands between a swatch and its words
            case _:
                return _SIZE + (_BAND + 1.5) * len(self.bands)


def _slots(pen: Pen, item: Node | Part) -> tuple[str, str]:
    """Return fill and line of a class or role, whatever the author's rules say."""
    return pen.shade(item, "front", ruled=False), pen.shade(item, "line", ruled=False)


def _role_name(fill: str) -> str:
    """Return what a colour stands for: a role, or a class that has a colour of its own."""
    name = fill.rpartition(".")[0]
    return role_words(name) if name in ROLES else name.rpartition(".")[2]


def _entries(nodes: Sequence[Node], pen: Pen) -> list[_Entry]:
    """Return what the figure of *nodes* has to explain: boxes, bands, signs, the author's rules."""
    shown = [n for n in nodes if not is_glyph(n) and n.op not in ("parameter", "constant")]
    told = _formulas(shown, pen)
    boxes: dict[str, _Entry] = {}
    stripes: dict[str, _Entry] = {}
    for node in shown:
        known = told.get(_group(node))
        if known is not None and known.shape == "none":
            known = None
        if known is None and not pen.look(node).fill:
            fill, line = _slots(pen, node)
            boxes[fill] = _Entry(fill=fill, line=line, words=_role_name(fill))
        for part in bands(node) if known is None else ():
            if not pen.look(part).fill:
                fill, line = _slots(pen, part)
                stripes[fill] = _Entry(fill=fill, line=line, words=_role_name(fill), shape="band")
    stripes = {fill: entry for fill, entry in stripes.items() if fill not in boxes}
    swatches = [*boxes.values(), *(entry for entry in told.values() if entry.shape == "box")]
    return [
        *sorted(swatches, key=_position),
        *sorted(stripes.values(), key=_position),
        *(entry for entry in told.values() if entry.shape == "none"),
        *_signs(shown, pen),
        *(_rule_entry(rule, pen) for rule in pen.options.style_rules if rule in pen.keys),
    ]


_ORDER = {name: index for index, name in enumerate(ROLES)}


def _position(entry: _Entry) -> tuple[int, str]:
    return _ORDER.get(entry.fill.rpartition(".")[0], len(_ORDER)), entry.words


def _group(node: Node) -> str:
    """Return what boxes are told together as: closed blocks of a class, or layers of one."""
    return f"{node.op == 'scope'} {node.kind}"


def _formulas(nodes: Iterable[Node], pen: Pen) -> dict[str, _Entry]:
    """Return an entry for each class of boxes that have all the same in them."""
    groups: dict[str, list[Node]] = {}
    for node in nodes:
        groups.setdefault(_group(node), []).append(node)
    found: dict[str, _Entry] = {}
    for name, alike in groups.items():
        text = _common_formula(alike)
        ruled = any(
            pen.look(node).fill or any(pen.look(part).fill for part in node.parts) for node in alike
        )
        if not text or ruled or len({_slots(pen, node) for node in alike}) > 1:
            continue
        others = (node for other, nodes in groups.items() if other != name for node in nodes)
        entry = _made(alike[0], pen, text)
        if entry.shape == "none" or entry.fill in {_slots(pen, node)[0] for node in others}:
            if "=" not in entry.words:
                continue  # a colour that means other things, too, is told by its role
            entry = replace(entry, shape="none")
        if pen.width(entry.words, fact=True) <= _LONGEST * pen.options.font.size:
            found[name] = entry
    return found


def _made(node: Node, pen: Pen, text: str) -> _Entry:
    """Return what boxes like *node* are made of; without bands their colour says no more."""
    named = node.op == "scope" and node.kind not in CONTAINERS
    fill, line = _slots(pen, node)
    pairs = tuple(pen.shade(part, "front") for part in bands(node))
    return _Entry(
        words=f"{node.kind} = {text}" if named else text,
        fill=fill,
        line=line,
        bands=pairs,
        ink=pen.shade(node, "seam"),
        shape="box" if pairs or node.op != "scope" else "none",
    )


_LONGEST = 26.0  # the width of a formula in type sizes; a longer one is no legend


def _common_formula(alike: Sequence[Node]) -> str:
    """Return what is in all of some boxes, with kernels if these are all the same, too."""
    if not all(len(node.parts) > 1 for node in alike):
        return ""
    for kernels in (True, False):
        texts = {formula(node.parts, kernels=kernels) for node in alike}
        if len(texts) == 1:
            return texts.pop()
    return ""


def _signs(nodes: Iterable[Node], pen: Pen) -> list[_Entry]:
    """Return what ×N means, if it occurs, and dashed lines beside arrows."""
    found = []
    line = pen.slot("frameline")
    if "times" in pen.signs or any(count_of(node) > 1 for node in nodes):
        words = f"{TIMES} N: N of a kind in one box"
        found.append(_Entry(words=words, fill="none", line=line, shape="stack"))
    if {"funnel", "skip"} <= pen.signs.keys():
        found.append(_Entry(words="to the next box", fill="none", line="hint", shape="dash"))
    return found


def _rule_entry(rule: Rule, pen: Pen) -> _Entry:
    """Return what an author's rule means; one that has only an outline leaves the swatch white."""
    pair = f"{rule.fill}/{rule.outline}"
    line = f"{pair}.line" if rule.outline or rule.fill != "none" else "frameline"
    fill = f"{pair}.fill" if rule.fill else "paper"
    words = rule.label or rule.selector
    return _Entry(fill=pen.slot(fill), line=pen.slot(line), words=words)


def legend(nodes: Sequence[Node], pen: Pen, room: float) -> tuple[list[Mark], float, float]:
    """Return the legend's marks with its top left corner at (0, 0), its width and height."""
    rows = _even_rows(pen, _entries(nodes, pen), room)
    position = pen.options.legend_position
    widths = [_row_width(pen, row) for row in rows]
    total = max(widths, default=0.0)
    marks: list[Mark] = []
    for number, (row, width) in enumerate(zip(rows, widths, strict=True)):
        x = 0.0
        if position.endswith("right"):
            x = total - width
        elif not position.endswith("left"):
            x = (total - width) / 2
        high = pen.small * _ROW
        middle = number * high + 7.0 + (high - 18.0) / 2
        for entry in row:
            at = (x + entry.width + 5, middle + pen.small * fonts.CAP_HEIGHT / 2)
            text = pen.text(at, entry.words, fact=True, anchor="start", fill="ink")
            marks.append(Group(marks=(*_swatch(entry, x, middle - _SIZE / 2), text)))
            x += _width(pen, entry) + _GAP
    return marks, total, len(rows) * pen.small * _ROW - 4


def _swatch(entry: _Entry, x: float, y: float) -> list[Mark]:
    match entry.shape:
        case "band":
            box = rounded(x, y - 1, entry.width, _SIZE + 2, 1.5)
            return [Path(segments=box, fill=entry.fill, stroke=entry.line, width=0.6)]
        case "dash":
            stroke = polygon([(x, y + _SIZE / 2), (x + entry.width, y + _SIZE / 2)], closed=False)
            return [Path(segments=stroke, stroke=entry.line, width=0.8, dash=(2.5, 2.5))]
        case "none":
            return []
        case "stack":
            right, low = x + _SIZE, y + _SIZE
            lines = [rounded(x, y + 2, _SIZE, _SIZE - 2, 2)]
            for shift in (2.0, 4.0):  # what is behind shows its upper and its right edge
                corner = (right + shift, y + 2 - shift)
                ends = [(x + shift, y + 2 - shift), corner, (right + shift, low - shift)]
                lines.append(polygon(ends, closed=False))
            return [Path(segments=line, stroke=entry.line, width=0.9) for line in lines]
    box = rounded(x, y, entry.width, _SIZE, 2.5)
    marks: list[Mark] = [Path(segments=box, fill=entry.fill, stroke=entry.line, width=0.9)]
    left = x + entry.width - (_BAND + 1.5) * len(entry.bands)
    for number, fill in enumerate(entry.bands):
        band = rounded(left + number * (_BAND + 1.5) - 1, y + 1.5, _BAND, _SIZE - 3, 1)
        marks.append(Path(segments=band, fill=fill, stroke=entry.ink, width=0.7))
    return marks


def _width(pen: Pen, entry: _Entry) -> float:
    return entry.width + 6 + pen.width(entry.words, fact=True)


def _row_width(pen: Pen, row: Sequence[_Entry]) -> float:
    return sum(_width(pen, entry) for entry in row) + _GAP * (len(row) - 1)


def _even_rows(pen: Pen, entries: Sequence[_Entry], room: float) -> list[list[_Entry]]:
    """Return as few rows as fit *room*, and these as even as they can be."""
    short = [
        replace(entry, words=pen.short(entry.words, room - entry.width - 10, fact=True))
        for entry in entries
    ]
    rows = _rows(pen, short, room)
    if len(short) > _MANY:
        return rows
    # the width of a row is that of some entries in a row: only these have to be tried
    tried = {
        _row_width(pen, short[start:stop])
        for start in range(len(short))
        for stop in range(start + 1, len(short) + 1)
    }
    for narrower in sorted(tried):
        if narrower <= room:
            even = _rows(pen, short, narrower)
            if len(even) == len(rows) and all(_row_width(pen, row) <= narrower for row in even):
                return even
    return rows


def _rows(pen: Pen, entries: Sequence[_Entry], room: float) -> list[list[_Entry]]:
    """Return rows of entries, as many in each as fit *room*."""
    rows: list[list[_Entry]] = []
    for entry in entries:
        if rows and _row_width(pen, [*rows[-1], entry]) <= room + 1e-6:
            rows[-1].append(entry)
        else:
            rows.append([entry])
    return rows
