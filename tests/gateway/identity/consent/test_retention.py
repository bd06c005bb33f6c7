"""Is a word kept for five months after it stopped to hold, and does none come back to life?"""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import read, write
from gateway.identity.consent.ledger import SqlConsentLedger
from gateway.identity.consent.retention import KEEP, is_over
from gateway.identity.consent.tables import consent_word
from gateway.identity.tables import to_us
from graphql_schema.client import Channel
from graphql_schema.identity_ports import Deed
from graphql_schema.types.consent import ConsentPurpose

from .conftest import OTHER, OWNER, Watch

pytestmark = pytest.mark.anyio
SMS = ConsentPurpose.MARKETING_SMS


async def forget(engine: AsyncEngine, watch: Watch, *, limit: int = 100) -> int:
    """A batch of the job: the oldest words that are over."""
    word = consent_word.c.id
    over = select(word).where(is_over(watch())).order_by(word).limit(limit)
    async with write(engine) as connection:
        return (await connection.execute(delete(consent_word).where(word.in_(over)))).rowcount


async def count(engine: AsyncEngine) -> int:
    async with read(engine) as connection:
        return int((await connection.execute(select(func.count()).select_from(consent_word))).scalar_one())


async def test_a_consent_that_holds_is_kept_however_old(
    ledger: SqlConsentLedger, engine: AsyncEngine, watch: Watch
) -> None:
    await ledger.record(Deed("D1", OWNER), SMS, given=True)
    watch.advance(days=2000)
    assert await forget(engine, watch) == 0
    async with read(engine) as connection:
        assert await ledger.is_given(connection, "L1", SMS)


async def test_a_consent_that_was_taken_back_is_kept_for_five_months_more(
    ledger: SqlConsentLedger, engine: AsyncEngine, watch: Watch
) -> None:
    await ledger.record(Deed("D1", OWNER), SMS, given=True)
    watch.advance(days=400)
    await ledger.record(Deed("D2", OWNER), SMS, given=False)
    watch.moment += KEEP
    assert await forget(engine, watch) == 0
    watch.advance(seconds=1)
    assert await forget(engine, watch) == 1
    async with read(engine) as connection:
        assert not await ledger.is_given(connection, "L1", SMS)
    assert await forget(engine, watch) == 1
    assert await count(engine) == 0


async def test_no_word_of_before_counts_again_while_the_batches_run(
    ledger: SqlConsentLedger, engine: AsyncEngine, watch: Watch
) -> None:
    for number in range(9):
        await ledger.record(Deed(f"D{number}", OWNER), SMS, given=number % 2 == 0)
        watch.advance(days=1)
    await ledger.record(Deed("D9", OWNER), SMS, given=False)
    watch.advance(days=300)
    while await forget(engine, watch, limit=2):
        async with read(engine) as connection:
            assert not await ledger.is_given(connection, "L1", SMS)
    assert await count(engine) == 0


async def test_one_line_s_words_do_not_end_another_s(
    ledger: SqlConsentLedger, engine: AsyncEngine, watch: Watch
) -> None:
    await ledger.record(Deed("A1", OWNER), SMS, given=True)
    await ledger.record(Deed("B1", OTHER), SMS, given=True)
    await ledger.record(Deed("B2", OTHER), SMS, given=False)
    watch.advance(days=300)
    assert await forget(engine, watch) == 1
    async with read(engine) as connection:
        assert await ledger.is_given(connection, "L1", SMS)


async def test_the_database_keeps_what_is_younger_than_the_law_asks(engine: AsyncEngine) -> None:
    young = datetime.now(UTC) - timedelta(days=150)
    async with write(engine) as connection:
        row = {"line_id": "L1", "purpose": "marketing_sms", "party": "", "party_name": "", "scopes": "", "given": True}
        more = {"at_us": to_us(young), "channel": Channel.WEB.value, "actor": "line:L1", "wording": "first"}
        await connection.execute(consent_word.insert().values(**row, **more))
    with pytest.raises(IntegrityError, match="append-only"):
        async with write(engine) as connection:
            await connection.execute(delete(consent_word))


async def test_a_word_can_not_be_changed(ledger: SqlConsentLedger, engine: AsyncEngine) -> None:
    await ledger.record(Deed("D1", OWNER), SMS, given=False)
    with pytest.raises(IntegrityError, match="append-only"):
        async with write(engine) as connection:
            await connection.execute(update(consent_word).values(given=True))
