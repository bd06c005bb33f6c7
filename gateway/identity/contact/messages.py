"""Which messages did the house really send to a number?"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select
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
    Lane.NOTICE: ContactPurpose.ACCOUNT,
}


async def fetch_messages(connection: AsyncConnection, number: str, *, first: int) -> Sequence[Contact]:
    """When and what about, never the text; newest first, none from before the number was the line's."""
    since_us = await connection.execute(select(message_horizon.c.since_us).where(message_horizon.c.number == number))
    sent = outbound_sms.c
    asked = (
        select(sent.id, sent.lane, sent.created_at_us)
        .where(
            sent.recipient == number, sent.state.in_(SENT), sent.created_at_us > (since_us.scalar_one_or_none() or 0)
        )
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


async def forget_messages(connection: AsyncConnection, number: str, *, now: datetime) -> None:
    """The number changed hands: what was sent to it until now is nothing that its new owner is told of."""
    since = {"since_us": to_us(now)}
    fresh = insert_into(message_horizon, connection).values(number=number, **since)
    await connection.execute(fresh.on_conflict_do_update(index_elements=["number"], set_=since))
