"""Does a person who signed in at the operator's login come in here, as surely as it says, and nobody else?"""

import json
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from starlette.applications import Starlette

from gateway.database import read, write
from gateway.identity.audit.entry import audit_record
from gateway.identity.doorkeeper import real_now
from gateway.identity.every_table import metadata
from gateway.identity.line_watch import LineWatch
from gateway.identity.session import Sessions
from gateway.identity.upstream.login import LoginSettings, OperatorLogin
from gateway.identity.upstream.routes import upstream_routes
from graphql_schema.client import Caller, Channel
from tests.gateway.identity.conftest import NUMBER, SECRET, KnownLines
from tests.judges import NODE, NODE_FOLDER

pytestmark = pytest.mark.anyio
HALL = "http://hall.test"
CALLBACK = f"{HALL}/sign-in/uam/callback"
LEVELS = "urn:op:one=1,urn:op:two=2,urn:op:three=3"


class Quiet:
    def __init__(self) -> None:
        self.notices: list[str] = []

    async def send(self, connection: AsyncConnection, *, number: str, notice: str, key: str, **facts: object) -> None:
        self.notices.append(notice)


@pytest.fixture(scope="module")
def issuer(node_modules: Path) -> Iterator[str]:
    """npm oidc-provider, in a process of its own on a port of its own."""
    process = subprocess.Popen(
        [NODE, "operator_login.mjs", CALLBACK],
        cwd=NODE_FOLDER,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    yield process.stdout.readline().strip()
    process.terminate()
    process.wait(timeout=10)
    process.stdout.close()


class Person:
    """A browser that follows the redirects between the hall and the login, and keeps each one's cookies."""

    def __init__(self, hall: httpx.AsyncClient, world: httpx.AsyncClient, issuer: str) -> None:
        self.hall, self.world, self.issuer = hall, world, issuer

    async def control(self, **facts: object) -> None:
        await self.world.get(f"{self.issuer}/control", params={"next": json.dumps(facts)})

    async def leave(self, path: str = "/sign-in/uam?next=/bills") -> str:
        led = await self.hall.get(path)
        assert led.status_code == 302, led.headers
        return str(led.headers["location"])

    async def follow(self, address: str) -> str:
        """Through the login's own pages, until it leads back to the hall."""
        while not address.startswith(CALLBACK):
            answer = await self.world.get(address)
            assert answer.is_redirect, answer.text
            address = str(httpx.URL(address).join(answer.headers["location"]))
        return address

    async def sign_in(self, path: str = "/sign-in/uam?next=/bills") -> httpx.Response:
        return await self.hall.get(await self.follow(await self.leave(path)))


@pytest.fixture
def quiet() -> Quiet:
    return Quiet()


@pytest.fixture
async def sessions(engine: AsyncEngine) -> Sessions:
    async with write(engine) as connection:
        await connection.run_sync(metadata.create_all)
    return Sessions(engine)


@pytest.fixture
async def person(
    engine: AsyncEngine, sessions: Sessions, lines: KnownLines, quiet: Quiet, issuer: str
) -> AsyncIterator[Person]:
    settings = LoginSettings(issuer, "onehall", "a secret of the operator's login", LEVELS)
    login = OperatorLogin(
        settings, engine, lines, sessions, quiet, watch=LineWatch(engine, lines, real_now), now=real_now
    )
    app = Starlette(routes=upstream_routes(login, secret=SECRET, public_url=HALL, secure_cookies=False))
    hall = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=HALL)
    async with hall, httpx.AsyncClient() as world:
        person = Person(hall, world, issuer)
        await person.control(account=NUMBER, acr=None, amr=["pwd"], verified=True, deny=False)
        yield person


async def find_caller(person: Person, sessions: Sessions) -> Caller:
    token = person.hall.cookies.get("hall")
    assert token is not None
    session = await sessions.recognize(token, Channel.WEB, now=real_now())
    assert session is not None
    return session.caller


async def test_who_signed_in_there_is_in_here_and_where_they_wanted_to_go(
    person: Person, sessions: Sessions, quiet: Quiet, engine: AsyncEngine
) -> None:
    answer = await person.sign_in()
    assert (answer.status_code, answer.headers["location"]) == (303, "/bills")
    caller = await find_caller(person, sessions)
    assert (caller.subscriber, caller.number, caller.assurance) == ("L1", NUMBER, 2)
    assert quiet.notices == ["new_device"]
    async with read(engine) as connection:
        assert (await connection.execute(select(audit_record.c.deed))).scalars().all() == ["sign_in"]


