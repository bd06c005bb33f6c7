"""Is everything erased that may be, once, whatever happens to the worker, and is the rest accounted for?"""

import asyncio
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, true
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database import open_database, read, write
from gateway.identity.audit.entry import audit_record
from gateway.identity.consent.ledger import SqlConsentLedger
from gateway.identity.consent.tables import consent_word
from gateway.identity.personal_data.claim import LEASE, Claimed, Overtaken, claim_request, hold, let_go
from gateway.identity.personal_data.desk import SqlPersonalData
from gateway.identity.personal_data.kinds import KINDS
from gateway.identity.personal_data.person import know_person
from gateway.identity.personal_data.records import RecordKind, read_rows
from gateway.identity.personal_data.tables import personal_data_request
from gateway.identity.personal_data.work import PersonalDataWork
from gateway.identity.tables import hall_session
from graphql_schema.identity_ports import Deed
from graphql_schema.types.consent import ConsentPurpose
from graphql_schema.types.personal_data import PersonalDataKind, PersonalDataRequest, PersonalDataState
from notifications.alert_tables import inbox_message

from .conftest import LONG_AGO, NUMBER, OTHER_NUMBER, OWNER, Hire, TwoLines, Watch, count_rows, fill_every_table

pytestmark = pytest.mark.anyio
ERASURE = PersonalDataKind.ERASURE
ROOT = Path(__file__).parents[4]
MUST_STAY = {"consents", "audit_trail", "requests", "deeds"}


@pytest.fixture
async def asked(desk: SqlPersonalData, engine: AsyncEngine, watch: Watch) -> str:
    """Two lines with a row in every table, and an erasure of the first that is due."""
    await fill_every_table(engine, "L1", NUMBER)
    await fill_every_table(engine, "L2", OTHER_NUMBER)
    request = await desk.request(Deed("D1", OWNER), ERASURE)
    watch.advance(days=7)
    return request.id


async def fetch(desk: SqlPersonalData, request_id: str) -> PersonalDataRequest:
    return next(each for each in await desk.fetch_requests(OWNER) if each.id == request_id)


async def fill_inbox(engine: AsyncEngine, count: int) -> None:
    async with write(engine) as connection:
        row = {"line_id": "L1", "name": "usage_threshold", "facts": {}, "raised_at_us": 0}
        await connection.execute(inbox_message.insert(), [row | {"alert_id": -1 - number} for number in range(count)])


async def inbox_left(engine: AsyncEngine) -> int:
    return await count_rows(engine, inbox_message, inbox_message.c.line_id == "L1")


async def test_nothing_is_erased_before_the_week_is_over(
    desk: SqlPersonalData, worker: PersonalDataWork, engine: AsyncEngine, watch: Watch
) -> None:
    await fill_every_table(engine, "L1", NUMBER)
    await desk.request(Deed("D1", OWNER), ERASURE)
    watch.advance(days=6, hours=23)
    assert await worker.work_on_requests() == 0
    assert await count_rows(engine, hall_session, true()) == 1


async def test_what_may_go_is_gone_and_the_rest_is_accounted_for(
    desk: SqlPersonalData, worker: PersonalDataWork, asked: str, engine: AsyncEngine, watch: Watch
) -> None:
    async with read(engine) as connection:
        me = await know_person(connection, "L1", NUMBER, now=watch())
        other = await know_person(connection, "L2", OTHER_NUMBER, now=watch())
    assert await worker.work_on_requests() == 1
    done = await fetch(desk, asked)
    assert (done.state, done.progress, done.done_at) == (PersonalDataState.DONE, 100, watch())
    report = {entry.record: entry for entry in done.report}
    assert list(report) == [kind.name for kind in KINDS]
    async with read(engine) as connection:
        for kind in KINDS:
            left = await count_rows(engine, kind.table, kind.of(me))
            if kind.name == "audit_trail":
                assert report[kind.name].kept == left - 1  # that it was done came after the count
            else:
                assert report[kind.name].kept == left, kind.name
            assert (left == 0) == (report[kind.name].why == ""), kind.name
            assert len(await read_rows(connection, kind, other)) == 1, f"{kind.name}: another's is gone"
    assert {name for name, entry in report.items() if entry.kept} >= MUST_STAY
    assert report["inbox"].done == report["service_password"].done == report["devices"].done == 1
    assert report["consents"].why == "law_5_months"
    assert report["consents"].kept_until > watch() + timedelta(days=150)
    assert report["audit_trail"].why == "audit"
    assert report["audit_trail"].kept_until == LONG_AGO + timedelta(days=3 * 365)


