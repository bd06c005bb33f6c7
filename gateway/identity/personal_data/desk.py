"""How does a person ask for a copy of their data, or its erasure, and get it?"""

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database import insert_into, read, write
from gateway.identity.audit.entry import AuditEntry, record
from gateway.identity.audit.holder import find_held
from gateway.identity.notice import Notices
from gateway.identity.personal_data.export import ExportStore
from gateway.identity.personal_data.request import tell_request
from gateway.identity.personal_data.tables import personal_data_request
from gateway.identity.tables import to_us
from graphql_schema.client import Caller
from graphql_schema.identity_ports import Deed
from graphql_schema.problems import NotFound, SignInRequired
from graphql_schema.types.personal_data import PersonalDataKind, PersonalDataRequest

MOST_TOLD = 50
DAYS_TO_THINK = timedelta(days=7)
"""An erasure can be called off for a week: whoever asked in somebody's name is noticed by then."""

_OPEN = ("waiting", "working")


class SqlPersonalData:
    """The ``PersonalData`` of graphql_schema.identity_ports over SQL, and the finished exports."""

    def __init__(
        self,
        engine: AsyncEngine,
        notices: Notices,
        *,
        secret: bytes,
        now: Callable[[], datetime],
        wait: timedelta = DAYS_TO_THINK,
    ) -> None:
        """``secret`` closes exports; ``wait`` is how long an erasure can be called off."""
        self._engine, self._notices, self._now, self._wait = engine, notices, now, wait
        self._exports = ExportStore(secret=secret)

    async def fetch_requests(self, caller: Caller) -> Sequence[PersonalDataRequest]:
        """The newest first, at most 50. Raises DatabaseFault."""
        table = personal_data_request
        line_id = _line_of(caller)
        async with read(self._engine) as connection:
            held = await find_held(connection, line_id)
            mine = (table.c.line_id == line_id, table.c.asked_at_us > held.after_us)
            asked = select(table).where(*mine).order_by(table.c.asked_at_us.desc(), table.c.id).limit(MOST_TOLD)
            rows = (await connection.execute(asked)).all()
        return [tell_request(row, self._now()) for row in rows]

    async def request(self, deed: Deed, kind: PersonalDataKind) -> PersonalDataRequest:
        """Queues one; one of its kind that waits or is worked on is answered instead. Raises DatabaseFault.

        The owner is told of an erasure by SMS, so that nobody loses their data to whoever holds a session of theirs.
        """
        now = self._now()
        async with write(self._engine) as connection:
            row = self._make(deed, kind, now)
            insert = insert_into(personal_data_request, connection).values(**row).on_conflict_do_nothing()
            made = (await connection.execute(insert)).rowcount == 1
            if made and kind is PersonalDataKind.ERASURE and deed.caller.number:
                key = f"erasure_asked:{row['id']}"
                facts = {"days": self._wait.days}
                await self._notices.send(
                    connection, number=deed.caller.number, notice="erasure_asked", key=key, **facts
                )
            return tell_request(await _find_asked(connection, deed, kind), now)

    async def call_off(self, deed: Deed, request_id: str) -> PersonalDataRequest:
        """While it waits; one that was called off already is answered again. Raises NotFound, DatabaseFault."""
        table, now = personal_data_request, self._now()
        mine = (table.c.id == request_id, table.c.line_id == _line_of(deed.caller))
        off = {"state": "called_off", "done_at_us": to_us(now), "number": None}
        async with write(self._engine) as connection:
            await connection.execute(update(table).where(*mine, table.c.state == "waiting").values(**off))
            row = (await connection.execute(select(table).where(*mine))).one_or_none()
        if row is None or row.state != "called_off":
            raise NotFound
        return tell_request(row, now)

    async def open_export(self, caller: Caller, request_id: str) -> bytes | None:
        """The ZIP of the line's own export while it can be fetched, else None; that it was fetched stands in the trail.

        Who may ask, and how surely, is the route's to check. Raises DatabaseFault, BrokenSeal.
        """
        if caller.subscriber is None or caller.helper is not None or caller.fields is not None:
            return None
        now = self._now()
        async with write(self._engine) as connection:
            content = await self._exports.open(connection, request_id, line_id=caller.subscriber, now=now)
            if content is not None:
                await record(connection, AuditEntry.by(caller, "fetch_export"), now=now)
        return content

    def _make(self, deed: Deed, kind: PersonalDataKind, now: datetime) -> dict[str, Any]:
        due_at_us = to_us(now + self._wait) if kind is PersonalDataKind.ERASURE else None
        return {
            "id": secrets.token_hex(16),
            "deed": deed.id,
            "line_id": _line_of(deed.caller),
            "number": deed.caller.number,
            "kind": kind.value,
            "state": "waiting",
            "asked_at_us": to_us(now),
            "due_at_us": due_at_us,
            "free_at_us": due_at_us or to_us(now),
            "attempts": 0,
            "progress": 0,
            "report": "[]",
        }


async def _find_asked(connection: AsyncConnection, deed: Deed, kind: PersonalDataKind) -> Row[Any]:
    """What this deed asked for already, else the open one that stood in its way."""
    table = personal_data_request
    by_deed = (await connection.execute(select(table).where(table.c.deed == deed.id))).one_or_none()
    if by_deed is not None:
        return by_deed
    mine = (table.c.line_id == _line_of(deed.caller), table.c.kind == kind.value, table.c.state.in_(_OPEN))
    return (await connection.execute(select(table).where(*mine))).one()


def _line_of(caller: Caller) -> str:
    if caller.subscriber is None:
        raise SignInRequired
    return caller.subscriber
