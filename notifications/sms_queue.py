"""How does a text message wait in the database until it is sent, and a received one until it is answered?"""

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, case, delete, literal, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import CursorResult, Row
from sqlalchemy.ext.asyncio import AsyncConnection

from notifications.tables import inbound_sms, inbound_sms_part, outbound_sms, outbound_sms_part

Transaction = Callable[[], AbstractAsyncContextManager[AsyncConnection]]
"""Begins a short write transaction (SQLite: IMMEDIATE) that is committed at the end of its block."""

FAILED_RECEIPTS = frozenset({"EXPIRED", "DELETED", "UNDELIV", "REJECTD"})
"""Final states of SMPP 3.4 appendix B that mean: it never arrived. UNKNOWN says nothing, ACCEPTD is not final."""


class Lane(IntEnum):
    """Who goes first: a code that someone waits for, an alert, an answer, a notice."""

    CODE = 10
    ALERT = 20
    ANSWER = 30
    NOTICE = 40


@dataclass(frozen=True, slots=True)
class ReceivedSms:
    """A stored message under lease, to be answered."""

    id: int
    sender: str
    destination: str
    text: str
    attempt: int


@dataclass(frozen=True, slots=True)
class SmsToSend:
    """A queued message under lease, to be submitted. ``(id, attempt)`` is the lease."""

    id: int
    recipient: str
    text: str
    lane: int
    attempt: int
    not_after: datetime


@dataclass(frozen=True, slots=True)
class SmsLimits:
    """How long what is kept. ``repeat_seconds``: within it, the same text over another bind is a second delivery."""

    repeat_seconds: int = 120
    answer_lifetime_seconds: int = 6 * 3600
    keep_seconds: int = 30 * 86400
    keep_parts_seconds: int = 86400


