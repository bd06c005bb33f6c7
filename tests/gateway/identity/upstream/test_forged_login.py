"""Does an answer of the operator's login that lies in one point let anybody in?"""

from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import OctKey
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.applications import Starlette

from gateway.database import read, write
from gateway.identity.doorkeeper import real_now
from gateway.identity.every_table import metadata
from gateway.identity.line_watch import LineWatch
from gateway.identity.session import Sessions
from gateway.identity.tables import hall_session
from gateway.identity.upstream.login import LoginSettings, OperatorLogin
from gateway.identity.upstream.routes import upstream_routes
from graphql_schema.types.line import LineState
from tests.conformance.serving import served
from tests.gateway.identity.conftest import NUMBER, SECRET, KnownLines, Letters
from tests.gateway.identity.upstream.evil_issuer import (
    CLIENT,
    CLIENT_SECRET,
    OTHER,
    Claims,
    EvilIssuer,
    alter,
    sign_by,
    sign_nothing,
)

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]
HALL = "http://hall.test"
REFUSED = "/sign-in?why=login_refused"


@pytest.fixture
async def evil() -> AsyncIterator[EvilIssuer]:
    evil = EvilIssuer(NUMBER)
    async with served(evil.app()) as address:
        evil.address = address
        yield evil


class Visitor:
    """A browser that goes to the login and comes back with a code, at one or another process of the hall."""

    def __init__(self, evil: EvilIssuer, engine: AsyncEngine, lines: KnownLines) -> None:
        self.evil, self.engine, self.lines = evil, engine, lines
        self.cookies = httpx.Cookies()

    async def ask(self, address: str) -> httpx.Response:
        """A process that has just started: it knows nothing of the login yet."""
        settings = LoginSettings(self.evil.address, CLIENT, CLIENT_SECRET)
        login = OperatorLogin(
            settings,
            self.engine,
            self.lines,
            Sessions(self.engine),
            Letters(),
            watch=LineWatch(self.engine, self.lines, real_now),
            now=real_now,
        )
        app = Starlette(routes=upstream_routes(login, secret=SECRET, public_url=HALL, secure_cookies=False))
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url=HALL, cookies=self.cookies) as hall:
            answer = await hall.get(address)
            self.cookies = hall.cookies
            return answer

    async def leave(self) -> str:
        """Where the login has to lead back to."""
        asked = parse_qs(urlsplit((await self.ask("/sign-in/uam?next=/bills")).headers["location"]).query)
        self.evil.nonce = asked["nonce"][0]
        query = httpx.QueryParams(code="c", state=asked["state"][0], iss=self.evil.address)
        return f"/sign-in/uam/callback?{query}"

    async def come_back(self, address: str) -> str:
        return str((await self.ask(address)).headers["location"])

    async def count_sessions(self) -> int:
        async with read(self.engine) as connection:
            return int((await connection.execute(select(func.count()).select_from(hall_session))).scalar_one())


@pytest.fixture
async def visitor(evil: EvilIssuer, engine: AsyncEngine, lines: KnownLines) -> Visitor:
    async with write(engine) as connection:
        await connection.run_sync(metadata.create_all)
    return Visitor(evil, engine, lines)


async def stays_outside(visitor: Visitor) -> bool:
    return "hall" not in visitor.cookies and await visitor.count_sessions() == 0


async def test_the_honest_answer_lets_in(visitor: Visitor) -> None:
    assert await visitor.come_back(await visitor.leave()) == "/bills"
    assert "hall" in visitor.cookies
    assert await visitor.count_sessions() == 1


@pytest.mark.parametrize(
    "seal",
    [
        pytest.param(sign_by({"alg": "ES256", "kid": "k1"}, OTHER), id="another key of the same name"),
        pytest.param(sign_by({"alg": "ES256", "kid": "k9"}, OTHER), id="a key that the login does not show"),
        pytest.param(
            sign_by({"alg": "ES256", "kid": "k1", "jwk": OTHER.as_dict(private=False)}, OTHER), id="its own key along"
        ),
        pytest.param(sign_by({"alg": "HS256"}, OctKey.import_key(CLIENT_SECRET)), id="our shared secret"),
        pytest.param(alter, id="claims changed afterwards"),
        pytest.param(sign_nothing, id="alg none"),
        pytest.param(lambda _: "", id="empty"),
        pytest.param(lambda _: "a.b.c", id="junk"),
    ],
)
async def test_a_forged_signature_opens_nothing(
    visitor: Visitor, evil: EvilIssuer, seal: Callable[[Claims], str]
) -> None:
    evil.seal = seal
    assert await visitor.come_back(await visitor.leave()) == REFUSED
    assert evil.asked_for_tokens == 1
    assert await stays_outside(visitor)


