"""Are points ended, told of before, and compared with their postings, once a period and after any pause?"""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database import read, write
from graphql_schema.ports import BssFault
from graphql_schema.types.line import Line
from graphql_schema.types.month import BUSINESS_ZONE
from loyalty.points.answers import Kind
from loyalty.points.audit import Difference, audit_page
from loyalty.points.earning import Earning, earn
from loyalty.points.expiring import expire
from loyalty.points.policies import MONTHS_36, TierPolicy
from loyalty.points.statement import fetch_balance
from loyalty.points.tiers import fetch_tier, rate
from loyalty.points_tables import points_account
from loyalty.run_tables import loyalty_run
from loyalty.runs import work as run_work
from loyalty.runs.calendar import RunKind, find_due
from loyalty.runs.work import Calendar, RunWork
from loyalty.tables import metadata
from tests.fakes.operator import line_of

TIERS = (TierPolicy("t", date(2020, 1, 1), (20_000, 80_000, 150_000, 300_000, 600_000)),)
EARNED = datetime(2023, 11, 5, 4, tzinfo=UTC)
"""What was earned then can last be spent on 30 November 2026."""


def at(day: str, hour: str = "12:00:00") -> datetime:
    return datetime.fromisoformat(f"{day}T{hour}").replace(tzinfo=BUSINESS_ZONE)


MIDDAY = at("2026-11-20")


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (at("2026-11-01", "00:00:00"), ["2026-11-01", "2026-10-01", "2026-11-01", "2026-10-31"]),
        (at("2026-10-31", "23:59:59"), ["2026-10-01", "2026-10-01", "2026-10-31", "2026-10-31"]),
        (at("2026-11-16", "09:59:59"), ["2026-11-01", "2026-10-01", "2026-11-16", "2026-11-16"]),
        (at("2026-11-16", "10:00:00"), ["2026-11-01", "2026-11-01", "2026-11-16", "2026-11-16"]),
        (at("2026-11-16", "02:59:59"), ["2026-11-01", "2026-10-01", "2026-11-16", "2026-11-15"]),
        (at("2028-02-29", "12:00:00"), ["2028-02-01", "2028-02-01", "2028-02-29", "2028-02-29"]),
        (at("2027-01-01", "00:00:00"), ["2027-01-01", "2026-12-01", "2027-01-01", "2026-12-31"]),
    ],
)
def test_what_is_due_at_a_moment(now: datetime, due: list[str]) -> None:
    assert [each.period.isoformat() for each in find_due(now)] == due


@dataclass
class Office:
    """Everything behind the runs, and the clock."""

    engine: AsyncEngine
    now: datetime = MIDDAY
    told: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    faults: int = 0

    def work(self) -> RunWork:
        return RunWork(
            Calendar(
                transaction=partial(write, self.engine),
                reading=partial(read, self.engine),
                lines=self,  # type: ignore[arg-type]
                teller=self,
                tiers=TIERS,
                now=lambda: self.now,
            )
        )

    async def fetch_line(self, line_id: str) -> Line | None:
        if self.faults:
            self.faults -= 1
            raise BssFault("unavailable", retryable=True)
        return None if line_id == "gone" else line_of(f"1380013{line_id:0>4}"[:11], line_id)

    async def send(self, connection: AsyncConnection, *, number: str, notice: str, key: str, **facts: object) -> None:
        if key not in [each[1] for each in self.told]:
            self.told.append((notice, key, facts))

    async def earn(self, line_id: str, points: int, when: datetime = EARNED) -> None:
        async with write(self.engine) as connection:
            earning = Earning(f"e:{line_id}:{when}", line_id, points, Kind.BILL, "bill:1")
            await earn(connection, earning, (MONTHS_36,), now=when)

    async def balance(self, line_id: str) -> int:
        async with read(self.engine) as connection:
            return (await fetch_balance(connection, line_id, now=self.now)).points

    async def runs(self, kind: RunKind) -> list[tuple[str, str, int]]:
        asked = select(loyalty_run).where(loyalty_run.c.kind == kind.value).order_by(loyalty_run.c.period)
        async with read(self.engine) as connection:
            return [(row.period, row.state, row.counted) for row in (await connection.execute(asked)).all()]


@pytest.fixture
async def office(engine: AsyncEngine) -> Office:
    async with write(engine) as connection:
        await connection.run_sync(metadata.create_all)
    return Office(engine)


pytestmark = pytest.mark.anyio