async def test_consents_are_taken_back_and_the_proof_is_kept(
    worker: PersonalDataWork, asked: str, engine: AsyncEngine, watch: Watch
) -> None:
    async def nobody(_connection: AsyncConnection, _line_id: str) -> None:
        return None

    await worker.work_on_requests()
    ledger = SqlConsentLedger(engine, now=watch, end_client_sessions=nobody)
    async with read(engine) as connection:
        assert not await ledger.is_given(connection, "L1", ConsentPurpose.MARKETING_SMS)
        assert await ledger.is_given(connection, "L2", ConsentPurpose.MARKETING_SMS)
        words = (await connection.execute(select(consent_word).where(consent_word.c.line_id == "L1"))).all()
    assert [(word.given, word.channel) for word in words] == [(True, "web"), (False, "system")]


async def test_that_it_was_done_stands_in_the_trail_and_the_number_nowhere(
    worker: PersonalDataWork, asked: str, engine: AsyncEngine
) -> None:
    await worker.work_on_requests()
    async with read(engine) as connection:
        last = (await connection.execute(select(audit_record).order_by(audit_record.c.id.desc()).limit(1))).one()
        mine = select(personal_data_request).where(personal_data_request.c.id == asked)
        request = (await connection.execute(mine)).one()
    assert (last.deed, last.actor, last.subject) == ("erase_personal_data", "system", "L1")
    assert request.number is None


async def test_many_rows_go_in_small_transactions_over_several_turns(
    desk: SqlPersonalData, hire: Hire, asked: str, engine: AsyncEngine
) -> None:
    await fill_inbox(engine, 95)
    hasty = hire(batch=10, turn_seconds=0.02)
    turns = 0
    while (await fetch(desk, asked)).state is not PersonalDataState.DONE:
        await hasty.work_on_requests()
        turns += 1
        assert turns < 1000
    assert turns > 1
    report = {entry.record: entry for entry in (await fetch(desk, asked)).report}
    assert (report["inbox"].done, report["inbox"].kept) == (96, 0)


async def test_progress_is_seen_while_the_work_goes_on(
    desk: SqlPersonalData, hire: Hire, asked: str, engine: AsyncEngine
) -> None:
    await fill_inbox(engine, 50)
    seen = []
    slow = hire(batch=5, turn_seconds=0.001)
    while (request := await fetch(desk, asked)).state is not PersonalDataState.DONE:
        seen.append(request.progress)
        assert request.report == []
        await slow.work_on_requests()
    assert seen == sorted(seen)
    assert len(set(seen)) > 5
    assert max(seen) < 100


