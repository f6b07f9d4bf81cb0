"""Which source files of the author's project a model is made of.

The answer follows the import statements of the project's own files, and takes in the data files
that they name (a model may be built from a YAML file); it depends on the reference and on the files
alone, not on what else the process has imported.  No file is run for it.

What a package's ``__init__`` imports counts only where a name is taken from there: the packages
around a module are listed themselves, but a model does not depend on all its neighbours because
``pkg/__init__.py`` imports them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import TYPE_CHECKING

from sphinx_visualtorch.reference import split_key
from sphinx_visualtorch.source import is_project_data, is_project_source
from sphinx_visualtorch.tracing.distributions import installed_in
from sphinx_visualtorch.tracing.statements import data_names, said

if TYPE_CHECKING:
    from sphinx_visualtorch.reference import Reference

__all__ = ["Followed", "follow", "project_sources"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """What a model is made of: absolute paths of the project's *files*, and others' *modules*."""

    files: tuple[str, ...]
    modules: tuple[str, ...]


def project_sources(reference: Reference, targets: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the absolute paths of the project's files that a model is made of, sorted."""
    return follow(reference, targets).files


def follow(reference: Reference, targets: Iterable[str] = ()) -> Followed:
    """Return what a model is made of, sorted.

    *targets* are the import paths of the classes and functions that were seen in it; they find
    what is imported by other means than a statement.
    """
    follower = _Follower()
    for dotted in (reference.target, reference.inputs, *sorted(targets)):
        follower.follow(*_split(dotted))
    for text in (reference.args, reference.kwargs):
        follower.files.update(_data_files(data_names(text), [Path.cwd()]))
    return Followed(files=tuple(sorted(follower.files)), modules=tuple(sorted(follower.modules)))


def _split(dotted: str) -> tuple[str, str]:
    """Return the module that *dotted* starts with, and the name taken from it."""
    module, colon, rest = split_key(dotted)[0].partition(":")
    if colon:
        return module, rest.partition(".")[0]
    parts = dotted.split(".")
    for end in range(len(parts), 0, -1):
        if _find(".".join(parts[:end])) is not None:
            return ".".join(parts[:end]), parts[end] if end < len(parts) else ""
    return "", ""


@cache
def _find(module: str) -> ModuleSpec | None:
    """Return where *module* is, without importing it or the packages around it."""
    parent, _, _ = module.rpartition(".")
    path = _locations(parent) if parent else None
    if path == []:
        return None
    for finder in sys.meta_path:
        try:
            spec = finder.find_spec(module, path)
        except (ImportError, AttributeError, ValueError, KeyError):
            continue  # a finder of the author's own, at odds with the protocol
        if spec is not None:
            return spec
    # a namespace package wants the package around it imported, at the latest when it is built
    if path and any(Path(place, module.rpartition(".")[2]).is_dir() for place in path):
        return ModuleSpec(module, None, is_package=True)
    return None


@cache
def _locations(package: str) -> list[str]:
    """Return the directories in which the modules of *package* lie."""
    spec = _find(package)
    if spec is None or spec.submodule_search_locations is None:
        return []
    if spec.has_location:
        return list(spec.submodule_search_locations)
    # a namespace package would compute its own from the imported package around it
    outer, _, name = package.rpartition(".")
    places = (Path(place, name) for place in (_locations(outer) if outer else sys.path))
    return [str(place) for place in places if place.is_dir()]


@cache
def _file(module: str) -> Path | None:
    spec = _find(module)
    if spec is None or not spec.origin:
        return None
    path = Path(spec.origin)
    top = module.partition(".")[0]
    around = path.parents[_depth(module, path) :][:1]
    if not is_project_source(path) or any(top in installed_in(str(place)) for place in around):
        return None
    return path


def _depth(module: str, path: Path) -> int:
    """Return the place among the parents of *path* of the directory that is on ``sys.path``."""
    return module.count(".") + (path.name == "__init__.py")


def _data_files(names: Iterable[str], places: Iterable[Path]) -> Iterator[str]:
    """Yield those of the project's files that have one of *names* in one of *places*."""
    around = dict.fromkeys(places)
    for name in names:
        for place in around:
            path = place / name
            if is_project_data(path):
                yield str(path.resolve())
                break


class _Follower:
    """Walks from module to module and collects their files, and where the project ends."""

    def __init__(self) -> None:
        self.files: set[str] = set()
        self.modules: set[str] = set()
        self._seen: set[tuple[str, str]] = set()

    def follow(self, module: str, name: str) -> None:
        """Collect what *name* of *module* is made of; the whole module if *name* is empty."""
        waiting = [(module, name)]
        while waiting:
            step = waiting.pop()
            if step not in self._seen:
                self._seen.add(step)
                waiting.extend(self._next(*step))

    def _next(self, module: str, name: str) -> Iterator[tuple[str, str]]:
        if name and _find(f"{module}.{name}") is not None:
            module, name = f"{module}.{name}", ""
        self._add_packages(module)
        path = _file(module)
        if path is None:
            self.modules.add(module)
            return
        self.files.add(str(path.resolve()))
        here = said(module, path)
        # beside the file, in a package around it, beside that or its src, or where the model runs
        around = path.parents[: _depth(module, path) + 2]
        self.files.update(_data_files(here.data, (*around, Path.cwd())))
        binding = [item for item in here.imports if name and item.bound == name]
        for item in binding or here.imports:
            yield item.module, item.name

    def _add_packages(self, module: str) -> None:
        while module := module.rpartition(".")[0]:
            path = _file(module)
            if path is not None:
                self.files.add(str(path.resolve()))
