"""One browser with one tab for all tests of this room."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from browser.checker.browser import running

if TYPE_CHECKING:
    from playwright.sync_api import Page as Tab


@pytest.fixture(scope="session")
def tab() -> Iterator[Tab]:
    with running() as tab:
        yield tab
