"""How does a text message wait in the database until it is sent?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, delete, or_, select, update
from sqlalchemy.engine import CursorResult, Row
from sqlalchemy.ext.asyncio import AsyncConnection

from notifications.sms_received import ReceivedSmsQueue
from notifications.sms_rows import BLANKED, Lane, SmsLimits, Transaction, lease_rows, microseconds
from notifications.tables import inbound_sms, inbound_sms_part, outbound_sms, outbound_sms_part

__all__ = ["BLANKED", "Lane", "SmsLimits", "SmsToSend", "SqlSmsQueue", "Transaction"]

FAILED_RECEIPTS = frozenset({"EXPIRED", "DELETED", "UNDELIV", "REJECTD"})
"""Final states of SMPP 3.4 appendix B that mean: it never arrived. UNKNOWN says nothing, ACCEPTD is not final."""


@dataclass(frozen=True, slots=True)
class SmsToSend:
    """A queued message under lease, to be submitted. ``(id, attempt)`` is the lease."""

    id: int
    recipient: str
    text: str
    lane: int
    attempt: int
    not_after: datetime


class SqlSmsQueue(ReceivedSmsQueue):
    """Both directions of the SMS hall as rows. Nothing relies on SKIP LOCKED: a claim is a conditional UPDATE.

    Sending is at least once: a message whose response was lost is offered again when its lease ends.
    """

    async def claim_to_send(self, *, limit: int, lease_seconds: float) -> Sequence[SmsToSend]:
        """Leases messages in the order of their lanes, the oldest of a lane first; ended leases are offered again."""
        now, mine = self._now_us(), outbound_sms.c
        due = and_(mine.free_at_us <= now, mine.not_after_at_us > now)
        offered: list[Row[Any]] = []
        async with self._transaction() as connection:
            for state in ("leased", "queued"):  # one at a time, since the index then gives the order without a sort
                here = select(outbound_sms).where(mine.state == state, due).order_by(mine.lane, mine.id).limit(limit)
                offered += (await connection.execute(here)).all()
            offered.sort(key=lambda row: (row.lane, row.id))
            until = {"state": "leased", "free_at_us": now + microseconds(lease_seconds)}
            rows = await lease_rows(connection, outbound_sms, offered[:limit], until)
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
        """Records the last accepted part and that the message is out; of a secret the text is blanked."""
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
                .values(state="queued", free_at_us=self._now_us() + microseconds(pause_seconds))
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
        """Ends what is worthless by now; of a secret the text is blanked. How many."""
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
        old = self._now_us() - microseconds(self._limits.keep_seconds)
        old_parts = self._now_us() - microseconds(self._limits.keep_parts_seconds)
        ended = select(outbound_sms.c.id).where(outbound_sms.c.ended_at_us < old)
        async with self._transaction() as connection:
            await connection.execute(delete(outbound_sms_part).where(outbound_sms_part.c.outbound_sms_id.in_(ended)))
            await connection.execute(delete(outbound_sms).where(outbound_sms.c.ended_at_us < old))
            await connection.execute(delete(inbound_sms).where(inbound_sms.c.answered_at_us < old))
            await connection.execute(delete(inbound_sms_part).where(inbound_sms_part.c.received_at_us < old_parts))

    async def _end(self, connection: AsyncConnection, which: ColumnElement[bool], **values: Any) -> int:  # noqa: ANN401
        blanked = case((outbound_sms.c.lane.in_(BLANKED), ""), else_=outbound_sms.c.text)
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
