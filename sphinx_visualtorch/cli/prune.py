"""``prune``: what no page asks for any more is removed from the store."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from sphinx_visualtorch.cli.check import unlike
from sphinx_visualtorch.cli.docs import counted, docs_params, pages_of, surveyed, tell, traced_by
from sphinx_visualtorch.cli.ends import FoundError, UnreadError
from sphinx_visualtorch.cli.models import note
from sphinx_visualtorch.cli.params import Listed, Sectioned
from sphinx_visualtorch.errors import StoreError
from sphinx_visualtorch.store.form import is_newer, schema_of
from sphinx_visualtorch.store.whole import read_bounded

__all__ = ["prune"]

_NAME = re.compile(r".*-[0-9a-f]{16}\.json")
"""What the store calls its files; others in its directory are somebody else's."""


_FIELDS = (b'"schema"', b'"versions"', b'"sources"')
"""What is in all files of the store."""


def _unused(store: Path, used: frozenset[Path]) -> Iterator[Path]:
    for folder in (store, store / "listings"):
        for path in sorted(folder.glob("*.json")):
            if path not in used and _NAME.fullmatch(path.name):
                yield path


def _kept(path: Path) -> str:
    """Return why a file is left alone that nothing asks for; empty if it is to go."""
    try:
        content = read_bounded(path)
    except (OSError, ValueError) as error:
        return getattr(error, "strerror", None) or str(error)
    schema = schema_of(content)
    if is_newer(schema):
        # which may have other names for what pages show
        return "a newer version of sphinx-visualtorch wrote it"
    # nobody else's file goes, whatever its name and directory
    written = type(schema) is int and all(field in content for field in _FIELDS)
    return "" if written else "no store wrote it"


def _prune(**given: Any) -> None:
    with pages_of(given) as pages:
        if pages.problems:
            tell(pages.problems)
            problem = f"{counted(len(pages.problems), 'problem')} in the pages"
            raise UnreadError(f"nothing is removed, as figures may be missing: {problem}")
        found = surveyed(pages)
        if not found.whole:
            for _, line in unlike(found.listings):
                note(line)
            raise FoundError(
                "nothing is removed, as it is not known what these galleries show; "
                f"{traced_by(given)} lists them"
            )
        unused = []
        for path in _unused(found.store, found.files):
            why = _kept(path)
            if why:
                note(f"{path.name} is left: {why}")
            else:
                unused.append(path)
        for path in unused:
            if not given["dry_run"]:
                _remove(path)
            click.echo(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
        done = "would be removed" if given["dry_run"] else "removed"
        note(f"{counted(len(unused), 'file')} {done}", quiet=given["quiet"])


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"cannot remove {path}: {error.strerror or error}") from error


_HELP = """Remove the files of the store that no page of a docs project asks for.

SRCDIR has the pages. Nothing is removed where they could not be read as a whole. The names of the
files that are removed are printed.
"""

prune = Listed(
    "prune",
    callback=_prune,
    help=_HELP,
    short_help="Remove from the store what no page shows any more.",
    params=[
        *docs_params(),
        Sectioned(
            ["-n", "--dry-run"],
            is_flag=True,
            help="Only print what would be removed.",
            section="Removing",
        ),
    ],
)
