"""What do the tests of the desk share?"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest

from gateway.database import open_database
from graphql_schema.client import Role
from tests.channels.desk.stage import PASSPHRASE, DeskStage
from tests.conftest import end_errands

HERE = "http://localhost:8000"
SignIn = Callable[..., Awaitable["Colleague"]]


class Colleague:
    """A browser without JavaScript, and who sits before it."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def get(self, path: str) -> httpx.Response:
        return await self.client.get(path)

    async def send(self, path: str, *, on: str | None = None, **typed: str) -> httpx.Response:
        """Sends a form of the page ``on`` (the path itself, unless told) to the path."""
        return await self.client.post(path, data=typed | {"form": form_token(await self.get(on or path))})

    async def sign_in(self, stage: DeskStage, key: str, staff_id: str) -> httpx.Response:
        return await self.send("/desk/sign-in", id=staff_id, passphrase=PASSPHRASE, code=stage.code(key))


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[DeskStage]:
    engine = open_database(f"sqlite:///{tmp_path / 'desk.db'}")
    stage = DeskStage(engine)
    await stage.prepare()
    yield stage
    await end_errands()
    await engine.dispose()


@pytest.fixture
async def come(stage: DeskStage) -> AsyncIterator[Callable[[], Awaitable[Colleague]]]:
    """Opens a browser that nobody has signed in with."""
    application = stage.application()
    async with AsyncExitStack() as open_browsers:

        async def _come() -> Colleague:
            transport = httpx.ASGITransport(application)
            client = httpx.AsyncClient(transport=transport, base_url=HERE, cookies={"language": "zh"})
            return Colleague(await open_browsers.enter_async_context(client))

        yield _come


@pytest.fixture
def sign_in(stage: DeskStage, come: Callable[[], Awaitable[Colleague]]) -> SignIn:
    """A colleague of a role, enrolled and signed in."""

    async def _sign_in(role: Role, staff_id: str = "1001") -> Colleague:
        key, colleague = await stage.employ(role, staff_id), await come()
        answer = await colleague.sign_in(stage, key, staff_id)
        assert answer.headers["location"] == "/desk"
        return colleague

    return _sign_in


def form_token(answer: httpx.Response) -> str:
    """The token in the page's first form."""
    found = re.search(r'name="form" value="([^"]+)"', answer.text)
    assert found, f"the page has no form: {answer.status_code} {answer.headers.get('location')}"
    return found[1]
