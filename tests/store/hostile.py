"""Files that somebody might put into a store, each made of the one that belongs there."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

__all__ = ["HOSTILE", "Make"]

Make = Callable[[Path], None]
"""Puts something else in the place of a good file."""


def _changed(change: Callable[[dict[str, Any]], object]) -> Make:
    def make(path: Path) -> None:
        data = json.loads(path.read_bytes())
        change(data)
        path.write_text(json.dumps(data))

    return make


def _text(change: Callable[[bytes], bytes]) -> Make:
    return lambda path: bool(path.write_bytes(change(path.read_bytes()))) or None


def _graph(**fields: Any) -> Make:
    return _changed(lambda data: data["graph"].update(fields))


def _source(name: str) -> Make:
    return _changed(lambda data: data["sources"].update({name: "0" * 64}))


def _kind(kind: str) -> Make:
    return _changed(lambda data: data["graph"]["body"][-1].update(kind=kind))


def _instead(make: Callable[[Path], object]) -> Make:
    def replace(path: Path) -> None:
        path.unlink()
        make(path)

    return replace


def _doubling(times: int) -> list[dict[str, Any]]:
    """Return lines of which each block is twice the one before: 2 to the power of *times*."""
    lines: list[dict[str, Any]] = [
        {"scope": "", "kind": "Net", "name": "Net"},
        {"node": "x", "op": "input", "kind": "input", "outputs": [[1, 8]]},
        {"scope": "b0", "kind": "B"},
        {"node": "b0.n", "from": ["x"], "kind": "ReLU", "outputs": [[1, 8]]},
    ]
    for number in range(1, times):
        lines.append({"scope": f"b{number}", "kind": "B"})
        lines += [
            {"scope": f"b{number}.{side}", "like": f"b{number - 1}", "from": ["x"]} for side in "lr"
        ]
    return lines


def _wide(times: int) -> list[dict[str, Any]]:
    """Return lines of which each block has twice as many edges as the one before."""
    names = [f"x{number}" for number in range(500)]
    lines: list[dict[str, Any]] = [{"scope": "", "kind": "Net", "name": "Net"}]
    lines += [{"node": name, "op": "input", "kind": "input"} for name in names]
    lines += [{"scope": "b0", "kind": "B"}, {"node": "b0.n", "from": names, "kind": "ReLU"}]
    for number in range(1, times):
        lines.append({"scope": f"b{number}", "kind": "B"})
        lines += [
            {"scope": f"b{number}.{side}", "like": f"b{number - 1}", "from": names} for side in "lr"
        ]
    return lines


def _nested(depth: int) -> list[dict[str, Any]]:
    names = ["", *(".".join("s" * length) for length in range(1, depth))]
    scopes = [{"scope": name, "kind": "S", "name": "s"} for name in names]
    leaf = {"node": "x", "op": "input", "kind": "input", "in": names[-1], "outputs": [[1]]}
    return [*scopes, leaf]


def _nested_and_back(depth: int) -> list[dict[str, Any]]:
    """Return scopes in one another, and nodes in the innermost, which has ended."""
    lines: list[dict[str, Any]] = [{"scope": "", "kind": "S", "name": "s"}]
    lines += [{"scope": "s0", "in": "", "kind": "S"}]
    lines += [{"scope": f"s{at}", "in": f"s{at - 1}", "kind": "S"} for at in range(1, depth)]
    lines.append({"scope": "end", "in": "", "kind": "S"})
    node = {"op": "input", "kind": "input", "in": f"s{depth - 1}"}
    return [*lines, *({"node": f"x{at}", **node} for at in range(depth))]


def _away(path: Path) -> Path:
    """Move a good file out of the store; return where it is now."""
    other = path.parent.parent / f"away-{path.name}"
    path.rename(other)
    return other


def _link(path: Path) -> None:
    path.symlink_to(_away(path))


def _grow(path: Path) -> None:
    with path.open("ab") as file:
        file.truncate(2**34)  # no disk is used for it


HOSTILE: dict[str, Make] = {
    # what is no file of its own
    "link": _link,
    "link to itself": _instead(lambda path: path.symlink_to(path)),
    "link to a device": _instead(lambda path: path.symlink_to("/dev/zero")),
    "pipe": _instead(os.mkfifo),
    "huge": _grow,
    # what is no JSON, or too much of it
    "empty": _text(lambda _: b""),
    "cut off": _text(lambda text: text[:-50]),
    "two sides of a merge": _text(lambda text: b"<<<<<<< ours\n" + text + b"=======\n" + text),
    "binary": _text(lambda _: bytes(range(256)) * 40),
    "pickle": _text(lambda _: b"\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x02id\x85R."),
    "nested": _text(lambda _: b"[" * 300_000),
    "nested objects": _text(lambda _: b'{"graph":' * 300_000),
    "half a character": _text(lambda text: text.replace(b'"Net"', b'"\\ud800"')),
    "number of digits": _text(lambda text: text.replace(b": 72", b": " + b"9" * 100_000)),
    "no number": _text(lambda text: text.replace(b": 72", b": NaN")),
    "no end": _text(lambda text: text.replace(b": 72", b": 1e999")),
    "lists without end": _text(lambda text: text[:-2] + b',"x": [' + b"[]," * 600_000 + b"0]}"),
    "objects without end": _text(lambda text: text[:-2] + b',"x": [' + b"{}," * 600_000 + b"0]}"),
    "large": _text(lambda text: text + b" " * 2**24),
    "twice a key": _text(lambda text: text.replace(b'"graph"', b'"graph": 3, "graph"', 1)),
    "twice a version": _text(lambda text: text.replace(b'"schema"', b'"schema": 1, "schema"', 1)),
    # what a page must not have
    "terminal": _kind("a\x1b[31m"),
    "line": _kind("a\nb"),
    "zero in it": _kind("a\0"),
    "no XML": _kind("\ufffe"),
    "C1": _kind("\x85"),
    "turned round": _kind("\u202eexe"),
    "control character in a key": _changed(
        lambda data: data["graph"]["body"][-1].update(attributes={"a\x07": "1"})
    ),
    "no kind": _kind(""),
    "megabyte": _kind("K" * 2**20),
    "unknown role": _changed(lambda data: data["graph"]["body"][-1].update(role="<x>")),
    "dimensions": _changed(lambda data: data["graph"]["body"][-1].update(outputs=[[1] * 10_000])),
    "elements": _changed(lambda data: data["graph"]["body"][-1].update(outputs=[[2**62] * 240])),
    "many digits": _changed(
        lambda data: data["graph"]["body"][-1].update(outputs=[[2**62] * 20_000])
    ),
    "file of a class": _graph(classes=[{"target": "a", "file": "../../etc/passwd", "line": 1}]),
    # what belongs elsewhere
    "other model": _changed(lambda data: data["request"].update(target="os:system")),
    "other fields": _changed(lambda data: data.update({"__class__": "os.system"})),
    "other version": _changed(lambda data: data.update(schema=-1)),
    # names of files
    "absolute": _source("/etc/passwd.py"),
    "drive": _source("C:/Windows/win.py"),
    "backslashes": _source("..\\..\\x.py"),
    "round about": _source("a/../../../../../../etc/x.py"),
    "no source": _source("../../../../../../dev/zero"),
    "nothing": _source(""),
    "zero": _source("a\0.py"),
    "long name": _source("x" * 5_000 + ".py"),
    "many sources": _changed(
        lambda data: data["sources"].update({f"{at}.py": "" for at in range(20_000)})
    ),
    "bad distribution": _changed(lambda data: data["distributions"].update({"../../x": "1"})),
    "bad version": _changed(lambda data: data["distributions"].update({"torch": ["2"]})),
    # graphs
    "billion": _graph(body=_doubling(31)),
    "billion of billions": _graph(body=_doubling(3_000)),
    "million edges": _graph(body=_wide(14)),
    "million nodes": _changed(
        lambda data: data.update(
            graph={
                "schema": 2,
                "name": "Net",
                "scopes": [{"id": "", "path": "", "name": "Net", "kind": "Net"}],
                "nodes": [
                    {"id": str(at), "op": "input", "path": "x", "name": "x", "kind": "input"}
                    for at in range(300_000)
                ],
                "edges": [],
            }
        )
    ),
    "deep and back": _graph(body=_nested_and_back(30_000)),
    "deep": _graph(body=_nested(3_000)),
    "no body": _graph(body=None),
    "both": _graph(nodes=[]),
    "list": _changed(lambda data: data.update(graph=[])),
    "numbers": _graph(body=[1, 2, 3]),
    "wrong types": _graph(parameters="many"),
    "negative": _graph(parameters=-1),
    "more than torch counts": _graph(flops=10**30),
    "true": _graph(buffers=True),
    "no such output": _graph(outputs=["<script>alert(1)</script>"]),
    "circle": _text(lambda text: re.sub(rb'"from": \["input"\]', b'"from": ["second"]', text)),
    "twice": _text(lambda text: text.replace(b'"node": "relu"', b'"node": "first"')),
}
