"""How many parts does a text cost, and what stands in each?

GSM 03.38 default alphabet: 160 septets alone, 153 joined, an escaped character counts two. Everything else is UCS-2: 70
characters alone, 67 joined, one outside the basic plane counts two. (The client library splits by characters and so
overfills parts that hold escaped ones.)
"""

from dataclasses import dataclass
from typing import Literal

from aiosmpplib import GSM7BitCodec, UCS2Codec  # type: ignore[import-untyped]

Alphabet = Literal["gsm0338", "ucs2"]
OCTETS_ALONE: dict[Alphabet, int] = {"gsm0338": 160, "ucs2": 140}
OCTETS_JOINED: dict[Alphabet, int] = {"gsm0338": 153, "ucs2": 134}


@dataclass(frozen=True, slots=True)
class Segment:
    """One part as it goes into a submit_sm; ``user_data`` carries its header when there is more than one."""

    text: str
    alphabet: Alphabet
    user_data: bytes
    number: int
    total: int


def count_parts(text: str) -> int:
    """How many parts the text is billed as; an empty text is one."""
    return len(split_text(text, reference=0))


def split_text(text: str, *, reference: int) -> tuple[Segment, ...]:
    """The text in parts. ``reference`` (0-255, by recipient) tells joined texts apart (GSM 03.40 §9.2.3.24.1)."""
    alphabet: Alphabet = "gsm0338" if GSM7BitCodec.is_gsm_text(text) else "ucs2"
    units = [(character, _encode(character, alphabet)) for character in text]
    pieces = _fill(units, OCTETS_ALONE[alphabet])
    if len(pieces) > 1:
        pieces = _fill(units, OCTETS_JOINED[alphabet])
    total = len(pieces)
    return tuple(
        Segment(piece, alphabet, _header(reference, total, number) + octets, number, total)
        for number, (piece, octets) in enumerate(pieces, 1)
    )


def _encode(character: str, alphabet: Alphabet) -> bytes:
    codec = GSM7BitCodec() if alphabet == "gsm0338" else UCS2Codec()
    octets: bytes = codec.encode(character)[0]
    return octets


def _fill(units: list[tuple[str, bytes]], size: int) -> list[tuple[str, bytes]]:
    """Packs whole characters into pieces of at most ``size`` octets."""
    pieces = [("", b"")]
    for character, octets in units:
        text, taken = pieces[-1]
        if len(taken) + len(octets) > size:
            pieces.append((character, octets))
        else:
            pieces[-1] = (text + character, taken + octets)
    return pieces


def _header(reference: int, total: int, number: int) -> bytes:
    return bytes((5, 0, 3, reference % 256, total, number)) if total > 1 else b""
