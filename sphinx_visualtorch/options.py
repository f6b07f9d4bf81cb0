"""The options of every style: name, default, check and help stand once, here.

Keyword arguments of the Python API, directive options, config values and the manual's tables all
come from the dataclasses below.  This room knows no graph, no drawing, no torch and no Sphinx.

An option is a field made by :func:`option`.  Its *check* takes what an author gives, a text from
a docs page or a Python value, and returns the canonical, hashable value or raises ValueError with
a sentence that says what is wanted.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sphinx_visualtorch.errors import OptionError, UnknownOptionError
from sphinx_visualtorch.rules import Rule, read_rules
from sphinx_visualtorch.theme import NIGHT, PALETTES, is_colour, parse_colour

__all__ = [
    "ALIASES",
    "PRESETS",
    "STYLES",
    "STYLE_ALIASES",
    "THEMES",
    "FigureOptions",
    "Font",
    "GraphOptions",
    "LayeredOptions",
    "LenetOptions",
    "StyleOptions",
    "check_option",
    "declared",
    "make_options",
    "options_digest",
    "style_name",
    "styles_with",
]

Check = Callable[[Any], Any]

ALIASES: Mapping[str, str] = {
    "type_ignore": "ignore",
    "low_dim_orientation": "one_dim_orientation",
}
"""Other spellings that are accepted: the paper's, and those of its successor."""

STYLE_ALIASES: Mapping[str, str] = {"flow": "layered"}
"""Other names of styles."""


def option(default: Any, check: Check, help: str) -> Any:  # noqa: A002 - the word of argparse
    """Declare one option: a dataclass field with its check and its sentence for the manual."""
    return field(default=default, metadata={"check": check, "help": help})


def _redeclared(cls: type[Any], name: str, default: Any) -> Any:
    """Declare an option of a parent class anew with another default."""
    (entry,) = (entry for entry in dataclasses.fields(cls) if entry.name == name)
    return field(default=default, metadata=entry.metadata)


def _flag(value: Any) -> bool:
    # without a value, as ":legend:", it is meant
    text = str(value).strip().lower() if isinstance(value, str | int) else "?"
    if text in ("true", "yes", "on", "1", ""):
        return True
    if text in ("false", "no", "off", "0"):
        return False
    raise ValueError("true or false is wanted")


def _number(low: float, high: float, *, whole: bool = False) -> Check:
    word = "a whole number" if whole else "a number"
    wanted = f"{word} from {low:,} to {high:,} is wanted"

    def check(value: Any) -> int | float:
        if isinstance(value, bool | bytes):
            raise ValueError(wanted)
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            raise ValueError(wanted) from None
        if not low <= number <= high or (whole and number != int(number)):
            raise ValueError(wanted)
        return int(number) if whole else number + 0.0  # there is no negative zero

    return check


_UNITS = {"": 1.0, "px": 1.0, "pt": 96 / 72, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96.0}
"""px of each unit, as CSS has them."""

_LENGTH = re.compile(r"([0-9]*\.?[0-9]+) ?(px|pt|mm|cm|in|)")


def _px(text: str) -> float | None:
    """Return the px of a length with or without a unit, None for another text."""
    written = _LENGTH.fullmatch(text.strip().lower())
    return None if written is None else round(float(written[1]) * _UNITS[written[2]], 4)


def _length(low: float, high: float) -> Check:
    wanted = f"a length from {low:g} to {high:g} px is wanted, such as 640, 120mm or 5in"
    number = _number(low, high)

    def check(value: Any) -> float:
        try:
            return float(number(_px(value) if isinstance(value, str) else value))
        except ValueError:
            raise ValueError(wanted) from None

    return check


def _auto(inner: Check) -> Check:
    def check(value: Any) -> Any:
        if value is None or (isinstance(value, str) and value.strip().lower() == "auto"):
            return None
        try:
            return inner(value)
        except ValueError as error:
            raise ValueError(f"'auto', or {error}") from None

    return check


def _choice(*allowed: str) -> Check:
    def check(value: Any) -> str:
        text = value.strip().lower() if isinstance(value, str) else None
        if text not in allowed:
            raise ValueError(f"one of {', '.join(allowed)} is wanted")
        return str(text)

    return check


