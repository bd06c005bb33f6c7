"""Which code does a colleague name, and is this it?"""

import hmac
from hashlib import sha256

DIGITS = 8


class ContactCodes:
    """Codes of eight digits, each drawn from the deed that opened its contact: asked again, it is the same one."""

    def __init__(self, *, secret: bytes) -> None:
        self._drawing = hmac.digest(secret, b"contact-code", "sha256")
        self._keeping = hmac.digest(secret, b"contact-digest", "sha256")

    def draw(self, deed_id: str) -> str:
        """As good as random to whoever has not the house's secret."""
        return f"{int.from_bytes(hmac.digest(self._drawing, deed_id.encode(), 'sha256')) % 10**DIGITS:0{DIGITS}}"

    def digest(self, line_id: str, code: str) -> str:
        """What is kept of a code; the same code of another line has another digest."""
        return hmac.new(self._keeping, f"{line_id}\0{code}".encode(errors="backslashreplace"), sha256).hexdigest()
