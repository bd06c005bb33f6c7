"""Does a key stand for one deed, whatever happens at once or dies in between, on both databases?"""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, select
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.util import await_only

from gateway.database import read, write
from gateway.idempotency import KEPT, LEASE, SqlDeeds, idempotent_deed
from gateway.identity.audit.entry import audit_record
from gateway.identity.tables import metadata
from graphql_schema.client import Caller, Channel
from graphql_schema.identity_ports import BegunDeed, KeptAnswer
from graphql_schema.problems import KeyReused, StillUnderWay

pytestmark = pytest.mark.anyio

OWNER = Caller(Channel.WEB, subscriber="L1", number="13800138001", assurance=2)
HELPER = Caller(Channel.WEB, subscriber="L1", assurance=2, helper="L3")
KEY, BODY = "a-key-of-mine", b'{"sessionId": "S2"}'
ANSWER = KeptAnswer(word="SessionsEnded", text='{"count":1}')


class Watch:
    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 22, 4, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
async def deeds(engine: AsyncEngine, watch: Watch) -> SqlDeeds:
    async with write(engine) as connection:
        await connection.run_sync(metadata.create_all)
    return SqlDeeds(engine, secret=b"of these tests", now=watch)


async def begin(deeds: SqlDeeds, by: Caller = OWNER, deed: str = "endSession", body: bytes = BODY) -> BegunDeed:
    begun = await deeds.begin(by, deed, KEY, body)
    assert isinstance(begun, BegunDeed)
    return begun


async def trail(engine: AsyncEngine) -> list[tuple[str, str, str, str]]:
    asked = select(audit_record.c.deed, audit_record.c.actor, audit_record.c.subject, audit_record.c.outcome)
    async with read(engine) as connection:
        return [tuple(row) for row in await connection.execute(asked)]


async def test_what_was_answered_is_answered_again(deeds: SqlDeeds) -> None:
    begun = await begin(deeds)
    await deeds.finish(begun.deed, ANSWER, outcome="done", note="")
    assert await deeds.begin(OWNER, "endSession", KEY, BODY) == ANSWER


async def test_of_many_at_once_one_begins(deeds: SqlDeeds) -> None:
    said = await asyncio.gather(
        *(deeds.begin(OWNER, "endSession", KEY, BODY) for _ in range(20)), return_exceptions=True
    )
    assert sum(isinstance(one, BegunDeed) for one in said) == 1
    assert sum(isinstance(one, StillUnderWay) for one in said) == 19


@pytest.mark.parametrize(("deed", "body"), [("endSession", b"{}"), ("removePasskey", BODY)])
async def test_a_key_for_something_else_is_refused(deeds: SqlDeeds, deed: str, body: bytes) -> None:
    await begin(deeds)
    with pytest.raises(KeyReused):
        await deeds.begin(OWNER, deed, KEY, body)


async def test_two_people_may_choose_the_same_key(deeds: SqlDeeds) -> None:
    first, second = await begin(deeds), await begin(deeds, by=HELPER)
    assert first.deed.id != second.deed.id


async def test_a_deed_whose_process_died_is_begun_again_with_the_same_id_by_one(deeds: SqlDeeds, watch: Watch) -> None:
    dead = await begin(deeds)
    watch.moment += LEASE + timedelta(seconds=1)
    said = await asyncio.gather(
        *(deeds.begin(OWNER, "endSession", KEY, BODY) for _ in range(5)), return_exceptions=True
    )
    again = [one for one in said if isinstance(one, BegunDeed)]
    assert [one.deed.id for one in again] == [dead.deed.id]


async def test_after_a_fault_the_key_is_free_for_another_input(deeds: SqlDeeds) -> None:
    await deeds.give_up((await begin(deeds)).deed)
    await begin(deeds, body=b"{}")


async def test_a_deed_that_broke_off_is_taken_over_at_once_under_its_own_id(deeds: SqlDeeds) -> None:
    first = await begin(deeds)
    await deeds.leave(first.deed)
    assert (await begin(deeds)).deed.id == first.deed.id
    with pytest.raises(StillUnderWay):
        await deeds.begin(OWNER, "endSession", KEY, BODY)


