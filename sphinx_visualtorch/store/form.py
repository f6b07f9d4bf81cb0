"""The form of a kept file: what was asked for, what made it, what it was made of, what came of it.

Graphs and listings have one form.  What is read may be from anybody: each field is checked, and
what a store would not have written is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from sphinx_visualtorch.errors import NewerStoreError, StoreError
from sphinx_visualtorch.source import DATA_SUFFIXES
from sphinx_visualtorch.store.freshness import Seen, digest
from sphinx_visualtorch.store.parsing import parsed
from sphinx_visualtorch.store.whole import LARGEST, read_bounded, write_whole

__all__ = ["GRAPHS", "SCHEMA", "Content", "Form", "is_newer", "schema_of"]

SCHEMA = 2
"""The version of the form; a file of an older one is read as well, a newer one is left alone."""

_MOST = {"sources": 10_000, "distributions": 1_000, "versions": 100}
"""How many there may be of each, far more than any model has."""

_LONGEST = 1_000
"""Characters of a name or of a version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What is in a file: *body* is what came of the request, not yet looked at."""

    seen: Seen
    body: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A kind of kept files: *body* is its field for what came of the request.

    *request_before* was the field of the request in schema 1.
    """

    body: str
    request_before: str

    def read(self, path: Path, request: Any) -> Content:
        """Return what is in the file at *path*, which has to be about *request*.

        :raises OSError: if there is none, or if it cannot be read.
        :raises ValueError: if a store would not have written it.
        """
        content = read_bounded(path)
        head = _HEAD.match(content)
        if head is not None and is_newer(int(head[1])):
            raise ValueError(newer(int(head[1])))
        data = parsed(content)
        if not isinstance(data, dict):
            raise ValueError("it does not hold a JSON object")
        header = self._header(data)
        if header["request"] != request:
            raise ValueError("it belongs to another request")
        _checked("versions", header["versions"])
        seen = Seen(
            file=path.name,
            content=digest(content),
            sources=_checked("sources", header["sources"]),
            distributions=_checked("distributions", header["distributions"]),
        )
        return Content(seen=seen, body=header[self.body])

    def _header(self, data: dict[str, Any]) -> dict[str, Any]:
        """Return the fields as they are called now."""
        schema = data.get("schema")
        if is_newer(schema):
            raise ValueError(newer(schema))
        fields = {"schema", "request", "versions", "sources", "distributions", self.body}
        if type(schema) is int and schema == 1:
            versions = data.get("versions")
            torch = versions.get("torch") if isinstance(versions, dict) else None
            data = {
                **{key: value for key, value in data.items() if key != self.request_before},
                "request": data.get(self.request_before),
                # all that it knows of
                "distributions": {} if torch is None else {"torch": torch},
            }
        elif type(schema) is not int or schema != SCHEMA:
            raise ValueError(f"its schema is {schema!r:.60}, not {SCHEMA}")
        if data.keys() != fields:
            other = sorted(map(repr, data.keys() ^ fields))
            raise ValueError(f"it has too many or too few fields: {', '.join(other):.200}")
        return data

    def write(self, path: Path, fields: Mapping[str, Any]) -> tuple[Seen, bool]:
        """Write down the *fields*; return what was seen of the file, and whether it has changed.

        They are all but the schema: the request, versions, sources, distributions and the body.

        :raises StoreError: if it cannot be written, or would not be read again.
        :raises NewerStoreError: if a newer version has written the file that is there.
        """
        _refuse_newer(path)
        data: dict[str, Any] = {"schema": SCHEMA, "request": fields["request"]}
        for name in ("versions", "sources", "distributions"):
            data[name] = dict(sorted(fields[name].items()))
            _check_kept(path, name, data[name])
        data[self.body] = fields[self.body]
        content = "".join(f"{line}\n" for line in _lines(data, self.body)).encode()
        if len(content) > LARGEST:
            raise StoreError(f"{path} is not written: it would be larger than {LARGEST} bytes")
        try:
            parsed(content)
        except (ValueError, RecursionError) as error:
            raise StoreError(f"{path} is not written: {error}") from error
        seen = Seen(
            file=path.name,
            content=digest(content),
            sources=tuple(data["sources"].items()),
            distributions=tuple(data["distributions"].items()),
        )
        return seen, write_whole(path, content)


GRAPHS = Form(body="graph", request_before="reference")