async def test_whoever_has_points_that_end_is_told_once_and_then_they_end(office: Office) -> None:
    await office.earn("1", 300)
    await office.earn("1", 50, datetime(2024, 2, 5, tzinfo=UTC))
    await office.earn("gone", 70)
    for _ in range(3):
        await office.work().work()
    until = date(2026, 11, 30)
    assert office.told == [("points_ending", f"1:{until}", {"points": 300, "until": until})]
    assert await office.balance("1") == 350
    office.now = at("2026-11-30", "23:59:59")
    await office.work().work()
    assert await office.balance("1") == 350, "they can be spent all of their last day"
    office.now = at("2026-12-01", "00:00:00")
    for _ in range(2):
        await office.work().work()
    assert (await office.balance("1"), await office.balance("gone")) == (50, 0)
    assert (await office.runs(RunKind.EXPIRY))[-1] == ("2026-12-01", "done", 370)
    assert len(office.told) == 1


async def test_after_a_pause_over_the_day_all_is_caught_up_with_and_nobody_is_told_too_late(office: Office) -> None:
    office.now = at("2026-11-10")
    await office.earn("1", 300)
    await office.work().work()
    office.now = at("2026-12-09")
    await office.work().work()
    assert await office.balance("1") == 0
    assert office.told == []


async def test_a_thousand_lines_are_told_page_by_page(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_work, "PAGE", 4)
    for line in range(10):
        await office.earn(f"{line}", 100 + line)
    office.faults = 3
    await office.work().work()
    assert office.told == [], "a system that does not answer lets the run rest"
    for _ in range(3):
        office.now += timedelta(minutes=5)
        await office.work().work()
    assert sorted(each[1] for each in office.told) == [f"{line}:2026-11-30" for line in range(10)]
    assert (await office.runs(RunKind.NOTICE))[-1] == ("2026-11-01", "done", 10)


async def test_two_workers_at_once_run_each_once(office: Office) -> None:
    await office.earn("1", 300)
    office.now = at("2026-12-01")
    await asyncio.gather(*(office.work().work() for _ in range(3)))
    assert await office.runs(RunKind.EXPIRY) == [("2026-12-01", "done", 300)]
    assert await office.balance("1") == 0


async def test_an_account_that_is_not_what_its_postings_say_is_named(office: Office) -> None:
    await office.earn("1", 300)
    await office.earn("2", 80)
    await office.work().work()
    verdict = await office.work().fetch_verdict()
    assert verdict is not None
    assert (verdict.count, verdict.day) == (0, date(2026, 11, 20))
    async with write(office.engine) as connection:
        mine = points_account.c.line_id == "2"
        await connection.execute(update(points_account).where(mine).values(balance=points_account.c.balance + 1000))
    office.now += timedelta(days=1)
    await office.work().work()
    verdict = await office.work().fetch_verdict()
    assert verdict is not None
    assert {(each.account, each.what, each.kept, each.summed) for each in verdict.differences} == {
        ("line:2", "balance", 1080, 80),
        ("line:2", "lots", 1080, 80),
    }
    assert verdict.count == 2


async def test_however_many_points_end_they_do_in_short_steps(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_work, "expire", partial(expire, batch=2))
    monkeypatch.setattr(run_work, "BATCHES", 2)
    for line in range(9):
        await office.earn(f"{line}", 10)
    office.now = at("2026-12-01")
    await office.work().work()
    assert await office.runs(RunKind.EXPIRY) == [("2026-12-01", "done", 90)]
    assert [await office.balance(f"{line}") for line in range(9)] == [0] * 9


async def test_an_audit_goes_on_where_a_worker_died(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = list[str]()

    class Killed(BaseException): ...

    async def look(connection: AsyncConnection, *, after: str) -> tuple[list[Difference], str | None]:
        pages.append(after)
        if len(pages) == 3:
            raise Killed
        return await audit_page(connection, after=after, page=2)

    monkeypatch.setattr(run_work, "audit_page", look)
    for line in range(9):
        await office.earn(f"{line}", 10)
    async with write(office.engine) as connection:
        wrong = points_account.c.line_id.in_(["0", "7"])
        await connection.execute(update(points_account).where(wrong).values(owed=4))
    with pytest.raises(Killed):
        await office.work().work()
    office.now += timedelta(minutes=11)
    await office.work().work()
    assert pages == ["", "line:1", "line:3", "line:3", "line:5", "line:7"]
    verdict = await office.work().fetch_verdict()
    assert verdict is not None
    assert [(each.account, each.what) for each in verdict.differences] == [("line:0", "owed"), ("line:7", "owed")]
    assert verdict.count == 2


async def test_stars_are_given_anew_when_their_year_is_over(office: Office) -> None:
    async with write(office.engine) as connection:
        await rate(connection, "1", paid_fen=90_000, policies=TIERS, now=at("2026-03-05"))
    office.now = at("2027-03-31", "23:59:59")
    await office.work().work()
    async with read(office.engine) as connection:
        before = await fetch_tier(connection, "1")
    office.now = at("2027-04-01", "00:00:00")
    await office.work().work()
    async with read(office.engine) as connection:
        after = await fetch_tier(connection, "1")
    assert before is not None
    assert after is not None
    assert (before.stars, after.stars) == (2, 0)
