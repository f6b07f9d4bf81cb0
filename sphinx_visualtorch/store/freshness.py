"""What a kept file was made of, and whether that is still so: told without importing anything."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from sphinx_visualtorch.source import public_version, source_digest

__all__ = ["Freshness", "Seen", "digest"]


_LARGEST = 64 * 2**20
"""Bytes of a source file that is read."""


class Seen(NamedTuple):
    """What is to be known of a file to say later that it is the same, and fresh.

    It is a part of what Sphinx keeps, and therefore a named tuple as the rest of that.

    *file* is its name and *content* a digest of the whole of it; *sources* are names and digests
    in it, *distributions* names and versions.
    """

    file: str
    content: str
    sources: tuple[tuple[str, str], ...]
    distributions: tuple[tuple[str, str], ...] = ()


def digest(content: bytes) -> str:
    """Return a digest that is the same for both kinds of line endings."""
    # to look for one sign takes far less time than for two
    plain = content.replace(b"\r\n", b"\n") if b"\r" in content else content
    return hashlib.sha256(plain).hexdigest()


class Freshness:
    """One look at the world: each file and each distribution is looked at once.

    Names of source files are relative to *root*.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._digests: dict[str, str] = {}
        self._versions: dict[str, str] = {}

    def changed_sources(self, sources: tuple[tuple[str, str], ...]) -> Iterator[str]:
        """Yield the names of source files that have not the digest that is given with them."""
        for name, was in sources:
            if name not in self._digests:
                self._digests[name] = _digest(self._root / name)
            if self._digests[name] != was:
                yield name

    def changed_distributions(self, distributions: tuple[tuple[str, str], ...]) -> Iterator[str]:
        """Yield, in words, which distributions are installed in another version.

        One that is not installed is none of them: docs are built without torch.
        """
        for name, was in distributions:
            if name not in self._versions:
                self._versions[name] = _version(name)
            now = self._versions[name]
            if now and now != was:
                yield f"{name} {now}, was {was}"


def _digest(path: Path) -> str:
    try:
        if not path.is_file() or path.stat().st_size > _LARGEST:
            return ""
        return source_digest(path)
    except OSError:
        return ""


_VERSION = re.compile(r"^Version:[ \t]*(\S+)", re.MULTILINE | re.IGNORECASE)


def _version(name: str) -> str:
    """Return the version of an installed distribution, empty if it is not there."""
    # builds that keep nothing have no need of it
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        found = distribution(name)
        # the whole of it would take a hundred times as long to read as all source files
        head = (found.read_text("METADATA") or "").partition("\n\n")[0]
        line = _VERSION.search(head)
        return public_version(line[1] if line else found.version or "")
    except (PackageNotFoundError, OSError, ValueError, KeyError):
        return ""  # what is not installed well cannot be told to have changed
