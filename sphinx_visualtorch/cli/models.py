"""From a reference on the command line to a graph: from a store, or traced by a worker."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sphinx_visualtorch.cli.params import OTHER, Sectioned
from sphinx_visualtorch.errors import printable, several
from sphinx_visualtorch.reference import Reference
from sphinx_visualtorch.store import Store
from sphinx_visualtorch.store.parsing import parsed
from sphinx_visualtorch.store.whole import read_bounded

if TYPE_CHECKING:
    from sphinx_visualtorch.graph import ArchitectureGraph
    from sphinx_visualtorch.store import Entry

__all__ = ["Ways", "graph_of", "limit_params", "looking_in", "model_params", "note", "reference_of"]

_MODEL = "Model"
_TRACING = "Tracing"
SECONDS, GIGABYTES = 60.0, 4.0
STORE = "_visualtorch"
"""What the store of a project is called, if conf.py does not say otherwise."""


def note(text: str, *, quiet: bool = False) -> None:
    """Say something that is no result, on the stream of errors."""
    if not quiet:
        click.echo(text, err=True)


def _joined(separator: str) -> Any:
    def callback(_ctx: click.Context, _param: click.Parameter, value: tuple[str, ...]) -> str:
        return separator.join(value)

    return callback


def model_params() -> list[click.Parameter]:
    """Return the parameters that name a model, its arguments and its inputs."""
    plain: dict[str, Any] = {"section": _MODEL, "default": None}
    several: dict[str, Any] = {"section": _MODEL, "multiple": True}
    directory = click.Path(exists=True, file_okay=False, path_type=Path)
    return [
        click.Argument(["reference"], metavar="REFERENCE"),
        Sectioned(["--args"], help="The call's positional arguments: \"10, 'small'\".", **plain),
        Sectioned(
            ["--kwargs"], help='The call\'s keyword arguments: "width=64, depth=3".', **plain
        ),
        Sectioned(
            ["--input-shape"],
            callback=_joined("; "),
            metavar="SHAPE",
            help="The shape of an input, the batch included: 1,3,224,224 or 1x3x224x224. Again "
            "for each further input. Without, inputs are looked for or guessed.",
            **several,
        ),
        Sectioned(
            ["--input-dtype"],
            callback=_joined("; "),
            metavar="DTYPE",
            help="The element type of the inputs, such as int64; again for one each.",
            **several,
        ),
        Sectioned(
            ["--inputs"],
            metavar="REFERENCE",
            help="A function that takes nothing and returns the inputs: pkg.inputs:batch.",
            **plain,
        ),
        Sectioned(
            ["--path"],
            type=directory,
            metavar="DIRECTORY",
            help="Look for modules here, too, before all else; the current directory comes next.",
            **several,
        ),
        Sectioned(
            ["--store"],
            type=directory,
            metavar="DIRECTORY",
            help="Take the graph from the store of a docs project, if it has a fresh one: docs or "
            "docs/_visualtorch. No code of the model runs then, and no torch is needed.",
            **plain,
        ),
    ]


class _Limit(click.FloatRange):
    """A number above nothing; however large, or infinity, no clock and no machine has more."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        found = float(super().convert(value, param, ctx))
        if math.isnan(found):
            self.fail(f"{value!r} is not a number.", param, ctx)
        return min(found, _MOST)


_MOST = 1e6


def limit_params() -> list[click.Parameter]:
    """Return the parameters that say what tracing may take, and how much is said."""
    least = _Limit(min=0, min_open=True)
    return [
        Sectioned(
            ["--timeout"],
            type=least,
            default=SECONDS,
            metavar="SECONDS",
            help=f"How long a model may take [{SECONDS:g}].",
            section=_TRACING,
        ),
        Sectioned(
            ["--max-memory"],
            type=least,
            default=GIGABYTES,
            metavar="GB",
            help=f"How much memory a model may take [{GIGABYTES:g}].",
            section=_TRACING,
        ),
        Sectioned(
            ["-v", "--verbose"],
            is_flag=True,
            help="Show what the model prints, and the traceback where it fails.",
            section=OTHER,
        ),
        Sectioned(["-q", "--quiet"], is_flag=True, help="Say nothing but errors.", section=OTHER),
    ]


_CALLED = re.compile(r"([\w.:]+)\((.*)\)\s*", re.DOTALL)


