"""The source files of an author's project: which files count, and their content hash.

The worker that traces and the store that checks freshness must agree on both, and neither may
know the other.  This room reads files; it imports nothing that it reads.
"""

from __future__ import annotations

import hashlib
import sysconfig
from functools import cache
from pathlib import Path

__all__ = ["is_project_source", "source_digest"]

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
    if real.suffix != ".py" or not real.is_file():
        return False
    if any(part in _INSTALLED for part in real.parts):
        return False
    return not any(real.is_relative_to(library) for library in _library_directories())


def source_digest(path: Path) -> str:
    """Return the SHA-256 of the text of *path*, the same for both kinds of line endings.

    :raises OSError: if the file cannot be read.
    """
    return hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()
