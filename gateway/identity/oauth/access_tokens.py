"""Is this access token ours and still good, and what does it open?"""

# mypy: disable-error-code="import-untyped,misc,no-any-return"
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from authlib.oauth2.rfc9068.claims import JWTAccessTokenClaims
from joserfc import jwt
from joserfc.errors import JoseError

from gateway.identity.access_token import AccessGrant, is_access_token
from gateway.identity.oauth.client import ALL
from gateway.identity.oauth.keys import ALGORITHM, SigningKeys
from gateway.identity.oauth.tokens import name_audience
from graphql_schema.assurance import MOST_AHEAD
from graphql_schema.scopes import open_fields

LONGEST = 4096
KINDS = frozenset({"at+jwt", "application/at+jwt"})


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """What a good token says."""

    session_id: str
    client_id: str
    scopes: tuple[str, ...]
    claims: Mapping[str, Any] = field(repr=False)


class OAuthAccessTokens:
    """The ``AccessTokens`` of the doorkeeper: signature, type, issuer, audience and time; the session's life is judged
    by whoever asks."""

    def __init__(self, keys: SigningKeys, *, issuer: str, now: Callable[[], datetime]) -> None:
        self._keys, self._now = keys, now
        self._expected: Mapping[str, Mapping[str, Any]] = {
            "iss": {"essential": True, "value": issuer},
            "aud": {"essential": True, "value": name_audience(issuer)},
            **{name: {"essential": True} for name in ("exp", "iat", "sub", "jti", "client_id", "scope", "sid")},
        }

    async def find_session(self, token: str) -> AccessGrant | None:
        """The session that a good token stands for and the fields that it opens there. Raises DatabaseFault."""
        read = await self.read(token)
        if read is None:
            return None
        return AccessGrant(read.session_id, None if ALL in read.scopes else open_fields(read.scopes))

    async def read(self, token: str) -> AccessClaims | None:
        """What the token says, where it is ours and good now (RFC 9068 §4). Raises DatabaseFault."""
        if len(token) > LONGEST or not is_access_token(token):
            return None
        keys = await self._keys.fetch_published()
        try:
            opened = jwt.decode(token, keys, algorithms=[ALGORITHM])
            claims = JWTAccessTokenClaims(opened.claims, opened.header, {k: dict(v) for k, v in self._expected.items()})
            claims.validate(now=int(self._now().timestamp()), leeway=int(MOST_AHEAD.total_seconds()))
        except (JoseError, ValueError):  # ValueError: no key of this name, no JSON, no base64
            return None
        if str(opened.header.get("typ")).lower() not in KINDS or claims["exp"] <= self._now().timestamp():
            return None
        return AccessClaims(claims["sid"], claims["client_id"], tuple(claims["scope"].split()), dict(claims))
