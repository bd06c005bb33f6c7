"""What stands in a token?"""

# mypy: disable-error-code="import-untyped,misc,no-any-return"
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from anyio import from_thread
from authlib.oauth2.rfc9068 import JWTBearerTokenGenerator
from authlib.oidc.core import UserInfo
from authlib.oidc.core.grants import OpenIDCode
from joserfc.jwk import KeySet

from gateway.identity.oauth.client import OAuthClient
from gateway.identity.oauth.core import CoreRequest
from gateway.identity.oauth.grant import MOST_ASSURANCE, Grant, auth_time, name_level, name_methods
from gateway.identity.oauth.keys import ALGORITHM, SigningKeys


def name_audience(issuer: str) -> str:
    """Whom our access tokens are for: the graph."""
    return f"{issuer}/graphql"


class AccessTokenMaker(JWTBearerTokenGenerator):
    """Access tokens by RFC 9068 for the graph: who (``sub``, a name for this client alone), which session (``sid``),
    within which scopes, and how surely."""

    def __init__(self, issuer: str, keys: SigningKeys, *, lasts: timedelta, now: Callable[[], datetime]) -> None:
        super().__init__(issuer, alg=ALGORITHM, expires_generator=int(lasts.total_seconds()))
        self._keys, self._lasts, self._now = keys, lasts, now

    def generate(self, grant_type: str, client: OAuthClient, user: Grant, scope: str, *_: Any) -> dict[str, Any]:  # noqa: ANN401  Authlib's
        """The answer of the token endpoint; the refresh token came with the grant."""
        token = super().generate(grant_type, client, user, scope, include_refresh_token=False)
        return token | ({"refresh_token": user.refresh_token} if user.refresh_token else {})

    def get_jwks(self) -> KeySet:
        """The key that signs now."""
        return KeySet([from_thread.run(self._keys.fetch_current)])

    def get_audiences(self, _client: OAuthClient, _user: Grant, _scope: str) -> str:
        """The graph."""
        return name_audience(self.issuer)

    def get_acr(self, user: Grant) -> str:
        """What the token opens, which may be less than what was proved."""
        return name_level(min(MOST_ASSURANCE, user.session.caller.assurance))

    def get_auth_time(self, user: Grant) -> int:
        """When the person last proved something."""
        return auth_time(user.session.caller.proofs)

    def get_amr(self, user: Grant) -> list[str]:
        """What the grant rests on."""
        return name_methods(user.session.caller.proofs)

    def get_extra_claims(self, _client: OAuthClient, _grant_type: str, user: Grant, _scope: str) -> dict[str, Any]:
        """The session, and the times by our clock."""
        now = self._now()
        times = {"iat": int(now.timestamp()), "exp": int((now + self._lasts).timestamp())}
        return {"sid": user.session.id, **times}


class IdTokens(OpenIDCode):
    """ID tokens (OpenID Connect Core §2), for clients that asked for ``openid``."""

    def __init__(self, issuer: str, keys: SigningKeys, *, lasts: timedelta, now: Callable[[], datetime]) -> None:
        super().__init__(require_nonce=False)
        self._issuer, self._keys, self._lasts, self._now = issuer, keys, lasts, now

    def exists_nonce(self, _nonce: str, _request: CoreRequest) -> bool:
        """The client judges it: our codes are good once, and bound to a challenge."""
        return False

    def resolve_client_private_key(self, _client: OAuthClient) -> KeySet:
        """The key that signs now."""
        return KeySet([from_thread.run(self._keys.fetch_current)])

    def get_client_algorithm(self, _client: OAuthClient) -> str:
        """One for all."""
        return ALGORITHM

    def get_encode_header(self, _client: OAuthClient) -> dict[str, str]:
        """``kid`` is added with the key."""
        return {"alg": ALGORITHM, "typ": "JWT"}

    def get_client_claims(self, client: OAuthClient) -> dict[str, Any]:
        """Who says it, to whom, and for how long."""
        now = self._now()
        times = {"iat": int(now.timestamp()), "exp": int((now + self._lasts).timestamp())}
        return {"iss": self._issuer, "aud": client.id, **times}

    def generate_user_info(self, user: Grant, _scope: str) -> UserInfo:
        """The person's name for this client, and the session that a logout ends."""
        return UserInfo(sub=user.subject, sid=user.session.id)
