"""How a command ends: exit codes, and one clear message in place of a traceback."""

from __future__ import annotations

import os
import re
import sys
import traceback
from contextlib import suppress
from enum import IntEnum
from typing import Any

import click

from sphinx_visualtorch.errors import (
    DocsError,
    OptionError,
    PdfMissingError,
    ReferenceSyntaxError,
    StoreError,
    UnknownOptionError,
    VisualTorchError,
)

__all__ = ["Command", "End", "FoundError", "PlaceError", "UnreadError", "in_options"]


class End(IntEnum):
    """The exit codes; the manual lists them."""

    FINE = 0
    FOUND = 1
    """A model cannot be found, built, run or drawn; or something is stale or missing."""
    USAGE = 2
    """The command line is wrong."""
    DOCS = 3
    """The docs cannot be read."""
    PLACE = 4
    """Something is not installed, or cannot be written."""
    INTERRUPTED = 130
    """By Ctrl-C, as shells have it."""


class FoundError(click.ClickException):
    """What :attr:`End.FOUND` stands for."""

    exit_code = int(End.FOUND)


class UnreadError(click.ClickException):
    """What :attr:`End.DOCS` stands for."""

    exit_code = int(End.DOCS)


class PlaceError(click.ClickException):
    """What :attr:`End.PLACE` stands for."""

    exit_code = int(End.PLACE)


_OF_DIRECTIVE = re.compile(r":(args|kwargs|input-shape|input-dtype|inputs):")
_NOT_FOUND = ": the import path has no "
_OF_CONF = {"visualtorch_timeout": "--timeout", "visualtorch_max_memory": "--max-memory"}


def in_options(text: str) -> str:
    """Return a message of the package's with the names that things have on the command line."""
    text = _OF_DIRECTIVE.sub(r"--\1", text)
    for name, written in _OF_CONF.items():
        text = text.replace(name, written)
    return f"{text} (--path adds a directory to it)" if _NOT_FOUND in text else text


def _ended(error: Exception, ctx: click.Context) -> click.ClickException:
    match error:
        case ReferenceSyntaxError() | OptionError() | UnknownOptionError():
            return click.UsageError(in_options(str(error)), ctx)
        case DocsError():
            return UnreadError(str(error))
        case StoreError() | PdfMissingError():
            return PlaceError(str(error))
        case VisualTorchError():
            message = in_options(str(error))
            return PlaceError(message) if error.stage == "torch" else FoundError(message)
        case OSError() if error.strerror:
            # of a file; without a name it is the standard output
            if not error.filename:
                _let_go_of_output()
            where = error.filename or "the output"
            return PlaceError(f"cannot write {where}: {error.strerror}")
    said = f"{type(error).__name__}: {error}".rstrip(": ")
    return FoundError(f"{said}; please report this mistake of ours with what --verbose shows")


def _let_go_of_output() -> None:
    """Have what could not be written go nowhere: Python tries again when it ends, and complains."""
    with suppress(OSError, ValueError, AttributeError):  # there may be none, or one of a test's
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class Command(click.Command):
    """A command that may raise the package's own errors, and be interrupted."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, BrokenPipeError):
            raise
        except KeyboardInterrupt:
            click.echo("interrupted", err=True)
            ctx.exit(End.INTERRUPTED)
        except Exception as error:
            if ctx.params.get("verbose"):
                click.echo("".join(traceback.format_exception(error)).rstrip(), err=True)
            raise _ended(error, ctx) from error