@pytest.mark.parametrize(
    ("acr", "amr", "level"), [("urn:op:one", [], 1), ("urn:op:three", [], 3), (None, ["otp", "pwd"], 3)]
)
async def test_its_word_on_the_level_is_taken(
    person: Person, sessions: Sessions, acr: str | None, amr: list[str], level: int
) -> None:
    await person.control(acr=acr, amr=amr)
    await person.sign_in("/sign-in/uam?level=3")
    assert (await find_caller(person, sessions)).assurance == level


async def test_level_3_is_asked_for_by_name_and_afresh(person: Person) -> None:
    asked = parse_qs(urlsplit(await person.leave("/sign-in/uam?level=3")).query)
    assert (asked["acr_values"], asked["max_age"], asked["prompt"]) == (["urn:op:three"], ["600"], ["login"])
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["nonce"]


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"account": "13900139009"}, "no_line_there"),
        ({"verified": False}, "no_line_there"),
        ({"amr": ["unheard-of"]}, "no_line_there"),
        ({"deny": True}, "login_refused"),
    ],
)
async def test_who_can_not_be_let_in_is_led_back_with_a_reason(
    person: Person, facts: dict[str, object], why: str
) -> None:
    await person.control(**facts)
    answer = await person.sign_in()
    assert answer.headers["location"] == f"/sign-in?why={why}"
    assert "hall" not in person.hall.cookies


async def test_an_answer_counts_once(person: Person) -> None:
    back = await person.follow(await person.leave())
    kept = dict(person.hall.cookies)
    assert (await person.hall.get(back)).headers["location"] == "/bills"
    person.hall.cookies.clear()
    person.hall.cookies.update(kept)
    assert (await person.hall.get(back)).headers["location"] == "/sign-in?why=login_refused"


async def test_an_answer_is_for_the_browser_that_asked(person: Person) -> None:
    back = await person.follow(await person.leave())
    person.hall.cookies.clear()
    assert (await person.hall.get(back)).headers["location"] == "/sign-in?why=login_refused"


@pytest.mark.parametrize("change", ["state=x", "iss=http://evil.example", "code=x"])
async def test_an_answer_that_was_changed_opens_nothing(person: Person, change: str) -> None:
    name, _, value = change.partition("=")
    back = httpx.URL(await person.follow(await person.leave())).copy_set_param(name, value)
    assert (await person.hall.get(str(back))).headers["location"] == "/sign-in?why=login_refused"
    assert "hall" not in person.hall.cookies


async def test_an_answer_that_does_not_say_whose_it_is_opens_nothing(person: Person) -> None:
    back = httpx.URL(await person.follow(await person.leave())).copy_remove_param("iss")
    assert (await person.hall.get(str(back))).headers["location"] == "/sign-in?why=login_refused"


async def test_a_cookie_that_was_made_up_opens_nothing(person: Person) -> None:
    person.hall.cookies.set("uam", "bm9uc2Vuc2U=")
    assert (await person.hall.get(f"{CALLBACK}?code=x&state=y")).headers["location"] == "/sign-in?why=login_refused"


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example/", "/\\evil.example", "/sign-out"])
async def test_nobody_is_led_out_of_the_hall(person: Person, path: str) -> None:
    answer = await person.sign_in(f"/sign-in/uam?next={path}")
    assert answer.headers["location"] == "/home"


async def test_a_login_that_is_away_says_so(
    engine: AsyncEngine, sessions: Sessions, lines: KnownLines, quiet: Quiet
) -> None:
    settings = LoginSettings("http://127.0.0.1:9", "onehall", "x")
    login = OperatorLogin(
        settings, engine, lines, sessions, quiet, watch=LineWatch(engine, lines, real_now), now=real_now
    )
    app = Starlette(routes=upstream_routes(login, secret=SECRET, public_url=HALL, secure_cookies=True))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=HALL) as hall:
        assert (await hall.get("/sign-in/uam")).headers["location"] == "/sign-in?why=unavailable"
