"""What the commands share that read a docs project: parameters, progress, how places are told."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sphinx_visualtorch.cli.models import note
from sphinx_visualtorch.cli.params import OTHER, Sectioned

if TYPE_CHECKING:
    from sphinx_visualtorch.sphinx_ext.project.reading import Docs, Pages
    from sphinx_visualtorch.sphinx_ext.project.survey import Known, Survey

__all__ = ["bar", "counted", "docs_params", "pages_of", "places", "surveyed", "tell", "traced_by"]

_READING = "Reading the docs"


def docs_params() -> list[click.Parameter]:
    """Return the parameters that name a project and say how it is read."""
    directory = click.Path(exists=True, file_okay=False, path_type=Path)
    several: dict[str, Any] = {"section": _READING, "multiple": True}
    return [
        click.Argument(["source"], metavar="SRCDIR", type=directory),
        Sectioned(
            ["-c", "--conf-dir", "conf"],
            type=directory,
            metavar="DIRECTORY",
            help="Where conf.py is, if not in SRCDIR.",
            section=_READING,
        ),
        Sectioned(
            ["-D", "--define", "settings"],
            metavar="NAME=VALUE",
            help="Override a value of conf.py, as for sphinx-build.",
            **several,
        ),
        Sectioned(
            ["-t", "--tag", "tags"],
            metavar="TAG",
            help="Define a tag, as for sphinx-build.",
            **several,
        ),
        Sectioned(
            ["-v", "--verbose"],
            is_flag=True,
            help="Show Sphinx's warnings, what models print, and tracebacks.",
            section=OTHER,
        ),
        Sectioned(["-q", "--quiet"], is_flag=True, help="Say nothing but errors.", section=OTHER),
    ]


class Bar:
    """A bar of progress, where somebody is looking and wants one."""

    def __init__(self, label: str, *, quiet: bool) -> None:
        self._label = label
        self.shown = sys.stderr.isatty() and not quiet
        self._bar: Any = None

    def begin(self, total: int) -> None:
        """Say how many there are, before the first is done."""
        if self.shown and self._bar is None and total:
            self._bar = click.progressbar(
                length=total,
                label=self._label,
                item_show_func=lambda item: item and str(item)[:40],
                file=sys.stderr,
            )
            self._bar.__enter__()

    def step(self, total: int, text: str) -> None:
        """Say that one more of *total* is done."""
        self.begin(total)
        if self._bar is not None:
            self._bar.update(1, text)

    def end(self) -> None:
        """Leave the bar as it is; what is said next stands below it."""
        if self._bar is not None:
            self._bar.__exit__(None, None, None)


@contextmanager
def bar(label: str, *, quiet: bool) -> Iterator[Bar]:
    """Have a bar of progress; see :class:`Bar`."""
    made = Bar(label, quiet=quiet)
    try:
        yield made
    finally:
        made.end()


def _docs(given: Mapping[str, Any]) -> Docs:
    from sphinx_visualtorch.sphinx_ext.project.reading import Docs

    source, conf = given["source"], given["conf"] or given["source"]
    if not (conf / "conf.py").is_file():
        told = f"{conf} has no conf.py"
        near = [conf / name for name in ("source", "docs", "doc", "docs/source", "doc/source")]
        found = next((str(path) for path in near if (path / "conf.py").is_file()), None)
        raise click.UsageError(f"{told}; did you mean {found}?" if found else told)
    settings = []
    for text in given["settings"]:
        name, sign, value = text.partition("=")
        if not sign or not name:
            raise click.UsageError(f"-D {text!r}: NAME=VALUE is wanted")
        settings.append((name, value))
    return Docs(source=source, conf=conf, settings=tuple(settings), tags=given["tags"])


@contextmanager
def pages_of(given: Mapping[str, Any]) -> Iterator[Pages]:
    """Read the pages of the project that a command's parameters name.

    :raises DocsError: if that is not possible.
    """
    docs = _docs(given)
    # Sphinx takes half a second to import: not for a command line that is wrong
    from sphinx_visualtorch.sphinx_ext.project.reading import reading

    with contextlib.ExitStack() as stack:
        with bar("reading pages", quiet=given["quiet"]) as shown:
            pages = stack.enter_context(reading(docs, shown.step))
        if given["verbose"]:
            for text in pages.warnings:
                note(text)
        yield pages


def tell(lines: Iterable[str]) -> None:
    """Say several things, a line each."""
    for line in lines:
        note(line)


def surveyed(pages: Pages) -> Survey:
    """Return what the store has for *pages*."""
    from sphinx_visualtorch.sphinx_ext.project.survey import survey

    return survey(pages.app)


def traced_by(given: Mapping[str, Any]) -> str:
    """Return the command that makes what another one, with these parameters, has not found."""
    words = ["sphinx-visualtorch", "trace", str(given["source"])]
    words += ["-c", str(given["conf"])] if given["conf"] else []
    words += [word for text in given["settings"] for word in ("-D", text)]
    words += [word for tag in given["tags"] for word in ("-t", tag)]
    return shlex.join(words)


_PLACE = re.compile(r"^(.*?)(?::(\d+))?$")


def places(found: Iterable[Known]) -> str:
    """Return where something is shown: the first place, and how many more there are."""
    several = list(dict.fromkeys(known.location or known.docname for known in found))
    more = f" (and {len(several) - 1} more)" if len(several) > 1 else ""
    return f"{_near(several[0])}{more}"


def _near(location: str) -> str:
    """Return a path as seen from the current directory, if it is below."""
    prefix = f"{Path.cwd()}{os.sep}"
    return location.removeprefix(prefix)


def counted(number: int, noun: str) -> str:
    """Return ``1 graph``, ``2 graphs``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
