"""What a directive asks for; builds in which nothing has changed never load this."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sphinx_visualtorch.options import StyleOptions, options_digest
from sphinx_visualtorch.reference import Reference
from sphinx_visualtorch.store import reference_digest

__all__ = ["REFERENCE", "Request"]

REFERENCE = ("args", "kwargs", "input_shape", "input_dtype", "inputs")
"""The options of a directive that belong to its reference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a directive asks for.

    *naming* are the options in it that name layers: those of a whole project suit not every model.
    """

    reference: Reference
    style: str
    options: StyleOptions
    naming: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """16 hexadecimal digits that are equal for equal requests."""
        options = options_digest(self.options)
        parts = (reference_digest(self.reference), self.style, options, *self.naming)
        return hashlib.sha256(" ".join(parts).encode()).hexdigest()[:16]

    @property
    def names(self) -> bool:
        """Whether it names modules or layers, which a model may turn out not to have."""
        return bool(self.naming) or self.options.names_modules
