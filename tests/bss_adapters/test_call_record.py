"""Are call records read one call a page, each once, whatever comes meanwhile, and refused when anything is wrong?"""

import asyncio
import json
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.responses import Response

from bss_adapters.tmf.call_record import TmfCallRecords, parse_record
from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.exact_json import parse_exact_json
from bss_adapters.tmf.limits import Limits
from bss_adapters.tmf.snapshot import MemorySnapshots
from graphql_schema.money_ports import RecordPosition
from graphql_schema.ports import BssFault
from graphql_schema.types.call_record import CallDirection, CallRecord, CallRecordKind
from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.month import Month
from tests.bss_adapters import record_keeper
from tests.bss_adapters.conftest import Hall
from tests.bss_adapters.record_keeper import RecordKeeper, usage

pytestmark = pytest.mark.anyio

OCTOBER = Month(2026, 10)
NOON = datetime(2026, 10, 16, 4, tzinfo=UTC)
LIMITS = Limits(failures_to_open=1000, attempts=1)


def call(record_id: str, at: datetime, **more: Any) -> dict[str, Any]:
    """A use of the line L1, by default an outgoing call."""
    return usage(record_id, at, **({"direction": "outgoing"} | more))


CALL = call(
    "U1",
    NOON,
    amount=61,
    fee="0.123",
    tariff="local-voice",
    direction="incoming",
    otherNumber="13900000001",
    tariffName="本地通话费",
    tariffNameEn="Local calls",
)


class NoStore(MemorySnapshots):
    """A store that must not be touched."""

    async def get(self, key: str) -> bytes | None:
        raise AssertionError(f"{key} was looked for")

    async def put(self, key: str, value: bytes, keep_seconds: int) -> None:
        raise AssertionError(f"{key} was kept")


def open_client(keeper: RecordKeeper) -> TmfClient:
    transport = httpx.ASGITransport(keeper.app, raise_app_exceptions=False)
    return TmfClient("http://bss.example", snapshots=NoStore(), transport=transport, limits=LIMITS)


@pytest.fixture
def keeper() -> RecordKeeper:
    return RecordKeeper()


@pytest.fixture
async def records(keeper: RecordKeeper) -> AsyncIterator[TmfCallRecords]:
    client = open_client(keeper)
    yield TmfCallRecords(client)
    await client.aclose()


def minutes_of_calls(count: int) -> list[dict[str, Any]]:
    """One a minute until the end of October; the first is the newest."""
    return [call(f"U{order:05}", OCTOBER.ends_at - timedelta(minutes=order)) for order in range(1, count + 1)]


def parse(wire: Any) -> CallRecord:
    return parse_record(parse_exact_json(json.dumps(wire).encode(), system="usage"), line_id="L1", currency="CNY")


async def read_all(records: TmfCallRecords) -> list[str]:
    return [record.id async for page in records.read_month("L1", OCTOBER) for record in page.records]


async def leaf_through(records: TmfCallRecords, limit: int) -> list[str]:
    page = await records.fetch_page("L1", OCTOBER, after=None, limit=limit)
    seen = [record.id for record in page.records]
    while page.more:
        last = page.records[-1]
        page = await records.fetch_page("L1", OCTOBER, after=RecordPosition(last.at, last.id), limit=limit)
        seen += [record.id for record in page.records]
    return seen


def test_a_call_reads_whole() -> None:
    record = parse(CALL)
    assert (record.id, record.at, record.kind, record.direction) == (
        "U1",
        NOON,
        CallRecordKind.VOICE,
        CallDirection.INCOMING,
    )
    assert (record.place, record.roaming, record.other_number, record.used) == ("广州", False, "13900000001", 61)
    assert (record.service, record.tariff) == (None, LocalizedText(zh="本地通话费", en="Local calls"))
    assert (record.fee.amount, record.fee.currency) == (Decimal("0.123"), "CNY")


@pytest.mark.parametrize(
    ("kind", "traits", "facts"),
    [
        ("sms", {"direction": "outgoing", "otherNumber": "10086"}, ("outgoing", "10086", None)),
        ("voice", {"direction": "incoming"}, ("incoming", None, None)),
        ("data", {"application": "微信"}, ("outgoing", None, "微信")),
        ("data", {"application": "微信", "direction": "incoming", "otherNumber": "1"}, ("outgoing", None, "微信")),
        ("valueAdded", {"service": "彩铃", "otherNumber": "106550101"}, ("outgoing", "106550101", "彩铃")),
    ],
)
def test_every_kind_has_its_own_facts(kind: str, traits: dict[str, Any], facts: tuple[Any, ...]) -> None:
    record = parse(usage("U1", NOON, kind=kind, amount=7, **traits))
    assert (record.direction.value, record.other_number, record.service) == facts
    assert record.used == 7