async def test_leaving_late_does_not_undo_what_was_answered(deeds: SqlDeeds) -> None:
    begun = await begin(deeds)
    await deeds.finish(begun.deed, ANSWER, outcome="done", note="")
    await deeds.leave(begun.deed)
    assert await deeds.begin(OWNER, "endSession", KEY, BODY) == ANSWER


async def test_no_visitor_is_told_what_another_was_answered(deeds: SqlDeeds) -> None:
    here, there = (Caller(Channel.WEB, source=source) for source in ("203.0.113.7", "203.0.113.8"))
    begun = await deeds.begin(here, "startRecharge", KEY, BODY)
    assert isinstance(begun, BegunDeed)
    await deeds.finish(begun.deed, ANSWER, outcome="done", note="")
    assert await deeds.begin(here, "startRecharge", KEY, BODY) == ANSWER
    assert isinstance(await deeds.begin(there, "startRecharge", KEY, BODY), BegunDeed)


async def test_giving_up_late_does_not_undo_what_was_answered(deeds: SqlDeeds) -> None:
    begun = await begin(deeds)
    await deeds.finish(begun.deed, ANSWER, outcome="done", note="")
    await deeds.give_up(begun.deed)
    assert await deeds.begin(OWNER, "endSession", KEY, BODY) == ANSWER


@pytest.mark.parametrize(("after", "known"), [(timedelta(hours=72), True), (KEPT + timedelta(seconds=1), False)])
async def test_a_key_is_known_for_72_hours(deeds: SqlDeeds, watch: Watch, after: timedelta, known: bool) -> None:
    await deeds.finish((await begin(deeds)).deed, ANSWER, outcome="done", note="")
    watch.moment += after
    await deeds.forget_old()
    assert (await deeds.begin(OWNER, "endSession", KEY, BODY) == ANSWER) is known


async def test_each_deed_is_in_the_trail_with_its_outcome(deeds: SqlDeeds, engine: AsyncEngine) -> None:
    await deeds.finish((await begin(deeds, by=HELPER)).deed, ANSWER, outcome="not_found", note="")
    assert await trail(engine) == [("endSession", "line:L3", "L1", "not_found")]


async def test_a_deed_that_nobody_tried_again_is_in_the_trail_once_as_unknown(
    deeds: SqlDeeds, engine: AsyncEngine, watch: Watch
) -> None:
    await begin(deeds)
    assert await deeds.note_abandoned() == 0
    watch.moment += 3 * LEASE
    assert [await deeds.note_abandoned(), await deeds.note_abandoned()] == [1, 0]
    assert await trail(engine) == [("endSession", "line:L1", "L1", "unknown")]


async def test_nothing_of_input_key_or_answer_can_be_read_in_the_table(deeds: SqlDeeds, engine: AsyncEngine) -> None:
    begun = await deeds.begin(OWNER, "changePassword", "key-canary", b'{"newPassword":"914725"}')
    assert isinstance(begun, BegunDeed)
    await deeds.finish(begun.deed, KeptAnswer("ContactOpened", '{"code":"87654321"}'), outcome="done", note="")
    async with read(engine) as connection:
        kept = repr((await connection.execute(select(idempotent_deed))).all())
    assert not [canary for canary in ("key-canary", "914725", "87654321") if canary in kept]


@pytest.mark.postgres
async def test_a_key_that_is_given_up_at_this_very_moment_is_still_under_way(
    deeds: SqlDeeds, engine: AsyncEngine
) -> None:
    if engine.dialect.name == "sqlite":
        pytest.skip("one writer at a time: nothing happens between two statements")
    begun, seen = await begin(deeds), []

    def give_up_behind_the_claim(_: object, __: object, statement: str, *___: object) -> None:
        if statement.startswith("INSERT INTO idempotent_deed") and not seen:
            seen.append(statement)
            await_only(deeds.give_up(begun.deed))

    event.listen(engine.sync_engine, "after_cursor_execute", give_up_behind_the_claim)
    with pytest.raises(StillUnderWay):
        await begin(deeds)
    assert seen
    await begin(deeds)
