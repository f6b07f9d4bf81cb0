# ruff: noqa: SLF001 - torch has its switches under private names only
"""Modules that a model imports while it is built or run: they are loaded as in any program.

What a library computes when it is loaded outlives the run.  Its tables would never have values, for
this model and all that come after, if they were made on the meta device or with fake tensors.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from types import ModuleType

__all__ = ["plainly_loaded"]


@contextmanager
def plainly_loaded() -> Iterator[None]:
    """Load what the body imports for the first time outside of all modes of torch."""
    finder = _Finder()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path[:] = [other for other in sys.meta_path if other is not finder]


class _Finder(MetaPathFinder):
    """Finds what all others find."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return how to load a module: as the first of the others says that finds it."""
        for finder in [*sys.meta_path]:
            look: Any = None if isinstance(finder, _Finder) else getattr(finder, "find_spec", None)
            spec: ModuleSpec | None = None if look is None else look(name, path, target)
            if spec is not None:
                if spec.loader is not None and hasattr(spec.loader, "exec_module"):
                    spec.loader = _Plain(spec.loader)
                return spec
        return None


class _Plain(Loader):
    """Runs the code of a module without modes, and leaves the module with its own loader."""

    def __init__(self, own: Loader) -> None:
        self._own = own

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Make the empty module."""
        make: Any = getattr(self._own, "create_module", None)
        made: ModuleType | None = None if make is None else make(spec)
        return made

    def exec_module(self, module: ModuleType) -> None:
        """Fill it."""
        module.__loader__ = self._own
        if module.__spec__ is not None:
            module.__spec__.loader = self._own
        with torch._C.DisableTorchFunction(), torch._C._DisableTorchDispatch():
            self._own.exec_module(module)
