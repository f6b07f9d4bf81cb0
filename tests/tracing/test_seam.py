"""What the author's code raises is said on one line, whatever it is."""

from __future__ import annotations

import pytest

from sphinx_visualtorch.tracing.seam import in_words


class MuteError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("not even this")


class OddError(Exception):
    def __str__(self) -> str:
        return self.args[0]  # type: ignore[no-any-return]


class Unprintable:
    def __repr__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ValueError("no"), "ValueError: no"),
        (ValueError("first:\n   second\n"), "ValueError: first: second"),
        (ValueError(), "ValueError"),
        (KeyError("fc"), "KeyError: 'fc'"),
        (MuteError(), "MuteError"),
        (OddError(3), "OddError"),
        (SystemExit(), "it called sys.exit()"),
        (SystemExit(0), "it called sys.exit(0)"),
        (SystemExit("enough"), "it called sys.exit('enough')"),
        (SystemExit(Unprintable()), "it called sys.exit()"),
        (KeyboardInterrupt(), "KeyboardInterrupt"),
    ],
)
def test_words(error: BaseException, words: str) -> None:
    assert in_words(error) == words


@pytest.mark.parametrize("error", [ValueError("many words " * 1000), SystemExit("x" * 10_000)])
def test_long_ones_are_cut(error: BaseException) -> None:
    words = in_words(error)
    assert 300 < len(words) < 450
    assert "…" in words
    assert "\n" not in words
