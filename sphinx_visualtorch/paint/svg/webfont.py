"""The shipped fonts for the inside of an SVG file: only the letters that a figure needs.

The outlines of all others are left out and the numbers of the glyphs stay, so that no other table
changes but the one that says where each outline is.  What comes out is a WOFF file (W3C, *WOFF File
Format 1.0*); the tables inside are those of OpenType.
"""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

from sphinx_visualtorch.fonts import font_file

__all__ = ["WEB_FAMILY", "font_face", "woff"]

WEB_FAMILY = "'VisualTorch Sans'"

_COMPOSITE = 0x0020  # more components follow
_WIDE_ARGUMENTS = 0x0001
_SCALES = ((0x0008, 2), (0x0040, 4), (0x0080, 8))  # flag, and how many bytes of scale it brings


def font_face(letters: Iterable[str], *, bold: bool) -> str:
    """Return a rule of CSS with a font that has *letters* inside."""
    content = base64.b64encode(woff(letters, bold=bold)).decode()
    weight = 700 if bold else 400
    source = f"url(data:font/woff;base64,{content}) format('woff')"
    return f"@font-face{{font-family:{WEB_FAMILY};font-weight:{weight};src:{source}}}\n"


def woff(letters: Iterable[str], *, bold: bool) -> bytes:
    """Return the font with *letters*, as far as it has them, as a WOFF file."""
    original = font_file(bold).read_bytes()
    tables = dict(_tables(original))
    glyphs = _glyphs(tables)
    known = _character_map(tables["cmap"])
    wanted = {0, *(known[ord(letter)] for letter in letters if ord(letter) in known)}
    _add_components(wanted, glyphs)
    kept = [glyph if index in wanted else b"" for index, glyph in enumerate(glyphs)]
    ends = [0]
    for glyph in kept:
        ends.append(ends[-1] + len(glyph))
    tables["glyf"] = b"".join(kept)
    # the short form of the table: half of each offset (all outlines are of an even length)
    tables["loca"] = struct.pack(f">{len(ends)}H", *(end // 2 for end in ends))
    return _packed(original[:4], tables)


def _tables(font: bytes) -> Iterator[tuple[str, bytes]]:
    (count,) = struct.unpack_from(">H", font, 4)
    for index in range(count):
        tag, _, offset, length = struct.unpack_from(">4sLLL", font, 12 + 16 * index)
        yield tag.decode(), font[offset : offset + length]


def _glyphs(tables: Mapping[str, bytes]) -> list[bytes]:
    loca = tables["loca"]
    ends = [2 * end for end in struct.unpack(f">{len(loca) // 2}H", loca)]
    glyf = tables["glyf"]
    return [glyf[start:end] for start, end in pairwise(ends)]


def _character_map(cmap: bytes) -> dict[int, int]:
    """Return code point → number of the glyph, from the subtable of format 4."""
    (count,) = struct.unpack_from(">H", cmap, 2)
    offsets = (struct.unpack_from(">HHL", cmap, 4 + 8 * i)[2] for i in range(count))
    at = next(offset for offset in offsets if struct.unpack_from(">H", cmap, offset)[0] == 4)
    runs = struct.unpack_from(">H", cmap, at + 6)[0] // 2

    def column(number: int, form: str, gap: int) -> tuple[int, ...]:
        return struct.unpack_from(f">{runs}{form}", cmap, at + 14 + gap + 2 * runs * number)

    last, first = column(0, "H", 0), column(1, "H", 2)
    delta, reach = column(2, "h", 2), column(3, "H", 2)
    found = {}
    for run in range(runs):
        for code in range(first[run], min(last[run], 0xFFFE) + 1):
            glyph = code
            if reach[run]:
                place = at + 16 + 2 * runs * 3 + 2 * run + reach[run] + 2 * (code - first[run])
                (glyph,) = struct.unpack_from(">H", cmap, place)
            if glyph:
                found[code] = (glyph + delta[run]) & 0xFFFF
    return found


def _add_components(wanted: set[int], glyphs: list[bytes]) -> None:
    """Add the glyphs that those *wanted* are made of: ä is a and two dots."""
    waiting = list(wanted)
    while waiting:
        for part in _components(glyphs[waiting.pop()]):
            if part not in wanted:
                wanted.add(part)
                waiting.append(part)


def _components(glyph: bytes) -> Iterator[int]:
    if not glyph or struct.unpack_from(">h", glyph)[0] >= 0:
        return
    place, flags = 10, _COMPOSITE
    while flags & _COMPOSITE:
        flags, part = struct.unpack_from(">HH", glyph, place)
        yield part
        place += 4 + (4 if flags & _WIDE_ARGUMENTS else 2)
        place += sum(size for flag, size in _SCALES if flags & flag)


def _packed(flavour: bytes, tables: Mapping[str, bytes]) -> bytes:
    """Return a WOFF file of *tables*."""
    start = 44 + 20 * len(tables)
    directory, body = b"", b""
    for tag, table in sorted(tables.items()):
        small = zlib.compress(table, 9)
        stored = small if len(small) < len(table) else table
        sizes = start + len(body), len(stored), len(table)
        directory += struct.pack(">4sLLLL", tag.encode(), *sizes, _sum(table))
        body += stored + bytes(-len(stored) % 4)
    whole = 12 + 16 * len(tables) + sum(-(-len(table) // 4) * 4 for table in tables.values())
    header = struct.pack(
        ">4s4sLHHLHHLLLLL",
        b"wOFF", flavour, start + len(body), len(tables), 0, whole, 1, 0, 0, 0, 0, 0, 0,
    )  # fmt: skip
    return header + directory + body


def _sum(table: bytes) -> int:
    padded = table + bytes(-len(table) % 4)
    total: int = sum(struct.unpack(f">{len(padded) // 4}L", padded))
    return total & 0xFFFFFFFF
