"""How far a model has come, in a small file that outlives the process that writes it.

The worker maps the file into its memory: a note is a copy of some bytes, thousands of which cost
nothing, and the kernel keeps them whatever ends the process, a SIGKILL included.  The process
that builds reads them when a model ran out of time or took the worker with it.
"""

from __future__ import annotations

import mmap
from contextlib import suppress
from pathlib import Path

__all__ = ["Progress", "last_note", "prepare"]

_SIZE = 512


def prepare(path: Path) -> None:
    """Write an empty file of full size: a hole in it would end the writer on a full disk."""
    path.write_bytes(bytes(_SIZE))


def last_note(path: Path) -> str:
    """Return what was noted last, or "" if nothing was."""
    try:
        return path.read_bytes().partition(b"\0")[0].decode(errors="ignore")
    except OSError:
        return ""


class Progress:
    """The writer's side."""

    def __init__(self, path: str) -> None:
        self.text = ""
        self._memory: mmap.mmap | None = None
        # the figure matters more than the words about its failure
        with suppress(OSError, ValueError), Path(path).open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), _SIZE)

    def note(self, text: str) -> None:
        """Write down where the work is."""
        self.text = text
        if self._memory is not None:
            found = text.encode("utf-8", "backslashreplace")[: _SIZE - 1]
            self._memory[: len(found) + 1] = found + b"\0"