class SqlSmsQueue:
    """Both directions of the SMS hall as rows. Nothing relies on SKIP LOCKED: a claim is a conditional UPDATE.

    Sending is at least once: a message whose response was lost is offered again when its lease ends.
    """

    def __init__(
        self,
        transaction: Transaction,
        *,
        limits: SmsLimits = SmsLimits(),
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._transaction = transaction
        self._limits = limits
        self._clock = clock

    # --- received -----------------------------------------------------------------------------------------------

    async def receive(  # noqa: PLR0913  the facts of one message
        self, *, sender: str, destination: str, text: str, session: str, sequence: int, reference: str = ""
    ) -> bool:
        """Stores a message before it is acknowledged. False if it is a second delivery of one that we have.

        An SMSC repeats what it saw no response for: the same sequence in the same bind, or the same content in the next
        one. The same text twice within one bind is a person who asks twice.
        """
        async with self._transaction() as connection:
            return await self._store(
                connection,
                session=session,
                sequence=sequence,
                digest=_digest(sender, destination, reference, text),
                sender=sender,
                destination=destination,
                text=text,
            )

    async def receive_part(  # noqa: PLR0913
        self,
        *,
        sender: str,
        destination: str,
        text: str,
        session: str,
        sequence: int,
        reference: int,
        part: int,
        total: int,
    ) -> bool:
        """Stores one part; with the last one the whole message is received, in the same transaction. True if so."""
        digest = _digest(sender, destination, str(reference), str(total))
        now = self._now_us()
        async with self._transaction() as connection:
            values = {"digest": digest, "part": part, "text": text, "received_at_us": now}
            await _insert_once(connection, inbound_sms_part, values)
            here = inbound_sms_part.c.digest == digest
            parts = (await connection.execute(select(inbound_sms_part).where(here))).all()
            if len(parts) < total:
                return False
            whole = "".join(row.text for row in sorted(parts, key=lambda row: row.part))
            await connection.execute(delete(inbound_sms_part).where(here))
            return await self._store(
                connection,
                session=session,
                sequence=sequence,
                digest=_digest(sender, destination, str(reference), whole),
                sender=sender,
                destination=destination,
                text=whole,
            )

    async def claim_received(self, *, limit: int, lease_seconds: float) -> Sequence[ReceivedSms]:
        """Leases unanswered messages, oldest first."""
        async with self._transaction() as connection:
            rows = await self._claim(connection, inbound_sms, inbound_sms.c.state == "received", limit, lease_seconds)
        return [
            ReceivedSms(
                id=row.id, sender=row.sender, destination=row.destination, text=row.text, attempt=row.attempts + 1
            )
            for row in rows
        ]

    async def answer(self, message_id: int, reply: str) -> bool:
        """Queues the reply and marks the message answered, in one transaction. False if it was answered before."""
        async with self._transaction() as connection:
            row = (await connection.execute(select(inbound_sms).where(inbound_sms.c.id == message_id))).one()
            answered = await connection.execute(
                update(inbound_sms)
                .where(inbound_sms.c.id == message_id, inbound_sms.c.state == "received")
                .values(state="answered", answered_at_us=self._now_us())
            )
            if not answered.rowcount:
                return False
            return await self.enqueue(
                connection,
                key=f"answer:{message_id}",
                recipient=row.sender,
                text=reply,
                lane=Lane.ANSWER,
                lifetime_seconds=self._limits.answer_lifetime_seconds,
            )

    # --- to send ------------------------------------------------------------------------------------------------

    async def enqueue(  # noqa: PLR0913
        self,
        connection: AsyncConnection,
        *,
        key: str,
        recipient: str,
        text: str,
        lane: Lane,
        lifetime_seconds: float,
    ) -> bool:
        """Queues a message within the caller's own write transaction. False if this key was queued before."""
        now = self._now_us()
        values = {
            "key": key,
            "recipient": recipient,
            "text": text,
            "lane": int(lane),
            "state": "queued",
            "attempts": 0,
            "created_at_us": now,
            "not_after_at_us": now + _microseconds(lifetime_seconds),
            "free_at_us": now,
        }
        return await _insert_once(connection, outbound_sms, values)

    async def claim_to_send(self, *, limit: int, lease_seconds: float) -> Sequence[SmsToSend]:
        """Leases messages in the order of their lanes, the oldest of a lane first; ended leases are offered again."""
        open_ = and_(outbound_sms.c.state.in_(("queued", "leased")), outbound_sms.c.not_after_at_us > self._now_us())
        async with self._transaction() as connection:
            rows = await self._claim(connection, outbound_sms, open_, limit, lease_seconds)
        return [
            SmsToSend(
                id=row.id,
                recipient=row.recipient,
                text=row.text,
                lane=row.lane,
                attempt=row.attempts + 1,
                not_after=datetime.fromtimestamp(row.not_after_at_us / 1e6, UTC),
            )
            for row in rows
        ]

    async def record_part(self, message_id: int, *, part: int, smsc_message_id: str) -> None:
        """Remembers the SMSC's name for an accepted part, so that its receipt finds back."""
        async with self._transaction() as connection:
            await _record_part(connection, message_id, part, smsc_message_id)

    async def mark_sent(self, message_id: int, *, part: int, parts_total: int, smsc_message_id: str) -> None:
        """Records the last accepted part and that the message is out; the text of a code is blanked."""
        async with self._transaction() as connection:
            await _record_part(connection, message_id, part, smsc_message_id)
            await self._end(
                connection,
                and_(outbound_sms.c.id == message_id, outbound_sms.c.state.in_(("queued", "leased", "expired"))),
                state="sent",
                parts_total=parts_total,
            )
            await self._settle(connection, message_id)

    async def mark_failed(self, message_id: int, *, attempt: int, failure: str) -> bool:
        """Gives a message up for good (the SMSC says it never will). False if the lease is someone else's by now."""
        async with self._transaction() as connection:
            return bool(await self._end(connection, _leased(message_id, attempt), state="failed", failure=failure))

    async def requeue(self, message_id: int, *, attempt: int, pause_seconds: float) -> bool:
        """Gives the lease back: the whole message may be claimed again after the pause (throttling)."""
        async with self._transaction() as connection:
            done = await connection.execute(
                update(outbound_sms)
                .where(_leased(message_id, attempt))
                .values(state="queued", free_at_us=self._now_us() + _microseconds(pause_seconds))
            )
        return bool(done.rowcount)

    async def record_receipt(self, smsc_message_id: str, receipt: str) -> bool:
        """Keeps a part's receipt (SMPP 3.4 appendix B stat) and settles its message. False for an unknown part."""
        part = outbound_sms_part
        async with self._transaction() as connection:
            found = (
                await connection.execute(
                    select(part.c.id, part.c.outbound_sms_id)
                    .where(part.c.smsc_message_id == smsc_message_id)
                    .order_by(part.c.id.desc())
                    .limit(1)
                )
            ).one_or_none()
            if found is None:
                return False
            await connection.execute(update(part).where(part.c.id == found.id).values(receipt=receipt[:16]))
            await self._settle(connection, found.outbound_sms_id)
        return True

    async def expire(self) -> int:
        """Ends what is worthless by now; the text of a code is blanked. How many."""
        now = self._now_us()
        late = and_(
            outbound_sms.c.state.in_(("queued", "leased")),
            outbound_sms.c.not_after_at_us <= now,
            or_(outbound_sms.c.state == "queued", outbound_sms.c.free_at_us <= now),
        )
        async with self._transaction() as connection:
            return await self._end(connection, late, state="expired")

    async def forget_old(self) -> None:
        """Deletes what ended long ago, and parts whose others never came."""
        old = self._now_us() - _microseconds(self._limits.keep_seconds)
        old_parts = self._now_us() - _microseconds(self._limits.keep_parts_seconds)
        ended = select(outbound_sms.c.id).where(outbound_sms.c.ended_at_us < old)
        async with self._transaction() as connection:
            await connection.execute(delete(outbound_sms_part).where(outbound_sms_part.c.outbound_sms_id.in_(ended)))
            await connection.execute(delete(outbound_sms).where(outbound_sms.c.ended_at_us < old))
            await connection.execute(delete(inbound_sms).where(inbound_sms.c.answered_at_us < old))
            await connection.execute(delete(inbound_sms_part).where(inbound_sms_part.c.received_at_us < old_parts))

    # --- below --------------------------------------------------------------------------------------------------

    def _now_us(self) -> int:
        return _microseconds(self._clock())

    async def _store(self, connection: AsyncConnection, *, session: str, digest: str, **facts: Any) -> bool:  # noqa: ANN401
        now = self._now_us()
        repeated = select(literal(1)).where(
            inbound_sms.c.digest == digest,
            inbound_sms.c.session != session,
            inbound_sms.c.received_at_us > now - _microseconds(self._limits.repeat_seconds),
        )
        if (await connection.execute(repeated.limit(1))).first() is not None:
            return False
        values = {
            **facts,
            "session": session,
            "digest": digest,
            "state": "received",
            "attempts": 0,
            "received_at_us": now,
            "free_at_us": now,
        }
        return await _insert_once(connection, inbound_sms, values)

    async def _claim(
        self,
        connection: AsyncConnection,
        table: Table,
        open_: ColumnElement[bool],
        limit: int,
        lease_seconds: float,
    ) -> list[Row[Any]]:
        now = self._now_us()
        order = (table.c.lane, table.c.id) if table is outbound_sms else (table.c.id,)
        offered = select(table).where(open_, table.c.free_at_us <= now).order_by(*order).limit(limit)
        claimed = []
        for row in (await connection.execute(offered)).all():
            values: dict[str, Any] = {
                "attempts": row.attempts + 1,
                "free_at_us": now + _microseconds(lease_seconds),
            }
            if table is outbound_sms:
                values["state"] = "leased"
            mine = and_(table.c.id == row.id, table.c.attempts == row.attempts, table.c.state == row.state)
            taken = await connection.execute(update(table).where(mine).values(values))
            if taken.rowcount:
                claimed.append(row)
        return claimed

    async def _end(self, connection: AsyncConnection, which: ColumnElement[bool], **values: Any) -> int:  # noqa: ANN401
        blanked = case((outbound_sms.c.lane == int(Lane.CODE), ""), else_=outbound_sms.c.text)
        done: CursorResult[Any] = await connection.execute(
            update(outbound_sms).where(which).values(text=blanked, ended_at_us=self._now_us(), **values)
        )
        return done.rowcount

    async def _settle(self, connection: AsyncConnection, message_id: int) -> None:
        """Draws from the parts' receipts what became of a sent message."""
        part = outbound_sms_part
        rows = (await connection.execute(select(part).where(part.c.outbound_sms_id == message_id))).all()
        lost = next((row.receipt for row in rows if row.receipt in FAILED_RECEIPTS), None)
        arrived = len({row.part for row in rows if row.receipt == "DELIVRD"})
        sent = and_(outbound_sms.c.id == message_id, outbound_sms.c.state == "sent")
        if lost is not None:
            await self._end(connection, sent, state="failed", failure=lost)
        else:
            await self._end(connection, and_(sent, outbound_sms.c.parts_total == arrived), state="delivered")


def _leased(message_id: int, attempt: int) -> ColumnElement[bool]:
    return and_(outbound_sms.c.id == message_id, outbound_sms.c.attempts == attempt, outbound_sms.c.state == "leased")


async def _record_part(connection: AsyncConnection, message_id: int, part: int, smsc_message_id: str) -> None:
    await connection.execute(
        outbound_sms_part.insert().values(outbound_sms_id=message_id, part=part, smsc_message_id=smsc_message_id)
    )


async def _insert_once(connection: AsyncConnection, table: Table, values: dict[str, Any]) -> bool:
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    done: CursorResult[Any] = await connection.execute(insert(table).values(values).on_conflict_do_nothing())
    return bool(done.rowcount)


def _digest(*facts: str) -> str:
    return sha256("\x1f".join(facts).encode()).hexdigest()


def _microseconds(seconds: float) -> int:
    return int(seconds * 1_000_000)
