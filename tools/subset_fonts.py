# ruff: noqa: INP001 - a script, no package
"""Make the two fonts that the package ships, and the table of their widths.

Run it with fontTools installed (it is not needed at run time)::

    apt-get download fonts-liberation2 && dpkg -x fonts-liberation2_*.deb liberation
    python tools/subset_fonts.py liberation/usr/share/fonts/truetype/liberation2

The source is Liberation Sans **2.1.5**, which is under the SIL Open Font License 1.1.  Debian's
older package ``fonts-liberation`` 1.07 is under another licence and must not be used.  The OFL
forbids a modified version to bear a reserved name, so the subset is called VisualTorch Sans.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

TARGET = Path(__file__).resolve().parent.parent / "sphinx_visualtorch" / "font"
FAMILY = "VisualTorch Sans"
RANGES = (
    (0x0020, 0x007E),  # Basic Latin
    (0x00A0, 0x017F),  # Latin-1 Supplement, Latin Extended-A
    (0x0370, 0x03FF),  # Greek
    (0x1E80, 0x1E85),  # the rest of Welsh
    (0x2010, 0x2027),  # dashes, quotation marks, bullets
    (0x2030, 0x205E),  # primes and other punctuation
    (0x2070, 0x209F),  # superscripts and subscripts
    (0x20AC, 0x20AC),  # the euro
    (0x2100, 0x218F),  # letterlike symbols, fractions
    (0x2190, 0x21FF),  # arrows
    (0x2200, 0x22FF),  # mathematical operators
    (0x25A0, 0x25FF),  # geometric shapes
)
NAMES = {
    1: FAMILY,
    3: "VisualTorch: {full}",
    4: "{full}",
    6: "VisualTorchSans-{style}",
    10: "A subset of Liberation Sans 2.1.5 without kerning and hints.",
}
DROPPED_NAMES = (7, 8, 9, 11, 12, 16, 17, 18, 21, 22, 25)  # the trade mark, makers' addresses


def subset(source: Path, style: str) -> TTFont:
    """Return the font of *source* with our characters, without kerning, hints and old names."""
    font = TTFont(source)
    version = font["name"].getDebugName(5) or ""
    licence = font["name"].getDebugName(13) or ""
    if "2.1.5" not in version or "SIL Open Font License" not in licence:
        raise SystemExit(f"{source} is {version!r} under {licence!r}, not Liberation 2.1.5")
    options = Options(
        hinting=False,
        layout_features=[],
        name_IDs=["*"],
        notdef_outline=True,
        drop_tables=["FFTM", "GPOS", "GSUB", "GDEF", "kern", "DSIG"],
        recalc_timestamp=False,
    )
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=[code for low, high in RANGES for code in range(low, high + 1)])
    subsetter.subset(font)
    full = FAMILY if style == "Regular" else f"{FAMILY} {style}"
    table = font["name"]
    table.names = [name for name in table.names if name.nameID not in DROPPED_NAMES]
    for name in list(table.names):
        if name.nameID in NAMES:
            text = NAMES[name.nameID].format(full=full, style=style)
            table.setName(text, name.nameID, name.platformID, name.platEncID, name.langID)
    return font


def widths(font: TTFont) -> dict[str, list[int]]:
    """Return the advance widths in font units as runs: the first code point → widths."""
    metrics = font["hmtx"].metrics
    runs: dict[str, list[int]] = {}
    start, previous = 0, -2
    for code, glyph in sorted(font.getBestCmap().items()):
        if code != previous + 1:
            start = code
            runs[str(start)] = []
        runs[str(start)].append(metrics[glyph][0])
        previous = code
    return runs


def main(folder: Path) -> None:
    """Write the fonts and ``widths.json`` into the package."""
    TARGET.mkdir(exist_ok=True)
    table: dict[str, object] = {}
    for style in ("Regular", "Bold"):
        font = subset(folder / f"LiberationSans-{style}.ttf", style)
        font.save(TARGET / f"VisualTorchSans-{style}.ttf")
        table[style.lower()] = widths(font)
        table["units"] = font["head"].unitsPerEm
    text = json.dumps(table, sort_keys=True, separators=(",", ":"))
    (TARGET / "widths.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
