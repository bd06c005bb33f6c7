"""Was this deed done before, and what was answered then?"""

import hmac
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Index,
    Row,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    and_,
    delete,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database import insert_into, write
from gateway.identity.audit.entry import AuditEntry, record
from gateway.identity.budget import name_source
from gateway.identity.seal import Seal
from gateway.identity.tables import metadata, to_us
from graphql_schema.client import Caller, Channel
from graphql_schema.identity_ports import BegunDeed, Deed, KeptAnswer
from graphql_schema.problems import KeyReused, StillUnderWay
from ordering.crossing import Cross, pass_by

KEPT = timedelta(hours=73)
"""The design asks for 72 h; whoever retries at the last minute is still known."""

LEASE = timedelta(seconds=30)
"""Longer than any request may take: after it the process that began the deed is dead."""

idempotent_deed = Table(
    "idempotent_deed",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("actor", String(160), nullable=False),
    Column("subject", String(128), nullable=False, comment="the line acted for, empty for staff"),
    Column("channel", String(16), nullable=False),
    Column("level", SmallInteger, nullable=False),
    Column("key_digest", String(64), nullable=False),
    Column("deed", String(64), nullable=False),
    Column("body_digest", String(64), nullable=False, comment="keyed: an input may hold a password"),
    Column("begun_at_us", BigInteger, nullable=False),
    Column("lease_until_us", BigInteger, nullable=False),
    Column("word", String(64), nullable=True, comment="null: not finished"),
    Column("answer", Text, nullable=True, comment="sealed: an answer may hold what its reader alone may see"),
    Column("abandoned_at_us", BigInteger, nullable=True, comment="when the trail was told that its outcome is unknown"),
    UniqueConstraint("actor", "subject", "key_digest"),
    Index("ix_idempotent_deed_begun_at_us", "begun_at_us"),
)


