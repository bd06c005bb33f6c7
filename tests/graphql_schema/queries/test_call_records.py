"""Is each page, count and sum exactly what a plain look through all records gives, whatever is asked?"""

import asyncio
import tracemalloc
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from graphql_schema.money_ports import RecordPage, RecordPosition
from graphql_schema.queries.call_records import (
    RecordQuestion,
    RecordSieve,
    mask_record,
    matches,
    name_question,
)
from graphql_schema.queries.record_cursor import RecordCursors
from graphql_schema.queries.record_filter import parse_filter
from graphql_schema.queries.record_search import AdmittedQuestion
from graphql_schema.types.call_record import (
    CallDirection,
    CallRecord,
    CallRecordConnection,
    CallRecordFilter,
    CallRecordKind,
    CallRecordOrder,
)
from graphql_schema.types.money import Money
from graphql_schema.types.month import BUSINESS_ZONE, Month
from graphql_schema.types.scalar import Long
from tests.fakes.money_ports import AS_OF, FakeUse, make_record

OCTOBER, KEY = Month(2026, 10), b"a key of these tests"
NUMBERS = [None, "13900000001", "13900000012", "10086", "02088880009"]
PLACES = ["广州", "深圳", "Hong Kong", ""]
DAYS = [date(2026, 10, day) for day in (1, 2, 15, 31)]


def yuan(amount: Any) -> Money:
    return Money(amount=Decimal(str(amount)), currency="CNY")


