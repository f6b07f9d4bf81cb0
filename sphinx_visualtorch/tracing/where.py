"""Where classes are written: the file from its top-level package on, and the line."""

from __future__ import annotations

import functools
import inspect
import linecache
import re
import sys
from pathlib import Path

from sphinx_visualtorch.tracing.seam import quietly

__all__ = ["class_source"]


@functools.cache
def class_source(cls: type) -> tuple[str, int] | None:
    """Return file and line of *cls*, or None where there is no file.

    The file is given as it can be imported (``torch/nn/modules/conv.py``), so that it is the same
    on every machine.
    """
    path = getattr(sys.modules.get(cls.__module__), "__file__", None)
    if not isinstance(path, str) or not path.endswith(".py"):
        return None
    line = quietly(functools.partial(_line, cls, path), 0)
    return (_from_package(cls.__module__, path), line) if line else None


def _from_package(module: str, path: str) -> str:
    parts = Path(path).parts
    depth = module.count(".") + 1 + (parts[-1] == "__init__.py")
    return "/".join(parts[-depth:])


def _line(cls: type, path: str) -> int:
    # as inspect does, but without parsing the whole file, which takes longer than many a trace
    pattern = re.compile(rf"\s*class\s+{re.escape(cls.__name__)}\b")
    lines = linecache.getlines(path)
    found = [number for number, line in enumerate(lines, 1) if pattern.match(line)]
    return found[0] if len(found) == 1 else inspect.getsourcelines(cls)[1]