def test_a_tariff_without_a_name_is_called_by_its_id() -> None:
    assert parse(call("U1", NOON, tariff="r-12", direction="incoming")).tariff == LocalizedText(zh="r-12", en="r-12")


def without(name: str, value: Any = None) -> dict[str, Any]:
    """The call with one property changed, or (None) gone."""
    changed = {key: each for key, each in CALL.items() if key != name}
    return changed if value is None else changed | {name: value}


def with_trait(name: str, value: Any) -> dict[str, Any]:
    traits = [each for each in CALL["usageCharacteristic"] if each["name"] != name]
    return CALL | {"usageCharacteristic": [*traits, {"name": name, "value": value}]}


@pytest.mark.parametrize(
    "wire",
    [
        [],
        "U1",
        without("id"),
        without("id", "x" * 129),
        without("usageDate"),
        without("usageDate", "2026-10-16T12:00:00"),
        without("usageDate", "yesterday"),
        without("usageType"),
        without("usageType", "fax"),
        without("usageCharacteristic"),
        without("usageCharacteristic", ["direction"]),
        without("relatedParty"),
        without("relatedParty", [{"id": "L2", "role": "line"}]),
        without("relatedParty", [{"id": "L1", "role": "payer"}]),
        without("ratedProductUsage", [{"taxIncludedRatingAmount": {"unit": "USD", "value": 1}}]),
        without("ratedProductUsage", [{"taxIncludedRatingAmount": {"unit": "CNY", "value": "1"}}]),
        with_trait("direction", "sideways"),
        with_trait("durationSeconds", -1),
        with_trait("durationSeconds", 1.5),
        with_trait("durationSeconds", None),
        with_trait("otherNumber", 13900000001),
        with_trait("otherNumber", "1" * 33),
        with_trait("otherNumber", "139\n0001"),
        with_trait("place", "x" * 201),
        with_trait("roaming", "yes"),
        with_trait("tariffName", "\ud800"),
        with_trait("tariffNameEn", "x" * 201),
        with_trait("tariffNameEn", "Local\x00"),
        usage("U1", NOON, kind="data", application="x" * 201),
        usage("U1", NOON, kind="valueAdded", service="彩\n铃"),
    ],
)
def test_what_is_garbled_or_another_lines_is_refused_without_quoting_it(wire: Any) -> None:
    with pytest.raises(BssFault) as refused:
        parse(wire)
    assert refused.value.code == "usage_garbled"
    assert "139" not in f"{refused.value} {refused.value.__notes__}"


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_no_value_anywhere_does_more_than_refuse(data: st.DataObject) -> None:
    junk = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=5,
    )
    if data.draw(st.booleans()):
        wire = CALL | {data.draw(st.sampled_from(sorted(CALL))): data.draw(junk)}
    else:
        names = [each["name"] for each in CALL["usageCharacteristic"]]
        wire = with_trait(data.draw(st.sampled_from(names)), data.draw(junk))
    with suppress(BssFault):
        assert isinstance(parse(wire), CallRecord)


async def test_the_first_page_of_20_000_records_is_one_call(keeper: RecordKeeper, records: TmfCallRecords) -> None:
    keeper.keep(minutes_of_calls(20_000))
    page = await records.fetch_page("L1", OCTOBER, after=None, limit=100)
    assert [record.id for record in page.records] == [f"U{order:05}" for order in range(1, 101)]
    assert (page.total, page.more) == (20_000, True)
    (asked,) = keeper.asked
    assert asked == {
        "relatedParty.id": "L1",
        "usageDate.gte": "2026-09-30T16:00:00Z",
        "usageDate.lt": "2026-10-31T16:00:00Z",
        "sort": "-usageDate",
        "fields": "id,usageDate,usageType,usageCharacteristic,ratedProductUsage,relatedParty",
        "offset": "0",
        "limit": "100",
    }
    last = page.records[-1]
    page = await records.fetch_page("L1", OCTOBER, after=RecordPosition(last.at, last.id), limit=100)
    assert [record.id for record in page.records] == [f"U{order:05}" for order in range(101, 201)]
    assert len(keeper.asked) == 2


