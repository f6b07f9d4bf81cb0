"""Files that others see whole or not at all, and reading of files that may be anything."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
import time
from pathlib import Path

from sphinx_visualtorch.errors import StoreError

__all__ = ["LARGEST", "read_bounded", "sweep", "write_whole"]

LARGEST = 16 * 2**20
"""Bytes: a larger file was not written by a store.

10,000 layers of which no two are alike take 3 MB, and parsed data many times the text's memory.
"""

_ABANDONED = 3600.0
"""Seconds after which nobody writes on to a temporary file."""


def write_whole(path: Path, content: bytes) -> bool:
    """Write *content* to *path*, which other processes see whole or not at all.

    A file that has this content already is left alone, in whatever way its lines end; return
    whether it was written.

    :raises StoreError: if the directory cannot be written to.
    """
    with contextlib.suppress(OSError, ValueError):
        there = read_bounded(path)
        if there == content or there.replace(b"\r\n", b"\n") == content:
            return False
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            _write(path, content)
        except FileNotFoundError:
            # whose clock is another hour has swept it away
            _write(path, content)
    except OSError as error:
        raise StoreError(f"cannot write {path}: {error.strerror or error}") from error
    return True


def _write(path: Path, content: bytes) -> None:
    # unlike a process number, a token is also unique among containers that share a disk
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def sweep(directory: Path) -> None:
    """Remove what writers that were killed have left half written in *directory*."""
    now = time.time()
    for path in directory.glob(".*.tmp"):
        with contextlib.suppress(OSError):
            # also what is of tomorrow: a clock that was set back would keep it for ever
            if abs(now - path.lstat().st_mtime) > _ABANDONED:
                path.unlink()


def read_bounded(path: Path) -> bytes:
    """Return the content of *path*, if it may have been written by a store.

    :raises ValueError: if it is no file of its own, or larger than any that a store writes.
    :raises OSError: if it cannot be read.
    """
    if not hasattr(os, "O_NOFOLLOW") and path.is_symlink():
        raise ValueError("it is a symbolic link")
    try:
        # a pipe would have its reader wait for ever
        handle = os.open(path, os.O_RDONLY | _FILES_ONLY)
    except OSError:
        if path.is_symlink():
            raise ValueError("it is a symbolic link") from None
        raise
    try:
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode):
            raise ValueError("it is no file")
        if about.st_size > LARGEST:
            raise ValueError(f"it is larger than {LARGEST} bytes")
        # it may grow while it is read; room for the largest file of all would take its time
        with open(handle, "rb", closefd=False) as file:
            return file.read(about.st_size)
    finally:
        os.close(handle)


_FILES_ONLY = (
    getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
"""Flags by which nothing waits, no link is followed, and bytes stay as they are."""
