"""Which installed distributions modules belong to, and in which version.

It is told of modules that a model's code uses, and imports none of them.
"""

from __future__ import annotations

import importlib.metadata
import re
import sys
from collections.abc import Iterable
from functools import cache
from importlib.metadata import PackageNotFoundError, packages_distributions, version

from sphinx_visualtorch.source import public_version

__all__ = ["distributions_of", "installed_in"]

_LEFT_OUT = frozenset({"sphinx_visualtorch", *sys.stdlib_module_names})


def distributions_of(modules: Iterable[str]) -> dict[str, str]:
    """Return the distributions of those *modules* that are loaded, with their public versions.

    The names are in the normal form of PEP 503; Python's own modules and this package are none.
    """
    loaded = {name.partition(".")[0] for name in modules if name in sys.modules} - _LEFT_OUT
    found: dict[str, str] = {}
    for top in sorted(loaded):
        found.update(_distributions(top))
    return dict(sorted(found.items()))


@cache
def _distributions(top: str) -> dict[str, str]:
    """Return the distributions that have a part in the package or module *top*.

    Most are called as their package is; all others take a look at everything that is installed.
    """
    same = _version(top)
    if same:
        return {_normal(top): same}
    names = _by_package().get(top, [])
    return {_normal(name): found for name in names if (found := _version(name))}


@cache
def installed_in(place: str) -> frozenset[str]:
    """Return the packages and modules that were installed into the directory *place*.

    As by ``pip install --target``, which writes a record of it; a project's own metadata beside
    its source has none.
    """
    found: set[str] = set()
    for known in importlib.metadata.distributions(path=[place]):
        if known.read_text("RECORD"):
            tops = (str(file).partition("/")[0] for file in known.files or ())
            found.update(top.partition(".")[0] for top in tops)
    return frozenset(found)


@cache
def _by_package() -> dict[str, list[str]]:
    return {top: [*names] for top, names in packages_distributions().items()}


def _version(name: str) -> str:
    try:
        return public_version(version(name) or "")
    except (PackageNotFoundError, OSError, ValueError, KeyError):
        return ""  # what is not installed as it should be has no version to go by


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
