"""Reading the pages of a project outside of a build, for the command line.

The project's own ``conf.py`` and extensions run, as they do in a build; of the models nothing
does.  What is read is forgotten again: no output is written.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sphinx.application import Sphinx
from sphinx.errors import ConfigError
from sphinx.util.docutils import docutils_namespace, patch_docutils

from sphinx_visualtorch.errors import DocsError, printable, shortened
from sphinx_visualtorch.sphinx_ext.config import store_name

if TYPE_CHECKING:
    from sphinx.environment import BuildEnvironment

__all__ = ["Docs", "Pages", "Watch", "reading"]

Watch = Callable[[int, str], None]
"""What is told of each page that is going to be read: how many there are, and its name."""

_EXTENSION = "sphinx_visualtorch"
_VALUE = re.compile(r"The config value .visualtorch_")
_HUSHED = ("visualtorch", "myst")


@dataclass(frozen=True, slots=True, kw_only=True)
class Docs:
    """A project: *source* has its pages, *conf* its ``conf.py``; the rest is as for a build."""

    source: Path
    conf: Path
    settings: tuple[tuple[str, str], ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """An application that has read its pages, and what it had to complain of.

    *problems* are those of which a figure may be missing; *warnings* are all, as in a build.
    """

    app: Sphinx
    problems: tuple[str, ...]
    warnings: tuple[str, ...]


@contextmanager
def reading(docs: Docs, watch: Watch) -> Iterator[Pages]:
    """Read all pages of *docs*; what is made in between is forgotten at the end.

    :raises DocsError: if that is not possible.
    """
    heard = _Heard()
    with contextlib.ExitStack() as stack:
        place = stack.enter_context(tempfile.TemporaryDirectory(prefix="visualtorch-"))
        stack.callback(os.chdir, Path.cwd())
        stack.callback(setattr, sys, "path", [*sys.path])
        stack.enter_context(patch_docutils(docs.conf))
        stack.enter_context(docutils_namespace())
        # what conf.py prints is no result of a command
        with contextlib.redirect_stdout(sys.stderr):
            app = _opened(docs, Path(place), heard)
            _read(app, docs, watch)
        yield Pages(app=app, problems=heard.problems, warnings=tuple(heard.records))


def _opened(docs: Docs, place: Path, heard: _Heard) -> Sphinx:
    settings: dict[str, Any] = {**dict(docs.settings), "show_warning_types": "1"}
    with _in_words(docs.conf / "conf.py"):
        app = Sphinx(
            docs.source,
            docs.conf,
            place / "out",
            place / "doctrees",
            "dummy",
            {**settings, "visualtorch_trace": "never"},
            status=None,
            warning=heard,
            freshenv=True,
            tags=docs.tags,
        )
    # a figure that a build passes over in silence is as wrong as any other
    hushed = app.config.suppress_warnings
    app.config.suppress_warnings = [kind for kind in hushed if not str(kind).startswith(_HUSHED)]
    conf = str(docs.conf / "conf.py")
    if _EXTENSION not in app.extensions:
        raise DocsError(conf, f"{_EXTENSION!r} is not among its extensions")
    if store_name(app.config) is None:
        raise DocsError(conf, "with visualtorch_store = None there is no store")
    return app


def _read(app: Sphinx, docs: Docs, watch: Watch) -> None:
    total = 0

    def count(_app: Sphinx, _env: BuildEnvironment, docnames: list[str]) -> None:
        nonlocal total
        total = len(docnames)

    app.connect("env-before-read-docs", count)
    app.connect("source-read", lambda _app, docname, _text: watch(total, docname))
    with _in_words(docs.source):
        app.builder.read()


class _Heard(io.StringIO):
    """The warnings of Sphinx, each written at once."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[str] = []

    def write(self, text: str) -> int:
        record = printable(_COLOUR.sub("", text)).strip()
        if record:
            self.records.append(record)
        return len(text)

    @property
    def problems(self) -> tuple[str, ...]:
        """Errors of markup, which may hide a figure, and what our own directives complain of.

        To MyST an unknown directive is no more than a warning.
        """
        return tuple(
            " ".join(_relative(record).split())
            for record in self.records
            if _ERROR.search(record) or _OWN.search(record) or _VALUE.search(record)
        )


_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_ERROR = re.compile(r"^(\S.*: )?(ERROR|CRITICAL): ")
# what the store lacks is for the survey to say
_OWN = re.compile(r"\[(visualtorch\.(?!stale|missing|torch)\w+|myst\.directive\w*)\]$")


def _relative(text: str | Path) -> str:
    """Return *text* with paths below the current directory as they are seen from there."""
    return str(text).replace(f"{Path.cwd()}{os.sep}", "")


@contextmanager
def _in_words(where: Path) -> Iterator[None]:
    """Be the seam behind which conf.py, extensions and pages may fail in any way."""
    try:
        yield
    except (DocsError, KeyboardInterrupt):
        raise
    except BaseException as error:
        cause = error.__cause__ if isinstance(error, ConfigError) and error.__cause__ else error
        at, said = str(where), _said(cause)
        frames = traceback.extract_tb(cause.__traceback__)
        lines = [frame.lineno for frame in frames if Path(frame.filename) == where.resolve()]
        if isinstance(cause, SyntaxError):
            lines = [cause.lineno]
        if lines and lines[-1]:
            at = f"{at}, line {lines[-1]}"
        raise DocsError(at, said) from error


def _said(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return "it called sys.exit()"
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    text = shortened(printable(" ".join(text.split())), 400)
    # Sphinx's own say all there is to say
    told = type(error).__module__.startswith("sphinx.")
    return text if told and text else f"{type(error).__name__}: {text}".rstrip(": ")
