"""``render``: a figure as files, with all that the directive takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from sphinx_visualtorch.cli import files
from sphinx_visualtorch.cli.models import (
    Ways,
    graph_of,
    limit_params,
    model_params,
    note,
    reference_of,
)
from sphinx_visualtorch.cli.params import Listed, Sectioned, Text, style_params, style_values
from sphinx_visualtorch.options import (
    NAMING,
    STYLE_ALIASES,
    STYLES,
    check_option,
    make_options,
    style_name,
)
from sphinx_visualtorch.options.checks import length, number

if TYPE_CHECKING:
    from sphinx_visualtorch.graph import ArchitectureGraph
    from sphinx_visualtorch.options import StyleOptions

__all__ = ["render"]

_FILE = "File"
_WORDS = ("soft", "linear")
_PIXELS = number(0.05, 100)
_STYLE = "layered"


def _scale(value: str) -> str | float:
    """Read the pixels per px of a file, or the scale of bodies, as the directive does."""
    word = value.strip().lower()
    try:
        return word if word in _WORDS else float(_PIXELS(value))
    except ValueError as error:
        raise ValueError(f"{error}, or one of {', '.join(_WORDS)}") from None


def _file_params() -> list[click.Parameter]:
    return [
        Sectioned(
            ["-o", "--output", "outputs"],
            multiple=True,
            required=True,
            type=click.Path(allow_dash=True),
            metavar="FILE",
            help="Where the figure goes: FILE.svg, FILE.png, FILE.pdf (with the extra pdf) or "
            "FILE.gif, an animation. May be given several times. - is the standard output.",
            section=_FILE,
        ),
        Sectioned(
            ["-f", "--format", "form"],
            type=click.Choice(files.FORMATS, case_sensitive=False),
            help="What the file is, whatever its name [by its suffix; SVG for -].",
            section=_FILE,
        ),
        Sectioned(
            ["--width"],
            type=Text(length(120, 100_000)),
            metavar="LENGTH",
            help="Make the figure exactly as wide: 800, 120mm, 5in. The same as --max-width with "
            "--fixed-width.",
            section=_FILE,
        ),
        Sectioned(
            ["--scale"],
            type=Text(_scale),
            metavar="NUMBER|soft|linear",
            multiple=True,
            help="Pixels of a PNG or GIF per px of the figure [2]. 'soft' or 'linear': how sizes "
            "of tensors become px in the styles layered and lenet. Both may be given.",
            section=_FILE,
        ),
        Sectioned(
            ["--alt"],
            default="",
            metavar="TEXT",
            help="A title for readers who cannot see the figure, inside of an SVG.",
            section=_FILE,
        ),
        Sectioned(
            ["--link", "links"],
            multiple=True,
            metavar="PATH=URL",
            help="Where the boxes of a class lead in SVG and PDF: torch.nn.Linear=https://…",
            section=_FILE,
        ),
        Sectioned(["--loop"], is_flag=True, help="Let a GIF begin again and again.", section=_FILE),
    ]


def _style_param() -> click.Parameter:
    return Sectioned(
        ["--style"],
        type=click.Choice([*STYLES, *STYLE_ALIASES], case_sensitive=False),
        default=_STYLE,
        help=f"How the model is drawn [{_STYLE}].",
        section="Figure",
    )


def _links(pairs: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for pair in pairs:
        path, sign, address = pair.partition("=")
        if not sign or not path.strip() or not address.strip():
            raise click.UsageError(f"--link {pair!r}: PATH=URL is wanted")
        found[path.strip()] = address.strip()
    return found


def _options(style: str, given: Mapping[str, Any]) -> tuple[StyleOptions, tuple[str, ...]]:
    """Return the options of the figure, and which of them are given and name layers."""
    values = style_values(given)
    words = [word for word in map(_scale, given["scale"]) if isinstance(word, str)]
    if words:
        values["scale"] = words[-1]
    if given["width"] is not None:
        if values.keys() & {"max_width", "fixed_width"}:
            raise click.UsageError("--width stands for --max-width and --fixed-width")
        values |= {"max_width": given["width"], "fixed_width": True}
    names = {check_option(style, name, value)[0] for name, value in values.items()}
    return make_options(style, values), tuple(sorted(names & NAMING))


def _tell_missed(graph: ArchitectureGraph, options: StyleOptions, given: tuple[str, ...]) -> None:
    from sphinx_visualtorch import pipeline

    for said in pipeline.missed(graph, options, given) if given else ():
        note(f"Warning: {said}")


def _render(**given: Any) -> None:
    ways = Ways.of(given)
    reference = reference_of(given)
    style = style_name(given["style"])
    options, naming = _options(style, given)
    pixels = [value for value in map(_scale, given["scale"]) if not isinstance(value, str)]
    painting = files.Painting(
        scale=pixels[-1] if pixels else 2.0, loop=given["loop"], links=_links(given["links"])
    )
    wanted = files.files(given["outputs"], given["form"])
    graph = graph_of(reference, ways)
    _tell_missed(graph, options, naming)
    from sphinx_visualtorch.pipeline import Figure

    figure = Figure(graph, style, options, words=given["alt"].strip())
    # all of them, before the first is written
    contents = {form: files.painted(figure, form, painting) for form in {f.form for f in wanted}}
    size = f"{round(figure.scene.width)} × {round(figure.scene.height)} px"
    for file in wanted:
        files.write(file, contents[file.form])
        if file.path is not None:
            note(f"{file.path}: {size}", quiet=ways.quiet)


_HELP = """Draw the model that REFERENCE names, and write the figure to one or more files.

REFERENCE is pkg.models:resnet, or pkg.models:MODELS['resnet-50']. The model is run once, on shapes
alone where it can be, in a process of its own.
"""

render = Listed(
    "render",
    callback=_render,
    help=_HELP,
    short_help="Draw a model into SVG, PNG, PDF or GIF files.",
    params=[*model_params(), *_file_params(), *limit_params(), _style_param(), *style_params()],
)
