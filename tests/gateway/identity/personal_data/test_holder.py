"""Does who holds a line now get anything of who held it before?"""

from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import read, write
from gateway.identity.consent.ledger import SqlConsentLedger
from gateway.identity.personal_data.desk import SqlPersonalData
from gateway.identity.personal_data.holder import FormerHolders
from gateway.identity.personal_data.kinds import KINDS
from gateway.identity.personal_data.person import know_person
from gateway.identity.personal_data.records import read_rows
from gateway.identity.personal_data.work import PersonalDataWork
from graphql_schema.identity_ports import Deed
from graphql_schema.types.consent import ConsentPurpose
from graphql_schema.types.personal_data import PersonalDataKind

from .conftest import LONG_AGO, NUMBER, OTHER_NUMBER, OWNER, Watch, count_rows, end_nothing, fill_every_table

pytestmark = pytest.mark.anyio
AT_THE_BSS = {"usage_counters"}
"""Counters of the running cycle are a copy of the BSS's, which are the line's, whoever holds it."""


@pytest.fixture
def ledger(engine: AsyncEngine, watch: Watch) -> SqlConsentLedger:
    return SqlConsentLedger(engine, now=watch, end_client_sessions=end_nothing)


async def pass_on(engine: AsyncEngine, ledger: SqlConsentLedger, watch: Watch) -> None:
    former = FormerHolders(ledger.take_back_all, watch)
    async with write(engine) as connection:
        await former.forget_line(connection, "L1")


async def test_the_next_holder_finds_nothing_and_other_lines_keep_theirs(
    engine: AsyncEngine, ledger: SqlConsentLedger, watch: Watch
) -> None:
    await fill_every_table(engine, "L1", NUMBER)
    await fill_every_table(engine, "L2", OTHER_NUMBER)
    async with read(engine) as connection:
        other = await know_person(connection, "L2", OTHER_NUMBER, now=watch())
    watch.advance(days=1)
    for _ in range(2):
        await pass_on(engine, ledger, watch)
    async with read(engine) as connection:
        me = await know_person(connection, "L1", NUMBER, now=watch())
        found = {kind.name for kind in KINDS if await read_rows(connection, kind, me)}
    assert found <= AT_THE_BSS | {"conversations"}
    for kind in KINDS:
        assert await count_rows(engine, kind.table, kind.of(other)) == 1, kind.name


async def test_consents_of_a_former_holder_do_not_hold(
    engine: AsyncEngine, ledger: SqlConsentLedger, watch: Watch
) -> None:
    await ledger.record(Deed("D1", OWNER), ConsentPurpose.MARKETING_SMS, given=True)
    watch.advance(days=1)
    await pass_on(engine, ledger, watch)
    async with read(engine) as connection:
        assert not await ledger.is_given(connection, "L1", ConsentPurpose.MARKETING_SMS)
    unasked = [(False, None)] * len(ConsentPurpose)
    assert [(consent.given, consent.changed_at) for consent in await ledger.fetch_consents(OWNER)] == unasked


async def test_what_a_former_holder_had_asked_for_is_not_done_to_the_next(
    engine: AsyncEngine,
    ledger: SqlConsentLedger,
    desk: SqlPersonalData,
    worker: PersonalDataWork,
    watch: Watch,
) -> None:
    await desk.request(Deed("D1", OWNER), PersonalDataKind.ERASURE)
    export = await desk.request(Deed("D2", OWNER), PersonalDataKind.EXPORT)
    assert await worker.work_on_requests() == 1
    await pass_on(engine, ledger, watch)
    assert await desk.open_export(OWNER, export.id) is None
    assert await desk.fetch_requests(OWNER) == []
    watch.moment = LONG_AGO + timedelta(days=30)
    assert await worker.work_on_requests() == 0
    asked = await desk.request(Deed("D3", OWNER), PersonalDataKind.EXPORT)
    assert await desk.fetch_requests(OWNER) == [asked]
