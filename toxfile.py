"""An inline tox plugin: after `tox -e docs`, the last line says which file to open."""

from __future__ import annotations

import atexit
from typing import TYPE_CHECKING

from tox.plugin import impl

if TYPE_CHECKING:
    from tox.execute.api import Outcome
    from tox.tox_env.api import ToxEnv


@impl
def tox_after_run_commands(tox_env: ToxEnv, exit_code: int, outcomes: list[Outcome]) -> None:
    """Remember the page for the moment when tox has printed its own summary."""
    del outcomes
    page = tox_env.core["tox_root"] / "example_docs" / "_build" / "html" / "index.html"
    if tox_env.name == "docs" and exit_code == 0 and page.is_file():
        atexit.register(print, f"The show-case is built; open {page}", flush=True)
