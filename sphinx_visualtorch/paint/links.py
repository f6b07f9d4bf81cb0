"""The addresses that a painter may put into a picture."""

from __future__ import annotations

import re
from collections.abc import Mapping

__all__ = ["safe_links"]

_SCRIPT = re.compile(r"(javascript|vbscript|data):", re.IGNORECASE)


def safe_links(links: Mapping[str, str] | None) -> dict[str, str]:
    """Return those of *links*, import path → address, that run no script."""
    return {key: url for key, url in (links or {}).items() if key and _is_safe(url)}


def _is_safe(url: str) -> bool:
    # browsers skip white space and controls in a scheme
    return not _SCRIPT.match(re.sub(r"[\x00-\x20\x7f]", "", url))
