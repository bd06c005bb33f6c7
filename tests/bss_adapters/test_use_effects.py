"""Does a use outdate everything that it changes, for everybody who sees it, and nothing else?"""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.snapshot import MemorySnapshots
from bss_adapters.tmf.usage_event import parse_usage_event
from bss_adapters.tmf.usage_history import TmfUsageHistory
from bss_adapters.tmf.use_effects import UseEffects
from graphql_schema.types.bill import ChargeKind
from graphql_schema.types.month import Month
from graphql_schema.types.usage_event import UsageEvent
from tests.bss_adapters.conftest import LIMITS, Hall, make_hall

pytestmark = pytest.mark.anyio

ORDINARY, PREPAID, MAIN, SECONDARY, NEARLY = "13800138001", "13800138002", "13800138003", "13800138004", "13800138010"
MEGABYTE = 1024**2
NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)


@pytest.fixture
def snapshots() -> MemorySnapshots:
    return MemorySnapshots()


@pytest.fixture
async def hall(app: Starlette, snapshots: MemorySnapshots) -> AsyncIterator[Hall]:
    """A hall that keeps a reading fresh for 30 s, as in service."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    client = TmfClient("http://bss.example/tmf-api", snapshots=snapshots, transport=transport, limits=LIMITS)
    async with httpx.AsyncClient(transport=transport, base_url="http://bss.example") as levers:
        yield make_hall(client, [], levers)
    await client.aclose()


@pytest.fixture
def effects(hall: Hall) -> UseEffects:
    return UseEffects(hall.lines, hall.usage, hall.accounts, hall.bills)


async def line_id(hall: Hall, number: str) -> str:
    line = await hall.lines.find_line(number)
    assert line is not None
    return line.id


async def use(hall: Hall, number: str, usage_type: str, amount: int) -> UsageEvent:
    usage: dict[str, Any] = await hall.pull("usage", {"number": number, "usageType": usage_type, "amount": amount})
    body = {"eventType": "UsageCreateEvent", "event": {"usage": usage}}
    return parse_usage_event(json.dumps(body).encode())


async def shared_data(hall: Hall, line: str) -> int:
    return sum(bucket.used for bucket in (await hall.usage.fetch_usage(line)).buckets if bucket.shared)


@pytest.mark.parametrize(("user", "other"), [(MAIN, SECONDARY), (SECONDARY, MAIN)])
async def test_a_use_of_a_shared_bucket_is_seen_by_everybody_who_shares_it(
    hall: Hall, effects: UseEffects, user: str, other: str
) -> None:
    using, sharing = await line_id(hall, user), await line_id(hall, other)
    before = await shared_data(hall, sharing)
    event = await use(hall, user, "data", 7 * MEGABYTE)
    assert await shared_data(hall, sharing) == before
    assert await effects.outdate(event) == {using, sharing}
    assert await shared_data(hall, sharing) == before + 7 * MEGABYTE
    assert await shared_data(hall, using) == before + 7 * MEGABYTE


async def test_two_processes_know_of_each_others_readers(
    hall: Hall, app: Starlette, snapshots: MemorySnapshots
) -> None:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    client = TmfClient("http://bss.example/tmf-api", snapshots=snapshots, transport=transport, limits=LIMITS)
    elsewhere = make_hall(client, [], hall.levers)
    sharing = await line_id(hall, SECONDARY)
    await shared_data(hall, sharing)
    event = await use(hall, MAIN, "data", MEGABYTE)
    there = UseEffects(elsewhere.lines, elsewhere.usage, elsewhere.accounts, elsewhere.bills)
    assert sharing in await there.outdate(event)
    await client.aclose()


async def test_a_use_of_ones_own_bucket_concerns_nobody_else(hall: Hall, effects: UseEffects) -> None:
    for number in (MAIN, SECONDARY, NEARLY):
        await hall.usage.fetch_usage(await line_id(hall, number))
    assert await effects.outdate(await use(hall, NEARLY, "data", MEGABYTE)) == {await line_id(hall, NEARLY)}


async def test_a_charged_use_shows_at_once_in_the_balance_and_in_the_running_month(
    hall: Hall, effects: UseEffects
) -> None:
    line = await hall.lines.find_line(PREPAID)
    assert line is not None
    account = line.account_id
    balance, charges = await hall.accounts.fetch_balance(account), await hall.bills.fetch_current_charges(account)
    event = await use(hall, PREPAID, "voice", 60)
    assert event.fee.amount == Decimal("0.40")
    assert await hall.accounts.fetch_balance(account) == balance
    await effects.outdate(event)
    later = await hall.accounts.fetch_balance(account)
    assert balance.available.amount - later.available.amount == event.fee.amount
    assert (await hall.bills.fetch_current_charges(account)).total.amount == charges.total.amount + event.fee.amount


async def test_a_use_without_a_fee_asks_nothing_about_money(hall: Hall, effects: UseEffects) -> None:
    line = await hall.lines.find_line(NEARLY)
    assert line is not None
    balance = await hall.accounts.fetch_balance(line.account_id)
    await hall.pull("clock", {"advanceSeconds": 5})
    await effects.outdate(await use(hall, NEARLY, "data", MEGABYTE))
    assert await hall.accounts.fetch_balance(line.account_id) == balance


async def test_a_bss_that_is_down_costs_the_money_its_freshness_and_nothing_else(
    hall: Hall, effects: UseEffects
) -> None:
    event = await use(hall, PREPAID, "voice", 60)
    await hall.pull("outage", {"systems": ["line"]})
    assert await effects.outdate(event) == {event.line_id}


async def test_a_use_shows_in_its_month_and_what_it_cost_is_the_same_there_and_in_the_running_charges(
    hall: Hall,
) -> None:
    history = TmfUsageHistory(hall.client)
    effects = UseEffects(hall.lines, hall.usage, hall.accounts, hall.bills, history)
    line, month = await line_id(hall, ORDINARY), Month.of(NOW)
    before = sum(day.fee for day in (await history.fetch_month(line, month)).days)
    event = await use(hall, ORDINARY, "data", 50_000 * MEGABYTE)
    assert sum(day.fee for day in (await history.fetch_month(line, month)).days) == before
    await effects.outdate(event)
    after = sum(day.fee for day in (await history.fetch_month(line, month)).days)
    assert after == before + event.fee.amount > before
    found = await hall.lines.fetch_line(line)
    assert found is not None
    charges = await hall.bills.fetch_current_charges(found.account_id)
    used = [
        rated.amount.amount
        for subject in charges.subjects
        for rated in subject.rated_lines
        if rated.kind is ChargeKind.USAGE
    ]
    assert sum(used) == after