def reference_of(given: Mapping[str, Any]) -> Reference:
    """Return the reference that a command's parameters spell.

    :raises ReferenceSyntaxError: naming the text.
    """
    text = given["reference"].strip()
    file, colon, rest = text.rpartition(":")
    if file.endswith(".py") or "/" in file or "\\" in file or text.endswith(".py"):
        path = Path(file if colon else text)
        at = f" --path {path.parent}" if path.parent != Path() else ""
        wanted = f"{path.stem}:{rest if colon else 'Net'}{at}"
        raise click.BadParameter(f"{text!r} is a file; name the module in it: {wanted}")
    called = _CALLED.fullmatch(text)
    if called:
        wanted = f'{called[1]} --args "…" --kwargs "…"'
        raise click.BadParameter(f"{text!r} has arguments; write them as {wanted}")
    names = ("args", "kwargs", "input_shape", "input_dtype", "inputs")
    return Reference.parse(text, **{name: given[name] for name in names})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """How a command comes by its graph; *memory* is in bytes."""

    path: tuple[Path, ...]
    store: Path | None
    timeout: float
    memory: float
    verbose: bool
    quiet: bool

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Ways:
        """Return what a command's parameters say."""
        return cls(
            path=given["path"],
            store=given["store"],
            timeout=given["timeout"],
            memory=given["max_memory"] * 1e9,
            verbose=given["verbose"],
            quiet=given["quiet"],
        )


@contextmanager
def looking_in(path: tuple[Path, ...]) -> Iterator[None]:
    """Have a worker that starts inside look for modules in *path*, then where the user is."""
    before = sys.path
    sys.path = [*(str(entry.absolute()) for entry in path), str(Path.cwd()), *before]
    try:
        yield
    finally:
        sys.path = before


def graph_of(reference: Reference, ways: Ways) -> ArchitectureGraph:
    """Return the graph of the model that *reference* names.

    :raises VisualTorchError: if there is none in the store and the model cannot be traced.
    """
    kept = _kept(reference, ways)
    if kept is not None and kept.fresh:
        return kept.graph
    from sphinx_visualtorch.tracing.client import Failed, trace_all

    if sys.stderr.isatty():
        note(f"tracing {reference}…", quiet=ways.quiet)
    with looking_in(ways.path):
        (answer,) = trace_all([reference], timeout=ways.timeout, max_memory=ways.memory)
    if ways.verbose and answer.log.strip():
        note(answer.log.rstrip())
    if not isinstance(answer, Failed):
        if answer.inputs:
            note(f"{reference} runs on {answer.inputs}", quiet=ways.quiet)
        return answer.graph
    if kept is None or answer.error.stage != "torch":
        raise answer.error
    note(f"{reference} is as it was before {several(kept.changed)} changed", quiet=ways.quiet)
    return kept.graph


def _kept(reference: Reference, ways: Ways) -> Entry | None:
    if ways.store is None:
        return None
    from sphinx_visualtorch.store import Entry

    # that of the docs is meant, if there is one
    inner = ways.store / STORE
    place = inner if inner.is_dir() else ways.store
    store = Store(place.absolute())
    found = store.load(reference)
    if isinstance(found, Entry):
        return found
    told = f"{place} has no graph of {reference} with these inputs"
    others = " or ".join(_others(store, reference))
    note(found.reason or (f"{told}, but with {others}" if others else told), quiet=ways.quiet)
    return None


_WRITTEN: Mapping[str, Callable[[Any], str]] = {
    "args": str,
    "kwargs": str,
    "input_shape": lambda shapes: "; ".join(",".join(map(str, sizes)) for sizes in shapes),
    "input_dtype": "; ".join,
    "inputs": str,
}


def _others(store: Store, reference: Reference) -> Iterator[str]:
    """Yield the options with which *store* has graphs of the same target."""

    def written(path: Path) -> str:
        request = parsed(read_bounded(path))["request"]
        texts = (
            (name, write(request[name])) for name, write in _WRITTEN.items() if name in request
        )
        options = (f'--{name.replace("_", "-")} "{text}"' for name, text in texts)
        return printable(" ".join(options)) if request["target"] == reference.target else ""

    stem = store.path(reference).name.rpartition("-")[0]
    for path in sorted(store.directory.glob(f"{stem}-*.json"))[:3]:
        options = store.attempt(path, written)
        if isinstance(options, str) and options:
            yield options
