"""The colours of a scene's slots in one theme, the same for every painter."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sphinx_visualtorch.errors import OptionError
from sphinx_visualtorch.paint import assert_never
from sphinx_visualtorch.scene import Group, Path, Scene, Text, walk

__all__ = ["THEMES", "colour_table", "used_slots"]

THEMES = ("light", "dark")
_VALUE = re.compile(r"none|#[0-9a-f]{6}", re.IGNORECASE)


def colour_table(scene: Scene, theme: str) -> Mapping[str, str]:
    """Return slot → ``#rrggbb`` or ``none`` for one theme; the slot ``none`` is always there.

    :raises OptionError: if there is no such theme.
    :raises ValueError: if a slot holds something else than such a colour, or if a mark names a
        slot that the scene lacks.
    """
    if theme not in THEMES:
        raise OptionError("theme", theme, f"one of {', '.join(THEMES)} is wanted")
    table = {"none": "none"}
    for colour in scene.colours:
        value = colour.light if theme == "light" else colour.dark
        if not _VALUE.fullmatch(value):
            raise ValueError(f"colour slot {colour.slot!r} holds {value!r}, not #rrggbb or none")
        table[colour.slot] = value.lower()
    for slot in sorted(used_slots(scene) - table.keys()):
        raise ValueError(f"a mark names the colour slot {slot!r}, which the scene lacks")
    return table


def used_slots(scene: Scene) -> set[str]:
    """Return the slots, and maybe ``none``, that the marks and the background name."""
    used = {scene.background}
    for mark in walk(scene.marks):
        match mark:
            case Path():
                used |= {mark.fill, mark.stroke}
            case Text():
                used.add(mark.fill)
            case Group():
                pass
            case _:
                assert_never(mark)
    return used
