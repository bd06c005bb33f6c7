"""How are the parts of the authorization server put together?"""

# mypy: disable-error-code="import-untyped,no-any-return"
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidRequestError
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import write
from gateway.identity.budget import MINUTE, Budget, Spent, name_source, spend
from gateway.identity.oauth.access_tokens import OAuthAccessTokens
from gateway.identity.oauth.approval import PartnerLedger
from gateway.identity.oauth.codes import Codes
from gateway.identity.oauth.consents import HallConsents
from gateway.identity.oauth.core import CoreRequest, CoreResponse, OAuthCore
from gateway.identity.oauth.flows import METHODS, CodeFlow, RefreshFlow, StrictChallenge, StrictRequest
from gateway.identity.oauth.grant import Grant, GrantRule
from gateway.identity.oauth.grants import Grants, LineCheck
from gateway.identity.oauth.id_hint import IdTokenHints
from gateway.identity.oauth.keys import MakeKey, SigningKeys, make_rsa_key
from gateway.identity.oauth.logout import Logout
from gateway.identity.oauth.refresh import RefreshTokens
from gateway.identity.oauth.requests import PENDING, AuthorizationRequests
from gateway.identity.oauth.subject import Subjects
from gateway.identity.oauth.token_deeds import Introspection, Revocation, ShownTokens
from gateway.identity.oauth.tokens import AccessTokenMaker, IdTokens, name_audience
from gateway.identity.session import Sessions

PUSHES = Budget("oauth_pushes_minute", 600, MINUTE)
"""Of one source; a partner's server pushes for all of its customers."""


class OAuthServer:
    """Our authorization server: ``consents`` for the web hall's page, ``access_tokens`` for the doorkeeper, the rest
    for the routes and the schedule."""

    def __init__(  # noqa: PLR0913  everything that it rests on arrives here
        self,
        engine: AsyncEngine,
        sessions: Sessions,
        *,
        issuer: str,
        secret: bytes,
        ledger: PartnerLedger,
        now: Callable[[], datetime],
        rule: GrantRule | None = None,
        check_line: LineCheck | None = None,
        make_key: MakeKey = make_rsa_key,
    ) -> None:
        """``issuer`` is our public address, without a slash at its end; ``secret`` is the house's;
        ``check_line`` judges whether a grant's line still stands before it goes on."""
        logging.getLogger("authlib").setLevel(logging.WARNING)  # its DEBUG writes tokens down, whoever configures logs
        self.issuer, self._engine, self._now = issuer, engine, now
        self.keys = SigningKeys(engine, secret=secret, now=now, make_key=make_key)
        self.access_tokens = OAuthAccessTokens(self.keys, issuer=issuer, now=now)
        subjects, hints = Subjects(secret=secret), IdTokenHints(self.keys, issuer=issuer)
        self._grants = Grants(engine, sessions, subjects, now=now, rule=rule, check_line=check_line)
        self._codes = Codes(engine, self._grants, now=now)
        self._refresh_tokens = RefreshTokens(engine, self._grants, secret=secret, now=now)
        self._requests = AuthorizationRequests(engine, now=now)
        self.core = OAuthCore(issuer, engine, self._codes, self._refresh_tokens)
        self._register(hints, now)
        self.consents = HallConsents(
            self.core,
            engine,
            codes=self._codes,
            requests=self._requests,
            hints=hints,
            subjects=subjects,
            ledger=ledger,
            now=now,
        )

    async def find_grant(self, token: str) -> Grant | None:
        """The living grant of a good access token, within the token's own scopes. Raises DatabaseFault,
        Unchecked."""
        read = await self.access_tokens.read(token)
        grant = await self._grants.find(read.session_id, read.client_id) if read else None
        if read is None or grant is None or not await self._grants.stands(grant):
            return None
        return replace(grant, scopes=read.scopes)

    async def may_push(self, source: str) -> bool:
        """Counts a request that somebody is about to push. Raises DatabaseFault."""
        async with write(self._engine) as connection:
            return isinstance(await spend(connection, PUSHES, name_source(source), now=self._now()), Spent)

    async def push(self, request: CoreRequest) -> dict[str, object]:
        """Keeps a pushed request that was found to be right (RFC 9126 §2.2). Raises DatabaseFault."""
        secrets = ("client_secret", "client_assertion", "client_assertion_type")
        parameters = {name: value for name, value in request.form.items() if name not in secrets}
        return {"request_uri": await self._requests.push(parameters), "expires_in": int(PENDING.total_seconds())}

    async def purge(self) -> None:
        """Forgets what is over: requests, codes, grants. Raises DatabaseFault."""
        async with write(self._engine) as connection:
            for part in (self._requests, self._codes, self._grants):
                await part.purge(connection)

    def find_push_error(self, request: CoreRequest) -> CoreResponse | None:
        """Why a request can't be pushed; as JSON, since no browser is there (RFC 9126 §2.3)."""
        try:
            client = self.core.authenticate_client(request, METHODS)
            if "request_uri" in request.form:
                raise InvalidRequestError("A request_uri can not be pushed.")
            request.payload.data["client_id"] = client.id
            self.core.get_authorization_grant(request).validate_authorization_request()
        except OAuth2Error as error:
            error.redirect_uri = None
            return self.core.handle_error_response(request, error)
        return None

    def revoke(self, request: CoreRequest) -> CoreResponse:
        """RFC 7009."""
        return self.core.create_endpoint_response(Revocation.ENDPOINT_NAME, request)

    def introspect(self, request: CoreRequest) -> CoreResponse:
        """RFC 7662."""
        return self.core.create_endpoint_response(Introspection.ENDPOINT_NAME, request)

    def _register(self, hints: IdTokenHints, now: Callable[[], datetime]) -> None:
        lasts = self._grants.rule.token
        id_tokens = IdTokens(self.issuer, self.keys, lasts=lasts, now=now)
        strict = StrictRequest(name_audience(self.issuer))
        self.core.register_grant(CodeFlow, [StrictChallenge(), strict, id_tokens])
        self.core.register_grant(RefreshFlow)
        maker = AccessTokenMaker(self.issuer, self.keys, lasts=lasts, now=now)
        self.core.register_token_generator("default", maker)
        shown = ShownTokens(self._grants, self.access_tokens, self._refresh_tokens)
        for endpoint in (Revocation(shown), Introspection(shown), Logout(self._grants, hints)):
            self.core.register_endpoint(endpoint)
