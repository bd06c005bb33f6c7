"""How is a received text kept until it is answered?"""

import hmac
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import delete, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from notifications.sms_rows import Lane, SmsLimits, Transaction, insert_once, lease_rows, microseconds, storable
from notifications.tables import inbound_sms, inbound_sms_part, outbound_sms

DEFAULT_LIMITS = SmsLimits()


@dataclass(frozen=True, slots=True)
class ReceivedSms:
    """A stored message under lease, to be answered."""

    id: int
    sender: str
    destination: str
    text: str
    attempt: int


class ReceivedSmsQueue:
    """The receiving half of the queue, and ``enqueue``, by which an answer becomes a message to send."""

    def __init__(
        self,
        transaction: Transaction,
        *,
        limits: SmsLimits = DEFAULT_LIMITS,
        clock: Callable[[], float] = time.time,
        secret: bytes = b"",
    ) -> None:
        """``secret`` keys what is kept of a text to recognise its second delivery, since six digits can be guessed
        from a
        plain digest. All processes of a house share it."""
        self._transaction = transaction
        self._key = hmac.digest(secret, b"received-sms", "sha256")
        self._limits = limits
        self._clock = clock

    async def receive(  # noqa: PLR0913  the facts of one message
        self, *, sender: str, destination: str, text: str, session: str, sequence: int, reference: str = ""
    ) -> bool:
        """Stores a message before it is acknowledged. False if it is a second delivery of one that we have.

        An SMSC repeats what it saw no response for: the same sequence in the same bind, or the same content in the next
        one. The same text twice within one bind is a person who asks twice. What no database keeps is left out.
        """
        text = storable(text)
        async with self._transaction() as connection:
            return await self._store(
                connection,
                session=session,
                sequence=sequence,
                digest=self._digest(sender, destination, reference, text),
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
        text = storable(text)
        digest = self._digest(sender, destination, str(reference), str(total))
        now = self._now_us()
        async with self._transaction() as connection:
            values = {"digest": digest, "part": part, "text": text, "received_at_us": now}
            await insert_once(connection, inbound_sms_part, values)
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
                digest=self._digest(sender, destination, str(reference), whole),
                sender=sender,
                destination=destination,
                text=whole,
            )

    async def claim_received(self, *, limit: int, lease_seconds: float) -> Sequence[ReceivedSms]:
        """Leases unanswered messages, oldest first."""
        now = self._now_us()
        mine = inbound_sms.c
        offered = select(inbound_sms).where(mine.state == "received", mine.free_at_us <= now).order_by(mine.id)
        async with self._transaction() as connection:
            rows = (await connection.execute(offered.limit(limit))).all()
            until = {"free_at_us": now + microseconds(lease_seconds)}
            rows = await lease_rows(connection, inbound_sms, rows, until)
        return [
            ReceivedSms(
                id=row.id, sender=row.sender, destination=row.destination, text=row.text, attempt=row.attempts + 1
            )
            for row in rows
        ]

    async def answer(self, message_id: int, reply: str, *, secret: bool = False, tells_secret: bool = False) -> bool:
        """Queues the reply and marks the message answered, in one transaction. False if it was answered before.

        Of a ``secret`` message (a password, a code, the number of an ID document) nothing is kept from then on;
        of a reply that ``tells_secret`` (a voucher's code) nothing once it is out.
        """
        forgotten = {"text": ""} if secret else {}
        async with self._transaction() as connection:
            row = (await connection.execute(select(inbound_sms).where(inbound_sms.c.id == message_id))).one()
            answered = await connection.execute(
                update(inbound_sms)
                .where(inbound_sms.c.id == message_id, inbound_sms.c.state == "received")
                .values(state="answered", answered_at_us=self._now_us(), **forgotten)
            )
            if not answered.rowcount:
                return False
            return await self.enqueue(
                connection,
                key=f"answer:{message_id}",
                recipient=row.sender,
                text=reply,
                lane=Lane.SECRET_ANSWER if tells_secret else Lane.ANSWER,
                lifetime_seconds=self._limits.answer_lifetime_seconds,
            )

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
            "not_after_at_us": now + microseconds(lifetime_seconds),
            "free_at_us": now,
        }
        return await insert_once(connection, outbound_sms, values)

    def _now_us(self) -> int:
        return microseconds(self._clock())

    async def _store(self, connection: AsyncConnection, *, session: str, digest: str, **facts: Any) -> bool:  # noqa: ANN401
        now = self._now_us()
        repeated = select(literal(1)).where(
            inbound_sms.c.digest == digest,
            inbound_sms.c.session != session,
            inbound_sms.c.received_at_us > now - microseconds(self._limits.repeat_seconds),
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
        return await insert_once(connection, inbound_sms, values)

    def _digest(self, *facts: str) -> str:
        return hmac.new(self._key, "\x1f".join(facts).encode(), sha256).hexdigest()
