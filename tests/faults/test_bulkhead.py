"""Can a slow system take every place?"""

import asyncio
from collections.abc import Callable

import pytest

from bss_adapters.tmf.account import TmfAccounts
from bss_adapters.tmf.call import read_call
from bss_adapters.tmf.client import TmfClient
from graphql_schema.ports import BssFault
from tests.faults.fault_server import FaultServer

pytestmark = pytest.mark.anyio

ACCOUNT_CALL = read_call("account", "/accountManagement/v4/billingAccount/A1")


async def test_the_call_too_many_is_refused_at_once(server: FaultServer, make_client: Callable[..., TmfClient]) -> None:
    client = make_client(in_flight=2)
    server.way = "silent"
    waiting = [asyncio.create_task(client.fetch(ACCOUNT_CALL)) for _ in range(2)]
    await asyncio.sleep(0.1)
    with pytest.raises(BssFault, match="account_overloaded"):
        await client.fetch(ACCOUNT_CALL)
    server.way = "well"
    assert (await TmfAccounts(client).fetch_balance("A1")).available
    assert {str(answer) for answer in await asyncio.gather(*waiting, return_exceptions=True)} == {"account_timeout"}
    assert await client.fetch(ACCOUNT_CALL), "the places are free again"


async def test_a_cancelled_call_gives_its_place_back(
    server: FaultServer, make_client: Callable[..., TmfClient]
) -> None:
    client = make_client(in_flight=1, budget_seconds=20)
    server.way = "silent"
    waiting = asyncio.create_task(client.fetch(ACCOUNT_CALL))
    await asyncio.sleep(0.05)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    server.way = "well"
    assert await client.fetch(ACCOUNT_CALL)
