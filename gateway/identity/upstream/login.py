"""How do we send somebody to the operator's login, and whom do we let in when they come back?"""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import httpx
import structlog
from authlib.common.errors import AuthlibBaseError  # type: ignore[import-untyped]
from joserfc.errors import JoseError
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.requests import Request
from starlette.responses import Response

from gateway.database import DatabaseFault, write
from gateway.identity.audit.entry import AuditEntry, record
from gateway.identity.contact.messages import note_holder
from gateway.identity.device import keep_proof, welcome_device
from gateway.identity.device_name import name_device
from gateway.identity.line_watch import LineWatch
from gateway.identity.notice import Notices
from gateway.identity.number import parse_number
from gateway.identity.proof import sure
from gateway.identity.session import Sessions
from gateway.identity.upstream.levels import name_level, parse_levels, read_proofs
from graphql_schema.assurance import FRESH
from graphql_schema.client import Caller, Channel
from graphql_schema.door import Admitted, Turned
from graphql_schema.ports import BssFault, Lines
from graphql_schema.types.line import LineState

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # Authlib would rather have httpx's successor
    from authlib.integrations.starlette_client import OAuth  # type: ignore[import-untyped]

log = structlog.get_logger(__name__)
ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519"})
"""What may sign an ID token: signatures alone, never a shared secret or nothing at all, whatever the issuer offers."""

CALL_SECONDS = 5.0
LOGIN_FAULTS = (AuthlibBaseError, JoseError, httpx.HTTPError, ValueError, KeyError, TypeError, RuntimeError)
"""What the libraries raise for an answer of the login that can't be trusted, or for none."""

REFUSED = Turned("login_refused")


@dataclass(frozen=True, slots=True)
class LoginSettings:
    """The operator's login: its issuer, who we are there, and what its ``acr`` values are worth."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    levels: str = ""


class OperatorLogin:
    """We as its relying party: authorization code with PKCE, state bound to the browser, nonce, exact issuer."""

    def __init__(  # noqa: PLR0913  the parts that it is wired from
        self,
        settings: LoginSettings,
        engine: AsyncEngine,
        lines: Lines,
        sessions: Sessions,
        notices: Notices,
        *,
        watch: LineWatch,
        now: Callable[[], datetime],
    ) -> None:
        self._issuer, self._levels = settings.issuer, parse_levels(settings.levels)
        self._engine, self._lines, self._sessions, self._notices, self._now = engine, lines, sessions, notices, now
        self._watch = watch
        # Authlib by itself takes a token for another audience that names us as its bearer (azp).
        self._claims = {
            "iss": {"essential": True, "value": self._issuer},
            "aud": {"essential": True, "value": settings.client_id},
        }
        self._client = OAuth().register(
            "operator",
            client_id=settings.client_id,
            client_secret=settings.client_secret or None,
            server_metadata_url=f"{self._issuer.rstrip('/')}/.well-known/openid-configuration",
            client_kwargs={"scope": "openid phone", "code_challenge_method": "S256", "timeout": CALL_SECONDS},
        )

    async def lead_there(self, request: Request, *, back_to: str, level: int) -> Response | Turned:
        """The redirect to the login; what has to come back is kept in ``request.session``."""
        wanted: dict[str, Any] = {"acr_values": name_level(level, self._levels)}
        if level == 3:
            wanted |= {"max_age": int(FRESH / timedelta(seconds=1)), "prompt": "login"}
        try:
            await self._trust_metadata()
            answer: Response = await self._client.authorize_redirect(
                request, back_to, **{name: value for name, value in wanted.items() if value}
            )
        except LOGIN_FAULTS as fault:
            return _unavailable(fault)
        return answer

    async def take_back(self, request: Request, *, device: str | None, device_name: str) -> Admitted | Turned:
        """Judges what the login answered, and begins a session for the line of the number that it vouches for."""
        try:
            metadata = await self._trust_metadata()
            if not self._is_from_issuer(request, metadata):
                return REFUSED
            token = await self._client.authorize_access_token(request, claims_options=self._claims)
        except httpx.HTTPError as fault:
            return _unavailable(fault)
        except LOGIN_FAULTS as fault:
            log.warning("login_refused", error=type(fault).__name__)
            return REFUSED
        claims = token.get("userinfo") if "id_token" in token else None  # else nobody signed them
        try:
            return await self._admit(claims, device, device_name) if claims else REFUSED
        except (BssFault, DatabaseFault) as fault:
            return _unavailable(fault)

    async def _admit(self, claims: Mapping[str, Any], device: str | None, device_name: str) -> Admitted | Turned:
        now, number = self._now(), _verified_number(claims)
        proofs = read_proofs(claims, self._levels, now=now)
        line = await self._lines.find_line(number) if number else None
        if number is None or line is None or line.state is LineState.CLOSED or not proofs:
            return Turned("no_line_there")
        caller = sure(Caller(Channel.WEB, line.id, number), proofs, now)
        name = name_device(device_name)
        async with write(self._engine) as connection:
            welcomed = await welcome_device(connection, device, name, line_id=line.id, now=now)
            if caller.assurance >= 2:
                await self._watch.meet(connection, number, line)
                await note_holder(connection, number, line.id, now=now)
                await keep_proof(connection, welcomed.id, number, line.id, now=now)
            begun = await self._sessions.begin(connection, caller, now=now, device=welcomed.id, device_name=name)
            await record(connection, AuditEntry.by(begun.caller, "sign_in", note=name), now=now)
            if welcomed.new_to_line:
                key = f"{begun.caller.session}:{welcomed.id}"
                await self._notices.send(connection, number=number, notice="new_device", key=key, device=name)
        return replace(begun, device=welcomed.secret)

    async def _trust_metadata(self) -> Mapping[str, Any]:
        """The login's metadata, if it is that of the issuer we know, letter by letter (OpenID Connect Discovery 4.3).
        Raises ValueError, httpx.HTTPError."""
        metadata: dict[str, Any] = await self._client.load_server_metadata()
        if metadata.get("issuer") != self._issuer:
            raise ValueError("the login's metadata names another issuer")
        offered = metadata.get("id_token_signing_alg_values_supported") or ["RS256"]
        metadata["id_token_signing_alg_values_supported"] = [one for one in offered if one in ALGORITHMS]
        return metadata

    def _is_from_issuer(self, request: Request, metadata: Mapping[str, Any]) -> bool:
        """RFC 9207: an answer says whose it is, where the issuer says that it does."""
        said = request.query_params.get("iss")
        if said is None:
            return not metadata.get("authorization_response_iss_parameter_supported")
        return said == self._issuer


def _verified_number(claims: Mapping[str, Any]) -> str | None:
    number = claims.get("phone_number")
    if claims.get("phone_number_verified") is not True or not isinstance(number, str):
        return None
    return parse_number(number)


def _unavailable(fault: Exception) -> Turned:
    log.warning("login_unavailable", error=type(fault).__name__)
    return Turned("unavailable")
