"""The values of conf.py."""

from __future__ import annotations

from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path, PosixPath, WindowsPath
from typing import TYPE_CHECKING, Any, Literal

from sphinx.config import ENUM

from sphinx_visualtorch.errors import (
    OptionError,
    ReportedError,
    UnknownOptionError,
    VisualTorchError,
)
from sphinx_visualtorch.sphinx_ext.log import warn
from sphinx_visualtorch.styles import STYLE_ALIASES, STYLE_NAMES

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config

__all__ = [
    "EMBED",
    "NEVER",
    "Mode",
    "add_values",
    "check_values",
    "default_options",
    "default_style",
    "embeds",
    "limits",
    "link_map",
    "store_name",
    "trace_mode",
]

Mode = Literal["auto", "never", "always"]
"""When models are traced: where the store is not enough, not at all, or all of them."""

EMBED = ("auto", "inline", "img")
"""How HTML may hold a figure."""

NEVER = (
    "visualtorch_trace is 'never'; run 'sphinx-visualtorch trace' where torch is installed, and "
    "commit the store"
)
"""Why nothing is traced or listed, where that was forbidden."""

_MODES: tuple[Mode, ...] = ("auto", "never", "always")

_STYLE = "layered"
_STORE = "_visualtorch"
_SECONDS = 60
_GIGABYTES = 4
_KILOBYTES = 200
_MOST = 1_000_000


def add_values(app: Sphinx) -> None:
    """Register all values."""
    app.add_config_value(
        "visualtorch_style",
        _STYLE,
        "env",
        ENUM(*STYLE_NAMES, *STYLE_ALIASES),
        "The style of figures that do not name one.",
    )
    app.add_config_value(
        "visualtorch_options",
        {},
        "env",
        frozenset({dict}),
        "Options for all figures; a style takes from it what it knows.",
    )
    app.add_config_value(
        "visualtorch_store",
        _STORE,
        "",
        frozenset({str, PosixPath, WindowsPath, type(None)}),
        "The directory of traced graphs, relative to conf.py; None keeps it with the doctrees.",
    )
    app.add_config_value(
        "visualtorch_trace",
        _MODES[0],
        "",
        ENUM(*_MODES),
        "When models are traced: auto, if the store is not enough; never; or always, all of them.",
    )
    app.add_config_value(
        "visualtorch_timeout",
        _SECONDS,
        "",
        frozenset({int, float}),
        "How many seconds building and running one model may take.",
    )
    app.add_config_value(
        "visualtorch_max_memory",
        _GIGABYTES,
        "",
        frozenset({int, float}),
        "How many gigabytes (of 1,000,000,000 bytes) building and running one model may take.",
    )

    app.add_config_value(
        "visualtorch_embed",
        "auto",
        "html",
        ENUM(*EMBED),
        "How HTML holds a figure: inline, as an img, or auto: inline up to a size.",
    )
    app.add_config_value(
        "visualtorch_inline_limit",
        _KILOBYTES,
        "html",
        frozenset({int, float}),
        "The kilobytes of SVG beyond which a figure of embed auto is an img.",
    )
    app.add_config_value(
        "visualtorch_link_map",
        {},
        "html",
        frozenset({dict}),
        "Where boxes lead to whose class no page of the project and no inventory describes.",
    )
    app.add_config_value(
        "visualtorch_galleries",
        {},
        "env",
        frozenset({dict}),
        "Galleries by the name of their document, for which pages are written.",
    )


def store_name(config: Config) -> str | Path | None:
    """Return the store's directory; that another type is wrong, Sphinx itself has said."""
    name = config.visualtorch_store
    if name is None:
        return None
    return name if isinstance(name, str | Path) and not _no_directory(name) else _STORE


def default_style(config: Config) -> str:
    """Return the project's style; Sphinx itself has warned if there is no such style."""
    style = str(config.visualtorch_style)
    style = STYLE_ALIASES.get(style, style)
    return style if style in STYLE_NAMES else _STYLE


def default_options(config: Config, style: str) -> dict[str, Any]:
    """Return those of the project's options that *style* has, by their canonical names.

    What is wrong with the others, :func:`check_values` has said.
    """
    from sphinx_visualtorch.options import check_option

    found = {}
    for name, value in _options(config).items():
        with suppress(UnknownOptionError, OptionError):
            canonical, checked = check_option(style, str(name), value)
            found[canonical] = checked
    return found


