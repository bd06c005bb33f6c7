"""What does a client want of the person who is signed in, and what did they answer?"""

# mypy: disable-error-code="import-untyped,misc,no-any-return"
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import structlog
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import AccessDeniedError, InvalidClientError, InvalidRequestError
from authlib.oidc.core.errors import ConsentRequiredError, InteractionRequiredError, LoginRequiredError
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import DatabaseFault, read, write
from gateway.identity.audit.entry import AuditEntry, record
from gateway.identity.oauth.approval import Answered, Approval, PartnerLedger
from gateway.identity.oauth.codes import Codes
from gateway.identity.oauth.core import CoreRequest, CoreResponse, OAuthCore
from gateway.identity.oauth.demand import SIGNED_IN, Demand, find_lack, parse_demand
from gateway.identity.oauth.flows import BadRedirect
from gateway.identity.oauth.id_hint import IdTokenHints
from gateway.identity.oauth.redirect import name_host
from gateway.identity.oauth.requests import URN, AuthorizationRequests, name_origin
from gateway.identity.oauth.subject import Subjects
from graphql_schema.client import Caller
from graphql_schema.door import ConsentQuestion, LeadTo, MustProve, Turned

log = structlog.get_logger(__name__)

AUTHORIZE = "/oauth/authorize"
LONGEST = 8192

Verdict = ConsentQuestion | LeadTo | MustProve | Turned