async def test_a_month_is_read_by_thousands_and_each_page_knows_the_total(
    keeper: RecordKeeper, records: TmfCallRecords
) -> None:
    keeper.keep(minutes_of_calls(3500))
    pages = [page async for page in records.read_month("L1", OCTOBER)]
    assert [record.id for page in pages for record in page.records] == [f"U{order:05}" for order in range(1, 3501)]
    assert {page.total for page in pages} == {3500}
    assert [page.more for page in pages] == [True, True, True, False]
    assert len(keeper.asked) == 4


async def test_an_empty_month_has_one_empty_page(keeper: RecordKeeper, records: TmfCallRecords) -> None:
    (page,) = [page async for page in records.read_month("L1", OCTOBER)]
    assert (page.records, page.total, page.more) == ((), 0, False)


async def test_the_month_is_that_of_business_time(keeper: RecordKeeper, records: TmfCallRecords) -> None:
    moments = [OCTOBER.starts_at - timedelta(seconds=1), OCTOBER.starts_at, OCTOBER.ends_at]
    keeper.keep(call(f"U{order}", at) for order, at in enumerate(moments))
    assert await read_all(records) == ["U1"]


async def test_a_bss_that_gives_less_than_asked_for_is_asked_again(
    keeper: RecordKeeper, records: TmfCallRecords
) -> None:
    keeper.keep(minutes_of_calls(120))
    keeper.most = 50
    assert await read_all(records) == [f"U{order:05}" for order in range(1, 121)]


async def test_a_thousand_and_more_in_one_instant_come_once_each(keeper: RecordKeeper, records: TmfCallRecords) -> None:
    keeper.keep(call(f"U{order:05}", NOON) for order in range(1200))
    keeper.keep([call("V1", NOON + timedelta(seconds=1)), call("T1", NOON - timedelta(seconds=1))])
    expected = ["V1", *(f"U{order:05}" for order in reversed(range(1200))), "T1"]
    assert await read_all(records) == expected
    assert await leaf_through(records, 400) == expected


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 12), max_size=40),
    st.integers(1, 7),
    st.lists(st.integers(0, 3), max_size=12),
    st.integers(1, 9),
)
def test_pages_one_after_the_other_are_the_month_while_new_records_arrive(
    seconds: list[int], limit: int, arriving: list[int], most: int
) -> None:
    """Many in the same instant; new ones come on top while somebody leafs through."""
    keeper = RecordKeeper(most=most)
    keeper.keep(call(f"U{order:02}", NOON + timedelta(seconds=second)) for order, second in enumerate(seconds))
    expected = [each["id"] for each in sorted(keeper.records, key=lambda u: (u["usageDate"], u["id"]), reverse=True)]

    def let_arrive(page: int) -> None:
        at = NOON + timedelta(hours=page)
        if page > 1 and arriving:
            keeper.keep(call(f"N{page:02}{each}", at) for each in range(arriving.pop()))

    keeper.before_page = let_arrive

    async def look() -> list[str]:
        client = open_client(keeper)
        try:
            return await leaf_through(TmfCallRecords(client), limit)
        finally:
            await client.aclose()

    assert asyncio.run(look()) == expected


async def test_a_month_that_breaks_off_is_a_fault_however_much_was_read(
    keeper: RecordKeeper, records: TmfCallRecords
) -> None:
    keeper.keep(minutes_of_calls(2500))
    assert len(await read_all(records)) == 2500
    keeper.asked.clear()
    keeper.before_page = lambda page: Response(status_code=503) if page == 2 else None
    with pytest.raises(BssFault) as broken:
        await read_all(records)
    assert broken.value.code == "usage_unavailable"


async def test_what_was_told_before_is_not_told_again_when_the_bss_is_down(
    keeper: RecordKeeper, records: TmfCallRecords
) -> None:
    keeper.keep(minutes_of_calls(3))
    await records.fetch_page("L1", OCTOBER, after=None, limit=100)
    keeper.before_page = lambda _page: Response(status_code=500)
    with pytest.raises(BssFault):
        await records.fetch_page("L1", OCTOBER, after=None, limit=100)


