"""Does nothing happen to many lines before two agree, and then to each once, whatever dies in between?"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database import read, write
from gateway.identity.audit.entry import audit_record
from gateway.identity.staff.bulk import LINES_MOST, SqlBulkDesk, forget_bulk_deeds
from gateway.identity.staff.bulk_work import LEASE, MOST_TRIES, PAUSE, work_on_bulk
from gateway.identity.staff.tables import bulk_deed, bulk_row
from gateway.identity.tables import credential, hall_session
from graphql_schema.client import Caller, Channel, Role, Staff
from graphql_schema.identity_ports import Deed
from graphql_schema.ports import BssFault
from graphql_schema.problems import BadArgument, NeedsOtherEyes, NotFound
from graphql_schema.types.staff import BulkDeed, BulkKind, BulkState
from tests.fakes.operator import FakeNotices, FakeOperator, line_of
from tests.gateway.identity.conftest import Watch
from tests.gateway.identity.staff.conftest import AUDITOR, CARE, CHEN, LI, WANG, ZHAO, begin_session

pytestmark = pytest.mark.anyio
NUMBERS = ("13800138001", "+86 138 0013 8002", "13900139009", "hello?", "138-0013-8001")
REASON = "passwords of these lines were sold"


@pytest.fixture
def bulk(busy_engine: AsyncEngine, operator: FakeOperator, watch: Watch) -> SqlBulkDesk:
    return SqlBulkDesk(busy_engine, operator, now=watch)


async def propose(
    bulk: SqlBulkDesk,
    *numbers: str,
    by: Caller = LI,
    kind: BulkKind = BulkKind.END_SESSIONS,
    deed: str = "D1",
) -> BulkDeed:
    return await bulk.propose(Deed(deed, by), kind, numbers or NUMBERS, REASON)


async def approve(bulk: SqlBulkDesk, bulk_id: str, *, by: Caller = WANG, deed: str = "D2") -> BulkDeed:
    return await bulk.decide(Deed(deed, by), bulk_id, approve=True)


async def fetch(engine: AsyncEngine, table: Any) -> Sequence[Row[Any]]:
    async with read(engine) as connection:
        return (await connection.execute(select(table))).all()


async def line_ids(engine: AsyncEngine) -> list[str]:
    return sorted(row.line_id for row in await fetch(engine, hall_session))


async def test_numbers_are_normalized_and_each_counts_once(bulk: SqlBulkDesk, busy_engine: AsyncEngine) -> None:
    proposed = await propose(bulk)
    assert (proposed.state, proposed.lines, proposed.proposed_by) == (BulkState.PROPOSED, 4, "1002")
    rows = sorted((row.position, row.number) for row in await fetch(busy_engine, bulk_row))
    assert [number for _, number in rows] == ["13800138001", "13800138002", "13900139009", "hello?"]


async def test_nothing_happens_before_another_person_agreed(
    bulk: SqlBulkDesk, busy_engine: AsyncEngine, operator: FakeOperator, notices: FakeNotices, watch: Watch
) -> None:
    await propose(bulk)
    assert await work_on_bulk(busy_engine, lines=operator, notices=notices, now=watch()) == 0
    assert await line_ids(busy_engine) == ["L1", "L1", "L2", "L7"]


@pytest.mark.parametrize(
    ("who", "refusal"),
    [
        (LI, NeedsOtherEyes),
        (CARE, NotFound),
        (AUDITOR, NotFound),
        (CHEN, NotFound),
        (Caller(Channel.WEB, subscriber="L1", assurance=3), NotFound),
    ],
    ids=["its proposer", "care", "an auditor", "an enterprise's administrator", "a customer"],
)
async def test_nobody_decides_but_another_of_the_same_role(
    bulk: SqlBulkDesk, who: Caller, refusal: type[Exception]
) -> None:
    proposed = await propose(bulk)
    with pytest.raises(refusal):
        await approve(bulk, proposed.id, by=who)
    (kept,) = await bulk.fetch_bulk_deeds(LI, first=20)
    assert (kept.state, kept.decided_by) == (BulkState.PROPOSED, None)


async def test_of_two_approvals_at_once_one_counts(bulk: SqlBulkDesk, busy_engine: AsyncEngine) -> None:
    proposed = await propose(bulk)
    third = Caller(Channel.DESK, assurance=2, staff=Staff("1009", Role.OPERATIONS))
    both = await asyncio.gather(
        approve(bulk, proposed.id, by=WANG, deed="D2"),
        approve(bulk, proposed.id, by=third, deed="D3"),
        return_exceptions=True,
    )
    assert sorted(type(each).__name__ for each in both) == ["BulkDeed", "NotFound"]
    (kept,) = await fetch(busy_engine, bulk_deed)
    assert kept.state == "approved"
    assert kept.decided_deed in ("D2", "D3")


async def test_a_no_is_final_and_the_same_deed_again_answers_the_same(bulk: SqlBulkDesk) -> None:
    proposed = await propose(bulk)
    for _ in range(2):
        refused = await bulk.decide(Deed("D2", WANG), proposed.id, approve=False)
        assert (refused.state, refused.decided_by) == (BulkState.REFUSED, "1003")
    with pytest.raises(NotFound):
        await approve(bulk, proposed.id, deed="D3")


async def test_what_nobody_decides_in_a_day_expires(bulk: SqlBulkDesk, busy_engine: AsyncEngine, watch: Watch) -> None:
    proposed = await propose(bulk)
    watch.advance(hours=24)
    with pytest.raises(NotFound):
        await approve(bulk, proposed.id)
    assert [each.state for each in await bulk.fetch_bulk_deeds(LI, first=20)] == [BulkState.EXPIRED]
    async with write(busy_engine) as connection:
        await forget_bulk_deeds(connection, now=watch())
    assert [row.state for row in await fetch(busy_engine, bulk_deed)] == ["expired"]


async def test_the_same_deed_proposes_once(bulk: SqlBulkDesk, busy_engine: AsyncEngine) -> None:
    first, again = await propose(bulk), await propose(bulk)
    assert first.id == again.id
    assert len(await fetch(busy_engine, bulk_row)) == 4


async def test_ending_sessions_ends_them_once_counts_and_tells_who_had_any(
    bulk: SqlBulkDesk, busy_engine: AsyncEngine, operator: FakeOperator, notices: FakeNotices, watch: Watch
) -> None:
    proposed = await propose(bulk, *NUMBERS, "13800138008")
    await approve(bulk, proposed.id)
    assert await work_on_bulk(busy_engine, lines=operator, notices=notices, now=watch()) == 5
    assert await line_ids(busy_engine) == ["L7"]
    (kept,) = await bulk.fetch_bulk_deeds(WANG, first=20)
    assert (kept.state, kept.lines, kept.done, kept.failed) == (BulkState.DONE, 5, 3, 2)
    assert sorted((number, facts["count"]) for number, _, facts in notices.told.values()) == [
        ("13800138001", 2), ("13800138002", 1),
    ]  # fmt: skip
    rows = await fetch(busy_engine, audit_record)
    assert sorted((row.subject, row.deed, row.actor) for row in rows) == [
        ("L1", "sessions_ended", "staff:1003"),
        ("L2", "sessions_ended", "staff:1003"),
        ("L8", "sessions_ended", "staff:1003"),
    ]
    assert {row.note for row in rows} == {proposed.id[:8]}, "the line's owner reads it: no colleague's id"
    assert await work_on_bulk(busy_engine, lines=operator, notices=notices, now=watch() + LEASE) == 0


async def test_voiding_passwords_takes_hash_and_sessions_and_tells_the_owner(
    bulk: SqlBulkDesk, busy_engine: AsyncEngine, operator: FakeOperator, notices: FakeNotices, watch: Watch
) -> None:
    operator.put(line_of("13800138007", "L70"))  # the number changed hands: what we keep is its former owner's
    proposed = await propose(bulk, "13800138001", "13800138007", kind=BulkKind.VOID_PASSWORDS)
    await approve(bulk, proposed.id)
    assert await work_on_bulk(busy_engine, lines=operator, notices=notices, now=watch()) == 2
    hashes = {row.number: row.password_hash for row in await fetch(busy_engine, credential)}
    assert hashes == {"13800138001": None, "13800138002": "a hash of argon2", "13800138007": "a hash of argon2"}
    assert await line_ids(busy_engine) == ["L2", "L7"]
    assert notices.of("13800138001") == ["password_voided"]
    assert notices.of("13800138007") == []


async def test_an_administrators_deed_is_for_the_own_organizations_lines_alone(
    bulk: SqlBulkDesk, busy_engine: AsyncEngine, operator: FakeOperator, notices: FakeNotices, watch: Watch
) -> None:
    with pytest.raises(NotFound):
        await propose(bulk, "13800138007", "13800138001", by=CHEN)
    assert await fetch(busy_engine, bulk_row) == []
    proposed = await propose(bulk, "13800138007", "13800138008", by=CHEN)
    with pytest.raises(NotFound):
        await approve(bulk, proposed.id, by=WANG)
    await approve(bulk, proposed.id, by=ZHAO)
    operator.put(line_of("13800138007", "L7", account_id="A1"))  # it left the organization in between
    await work_on_bulk(busy_engine, lines=operator, notices=notices, now=watch())
    (kept,) = await bulk.fetch_bulk_deeds(CHEN, first=20)
    assert (kept.done, kept.failed) == (1, 1)
    assert await line_ids(busy_engine) == ["L1", "L1", "L2", "L7"]


async def test_each_sees_the_deeds_of_the_own_role_and_organization_and_an_auditor_all(bulk: SqlBulkDesk) -> None:
    of_operations = await propose(bulk)
    of_a7 = await propose(bulk, "13800138007", by=CHEN, deed="D9")
    elsewhere = Caller(Channel.DESK, assurance=2, staff=Staff("1010", Role.ENTERPRISE_ADMIN, "A8"))
    seen = {
        name: {each.id for each in await bulk.fetch_bulk_deeds(who, first=20)}
        for name, who in {"li": LI, "chen": CHEN, "zhao": ZHAO, "auditor": AUDITOR, "elsewhere": elsewhere}.items()
    }
    assert seen == {
        "li": {of_operations.id},
        "chen": {of_a7.id},
        "zhao": {of_a7.id},
        "auditor": {of_operations.id, of_a7.id},
        "elsewhere": set(),
    }


@pytest.mark.parametrize("numbers", [[" ", ""], ["\x00"]])
async def test_a_list_without_a_number_is_refused(bulk: SqlBulkDesk, numbers: list[str]) -> None:
    with pytest.raises(BadArgument):
        await bulk.propose(Deed("D1", LI), BulkKind.END_SESSIONS, numbers, REASON)


class Dying(FakeNotices):
    """A worker that is killed in the middle of its third text: nothing after that moment is kept."""

    async def send(self, connection: AsyncConnection, *, number: str, notice: str, key: str, **facts: object) -> None:
        if len(self.told) == 2:
            raise ConnectionResetError
        await super().send(connection, number=number, notice=notice, key=key, **facts)


async def test_a_worker_that_dies_leaves_nothing_half_done_and_another_goes_on(
    bulk: SqlBulkDesk, busy_engine: AsyncEngine, operator: FakeOperator, watch: Watch
) -> None:
    numbers = [f"1380013{number}" for number in range(9000, 9050)]
    operator.put(*(line_of(number, f"B{number}") for number in numbers))
    async with write(busy_engine) as connection:
        for number in numbers:
            await begin_session(connection, f"B{number}", number, at=watch(), name="a")
    await approve(bulk, (await propose(bulk, *numbers)).id)
    with pytest.raises(ConnectionResetError):
        await work_on_bulk(busy_engine, lines=operator, notices=Dying(), now=watch())
    assert len([each for each in await line_ids(busy_engine) if each.startswith("B")]) == 50
    notices = FakeNotices()
    assert await work_on_bulk(busy_engine, lines=operator, notices=notices, now=watch()) == 0  # the lease still runs
    assert await work_on_bulk(busy_engine, lines=operator, notices=notices, now=watch() + LEASE) == 50
    assert len(notices.told) == 50
    rows = await fetch(busy_engine, audit_record)
    assert len(rows) == len({row.subject for row in rows}) == 50


async def test_two_workers_at_once_do_each_line_once(
    bulk: SqlBulkDesk, busy_engine: AsyncEngine, operator: FakeOperator, notices: FakeNotices, watch: Watch
) -> None:
    await approve(bulk, (await propose(bulk)).id)
    work = [work_on_bulk(busy_engine, lines=operator, notices=notices, now=watch()) for _ in range(4)]
    assert sorted(await asyncio.gather(*work)) == [0, 0, 0, 4]


async def test_a_worker_whose_lease_went_to_another_stops(
    bulk: SqlBulkDesk, busy_engine: AsyncEngine, operator: FakeOperator, notices: FakeNotices, watch: Watch
) -> None:
    """The first hangs in the BSS until the second has done everything."""
    await approve(bulk, (await propose(bulk)).id)
    asked, go_on = asyncio.Event(), asyncio.Event()

    class Slow(FakeOperator):
        async def find_line(self, number: str) -> Any:
            asked.set()
            await go_on.wait()
            return await super().find_line(number)

    slow = Slow(operator.lines)
    first = asyncio.create_task(work_on_bulk(busy_engine, lines=slow, notices=notices, now=watch()))
    await asked.wait()
    assert await work_on_bulk(busy_engine, lines=operator, notices=notices, now=watch() + LEASE) == 4
    go_on.set()
    assert await first == 0
    (kept,) = await bulk.fetch_bulk_deeds(LI, first=20)
    assert (kept.done, kept.failed) == (2, 2)


async def test_a_silent_bss_lets_lines_wait_and_in_the_end_fail(
    bulk: SqlBulkDesk, busy_engine: AsyncEngine, operator: FakeOperator, notices: FakeNotices, watch: Watch
) -> None:
    await approve(bulk, (await propose(bulk, "13800138001", "13800138002")).id)
    operator.down = True
    assert await work_on_bulk(busy_engine, lines=operator, notices=notices, now=watch()) == 0
    asked = len(operator.asked)
    assert await work_on_bulk(busy_engine, lines=operator, notices=notices, now=watch()) == 0
    assert len(operator.asked) == asked  # it rests first
    assert await line_ids(busy_engine) == ["L1", "L1", "L2", "L7"]
    for _ in range(MOST_TRIES - 1):
        watch.advance(seconds=PAUSE.total_seconds())
        await work_on_bulk(busy_engine, lines=operator, notices=notices, now=watch())
    watch.advance(seconds=PAUSE.total_seconds())
    await work_on_bulk(busy_engine, lines=operator, notices=notices, now=watch())
    (kept,) = await bulk.fetch_bulk_deeds(LI, first=20)
    assert (kept.state, kept.done, kept.failed) == (BulkState.DONE, 0, 2)


async def test_one_line_that_can_not_be_looked_up_keeps_no_other_waiting(
    bulk: SqlBulkDesk, busy_engine: AsyncEngine, operator: FakeOperator, notices: FakeNotices, watch: Watch
) -> None:
    class Patchy(FakeOperator):
        async def find_line(self, number: str) -> Any:
            if number == "13800138001":
                raise BssFault("line_garbled", retryable=False)
            return await super().find_line(number)

    await approve(bulk, (await propose(bulk, "13800138001", "13800138002")).id)
    assert await work_on_bulk(busy_engine, lines=Patchy(operator.lines), notices=notices, now=watch()) == 1
    assert await line_ids(busy_engine) == ["L1", "L1", "L7"]


async def test_ten_thousand_numbers_are_proposed_in_one_go(bulk: SqlBulkDesk, busy_engine: AsyncEngine) -> None:
    numbers = [f"139{number:08}" for number in range(LINES_MOST)]
    assert (await propose(bulk, *numbers)).lines == LINES_MOST
    async with read(busy_engine) as connection:
        assert (await connection.execute(select(func.count()).select_from(bulk_row))).scalar_one() == LINES_MOST
    with pytest.raises(BadArgument):
        await propose(bulk, *numbers, "13800138001", deed="D2")


async def test_numbers_are_forgotten_a_week_after_the_end_and_the_deed_after_half_a_year(
    bulk: SqlBulkDesk, busy_engine: AsyncEngine, operator: FakeOperator, notices: FakeNotices, watch: Watch
) -> None:
    await approve(bulk, (await propose(bulk)).id)
    await work_on_bulk(busy_engine, lines=operator, notices=notices, now=watch())
    for days, rows, deeds in ((7, 4, 1), (8, 0, 1), (181, 0, 0)):
        async with write(busy_engine) as connection:
            await forget_bulk_deeds(connection, now=watch() + timedelta(days=days))
        assert (len(await fetch(busy_engine, bulk_row)), len(await fetch(busy_engine, bulk_deed))) == (rows, deeds)
