"""How often does a system see a call that fails?"""

import pytest

from bss_adapters.tmf.account import TmfAccounts
from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.hub import TmfHub
from bss_adapters.tmf.usage import TmfUsage
from graphql_schema.ports import BssFault
from tests.faults.fault_server import FaultServer

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("way", ["500", "reset"])
async def test_a_failed_read_is_sent_three_times(server: FaultServer, client: TmfClient, way: str) -> None:
    server.way = way
    with pytest.raises(BssFault):
        await TmfAccounts(client).fetch_account("A1")
    assert len(server.requests) == client.limits.attempts == 3


async def test_a_query_that_is_sent_as_post_is_a_read(server: FaultServer, client: TmfClient) -> None:
    server.script = ["500", "500"]
    assert (await TmfUsage(client).fetch_usage("L1")).buckets
    assert [request.split(" ")[0] for request in server.requests] == ["POST"] * 3


@pytest.mark.parametrize("way", ["500", "reset", "not HTTP", "silent", "HTML", "429"])
async def test_a_write_without_a_key_is_sent_exactly_once(server: FaultServer, client: TmfClient, way: str) -> None:
    server.way = way
    with pytest.raises(BssFault):
        await TmfHub(client, callback="http://127.0.0.1:1").register()
    assert len(server.requests) == 1


async def test_a_write_without_a_key_is_sent_once_on_a_kept_connection_too(
    server: FaultServer, client: TmfClient
) -> None:
    hub = TmfHub(client, callback="http://127.0.0.1:1")
    await hub.register()
    server.way = "reset"
    with pytest.raises(BssFault, match="usage_unavailable"):
        await hub.register()
    assert len(server.requests) == 2


@pytest.mark.parametrize("way", ["silent", "429", "400", "HTML", "not HTTP"])
async def test_what_asking_again_would_not_mend_is_sent_once(server: FaultServer, client: TmfClient, way: str) -> None:
    server.way = way
    with pytest.raises(BssFault):
        await TmfAccounts(client).fetch_account("A1")
    assert len(server.requests) == 1


async def test_a_read_that_fails_once_succeeds_unnoticed(server: FaultServer, client: TmfClient) -> None:
    server.script = ["500"]
    assert not (await TmfAccounts(client).fetch_account("A1")).stale
    assert len(server.requests) == 2


async def test_a_registration_that_is_gone_already_may_be_ended(server: FaultServer, client: TmfClient) -> None:
    server.way = "404"
    await TmfHub(client, callback="http://127.0.0.1:1").unregister("H1")
    assert server.requests == ["DELETE /tmf-api/usageManagement/v4/hub/H1 HTTP/1.1"]
