"""Which ways to a token are there? A code with its verifier, and a refresh token; Authlib's own, made stricter."""

# mypy: disable-error-code="import-untyped,misc,no-any-return"
import re
from typing import Any

from anyio import from_thread
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError, grants
from authlib.oauth2.rfc7636 import CodeChallenge

from gateway.identity.oauth.client import OAuthClient
from gateway.identity.oauth.core import CoreRequest
from gateway.identity.oauth.demand import parse_demand
from gateway.identity.oauth.grant import Grant, IssuedCode

METHODS = ("client_secret_basic", "client_secret_post", "none")

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
"""A SHA-256 in base64url (RFC 7636 §4.2)."""


class BadRedirect(InvalidRequestError):  # noqa: N818  what it is
    """The address that the browser would be sent to is not this client's: nothing is ever sent there."""


class CodeFlow(grants.AuthorizationCodeGrant):
    """OAuth 2.1 §4.1. Codes are kept by ``Codes``; who consents brings what keeps the code (``keep``)."""

    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    @staticmethod
    def validate_authorization_redirect_uri(request: CoreRequest, client: OAuthClient) -> str:
        """The registered address that the request names; there is no default."""
        address = request.payload.redirect_uri
        if not address or not client.check_redirect_uri(address):
            raise BadRedirect("The redirect_uri is missing or not registered for this client.")
        return address

    def save_authorization_code(self, code: str, request: CoreRequest) -> None:
        """Keeps the code together with the person's consent."""
        parameters = {
            name: request.form[name] for name in ("redirect_uri", "nonce", "code_challenge") if name in request.form
        }
        from_thread.run(request.user.keep, code, request.client, {**parameters, "scope": request.scope})

    def query_authorization_code(self, code: str, client: OAuthClient) -> IssuedCode | None:
        """The code, where this client may redeem it now."""
        return from_thread.run(self.server.codes.find, code, client.id)

    def authenticate_user(self, authorization_code: IssuedCode) -> Grant:
        """Redeems the code, once everything about the request is right."""
        grant = from_thread.run(self.server.codes.redeem, authorization_code)
        if grant is None:
            raise InvalidGrantError("The code was used before, or its session has ended.")
        return self.server.refresh_tokens.add_to(grant)

    def delete_authorization_code(self, authorization_code: IssuedCode) -> None:
        """It was marked as used when it was redeemed, and is kept so that a second use is noticed."""


class RefreshFlow(grants.RefreshTokenGrant):
    """OAuth 2.1 §4.3: each refresh token is good once."""

    TOKEN_ENDPOINT_AUTH_METHODS = METHODS
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> Grant | None:
        """The client's grant that it refreshes."""
        return from_thread.run(self.server.refresh_tokens.find, refresh_token, self.request.client.id)

    def authenticate_user(self, refresh_token: Grant) -> Grant:
        """The grant with its next token."""
        grant = from_thread.run(self.server.refresh_tokens.rotate, refresh_token)
        if grant is None:
            raise InvalidGrantError("The refresh token was used before.")
        return grant

    def revoke_old_credential(self, refresh_token: Grant) -> None:
        """It is old since the next one was made."""


class StrictChallenge(CodeChallenge):
    """PKCE for everybody (OAuth 2.1 §7.5.1), by S256 alone: a request without a challenge gets no code."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:  # noqa: ANN401  Authlib's
        """Raises InvalidRequestError."""
        sent = grant.request.form
        if not _CHALLENGE.fullmatch(sent.get("code_challenge", "")):
            raise InvalidRequestError("A code_challenge of 43 characters is required.")
        if sent.get("code_challenge_method") != "S256":
            raise InvalidRequestError("The code_challenge_method must be S256.")

    def validate_code_verifier(self, grant: Any, result: Any) -> None:  # noqa: ANN401  Authlib's
        """Raises InvalidGrantError, InvalidRequestError."""
        if not grant.request.form.get("code_verifier"):
            raise InvalidRequestError("A code_verifier is required.")
        super().validate_code_verifier(grant, result)


class StrictRequest:
    """What else an authorization request must be like: answered in the query of the address, for the graph, and with
    demands that make sense."""

    def __init__(self, audience: str) -> None:
        self._audience = audience

    def __call__(self, grant: Any) -> None:  # noqa: ANN401  Authlib's
        """Has every request judged by this flow looked at."""
        grant.register_hook("after_validate_authorization_request_payload", self._check)

    def _check(self, grant: Any, _redirect_uri: str) -> None:  # noqa: ANN401  Authlib's
        sent = grant.request.form
        for unsupported in ("request", "registration"):
            if unsupported in sent:
                raise OAuth2Error(error=f"{unsupported}_not_supported")
        if sent.get("resource", self._audience) != self._audience:
            raise OAuth2Error(error="invalid_target")
        if sent.get("response_mode", "query") != "query":
            raise InvalidRequestError("The response_mode must be query.")
        if parse_demand(sent) is None:
            raise InvalidRequestError("The prompt or max_age makes no sense.")
