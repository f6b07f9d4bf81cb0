"""Zero options, readable: every figure of the manual, the show-case and the zoo, rule by rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import pytest
from browser.checker.rules import NAMES
from browser.sets import SETS

Found = Mapping[str, list[str]]


@pytest.fixture(scope="module", params=SETS)
def found(request, tab, tmp_path_factory) -> Found:
    """Return what is wrong with the figures of a set, by rule."""
    shelf = SETS[request.param](tmp_path_factory.mktemp(request.param))
    by_rule = defaultdict(list)
    for violation in shelf.violations(tab):
        by_rule[violation.rule].append(f"{violation.where}: {violation.message}")
    return by_rule


@pytest.mark.parametrize("rule", NAMES)
def test_figures_are_readable(found: Found, rule: str) -> None:
    assert found[rule] == []
