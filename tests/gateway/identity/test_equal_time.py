"""Does the app's door take as long, and do as much, for a number that is nobody's as for one of ours?"""

import time
from collections.abc import AsyncIterator, Iterator
from statistics import median

import httpx
import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.applications import Starlette

from gateway.identity.doorkeeper import HallDoorkeeper
from gateway.identity.password import PasswordHashes
from gateway.identity.routes import identity_routes

from .conftest import NUMBER, PASSWORD, SECRET, STRANGER, Hire, Phone, Watch

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]

PAIRS = 25
CLOSE = 1.5
"""The medians of ours and nobody's may differ by this factor. What this process and its threads compute is timed, so
that other work of the machine does not count; what the database does is the same where its statements are. A hash
that is left out makes a factor of nine."""
DOORS = {
    "/api/sign-in": {"password": "999111"},
    "/api/sign-in/code": {},
    "/api/sign-in by code": {"code": "000000", "challenge": "none"},
}


@pytest.fixture
async def keeper(hire: Hire) -> HallDoorkeeper:
    """With the hashing of the real house."""
    keeper = hire(hashes=PasswordHashes(secret=SECRET))
    assert await keeper.set_password(NUMBER, PASSWORD, line_id="L1") is None
    return keeper


@pytest.fixture
async def app(keeper: HallDoorkeeper) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(Starlette(routes=identity_routes(keeper)))
    async with httpx.AsyncClient(transport=transport, base_url="http://hall.test") as client:
        yield client


@pytest.fixture
def statements(engine: AsyncEngine) -> Iterator[list[str]]:
    said: list[str] = []

    def listen(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    event.listen(engine.sync_engine, "before_cursor_execute", listen)
    yield said
    event.remove(engine.sync_engine, "before_cursor_execute", listen)


@pytest.mark.parametrize("door", DOORS)
async def test_the_door_takes_as_long_and_does_as_much_for_a_number_that_is_nobody_s(  # noqa: PLR0917
    app: httpx.AsyncClient, keeper: HallDoorkeeper, watch: Watch, statements: list[str], phone: Phone, door: str
) -> None:
    address = door.partition(" ")[0]
    seconds: dict[str, list[float]] = {NUMBER: [], STRANGER: []}
    for turn in range(PAIRS):
        watch.advance(days=1)  # every budget is whole again
        done: dict[str, tuple[int, list[str]]] = {}
        for number in (NUMBER, STRANGER) if turn % 2 else (STRANGER, NUMBER):
            statements.clear()
            began = time.process_time()
            answer = await app.post(address, json={"number": number, **DOORS[door]})
            seconds[number].append(time.process_time() - began)
            done[number] = (answer.status_code, list(statements))
            await keeper.settle()  # a code is texted behind the answer
        assert done[NUMBER] == done[STRANGER]
        assert done[NUMBER][1]
    assert {number for number, _ in phone.codes} == ({NUMBER} if address.endswith("code") else set())
    assert 1 / CLOSE < median(seconds[NUMBER]) / median(seconds[STRANGER]) < CLOSE, {
        number: f"{median(taken) * 1000:.1f} ms" for number, taken in seconds.items()
    }
