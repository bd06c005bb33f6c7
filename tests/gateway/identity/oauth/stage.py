"""On which stage do clients meet the authorization server? All of it but the web hall's page, for which a bare one
stands."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import cycle
from pathlib import Path
from typing import Any

from joserfc.jwk import RSAKey
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from gateway.database import write
from gateway.graph import HallGraph
from gateway.http_graphql import graphql_routes
from gateway.identity.consent.ledger import SqlConsentLedger
from gateway.identity.doorkeeper import HallDoorkeeper
from gateway.identity.line_watch import LineWatch
from gateway.identity.oauth.client import ClientKind, OAuthClient
from gateway.identity.oauth.clients import add_client
from gateway.identity.oauth.form import BadForm, parse_fields, read_form
from gateway.identity.oauth.grants import end_client_sessions
from gateway.identity.oauth.keys import make_rsa_key
from gateway.identity.oauth.routes import oauth_routes
from gateway.identity.oauth.server import OAuthServer
from gateway.identity.password import PasswordHashes
from gateway.identity.session import Sessions
from graphql_schema.assurance import Factor
from graphql_schema.client import Caller, Channel, load_operations
from graphql_schema.door import Admitted, ConsentQuestion, LeadTo, MustProve, TokenEvidence
from graphql_schema.scopes import OPENID_SCOPES, SCOPES
from tests.fakes.ports import FakeBss
from tests.gateway.identity.conftest import CHEAP, NUMBER, SECRET, KnownLines, hire_for

APP = load_operations(Path(__file__).parents[4] / "channels" / "app")
LINES = {NUMBER: "L1", "13900139002": "L2"}
BACK = "http://127.0.0.1:9/back"
HOME = "http://127.0.0.1:9/home"
EVERYTHING = frozenset(SCOPES) | OPENID_SCOPES

PARTNER = OAuthClient(
    id="partner",
    name="Partner 商城",
    kind=ClientKind.CONFIDENTIAL,
    redirect_uris=(BACK, "http://127.0.0.1:9/other"),
    post_logout_uris=(HOME,),
    scopes=EVERYTHING - {"inbox"},
)
RIVAL = OAuthClient("rival", "Rival", ClientKind.CONFIDENTIAL, (BACK,), EVERYTHING)
NATIVE = OAuthClient(
    "native", "Native", ClientKind.PUBLIC, ("http://127.0.0.1/back", "com.example.app:/back"), EVERYTHING,
    any_loopback_port=True,
)  # fmt: skip
OWN_APP = OAuthClient(
    "own-app", "我的App", ClientKind.PUBLIC, ("https://app.example/back",), EVERYTHING | {"all"}, first_party=True
)


@cache
def _key_ring() -> Iterator[RSAKey]:
    """Keys take their time to make: three of them, over and over."""
    return cycle([make_rsa_key() for _ in range(3)])


def lend_key() -> RSAKey:
    return next(_key_ring())


class Clock:
    """Real time, but for what it was moved by."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def advance(self, **time: float) -> None:
        self.ahead += timedelta(**time)


@dataclass
class Stage:
    """The server, and who stands around it."""

    server: OAuthServer
    keeper: HallDoorkeeper
    engine: AsyncEngine
    clock: Clock
    ledger: SqlConsentLedger
    lines: KnownLines
    secrets: dict[str, str] = field(default_factory=dict, repr=False)

    async def sign_in(self, number: str = NUMBER) -> str:
        """The token of a fresh web session in which the service password was proved."""
        now = self.clock()
        caller = Caller(Channel.WEB, LINES[number], number, proofs={Factor.PASSWORD: now})
        async with write(self.engine) as connection:
            admitted = await self.keeper.sessions.begin(connection, caller, now=now)
        assert admitted.token
        return admitted.token

    async def show(self, token: str, channel: Channel = Channel.WEB) -> Caller | None:
        admitted = await self.keeper.admit(TokenEvidence(token), channel)
        return admitted.caller if isinstance(admitted, Admitted) else None

    async def prove_code(self, token: str) -> str:
        """The same session, in which a one-time code was proved as well: level 3."""
        async with write(self.engine) as connection:
            admitted = await self.keeper.sessions.prove(connection, token, Channel.WEB, Factor.CODE, now=self.clock())
        assert admitted is not None
        assert admitted.token
        return admitted.token

    async def person(self, number: str = NUMBER) -> Caller:
        caller = await self.show(await self.sign_in(number))
        assert caller is not None
        return caller