def is_newer(schema: object) -> bool:
    """Say whether a file with this schema is of a later version than this one."""
    return type(schema) is int and schema > SCHEMA


def newer(schema: object) -> str:
    """Return what is wrong with a file that is, and what can be done."""
    return (
        f"a newer version of sphinx-visualtorch wrote it (its schema is {schema!r:.20}, this one "
        f"reads {SCHEMA}); upgrade sphinx-visualtorch, or delete the file"
    )


_HEAD = re.compile(rb'\s*\{\s*"schema":\s*(\d{1,9})\s*,')


def schema_of(content: bytes) -> object:
    """Return the schema of a file that has this *content*, of whatever version it is."""
    # a later version may write what this one does not take, but not before it has said so
    head = _HEAD.match(content)
    if head is not None:
        return int(head[1])
    try:
        data = parsed(content)
    except (ValueError, RecursionError):
        return None  # nobody can use it
    return data.get("schema") if isinstance(data, dict) else None


def _refuse_newer(path: Path) -> None:
    try:
        schema = schema_of(read_bounded(path))
    except (OSError, ValueError):
        return
    if is_newer(schema):
        raise NewerStoreError(f"{path} is left as it is: {newer(schema)}")


def _check_kept(path: Path, field: str, data: dict[str, str]) -> None:
    try:
        _checked(field, data)
    except ValueError as error:
        raise StoreError(f"{path} is not written: {error}") from error


def _checked(field: str, data: Any) -> tuple[tuple[str, str], ...]:
    """Return the texts in *data*, by their names."""
    if not isinstance(data, dict):
        raise ValueError(f"its {field} are no JSON object")
    if len(data) > _MOST[field]:
        raise ValueError(f"it has more than {_MOST[field]} {field}")
    for name, value in data.items():
        if field == "sources" and not _is_source(name):
            raise ValueError(f"{name!r:.60} is no relative path of a source file")
        if field == "distributions" and not _DISTRIBUTION.fullmatch(name):
            raise ValueError(f"{name!r:.60} is no name of a distribution")
        if not isinstance(value, str) or len(value) > _LONGEST or not value.isprintable():
            raise ValueError(f"what its {field} have for {name!r:.60} is no short text")
    return tuple(data.items())


# the normal form of PEP 503
_DISTRIBUTION = re.compile(r"[a-z0-9]([a-z0-9-]{0,198}[a-z0-9])?")


def _is_source(name: str) -> bool:
    """Say whether a store names a source file so: relative, and by no way round.

    Nothing but sources and texts is ever opened, whatever the file says: no device, no pipe.
    """
    if not 3 < len(name) <= _LONGEST or not name.isprintable():
        return False
    if PurePosixPath(name).suffix not in {".py", *DATA_SUFFIXES}:
        return False
    if "\\" in name or name[1] == ":":  # a drive
        return False
    parts = name.split("/")
    up = next((place for place, part in enumerate(parts) if part != ".."), len(parts))
    return not {"", ".", ".."} & {*parts[up:]}


def _lines(data: Mapping[str, Any], body: str) -> Iterator[str]:
    """Yield the lines of a file: each node, model and source has its own.

    Git merges changes that have an unchanged line between them.  Therefore the digest of a
    source stands under its name, and what a model says of itself under what it is called.
    """
    yield "{"
    for index, (key, value) in enumerate(data.items()):
        comma = "," if index < len(data) - 1 else ""
        if key == body:
            yield f'"{key}": {{'
            for place, name in enumerate(value, 1):
                yield from _block(name, value[name], "," if place < len(value) else "")
            yield f"}}{comma}"
        else:
            yield from _block(key, value, comma)
    yield "}"


def _block(key: str, value: Any, comma: str) -> Iterator[str]:
    if isinstance(value, dict) and value:
        between = "\n" if key == "sources" else " "
        items = [f"{json.dumps(name)}:{between}{json.dumps(item)}" for name, item in value.items()]
        opening, closing = "{}"
    elif isinstance(value, list) and value:
        items = [json.dumps(item) for item in value]
        if key == "models":
            items = [item.replace(', "summary": ', ',\n"summary": ') for item in items]
        opening, closing = "[]"
    else:
        yield f"{json.dumps(key)}: {json.dumps(value)}{comma}"
        return
    yield f"{json.dumps(key)}: {opening}"
    yield ",\n".join(items)
    yield f"{closing}{comma}"
