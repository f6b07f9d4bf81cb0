"""Where there is no torch, the tests that need it are not even collected."""

from __future__ import annotations

import importlib.util
from pathlib import Path

collect_ignore = [
    path.name
    for path in sorted(Path(__file__).parent.glob("test_*.py"))
    if importlib.util.find_spec("torch") is None
    and "pytestmark = pytest.mark.torch" in path.read_text(encoding="utf-8")
]
