"""What do the tests of the web hall share?"""

import re
from collections.abc import AsyncIterator

import httpx
import pytest

from channels.rendering import Language
from tests.channels.web_hall import facts
from tests.channels.web_hall.fakes import TOKEN, FakeDoorkeeper, FakeDoors, FakeGraph, build_hall
from tests.channels.web_hall.state import State
from tests.channels.web_hall.states import STATE_BY_NAME

HERE = "http://localhost:8000"
_GRAPH, _DOORKEEPER, _DOORS = FakeGraph(), FakeDoorkeeper(), FakeDoors()
_HALL = build_hall(_GRAPH, _DOORKEEPER, _DOORS)  # templates are compiled once for all the tests
_SECURE_HALL = build_hall(_GRAPH, _DOORKEEPER, _DOORS, secure=True)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def graph() -> FakeGraph:
    """A graph that knows the ordinary customer."""
    _GRAPH.asked.clear()
    _GRAPH.notices = ()
    _GRAPH.answers = {
        "home": facts.home(), "bills": facts.bills(facts.NODES), "usage": facts.usage(),
        "inbox": facts.inbox(facts.MESSAGES), "bill": facts.bill(),
    }  # fmt: skip
    return _GRAPH


@pytest.fixture
def doorkeeper() -> FakeDoorkeeper:
    """A doorkeeper who lets in whoever tries, and knows one session."""
    _DOORKEEPER.live = {TOKEN}
    _DOORKEEPER.heard.clear()
    _DOORKEEPER.wishes.clear()
    _DOORKEEPER.verdict = _DOORKEEPER.token_verdict = None
    _DOORKEEPER.who = "customer"
    return _DOORKEEPER


@pytest.fixture
def doors() -> FakeDoors:
    """Passkeys, lines to go over to, clients and exports, all of which say yes."""
    _DOORS.heard.clear()
    _DOORS.verdict = None
    return _DOORS


@pytest.fixture
async def hall(graph: FakeGraph, doorkeeper: FakeDoorkeeper) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without JavaScript whose customer is signed in."""
    async with browser() as client:
        client.cookies.set("hall", TOKEN, domain="localhost.local")
        yield client


@pytest.fixture
async def visitor(graph: FakeGraph, doorkeeper: FakeDoorkeeper) -> AsyncIterator[httpx.AsyncClient]:
    """A browser without JavaScript that nobody has signed in with."""
    async with browser() as client:
        yield client


def browser(*, secure: bool = False) -> httpx.AsyncClient:
    """A client without JavaScript."""
    transport = httpx.ASGITransport(_SECURE_HALL if secure else _HALL)
    return httpx.AsyncClient(transport=transport, base_url="https://hall.example" if secure else HERE)


async def visit(state: State | str, language: Language) -> httpx.Response:
    """The answer of the hall in a state."""
    state = STATE_BY_NAME[state] if isinstance(state, str) else state
    _GRAPH.answers, _DOORKEEPER.verdict, _DOORKEEPER.live = state.answers, state.door, {TOKEN}
    _DOORKEEPER.who, _DOORS.verdict, _GRAPH.notices = state.who, state.doors, state.notices
    cookies = {"language": language} | ({"hall": TOKEN} if state.who not in ("visitor", "ended") else {})
    async with httpx.AsyncClient(transport=httpx.ASGITransport(_HALL), base_url=HERE, cookies=cookies) as client:
        if state.form is None:
            return await client.get(state.path)
        token = form_token(await client.get("/settings"))
        return await client.post(state.path.partition("?")[0], data={"form": token} | dict(state.form))


def form_token(answer: httpx.Response) -> str:
    """The token in the page's first form."""
    found = re.search(r'name="form" value="([^"]+)"', answer.text)
    assert found, "the page has no form"
    return found[1]
