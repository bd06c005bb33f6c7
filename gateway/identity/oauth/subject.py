"""What is a person called in front of a client?"""

import base64
import hmac


class Subjects:
    """Names for lines that tell nothing: another one for each client (``pairwise``, OpenID Connect Core §8.1), so that
    two partners can't compare their lists, and the same one each time."""

    def __init__(self, *, secret: bytes) -> None:
        """``secret`` is the house's; with another one everybody has other names."""
        self._key = hmac.digest(secret, b"oauth-subject", "sha256")

    def name(self, client_id: str, line_id: str) -> str:
        """43 characters of URL-safe base64."""
        digest = hmac.digest(self._key, f"{client_id}\n{line_id}".encode(), "sha256")
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")
