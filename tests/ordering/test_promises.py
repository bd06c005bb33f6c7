"""Is a promise kept once, on the right line, and told?"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database import read, write
from gateway.identity.number import parse_number
from graphql_schema.client import Caller, Channel, Role, Staff
from graphql_schema.identity_ports import Deed
from graphql_schema.money_ports import KeptPromise, NewPromise
from graphql_schema.problems import BadArgument, NotFound, TooMany
from graphql_schema.types.line import LineKind, LineState
from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.promise import PromiseSource
from ordering.promises import MOST_OF_A_LINE, SqlPromises
from ordering.tables import line_promise, metadata
from tests.fakes.operator import FakeNotices, FakeOperator, line_of

pytestmark = pytest.mark.anyio
NUMBER, NOW = "13800138001", datetime(2026, 11, 22, 4, tzinfo=UTC)
SELLER = Caller(Channel.DESK, staff=Staff("1001", Role.CARE), assurance=2)
PROMISE = NewPromise(
    NUMBER, "plan-59", Decimal("49.00"), Decimal("10.00"), date(2026, 12, 1), 12, PromiseSource.SELLER, "两年不涨价"
)


class Catalogue:
    """Sells one plan."""

    async def fetch_names(self) -> Mapping[str, LocalizedText]:
        return {"plan-59": LocalizedText(zh="畅享59", en="Enjoy 59")}


class Shop:
    """A seller, the lines of a small operator, and what was told."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine, self.operator, self.notices, self.moment = engine, FakeOperator(), FakeNotices(), NOW
        self.noted: list[tuple[str, str, str]] = []
        self.operator.put(line_of(NUMBER, "L1"), line_of("02088880009", "L2"), line_of("13800138003", "L3"))
        self.promises = SqlPromises(
            partial(write, engine),
            partial(read, engine),
            self.operator,
            Catalogue(),
            self.notices,
            spell=parse_number,
            note_deed=self.note_deed,
            now=lambda: self.moment,
        )

    async def note_deed(self, connection: AsyncConnection, deed: Deed, line_id: str, note: str) -> None:
        self.noted.append((deed.caller.actor, line_id, note))

    async def keep(self, deed: str = "D1", **changes: object) -> KeptPromise:
        return await self.promises.keep(Deed(deed, SELLER), replace(PROMISE, **changes))  # type: ignore[arg-type]

    async def count(self) -> int:
        async with read(self.engine) as connection:
            return (await connection.execute(select(func.count()).select_from(line_promise))).scalar_one()


@pytest.fixture
async def shop(engine: AsyncEngine) -> Shop:
    async with write(engine) as connection:
        await connection.run_sync(metadata.create_all)
    return Shop(engine)


async def test_a_promise_stands_on_the_line_as_it_was_made(shop: Shop) -> None:
    kept = await shop.keep()
    assert await shop.promises.fetch_promises("L1") == [kept]
    assert (kept.monthly_price.amount, kept.gift and kept.gift.amount) == (Decimal("49.00"), Decimal("10.00"))
    assert (kept.starts_on, kept.ends_on) == (date(2026, 12, 1), date(2027, 12, 1))
    assert (kept.source, kept.made_by, kept.note) == (PromiseSource.SELLER, "staff:1001", "两年不涨价")
    assert kept.name == LocalizedText(zh="畅享59", en="Enjoy 59")
    assert await shop.promises.fetch_promises("L2") == []


async def test_the_owner_is_told_once_however_often_the_deed_is_tried(shop: Shop) -> None:
    first = await shop.keep()
    assert await shop.keep() == first
    assert (await shop.count(), shop.notices.of(NUMBER)) == (1, ["promise_kept"])
    assert shop.noted == [("staff:1001", "L1", "plan-59 · 49.00")]


@pytest.mark.parametrize("typed", ["138 0013 8001", "+8613800138001", "１３８００１３８００１"])
async def test_a_number_is_understood_as_people_write_it(shop: Shop, typed: str) -> None:
    assert (await shop.keep(number=typed)).line_id == "L1"


async def test_ten_tries_of_one_deed_at_once_keep_one(shop: Shop) -> None:
    outcomes = await asyncio.gather(*(shop.keep() for _ in range(10)), return_exceptions=True)
    assert [each for each in outcomes if isinstance(each, KeptPromise)] == [outcomes[0]] * 10
    assert (await shop.count(), shop.notices.of(NUMBER)) == (1, ["promise_kept"])


async def test_no_text_goes_to_what_is_no_mobile(shop: Shop) -> None:
    shop.operator.put(line_of("02088880009", "L2", kind=LineKind.FIXED))
    await shop.keep(number="02088880009")
    assert shop.notices.of("02088880009") == []


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
        (date(2027, 1, 31), 1, date(2027, 2, 28)),
        (date(2026, 11, 30), 60, date(2031, 11, 30)),
        (date(2027, 10, 31), 12, date(2028, 10, 31)),
    ],
)
async def test_a_term_ends_on_the_same_day_or_the_months_last(shop: Shop, start: date, months: int, end: date) -> None:
    assert (await shop.keep(starts_on=start, months=months)).ends_on == end


async def test_a_promise_is_shown_until_its_last_bill_has_gone(shop: Shop) -> None:
    await shop.keep(starts_on=date(2026, 11, 1), months=1)
    shop.moment = datetime(2027, 5, 31, 15, 59, tzinfo=UTC)  # November's bill is the oldest of the six online
    assert len(await shop.promises.fetch_promises("L1")) == 1
    shop.moment = datetime(2027, 5, 31, 16, 0, tzinfo=UTC)
    assert await shop.promises.fetch_promises("L1") == []


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"monthly_price": Decimal("-0.01")}, "monthlyPrice"),
        ({"monthly_price": Decimal("10000.01")}, "monthlyPrice"),
        ({"monthly_price": Decimal("13.333")}, "monthlyPrice"),
        ({"monthly_price": Decimal("NaN")}, "monthlyPrice"),
        ({"monthly_price": Decimal("1e999999")}, "monthlyPrice"),
        ({"gift": Decimal(0)}, "gift"),
        ({"months": 0}, "months"),
        ({"months": 61}, "months"),
        ({"starts_on": date(2025, 10, 1)}, "startsOn"),
        ({"starts_on": date(2028, 1, 1)}, "startsOn"),
        ({"note": "字" * 201}, "note"),
        ({"note": "a\nb"}, "note"),
    ],
)
async def test_what_can_not_be_promised_is_refused_by_name(shop: Shop, changes: dict[str, object], name: str) -> None:
    with pytest.raises(BadArgument) as refused:
        await shop.keep(**changes)
    assert (refused.value.parameters["name"], await shop.count()) == (name, 0)


@pytest.mark.parametrize("changes", [{"number": "13900139009"}, {"offering_id": "plan-0"}, {"number": "13800138003"}])
async def test_a_line_or_an_offering_that_is_not_there_is_not_found(shop: Shop, changes: dict[str, object]) -> None:
    shop.operator.put(line_of("13800138003", "L3", state=LineState.CLOSED))
    with pytest.raises(NotFound):
        await shop.keep(**changes)
    assert await shop.count() == 0


async def test_a_line_has_room_for_so_many(shop: Shop) -> None:
    for order in range(MOST_OF_A_LINE):
        await shop.keep(f"D{order}")
    with pytest.raises(TooMany):
        await shop.keep("one more")
    assert await shop.count() == MOST_OF_A_LINE