def _some_of(*allowed: str) -> Check:
    wanted = f"some of {', '.join(allowed)} are wanted"

    def check(value: Any) -> tuple[str, ...]:
        found = [item.strip().lower() if isinstance(item, str) else None for item in _items(value)]
        if not all(item in allowed for item in found):
            raise ValueError(wanted)
        return tuple(name for name in allowed if name in found)

    return check


def _kind(value: Any) -> str:
    """Return the name by which an author's class or function is compared.

    ``torch.nn.Conv2d`` and the text ``Conv2d`` are both Conv2d; a text may be a public path.
    """
    named = getattr(value, "__name__", "") if callable(value) else ""
    name = value.strip() if isinstance(value, str) else named
    if not name:
        raise ValueError("the name of a class or function is wanted")
    return name


def _items(value: Any) -> list[Any]:
    """Return what an author lists, as a text with commas, as a collection, or alone."""
    if value is None:
        return []
    if isinstance(value, str):
        parts = value.replace(";", ",").replace("\n", ",").split(",")
        return [part.strip() for part in parts if part.strip()]
    listed = isinstance(value, Collection) and not isinstance(value, Mapping | bytes | type)
    return list(value) if listed else [value]


def _names(value: Any) -> tuple[str, ...]:
    try:
        return tuple(sorted(set(map(_kind, _items(value)))))
    except ValueError:
        raise ValueError("names separated by commas are wanted") from None


_PATTERN = re.compile(r"[\w.*?\[\]-]+")


def _patterns(value: Any) -> tuple[str, ...]:
    try:
        names = tuple(dict.fromkeys(map(_kind, _items(value))))
    except ValueError:
        names = ("",)
    if not all(map(_PATTERN.fullmatch, names)):
        raise ValueError("module paths or class names separated by commas are wanted")
    return names


def _detail(value: Any) -> str:
    name = "none" if value is None or value is False else _kind(value)
    if not _PATTERN.fullmatch(name):
        raise ValueError("'auto', 'none', or the path or class of a module is wanted")
    return name.lower() if name.lower() in ("auto", "none") else name


_INDEX = _number(0, 10**9, whole=True)


def _indices(value: Any) -> tuple[int, ...]:
    try:
        return tuple(sorted(set(map(_INDEX, _items(value)))))
    except ValueError:
        raise ValueError("whole numbers separated by commas are wanted") from None


def _colour(value: Any) -> str:
    return parse_colour(value)


