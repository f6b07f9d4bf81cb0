"""The line and nothing else: graph → transforms → layout → scene → paint → bytes.

torch is imported only by :func:`trace`, Pillow only when an image is asked for.  What draws is
imported where something is drawn: a build that has all its pictures asks only for keys.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sphinx_visualtorch.errors import InputsError, OptionError
from sphinx_visualtorch.layout import LAYOUT_VERSION
from sphinx_visualtorch.options import StyleOptions, make_options, options_digest, style_name
from sphinx_visualtorch.paint import PAINTER_VERSION
from sphinx_visualtorch.reference import described

if TYPE_CHECKING:
    from PIL.Image import Image
    from torch import nn

    from sphinx_visualtorch.graph import ArchitectureGraph
    from sphinx_visualtorch.scene import Scene

__all__ = ["Figure", "draw", "figure", "key", "key_of", "missed", "scene", "suits", "trace"]


def trace(
    model: nn.Module,
    input_shape: object = None,
    input_dtype: object = None,
    *,
    args: Sequence[Any] | None = None,
    kwargs: Mapping[str, Any] | None = None,
) -> ArchitectureGraph:
    """Run *model* once and return its architecture graph.

    Inputs are given either as *input_shape*, sizes with the batch (``(1, 3, 224, 224)``) or a
    sequence of such tuples, with *input_dtype*, one element type or one an input; or, as in
    ``torch.export``, as ready *args* and *kwargs*.  Without any, they are looked for: what the
    model offers as ``visualtorch_inputs``, ``example_input_array``, ``dummy_inputs`` or
    ``pretrained_cfg["input_size"]``, then a guess from its first layers.  The model is left
    exactly as it was.

    :raises TraceError: if the forward pass raises.  Its ``partial`` is the graph up to there.
    :raises InputsError: if the model needs inputs and none are given or found, or both kinds are
        given.
    :raises ReferenceSyntaxError: a ValueError, if shapes or element types cannot be read.
    """
    from sphinx_visualtorch.tracing.run import trace_model, trace_shapes

    if hasattr(input_shape, "dtype"):
        problem = "input_shape is a tensor"
        raise InputsError(type(model).__name__, problem, "give it as args=(x,), or its sizes")
    if args is None and kwargs is None:
        sizes, types = described(
            "" if input_shape is None else input_shape, "" if input_dtype is None else input_dtype
        )
        return trace_shapes(model, sizes, types)
    name = type(model).__name__
    if input_shape is not None or input_dtype is not None:
        problem = "input_shape and args or kwargs are given at once"
        raise InputsError(name, problem, "give only one of the two")
    # a tensor is a sequence, too: of its rows
    if args is not None and not isinstance(args, tuple | list):
        problem = f"args is of type {type(args).__name__!r}"
        raise InputsError(name, problem, "a tuple is wanted, args=(x,) for one argument")
    return trace_model(model, args=tuple(args or ()), kwargs=kwargs)


def scene(graph: ArchitectureGraph, style: str, options: StyleOptions) -> Scene:
    """Return the scene of a traced graph in a style."""
    from sphinx_visualtorch.fitting import fitted
    from sphinx_visualtorch.layout.interface import alt_text, figure_data

    drawn = fitted(graph, style, options)
    data = (*figure_data(graph, style, graph.digest), *drawn.data)
    return replace(drawn, data=data, title=graph.name, description=alt_text(graph))


def suits(graph: ArchitectureGraph, style: str, options: StyleOptions) -> bool:
    """Say whether *graph* has all the modules that *options* name."""
    from sphinx_visualtorch.transforms.prepare import prepare

    try:
        prepare(graph, style, options)
    except OptionError:
        return False
    return True


def missed(graph: ArchitectureGraph, options: StyleOptions, given: tuple[str, ...]) -> list[str]:
    """Return what is to be said of names in the options *given* that nothing in *graph* has."""
    from sphinx_visualtorch.transforms.missed import missed as errors

    return [str(error) for error in errors(graph, options, given)]


def key(graph: ArchitectureGraph, style: str, options: StyleOptions) -> str:
    """Return what a picture depends on, as 32 hexadecimal digits."""
    return key_of(graph.digest, style, options)


def key_of(digest: str, style: str, options: StyleOptions) -> str:
    """Return the key of a picture of the graph with this *digest*."""
    versions = f"{LAYOUT_VERSION}.{PAINTER_VERSION}"
    text = "/".join([digest, style, options_digest(options), versions])
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@dataclass(frozen=True, repr=False)
class Figure:
    """A figure of a model: a graph in a style, drawn when it is asked for.

    Notebooks show it by itself.  *words* are for readers who cannot see it, in place of those that
    are made from the graph.
    """

    graph: ArchitectureGraph
    style: str
    options: StyleOptions
    words: str = ""

    def __repr__(self) -> str:
        """Return one line: style and model."""
        return f"<{type(self).__name__} {self.style} of {self.graph!r}>"

    @cached_property
    def scene(self) -> Scene:
        """The drawing as plain data."""
        drawn = scene(self.graph, self.style, self.options)
        return replace(drawn, title=self.words, description="") if self.words else drawn

    @property
    def key(self) -> str:
        """What the picture depends on; equal keys are equal pictures."""
        return key(self.graph, self.style, self.options)

    @property
    def alt(self) -> str:
        """A sentence for readers who cannot see the figure."""
        from sphinx_visualtorch.layout.interface import alt_text

        return self.words or alt_text(self.graph)

    def svg(  # noqa: PLR0913 - the ways in which one drawing may be written down
        self,
        *,
        inline: bool = False,
        prefix: str = "",
        links: Mapping[str, str] | None = None,
        theme: str = "light",
        animated: bool | None = None,
        embed_fonts: bool | None = None,
    ) -> str:
        """Return the figure as SVG text.

        *inline* is for HTML pages (it follows their dark mode), with ids that begin with
        *prefix*; *links* maps public import paths to addresses; *theme* is ``light`` or ``dark``;
        *animated* shows the boxes one after the other, by default as the option ``animate`` says;
        *embed_fonts* puts the letters that occur into a file, which looks the same everywhere then,
        by default as the option of that name says.
        """
        from sphinx_visualtorch.paint.svg import svg

        return svg(
            self.scene,
            inline=inline,
            prefix=prefix,
            links=links,
            theme=theme,
            animated=self.options.animate if animated is None else animated,
            embed_fonts=self.options.embed_fonts and not inline
            if embed_fonts is None
            else embed_fonts,
        )

    def png(self, *, scale: float = 2.0, theme: str = "light") -> bytes:
        """Return the figure as PNG with *scale* image pixels per CSS pixel."""
        from sphinx_visualtorch.paint.png import png

        return png(self.scene, scale=scale, theme=theme)

    def image(self, *, scale: float = 2.0, theme: str = "light") -> Image:
        """Return the figure as a Pillow image."""
        from sphinx_visualtorch.paint.png import image

        return image(self.scene, scale=scale, theme=theme)

    def pdf(self, *, links: Mapping[str, str] | None = None, theme: str = "light") -> bytes:
        """Return the figure as a PDF file of one page, 0.75 pt per CSS pixel, fonts inside.

        :raises PdfMissingError: an ImportError, if the extra ``pdf`` is not installed.
        """
        from sphinx_visualtorch.paint.pdf import pdf

        return pdf(self.scene, links=links, theme=theme)

    def gif(self, *, scale: float = 2.0, theme: str = "light", loop: bool = False) -> bytes:
        """Return the figure as an animated GIF that shows the boxes one after the other.

        With *loop* it begins again and again.
        """
        from sphinx_visualtorch.paint.gif import gif

        return gif(self.scene, scale=scale, theme=theme, loop=loop)

    def save(
        self,
        path: str | Path,
        *,
        scale: float = 2.0,
        animated: bool | None = None,
        embed_fonts: bool | None = None,
    ) -> Path:
        """Write the figure to *path* and return the path.

        Its suffix says how: ``.svg``, ``.png``, ``.pdf``, or ``.gif`` for an animation.  *scale*
        is for PNG and GIF, *animated* and *embed_fonts* are for SVG, as for :meth:`svg`.

        :raises OptionError: if the suffix is another one.
        :raises PdfMissingError: as :meth:`pdf`.
        """
        target = Path(path)
        match target.suffix.lower():
            case ".svg":
                text = self.svg(animated=animated, embed_fonts=embed_fonts)
                target.write_bytes(text.encode())
            case ".gif":
                target.write_bytes(self.gif(scale=scale))
            case ".png":
                target.write_bytes(self.png(scale=scale))
            case ".pdf":
                target.write_bytes(self.pdf())
            case other:
                wanted = f".svg, .png, .pdf or .gif is wanted, not {other!r}"
                raise OptionError("path", str(path), wanted)
        return target

    def _repr_svg_(self) -> str:
        return self.svg()

    def _repr_png_(self) -> bytes:
        return self.png()


def figure(graph: ArchitectureGraph, style: str, options: StyleOptions) -> Figure:
    """Return the figure of a traced graph; nothing is drawn yet."""
    return Figure(graph, style, options)


def draw(  # noqa: PLR0913 - the inputs as torch.export has them, options by name
    graph_or_model: ArchitectureGraph | nn.Module,
    style: str = "layered",
    *,
    input_shape: object = None,
    input_dtype: object = None,
    args: Sequence[Any] | None = None,
    kwargs: Mapping[str, Any] | None = None,
    **options: Any,
) -> Figure:
    """Return the figure of a graph, or of a model that is traced first.

    *style* is ``layered`` (or ``flow``), ``lenet`` or ``graph``; *options* are those of the
    style; the rest is as for :func:`trace`.

    :raises UnknownOptionError: a TypeError that lists near names, if the style has no such
        option.
    :raises OptionError: a ValueError that says what is allowed.
    :raises InputsError: as :func:`trace`, or if inputs are given with a graph.
    """
    from sphinx_visualtorch.graph import ArchitectureGraph

    name = style_name(style)
    made = make_options(name, options)
    if not isinstance(graph_or_model, ArchitectureGraph):
        graph = trace(graph_or_model, input_shape, input_dtype, args=args, kwargs=kwargs)
        return Figure(graph, name, made)
    if any(given is not None for given in (input_shape, input_dtype, args, kwargs)):
        problem = "inputs are given with a graph, which was traced with its own"
        raise InputsError(graph_or_model.name, problem, "give them with the model")
    return Figure(graph_or_model, name, made)
