"""Does every failure of a system become its fault in time, and does a read then answer the last known value?"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from bss_adapters.tmf.account import TmfAccounts
from bss_adapters.tmf.client import TmfClient
from graphql_schema.ports import BssFault, answering_by
from tests.faults.fault_server import FaultServer

pytestmark = pytest.mark.anyio

FAULTS = {
    "silent": "account_timeout",
    "slow": "account_timeout",
    "dripping": "account_timeout",
    "refused": "account_unavailable",
    "reset": "account_unavailable",
    "not HTTP": "account_garbled",
    "500": "account_unavailable",
    "429": "account_overloaded",
    "400": "account_refused",
    "404": "account_refused",
    "redirect": "account_garbled",
    "HTML": "account_garbled",
    "empty": "account_garbled",
    "truncated": "account_garbled",
    "broken off": "account_garbled",
    "longer than said": "account_garbled",
    "wrong currency": "account_garbled",
    "unknown code": "account_garbled",
    "missing fact": "account_garbled",
    "not exact": "account_garbled",
    "another's": "account_garbled",
    "huge": "account_garbled",
    "endless": "account_garbled",
    "deep": "account_garbled",
}
GRACE_SECONDS = 0.3


async def fail(server: FaultServer, way: str) -> None:
    if way == "refused":
        await server.stop()
    else:
        server.way = way


@pytest.mark.parametrize(("way", "code"), FAULTS.items())
async def test_a_failure_is_its_fault_within_the_deadline(
    server: FaultServer, client: TmfClient, way: str, code: str
) -> None:
    await fail(server, way)
    began = time.monotonic()
    with pytest.raises(BssFault) as fault:
        await TmfAccounts(client).fetch_account("A1")
    assert fault.value.code == code
    assert fault.value.retryable is (code.partition("_")[2] in {"timeout", "unavailable", "overloaded"})
    assert time.monotonic() - began < client.limits.budget_seconds + GRACE_SECONDS


@pytest.mark.parametrize("way", FAULTS)
async def test_a_failed_read_answers_the_last_known_value_with_its_time(
    server: FaultServer, client: TmfClient, way: str
) -> None:
    accounts = TmfAccounts(client)
    well = await accounts.fetch_account("A1")
    await fail(server, way)
    known = await accounts.fetch_account("A1")
    assert (well.stale, known.stale) == (False, True)
    assert known.as_of == well.as_of == datetime(2026, 11, 21, 2, 3, 4, tzinfo=UTC)
    assert known.owed.amount == Decimal("86.50")


@pytest.mark.parametrize("way", sorted(set(FAULTS) - {"refused"}))
async def test_a_system_that_is_well_again_answers_fresh_values(
    server: FaultServer, client: TmfClient, way: str
) -> None:
    accounts = TmfAccounts(client)
    server.way = way
    with pytest.raises(BssFault):
        await accounts.fetch_account("A1")
    server.way = "well"
    assert not (await accounts.fetch_account("A1")).stale


async def test_a_garbled_answer_never_replaces_the_last_known_value(server: FaultServer, client: TmfClient) -> None:
    accounts = TmfAccounts(client)
    await accounts.fetch_account("A1")
    for way in ("wrong currency", "HTML", "silent"):
        server.way = way
        assert (await accounts.fetch_account("A1")).owed.currency == "CNY"


@pytest.mark.parametrize("way", ["silent", "dripping"])
async def test_a_request_that_is_almost_out_of_time_is_answered_in_that_time(
    server: FaultServer, make_client: Callable[..., TmfClient], way: str
) -> None:
    accounts = TmfAccounts(make_client(budget_seconds=20))
    server.way = way
    began = time.monotonic()
    with answering_by(began + 0.2), pytest.raises(BssFault, match="account_timeout"):
        await accounts.fetch_account("A1")
    assert time.monotonic() - began < 0.2 + GRACE_SECONDS


async def test_one_dead_system_leaves_the_others_alone(server: FaultServer, client: TmfClient) -> None:
    server.script = ["500"] * client.limits.attempts
    accounts = TmfAccounts(client)
    with pytest.raises(BssFault, match="account_unavailable"):
        await accounts.fetch_account("A1")
    assert not (await accounts.fetch_balance("A1")).stale
