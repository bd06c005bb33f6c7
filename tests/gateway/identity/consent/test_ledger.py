"""Does the last word count, is every word kept, and does taking back a partner end it?"""

from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import read, write
from gateway.identity.consent.ledger import SqlConsentLedger
from gateway.identity.consent.tables import consent_word
from graphql_schema.client import Channel
from graphql_schema.identity_ports import Deed
from graphql_schema.problems import BadArgument, SignInRequired
from graphql_schema.types.consent import Consent, ConsentPurpose

from .conftest import LONG_AGO, OTHER, OWNER, Clients, Watch

pytestmark = pytest.mark.anyio
SMS, PUSH, PARTNER = ConsentPurpose.MARKETING_SMS, ConsentPurpose.MARKETING_PUSH, ConsentPurpose.PARTNER


async def of(ledger: SqlConsentLedger, purpose: ConsentPurpose) -> list[Consent]:
    return [consent for consent in await ledger.fetch_consents(OWNER) if consent.purpose is purpose]


async def words(engine: AsyncEngine) -> list[tuple[str, str, bool]]:
    async with read(engine) as connection:
        rows = await connection.execute(select(consent_word).order_by(consent_word.c.id))
        return [(row.purpose, row.party, row.given) for row in rows]


async def let_in(ledger: SqlConsentLedger, engine: AsyncEngine, client: str, *scopes: str) -> None:
    async with write(engine) as connection:
        await ledger.record_partner(connection, OWNER, client, client.title(), scopes)


async def test_nothing_is_agreed_to_unless_it_was_said(ledger: SqlConsentLedger) -> None:
    consents = await ledger.fetch_consents(OWNER)
    assert [consent.purpose for consent in consents] == list(ConsentPurpose)
    assert not any(consent.given or consent.changed_at or consent.channel for consent in consents)
    assert {consent.wording for consent in consents} == {"first"}


async def test_the_last_word_counts_and_every_word_is_kept(
    ledger: SqlConsentLedger, engine: AsyncEngine, watch: Watch
) -> None:
    said = await ledger.record(Deed("D1", OWNER), SMS, given=True)
    assert (said.given, said.changed_at, said.channel, said.wording) == (True, LONG_AGO, Channel.WEB, "first")
    watch.advance(days=11)
    await ledger.record(Deed("D2", replace(OWNER, channel=Channel.SMS)), SMS, given=False)
    (last,) = await of(ledger, SMS)
    assert (last.given, last.changed_at, last.channel, last.wording) == (False, watch(), Channel.SMS, "second")
    assert await words(engine) == [("marketing_sms", "", True), ("marketing_sms", "", False)]
    (other,) = await of(ledger, PUSH)
    assert other.changed_at is None


async def test_a_deed_that_is_tried_again_says_its_word_once(
    ledger: SqlConsentLedger, engine: AsyncEngine, watch: Watch
) -> None:
    first = await ledger.record(Deed("D1", OWNER), SMS, given=True)
    watch.advance(seconds=31)
    again = await ledger.record(Deed("D1", OWNER), SMS, given=True)
    assert again == first
    assert len(await words(engine)) == 1


async def test_one_line_s_words_are_not_another_s(ledger: SqlConsentLedger, engine: AsyncEngine) -> None:
    await ledger.record(Deed("D1", OTHER), SMS, given=True)
    (mine,) = await of(ledger, SMS)
    assert not mine.given
    async with read(engine) as connection:
        assert await ledger.is_given(connection, "L2", SMS)
        assert not await ledger.is_given(connection, "L1", SMS)


async def test_a_visitor_agrees_to_nothing(ledger: SqlConsentLedger) -> None:
    with pytest.raises(SignInRequired):
        await ledger.record(Deed("D1", replace(OWNER, subscriber=None)), SMS, given=True)


async def test_a_partner_is_agreed_to_for_what_it_named_and_for_no_more(
    ledger: SqlConsentLedger, engine: AsyncEngine
) -> None:
    await let_in(ledger, engine, "bank", "line", "money")
    async with read(engine) as connection:
        assert await ledger.has_partner(connection, OWNER, "bank", ["money"])
        assert await ledger.has_partner(connection, OWNER, "bank", ["money", "line"])
        assert not await ledger.has_partner(connection, OWNER, "bank", ["money", "bills"])
        assert not await ledger.has_partner(connection, OWNER, "shop", ["money"])
        assert not await ledger.has_partner(connection, OTHER, "bank", ["money"])


async def test_a_partner_can_not_be_agreed_to_outside_of_its_page(ledger: SqlConsentLedger) -> None:
    with pytest.raises(BadArgument):
        await ledger.record(Deed("D1", OWNER), PARTNER, given=True)


async def test_taking_partners_back_ends_all_of_them(
    ledger: SqlConsentLedger, engine: AsyncEngine, clients: Clients
) -> None:
    await let_in(ledger, engine, "bank", "line")
    await let_in(ledger, engine, "shop", "usage")
    assert [(each.party, each.given) for each in await of(ledger, PARTNER)] == [("Shop", True), ("Bank", True)]
    said = await ledger.record(Deed("D1", OWNER), PARTNER, given=False)
    assert (said.purpose, said.given) == (PARTNER, False)
    assert clients.ended == ["L1"]
    assert all(not each.given for each in await of(ledger, PARTNER))
    await ledger.record(Deed("D1", OWNER), PARTNER, given=False)
    assert len(await words(engine)) == 4
    async with read(engine) as connection:
        assert not await ledger.has_partner(connection, OWNER, "bank", ["line"])


async def test_a_word_is_not_kept_where_the_clients_could_not_be_ended(
    ledger: SqlConsentLedger, engine: AsyncEngine, clients: Clients
) -> None:
    await let_in(ledger, engine, "bank", "line")
    clients.broken = True
    with pytest.raises(RuntimeError):
        await ledger.record(Deed("D1", OWNER), PARTNER, given=False)
    assert await words(engine) == [("partner", "bank", True)]


async def test_everything_can_be_taken_back_at_once(
    ledger: SqlConsentLedger, engine: AsyncEngine, clients: Clients
) -> None:
    await ledger.record(Deed("D1", OWNER), SMS, given=True)
    await ledger.record(Deed("D2", OWNER), PUSH, given=False)
    await let_in(ledger, engine, "bank", "line")
    for _ in range(2):
        async with write(engine) as connection:
            await ledger.take_back_all(connection, OWNER, deed="E1")
    assert not any(consent.given for consent in await ledger.fetch_consents(OWNER))
    assert len(await words(engine)) == 5
    assert clients.ended == ["L1", "L1"]