class HallConsents:
    """The ``Consents`` of graphql_schema.door: the authorization endpoint (RFC 6749 §4.1.1), without its page."""

    def __init__(  # noqa: PLR0913  everything that an answer rests on arrives here
        self,
        core: OAuthCore,
        engine: AsyncEngine,
        *,
        codes: Codes,
        requests: AuthorizationRequests,
        hints: IdTokenHints,
        subjects: Subjects,
        ledger: PartnerLedger,
        now: Callable[[], datetime],
    ) -> None:
        self._core, self._engine, self._codes, self._requests = core, engine, codes, requests
        self._hints, self._subjects, self._ledger, self._now = hints, subjects, ledger, now

    async def examine(self, query: Mapping[str, str], caller: Caller | None) -> Verdict:
        """Judges an authorization request. What can't be trusted to come from a client of ours is Turned."""
        try:
            return await self._examine({name: value for name, value in query.items() if value}, caller)
        except DatabaseFault as fault:
            log.warning("no_consent_asked", error=type(fault).__name__)
            return Turned("unavailable")

    async def decide(self, request: str, *, granted: bool, caller: Caller) -> LeadTo | Turned:
        """The person's answer, once, from the session that was asked."""
        try:
            return await self._decide(request, granted, caller)
        except Answered:
            return Turned("bad_request")
        except DatabaseFault as fault:
            log.warning("no_consent_kept", error=type(fault).__name__)
            return Turned("unavailable")

    async def _examine(self, query: Mapping[str, str], caller: Caller | None) -> Verdict:
        if not is_plain(query):
            return Turned("bad_request")
        request_uri = query.get("request_uri")
        parameters = query if request_uri is None else await self._find_pushed(request_uri, query)
        if parameters is None:
            return Turned("bad_request")
        request = await self._judge(parameters, _person(caller))
        if not isinstance(request, CoreRequest):
            return request
        refusal = await self._find_refusal(request, caller)
        if refusal is not None or caller is None or caller.subscriber is None:
            return refusal or MustProve(SIGNED_IN, None)
        origin = name_origin(parameters, request_uri)
        return await self._ask(request, caller, origin)

    async def _find_pushed(self, request_uri: str, query: Mapping[str, str]) -> Mapping[str, str] | None:
        """RFC 9126 §4: what was pushed counts, and nothing beside it."""
        if not request_uri.startswith(URN):
            return None
        return await self._requests.find_pushed(request_uri, query.get("client_id", ""))

    async def _judge(self, parameters: Mapping[str, str], user: object) -> CoreRequest | LeadTo | Turned:
        try:
            request = self._core.request(AUTHORIZE, parameters, method="GET")
        except OAuth2Error:
            return Turned("bad_request")
        error = await self._core.run(self._core.find_error, request, user)
        return request if error is None else self._refuse(request, error)

    async def _find_refusal(self, request: CoreRequest, caller: Caller | None) -> LeadTo | MustProve | Turned | None:
        demand = _demand_of(request)
        timely = demand.fresh_within is None
        began = self._now() if timely else await self._requests.begin(request.form)
        lack = find_lack(demand, caller, began=began, now=self._now())
        if lack is not None:
            signed_in = caller is not None and caller.assurance >= SIGNED_IN
            deeper = signed_in and lack.level > SIGNED_IN
            silent = InteractionRequiredError() if deeper else LoginRequiredError()
            return self._refuse(request, silent) if demand.silent else lack
        if caller is not None and (caller.helper or caller.fields is not None):
            return self._refuse(request, AccessDeniedError())  # who acts for another gives nobody leave
        return await self._find_stranger(request, caller)

    async def _find_stranger(self, request: CoreRequest, caller: Caller | None) -> LeadTo | Turned | None:
        """The client meant somebody else (``id_token_hint``)."""
        hint = request.form.get("id_token_hint")
        if hint is None or caller is None:
            return None
        claims = await self._hints.read(hint)
        if claims is None:
            return self._refuse(request, InvalidRequestError("The id_token_hint is not ours."))
        same = claims.get("sub") == self._subjects.name(request.client.id, str(caller.subscriber))
        return None if same else self._refuse(request, LoginRequiredError())

    async def _ask(self, request: CoreRequest, caller: Caller, origin: tuple[str, ...]) -> Verdict:
        client, scopes, demand = request.client, tuple(request.scope.split()), _demand_of(request)
        assured = client.is_assured_at(request.payload.redirect_uri)
        if assured and not demand.ask_again and await self._has_agreed(caller, client.id, scopes):
            return await self._answer(request, self._approve(caller, origin, asked=False))
        if demand.silent:
            return self._refuse(request, ConsentRequiredError())
        handle = await self._requests.ask(request.form, caller, origin)
        return ConsentQuestion(handle, client.name, name_host(request.payload.redirect_uri), scopes)

    async def _decide(self, handle: str, granted: bool, caller: Caller) -> LeadTo | Turned:
        question = await self._requests.find_asked(handle, caller)
        if question is None or caller.assurance < SIGNED_IN:
            return Turned("bad_request")
        request = await self._judge(question.parameters, caller)
        if not isinstance(request, CoreRequest):
            return request
        if granted:
            return await self._answer(request, self._approve(caller, question.origin, asked=True))
        async with write(self._engine) as connection:
            if not await self._requests.settle(connection, question.origin, asked=True):
                return Turned("bad_request")
            entry = AuditEntry.by(caller, "oauth_consent", outcome="declined", note=request.client.id)
            await record(connection, entry, now=self._now())
        return await self._answer(request, None)

    async def _has_agreed(self, caller: Caller, client_id: str, scopes: tuple[str, ...]) -> bool:
        async with read(self._engine) as connection:
            return await self._ledger.has_partner(connection, caller, client_id, scopes)

    def _approve(self, caller: Caller, origin: tuple[str, ...], *, asked: bool) -> Approval:
        return Approval(
            engine=self._engine,
            codes=self._codes,
            requests=self._requests,
            ledger=self._ledger,
            now=self._now,
            caller=caller,
            origin=origin,
            asked=asked,
        )

    async def _answer(self, request: CoreRequest, approval: Approval | None) -> LeadTo | Turned:
        return _lead(await self._core.run(self._core.answer, request, approval))

    def _refuse(self, request: CoreRequest, error: Any) -> LeadTo | Turned:  # noqa: ANN401  an OAuth2Error
        if isinstance(error, InvalidClientError):
            return Turned("bad_client")
        if isinstance(error, BadRedirect):
            return Turned("bad_redirect")
        if request.client is not None:  # its address was found to be its own
            error.redirect_uri = request.payload.redirect_uri
        return _lead(self._core.lead_away(request, error))


def is_plain(parameters: Mapping[str, str]) -> bool:
    """Whether these can be parameters at all: bounded, and text."""
    texts = [*parameters, *parameters.values()]
    return sum(map(len, texts)) <= LONGEST and all(text.isprintable() for text in texts)


def _person(caller: Caller | None) -> Caller | None:
    return caller if caller is not None and caller.subscriber else None


def _demand_of(request: CoreRequest) -> Demand:
    demand = parse_demand(request.form)
    if demand is None:
        raise LookupError("a request that was judged has demands that make sense")
    return demand


def _lead(response: CoreResponse) -> LeadTo | Turned:
    return Turned("bad_request") if response.location is None else LeadTo(response.location)
