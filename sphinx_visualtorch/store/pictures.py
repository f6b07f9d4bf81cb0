"""Painted pictures by name, beside the doctrees."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Mapping
from pathlib import Path

from sphinx_visualtorch.store.whole import write_whole

__all__ = ["Pictures"]

_DAY = 86_400.0
_MONTH = 30 * _DAY

_ENDS: Mapping[str, bytes] = {
    ".svg": b"</svg>",
    # PNG (RFC 2083), 3.4: the empty IEND chunk with its check sum is the last one
    ".png": b"IEND\xaeB`\x82",
    ".pdf": b"%%EOF",
}
"""How a picture that is whole ends, by the suffix of its name."""


class Pictures:
    """Painted pictures by name, beside the doctrees; a name holds the picture's key."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def path(self, name: str) -> Path:
        """Return where the picture *name* is, or would be."""
        return self.directory / name

    def read(self, name: str) -> bytes | None:
        """Return the picture *name*, or None if there is none or if it is cut off."""
        try:
            content = self.path(name).read_bytes()
        except OSError:
            return None
        self._note_use(self.path(name))
        return content if content.rstrip().endswith(_ENDS[Path(name).suffix]) else None

    def forget_old(self) -> None:
        """Remove what was neither written nor read for a month: nobody shows it any more."""
        now = time.time()
        # with each build, and there may be thousands: no path is made for one that stays
        with contextlib.suppress(OSError), os.scandir(self.directory) as files:
            for file in files:
                with contextlib.suppress(OSError):
                    if now - file.stat().st_mtime > _MONTH:
                        Path(file).unlink()

    def _note_use(self, path: Path) -> None:
        """Keep a picture from being taken for forgotten."""
        now = time.time()
        with contextlib.suppress(OSError):  # a directory that cannot be written to is kept as it is
            if now - path.stat().st_mtime > _DAY:
                os.utime(path, (now, now))

    def write(self, name: str, content: bytes) -> Path:
        """Keep a picture and return its path.

        :raises StoreError: if the directory cannot be written to.
        """
        write_whole(self.path(name), content)
        return self.path(name)
