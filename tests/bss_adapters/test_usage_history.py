"""Is a month of records summed whole, once, and in little memory, or not at all?"""

import asyncio
import gc
import json
import time
import tracemalloc
from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from random import Random
from typing import Any

import httpx
import pytest
from starlette.responses import Response

from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.limits import Limits
from bss_adapters.tmf.snapshot import MemorySnapshots
from bss_adapters.tmf.usage_history import TmfUsageHistory
from graphql_schema.money_ports import RatedDay
from graphql_schema.ports import BssFault, answering_by
from graphql_schema.types.bucket import UsageType
from graphql_schema.types.month import Month
from tests.bss_adapters.record_keeper import RecordKeeper, usage

pytestmark = pytest.mark.anyio

OCTOBER = Month(2026, 10)
NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)
LIMITS = Limits(failures_to_open=1000, attempts=1)


class Store(MemorySnapshots):
    """Keeps what was put into it in sight."""

    def __init__(self) -> None:
        super().__init__()
        self.written: dict[str, bytes] = {}

    async def put(self, key: str, value: bytes, keep_seconds: int) -> None:
        self.written[key] = value
        await super().put(key, value, keep_seconds)


@pytest.fixture
def keeper() -> RecordKeeper:
    return RecordKeeper()


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
async def client(keeper: RecordKeeper, store: Store) -> AsyncIterator[TmfClient]:
    transport = httpx.ASGITransport(keeper.app, raise_app_exceptions=False)
    client = TmfClient("http://bss.example", snapshots=store, transport=transport, limits=LIMITS)
    client.clock.observe(NOW, sent_at=0.0)
    yield client
    await client.aclose()


@pytest.fixture
def history(client: TmfClient) -> TmfUsageHistory:
    return TmfUsageHistory(client)


def at(day: int, hour: int = 4, *, month: int = 10) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


def make_records(count: int, *, seed: int = 1, instants: int = 2_000_000) -> list[dict[str, Any]]:
    """Records spread over October, several of them in one instant where there are few instants."""
    chance, start = Random(seed), OCTOBER.starts_at
    length = (OCTOBER.ends_at - start) / instants
    records = []
    for order in range(count):
        kind = chance.choice(["voice", "sms", "data", "valueAdded"])
        tariff, fee = chance.choice([("included", "0"), ("tariff-a", "0.005"), ("tariff-b", "0.42")])
        moment = start + length * chance.randrange(instants)
        records.append(usage(f"U{order}", moment, kind=kind, amount=chance.randrange(1, 999), fee=fee, tariff=tariff))
    return records


def add_up(records: list[dict[str, Any]]) -> dict[tuple[date, str, str | None], tuple[int, Decimal]]:
    """The sums by another road: over the plain records."""
    sums: dict[tuple[date, str, str | None], tuple[int, Decimal]] = defaultdict(lambda: (0, Decimal(0)))
    for record in records:
        rated = record["ratedProductUsage"][0]
        moment = datetime.fromisoformat(record["usageDate"]) + timedelta(hours=8)
        tariff = None if rated["offerTariffType"] == "included" else rated["offerTariffType"]
        key = (moment.date(), record["usageType"], tariff)
        used, fee = sums[key]
        amount = record["usageCharacteristic"][0]["value"]
        sums[key] = (used + amount, fee + Decimal(str(rated["taxIncludedRatingAmount"]["value"])))
    return dict(sums)


def as_sums(days: tuple[RatedDay, ...]) -> dict[tuple[date, str, str | None], tuple[int, Decimal]]:
    return {
        (each.day, each.usage_type.value if each.usage_type else "valueAdded", each.tariff): (each.used, each.fee)
        for each in days
    }


@pytest.mark.parametrize("tells_total", [True, False])
@pytest.mark.parametrize("count", [0, 1, 999, 1000, 1001, 2500])
async def test_every_record_of_a_month_is_in_the_sums_once(
    history: TmfUsageHistory, keeper: RecordKeeper, count: int, *, tells_total: bool
) -> None:
    keeper.keep(make_records(count))
    keeper.tells_total = tells_total
    month = await history.fetch_month("L1", OCTOBER)
    assert as_sums(month.days) == add_up(keeper.records)


async def test_records_of_one_instant_are_neither_lost_nor_doubled_at_a_pages_edge(
    history: TmfUsageHistory, keeper: RecordKeeper
) -> None:
    keeper.keep(make_records(3000, instants=40))
    assert as_sums((await history.fetch_month("L1", OCTOBER)).days) == add_up(keeper.records)


