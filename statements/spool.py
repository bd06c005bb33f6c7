"""Where does what a writer writes wait until it is put away?"""


class Spool:
    """A file that only grows, and is taken away in pieces from its beginning: it never stands anywhere as a whole."""

    def __init__(self, piece_bytes: int) -> None:
        self._piece_bytes, self._waiting, self.written = piece_bytes, bytearray(), 0

    def write(self, content: bytes) -> int:
        """Takes these in; how many they are."""
        self._waiting += content
        self.written += len(content)
        return len(content)

    def flush(self) -> None:
        """Nothing is held back here; archives ask for it."""

    def take_piece(self, *, last: bool = False) -> bytes | None:
        """The next whole piece, None where there is none yet; ``last`` takes what is left."""
        if len(self._waiting) < self._piece_bytes and not last:
            return None
        piece = bytes(self._waiting[: self._piece_bytes])
        del self._waiting[: self._piece_bytes]
        return piece

    @property
    def waiting(self) -> int:
        """How many bytes are here."""
        return len(self._waiting)
