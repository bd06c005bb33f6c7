"""Where is a line's owner reached by push, and when does a device stop being such a place?"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import and_, delete, not_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.database import insert_into
from gateway.identity.session_row import alive_at
from gateway.identity.tables import hall_session, push_token, to_us
from graphql_schema.types.session import PushKind


@dataclass(frozen=True, slots=True)
class Place:
    """A device on which the owner of a line has signed in, and who held that line then (None: nobody asked its BSS)."""

    device_id: str
    line_id: str
    customer_id: str | None


async def find_place(connection: AsyncConnection, session_id: str | None, *, now: datetime) -> Place | None:
    """The place of a living session, which can't end before this transaction does. None where it is over or has no
    device, as an OAuth client's. After a switch the line is the one that was proved there, not the one looked at."""
    row = hall_session.c
    mine = row.session_id == (session_id or ""), row.device_id.is_not(None), *alive_at(now)
    asked = select(row.device_id, row.home_line_id, row.customer_id, row.line_id).where(*mine).with_for_update()
    found = (await connection.execute(asked)).one_or_none()
    if found is None:
        return None
    holder = found.customer_id if found.line_id == found.home_line_id else None
    return Place(found.device_id, found.home_line_id, holder)


async def keep_push_token(
    connection: AsyncConnection, place: Place, kind: PushKind, token: str, *, now: datetime
) -> None:
    """Keeps it in place of the one before of its kind; wherever else the same token stood, it stands no more."""
    row, digest = push_token.c, sha256(token.encode()).hexdigest()
    here = and_(row.device_id == place.device_id, row.line_id == place.line_id)
    elsewhere = delete(push_token).where(row.token_digest == digest, row.kind == kind.value, not_(here))
    await connection.execute(elsewhere)
    kept = {"token": token, "token_digest": digest, "customer_id": place.customer_id, "kept_at_us": to_us(now)}
    key = {"device_id": place.device_id, "line_id": place.line_id, "kind": kind.value}
    insert = insert_into(push_token, connection).values(**key, **kept)
    await connection.execute(insert.on_conflict_do_update(index_elements=list(key), set_=kept))


async def forget_other_lines(connection: AsyncConnection, device_id: str, line_id: str) -> None:
    """Somebody signed in for this line on the device: whoever was reached there for another line is not any more."""
    row = push_token.c
    await connection.execute(delete(push_token).where(row.device_id == device_id, row.line_id != line_id))


async def forget_if_last(connection: AsyncConnection, device_id: str | None, line_id: str, *, now: datetime) -> None:
    """A session that was proved by this line was ended on the device: with the last one alive, its tokens go too."""
    left = select(hall_session.c.session_id).where(
        hall_session.c.device_id == device_id, hall_session.c.home_line_id == line_id, *alive_at(now)
    )
    if device_id is None or (await connection.execute(left)).first() is not None:
        return
    row = push_token.c
    await connection.execute(delete(push_token).where(row.device_id == device_id, row.line_id == line_id))


async def forget_of_line(connection: AsyncConnection, line_id: str, *, but: str | None = None) -> None:
    """All sessions of the line end, but the one with this public id, whose device goes on being told."""
    gone = delete(push_token).where(push_token.c.line_id == line_id)
    if but is not None:
        own = select(hall_session.c.device_id).where(hall_session.c.session_id == but)
        gone = gone.where(push_token.c.device_id.is_distinct_from(own.scalar_subquery()))
    await connection.execute(gone)
