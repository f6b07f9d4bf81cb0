"""Roles and their colours: one kind of operation has one colour on every page of a site.

This room knows no graph and no drawing: it turns the name of a role, or a colour that the author
chose, into the few shades that the styles draw with, in a light and a dark variant.  Contrast is
computed after WCAG 2.2 (relative luminance), so that text on any colour can be read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import webcolors  # type: ignore[import-untyped]  # the names and notations of CSS colours; not worth a table of our own

__all__ = [
    "NIGHT",
    "PALETTES",
    "ROLES",
    "SHADES",
    "Theme",
    "contrast",
    "is_colour",
    "mix",
    "parse_colour",
]

ROLES: Mapping[str, str] = {
    "input": "Input",
    "convolution": "Convolution",
    "upsampling": "Upsampling",
    "linear": "Linear",
    "attention": "Attention",
    "recurrent": "Recurrent",
    "embedding": "Embedding",
    "normalisation": "Normalisation",
    "activation": "Activation",
    "pooling": "Pooling",
    "dropout": "Dropout",
    "merge": "Merge",
    "reshape": "Reshape",
    "parameter": "Parameter",
    "container": "Container",
    "function": "Function",
    "failed": "Failed here",
}
"""Every role with the words that a legend has for it."""

_NEUTRAL = {
    "input": "#535966",
    "normalisation": "#d3dae3",
    "dropout": "#aeb0b8",
    "merge": "#74777b",
    "reshape": "#e7d7ba",
    "parameter": "#8d99a8",
    "container": "#8794a7",
    "function": "#9b8d78",
    "failed": "#dd1b38",
}


def _palette(*colours: str) -> dict[str, str]:
    roles = (
        "convolution",
        "linear",
        "pooling",
        "activation",
        "attention",
        "recurrent",
        "embedding",
        "upsampling",
    )
    return {**_NEUTRAL, **dict(zip(roles, colours, strict=True))}


_GREYS = {
    "input": "#dfdfdf",
    "normalisation": "#f6f6f6",
    "dropout": "#808080",
    "merge": "#dddddd",
    "reshape": "#b3b3b3",
    "parameter": "#f3f3f3",
    "container": "#3a3a3a",
    "function": "#8f8f8f",
    "failed": "#1c1c1c",
}

# The hues are those of the schemes.  Which role has which, and how light it is, was searched for:
# so that roles that stand beside each other differ as much as they can to colour-blind readers
# (tests/test_theme.py measures it), with convolutions in a warm colour and linear layers in blue.
PALETTES: Mapping[str, Mapping[str, str]] = {
    # M. Okabe and K. Ito: Color Universal Design, 2008
    "okabe_ito": _palette(
        "#e7a00b", "#3d96fa", "#925597", "#ba3a00", "#a3c6ff", "#2f754a", "#c0b64d", "#63c681"
    ),
    # P. Tol, "Colour Schemes" (2021): bright, light and muted
    "tol": _palette(
        "#c5b242", "#0083e6", "#890874", "#e4a286", "#18c9eb", "#ffc588", "#60a751", "#006f29"
    ),
    "tol_light": _palette(
        "#dcb778", "#49aaf1", "#2b7c9f", "#b6b002", "#b4f745", "#c84609", "#c38350", "#7fd0fc"
    ),
    "tol_muted": _palette(
        "#eec871", "#275edc", "#176b07", "#6b1e71", "#66bef1", "#b7af3f", "#b13dab", "#f94e52"
    ),
    # the ten categorical colours of Tableau, as matplotlib names them
    "tab10": _palette(
        "#e88853", "#0585e1", "#1dc6e6", "#ab4d9e", "#45714c", "#469800", "#b5b31d", "#a7230a"
    ),
    # S. Greb and A. Schneider: Nord, the colours of frost and aurora
    "nord": _palette(
        "#c5ac86", "#548ddd", "#87c1e6", "#ce794e", "#425b8a", "#a3da80", "#9f68b1", "#25754c"
    ),
    # E. Schoonover: Solarized, the accents
    "solarized": _palette(
        "#d2ae68", "#66a8df", "#a4320b", "#d54c0a", "#c631d1", "#0f7fa1", "#65a535", "#8592fd"
    ),
    # for print: as light as the greys below, so that a grey copy keeps the roles apart
    "print": {
        **_GREYS,
        "input": "#d5deea",
        "dropout": "#7b8291",
        "function": "#9a8f7a",
        "container": "#3a3f4a",
        "convolution": "#fbba4f",
        "linear": "#3586c3",
        "pooling": "#da85b4",
        "activation": "#a54b0e",
        "attention": "#164b8a",
        "recurrent": "#0c664a",
        "embedding": "#f2e644",
        "upsampling": "#01a47d",
        "failed": "#8b1a1a",
    },
    "grayscale": {
        **_GREYS,
        "convolution": "#c6c6c6",
        "linear": "#818181",
        "pooling": "#a0a0a0",
        "activation": "#666666",
        "attention": "#4b4b4b",
        "recurrent": "#595959",
        "embedding": "#d1d1d1",
        "upsampling": "#919191",
    },
}
"""Base colours by palette and role.  All but the last two share the neutral greys."""

_FULL = ("print", "grayscale")
"""Palettes whose colours are drawn as they are, because how light they are tells them apart."""

SHADES = ("fill", "front", "top", "side", "line")
"""What a role's colour is needed for: a flat box, the three faces of a volume, its outline."""

