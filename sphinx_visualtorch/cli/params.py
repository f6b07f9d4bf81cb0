"""Options of commands, made from the declarations of the styles' options.

Each is checked where it is read, so that a wrong value is told at once, with its option.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import click
from click.shell_completion import CompletionItem

from sphinx_visualtorch.cli.ends import Command
from sphinx_visualtorch.options import ALIASES, STYLES, styles_with
from sphinx_visualtorch.options.checks import Check, Choice

__all__ = ["OTHER", "Listed", "Sectioned", "Text", "style_params", "style_values"]

if TYPE_CHECKING:
    _Kept = click.ParamType[str]
else:
    _Kept = click.ParamType  # older versions of click have no parameter for it

OTHER = "Other"
"""The last of the headings."""


class Sectioned(click.Option):
    """An option that ``--help`` shows under a heading of its own."""

    def __init__(self, *args: Any, section: str = "Options", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.section = section


class Listed(Command):
    """A command whose many options are listed under headings."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, section by section in the order in which they are declared."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for param in self.get_params(ctx):
            record = param.get_help_record(ctx)
            # newer versions of click have a record for arguments, too
            if record is not None and isinstance(param, click.Option):
                sections.setdefault(getattr(param, "section", OTHER), []).append(record)
        sections[OTHER] = sections.pop(OTHER)
        for name, records in sections.items():
            with formatter.section(name):
                formatter.write_dl(records)


class Text(_Kept):
    """A text that is kept as it is written, once *check* has found nothing wrong with it."""

    name = "text"

    def __init__(self, check: Check) -> None:
        self._check = check

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return *value*."""
        try:
            self._check(value)
        except ValueError as error:
            self.fail(f"{value!r}: {error}", param, ctx)
        return value

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Return the words that begin as *incomplete* does, where only some are allowed."""
        del ctx, param
        words = self._check.words if isinstance(self._check, Choice) else ()
        return [CompletionItem(word) for word in words if word.startswith(incomplete)]


class _Declared(NamedTuple):
    """An option of one or several styles."""

    name: str
    kind: str
    default: Any
    check: Check
    help: str


def _declared() -> Iterator[_Declared]:
    """Yield each option once, those of every style first."""
    found: dict[str, _Declared] = {}
    for cls in STYLES.values():
        for entry in dataclasses.fields(cls):
            check, said = entry.metadata["check"], entry.metadata["help"]
            one = _Declared(entry.name, str(entry.type), entry.default, check, said)
            found.setdefault(entry.name, one)
    yield from sorted(found.values(), key=lambda one: _section(one.name) != _section("theme"))


def _section(name: str) -> str:
    styles = styles_with(name)
    return "Figure" if len(styles) == len(STYLES) else f"Style {' and '.join(styles)}"


def style_params() -> list[click.Parameter]:
    """Return an option of a command for each option of the styles, and for their other names."""
    by_name = {one.name: one for one in _declared()}
    aliases = [_param(other, by_name[name], hidden=True) for other, name in ALIASES.items()]
    # the command has a ``--scale`` that takes the words of this one, too
    return [*(_param(name, one) for name, one in by_name.items() if name != "scale"), *aliases]


def _param(name: str, one: _Declared, *, hidden: bool = False) -> click.Parameter:
    flag = f"--{name.replace('_', '-')}"
    said = one.help.replace("``", "'")
    more: dict[str, Any] = {"section": _section(one.name), "hidden": hidden, "default": None}
    if one.kind.startswith("bool"):
        negative = f"--no-{name.replace('_', '-')}"
        return Sectioned([f"{flag}/{negative}", name], help=said + _told(one), **more)
    return Sectioned(
        [flag, name],
        type=Text(one.check),
        metavar=_metavar(one),
        multiple=_is_list(one),
        help=said + _told(one),
        **more,
    )


def _is_list(one: _Declared) -> bool:
    return one.kind.startswith("tuple")


def _metavar(one: _Declared) -> str:
    if isinstance(one.check, Choice):
        return f"[{'|'.join(one.check.words)}]"
    first, _, rest = one.kind.partition(" | ")
    known = {"int": "INTEGER", "float": "NUMBER", "Font": "FONT", "str": "TEXT"}
    return known.get(first, "LIST") + ("|auto" if rest else "")


def _told(one: _Declared) -> str:
    """Return the default in brackets, where there is one that can be written."""
    match one.default:
        case None:
            written = "auto"
        case bool():
            written = "yes" if one.default else "no"
        case int() | float():
            written = f"{one.default:g}"
        case str() if one.default:
            written = one.default
        case _:
            return ""
    return f" [{written}]"


_JOINTS: Mapping[str, str] = {"style_rules": "; "}


def style_values(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of the values *given* to a command that are options of a style.

    Not that of ``--scale``, which may be meant for a file.
    """
    known = {*(one.name for one in _declared()), *ALIASES} - {"scale"}
    values: dict[str, Any] = {}
    for name, value in given.items():
        if name in known and value not in (None, ()):
            joint = _JOINTS.get(name, ", ")
            values[name] = joint.join(value) if isinstance(value, tuple) else value
    return values
