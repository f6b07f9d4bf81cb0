"""The addresses that a painter may put into a picture."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sphinx_visualtorch.errors import OptionError

__all__ = ["safe_links"]

_SCRIPT = re.compile(r"(javascript|vbscript|data):", re.IGNORECASE)


def safe_links(links: Mapping[str, str] | None) -> dict[str, str]:
    """Return those of *links*, import path → address, that run no script.

    :raises OptionError: if *links* are something else.
    """
    given: Any = {} if links is None else links  # anyone may hand over anything
    if not isinstance(given, Mapping) or not all(
        isinstance(part, str) for pair in given.items() for part in pair
    ):
        raise OptionError("links", links, "a mapping from import paths to addresses is wanted")
    return {key: url for key, url in (links or {}).items() if key and _is_safe(url)}


def _is_safe(url: str) -> bool:
    # browsers skip white space and controls in a scheme
    return not _SCRIPT.match(re.sub(r"[\x00-\x20\x7f]", "", url))
