"""Is a system that keeps failing spared, probed, and asked again?"""

import asyncio
from collections.abc import Callable

import pytest

from bss_adapters.tmf.account import TmfAccounts
from bss_adapters.tmf.catalogue import TmfCatalogue
from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.line import TmfLines
from graphql_schema.ports import BssFault
from tests.faults.fault_server import FaultServer

pytestmark = pytest.mark.anyio


@pytest.fixture
def client(make_client: Callable[..., TmfClient]) -> TmfClient:
    return make_client(failures_to_open=3, attempts=1)


async def fail_three_times(server: FaultServer, client: TmfClient, way: str) -> None:
    server.way = way
    for _ in range(3):
        with pytest.raises(BssFault):
            await TmfAccounts(client).fetch_account("A1")


@pytest.mark.parametrize("way", ["500", "silent", "reset"])
async def test_after_three_failures_the_system_is_not_asked(server: FaultServer, client: TmfClient, way: str) -> None:
    await fail_three_times(server, client, way)
    for _ in range(5):
        with pytest.raises(BssFault, match="account_unavailable"):
            await TmfAccounts(client).fetch_account("A1")
    assert len(server.requests) == 3
    assert client.unwell_systems() == {"account"}


async def test_other_systems_are_asked_meanwhile(server: FaultServer, client: TmfClient) -> None:
    await fail_three_times(server, client, "500")
    server.way = "well"
    assert await TmfLines(client, TmfCatalogue(client)).fetch_line("L1")


async def test_one_probe_closes_it_again(server: FaultServer, client: TmfClient) -> None:
    await fail_three_times(server, client, "500")
    server.way = "well"
    await asyncio.sleep(client.limits.open_seconds)
    assert not (await TmfAccounts(client).fetch_account("A1")).stale
    assert client.unwell_systems() == frozenset()


async def test_a_failed_probe_keeps_it_open(server: FaultServer, client: TmfClient) -> None:
    await fail_three_times(server, client, "500")
    await asyncio.sleep(client.limits.open_seconds)
    for _ in range(3):
        with pytest.raises(BssFault):
            await TmfAccounts(client).fetch_account("A1")
    assert len(server.requests) == 4


async def test_only_one_probe_is_under_way(server: FaultServer, client: TmfClient) -> None:
    await fail_three_times(server, client, "500")
    server.way = "silent"
    await asyncio.sleep(client.limits.open_seconds)
    accounts = TmfAccounts(client)
    answers = await asyncio.gather(*(accounts.fetch_account(each) for each in ("A1", "A2")), return_exceptions=True)
    assert sorted(str(answer) for answer in answers) == ["account_timeout", "account_unavailable"]
    assert len(server.requests) == 4


@pytest.mark.parametrize("way", ["400", "404", "429", "HTML", "wrong currency"])
async def test_a_system_that_answers_is_not_spared(server: FaultServer, client: TmfClient, way: str) -> None:
    await fail_three_times(server, client, way)
    server.way = "well"
    assert not (await TmfAccounts(client).fetch_account("A1")).stale
