"""Which messages did the house really send to a number?"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.database import insert_into
from gateway.identity.contact.tables import message_horizon
from gateway.identity.tables import from_us, to_us
from graphql_schema.types.contact import Contact, ContactKind, ContactPurpose
from notifications.sms_queue import Lane
from notifications.tables import outbound_sms

SENT = ("sent", "delivered")
PURPOSES: Final = {
    Lane.CODE: ContactPurpose.CODE,
    Lane.ALERT: ContactPurpose.ALERT,
    Lane.ANSWER: ContactPurpose.ANSWER,
    Lane.SECRET_ANSWER: ContactPurpose.ANSWER,
    Lane.NOTICE: ContactPurpose.ACCOUNT,
}


async def fetch_messages(
    connection: AsyncConnection, number: str, line_id: str, *, first: int, now: datetime
) -> Sequence[Contact]:
    """When and what about, never the text; newest first, none from before the number was the line's."""
    since_us = await note_holder(connection, number, line_id, now=now)
    sent = outbound_sms.c
    asked = (
        select(sent.id, sent.lane, sent.created_at_us)
        .where(sent.recipient == number, sent.state.in_(SENT), sent.created_at_us > since_us)
        .order_by(sent.id.desc())
        .limit(first)
    )
    return [
        Contact(
            id=f"sms-{row.id}",
            kind=ContactKind.MESSAGE,
            purpose=PURPOSES.get(row.lane, ContactPurpose.ACCOUNT),
            person="",
            badge="",
            at=from_us(row.created_at_us),
            valid_until=None,
        )
        for row in await connection.execute(asked)
    ]


async def note_holder(connection: AsyncConnection, number: str, line_id: str, *, now: datetime) -> int:
    """Remembers whose number it is, and answers since when (0: always, as far as we know).

    In one statement: where another line had it until now, what was sent to it is nothing that the new one is told of.
    """
    table, mine = message_horizon, message_horizon.c.number == number
    fresh = insert_into(table, connection).values(number=number, line_id=line_id, since_us=0)
    changed = fresh.on_conflict_do_update(
        index_elements=["number"],
        set_={"line_id": line_id, "since_us": to_us(now)},
        where=table.c.line_id != line_id,
    )
    await connection.execute(changed)
    return int((await connection.execute(select(table.c.since_us).where(mine))).scalar_one())


async def forget_holder(connection: AsyncConnection, line_id: str, numbers: Iterable[str], *, now: datetime) -> None:
    """The line's numbers are nobody's from now on: those that we know of, and these, unless another line has them."""
    for number in numbers:
        had = insert_into(message_horizon, connection).values(number=number, line_id=line_id, since_us=0)
        await connection.execute(had.on_conflict_do_nothing())
    gone = update(message_horizon).where(message_horizon.c.line_id == line_id)
    await connection.execute(gone.values(line_id="", since_us=to_us(now)))