@pytest.mark.parametrize(
    "lie",
    [
        pytest.param({"aud": "another client"}, id="another's"),
        pytest.param({"aud": ["another client"]}, id="another's in a list"),
        pytest.param({"aud": "another client", "azp": CLIENT}, id="another's, handed to us"),
        pytest.param({"aud": [CLIENT, "another client"], "azp": "another client"}, id="ours, handed to another"),
        pytest.param({"aud": None}, id="nobody's"),
        pytest.param({"aud": []}, id="nobody's in a list"),
    ],
)
async def test_a_token_for_another_audience_opens_nothing(visitor: Visitor, evil: EvilIssuer, lie: Claims) -> None:
    evil.change = lambda claims: claims | lie
    assert await visitor.come_back(await visitor.leave()) == REFUSED
    assert await stays_outside(visitor)


@pytest.mark.parametrize("nonce", ["made up", "", None])
async def test_a_token_with_another_nonce_opens_nothing(visitor: Visitor, evil: EvilIssuer, nonce: str | None) -> None:
    evil.change = lambda claims: claims | {"nonce": nonce}
    assert await visitor.come_back(await visitor.leave()) == REFUSED
    assert await stays_outside(visitor)


async def test_the_token_of_an_earlier_sign_in_opens_nothing(visitor: Visitor, evil: EvilIssuer) -> None:
    await visitor.leave()
    earlier = evil.nonce
    back = await visitor.leave()
    assert earlier != evil.nonce
    evil.change = lambda claims: claims | {"nonce": earlier}
    assert await visitor.come_back(back) == REFUSED
    assert await stays_outside(visitor)


@pytest.mark.parametrize("missing", ["iss", "sub", "aud", "exp", "iat", "nonce"])
async def test_a_token_that_leaves_out_what_it_must_say_opens_nothing(
    visitor: Visitor, evil: EvilIssuer, missing: str
) -> None:
    evil.change = lambda claims: {name: told for name, told in claims.items() if name != missing}
    assert await visitor.come_back(await visitor.leave()) == REFUSED
    assert await stays_outside(visitor)


async def test_an_expired_token_opens_nothing(visitor: Visitor, evil: EvilIssuer) -> None:
    evil.change = lambda claims: claims | {"iat": claims["iat"] - 900, "exp": claims["iat"] - 600}
    assert await visitor.come_back(await visitor.leave()) == REFUSED
    assert await stays_outside(visitor)


@pytest.mark.parametrize("other", ["https://evil.example", "{}/", "{}/other", ""])
async def test_a_token_of_another_issuer_opens_nothing(visitor: Visitor, evil: EvilIssuer, other: str) -> None:
    evil.change = lambda claims: claims | {"iss": other.format(claims["iss"])}
    assert await visitor.come_back(await visitor.leave()) == REFUSED
    assert await stays_outside(visitor)


@pytest.mark.parametrize("other", ["https://evil.example", "{}/", "{}/other"])
async def test_metadata_that_name_another_issuer_are_not_believed(
    visitor: Visitor, evil: EvilIssuer, other: str
) -> None:
    back = await visitor.leave()
    evil.names_itself = other.format(evil.address)
    evil.change = lambda claims: claims | {"iss": evil.names_itself}
    assert await visitor.come_back(back) == REFUSED
    assert evil.asked_for_tokens == 0, "neither the code nor our secret goes there"
    assert await visitor.come_back("/sign-in/uam") == "/sign-in?why=unavailable"
    assert await stays_outside(visitor)


@pytest.mark.parametrize("instead", [{}, {"userinfo": {"phone_number": NUMBER, "phone_number_verified": True}}])
async def test_claims_that_nobody_signed_open_nothing(
    visitor: Visitor, evil: EvilIssuer, instead: dict[str, Any]
) -> None:
    told = {name: claim | {"amr": ["pwd"]} for name, claim in instead.items()}
    evil.around = lambda answer: {name: part for name, part in answer.items() if name != "id_token"} | told
    assert await visitor.come_back(await visitor.leave()) == REFUSED
    assert await stays_outside(visitor)


async def test_a_closed_line_does_not_come_in_by_the_login(visitor: Visitor, lines: KnownLines) -> None:
    lines.states[NUMBER] = LineState.CLOSED
    assert await visitor.come_back(await visitor.leave()) == "/sign-in?why=no_line_there"
    assert await stays_outside(visitor)


async def test_a_suspended_line_comes_in_by_the_login(visitor: Visitor, lines: KnownLines) -> None:
    lines.states[NUMBER] = LineState.SUSPENDED
    assert await visitor.come_back(await visitor.leave()) == "/bills"
