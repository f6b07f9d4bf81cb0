"""The command line, ``sphinx-visualtorch`` or ``python -m sphinx_visualtorch``.

It imports neither torch nor Sphinx by itself: models are run by the worker, docs are read by
``sphinx_ext``, which a command imports when it is run.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import click

from sphinx_visualtorch import __version__
from sphinx_visualtorch.cli.check import check
from sphinx_visualtorch.cli.info import info
from sphinx_visualtorch.cli.prune import prune
from sphinx_visualtorch.cli.render import render
from sphinx_visualtorch.cli.trace import trace

__all__ = ["NAME", "commands", "main"]

NAME = "sphinx-visualtorch"


@click.group(
    context_settings={
        "help_option_names": ["-h", "--help"],
        "max_content_width": 100,
        # as in a directive, both are the same
        "token_normalize_func": lambda name: name.replace("_", "-"),
    },
    epilog="The manual has a page on it: The command line.",
)
@click.version_option(__version__, prog_name=NAME)
def commands() -> None:
    """Architecture figures of PyTorch models, in files and in Sphinx docs."""


for _command in (trace, check, prune, render, info):
    commands.add_command(_command)


def _open_standard() -> None:
    """Have the three standard streams, of which whoever calls may have closed one.

    Else the next file, or the pipe to the worker, would take its place.
    """
    while (number := os.open(os.devnull, os.O_RDWR)) < 3:  # the lowest that is free is taken
        os.set_inheritable(number, True)
    os.close(number)
    # Python has none where there was none when it began; of standard output, render says so
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - to the very end


def main(args: Sequence[str] | None = None) -> None:
    """Run the command line; this ends the process with one of the codes in :class:`ends.End`."""
    _open_standard()
    with suppress(AttributeError):  # what cannot be written in a terminal's letters ends nothing
        sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
    commands.main(args=args, prog_name=NAME)
