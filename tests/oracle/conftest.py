"""Which BSS does the oracle recompute? A sandbox over the wire, of which it imports nothing but what starts it."""

from collections.abc import AsyncIterator

import httpx
import pytest

from sandbox.app import create_app
from sandbox.bss.world import World
from tests.oracle.account import Account, fetch_account
from tests.oracle.catalogue import Catalogue, fetch_catalogue
from tests.oracle.wire import fetch_all

OTHERS_STEP = 2
HEAVY = "13800138011"
"""Has seven times as many records as all others together."""
BORN_MS = 1_795_312_800_000  # 2026-11-22T10:00:00+08:00


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
async def outside(anyio_backend: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the sandbox's root: its TMF APIs and its control."""
    world = World.open(subscribers=45, now_ms=BORN_MS)
    transport = httpx.ASGITransport(create_app(world), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://bss.example") as client:
        yield client
    world.store.close()


@pytest.fixture(scope="session")
async def bss(outside: httpx.AsyncClient) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the BSS's TMF APIs alone."""
    transport = outside._transport
    async with httpx.AsyncClient(transport=transport, base_url="http://bss.example/tmf-api") as client:
        yield client


@pytest.fixture(scope="session")
async def catalogue(bss: httpx.AsyncClient) -> Catalogue:
    return await fetch_catalogue(bss)


@pytest.fixture(scope="session")
async def persona_account(outside: httpx.AsyncClient) -> dict[str, str]:
    """The account of each demo number."""
    personas = (await outside.get("/sandbox/personas")).json()
    return {persona["number"]: persona["accountId"] for persona in personas}


@pytest.fixture(scope="session")
async def accounts(bss: httpx.AsyncClient, persona_account: dict[str, str]) -> list[Account]:
    """Every demo account but the heavy user's (test_heavy_user), and a share of the others, read whole."""
    listed = await fetch_all(bss, "/accountManagement/v4/billingAccount", fields="id")
    others = [item["id"] for item in listed if item["id"] not in persona_account.values()]
    personas = dict.fromkeys(account for number, account in persona_account.items() if number != HEAVY)
    chosen = [*personas, *others[::OTHERS_STEP]]
    return [await fetch_account(bss, account_id) for account_id in chosen]