@pytest.fixture
async def doomed(asked: str, watch: Watch, database_url: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Another process that works on the erasure, row by row."""
    arguments = [sys.executable, str(Path(__file__).with_name("doomed_worker.py")), database_url, watch().isoformat()]
    process = await asyncio.create_subprocess_exec(
        *arguments, cwd=ROOT, stdout=asyncio.subprocess.PIPE, env={"PYTHONPATH": str(ROOT)}
    )
    yield process
    if process.returncode is None:
        process.kill()
    await process.communicate()


async def test_a_worker_that_is_killed_in_the_middle_is_taken_over_and_no_record_counts_twice(
    desk: SqlPersonalData, hire: Hire, doomed: asyncio.subprocess.Process, engine: AsyncEngine, watch: Watch
) -> None:
    await fill_inbox(engine, 400)
    assert doomed.stdout is not None
    for _ in range(60):
        assert await doomed.stdout.readline() == b"tick\n"
    doomed.kill()
    await doomed.wait()
    left = await inbox_left(engine)
    assert 0 < left < 401, "it should have died in the middle"
    assert await hire().work_on_requests() == 0, "the dead worker's lease still runs"
    watch.moment += LEASE
    assert await hire().work_on_requests() == 1
    done = next(each for each in await desk.fetch_requests(OWNER) if each.kind is ERASURE)
    assert {entry.record: entry.done for entry in done.report}["inbox"] == 401
    assert await inbox_left(engine) == 0


@pytest.fixture
async def other(engine: AsyncEngine, database_url: str) -> AsyncIterator[AsyncEngine]:
    """Another process's engine over the same database."""
    engine = open_database(database_url)
    yield engine
    await engine.dispose()


async def test_of_workers_at_once_one_does_it(
    desk: SqlPersonalData, hire: Hire, asked: str, other: AsyncEngine, engine: AsyncEngine
) -> None:
    await fill_inbox(engine, 30)
    workers = [hire(batch=7), hire(batch=7, engine=other), hire(batch=7)]
    assert sum(await asyncio.gather(*(worker.work_on_requests() for worker in workers))) == 1
    report = {entry.record: entry for entry in (await fetch(desk, asked)).report}
    assert report["inbox"].done == 31


async def test_a_worker_whose_lease_went_to_another_undoes_what_it_was_at(
    asked: str, engine: AsyncEngine, watch: Watch
) -> None:
    slow = await claim_request(engine, now=watch())
    assert slow is not None
    assert await claim_request(engine, now=watch()) is None
    watch.moment += LEASE
    quick = await claim_request(engine, now=watch())
    assert (quick.id, quick.attempt) == (asked, slow.attempt + 1)  # type: ignore[union-attr]
    with pytest.raises(Overtaken):
        await _delete_under_lease(engine, slow, watch)
    assert await count_rows(engine, hall_session, true()) == 2
    await let_go(engine, slow, now=watch())
    assert await claim_request(engine, now=watch()) is None


async def _delete_under_lease(engine: AsyncEngine, claimed: Claimed, watch: Watch) -> None:
    async with write(engine) as connection:
        await connection.execute(hall_session.delete())
        await hold(connection, claimed, now=watch())


async def test_one_request_that_can_not_be_done_does_not_stop_the_others(
    desk: SqlPersonalData, hire: Hire, asked: str, engine: AsyncEngine, watch: Watch
) -> None:
    async def fail(_connection: AsyncConnection, _line_id: str) -> None:
        raise RuntimeError("a mistake of ours")

    export = await desk.request(Deed("D9", OWNER), PersonalDataKind.EXPORT)
    broken = hire(line_ended=[fail])
    assert await broken.work_on_requests() == 1
    assert (await fetch(desk, export.id)).state is PersonalDataState.DONE
    assert (await fetch(desk, asked)).state is PersonalDataState.WORKING
    assert await broken.work_on_requests() == 0
    watch.advance(hours=1)
    assert await hire().work_on_requests() == 1
    assert (await fetch(desk, asked)).state is PersonalDataState.DONE


async def test_a_number_that_went_to_somebody_else_keeps_what_is_theirs(
    desk: SqlPersonalData, worker: PersonalDataWork, lines: TwoLines, engine: AsyncEngine, watch: Watch
) -> None:
    await fill_every_table(engine, "L1", NUMBER)
    asked = await desk.request(Deed("D1", OWNER), ERASURE)
    lines.ids[NUMBER] = "L7"
    watch.advance(days=7)
    await worker.work_on_requests()
    report = {entry.record: entry for entry in (await fetch(desk, asked.id)).report}
    by_number = {kind.name: kind for kind in KINDS if kind.name in {"texts_sent", "texts_received", "conversations"}}
    assert [report[name].done for name in by_number] == [0, 0, 0]
    for kind in by_number.values():
        assert await all_rows(engine, kind) == 1
    assert report["inbox"].done == 1


async def all_rows(engine: AsyncEngine, kind: RecordKind) -> int:
    return await count_rows(engine, kind.table, true())
