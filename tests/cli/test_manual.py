"""The manual's page on the command line: its commands run, and print what it says."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import textwrap
from pathlib import Path

import click
import pytest

from sphinx_visualtorch.cli import commands
from sphinx_visualtorch.cli.ends import End
from sphinx_visualtorch.options import ALIASES, STYLES, declared

DOCS = Path(__file__).resolve().parents[2] / "example_docs"
TEXT = (DOCS / "manual/command-line.rst").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """Return the code blocks of the page in *language*."""
    pattern = rf"^\.\. code-block:: {language}\n\n((?:(?:   .*)?\n)+)"
    return [textwrap.dedent(text).strip() for text in re.findall(pattern, TEXT, re.MULTILINE)]


def sessions() -> list[tuple[str, str]]:
    """Return each command of the page's console blocks, with what it is to print."""
    found = []
    for block in blocks("console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command = re.match(r"(?:.*\\\n)*.*", part)
            assert command is not None
            found.append((command[0], part[command.end() :].strip("\n")))
    return found


def shell(command: str, folder: Path) -> tuple[int, str]:
    """Run *command* as a user would, with the program in place of an installed script."""
    program = shlex.join([sys.executable, "-m", "sphinx_visualtorch"])
    written = command.replace("sphinx-visualtorch", program, 1).replace("python -c", "python3 -c")
    done = subprocess.run(
        ["bash", "-c", written],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
        timeout=300,
    )
    return done.returncode, done.stdout.strip("\n")


CONF = 'extensions = ["sphinx_visualtorch"]\n'
INDEX = """\
Docs
====

.. visualtorch:: architectures.lenet:LeNet5
   :input-shape: 1, 1, 32, 32
"""


@pytest.mark.torch
def test_sessions(tmp_path: Path) -> None:
    """One after the other, in a directory with a docs project of one figure."""
    pytest.importorskip("torch")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "conf.py").write_text(CONF, encoding="utf-8")
    (tmp_path / "docs" / "index.rst").write_text(INDEX, encoding="utf-8")
    for command, said in sessions():
        code, told = shell(command, tmp_path)
        wanted = End.FOUND if "to be made by" in said else End.FINE
        assert (code, _plain(told)) == (wanted, _plain(said)), command


def _plain(text: str) -> str:
    """Return *text* without times, and sizes of figures, which a better layout changes."""
    return re.sub(r"\d+\.\d s\n", "N s\n", re.sub(r"\d+ × \d+ px", "N × N px", text))


def test_there_are_sessions() -> None:
    assert len(sessions()) >= 8


def test_exit_codes() -> None:
    """The table has exactly the codes there are."""
    table = TEXT.partition("Exit codes\n")[2].partition("Completion\n")[0]
    codes = {int(code) for code in re.findall(r"^(\d+) ", table, flags=re.MULTILINE)}
    assert codes == {int(end) for end in End}


def test_every_command_is_there() -> None:
    for name in commands.commands:
        assert f"``{name}`` " in TEXT, name


@pytest.mark.parametrize("name", commands.commands)
def test_every_option_is_there(name: str) -> None:
    """But those of styles, which have a page of their own."""
    styles = {option for style in STYLES for option, _, _ in declared(style)}
    for param in commands.commands[name].params:
        if isinstance(param, click.Option) and param.name not in {*styles, *ALIASES} - {"scale"}:
            told = [option for option in param.opts if re.search(rf"[` ]{option}\b", TEXT)]
            assert told, f"{name} {param.opts}"


def test_hook() -> None:
    """The hook for others is what the page says, and its command is one of ours."""
    text = (DOCS.parent / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    fields = dict(re.findall(r"^(?:- |  )(\w+): (.*)$", text, flags=re.MULTILINE))
    program, command = fields["entry"].split()
    assert (program, fields["pass_filenames"]) == ("sphinx-visualtorch", "false")
    assert command in commands.commands
    written = [block for block in blocks("yaml") if "pre-commit" in block or "hooks:" in block]
    assert all(f"- id: {fields['id']}" in block for block in written)
    assert len(written) == 2
    for block in blocks("yaml"):
        for name in re.findall(r"sphinx-visualtorch (\w+) ", block):
            assert name in commands.commands


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_completion(name: str) -> None:
    """What the page tells shells to read is there."""
    (line,) = (text for text in blocks("bash") if f"={name}_source " in text)
    variable, program = re.search(r"(_\w+)=\w+ ([\w-]+)", line or "").groups()  # type: ignore[union-attr]
    env = {**os.environ, variable: f"{name}_source"}
    command = [sys.executable, "-m", "sphinx_visualtorch"]
    done = subprocess.run(command, env=env, capture_output=True, encoding="utf-8", check=False)
    # click asks bash for its version, and says so where it has none
    assert program in done.stdout
    assert variable in done.stdout


def test_words_are_completed() -> None:
    env = {
        **os.environ,
        "_SPHINX_VISUALTORCH_COMPLETE": "bash_complete",
        "COMP_WORDS": "sphinx-visualtorch render --palette tol",
        "COMP_CWORD": "3",
    }
    command = [sys.executable, "-m", "sphinx_visualtorch"]
    done = subprocess.run(command, env=env, capture_output=True, encoding="utf-8", check=False)
    assert done.stdout.split() == ["plain,tol", "plain,tol_light", "plain,tol_muted"]
