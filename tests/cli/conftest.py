"""How the tests of this room run the command line, and on what."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from sphinx_visualtorch import cli

if TYPE_CHECKING:
    from projects import Project, Run


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs a command: exit code, standard output, standard error."""

    def run(*args: str) -> tuple[int, str, str]:
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main(args)
        out, err = capfd.readouterr()
        return int(ended.value.code or 0), out, err

    return run


@pytest.fixture(autouse=True)
def _path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have programs that a test starts find what the test itself finds."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))


@pytest.fixture
def docs(one: Project, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Return a project with the page that its module calls PAGE; the user is beside it.

    Of what the page shows, ``models:Net`` on 1×8 is in the store.
    """
    one.write("index.rst", request.module.PAGE)
    monkeypatch.chdir(one.root)
    return one
