"""From a catalogue to a listing: imports what it names, and calls nothing of it.

A class counts if it is an ``nn.Module`` with a forward of its own that can be made without
arguments; a function if it can be called without any and makes a module, which
:mod:`.factories` finds out by reading.  What stands in a registry was put there to be called: it
counts without that question.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from torch import nn

from sphinx_visualtorch.errors import (
    BuildError,
    NotACatalogueError,
    VisualTorchError,
    printable,
    shortened,
)
from sphinx_visualtorch.listing import Catalogue, Listed, Listing
from sphinx_visualtorch.tracing.factories import is_model_class, makes_model
from sphinx_visualtorch.tracing.resolve import find
from sphinx_visualtorch.tracing.seam import author_code, quietly
from sphinx_visualtorch.tracing.state import preserved

__all__ = ["listing_of"]

_LONGEST = 1000
"""Characters of a docstring's line that are kept."""


def listing_of(catalogue: Catalogue, reached: Callable[[str], None]) -> Listing:
    """Return the models of *catalogue*.

    :raises VisualTorchError: if it cannot be imported, or if it is of another kind.
    """
    reached("importing it")
    with preserved():
        if catalogue.kind == "references":
            return Listing(models=tuple(_references(catalogue.names)))
        (name,) = catalogue.names
        found = find(name)
        with author_code(partial(BuildError, name, doing="listing")):
            return _module(found, name) if catalogue.kind == "module" else _registry(found, name)


def _references(targets: tuple[str, ...]) -> Iterator[Listed]:
    """Yield what is known of single models; of one that cannot be found, tracing will tell."""
    for target in targets:
        with suppress(VisualTorchError):
            found = find(target)
            with author_code(partial(BuildError, target)):
                model = _listed(target, found, target, target.replace(":", "."))
            yield model


def _module(found: Any, name: str) -> Listing:
    if not isinstance(found, types.ModuleType):
        raise NotACatalogueError(name, "a module", type(found).__name__)
    models, passed = [], []
    for public, value in _public(found):
        if not _is_offered(value):
            continue
        if _needs_arguments(value):
            passed.append(public)
        else:
            path = f"{found.__name__}.{public}"
            models.append(_listed(public, value, f"{found.__name__}:{public}", path))
    return Listing(models=tuple(models), passed=tuple(passed))


def _public(module: types.ModuleType) -> Iterator[tuple[str, Any]]:
    """Yield what ``__all__`` names, else what the module itself defines under a public name.

    What a package takes from its own modules is its own.
    """
    names = getattr(module, "__all__", None)
    if isinstance(names, list | tuple):
        for name in dict.fromkeys(item for item in names if isinstance(item, str)):
            if hasattr(module, name):
                yield name, getattr(module, name)
        return
    for name, value in list(vars(module).items()):
        # an object made by partial() does not know where it was made
        home = f"{getattr(value, '__module__', '')}."
        own = home.startswith(f"{module.__name__}.") or isinstance(value, partial)
        if own and not name.startswith("_"):
            yield name, value


def _is_offered(value: Any) -> bool:
    """Say whether a module means *value* to be a model."""
    return is_model_class(value) if isinstance(value, type) else makes_model(value)


def _registry(found: Any, name: str) -> Listing:
    if not isinstance(found, Mapping) and not (hasattr(found, "keys") and hasattr(found, "get")):
        raise NotACatalogueError(name, "a mapping", type(found).__name__)
    models, passed = [], []
    for key in found.keys():  # noqa: SIM118 - a registry of the author's own may iterate otherwise
        value, target = found[key], f"{name}[{key!r}]"
        if isinstance(value, str):  # a reference, so that nothing has to be imported for it
            value, target = find(value), value
        if not isinstance(key, str) or not _is_model(value):
            continue
        if _needs_arguments(value):
            passed.append(_line(key))
        else:
            models.append(_listed(key, value, target, ""))
    return Listing(models=tuple(models), passed=tuple(passed))


def _is_model(value: Any) -> bool:
    if isinstance(value, type):
        return issubclass(value, nn.Module)
    return callable(value)


def _needs_arguments(value: Any) -> bool:
    if isinstance(value, nn.Module):
        return False  # it is made already
    try:
        inspect.signature(value).bind()
    except TypeError:
        return True
    except ValueError:  # some that are written in C tell nothing
        return False
    return False


def _listed(name: str, value: Any, target: str, path: str) -> Listed:
    own = _own_target(value)
    paths = dict.fromkeys(item for item in (path, own.replace(":", ".")) if item)
    return Listed(
        name=_line(name),
        target=own or target,
        summary=quietly(lambda: _summary(value), ""),
        paths=tuple(paths),
    )


def _line(text: str) -> str:
    """Return a name or a summary as one line."""
    return printable(" ".join(text.split()))


def _own_target(value: Any) -> str:
    """Return the reference of *value* in the module that defines it, if it can be found there.

    So one object has one reference, whatever names it has elsewhere.
    """
    module, name = (getattr(value, part, None) for part in ("__module__", "__qualname__"))
    if not isinstance(module, str) or not isinstance(name, str) or "<" in name:
        return ""
    target = f"{module}:{name}"
    try:
        return target if find(target) == value else ""
    except VisualTorchError:
        return ""


def _summary(value: Any) -> str:
    """Return the first sentence of the docstring, at least a line and at most a paragraph.

    That of a class is its own: nobody wants to read what ``nn.Module`` is.
    """
    while isinstance(value, partial):
        value = value.func
    holder = value if isinstance(value, type) or not isinstance(value, nn.Module) else type(value)
    text = vars(holder).get("__doc__") if isinstance(holder, type) else holder.__doc__
    if not isinstance(text, str):
        return ""
    words = ""
    for line in inspect.cleandoc(text).partition("\n\n")[0].splitlines():
        words = f"{words} {line.strip()}".strip()
        if words.endswith((".", "!", "?", ":")):
            break
    return shortened(_line(words), _LONGEST)
