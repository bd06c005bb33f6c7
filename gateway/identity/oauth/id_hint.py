"""Whom did we once give this ID token about?"""

from collections.abc import Mapping
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError

from gateway.identity.oauth.keys import ALGORITHM, SigningKeys

LONGEST = 4096


class IdTokenHints:
    """ID tokens of ours that a client shows again (``id_token_hint``); they may be over."""

    def __init__(self, keys: SigningKeys, *, issuer: str) -> None:
        self._keys, self._issuer = keys, issuer

    async def read(self, token: str) -> Mapping[str, Any] | None:
        """Its claims, where one of our published keys signed it and it is no access token. Raises DatabaseFault."""
        if len(token) > LONGEST:
            return None
        keys = await self._keys.fetch_published()
        try:
            opened = jwt.decode(token, keys, algorithms=[ALGORITHM])
        except (JoseError, ValueError):
            return None
        ours = opened.claims.get("iss") == self._issuer and opened.header.get("typ") == "JWT"
        return opened.claims if ours else None
