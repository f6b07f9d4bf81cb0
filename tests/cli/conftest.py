"""How the tests of this room run the command line."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sphinx_visualtorch import cli


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Return a function that runs a command: exit code, standard output, standard error."""

    def run(*args: str) -> tuple[int, str, str]:
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main(args)
        out, err = capfd.readouterr()
        return int(ended.value.code or 0), out, err

    return run
