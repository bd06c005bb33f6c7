"""How does a client end what it was granted, and bring the person back?"""

# mypy: disable-error-code="import-untyped,misc,no-any-return"
from collections.abc import Mapping
from typing import Any

from anyio import from_thread
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oidc.rpinitiated import EndSessionEndpoint
from authlib.oidc.rpinitiated.end_session import EndSessionRequest

from gateway.identity.oauth.core import CoreRequest, OAuthCore
from gateway.identity.oauth.grants import Grants
from gateway.identity.oauth.id_hint import IdTokenHints
from graphql_schema.door import LeadTo

LOGOUT = "/oauth/logout"
LOGGED_OUT = "oauth_logout"


class Logout(EndSessionEndpoint):
    """RP-Initiated Logout 1.0. Only an ID token of ours ends anything, and only the grant that it was given with."""

    def __init__(self, grants: Grants, hints: IdTokenHints) -> None:
        super().__init__()
        self._grants, self._hints = grants, hints

    def end_session(self, wish: EndSessionRequest) -> None:
        """Ends the grant, if it still lives and is the client's."""
        claims: Mapping[str, Any] = wish.id_token_claims or {}
        grant = from_thread.run(self._grants.find, str(claims.get("sid")), str(claims.get("aud")))
        if grant is not None:
            from_thread.run(_end, self._grants, grant)

    def _validate_id_token_hint(self, id_token_hint: str) -> Mapping[str, Any]:
        claims = from_thread.run(self._hints.read, id_token_hint)
        if claims is None:
            raise InvalidRequestError("The id_token_hint is not ours.")
        return claims


async def log_out(core: OAuthCore, parameters: Mapping[str, str]) -> LeadTo | None:
    """Ends the grant that a valid ``id_token_hint`` names, and leads to the client's registered address or to our front
    door. None where nothing was ended: whoever came along has to ask the person. Raises DatabaseFault."""
    try:
        request = core.request(LOGOUT, parameters)
        return await core.run(_log_out, core, request)
    except OAuth2Error:
        return None


def _log_out(core: OAuthCore, request: CoreRequest) -> LeadTo | None:
    wish = core.validate_endpoint_request(Logout.ENDPOINT_NAME, request)
    if wish.needs_confirmation:
        return None
    response = core.create_endpoint_response(Logout.ENDPOINT_NAME, wish)
    return LeadTo(f"{core.issuer}/" if response is None else str(response.location))


async def _end(grants: Grants, grant: Any) -> None:  # noqa: ANN401  a Grant
    await grants.end_now(grant, deed=LOGGED_OUT)
