"""How is a text written into the octets of a short message, and read back?

GSM 03.38 default alphabet, one septet an octet (data_coding 0), or UCS-2 (data_coding 8); parts joined by the
concatenation element of a user data header (GSM 03.40 §9.2.3.24.1).
"""

from dataclasses import dataclass

ESCAPE = 0x1B
BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}
_OCTETS = {character: bytes([octet]) for octet, character in enumerate(BASIC) if octet != ESCAPE}
_OCTETS |= {character: bytes([ESCAPE, octet]) for octet, character in EXTENDED.items()}
UCS2 = 8


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a text. ``reference``, ``number`` and ``total`` come from its header; a lone part is 1 of 1."""

    octets: bytes
    data_coding: int
    reference: int = 0
    number: int = 1
    total: int = 1

    @property
    def user_data(self) -> bytes:
        """The octets with their header, if there is more than one part."""
        if self.total == 1:
            return self.octets
        return bytes([5, 0, 3, self.reference, self.total, self.number]) + self.octets


def write_parts(text: str, reference: int) -> list[Part]:
    """A text as parts that fit: 160 or 153 septets, 70 or 67 UCS-2 characters."""
    units, coding, alone, joined = _units(text)
    pieces = _fill(units, alone)
    if len(pieces) > 1:
        pieces = _fill(units, joined)
    return [Part(piece, coding, reference % 256, number, len(pieces)) for number, piece in enumerate(pieces, 1)]


def read_part(user_data: bytes, data_coding: int, *, has_header: bool) -> Part:
    """The part that stands in these octets. Raises ValueError on a header that is no header."""
    if not has_header:
        return Part(user_data, data_coding)
    length = user_data[0]
    header, octets = user_data[1 : 1 + length], user_data[1 + length :]
    while len(header) >= 2:
        element, size = header[0], header[1]
        body, header = header[2 : 2 + size], header[2 + size :]
        if element == 0x00 and size == 3:
            return Part(octets, data_coding, body[0], body[2], body[1])
        if element == 0x08 and size == 4:
            return Part(octets, data_coding, body[0] << 8 | body[1], body[3], body[2])
    return Part(octets, data_coding)


def read_text(octets: bytes, data_coding: int) -> str:
    """The text in the octets of one or more joined parts."""
    if data_coding & 0x0F == UCS2:
        return octets.decode("utf-16-be", errors="replace")
    characters, escaped = [], False
    for octet in octets:
        if octet == ESCAPE and not escaped:
            escaped = True
            continue
        characters.append(EXTENDED.get(octet, " ") if escaped else BASIC[octet & 0x7F])
        escaped = False
    return "".join(characters)


def _units(text: str) -> tuple[list[bytes], int, int, int]:
    """What must stay together, as octets; the coding; how many octets fit alone and joined."""
    if all(character in _OCTETS for character in text):
        return [_OCTETS[character] for character in text], 0, 160, 153
    return [character.encode("utf-16-be") for character in text], UCS2, 140, 134


def _fill(units: list[bytes], size: int) -> list[bytes]:
    pieces = [b""]
    for unit in units:
        if len(pieces[-1]) + len(unit) > size:
            pieces.append(b"")
        pieces[-1] += unit
    return pieces