class SqlDeeds:
    """The ``Deeds`` of graphql_schema.identity_ports, over SQL."""

    def __init__(
        self, engine: AsyncEngine, *, secret: bytes, now: Callable[[], datetime], cross: Cross = pass_by
    ) -> None:
        self._engine, self._now, self._cross = engine, now, cross
        self._key = hmac.digest(secret, b"idempotent-deed", "sha256")
        self._seal = Seal(secret=secret, purpose="idempotent-deed")

    async def begin(self, caller: Caller, deed: str, key: str, body: bytes) -> BegunDeed | KeptAnswer:
        """Claims the key; of any number at once one begins. Raises KeyReused, StillUnderWay, DatabaseFault."""
        now, table = self._now(), idempotent_deed
        who = {
            "actor": self._name(caller),
            "subject": caller.subscriber or "",
            "key_digest": sha256(key.encode()).hexdigest(),
        }
        body_digest = hmac.new(self._key, deed.encode() + b"\0" + body, sha256).hexdigest()
        mine = and_(*(table.c[name] == value for name, value in who.items()))
        fresh: dict[str, Any] = {
            **who,
            "id": secrets.token_hex(16),
            "channel": caller.channel.value,
            "level": caller.assurance,
            "deed": deed,
            "body_digest": body_digest,
            "begun_at_us": to_us(now),
            "lease_until_us": to_us(now + LEASE),
        }
        async with write(self._engine) as connection:
            found = await self._claim(connection, caller, fresh, mine)
        if isinstance(found, BegunDeed):
            self._cross("deed.begun")
        return found

    async def finish(self, begun: Deed, answer: KeptAnswer, *, outcome: str, note: str) -> None:
        """Keeps the answer and the audit record in one commit. Raises DatabaseFault."""
        self._cross("deed.done")
        async with write(self._engine) as connection:
            kept = {"word": answer.word, "answer": self._seal.close(answer.text)}
            mine = idempotent_deed.c.id == begun.id
            await connection.execute(update(idempotent_deed).where(mine).values(**kept))
            deed = (await connection.execute(select(idempotent_deed.c.deed).where(mine))).scalar_one()
            await record(connection, AuditEntry.by(begun.caller, deed, outcome=outcome, note=note), now=self._now())
        self._cross("deed.finished")

    async def leave(self, begun: Deed) -> None:
        """Whoever comes with the key takes the same deed over, at once. Raises DatabaseFault."""
        unfinished = (idempotent_deed.c.id == begun.id) & idempotent_deed.c.word.is_(None)
        async with write(self._engine) as connection:
            over = update(idempotent_deed).where(unfinished).values(lease_until_us=to_us(self._now()))
            await connection.execute(over)

    async def give_up(self, begun: Deed) -> None:
        """The key may be used again at once. Raises DatabaseFault."""
        unfinished = (idempotent_deed.c.id == begun.id) & idempotent_deed.c.word.is_(None)
        async with write(self._engine) as connection:
            await connection.execute(delete(idempotent_deed).where(unfinished))

    async def forget_old(self) -> None:
        """Forgets keys after their time."""
        async with write(self._engine) as connection:
            over = idempotent_deed.c.begun_at_us < to_us(self._now() - KEPT)
            await connection.execute(delete(idempotent_deed).where(over))

    async def note_abandoned(self) -> int:
        """Tells the trail of deeds whose process died and that nobody tried again: their outcome is ``unknown``."""
        table, now = idempotent_deed, self._now()
        dead = (table.c.word.is_(None), table.c.abandoned_at_us.is_(None), table.c.lease_until_us < to_us(now - LEASE))
        async with write(self._engine) as connection:
            marked = update(table).where(*dead).values(abandoned_at_us=to_us(now)).returning(table)
            rows = (await connection.execute(marked)).all()
            for row in rows:
                channel = Channel(row.channel)
                entry = AuditEntry(
                    row.deed, _name_actor(row.actor), row.subject or None, channel, row.level, outcome="unknown"
                )
                await record(connection, entry, now=now)
        return len(rows)

    async def _claim(
        self, connection: AsyncConnection, caller: Caller, fresh: dict[str, Any], mine: ColumnElement[bool]
    ) -> BegunDeed | KeptAnswer:
        """The key's row is the caller's now, or has been: then what it answers. Raises KeyReused, StillUnderWay."""
        table, now = idempotent_deed, self._now()
        await connection.execute(delete(table).where(mine, table.c.begun_at_us < to_us(now - KEPT)))
        claim = insert_into(table, connection).values(**fresh).on_conflict_do_nothing().returning(table.c.id)
        if (await connection.execute(claim)).scalar_one_or_none() is not None:
            return BegunDeed(Deed(fresh["id"], caller))
        row = (await connection.execute(select(table).where(mine))).one_or_none()
        if row is None:  # on PostgreSQL: given up between the claim and this look
            raise StillUnderWay
        if row.body_digest != fresh["body_digest"]:
            raise KeyReused
        return self._find_answer(row) or BegunDeed(
            Deed(await self._take_over(connection, row, now), caller), taken_over=True
        )

    def _name(self, caller: Caller) -> str:
        """Whose keys these are. Visitors are told apart by where they come from, so that none is told another's
        answer."""
        if caller.actor != "visitor":
            return caller.actor
        return f"visitor:{hmac.new(self._key, name_source(caller.source).encode(), sha256).hexdigest()[:32]}"

    def _find_answer(self, row: Row[Any]) -> KeptAnswer | None:
        return None if row.word is None else KeptAnswer(word=row.word, text=self._seal.open(row.answer))

    async def _take_over(self, connection: AsyncConnection, row: Row[Any], now: datetime) -> str:
        """Its process died before it noted an answer: whoever moves the lease does it again. Raises StillUnderWay."""
        dead = (idempotent_deed.c.id == row.id) & (idempotent_deed.c.lease_until_us == row.lease_until_us)
        renewed = update(idempotent_deed).where(dead).values(lease_until_us=to_us(now + LEASE))
        if row.lease_until_us > to_us(now) or (await connection.execute(renewed)).rowcount != 1:
            raise StillUnderWay
        return str(row.id)


def _name_actor(actor: str) -> str:
    """Who is answerable, as the trail calls them."""
    return "visitor" if actor.startswith("visitor:") else actor
