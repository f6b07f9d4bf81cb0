"""Options of the directive that say how a figure stands in its page, not what it shows.

They do not touch the picture, and are therefore no options of a style.
"""

from __future__ import annotations

from sphinx_visualtorch.errors import OptionError
from sphinx_visualtorch.sphinx_ext.config import EMBED

__all__ = ["PLACING", "placed"]

PLACING: dict[str, tuple[str, ...]] = {
    "embed": EMBED,
    "links": ("auto", "none"),
    "table": ("boxes", "all", "none"),
}
"""The options and their words."""

_MEANT = {"table": {"": "boxes", "true": "boxes", "yes": "boxes", "false": "none", "no": "none"}}
"""Other spellings: ``:table:`` alone is meant, as with docutils' own flags."""


def placed(name: str, text: str) -> str:
    """Read the value of one of these options.

    :raises OptionError: if it is none of its words.
    """
    word = text.strip().lower()
    word = _MEANT.get(name, {}).get(word, word)
    if word not in PLACING[name]:
        raise OptionError(name, text, f"one of {', '.join(PLACING[name])} is wanted")
    return word