async def test_a_system_that_gives_smaller_pages_than_asked_is_read_to_the_end(
    history: TmfUsageHistory, keeper: RecordKeeper
) -> None:
    keeper.keep(make_records(1500))
    keeper.most = 200
    assert as_sums((await history.fetch_month("L1", OCTOBER)).days) == add_up(keeper.records)


async def test_records_that_come_while_a_month_is_read_shift_nothing(
    history: TmfUsageHistory, keeper: RecordKeeper
) -> None:
    keeper.keep(make_records(2500))
    before = add_up(keeper.records)

    def add_newer(page: int) -> None:
        if page > 1:
            keeper.keep([usage(f"N{page}-{order}", at(31, 15), kind="sms", tariff="new") for order in range(30)])

    keeper.before_page = add_newer
    assert as_sums((await history.fetch_month("L1", OCTOBER)).days) == before


async def test_a_business_day_begins_at_midnight_in_china(history: TmfUsageHistory, keeper: RecordKeeper) -> None:
    keeper.keep([usage("U1", at(1, 15)), usage("U2", at(1, 16)), usage("U3", at(30, 16, month=9))])
    days = (await history.fetch_month("L1", OCTOBER)).days
    assert [(each.day, each.used) for each in days] == [(date(2026, 10, 1), 120), (date(2026, 10, 2), 60)]


async def test_each_tariff_and_roaming_abroad_stand_by_themselves_with_their_places(
    history: TmfUsageHistory, keeper: RecordKeeper
) -> None:
    keeper.keep([
        usage("U1", at(3), fee="0.40", tariff="local"),
        usage("U2", at(3), fee="1.99", tariff="roam", roaming=True, place="曼谷"),
        usage("U3", at(3), fee="1.99", tariff="roam", roaming=True, place="清迈"),
        usage("U4", at(3), fee="0.40", tariff="local", roaming=True, place="上海", roamingType="domestic"),
        usage("U5", at(3), tariff="free"),
    ])  # fmt: skip
    days = (await history.fetch_month("L1", OCTOBER)).days
    assert [(each.tariff, each.used, each.fee, each.roaming, set(each.places)) for each in days] == [
        (None, 60, Decimal(0), False, set()),
        ("local", 120, Decimal("0.80"), False, set()),
        ("roam", 120, Decimal("3.98"), True, {"曼谷", "清迈"}),
    ]


@pytest.mark.parametrize("place", ["\ud800", "曼\n谷", "x" * 201, "", 7, None])
async def test_a_place_that_can_not_be_told_is_left_out_and_spoils_no_sum(
    history: TmfUsageHistory, keeper: RecordKeeper, place: object
) -> None:
    keeper.keep([
        usage("U1", at(3), fee="1.99", tariff="roam", roaming=True, place=place),
        usage("U2", at(3), fee="1.99", tariff="roam", roaming=True, place="清迈"),
    ])  # fmt: skip
    (day,) = (await history.fetch_month("L1", OCTOBER)).days
    assert (day.fee, day.places) == (Decimal("3.98"), ("清迈",))


async def test_a_third_partys_service_is_no_use_of_an_allowance(history: TmfUsageHistory, keeper: RecordKeeper) -> None:
    keeper.keep([usage("U1", at(3), kind="valueAdded", amount=1, fee="8.00", tariff="game", service="游戏")])
    (day,) = (await history.fetch_month("L1", OCTOBER)).days
    assert (day.usage_type, day.used, day.fee) == (None, 1, Decimal("8.00"))


async def test_an_allowance_is_asked_for_whole_minutes_and_neither_for_what_is_free_nor_for_what_is_abroad(
    history: TmfUsageHistory, keeper: RecordKeeper
) -> None:
    keeper.keep([
        usage("1", at(5), amount=61),
        usage("2", at(5, 5), amount=60),
        usage("3", at(6), amount=61, tariff="tariff-local-call", fee="0.80"),
        usage("4", at(7), amount=500, tariff="free", direction="incoming"),
        usage("5", at(8), amount=61, roaming=True, tariff="tariff-roaming-call", fee="1.98"),
        usage("6", at(9), kind="data", amount=1025),
    ])  # fmt: skip
    days = (await history.fetch_month("L1", OCTOBER)).days
    assert [(day.day.day, day.used, day.counted) for day in days] == [
        (5, 121, 180), (6, 61, 120), (7, 500, 0), (8, 61, 0), (9, 1025, 1025),
    ]  # fmt: skip
    kept = (await history.fetch_month("L1", OCTOBER)).days
    assert kept == days


