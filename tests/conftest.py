"""Fixtures for all rooms."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from projects import Project, chain

from sphinx_visualtorch.reference import Reference

# A shell that starts a program in the background has it ignore Ctrl-C, and so has whatever that
# program starts: tests that interrupt a build would wait for ever.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Return an empty docs project."""
    return Project(tmp_path)


@pytest.fixture(scope="module")
def make_project(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Project]:
    """Return a function that makes empty docs projects, for builds that several tests look at."""
    return lambda: Project(tmp_path_factory.mktemp("project"))


@pytest.fixture
def one(project: Project) -> Project:
    """Return a docs project whose store has the graph of ``models:Net``."""
    project.write("models.py", "raise RuntimeError\n")
    project.keep(Reference.parse("models:Net", input_shape="1, 8"), chain(), "models.py")
    return project