ANSWERS = {
    "not a list": {},
    "another line's among them": [CALL, call("U0", NOON - timedelta(hours=1), line_id="L2")],
    "of another month": [call("U1", OCTOBER.ends_at)],
    "oldest first": [call("U1", NOON), call("U2", NOON + timedelta(seconds=1))],
    "more than asked for": [call(f"U{order}", NOON) for order in range(11)],
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
async def test_a_list_that_is_not_what_was_asked_for_is_refused(
    keeper: RecordKeeper, records: TmfCallRecords, answer: Any
) -> None:
    headers = {"X-Total-Count": "11"}
    keeper.before_page = lambda _page: Response(json.dumps(answer), headers=headers)
    with pytest.raises(BssFault) as refused:
        await records.fetch_page("L1", OCTOBER, after=None, limit=10)
    assert refused.value.code == "usage_garbled"


@pytest.mark.parametrize("headers", [{}, {"X-Total-Count": "0"}, {"X-Total-Count": "many"}])
async def test_a_total_that_is_missing_or_does_not_fit_is_refused(
    keeper: RecordKeeper, records: TmfCallRecords, headers: dict[str, str]
) -> None:
    keeper.before_page = lambda _page: Response(json.dumps([CALL]), headers=headers)
    with pytest.raises(BssFault) as refused:
        await records.fetch_page("L1", OCTOBER, after=None, limit=10)
    assert refused.value.code == "usage_garbled"


async def test_a_bss_that_does_not_understand_until_when_is_found_out(
    keeper: RecordKeeper, records: TmfCallRecords
) -> None:
    """It gives the first page again and again: read on, that would never end."""
    page = [call(f"U{order}", NOON - timedelta(minutes=order)) for order in range(10)]
    keeper.before_page = lambda _page: Response(json.dumps(page), headers={"X-Total-Count": "1000"})
    with pytest.raises(BssFault) as refused:
        await read_all(records)
    assert refused.value.code == "usage_garbled"
    assert len(keeper.asked) == 2


async def test_one_line_is_searched_three_times_at_once_and_then_again(
    keeper: RecordKeeper, records: TmfCallRecords
) -> None:
    keeper.keep(minutes_of_calls(1))
    begun = [records.read_month("L1", OCTOBER) for _ in range(4)]
    for search in begun[:3]:
        await anext(search)
    with pytest.raises(BssFault) as refused:
        await anext(begun[3])
    assert (refused.value.code, refused.value.retryable) == ("usage_overloaded", True)
    for search in begun[:3]:
        assert [page async for page in search] == []
    assert await read_all(records) == ["U00001"]


async def test_an_id_that_no_bss_gives_out_is_not_asked_about(keeper: RecordKeeper, records: TmfCallRecords) -> None:
    with pytest.raises(BssFault):
        await records.fetch_page("L1,L2", OCTOBER, after=None, limit=10)
    assert keeper.asked == []


async def test_one_page_is_in_memory_at_a_time(keeper: RecordKeeper, records: TmfCallRecords) -> None:
    async def measure_peak_bytes(pages: int) -> int:
        keeper.records = minutes_of_calls(1000 * pages)
        tracemalloc.start()
        try:
            async for page in records.read_month("L1", OCTOBER):
                del page
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    few, many = await measure_peak_bytes(2), await measure_peak_bytes(6)
    assert many < few * 1.1


async def test_a_heavy_users_first_page_is_one_call_and_the_month_comes_whole(hall: Hall) -> None:
    """Of the sandbox, which rates some twenty thousand uses of theirs a month."""
    line = await hall.lines.find_line("13800138011")
    assert line is not None
    records, month = TmfCallRecords(hall.client), Month.of(hall.client.clock.now()).plus(-1)
    hall.paths.clear()
    page = await records.fetch_page(line.id, month, after=None, limit=100)
    assert len(hall.paths) == 1
    assert (len(page.records), page.total > 18_000) == (100, True)
    seen = [record async for each in records.read_month(line.id, month) for record in each.records]
    assert len({record.id for record in seen}) == len(seen) == page.total
    assert tuple(seen[:100]) == page.records
    assert {record.kind for record in seen} == set(CallRecordKind)
    assert len(hall.paths) == 1 + -(-page.total // 999)


async def test_an_order_of_ids_that_is_not_ours_loses_none_and_repeats_none(
    keeper: RecordKeeper, records: TmfCallRecords, monkeypatch: pytest.MonkeyPatch
) -> None:
    """U10 after U9, as a database sorts numbers: where the last record comes again, it tells where to go on."""

    def by_number(record: dict[str, Any]) -> tuple[datetime, int]:
        return datetime.fromisoformat(record["usageDate"]), int(record["id"][1:])

    monkeypatch.setattr(record_keeper, "_order", by_number)
    keeper.keep(call(f"U{order}", NOON) for order in range(1, 16))
    assert await leaf_through(records, 4) == [f"U{order}" for order in range(15, 0, -1)]
