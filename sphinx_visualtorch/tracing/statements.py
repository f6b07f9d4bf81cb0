"""What a source file says that it needs: modules that it imports, and data files that it names.

It is read from the text; nothing is run.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

from sphinx_visualtorch.source import DATA_SUFFIXES

__all__ = ["Import", "Said", "data_names", "said"]

_IMPORTERS = frozenset({"import_module", "__import__"})
_JOINERS = frozenset({"join", "joinpath", "Path"})


@dataclass(frozen=True, slots=True)
class Import:
    """*bound* is the name that a statement makes, empty unless it stands outside functions."""

    bound: str
    module: str
    name: str


@dataclass(frozen=True, slots=True)
class Said:
    """What stands in a file: its *imports*, and the relative paths of *data* files."""

    imports: tuple[Import, ...] = ()
    data: tuple[str, ...] = ()


@cache
def said(module: str, path: Path) -> Said:
    """Return what the file at *path*, which is *module*, says; nothing if it is no Python."""
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return Said()
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    return Said(tuple(_imports(tree, package)), tuple(dict.fromkeys(_data(tree))))


def data_names(text: str) -> tuple[str, ...]:
    """Return the relative paths of data files in the arguments of a call, as they are written."""
    try:
        return tuple(dict.fromkeys(_data(ast.parse(f"_({text})"))))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()


def _imports(tree: ast.Module, package: str) -> Iterator[Import]:
    local = {
        id(inner)
        for outer in ast.walk(tree)
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for inner in ast.walk(outer)
    }
    for node in ast.walk(tree):
        outside = id(node) not in local
        if isinstance(node, ast.Import):
            for alias in node.names:
                bound = alias.asname or alias.name.partition(".")[0]
                yield Import(bound if outside else "", alias.name, "")
        elif isinstance(node, ast.ImportFrom):
            module = _absolute(node.module or "", node.level, package)
            for alias in node.names:
                bound = alias.asname or alias.name
                name = "" if alias.name == "*" else alias.name
                yield Import(bound if outside else "", module, name)
        elif isinstance(node, ast.Call) and _called(node) in _IMPORTERS and node.args:
            name = _text(node.args[0])
            if name:
                plain = name.lstrip(".")
                start = _text(node.args[1]) if len(node.args) > 1 else ""
                yield Import("", _absolute(plain, len(name) - len(plain), start or package), "")


def _absolute(module: str, level: int, package: str) -> str:
    """Return the full name of what is imported from *level* packages up."""
    if not level:
        return module
    parts = package.split(".")
    base = parts[: len(parts) - level + 1]
    return ".".join([*base, module] if module else base)


def _data(tree: ast.AST) -> Iterator[str]:
    """Yield ``configs/net.yaml`` for that text, and for paths that are put together of it.

    As ``HERE / "configs" / "net.yaml"``, ``os.path.join(HERE, "configs", "net.yaml")`` and
    ``HERE.joinpath("configs", "net.yaml")``.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            parts = [_text(node)]
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            parts = _divided(node)
        elif isinstance(node, ast.Call) and _called(node) in _JOINERS:
            parts = [_text(argument) for argument in node.args]
            parts = parts[max((n + 1 for n, part in enumerate(parts) if not part), default=0) :]
        else:
            continue
        name = PurePosixPath(*parts)
        if name.suffix in DATA_SUFFIXES and not name.is_absolute():
            yield str(name)


def _divided(node: ast.expr) -> list[str]:
    """Return the texts at the end of a path that is put together with slashes."""
    parts: list[str] = []
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        text = _text(node.right)
        if not text:
            break
        parts.append(text)
        node = node.left
    return parts[::-1]


def _called(node: ast.Call) -> str:
    """Return the last name of the function that is called."""
    match node.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _text(node: ast.expr) -> str:
    """Return the text that *node* is, empty if it is none, or none that names a file."""
    value = node.value if isinstance(node, ast.Constant) else None
    return value if isinstance(value, str) and len(value) < 200 and value.isprintable() else ""
