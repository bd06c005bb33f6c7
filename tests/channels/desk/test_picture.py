"""Is the QR code on the page the one that an authenticator can read?"""

import re

import segno

from channels.browser.qr_code import draw_qr_code

ADDRESS = "otpauth://totp/OneHall:1024?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=OneHall"


def test_every_dark_module_is_drawn_once_within_a_quiet_zone() -> None:
    picture = draw_qr_code(ADDRESS)
    matrix = segno.make(ADDRESS, error="m", micro=False).matrix
    drawn = [(int(x) - 4, int(y) - 4) for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", picture.outline)]
    dark = {(x, y) for y, row in enumerate(matrix) for x, module in enumerate(row) if module}
    assert set(drawn) == dark
    assert len(drawn) == len(dark)
    assert picture.side == len(matrix) + 8
