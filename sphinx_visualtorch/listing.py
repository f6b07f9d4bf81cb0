"""Which models there are: what a gallery is made of, before anything is traced.

A *catalogue* says where to look, a *listing* is what was found there.  Both are plain data; the
room that traces makes the one of the other, and this room imports nothing that they name.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from typing import Any

from sphinx_visualtorch.errors import printable

__all__ = ["CATALOGUES", "Catalogue", "Listed", "Listing"]

CATALOGUES = ("module", "registry", "references")
"""A module with models, a mapping with models by name, or the references of single ones."""


_MOST = 10_000
"""Models of a listing."""

_MOST_PATHS = 10
_LONGEST = 2_000
"""Characters of a text in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Where models are looked for: *kind* is one of ``CATALOGUES``, *names* are import paths.

    A module and a registry have one name; references are told of one by one.
    """

    kind: str
    names: tuple[str, ...]

    @property
    def digest(self) -> str:
        """16 hexadecimal digits that are equal for equal catalogues."""
        text = json.dumps([self.kind, *self.names])
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def target(self) -> str:
        """What messages name."""
        return self.names[0] if len(self.names) == 1 else ", ".join(self.names)

    def __str__(self) -> str:
        """Return what messages name."""
        return self.target


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One model.

    name
        What its module or registry calls it; a reference stands for itself.
    target
        The reference that leads to it, the same for one object under two names.
    summary
        The first line of its docstring, as it is written there.
    paths
        The import paths under which a reference of the project's API may describe it.
    """

    name: str
    target: str
    summary: str = ""
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The models of a catalogue, in its own order; *passed* are those that want arguments."""

    models: tuple[Listed, ...] = ()
    passed: tuple[str, ...] = ()

    def to_data(self) -> dict[str, Any]:
        """Return it as plain lists and dicts."""
        return {
            "models": [dataclasses.asdict(model) for model in self.models],
            "passed": list(self.passed),
        }

    @classmethod
    def from_data(cls, data: object) -> Listing:
        """Build a listing from what :meth:`to_data` returned.

        :raises ValueError: if it is anything else.
        """
        if not isinstance(data, dict) or data.keys() != {"models", "passed"}:
            raise ValueError("it holds no listing")
        if not isinstance(data["models"], list):
            raise ValueError("its models are no list")
        if len(data["models"]) > _MOST:
            raise ValueError(f"it lists more than {_MOST} models")
        models = tuple(_listed(item) for item in data["models"])
        return cls(models=models, passed=_texts(data["passed"]))


def _listed(data: object) -> Listed:
    names = {field.name for field in dataclasses.fields(Listed)}
    if not isinstance(data, dict) or data.keys() != names:
        raise ValueError("a model in it has other fields")
    name, target, summary = _texts([data["name"], data["target"], data["summary"]])
    paths = _texts(data["paths"])
    if not name or not target or len(paths) > _MOST_PATHS:
        raise ValueError("a model in it has no name, no target or too many paths")
    return Listed(name=name, target=target, summary=summary, paths=paths)


def _texts(data: object) -> tuple[str, ...]:
    if not isinstance(data, list | tuple) or not all(isinstance(item, str) for item in data):
        raise ValueError("a text is wanted where it has something else")
    if len(data) > _MOST or any(len(item) > _LONGEST for item in data):
        raise ValueError("a text in it is too long, or there are too many")
    if any(printable(item) != item for item in data):
        raise ValueError("a text in it has control characters")
    return tuple(data)
