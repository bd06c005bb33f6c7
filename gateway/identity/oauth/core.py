"""How does Authlib's core, which knows neither Starlette nor asyncio, work in this house?"""

# mypy: disable-error-code="import-untyped,misc,no-any-return"
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from anyio import CapacityLimiter, from_thread, to_thread
from authlib.oauth2 import AuthorizationServer, OAuth2Error
from authlib.oauth2.base import invalid_error_characters
from authlib.oauth2.rfc6749 import InvalidClientError, InvalidRequestError, OAuth2Request
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc6749.util import extract_basic_authorization
from authlib.oauth2.rfc9207 import IssuerParameter
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.identity.oauth.client import KNOWN_SCOPES, OAuthClient, fetch_client
from gateway.identity.oauth.codes import Codes
from gateway.identity.oauth.refresh import RefreshTokens

THREADS = 8

Answer = TypeVar("Answer")


class CoreRequest(OAuth2Request):
    """A request as Authlib reads one. Its parameters were read before, each at most once; ``uri`` is our public
    address, whatever host the request itself named."""

    def __init__(
        self, method: str, uri: str, parameters: Mapping[str, str], *, authorization: str | None = None
    ) -> None:
        """Raises InsecureTransportError where our public address is neither https nor on the loopback."""
        super().__init__(method, uri, headers={"Authorization": authorization} if authorization else {})
        self.payload = BasicOAuth2Payload(dict(parameters))

    @property
    def form(self) -> dict[str, str]:
        """The parameters of the body."""
        return self.payload.data

    @property
    def args(self) -> dict[str, str]:
        """None: what stands in an address is not looked at where a body is asked for."""
        return {}


@dataclass
class CoreResponse:
    """What Authlib answers: a JSON object as ``body``, or an address to go to."""

    status: int
    body: Any = field(repr=False)
    headers: dict[str, str] = field(repr=False)

    @property
    def location(self) -> str | None:
        """Where the browser goes on."""
        return self.headers.get("Location")

    @location.setter
    def location(self, address: str) -> None:
        self.headers["Location"] = address


class OwnName(IssuerParameter):
    """Says in each answer that goes over the browser who gave it (RFC 9207): clients of several servers are not mixed
    up."""

    def __init__(self, issuer: str) -> None:
        self._issuer = issuer

    def get_issuer(self) -> str:
        """Our public address."""
        return self._issuer


class OAuthCore(AuthorizationServer):
    """Authlib's server over our storage. It is synchronous: it runs in a thread of ours, and its questions to the
    database come back to the event loop."""

    def __init__(self, issuer: str, engine: AsyncEngine, codes: Codes, refresh_tokens: RefreshTokens) -> None:
        super().__init__(sorted(KNOWN_SCOPES))
        self.issuer, self.codes, self.refresh_tokens = issuer, codes, refresh_tokens
        self._engine, self._own_name = engine, OwnName(issuer)
        self._threads: CapacityLimiter | None = None
        self._own_name(self)

    async def run(self, deed: Callable[..., Answer], *arguments: Any) -> Answer:  # noqa: ANN401  the deed's own
        """Does a deed of the core's in a thread. Raises what it raises."""
        if self._threads is None:
            self._threads = CapacityLimiter(THREADS)
        return await to_thread.run_sync(partial(deed, *arguments), limiter=self._threads)

    def request(
        self, path: str, parameters: Mapping[str, str], *, method: str = "POST", authorization: str | None = None
    ) -> CoreRequest:
        """A request to one of our addresses. Raises OAuth2Error where it can't be told who the client says it is."""
        request = CoreRequest(method, self.issuer + path, parameters, authorization=authorization)
        if authorization:
            _check_credentials(request)
        if invalid_error_characters(parameters.get("response_type", "")):  # Authlib would repeat it in its answer
            raise InvalidRequestError("The response_type is no word.")
        return request

    def find_error(self, request: CoreRequest, user: object) -> OAuth2Error | None:
        """Why an authorization request can't be answered with a code; None puts client and scopes into the request."""
        try:
            self.get_consent_grant(request, end_user=user)
        except OAuth2Error as error:
            return error
        return None

    def answer(self, request: CoreRequest, approval: object | None) -> CoreResponse:
        """The answer to an authorization request that was judged: a code, or that it was declined."""
        return self.create_authorization_response(
            request, grant_user=approval, grant=self.get_authorization_grant(request)
        )

    def lead_away(self, request: CoreRequest, error: OAuth2Error) -> CoreResponse:
        """The answer to a request that is refused, with our name where the browser takes it along."""
        error.state = request.payload.state
        response = self.handle_error_response(request, error)
        self._own_name.add_issuer_parameter(self, response)
        return response

    def query_client(self, client_id: str) -> OAuthClient | None:
        """The active client of this id."""
        return from_thread.run(fetch_client, self._engine, client_id)

    def save_token(self, token: Mapping[str, Any], request: OAuth2Request) -> None:
        """Nothing is left to keep: the grant stands since its code was redeemed, tokens follow from it."""

    def create_oauth2_request(self, request: CoreRequest) -> CoreRequest:
        """It is one already: its body was read before."""
        return request

    def handle_response(self, status: int, body: Any, headers: list[tuple[str, str]]) -> CoreResponse:  # noqa: ANN401  Authlib's
        """Keeps what Authlib answers. A text that it made from what a client sent is left out where it may not stand
        in an error (RFC 6749 §5.2)."""
        if isinstance(body, dict) and invalid_error_characters(str(body.get("error_description", ""))):
            body = {name: value for name, value in body.items() if name != "error_description"}
        return CoreResponse(status, body, dict(headers))

    def send_signal(self, name: str, *_: Any, **__: Any) -> None:  # noqa: ANN401  Authlib's
        """Nobody listens: deeds are recorded where they are done."""


def _check_credentials(request: CoreRequest) -> None:
    """One way of proving who the client is, and one client (RFC 6749 §2.3)."""
    try:
        client_id, secret = extract_basic_authorization(request.headers)
    except (binascii.Error, ValueError) as error:
        raise InvalidClientError(status_code=401, description="Unreadable credentials.") from error
    if not client_id or not secret:
        raise InvalidClientError(status_code=401, description="Unreadable credentials.")
    if "client_secret" in request.form or request.form.get("client_id", client_id) != client_id:
        raise InvalidRequestError("Two ways of client authentication, or two clients.")
