"""From a reference to what it names, and from that to a model.

``pkg.models:Zoo.small``, ``pkg.models.resnet`` and ``pkg.models:MODELS['resnet-50']`` are found as
an import, attribute look-ups and a key would find them.  An import that fails inside the author's
module is the module's failure, not a wrong reference.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import types
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from torch import nn

from sphinx_visualtorch.errors import (
    BuildError,
    ModelNotFoundError,
    NotACatalogueError,
    NotAModelError,
)
from sphinx_visualtorch.reference import split_key
from sphinx_visualtorch.tracing.seam import author_code

if TYPE_CHECKING:
    from sphinx_visualtorch.reference import Reference

__all__ = ["find", "maker"]


def find(target: str) -> Any:
    """Import what *target* names.

    :raises ModelNotFoundError: if a module or attribute on the way does not exist.
    :raises BuildError: if a module on the way raises while it is imported.
    """
    plain, key = split_key(target)
    found = _found(plain, target)
    return found if key is None else _item(found, key, target)


def _found(plain: str, target: str) -> Any:
    module_name, colon, attributes = plain.partition(":")
    parts = module_name.split(".")
    found: Any = None
    for index, part in enumerate(parts):
        if index and not colon and not _is_submodule(found, part):
            return _attributes(found, parts[index:], target)
        found = _module(".".join(parts[: index + 1]), found, target)
    return _attributes(found, attributes.split(".") if colon else [], target)


def _is_submodule(parent: types.ModuleType, part: str) -> bool:
    """Say whether *part* of *parent* means a module; what the package calls so comes first."""
    held = vars(parent).get(part)
    if held is not None:
        return isinstance(held, types.ModuleType)
    return any(info.name == part for info in pkgutil.iter_modules(getattr(parent, "__path__", [])))


def _module(name: str, parent: types.ModuleType | None, target: str) -> types.ModuleType:
    def explain(problem: str) -> BuildError:
        return BuildError(target, problem, f"importing {name!r} for")

    with author_code(explain):
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name != name:
                raise  # the author's module needs one that is not there
            where = _words(parent) if parent else "the import path"
            path = getattr(parent, "__path__", []) if parent else None
            near = [info.name for info in pkgutil.iter_modules(path)]
            raise ModelNotFoundError(target, name.rpartition(".")[2], where, near) from None


def _attributes(found: Any, names: list[str], target: str) -> Any:
    for name in names:
        with author_code(partial(BuildError, target)):
            missing = not hasattr(found, name)
            near = [item for item in dir(found) if not item.startswith("_")] if missing else []
        if missing:
            raise ModelNotFoundError(target, name, _words(found), near)
        found = getattr(found, name)
    return found


def _item(found: Any, key: str, target: str) -> Any:
    with author_code(partial(BuildError, target)):
        if not hasattr(found, "keys"):
            raise NotACatalogueError(target, "a mapping", type(found).__name__)
        near = [str(item) for item in found.keys()]  # noqa: SIM118 - a registry of the author's own
        if key in near:
            return found[key]
    raise ModelNotFoundError(target, key, f"the {type(found).__name__!r}", near)


def _words(found: Any) -> str:
    if isinstance(found, types.ModuleType):
        return f"{'package' if hasattr(found, '__path__') else 'module'} {found.__name__!r}"
    if isinstance(found, type):
        return f"class {found.__name__!r}"
    return f"an object of class {type(found).__name__!r}"


def _check_arguments(found: Any, reference: Reference) -> None:
    """Say what is missing or too much before anything is called."""
    try:
        signature = inspect.signature(found)
    except (TypeError, ValueError):  # some that are written in C tell nothing
        return
    try:
        signature.bind(*reference.positional(), **reference.keywords())
    except TypeError as error:
        problem = f"{error}; :args: and :kwargs: say what it is called with"
        raise BuildError(str(reference), problem) from error


def maker(found: Any, reference: Reference) -> Callable[[], nn.Module]:
    """Return a function that builds the model from what the reference names.

    :raises NotAModelError: at once, if *found* cannot lead to a model.
    """
    name = str(reference)
    if isinstance(found, type) and not issubclass(found, nn.Module):
        raise NotAModelError(name, f"class {found.__name__!r}, which is no nn.Module")
    if not callable(found):
        kind = type(found).__name__
        raise NotAModelError(name, "a module" if inspect.ismodule(found) else f"of type {kind!r}")

    def make() -> nn.Module:
        _check_arguments(found, reference)
        with author_code(partial(BuildError, name)):
            model = found(*reference.positional(), **reference.keywords())
        if not isinstance(model, nn.Module):
            raise NotAModelError(name, f"a function that returned {type(model).__name__!r}")
        return model

    return make
