"""Which device is this, and for which numbers has it been proved?"""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.database import insert_into
from gateway.identity.session_row import digest_of
from gateway.identity.tables import credential, device, device_proof, to_us

SECRET_BYTES = 32
FORGOTTEN_AFTER = timedelta(days=400)
"""A device that was not seen for so long is a new one."""


@dataclass(frozen=True, slots=True)
class KnownDevice:
    """A device that showed its secret; ``proved`` says whether it once showed level 2 for the number at hand."""

    id: str
    proved: bool


@dataclass(frozen=True, slots=True)
class Welcomed:
    """The device of a session that begins. ``secret`` is told once, where it is new to the house; ``new_to_line``:
    nobody has proved this line on it so far."""

    id: str
    new_to_line: bool
    secret: str | None = field(default=None, repr=False)


async def find_device(connection: AsyncConnection, secret: str | None, number: str) -> KnownDevice | None:
    """The device with this secret, and what it has proved for the line that the number belongs to; None: unknown."""
    mine = and_(device_proof.c.device_id == device.c.id, device_proof.c.number == number)
    same = and_(credential.c.number == device_proof.c.number, credential.c.line_id == device_proof.c.line_id)
    asked = select(device.c.id, credential.c.line_id).outerjoin(device_proof, mine).outerjoin(credential, same)
    row = (await connection.execute(asked.where(device.c.digest == digest_of(secret or "")))).one_or_none()
    return None if row is None else KnownDevice(row.id, proved=row.line_id is not None)


async def has_proved(connection: AsyncConnection, device_id: str | None, number: str, line_id: str) -> bool:
    """Whether a device (by its public id) once showed level 2 for this number and line."""
    proof = device_proof.c
    asked = select(proof.device_id).where(
        proof.device_id == (device_id or ""), proof.number == number, proof.line_id == line_id
    )
    return (await connection.execute(asked)).one_or_none() is not None


async def welcome_device(
    connection: AsyncConnection, secret: str | None, name: str, *, line_id: str, now: datetime
) -> Welcomed:
    """The device that shows this secret, seen now; one that shows none, or one that is not ours, gets a new secret."""
    seen: dict[str, object] = {"last_seen_at_us": to_us(now)} | ({"name": name} if name else {})
    known = update(device).where(device.c.digest == digest_of(secret or "")).values(seen).returning(device.c.id)
    found = (await connection.execute(known)).scalar_one_or_none()
    if found is not None:
        proof = select(device_proof.c.number).where(
            device_proof.c.device_id == found, device_proof.c.line_id == line_id
        )
        return Welcomed(found, new_to_line=(await connection.execute(proof)).first() is None)
    made, device_id = secrets.token_urlsafe(SECRET_BYTES), secrets.token_hex(16)
    row = {"id": device_id, "digest": digest_of(made), "name": name, "first_seen_at_us": to_us(now)}
    await connection.execute(device.insert().values(**row, last_seen_at_us=to_us(now)))
    return Welcomed(device_id, new_to_line=True, secret=made)


async def keep_proof(connection: AsyncConnection, device_id: str, number: str, line_id: str, *, now: datetime) -> None:
    """The device showed level 2 for this number: from now on it has tries of its own."""
    values = {"line_id": line_id, "proved_at_us": to_us(now)}
    insert = insert_into(device_proof, connection).values(device_id=device_id, number=number, **values)
    await connection.execute(insert.on_conflict_do_update(index_elements=["device_id", "number"], set_=values))


async def forget_proofs(connection: AsyncConnection, line_id: str, *, but: str | None = None) -> None:
    """What devices have proved for the line counts no more; ``but`` is a device that keeps it."""
    gone = delete(device_proof).where(device_proof.c.line_id == line_id)
    await connection.execute(gone if but is None else gone.where(device_proof.c.device_id != but))


async def purge_devices(connection: AsyncConnection, *, now: datetime) -> None:
    """Forgets devices that were not seen for more than a year, and at once those that never proved anything and were
    not seen for a month."""
    seen, proved = device.c.last_seen_at_us, select(device_proof.c.device_id)
    never = and_(device.c.id.not_in(proved), seen < to_us(now - timedelta(days=30)))
    await connection.execute(delete(device).where(or_(seen < to_us(now - FORGOTTEN_AFTER), never)))
