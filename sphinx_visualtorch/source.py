"""What a model is made of: which files of the author's project count, and their content hash.

The worker that traces and the store that checks freshness must agree on both, and neither may
know the other.  This room reads files; it imports nothing that it reads.
"""

from __future__ import annotations

import hashlib
import sysconfig
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

__all__ = [
    "DATA_SUFFIXES",
    "Made",
    "is_project_data",
    "is_project_source",
    "public_version",
    "source_digest",
]

DATA_SUFFIXES = frozenset({".json", ".yaml", ".yml", ".toml", ".ini", ".cfg", ".txt"})
"""Of texts that a model may be built from."""

_MOST_DATA = 2**20
"""Bytes of such a text; a larger file is data of another kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What something was made of, and what has made it.

    sources
        The absolute paths of the project's files, with their digests.
    distributions
        The names of what is installed and took part, with the public versions.
    versions
        What has made it, with its versions.
    """

    sources: dict[str, str] = field(default_factory=dict)
    distributions: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)


_INSTALLED = ("site-packages", "dist-packages")


@cache
def _library_directories() -> tuple[Path, ...]:
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    paths = (sysconfig.get_path(name) for name in names)
    return tuple(Path(path).resolve() for path in paths if path)


def is_project_source(path: Path) -> bool:
    """Say whether *path* is Python source that is neither Python's own nor installed.

    The prefix as a whole does not count as installed: in a container it is often ``/usr``, and
    projects lie in ``/usr/src``.
    """
    real = path.resolve()
    return real.suffix == ".py" and real.is_file() and not _is_installed(real)


def is_project_data(path: Path) -> bool:
    """Say whether *path* is a text that a model may be built from, and not installed."""
    try:
        real = path.resolve()
        if real.suffix not in DATA_SUFFIXES or not real.is_file():
            return False
        return real.stat().st_size <= _MOST_DATA and not _is_installed(real)
    except OSError:
        return False


def _is_installed(real: Path) -> bool:
    if any(part in _INSTALLED for part in real.parts):
        return True
    return any(real.is_relative_to(library) for library in _library_directories())


def source_digest(path: Path) -> str:
    """Return the SHA-256 of the text of *path*, the same for both kinds of line endings.

    :raises OSError: if the file cannot be read.
    """
    return hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


def public_version(version: str) -> str:
    """Return *version* without its local part, which tells builds for machines apart (``+cpu``).

    See PEP 440: they have one source, and trace alike.
    """
    return version.partition("+")[0]
