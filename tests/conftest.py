"""Fixtures for all rooms."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from projects import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Return an empty docs project."""
    return Project(tmp_path)


@pytest.fixture(scope="module")
def make_project(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Project]:
    """Return a function that makes empty docs projects, for builds that several tests look at."""
    return lambda: Project(tmp_path_factory.mktemp("project"))
