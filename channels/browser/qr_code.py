"""How does an address become a picture that stands in the page itself?"""

from dataclasses import dataclass

import segno

_QUIET_ZONE_MODULES = 4
"""Around the code, as ISO/IEC 18004 wants them."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A QR code in modules: the length of its side with the quiet zone, and the outline of the dark ones (SVG path)."""

    side: int
    outline: str


def draw_qr_code(text: str) -> Picture:
    """The QR code of a text: no address leads to it."""
    rows = list(segno.make(text, error="m", micro=False).matrix_iter(border=_QUIET_ZONE_MODULES))
    outline = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
    return Picture(len(rows), outline)