async def test_fees_are_exact_however_many(history: TmfUsageHistory, keeper: RecordKeeper) -> None:
    keeper.keep(usage(f"U{each}", at(3), kind="data", fee="0.005", tariff="data") for each in range(1000))
    (day,) = (await history.fetch_month("L1", OCTOBER)).days
    assert (day.usage_type, day.fee) == (UsageType.DATA, Decimal("5.000"))


@pytest.mark.parametrize("page", [1, 2, 3])
@pytest.mark.parametrize("status", [500, 429, 404])
async def test_a_read_that_breaks_off_is_a_fault_and_never_half_a_sum(
    history: TmfUsageHistory, keeper: RecordKeeper, store: Store, page: int, status: int
) -> None:
    keeper.keep(make_records(2500))
    keeper.before_page = lambda asked: Response(status_code=status) if asked == page else None
    with pytest.raises(BssFault, match="usage_"):
        await history.fetch_month("L1", OCTOBER)
    assert store.written == {}
    keeper.before_page = lambda _: None
    assert as_sums((await history.fetch_month("L1", OCTOBER)).days) == add_up(keeper.records)


async def test_a_list_that_ends_before_its_total_is_a_fault(history: TmfUsageHistory, keeper: RecordKeeper) -> None:
    keeper.keep(make_records(1200))

    def lose_the_old(page: int) -> None:
        if page == 2:
            keeper.records = sorted(keeper.records, key=lambda each: str(each["usageDate"]))[-1000:]

    keeper.before_page = lose_the_old
    with pytest.raises(BssFault, match="usage_garbled"):
        await history.fetch_month("L1", OCTOBER)


@pytest.mark.parametrize(
    "wrong",
    [
        usage("U1", at(3), line_id="L2"),
        usage("U1", at(3)) | {"relatedParty": []},
        usage("U1", at(3)) | {"usageType": "pigeon"},
        usage("U1", at(3)) | {"usageDate": "yesterday"},
        usage("U1", at(3), amount=-1),
        usage("U1", at(3)) | {"usageCharacteristic": []},
        usage("U1", at(3)) | {"ratedProductUsage": [{"taxIncludedRatingAmount": {"unit": "USD", "value": 1}}]},
        usage("U1", at(3, month=9)),
        usage("U1", at(3)) | {"usageCharacteristic": "durationSeconds"},
        usage("U1", at(3)) | {"usageCharacteristic": {"name": "durationSeconds", "value": 60}},
        usage("U1", at(3)) | {"usageCharacteristic": [{"value": 60}]},
        usage("U1", at(3)) | {"usageCharacteristic": [{"name": ["durationSeconds"], "value": 60}]},
        usage("U1", at(3)) | {"usageCharacteristic": [60]},
    ],
    ids=[
        "another line",
        "no line",
        "kind",
        "instant",
        "amount",
        "no amount",
        "currency",
        "another month",
        "text",
        "object",
        "nameless",
        "named oddly",
        "number",
    ],
)
async def test_a_record_that_should_not_be_there_spoils_the_month(
    history: TmfUsageHistory, keeper: RecordKeeper, wrong: dict[str, Any]
) -> None:
    body = [usage("U2", at(4)), wrong]
    keeper.before_page = lambda _: list_answer(body)
    with pytest.raises(BssFault, match="usage_garbled"):
        await history.fetch_month("L1", OCTOBER)


async def test_the_same_page_again_and_again_is_a_fault_and_not_an_endless_read(
    history: TmfUsageHistory, keeper: RecordKeeper
) -> None:
    body = [usage("U2", at(4)), usage("U1", at(3))]
    keeper.before_page = lambda _: list_answer(body, total=5)
    with pytest.raises(BssFault, match="usage_garbled"):
        await history.fetch_month("L1", OCTOBER)
    assert len(keeper.asked) == 2


async def test_an_ended_month_is_kept_and_only_its_sums_are(
    history: TmfUsageHistory, keeper: RecordKeeper, store: Store
) -> None:
    keeper.keep([usage(f"secret-{each}", at(3), otherNumber="13900000001") for each in range(50)])
    first = await history.fetch_month("L1", OCTOBER)
    assert await history.fetch_month("L1", OCTOBER) == first
    assert len(keeper.asked) == 1
    kept = b"".join(store.written.values())
    assert len(kept) < 200
    assert b"13900000001" not in kept
    assert b"secret" not in kept


