"""Whose records are these, and since when is the number theirs?"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, String, cast, func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.identity.audit.holder import find_held
from gateway.identity.contact.tables import message_horizon
from gateway.identity.tables import credential, device_proof, to_us
from graphql_schema.ports import Lines
from notifications.alert_tables import alert
from notifications.tables import outbound_sms


@dataclass(frozen=True, slots=True)
class Person:
    """Who a line's records are about.

    ``number`` is None where the line does not have it any more: what is kept by number alone is somebody else's then.
    ``since_us`` is the earliest moment that proves the number to be theirs: numbers are given out again, and what was
    texted to it before may not have been meant for them. ``held_since_us`` is when a former holder of the line left it.
    """

    line_id: str
    number: str | None
    since_us: int
    now_us: int
    held_since_us: int = 0


async def has_number(lines: Lines, line_id: str, number: str) -> bool:
    """Whether the number is the line's at this moment. Raises BssFault: nobody may guess."""
    line = await lines.find_line(number)
    return line is not None and line.id == line_id


async def know_person(connection: AsyncConnection, line_id: str, number: str | None, *, now: datetime) -> Person:
    """The person behind a line whose number was just confirmed, or is None."""
    now_us = to_us(now)
    since_us = now_us if number is None else await _find_since(connection, line_id, number, now_us)
    held = await find_held(connection, line_id)
    return Person(line_id, number, max(since_us, held.after_us), now_us, held.after_us)


async def _find_since(connection: AsyncConnection, line_id: str, number: str, now_us: int) -> int:
    password, proof = credential.c, device_proof.c
    proofs = (
        select(password.password_set_at_us).where(password.number == number, password.line_id == line_id),
        select(func.min(proof.proved_at_us)).where(proof.number == number, proof.line_id == line_id),
        select(func.min(outbound_sms.c.created_at_us)).where(
            outbound_sms.c.recipient == number, outbound_sms.c.key.in_(keys_of_alerts(line_id))
        ),
    )
    found = [(await connection.execute(asked)).scalar_one_or_none() for asked in proofs]
    proved_us = min([at_us for at_us in found if at_us is not None], default=now_us)
    former = select(message_horizon.c.since_us).where(message_horizon.c.number == number)
    return max(proved_us, (await connection.execute(former)).scalar_one_or_none() or 0)


def keys_of_alerts(line_id: str) -> Select[str]:
    """The keys of texts that were alerts of this line (notifications.outbox names them so)."""
    return select(literal("alert:").concat(cast(alert.c.id, String))).where(alert.c.line_id == line_id)
