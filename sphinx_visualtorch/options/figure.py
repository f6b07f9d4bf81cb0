"""The options that every style has: which boxes there are, and how they look."""

from __future__ import annotations

from dataclasses import dataclass

from sphinx_visualtorch.options import checks, looks
from sphinx_visualtorch.options.checks import option
from sphinx_visualtorch.options.looks import Font
from sphinx_visualtorch.rules import Rule
from sphinx_visualtorch.theme import PALETTES

SIZE = checks.number(0, 100_000)
THEMES = ("docs", "paper", "slides", "dark")
_ALWAYS = ("name", "kind", "shape", "kernel", "features", "heads", "contents")
_ASKED = ("parameters", "flops", "memory")
_TOLD = checks.some_of(*_ALWAYS, *_ASKED)
_POSITIONS = ("bottom", "bottom-left", "bottom-right", "top", "top-left", "top-right")


# only styles have values: what a dataclass needs for those takes its milliseconds to import
@dataclass(frozen=True, slots=True, kw_only=True, init=False, repr=False, eq=False)
class FigureOptions:
    """What every style has: which boxes there are, and how they look."""

    theme: str = option(
        "docs",
        checks.Choice(*THEMES),
        "Where the figure is for, which chooses other defaults for many options: ``docs``, "
        "``paper``, ``slides`` or ``dark``. What is given beside it goes before it.",
    )
    depth: int | None = option(
        None,
        checks.auto(checks.number(0, 1000, whole=True)),
        "How many levels of modules are opened; deeper ones become one box. With ``auto`` as "
        "many as the budget allows.",
    )
    budget: int | None = option(
        None,
        checks.auto(checks.number(1, 1_000_000, whole=True)),
        "The number of boxes that ``depth: auto`` may use; ``auto`` is what a page can hold.",
    )
    expand: tuple[str, ...] = option(
        (),
        checks.patterns,
        "Modules that are opened in any case: paths or class names, with ``*`` for any text, as "
        "in ``layer1.0, encoder.*``. What stands around them is opened, too.",
    )
    collapse: tuple[str, ...] = option(
        (),
        checks.patterns,
        "Modules that stay one box whatever room there is, named as in ``expand``.",
    )
    detail: str = option(
        "auto",
        checks.detail,
        "The path or class of a module whose inside is drawn in a panel below the figure. With "
        "``auto`` that is the kind of block that makes up most of the model and is closed in the "
        "figure; ``none`` leaves the panel out.",
    )
    ignore: tuple[str, ...] = option(
        (),
        checks.names,
        "Kinds of operation (class or function names, or roles) that are not drawn; the edges "
        "around them are joined. The paper calls it ``type_ignore``.",
    )
    index_ignore: tuple[int, ...] = option(
        (),
        checks.indices,
        "Leaf layers that are not drawn, by their number in the forward pass from 0.",
    )
    fold: bool = option(True, checks.flag, "Draw equal neighbouring blocks once, with ×N.")
    merge: bool = option(
        True,
        checks.flag,
        "Draw convolution, norm and activation as one box with bands, and small operations such "
        "as dropout and reshapes on the edge.",
    )
    label: str = option(
        "auto",
        checks.Choice("auto", "name", "kind", "both", "none"),
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
        checks.auto(checks.length(120, 100_000)),
        "The width that a figure may have, in px or with a unit (``120mm``, ``5in``, ``360pt``); "
        "longer rows are wrapped. ``auto`` never wraps.",
    )
    max_height: float | None = option(
        None,
        checks.auto(checks.length(60, 100_000)),
        "The height that a figure may have: what would be higher shows fewer boxes. ``auto`` is "
        "1.4 times the width.",
    )
    fixed_width: bool = option(
        False,
        checks.flag,
        "Make the figure exactly ``max_width`` wide, with the drawing in its middle.",
    )
    zoom: float = option(
        1.0,
        checks.number(0.25, 10),
        "How many times larger everything is drawn, texts and lines too; ``max_width`` stays.",
    )
    mode: str = option(
        "auto",
        checks.Choice("auto", "light", "dark"),
        "The colours for light or for dark grounds; ``auto`` follows ``background_fill``, or else "
        "the page.",
    )
    arrange: str = option(
        "auto",
        checks.Choice("auto", "u", "line"),
        "How an encoder-decoder stands: as a ``u``, a row a resolution, with what is copied "
        "straight across, or in a ``line`` like anything else. With ``auto`` it is a U where "
        "there is room for one; what is no encoder-decoder is never a U.",
    )
    palette: str = option(
        "okabe_ito",
        checks.Choice(*PALETTES),
        "The colours of the roles. ``print`` and ``grayscale`` differ in lightness, too, so that a "
        "grey copy keeps the roles apart.",
    )
    color_map: tuple[tuple[str, str, str], ...] = option(
        (),
        looks.color_map,
        "Colours by class, function or role: ``Conv2d=orange, Linear=#0088cc/#003355`` (fill, "
        "or fill/outline); in Python a dict as in the paper.",
    )
    style_rules: tuple[Rule, ...] = option(
        (),
        looks.rules,
        "How single boxes look, by module path, class, public path or ``role/…``, with ``*`` and "
        "``?``: ``encoder.*: fill=#ffd, label=Encoder; Conv2d: outline=navy``. There are "
        "``fill``, ``outline``, ``font_color``, ``label`` and ``opacity`` (0 to 255). Later rules "
        "go before earlier ones, all before ``color_map``; in Python a dict of dicts.",
    )
    background_fill: str = option("none", looks.colour, "The background's colour.")
    opacity: int = option(
        255, checks.number(0, 255, whole=True), "Of the boxes, from 0 (invisible) to 255."
    )
    outline_width: float = option(1.0, checks.number(0, 50), "The width of outlines in px.")
    padding: float = option(8.0, SIZE, "The space around the figure in px.")
    legend: bool = option(
        False,
        checks.flag,
        "Add a legend: the roles that occur, what bands and ×N mean, and what boxes of a class are "
        "made of where that is the same for all.",
    )
    legend_position: str = option("bottom", checks.Choice(*_POSITIONS), "Where the legend stands.")
    show_input: bool = option(True, checks.flag, "Draw the model's inputs.")
    show_dimension: bool = option(
        True,
        checks.flag,
        "Write the sizes of the tensors: the paper's word, which hides ``shape`` and ``features``.",
    )
    font: Font = option(
        Font(), looks.font, "The family of all texts, or size and family: ``11px Inter``."
    )
    font_color: str = option(
        "",
        looks.own_colour,
        "The colour of texts beside the boxes; the theme's own when empty.",
    )
    connector_fill: str = option(
        "",
        looks.own_colour,
        "The colour of the edges; the theme's own when empty.",
    )
    connector_width: float = option(1.3, checks.number(0, 50), "The width of the edges in px.")
    embed_fonts: bool = option(
        False,
        checks.flag,
        "Put the letters that occur into SVG files, so that they look alike anywhere.",
    )
    animate: bool = option(
        False,
        checks.flag,
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