def _own_colour(value: Any) -> str:
    """Read a colour, or nothing where the theme's own is meant."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return ""
    return parse_colour(value)


def _color_map(value: Any) -> tuple[tuple[str, str, str], ...]:
    """Read ``Conv2d=orange, Linear=#08c/#024`` or ``{nn.Conv2d: {"fill": …, "outline": …}}``.

    Of several entries for one kind the last counts, as in a dict.
    """
    entries: Iterator[tuple[Any, Any, Any]]
    if value is None or isinstance(value, str):
        entries = map(_written_colours, _items(value))
    elif isinstance(value, Mapping):
        entries = (_mapped_colours(kind, colours) for kind, colours in value.items())
    elif isinstance(value, tuple) and all(isinstance(e, tuple) and len(e) == 3 for e in value):
        entries = iter(value)  # the canonical form
    else:
        raise ValueError("a mapping of classes to colours is wanted")
    found = {_kind(kind): (_own_colour(fill), _own_colour(line)) for kind, fill, line in entries}
    return tuple(sorted((kind, *pair) for kind, pair in found.items() if any(pair)))


def _mapped_colours(kind: Any, colours: Any) -> tuple[Any, Any, Any]:
    if not isinstance(colours, Mapping):
        return kind, parse_colour(colours), ""
    unknown = colours.keys() - {"fill", "outline"}
    if unknown:
        raise ValueError(f"'fill' and 'outline' are wanted, not {sorted(map(str, unknown))}")
    return kind, colours.get("fill"), colours.get("outline")


def _written_colours(text: str) -> tuple[str, str, str]:
    kind, _, colours = text.partition("=")
    fill, slash, outline = (part.strip() for part in colours.partition("/"))
    named = kind.strip() and (outline if slash else fill)
    if not named or not all(is_colour(part) for part in (fill, outline) if part):
        raise ValueError("Class=fill or Class=fill/outline, separated by commas, is wanted")
    return kind, fill, outline


def _rules(value: Any) -> tuple[Rule, ...]:
    return read_rules(value, _kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Font:
    """A type: the *family* for browsers, and the *size* of names in px.

    PNG is painted with the fonts that layouts measure with, whatever the family is.
    """

    family: str = ""
    size: float = 11.0


_FONT_SIZE = _number(4, 200)
_FAMILY = re.compile(r"[\w .,+&-]*")  # goes into SVG as it is: no quotes, no other signs


def _font(value: Any) -> Font:
    """Read a family name, ``14px Family`` or ``8pt Family``, a size, or a Pillow font object."""
    if value is None:
        return Font()
    if isinstance(value, Font):
        return _made_font(value.family, value.size)
    if isinstance(value, str):
        first, _, rest = value.strip().partition(" ")
        size = _px(first)
        if size is not None:
            return _made_font(rest.strip(), size)
        return _made_font(value.strip(), Font().size)
    if isinstance(value, int | float):
        return _made_font("", value)
    if not hasattr(value, "getmask"):
        raise ValueError("the name of a font family, or a Pillow font, is wanted")
    # Pillow's FreeTypeFont tells its size and its names; its bitmap font tells nothing
    family = value.getname()[0] if hasattr(value, "getname") else None
    return _made_font(family or "", getattr(value, "size", Font().size))


def _made_font(family: object, size: object) -> Font:
    if not isinstance(family, str) or not _FAMILY.fullmatch(family):
        raise ValueError("the name of a font family, without quotes, is wanted")
    try:
        return Font(family=family, size=_FONT_SIZE(size))
    except ValueError:
        raise ValueError("a size from 4 to 200 px is wanted, such as 14px") from None


_SIZE = _number(0, 100_000)
THEMES = ("docs", "paper", "slides", "dark")
_COUNT = _number(0, 1_000_000, whole=True)
_ALWAYS = ("name", "kind", "shape", "kernel", "features", "heads", "contents")
_ASKED = ("parameters", "flops", "memory")
_TOLD = _some_of(*_ALWAYS, *_ASKED)
_POSITIONS = ("bottom", "bottom-left", "bottom-right", "top", "top-left", "top-right")


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureOptions:
    """What every style has: which boxes there are, and how they look."""

    theme: str = option(
        "docs",
        _choice(*THEMES),
        "Where the figure is for, which chooses other defaults for many options: ``docs``, "
        "``paper``, ``slides`` or ``dark``. What is given beside it goes before it.",
    )
    depth: int | None = option(
        None,
        _auto(_number(0, 1000, whole=True)),
        "How many levels of modules are opened; deeper ones become one box. With ``auto`` as "
        "many as the budget allows.",
    )
    budget: int | None = option(
        None,
        _auto(_number(1, 1_000_000, whole=True)),
        "The number of boxes that ``depth: auto`` may use; ``auto`` is what a page can hold.",
    )
    expand: tuple[str, ...] = option(
        (),
        _patterns,
        "Modules that are opened in any case: paths or class names, with ``*`` for any text, as "
        "in ``layer1.0, encoder.*``. What stands around them is opened, too.",
    )
    collapse: tuple[str, ...] = option(
        (), _patterns, "Modules that stay one box whatever room there is, named as in ``expand``."
    )
    detail: str = option(
        "auto",
        _detail,
        "The path or class of a module whose inside is drawn in a panel below the figure. With "
        "``auto`` that is the kind of block that makes up most of the model and is closed in the "
        "figure; ``none`` leaves the panel out.",
    )
    ignore: tuple[str, ...] = option(
        (),
        _names,
        "Kinds of operation (class or function names, or roles) that are not drawn; the edges "
        "around them are joined. The paper calls it ``type_ignore``.",
    )
    index_ignore: tuple[int, ...] = option(
        (), _indices, "Leaf layers that are not drawn, by their number in the forward pass from 0."
    )
    fold: bool = option(True, _flag, "Draw equal neighbouring blocks once, with ×N.")
    merge: bool = option(
        True,
        _flag,
        "Draw convolution, norm and activation as one box with bands, and small operations such "
        "as dropout and reshapes on the edge.",
    )
    label: str = option(
        "auto",
        _choice("auto", "name", "kind", "both", "none"),
        "What a box is called: the author's ``name``, the class or function (``kind``), both, or "
        "``none``.",
    )
    show: tuple[str, ...] = option(
        (),
        _TOLD,
        "What a box tells besides what the style has chosen: what it is called (``name``, "
        "``kind``), the ``shape`` of its output, its ``kernel`` and stride, its ``features`` or "
        "channels, its ``heads``, the ``contents`` of a closed box, and, only on request, "
        "``parameters``, ``flops`` and the ``memory`` of its output.",
    )
    hide: tuple[str, ...] = option(
        (), _TOLD, "What a box does not tell, by the same names; it goes before ``show``."
    )
    # the column of the pydata theme has 608 px beside both side bars: a figure of 640 px shows its
    # smallest text there with 9 px
    max_width: float | None = option(
        640.0,
        _auto(_length(120, 100_000)),
        "The width that a figure may have, in px or with a unit (``120mm``, ``5in``, ``360pt``); "
        "longer rows are wrapped. ``auto`` never wraps.",
    )
    max_height: float | None = option(
        None,
        _auto(_length(60, 100_000)),
        "The height that a figure may have: what would be higher shows fewer boxes. ``auto`` is "
        "1.4 times the width.",
    )
    fixed_width: bool = option(
        False, _flag, "Make the figure exactly ``max_width`` wide, with the drawing in its middle."
    )
    zoom: float = option(
        1.0,
        _number(0.25, 10),
        "How many times larger everything is drawn, texts and lines too; ``max_width`` stays.",
    )
    mode: str = option(
        "auto",
        _choice("auto", "light", "dark"),
        "The colours for light or for dark grounds; ``auto`` follows ``background_fill``, or else "
        "the page.",
    )
    arrange: str = option(
        "auto",
        _choice("auto", "u", "line"),
        "How an encoder-decoder stands: as a ``u``, a row a resolution, with what is copied "
        "straight across, or in a ``line`` like anything else. With ``auto`` it is a U where "
        "there is room for one; what is no encoder-decoder is never a U.",
    )
    palette: str = option(
        "okabe_ito",
        _choice(*PALETTES),
        "The colours of the roles. ``print`` and ``grayscale`` differ in lightness, too, so that a "
        "grey copy keeps the roles apart.",
    )
    color_map: tuple[tuple[str, str, str], ...] = option(
        (),
        _color_map,
        "Colours by class, function or role: ``Conv2d=orange, Linear=#0088cc/#003355`` (fill, "
        "or fill/outline); in Python a dict as in the paper.",
    )
    style_rules: tuple[Rule, ...] = option(
        (),
        _rules,
        "How single boxes look, by module path, class, public path or ``role/…``, with ``*`` and "
        "``?``: ``encoder.*: fill=#ffd, label=Encoder; Conv2d: outline=navy``. There are "
        "``fill``, ``outline``, ``font_color``, ``label`` and ``opacity`` (0 to 255). Later rules "
        "go before earlier ones, all before ``color_map``; in Python a dict of dicts.",
    )
    background_fill: str = option("none", _colour, "The background's colour.")
    opacity: int = option(
        255, _number(0, 255, whole=True), "Of the boxes, from 0 (invisible) to 255."
    )
    outline_width: float = option(1.0, _number(0, 50), "The width of outlines in px.")
    padding: float = option(8.0, _SIZE, "The space around the figure in px.")
    legend: bool = option(
        False,
        _flag,
        "Add a legend: the roles that occur, what bands and ×N mean, and what boxes of a class are "
        "made of where that is the same for all.",
    )
    legend_position: str = option("bottom", _choice(*_POSITIONS), "Where the legend stands.")
    show_input: bool = option(True, _flag, "Draw the model's inputs.")
    show_dimension: bool = option(
        True,
        _flag,
        "Write the sizes of the tensors: the paper's word, which hides ``shape`` and ``features``.",
    )
    font: Font = option(
        Font(), _font, "The family of all texts, or size and family: ``11px Inter``."
    )
    font_color: str = option(
        "",
        _own_colour,
        "The colour of texts beside the boxes; the theme's own when empty.",
    )
    connector_fill: str = option(
        "",
        _own_colour,
        "The colour of the edges; the theme's own when empty.",
    )
    connector_width: float = option(1.3, _number(0, 50), "The width of the edges in px.")
    embed_fonts: bool = option(
        False, _flag, "Put the letters that occur into SVG files, so that they look alike anywhere."
    )
    animate: bool = option(
        False,
        _flag,
        "Show the boxes one after the other, as the data flows, when the page is opened (once, and "
        "not to readers who want no motion).",
    )

    @property
    def names_modules(self) -> bool:
        """Whether an option names modules, which a model may turn out not to have."""
        return bool(self.expand or self.collapse) or self.detail not in ("auto", "none")

    def tells(self, what: str) -> bool:
        """Say whether boxes tell *what*, a name that ``show`` and ``hide`` have."""
        if what in self.hide or (what in ("shape", "features") and not self.show_dimension):
            return False
        return what in self.show or what in _ALWAYS

    @property
    def tells_costs(self) -> bool:
        """Whether boxes tell numbers that they do not tell by themselves."""
        return any(map(self.tells, _ASKED))

    def asks(self, what: str) -> bool:
        """Say whether the author wants *what* to be told, wherever there is such a thing."""
        return what in self.show and self.tells(what)


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeOptions(FigureOptions):
    """What the styles share that draw tensors as bodies."""

    scale: str = option(
        "soft",
        _choice("soft", "linear"),
        "How sizes become px: ``soft`` keeps 3 and 2,048 channels both readable, ``linear`` "
        "multiplies by ``scale_z`` and ``scale_xy``.",
    )
    min_z: float = option(6.0, _SIZE, "The least extent along the channels in px.")
    min_xy: float = option(10.0, _SIZE, "The least height of a body in px.")
    max_xy: float = option(140.0, _SIZE, "The greatest height of a body in px.")
    scale_z: float = option(1.0, _number(0, 1000), "A factor on the extent along the channels.")
    scale_xy: float = option(1.0, _number(0, 1000), "A factor on the height.")
    one_dim_orientation: str = option(
        "z",
        _choice("x", "y", "z"),
        "The axis along which a layer with one dimension is drawn. The paper's successor calls "
        "it ``low_dim_orientation``.",
    )
    spacing: float = option(22.0, _SIZE, "The least space between two bodies in px.")
    draw_funnel: bool = option(
        True, _flag, "Draw lines from body to body that show the change of size."
    )
    shade_step: int = option(
        10, _number(0, 255, whole=True), "How much the faces of a body differ in lightness."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LayeredOptions(VolumeOptions):
    """Volumes or flat boxes sized by their tensors (also called ``flow``)."""

    # a little translucent, so that edges behind can be seen
    opacity: int = _redeclared(VolumeOptions, "opacity", 230)
    max_z: float = option(70.0, _SIZE, "The greatest extent along the channels in px.")
    draw_volume: bool = option(True, _flag, "Draw volumes; flat boxes otherwise.")
    overlap: bool = option(
        False,
        _flag,
        "Draw volumes steeper and one before the depth of the other, with ``spacing`` from front "
        "to front, as the paper does. In models with branches, in rows of limited width and with "
        "sizes at their edges they stay clear of each other.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LenetOptions(VolumeOptions):
    """Stacks of feature maps with ``C@H×W`` above, as LeCun et al. drew LeNet-5 in 1998."""

    max_channels: int = option(
        8, _number(1, 10_000, whole=True), "How many maps of a stack are drawn."
    )
    offset_z: float = option(5.0, _SIZE, "The shift from map to map in px.")


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphOptions(FigureOptions):
    """Nodes and links, with neurons as circles for small dense models."""

    direction: str = option(
        "auto",
        _choice("right", "down", "auto"),
        "Which way data flows: to the ``right`` in rows, or ``down``. ``auto`` runs down where "
        "rows would be tied by many lines and one column fits.",
    )
    node_size: float = option(34.0, _number(4, 1000), "The height of boxes, the size of neurons.")
    layer_spacing: float = option(22.0, _SIZE, "The space between two ranks in px.")
    node_spacing: float = option(14.0, _SIZE, "The space between boxes of a rank in px.")
    ellipsize_after: int = option(
        10,
        _number(1, 10_000, whole=True),
        "The neurons of a layer beyond which an ellipsis stands for the rest.",
    )
    show_neurons: bool | None = option(
        None,
        _auto(_flag),
        "Draw neurons as circles; ``auto`` does so for chains of dense layers with at most "
        "64 neurons each.",
    )


PRESETS: Mapping[str, Mapping[str, Any]] = {
    "docs": {},
    # texts of at least 8 pt, colours that a grey copy keeps apart, nothing that a page may change
    "paper": {
        "max_width": "120mm",
        "fixed_width": True,
        "zoom": 1.125,
        "mode": "light",
        "background_fill": "white",
        "palette": "print",
        "outline_width": 1.15,
        "embed_fonts": True,
    },
    # names of 18 px, for a slide of 1280 × 720
    "slides": {
        "max_width": 1280,
        "max_height": 720,
        "zoom": 1.64,
        "outline_width": 1.4,
        "connector_width": 1.6,
    },
    "dark": {"mode": "dark", "background_fill": NIGHT},
}
"""The defaults that a theme changes."""

StyleOptions = LayeredOptions | LenetOptions | GraphOptions

STYLES: Mapping[str, type[StyleOptions]] = {
    "layered": LayeredOptions,
    "lenet": LenetOptions,
    "graph": GraphOptions,
}
"""The styles with their options."""


def style_name(text: object) -> str:
    """Return the style that *text* names.

    :raises OptionError: listing the allowed ones.
    """
    name = str(text).strip().lower()
    name = STYLE_ALIASES.get(name, name)
    if name not in STYLES:
        allowed = ", ".join([*STYLES, *STYLE_ALIASES])
        raise OptionError("style", text, f"one of {allowed} is wanted")
    return name


def declared(style: str) -> Iterator[tuple[str, Any, str]]:
    """Yield name, default and help of each option of a style."""
    for entry in dataclasses.fields(STYLES[style]):
        yield entry.name, entry.default, entry.metadata["help"]


def styles_with(name: str) -> list[str]:
    """Return the styles that have the option *name*."""
    return [style for style in STYLES if any(name == known for known, _, _ in declared(style))]


def check_option(style: str, name: str, value: Any) -> tuple[str, Any]:
    """Return the canonical name and value of one option.

    :raises UnknownOptionError: if the style has no such option.
    :raises OptionError: if it cannot have this value.
    """
    cls = STYLES[style]
    known = {entry.name: entry for entry in dataclasses.fields(cls)}
    canonical = name.replace("-", "_")
    canonical = ALIASES.get(canonical, canonical)
    if canonical not in known:
        raise UnknownOptionError(name, style, [*known, *ALIASES], styles_with(canonical))
    try:
        return canonical, known[canonical].metadata["check"](value)
    except ValueError as error:
        raise OptionError(name, value, str(error)) from error


def make_options(
    style: str, values: Mapping[str, Any], defaults: Mapping[str, Any] | None = None
) -> StyleOptions:
    """Return the options of *style* with *values*, each checked; aliases are accepted.

    *defaults* are those of a project.  A theme that is among *values* goes before them, one that
    is among *defaults* is the weakest of all.

    :raises UnknownOptionError: if the style has no such option (a TypeError).
    :raises OptionError: if an option cannot have its value (a ValueError).
    """
    own, usual = _checked(style, values), _checked(style, defaults or {})
    if "theme" in own:
        usual |= _preset(style, own["theme"])
    else:
        usual = _preset(style, usual.get("theme", "docs")) | usual
    return STYLES[style](**{**usual, **own})


def _preset(style: str, theme: str) -> dict[str, Any]:
    return _checked(style, PRESETS[theme])


def _checked(style: str, values: Mapping[str, Any]) -> dict[str, Any]:
    checked: dict[str, Any] = {}
    for name, value in values.items():
        canonical, made = check_option(style, name, value)
        if canonical in checked:
            raise OptionError(name, value, "it is given twice, in two spellings")
        checked[canonical] = made
    return checked


def options_digest(options: StyleOptions) -> str:
    """Return 16 hexadecimal digits that are equal for equal options of the same style."""
    data = [type(options).__name__, dataclasses.asdict(options)]
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:16]