def check_values(_app: Sphinx, config: Config) -> None:
    """Warn of options in conf.py that no style has, or that cannot have their value."""
    limits = (
        ("visualtorch_timeout", "seconds", _SECONDS),
        ("visualtorch_max_memory", "gigabytes", _GIGABYTES),
        ("visualtorch_inline_limit", "kilobytes", _KILOBYTES),
    )
    for name, unit, default in limits:
        value = config[name]
        # that another type is wrong, Sphinx itself has said
        if isinstance(value, int | float) and not _is_limit(value):
            _told(name, f"a number of {unit} above 0 is wanted, not {value!r}; {default} is taken")
    words = (
        ("visualtorch_style", _STYLE, {*STYLE_NAMES, *STYLE_ALIASES}),
        ("visualtorch_trace", _MODES[0], {*_MODES}),
        ("visualtorch_embed", EMBED[0], {*EMBED}),
    )
    for name, word, allowed in words:
        value = config[name]
        # to Sphinx, a list of such words is as good as one
        if isinstance(value, list | tuple) and allowed.issuperset(map(str, value)):
            _told(name, f"one word is wanted, not {value!r}; {word!r} is taken")
    if _no_directory(config.visualtorch_store):
        problem = f"no directory can be called {config.visualtorch_store!r}; {_STORE!r} is taken"
        _told("visualtorch_store", problem)
    _check_names(config)
    for pattern, address in _pairs(config):
        if not isinstance(pattern, str) or not (address is None or isinstance(address, str)):
            problem = f"a text and an address, or None, are wanted, not {pattern!r}: {address!r}"
            _told("visualtorch_link_map", problem)
    for name, value in _options(config).items():
        error = _problem(str(name), value)
        if error is not None:
            warn(ReportedError(error.stage, f"visualtorch_options in conf.py: {error}"))


def _told(name: str, problem: str) -> None:
    warn(ReportedError("option", f"{name} in conf.py: {problem}"))


def _check_names(config: Config) -> None:
    """Warn of names in conf.py that are nearly ours; Sphinx takes them for the author's own.

    Beside the one that is ours, such a name may well be of the author's own.
    """
    own, near = "visualtorch_", 0.7
    written: Any = getattr(config, "_raw_config", {})
    unknown = [name for name in written if name.startswith(own) and name not in config]
    known = [name.removeprefix(own) for name in config.values if name.startswith(own)]
    for name in unknown:
        for meant in get_close_matches(name.removeprefix(own), known, n=1, cutoff=near):
            if own + meant not in written:
                _told(name, f"there is no such value; did you mean {own + meant!r}?")


def _no_directory(name: Any) -> bool:
    # an empty name is the directory of conf.py, all over which graphs would be strewn
    return isinstance(name, str | Path) and (not str(name).strip() or "\0" in str(name))


def _options(config: Config) -> dict[Any, Any]:
    # that another type is wrong, Sphinx itself has said
    options = config.visualtorch_options
    return options if isinstance(options, dict) else {}


def _pairs(config: Config) -> list[tuple[Any, Any]]:
    given = config.visualtorch_link_map
    return [*given.items()] if isinstance(given, dict) else []


def link_map(config: Config) -> dict[str, str | None]:
    """Return address by pattern; :func:`check_values` has said what is wrong with others."""
    return {
        pattern: address
        for pattern, address in _pairs(config)
        if isinstance(pattern, str) and (address is None or isinstance(address, str))
    }


def embeds(config: Config, wanted: str, size: int) -> bool:
    """Say whether a figure of *size* bytes, whose author wants *wanted*, is inline in HTML."""
    word = wanted or str(config.visualtorch_embed)
    if word in ("inline", "img"):
        return word == "inline"
    limit = config.visualtorch_inline_limit
    return size <= 1000 * (limit if _is_limit(limit) else _KILOBYTES)


def trace_mode(config: Config) -> Mode:
    """Return when models are traced; that another value is wrong, Sphinx itself has said."""
    given = config.visualtorch_trace
    return next((mode for mode in _MODES if mode == given), _MODES[0])


def limits(config: Config) -> dict[str, float]:
    """Return what a model may take: the seconds, ``timeout``, and the bytes, ``max_memory``.

    :func:`check_values` has said what is wrong with them.
    """
    seconds, gigabytes = config.visualtorch_timeout, config.visualtorch_max_memory
    # however large a number is meant, or infinity: no clock and no machine has more
    return {
        "timeout": float(min(seconds, _MOST) if _is_limit(seconds) else _SECONDS),
        "max_memory": float(min(gigabytes, _MOST) if _is_limit(gigabytes) else _GIGABYTES) * 1e9,
    }


def _is_limit(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def _problem(name: str, value: Any) -> VisualTorchError | None:
    errors = [_style_problem(style, name, value) for style in STYLE_NAMES]
    unknown = [error for error in errors if isinstance(error, UnknownOptionError)]
    if len(unknown) < len(errors):
        return next(error for error in errors if not isinstance(error, UnknownOptionError))
    allowed = {other for error in unknown for other in error.allowed}
    return UnknownOptionError(name, "", allowed)


def _style_problem(style: str, name: str, value: Any) -> OptionError | UnknownOptionError | None:
    # projects that set no options do not load them before a page is read
    from sphinx_visualtorch.options import check_option

    try:
        check_option(style, name, value)
    except (OptionError, UnknownOptionError) as error:
        return error
    return None