async def test_the_running_month_is_as_fresh_as_other_readings(keeper: RecordKeeper, store: Store) -> None:
    transport = httpx.ASGITransport(keeper.app, raise_app_exceptions=False)
    limits = Limits(fresh_seconds=0.0)
    client = TmfClient("http://bss.example", snapshots=store, transport=transport, limits=limits)
    client.clock.observe(NOW, sent_at=0.0)
    history, november = TmfUsageHistory(client), Month(2026, 11)
    keeper.keep([usage("U1", at(3, month=11))])
    assert (await history.fetch_month("L1", november)).days[0].used == 60
    keeper.keep([usage("U2", at(3, month=11))])
    assert (await history.fetch_month("L1", november)).days[0].used == 120
    await client.aclose()


async def test_a_use_makes_its_month_be_read_anew(history: TmfUsageHistory, keeper: RecordKeeper) -> None:
    await history.fetch_month("L1", OCTOBER)
    keeper.keep([usage("U1", at(3))])
    assert (await history.fetch_month("L1", OCTOBER)).days == ()
    await history.outdate("L1", at(3))
    assert len((await history.fetch_month("L1", OCTOBER)).days) == 1


async def test_a_long_history_of_one_line_asks_for_two_months_at_once_and_keeps_no_other_line_waiting(
    history: TmfUsageHistory, keeper: RecordKeeper
) -> None:
    waiting, go_on = 0, asyncio.Event()

    async def wait() -> None:
        nonlocal waiting
        waiting += 1
        await go_on.wait()

    keeper.pause = wait
    months = [asyncio.create_task(history.fetch_month("L1", OCTOBER.plus(-ago))) for ago in range(5)]
    other = asyncio.create_task(history.fetch_month("L2", OCTOBER))
    await asyncio.sleep(0.05)
    assert waiting == 3
    go_on.set()
    assert len(await asyncio.gather(*months, other)) == 6


async def test_who_asks_waits_no_longer_than_allowed_and_the_next_one_gets_the_answer(
    history: TmfUsageHistory, keeper: RecordKeeper
) -> None:
    keeper.keep([usage("U1", at(3))])
    keeper.pause = partial(asyncio.sleep, 0.2)
    with answering_by(time.monotonic() + 0.05), pytest.raises(BssFault, match="usage_timeout"):
        await history.fetch_month("L1", OCTOBER)
    assert len((await history.fetch_month("L1", OCTOBER)).days) == 1
    assert len(keeper.asked) == 1


async def test_when_the_system_fails_the_last_known_sums_show_as_stale(
    history: TmfUsageHistory, keeper: RecordKeeper
) -> None:
    keeper.keep([usage("U1", at(3))])
    known = await history.fetch_month("L1", OCTOBER)
    await history.outdate("L1", at(3))
    keeper.before_page = lambda _: Response(status_code=503)
    stale = await history.fetch_month("L1", OCTOBER)
    assert (stale.stale, stale.days, stale.as_of) == (True, known.days, known.as_of)


async def test_a_line_that_no_system_can_know_is_not_asked_for(history: TmfUsageHistory, keeper: RecordKeeper) -> None:
    with pytest.raises(BssFault, match="usage_refused"):
        await history.fetch_month("L1,L2", OCTOBER)
    assert keeper.asked == []


async def test_a_month_of_20_000_records_takes_no_more_memory_than_one_of_3_000(
    history: TmfUsageHistory, keeper: RecordKeeper
) -> None:
    await read_tracing(history, keeper, 8, 3)  # whatever is made once is made
    small, large = [await read_tracing(history, keeper, month, pages) for month, pages in ((9, 3), (10, 20))]
    assert large < small * 1.4


async def read_tracing(history: TmfUsageHistory, keeper: RecordKeeper, number: int, count: int) -> int:
    """The peak of memory while a month of so many pages is read."""
    month = Month(2026, number)
    pages = [list_answer(page_of(month, page), total=1000 * (count - page)) for page in range(count)]
    keeper.asked.clear()
    keeper.before_page = lambda page: pages[page - 1]
    gc.collect()
    tracemalloc.start()
    try:
        read = await history.fetch_month("L1", month)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert sum(each.used for each in read.days) == 1000 * count * 60
    assert len(keeper.asked) == count
    return peak_bytes


def page_of(month: Month, page: int) -> list[dict[str, Any]]:
    """A thousand records going back in time, one every two minutes."""
    newest = month.ends_at - timedelta(seconds=1)
    return [
        usage(f"U{order}", newest - timedelta(minutes=2) * order) for order in range(1000 * page, 1000 * page + 1000)
    ]


def list_answer(body: list[dict[str, Any]], *, total: int | None = None) -> Response:
    headers = {"X-Total-Count": str(len(body) if total is None else total)}
    return Response(json.dumps(body), media_type="application/json", headers=headers)
