"""How is one word on a purpose written down, and which one counts?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.database import insert_into
from gateway.identity.consent.tables import consent_word
from gateway.identity.tables import from_us, to_us
from graphql_schema.client import Caller, Channel
from graphql_schema.types.consent import Consent, ConsentPurpose


@dataclass(frozen=True, slots=True)
class Party:
    """Whom a consent lets see what: an OAuth client for PARTNER, nobody in particular otherwise."""

    id: str = ""
    name: str = ""
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Word:
    """A word that is being said. ``deed`` makes it once: said again by the same deed it is not written again."""

    purpose: ConsentPurpose
    party: Party
    given: bool
    wording: str
    deed: str | None = None


async def add_word(connection: AsyncConnection, caller: Caller, word: Word, *, now: datetime) -> None:
    """Writes the word down, in the caller's transaction."""
    row = {
        "line_id": caller.subscriber,
        "purpose": word.purpose.value,
        "party": word.party.id,
        "party_name": word.party.name,
        "scopes": " ".join(sorted(word.party.scopes)),
        "given": word.given,
        "at_us": to_us(now),
        "channel": caller.channel.value,
        "actor": caller.actor,
        "wording": word.wording,
        "session": caller.session,
        "deed": word.deed,
    }
    insert = insert_into(consent_word, connection).values(**row)
    await connection.execute(insert.on_conflict_do_nothing(index_elements=["deed", "purpose", "party"]))


async def fetch_last_words(connection: AsyncConnection, line_id: str) -> Sequence[Row[Any]]:
    """The word that counts, for each purpose and party that was ever spoken of; by purpose, then the newest first."""
    table = consent_word
    last = select(func.max(table.c.id)).where(table.c.line_id == line_id).group_by(table.c.purpose, table.c.party)
    asked = select(table).where(table.c.id.in_(last)).order_by(table.c.purpose, table.c.id.desc())
    return (await connection.execute(asked)).all()


async def fetch_last_word(
    connection: AsyncConnection, line_id: str, purpose: ConsentPurpose, party: str = ""
) -> Row[Any] | None:
    """The word that counts for one purpose and party, or None."""
    table = consent_word
    mine = (table.c.line_id == line_id, table.c.purpose == purpose.value, table.c.party == party)
    asked = select(table).where(*mine).order_by(table.c.id.desc()).limit(1)
    return (await connection.execute(asked)).one_or_none()


def tell_word(row: Row[Any]) -> Consent:
    """A row as the graph's word."""
    return Consent(
        purpose=ConsentPurpose(row.purpose),
        party=row.party_name,
        given=row.given,
        changed_at=from_us(row.at_us),
        channel=Channel(row.channel),
        wording=row.wording,
    )
