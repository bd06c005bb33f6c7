"""What may a client do with a token that it holds? End it, and ask whether it still lives."""

# mypy: disable-error-code="import-untyped,misc,no-any-return"
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from anyio import from_thread
from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7662 import IntrospectionEndpoint

from gateway.identity.access_token import is_access_token
from gateway.identity.oauth.access_tokens import OAuthAccessTokens
from gateway.identity.oauth.client import OAuthClient
from gateway.identity.oauth.core import CoreRequest
from gateway.identity.oauth.flows import METHODS
from gateway.identity.oauth.grant import Grant
from gateway.identity.oauth.grants import Grants
from gateway.identity.oauth.refresh import RefreshTokens

REVOKED = "oauth_revoke"


@dataclass(frozen=True, slots=True)
class Shown:
    """The grant of a token, what an access token says, and whether it is still good: an old refresh token is not."""

    grant: Grant
    claims: Mapping[str, Any]
    good: bool = True


class ShownTokens:
    """Tokens that a client shows, of either kind, while their grant lives."""

    def __init__(self, grants: Grants, access_tokens: OAuthAccessTokens, refresh_tokens: RefreshTokens) -> None:
        self._grants, self._access_tokens, self._refresh_tokens = grants, access_tokens, refresh_tokens

    async def find(self, token: str, client_id: str) -> Shown | None:
        """The client's grant that the token belongs to. Another client's token is none at all. Raises DatabaseFault."""
        if not is_access_token(token):
            seen = await self._refresh_tokens.look(token, client_id)
            return Shown(seen[0], {}, good=seen[1] == seen[0].generation) if seen else None
        read = await self._access_tokens.read(token)
        if read is None or read.client_id != client_id:
            return None
        grant = await self._grants.find(read.session_id, client_id)
        return Shown(grant, read.claims) if grant else None

    async def end(self, grant: Grant) -> None:
        """Ends the grant. Raises DatabaseFault."""
        await self._grants.end_now(grant, deed=REVOKED)


class Revocation(RevocationEndpoint):
    """RFC 7009. Whichever token is shown, the whole grant ends: access tokens are not remembered one by one."""

    CLIENT_AUTH_METHODS = METHODS

    def __init__(self, shown: ShownTokens) -> None:
        super().__init__()
        self._shown = shown

    def authenticate_token(self, request: CoreRequest, client: OAuthClient) -> Grant | None:
        """The client's grant; a token that means nothing (any more) is revoked already (§2.2)."""
        shown = _find_shown(self._shown, request, client)
        return shown.grant if shown else None

    def revoke_token(self, grant: Grant, _request: CoreRequest) -> None:
        """Ends the grant."""
        from_thread.run(self._shown.end, grant)


class Introspection(IntrospectionEndpoint):
    """RFC 7662, for clients that can prove who they are, and for their own tokens."""

    CLIENT_AUTH_METHODS = ("client_secret_basic", "client_secret_post")

    def __init__(self, shown: ShownTokens) -> None:
        super().__init__()
        self._shown = shown

    def authenticate_token(self, request: CoreRequest, client: OAuthClient) -> Mapping[str, Any]:
        """What is said of the token."""
        shown = _find_shown(self._shown, request, client)
        if shown is None or not shown.good:
            return {"active": False}
        grant = shown.grant
        named = {"active": True, "client_id": client.id, "sub": grant.subject, "scope": grant.get_scope()}
        if not shown.claims:
            return named | {"exp": int(grant.session.expires_at.timestamp())}
        return named | dict(shown.claims) | {"token_type": "Bearer"}

    def create_introspection_payload(self, token: Mapping[str, Any]) -> Mapping[str, Any]:
        """It is said already."""
        return token


def _find_shown(shown: ShownTokens, request: CoreRequest, client: OAuthClient) -> Shown | None:
    """``token_type_hint`` is not needed: the two kinds look different."""
    if "token" not in request.form:
        raise InvalidRequestError("The token is missing.")
    return from_thread.run(shown.find, request.form["token"], client.id)