SHADE_STEP = 10
"""The ``shade_step`` for which the faces below are made; 0 makes all three like the front."""

_ON_FILL = ("ink", "boxfact", "seam")
_OF_FRAMES = ("ground", "title")

# how light the faces are, from -1 (black, in the dark theme night) to 1 (white), in both themes
_FACES: Mapping[str, tuple[float, float]] = {
    "front": (0.28, -0.38),
    "top": (0.52, -0.28),
    "side": (-0.12, -0.52),
}

# the contrast that the seams of bands have at least to the faces of their body, in the light and in
# the dark (on translucent bodies it is less, but more than 3)
_SEAMED: Mapping[str, tuple[float, float]] = {
    "front": (3.55, 3.43),
    "top": (3.5, 3.38),
    "side": (3.5, 3.38),
}

_WHITE, _BLACK = "#ffffff", "#000000"
NIGHT = "#16191d"
"""The ground of dark pages that the dark colours are made for."""

_FIXED: Mapping[str, tuple[str, str]] = {
    "ink": ("#1f2933", "#e6e9ee"),  # names beside the boxes
    "boxink": ("#1f2933", "#e6e9ee"),  # names on a filled box
    "fact": ("#56616e", "#a9b3c0"),  # facts beside the figure's boxes
    "boxfact": ("#414b57", "#d5dae1"),  # facts on a filled box
    "seam": ("#1f2933", _WHITE),  # around bands
    "edge": ("#6b7683", "#9aa4b2"),
    "skip": ("#1f2933", "#e6e9ee"),
    "hint": ("#6b7683", "#9aa4b2"),
    "across": (_BLACK, _WHITE),  # lines over the faces of bodies
    "paper": (_WHITE, NIGHT),
    "frame": ("#f7f8f9", "#1e2227"),
    "frameline": ("#6b7683", "#9aa4b2"),
    "badge": ("#1f2933", "#e6e9ee"),
    "badgeink": (_WHITE, NIGHT),
}


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def mix(colour: str, other: str, share: float) -> str:
    """Return *colour* with *share* (0–1) of *other* in it, both ``#rrggbb``."""
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _luminance(colour: str) -> float:
    def linear(channel: int) -> float:
        value = channel / 255
        return float(value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4)

    red, green, blue = map(linear, _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(colour: str, other: str) -> float:
    """Return the WCAG 2.2 contrast ratio of two ``#rrggbb`` colours, 1 to 21."""
    light, dark = sorted((_luminance(colour), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def parse_colour(value: object) -> str:
    """Return ``#rrggbb`` for a CSS colour name, a hex notation or an ``(r, g, b[, a])`` tuple.

    An alpha channel is dropped; ``none``, ``transparent`` and alpha 0 give ``"none"``.

    :raises ValueError: if it is none of these.
    """
    if isinstance(value, str):
        name = value.strip().lower()
        text = _NAMES.get(name) or (name if name.startswith("#") else _named(name))
    else:
        text = _hex(value)
    if not _HEX.fullmatch(text):
        raise ValueError("a CSS colour name, #rrggbb or an (r, g, b) tuple is wanted")
    digits = text[1:] if len(text) > 5 else "".join(2 * digit for digit in text[1:])
    return "none" if digits[6:] == "00" else f"#{digits[:6]}"


_HEX = re.compile(r"#([0-9a-f]{3}|[0-9a-f]{4}|[0-9a-f]{6}|[0-9a-f]{8})")
_PAIR = re.compile(r"(#[0-9a-f]{6}|none)?/(#[0-9a-f]{6}|none)?")
_COLOUR = re.compile("#[0-9a-f]{6}")
_NAMES = {"none": "#0000", "transparent": "#0000", "rebeccapurple": "#663399"}
"""What webcolors does not know: CSS 3 has no name for the last one."""


def _named(name: str) -> str:
    try:
        return str(webcolors.name_to_hex(name))
    except ValueError:
        return ""


def _hex(channels: object) -> str:
    if not isinstance(channels, tuple | list) or len(channels) not in (3, 4):
        return ""
    if not all(type(channel) is int and 0 <= channel <= 255 for channel in channels):
        return ""
    return "#" + "".join(f"{channel:02x}" for channel in channels)


def is_colour(value: object) -> bool:
    """Say whether :func:`parse_colour` can read *value*."""
    try:
        parse_colour(value)
    except ValueError:
        return False
    return True


def _moved(colour: str, towards: str, other: str, least: float) -> str:
    """Return *colour*, moved *towards* another until it has a contrast of *least* to *other*."""
    share = 0.0
    result = colour
    while contrast(result, other) < least and share < 1:
        share += 0.05
        result = mix(colour, towards, share)
    return result


def _readable(fill: str, ink: str, towards: str) -> str:
    """Return *fill*, moved *towards* white or black until *ink* on it has a contrast of 4.6."""
    return _moved(fill, towards, ink, 4.6)


def _distinct(line: str, ground: str, towards: str) -> str:
    """Return *line*, moved *towards* a colour until it has a contrast of 3.7 to *ground*.

    In a frame, which is a little darker than the ground, and on bodies that are a little
    translucent, it has more than 3 then.
    """
    return _moved(line, towards, ground, 3.7)


def _frame(fill: str, shade: str) -> tuple[str, str]:
    """Return the ground of a frame in a colour of the author's, or the ink of its title.

    In the dark theme it is a tint so near to the page that edges and outlines on it, which are
    light then, can still be seen.
    """
    dark, share = fill, 0.0
    while contrast(dark, NIGHT) > 1.2 and share < 1:
        share += 0.05
        dark = mix(fill, NIGHT, share)
    return (fill, dark) if shade == "ground" else (_on(fill, shade)[0], _on(dark, shade)[1])


def _on(fill: str, shade: str) -> tuple[str, str]:
    """Return the ink for a fill of the author's: black or white, one has a contrast of 4.5."""
    if fill in ("", "none"):
        return _FIXED[shade]
    best = max((_BLACK, _WHITE), key=lambda ink: contrast(ink, fill))
    return best, best


def _face(base: str, face: str, front: tuple[float, float], step: int) -> tuple[str, str]:
    """Return a face of a volume whose front is *front* light, for both themes."""
    pair = []
    steps = zip(_FACES[face], _FACES["front"], front, (_BLACK, NIGHT), strict=True)
    for own, usual, start, dark in steps:
        share = max(-1.0, min(1.0, start + (own - usual) * step / SHADE_STEP))
        pair.append(mix(base, _WHITE if share > 0 else dark, abs(share)))
    return pair[0], pair[1]


def _seamed(face: str, seam: str, darkest: str, least: float) -> str:
    """Return a face, lighter or darker where a seam on it could not be seen."""
    return _moved(face, darkest if contrast(seam, _BLACK) > 4.6 else _WHITE, seam, least)


def _shade(base: str, shade: str) -> tuple[str, str]:
    """Return a flat shade of a base colour for the light and for the dark theme."""
    match shade:
        case "fill":
            light = _readable(mix(base, _WHITE, 0.55), _FIXED["boxfact"][0], _WHITE)
            return light, _readable(mix(base, NIGHT, 0.48), _FIXED["boxfact"][1], NIGHT)
        case "line":
            light = _distinct(mix(base, _BLACK, 0.36), _WHITE, _BLACK)
            return light, _distinct(mix(base, _WHITE, 0.25), NIGHT, _WHITE)
    raise ValueError(f"no shade {shade!r}; there are {', '.join(SHADES)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """The colours of one figure.

    *palette* is a name in :data:`PALETTES`; *color_map* holds ``(kind, fill, outline)`` where
    kind is a class name, a function name, a public import path or a role, and where an empty
    colour means the palette's own; *overrides* holds ``(slot, colour)`` for fixed slots.
    A name may also be a pair of colours, ``fill/outline``, and a slot a colour itself.
    *shade_step* is how much the faces of a volume differ in lightness.
    """

    palette: str = "okabe_ito"
    color_map: tuple[tuple[str, str, str], ...] = ()
    overrides: tuple[tuple[str, str], ...] = ()
    shade_step: int = SHADE_STEP

    def slot(self, names: Iterable[str], role: str, shade: str) -> str:
        """Return the slot for something called one of *names* that has a *role*.

        The first of *names* that the colour map holds wins, then the role.  *shade* is one of
        :data:`SHADES`, or ``ink`` or ``boxfact`` for what is written on the fill, or ``seam`` for
        the outline of bands on it.
        """
        for name in (*names, role):
            fill, outline = self._chosen(name)
            # nothing is made from "none": a body without a fill needs its outline all the more
            if (outline or fill.replace("none", "")) if shade == "line" else fill:
                return f"{name}.{shade}"
        plain = shade in _ON_FILL and self.palette not in _FULL
        if not plain:
            return f"{role}.{shade}"
        # an author may colour the names beside the boxes alone
        return "boxink" if shade == "ink" else shade

    def _chosen(self, name: str) -> tuple[str, str]:
        """Return the fill and the outline that the author chose, empty for the palette's own.

        A name such as ``#ffffdd/#000080`` is the pair of both.
        """
        if _PAIR.fullmatch(name):  # a class may have a stroke in its name, too
            pair, _, outline = name.partition("/")
            return pair, outline
        found = ((fill, outline) for kind, fill, outline in self.color_map if kind == name)
        return next(found, ("", ""))

    def colour(self, slot: str) -> tuple[str, str]:
        """Return the value of *slot* in the light and in the dark theme."""
        for name, value in self.overrides:
            if name == slot:
                return value, value
        if _COLOUR.fullmatch(slot):
            return slot, slot
        if slot in _FIXED:
            return _FIXED[slot]
        return self._shaded(*slot.rpartition(".")[::2])

    def _shaded(self, name: str, shade: str) -> tuple[str, str]:
        fill, outline = self._chosen(name)
        if shade == "line" and outline:
            return outline, outline
        bases = PALETTES[self.palette]
        base, front = bases.get(name, bases["function"]), _FACES["front"]
        if self.palette in _FULL:
            fill = fill or base
        if shade in _ON_FILL:
            return _on(fill, shade)
        if shade in _OF_FRAMES and fill != "none":
            return _frame(fill, shade)
        if fill == "none" and shade != "line":
            return fill, fill
        if fill not in ("", "none"):  # what the author names is what the front shows
            base, front = fill, (0.0, 0.0)
            if shade == "fill":
                return fill, fill
        if shade in _FACES:
            faces = _face(base, shade, front, self.shade_step)
            if self.shade_step != SHADE_STEP:  # how much faces differ is the author's choice
                return faces
            seams = self.colour(self.slot((), name, "seam"))
            light, dark = map(_seamed, faces, seams, (_BLACK, NIGHT), _SEAMED[shade])
            return light, dark
        return _shade(base, shade)
