"""Where there is no torch, the tests that need it are not even collected."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

_NEEDS_IT = re.compile(r"^pytestmark = (\[\s*)?pytest\.mark\.torch\b", re.MULTILINE)

collect_ignore = [
    path.name
    for path in sorted(Path(__file__).parent.glob("test_*.py"))
    if importlib.util.find_spec("torch") is None
    and _NEEDS_IT.search(path.read_text(encoding="utf-8"))
]
