"""Which characters can our font draw?"""

import struct
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path

GETA = "〓"
"""Stands for a character that can't be drawn, as printers have always set it. Without it there would be no document
at all: PDF/UA wants every character drawn."""

_UNSEEN = {"Cc", "Cf"}
_VARIANTS = range(0xFE00, 0xFE10)


def keep_drawable(text: str, font: Path) -> str:
    """The text with a GETA for each character that the font does not have; what nobody sees is left out."""
    known = _read_characters(font)
    return text if known.issuperset(text) else "".join(sign if sign in known else _replace(sign) for sign in text)


def _replace(sign: str) -> str:
    return "" if unicodedata.category(sign) in _UNSEEN or ord(sign) in _VARIANTS else GETA


@cache
def _read_characters(font: Path) -> frozenset[str]:
    """All characters of an OpenType font that has a cmap of format 4 (OpenType 1.9, cmap). Raises ValueError."""
    content = font.read_bytes()
    places = (struct.unpack_from(">4sIII", content, 12 + 16 * each) for each in range(_read(content, 4)))
    cmap = next(offset for name, _, offset, _ in places if name == b"cmap")
    for each in range(_read(content, cmap + 2)):
        table = cmap + struct.unpack_from(">I", content, cmap + 8 + 8 * each)[0]
        if _read(content, table) == 4:
            return frozenset(_list_characters(content, table))
    raise ValueError(f"{font.name} has no cmap of format 4")


def _list_characters(content: bytes, table: int) -> Iterator[str]:
    width = _read(content, table + 6)  # of each of four columns: ends, starts, deltas, offsets of ranges
    ends = table + 14
    starts = ends + width + 2
    for place in range(0, width, 2):
        first, last = _read(content, starts + place), _read(content, ends + place)
        delta, offset = _read(content, starts + width + place), starts + 2 * width + place
        for code in range(first, last + 1):
            inside = offset + _read(content, offset) + 2 * (code - first)
            glyph = _read(content, inside) if _read(content, offset) else code
            if glyph and (glyph + delta) & 0xFFFF and code != 0xFFFF:
                yield chr(code)


def _read(content: bytes, place: int) -> int:
    return int(struct.unpack_from(">H", content, place)[0])
