"""The files that ``render`` writes: what and where they are is checked before a model is run."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sphinx_visualtorch.cli.ends import PlaceError
from sphinx_visualtorch.errors import PdfMissingError, StoreError

if TYPE_CHECKING:
    from sphinx_visualtorch.pipeline import Figure

__all__ = ["FORMATS", "File", "Painting", "files", "painted", "write"]

FORMATS = ("svg", "png", "pdf", "gif")


@dataclass(frozen=True, slots=True)
class File:
    """Where a figure goes, and as what; no *path* is the standard output."""

    path: Path | None
    form: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Painting:
    """How a figure is painted: *scale* is for PNG and GIF, *links* are for SVG and PDF."""

    scale: float
    loop: bool
    links: Mapping[str, str]


def files(names: Iterable[str], form: str | None) -> list[File]:
    """Return the files that a user names, each once.

    :raises UsageError: if one cannot be what its name says.
    :raises PlaceError: if one cannot be written.
    """
    found = [_file(name, form) for name in dict.fromkeys(names)]
    if any(file.form == "pdf" for file in found):
        from sphinx_visualtorch.paint.pdf import can_paint

        if not can_paint():
            raise PdfMissingError
    return found


def _file(name: str, form: str | None) -> File:
    if name == "-":
        made = form or "svg"
        if made != "svg" and sys.stdout.isatty():
            raise click.UsageError(f"a terminal shows no {made.upper()}; name a file with -o")
        return File(None, made)
    path = Path(name)
    if path.is_dir():
        raise PlaceError(f"cannot write {name}: it is a directory")
    made = form or path.suffix.lower().removeprefix(".")
    if made not in FORMATS:
        wanted = ", ".join(f".{known}" for known in FORMATS)
        raise click.UsageError(
            f"{name!r} does not say what it is to be: a name that ends in {wanted} is wanted, or "
            "--format"
        )
    problem = _problem(path)
    if problem:
        raise PlaceError(f"cannot write {name}: {problem}")
    return File(path, made)


def _problem(path: Path) -> str:
    """Say what keeps *path* from being written, as far as that can be seen before."""
    parent = path.parent
    if not parent.is_dir():
        return f"there is no directory {parent}"
    return "" if os.access(path if path.exists() else parent, os.W_OK) else "permission denied"


def painted(figure: Figure, form: str, ways: Painting) -> bytes:
    """Return the figure as a file of the form *form*."""
    match form:
        case "svg":
            return figure.svg(links=ways.links).encode()
        case "pdf":
            return figure.pdf(links=ways.links)
        case "png":
            return figure.png(scale=ways.scale)
    return figure.gif(scale=ways.scale, loop=ways.loop)


def write(file: File, content: bytes) -> None:
    """Write a file, which appears whole or not at all where it is none yet, or a plain one.

    :raises StoreError: if it cannot be written.
    """
    if file.path is None:
        if sys.stdout is None:  # a shell has closed it
            raise StoreError("cannot write the output: it is closed")
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    path = Path(os.path.realpath(file.path))
    if path.is_file() or not path.exists():
        from sphinx_visualtorch.store import write_whole

        write_whole(path, content)
        return
    try:
        path.write_bytes(content)  # a device, a pipe
    except OSError as error:
        raise StoreError(f"cannot write {file.path}: {error.strerror or error}") from error