@st.composite
def record_lists(draw: st.DrawFn) -> list[CallRecord]:
    """Records of October, newest first, many of them in the same instant and at the same price."""
    seconds = draw(st.lists(st.integers(0, 31 * 24 * 60 - 1).map(lambda minute: minute * 60 // 7 * 7), max_size=40))
    records = [
        make_record(
            id=f"U{order:03}",
            at=OCTOBER.starts_at + timedelta(seconds=second),
            kind=draw(st.sampled_from(CallRecordKind)),
            direction=draw(st.sampled_from(CallDirection)),
            place=draw(st.sampled_from(PLACES)),
            other_number=draw(st.sampled_from(NUMBERS)),
            used=Long(draw(st.sampled_from([0, 1, 60, 61, 2**40]))),
            fee=yuan(draw(st.sampled_from(["0", "0.001", "0.10", "1.005", "12"]))),
        )
        for order, second in enumerate(seconds)
    ]
    return sorted(records, key=lambda record: (record.at, record.id), reverse=True)


PARTS: dict[str, st.SearchStrategy[Any]] = {
    "kinds": st.lists(st.sampled_from(CallRecordKind), min_size=1, max_size=4),
    "direction": st.sampled_from(CallDirection),
    "number": st.sampled_from(["139", "00001", "10086", "0"]),
    "place": st.sampled_from(["广", "深圳", "hong"]),
    "from_day": st.sampled_from(DAYS[:2]),
    "to_day": st.sampled_from(DAYS[1:]),
    "fee_from": st.sampled_from(["0", "0.001", "1.005", "1"]),
    "charged_only": st.booleans(),
}


@st.composite
def filters(draw: st.DrawFn) -> CallRecordFilter:
    """Few parts at a time: with many nothing is left to be compared."""
    chosen = draw(st.lists(st.sampled_from(sorted(PARTS)), max_size=3, unique=True))
    return CallRecordFilter(**{name: draw(PARTS[name]) for name in chosen})


QUESTIONS = st.tuples(
    st.none() | filters(), st.sampled_from(CallRecordOrder), st.integers(1, 7), st.booleans(), st.booleans()
)


def oracle_matches(record: CallRecord, wanted: CallRecordFilter | None) -> bool:
    if wanted is None:
        return True
    day = (record.at + timedelta(hours=8)).date()
    return not (
        (wanted.kinds and record.kind not in wanted.kinds)
        or (wanted.direction and record.direction != wanted.direction)
        or (wanted.number and (record.other_number is None or record.other_number.find(wanted.number) < 0))
        or (wanted.place and record.place.lower().find(wanted.place) < 0)
        or (wanted.from_day and day < wanted.from_day)
        or (wanted.to_day and day > wanted.to_day)
        or (wanted.fee_from and record.fee.amount < Decimal(wanted.fee_from))
        or (wanted.charged_only and record.fee.amount == 0)
    )


ORACLE_ORDERS: dict[CallRecordOrder, Callable[[CallRecord], Any]] = {
    CallRecordOrder.NEWEST: lambda record: -record.at.timestamp(),
    CallRecordOrder.OLDEST: lambda record: record.at,
    CallRecordOrder.DEAREST: lambda record: -record.fee.amount,
    CallRecordOrder.LARGEST: lambda record: -record.used,
}


def oracle(records: list[CallRecord], wanted: CallRecordFilter | None, order: CallRecordOrder) -> list[CallRecord]:
    """Filtered, then sorted by a stable sort that keeps equal ones newest first (of OLDEST: in the order of ids)."""
    found = [record for record in records if oracle_matches(record, wanted)]
    if order is CallRecordOrder.OLDEST:
        found.reverse()
    return sorted(found, key=ORACLE_ORDERS[order])


class Reader:
    """Asks a question page after page, as a channel does: by the cursor of the last record."""

    def __init__(self, use: FakeUse, wanted: CallRecordFilter | None, order: CallRecordOrder, **more: Any) -> None:
        self.wanted, self.order, self.use = parse_filter(wanted, OCTOBER), order, use
        self.more = {"first": 100, "totals": False, "reveal": True} | more
        self.cursors = RecordCursors(KEY, name_question("L1", OCTOBER, self.wanted, order))

    async def ask(self, after: str | None = None) -> CallRecordConnection:
        place = None if after is None else self.cursors.parse(after)  # type: ignore[arg-type]
        question = RecordQuestion("L1", OCTOBER, self.wanted, self.order, after=place, **self.more)
        return await AdmittedQuestion(question, self.cursors, self.use).answer()

    async def pages(self) -> AsyncIterator[CallRecordConnection]:
        page = await self.ask()
        yield page
        while page.page_info.has_next_page:
            page = await self.ask(page.page_info.end_cursor)
            yield page


def nodes(*pages: CallRecordConnection) -> list[CallRecord]:
    return [edge.node for page in pages for edge in page.edges]


def read_all(reader: Reader) -> list[CallRecordConnection]:
    async def collect() -> list[CallRecordConnection]:
        return [page async for page in reader.pages()]

    return asyncio.run(collect())


@settings(max_examples=300, deadline=None)
@given(record_lists(), QUESTIONS)
@example([], (None, CallRecordOrder.NEWEST, 1, False, True))
@example([], (None, CallRecordOrder.LARGEST, 1, False, True))
def test_pages_and_sums_are_those_of_a_plain_look_through_all(records: list[CallRecord], asked: Any) -> None:
    wanted, order, first, totals, reveal = asked
    reader = Reader(FakeUse(records=records), wanted, order, first=first, totals=totals, reveal=reveal)
    pages, expected = read_all(reader), oracle(records, wanted, order)
    shown = expected if reveal else [mask_record(record) for record in expected]
    assert nodes(*pages) == shown
    assert all(len(page.edges) == first for page in pages[:-1])
    assert pages[-1].edges or not expected
    assert {page.total_count for page in pages} == {len(expected)}
    assert [page.page_info.has_previous_page for page in pages] == [False] + [True] * (len(pages) - 1)
    plain = reader.wanted is None and order is CallRecordOrder.NEWEST and not totals
    for page in pages:
        assert (page.totals is None) is plain
        for total in page.totals or ():
            of_kind = [record for record in expected if record.kind is total.kind]
            assert total.count == len(of_kind)
            assert total.used == sum(record.used for record in of_kind)
            assert total.fee.amount == sum((record.fee.amount for record in of_kind), Decimal(0))
        assert plain or sum(total.count for total in page.totals or ()) == len(expected)


@settings(max_examples=150, deadline=None)
@given(record_lists(), QUESTIONS, st.lists(st.integers(0, 6), max_size=8))
def test_new_records_move_none_of_those_that_were_there(
    records: list[CallRecord], asked: Any, arriving: list[int]
) -> None:
    """Newer ones arrive after each page. Looked through newest first they wait for the next look; by any order, what
    was there at the beginning comes once."""
    wanted, order, first, totals, _ = asked
    use = FakeUse(records=list(records))
    reader = Reader(use, wanted, order, first=first, totals=totals)

    async def leaf_through() -> list[CallRecord]:
        seen = []
        async for page in reader.pages():
            seen += nodes(page)
            for _ in range(arriving.pop() if arriving else 0):
                at = max([OCTOBER.ends_at - timedelta(hours=1), *(each.at for each in use.records)])
                late = make_record(id=f"N{len(use.records):03}", at=at + timedelta(seconds=1), fee=yuan("1.005"))
                use.records.insert(0, late)
        return seen

    seen = asyncio.run(leaf_through())
    assert len({record.id for record in seen}) == len(seen)
    assert [record for record in seen if record.id.startswith("U")] == oracle(records, wanted, order)


@pytest.mark.parametrize("wanted", [None, CallRecordFilter(number="139")])
def test_the_plain_first_page_asks_once_and_a_search_reads_the_month_once(wanted: CallRecordFilter | None) -> None:
    records = [make_record(order, at=OCTOBER.ends_at - timedelta(minutes=order)) for order in range(1, 2501)]
    use = FakeUse(records=records)
    page = asyncio.run(Reader(use, wanted, CallRecordOrder.NEWEST).ask())
    assert nodes(page) == records[:100]
    assert page.total_count == 2500
    assert use.pages_asked == (1 if wanted is None else 3)
    assert (page.totals is None) is (wanted is None)


class LongMonth:
    """A port with more records than memory should hold. It gives the same thousand out again and again: whoever kept
    them, or as much as a word for each, would still be found out."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.page = tuple(
            make_record(
                order,
                at=OCTOBER.ends_at - timedelta(seconds=13 * (order + 1)),
                used=Long(order * 7919 % 100_003),
                fee=yuan(Decimal(order % 9) / 1000),
            )
            for order in range(1000)
        )

    async def fetch_page(self, line_id: str, month: Month, *, after: RecordPosition | None, limit: int) -> RecordPage:
        raise AssertionError("a search reads the month")

    async def read_month(self, line_id: str, month: Month) -> AsyncIterator[RecordPage]:
        for end in range(1000, self.count + 1, 1000):
            yield RecordPage((*self.page,), self.count, more=end < self.count, as_of=AS_OF)


@pytest.mark.parametrize(
    ("order", "count"),
    [(CallRecordOrder.OLDEST, 20_000), (CallRecordOrder.LARGEST, 20_000), (CallRecordOrder.DEAREST, 200_000)],
)
def test_a_search_through_a_long_month_holds_a_page_of_it(order: CallRecordOrder, count: int) -> None:
    def measure_peak_bytes(month: LongMonth) -> tuple[int, CallRecordConnection]:
        question = RecordQuestion("L1", OCTOBER, None, order, first=100, after=None, totals=True, reveal=False)
        cursors = RecordCursors(KEY, name_question("L1", OCTOBER, None, order))
        tracemalloc.start()
        try:
            page = asyncio.run(AdmittedQuestion(question, cursors, month).answer())
            return tracemalloc.get_traced_memory()[1], page
        finally:
            tracemalloc.stop()

    small, _ = measure_peak_bytes(LongMonth(2000))
    large, page = measure_peak_bytes(LongMonth(count))
    assert large < small + 50_000, "two bytes and a half for each of 20,000: nothing of them was kept"
    assert len(page.edges) == 100
    assert page.totals is not None
    (voice,) = page.totals
    assert voice.count == page.total_count == count
    assert voice.fee.amount == count // 1000 * sum((Decimal(each % 9) for each in range(1000)), Decimal(0)) / 1000


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("13800138001", "138****8001"),
        ("8613800138001", "86138****8001"),
        ("02088880009", "020****0009"),
        ("88880009", "88****09"),
        ("10086", "10086"),
        ("12345", "12345"),
        ("95588", "95588"),
        ("106550101", "106550101"),
        ("1008611", "1008611"),
        ("1019313812345678", "10193138****5678"),
        ("4008001234", "4008001234"),
        ("110", "110"),
        ("11185", "11185"),
        ("12125551234", "121****1234"),
        ("1252013800138001", "12520138****8001"),
        ("95912345678", "959****5678"),
        ("1", "****"),
        (None, None),
    ],
)
def test_people_are_masked_and_services_are_not(number: str | None, shown: str | None) -> None:
    assert mask_record(make_record(other_number=number)).other_number == shown


def test_days_are_those_of_business_time() -> None:
    midnight = OCTOBER.starts_at + timedelta(days=4)
    wanted = CallRecordFilter(from_day=date(2026, 10, 5), to_day=date(2026, 10, 5))
    assert midnight.astimezone(BUSINESS_ZONE).date() == date(2026, 10, 5)
    assert matches(make_record(at=midnight), wanted)
    assert not matches(make_record(at=midnight - timedelta(microseconds=1)), wanted)
    assert not matches(make_record(at=midnight + timedelta(days=1)), wanted)


def test_what_a_sieve_took_in_any_order_gives_the_same_page() -> None:
    question = RecordQuestion("L1", OCTOBER, None, CallRecordOrder.DEAREST, 3, None, totals=True, reveal=True)
    records = [make_record(order, fee=yuan(order % 4), at=AS_OF - timedelta(minutes=order % 5)) for order in range(60)]

    def page_of(taken: Iterator[CallRecord]) -> list[str]:
        sieve = RecordSieve(question)
        for record in taken:
            sieve.take([replace(record)])
        return [record.id for record in sieve.page]

    assert page_of(iter(records)) == page_of(reversed(records)) == page_of(iter(sorted(records, key=lambda r: r.id)))


@pytest.mark.parametrize(
    ("wanted", "record", "found"),
    [
        ({"fee_from": "0.5"}, {"fee": yuan("0.50")}, True),
        ({"fee_from": "0.5"}, {"fee": yuan("0.499")}, False),
        ({"charged_only": True}, {"fee": yuan("0.001")}, True),
        ({"charged_only": True}, {"fee": yuan("0")}, False),
        ({"kinds": [CallRecordKind.SMS]}, {"kind": CallRecordKind.SMS}, True),
        ({"kinds": [CallRecordKind.SMS]}, {"kind": CallRecordKind.VOICE}, False),
        ({"direction": CallDirection.INCOMING}, {"direction": CallDirection.INCOMING}, True),
        ({"direction": CallDirection.INCOMING}, {"direction": CallDirection.OUTGOING}, False),
        ({"number": "0001"}, {"other_number": "13900000001"}, True),
        ({"number": "138"}, {"other_number": "13900000001"}, False),
        ({"number": "1"}, {"other_number": None}, False),
        ({"place": "hong"}, {"place": "Ｈong Kong"}, True),
        ({"place": "广"}, {"place": ""}, False),
        ({"to_day": date(2026, 10, 5)}, {"at": OCTOBER.starts_at + timedelta(days=5, seconds=-1)}, True),
        ({"to_day": date(2026, 10, 5)}, {"at": OCTOBER.starts_at + timedelta(days=5)}, False),
        ({"from_day": date(2026, 10, 5)}, {"at": OCTOBER.starts_at + timedelta(days=4)}, True),
        ({"from_day": date(2026, 10, 5)}, {"at": OCTOBER.starts_at + timedelta(days=4, seconds=-1)}, False),
        ({"charged_only": True, "number": "139"}, {"fee": yuan("0")}, False),
        ({}, {}, True),
    ],
)
def test_each_part_of_a_filter_must_hold(wanted: dict[str, Any], record: dict[str, Any], found: bool) -> None:
    assert matches(make_record(**record), parse_filter(CallRecordFilter(**wanted), OCTOBER)) is found