async def set_stage(engine: AsyncEngine, issuer: str) -> Stage:
    """A server at this address, with the four clients."""
    clock, lines = Clock(), KnownLines(**{f"n{number}": line_id for number, line_id in LINES.items()})
    ledger = SqlConsentLedger(engine, now=clock, end_client_sessions=end_client_sessions)
    server = OAuthServer(
        engine,
        Sessions(engine),
        issuer=issuer,
        secret=SECRET,
        ledger=ledger,
        now=clock,
        check_line=LineWatch(engine, lines, clock).check,
        make_key=lend_key,
    )
    keeper = hire_for(
        engine,
        lines=lines,
        hashes=PasswordHashes(secret=SECRET, hasher=CHEAP),
        now=clock,
        access_tokens=server.access_tokens,
    )
    stage = Stage(server, keeper, engine, clock, ledger, lines)
    for client in (PARTNER, RIVAL, NATIVE, OWN_APP):
        stage.secrets[client.id] = await add_client(engine, client, now=clock()) or ""
    return stage


def build_app(stage: Stage) -> Starlette:
    """The routes of the server and of the graph, the bare consent page, and three levers for scripts."""
    graph = HallGraph(FakeBss().ports(), APP.values(), deadline_seconds=10, open_documents=True)
    return Starlette(
        routes=[
            *oauth_routes(stage.server),
            *graphql_routes(graph, stage.keeper, public_url=stage.server.issuer),
            Route("/oauth/authorize", _page(stage), methods=["GET", "POST"]),
            Route("/levers/{lever}", _levers(stage), methods=["POST"]),
        ]
    )


def _page(stage: Stage) -> Callable[[Request], Any]:
    async def page(request: Request) -> Response:
        token = request.headers.get("x-session")
        caller = await stage.show(token) if token else None
        if request.method == "POST":
            form = await read_form(request)
            assert not isinstance(form, BadForm)
            assert caller is not None
            return _show(
                await stage.server.consents.decide(form["request"], granted=form["answer"] == "yes", caller=caller)
            )
        fields = parse_fields(request.url.query)
        if isinstance(fields, BadForm):
            return JSONResponse({"turned": "bad_request"}, 400)
        return _show(await stage.server.consents.examine(fields, caller))

    return page


def _show(verdict: Any) -> Response:
    match verdict:
        case LeadTo():
            return RedirectResponse(verdict.address, 303)
        case ConsentQuestion():
            asked = {"request": verdict.request, "name": verdict.client_name, "host": verdict.client_host}
            return JSONResponse(asked | {"scopes": verdict.scopes})
        case MustProve():
            return JSONResponse({"must_prove": verdict.level, "fresh_within": verdict.fresh_within_seconds}, 401)
        case _:
            return JSONResponse({"turned": verdict.code}, 400)


def _levers(stage: Stage) -> Callable[[Request], Any]:
    async def lever(request: Request) -> Response:
        wish = await request.json()
        match request.path_params["lever"]:
            case "sign-in":
                token = await stage.sign_in(wish.get("number", NUMBER))
                return JSONResponse({"session": await stage.prove_code(token) if wish.get("code") else token})
            case "advance":
                stage.clock.advance(seconds=wish["seconds"])
            case "rotate":
                await stage.server.keys.rotate()
            case "sign-out":
                await stage.keeper.sign_out(wish["session"])
        return JSONResponse({})

    return lever
