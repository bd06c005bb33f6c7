"""How does one person propose a deed for many lines, and another decide it?"""

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database import insert_into, read, write
from gateway.identity.number import LONGEST, parse_number
from gateway.identity.staff.tables import bulk_deed, bulk_row
from gateway.identity.tables import from_us, to_us
from graphql_schema.client import Caller, Role, Staff
from graphql_schema.identity_ports import Deed
from graphql_schema.ports import Lines
from graphql_schema.problems import BadArgument, NeedsOtherEyes, NotFound
from graphql_schema.types.staff import BulkDeed, BulkKind, BulkState

DECIDE_WITHIN = timedelta(hours=24)
LINES_MOST = 10_000
ROWS_AT_ONCE = 1000
KEPT = timedelta(days=180)
NUMBERS_KEPT = timedelta(days=7)


class SqlBulkDesk:
    """The ``BulkDesk`` of graphql_schema.identity_ports over SQL. Nothing happens to a line before two agree."""

    def __init__(self, engine: AsyncEngine, lines: Lines, *, now: Callable[[], datetime]) -> None:
        self._engine, self._lines, self._now = engine, lines, now

    async def fetch_bulk_deeds(self, caller: Caller, *, first: int) -> Sequence[BulkDeed]:
        """Newest first: an auditor sees all, others those of their own role and organization. Raises DatabaseFault."""
        staff, now = _staff_of(caller), self._now()
        asked = select(bulk_deed).order_by(bulk_deed.c.proposed_at_us.desc(), bulk_deed.c.id).limit(first)
        if staff.role is not Role.AUDITOR:
            asked = asked.where(_is_of(staff))
        async with read(self._engine) as connection:
            return [_to_bulk_deed(row, now) for row in (await connection.execute(asked)).all()]

    async def propose(self, deed: Deed, kind: BulkKind, numbers: Sequence[str], reason: str) -> BulkDeed:
        """Each number once; what is no number of ours fails later. Raises BadArgument, NotFound (an administrator named
        a line that is not the organization's), BssFault, DatabaseFault."""
        staff, now = _staff_of(deed.caller), self._now()
        chosen = _normalize(numbers)
        if not 1 <= len(chosen) <= LINES_MOST:
            raise BadArgument(name="numbers", least=1, most=LINES_MOST)
        if staff.organization is not None:
            own = await self._lines.fetch_lines_of_account(staff.organization)
            if not {line.number for line in own}.issuperset(chosen):
                raise NotFound
        bulk_id = secrets.token_hex(16)
        row = {
            "id": bulk_id,
            "deed": deed.id,
            "kind": kind.value,
            "state": BulkState.PROPOSED.value,
            "reason": reason,
            "role": staff.role.value,
            "organization": staff.organization,
            "lines": len(chosen),
            "done": 0,
            "failed": 0,
            "proposed_by": staff.id,
            "proposed_at_us": to_us(now),
            "expires_at_us": to_us(now + DECIDE_WITHIN),
            "attempts": 0,
            "free_at_us": 0,
        }
        async with write(self._engine) as connection:
            fresh = insert_into(bulk_deed, connection).values(**row).on_conflict_do_nothing(index_elements=["deed"])
            if (await connection.execute(fresh)).rowcount == 1:
                await _insert_rows(connection, bulk_id, chosen)
            kept = (await connection.execute(select(bulk_deed).where(bulk_deed.c.deed == deed.id))).one()
        return _to_bulk_deed(kept, now)

    async def decide(self, deed: Deed, bulk_id: str, *, approve: bool) -> BulkDeed:
        """In one statement: of any number at once one decides. Raises NotFound (also where it is decided or over),
        NeedsOtherEyes, DatabaseFault."""
        staff, now, table = _staff_of(deed.caller), self._now(), bulk_deed
        mine = (table.c.id == bulk_id, _is_of(staff))
        undecided = (table.c.state == BulkState.PROPOSED.value, table.c.expires_at_us > to_us(now))
        decided = update(table).where(*mine, *undecided, table.c.proposed_by != staff.id)
        values = {
            "state": (BulkState.APPROVED if approve else BulkState.REFUSED).value,
            "decided_by": staff.id,
            "decided_at_us": to_us(now),
            "decided_deed": deed.id,
            "ended_at_us": None if approve else to_us(now),
        }
        async with write(self._engine) as connection:
            await connection.execute(decided.values(**values))
            row = (await connection.execute(select(table).where(*mine))).one_or_none()
        if row is None:
            raise NotFound
        if row.decided_deed == deed.id:
            return _to_bulk_deed(row, now)
        if row.proposed_by == staff.id:
            raise NeedsOtherEyes
        raise NotFound


async def forget_bulk_deeds(connection: AsyncConnection, *, now: datetime) -> None:
    """Ends what nobody decided in time; forgets whose numbers they were a week after the end, the rest after 180
    days."""
    table, late = bulk_deed, bulk_deed.c.expires_at_us <= to_us(now)
    await connection.execute(
        update(table)
        .where(table.c.state == BulkState.PROPOSED.value, late)
        .values(state=BulkState.EXPIRED.value, ended_at_us=table.c.expires_at_us)
    )
    over = select(table.c.id).where(table.c.ended_at_us < to_us(now - NUMBERS_KEPT))
    await connection.execute(delete(bulk_row).where(bulk_row.c.bulk_id.in_(over)))
    await connection.execute(delete(table).where(table.c.ended_at_us < to_us(now - KEPT)))


async def _insert_rows(connection: AsyncConnection, bulk_id: str, numbers: Sequence[str]) -> None:
    rows = [
        {"bulk_id": bulk_id, "position": position, "number": number, "state": "waiting", "tries": 0}
        for position, number in enumerate(numbers)
    ]
    for start in range(0, len(rows), ROWS_AT_ONCE):
        await connection.execute(bulk_row.insert(), rows[start : start + ROWS_AT_ONCE])


def _normalize(numbers: Sequence[str]) -> list[str]:
    """Each number once, in the order in which it was first named."""
    plain = (parse_number(text) or _storable(text) for text in numbers)
    return [number for number in dict.fromkeys(plain) if number]


def _storable(text: str) -> str:
    """What is no number is shown again as it was typed, and fails later."""
    return "".join(sign for sign in text.strip()[:LONGEST] if sign.isprintable()).encode(errors="replace").decode()


def _is_of(staff: Staff) -> ColumnElement[bool]:
    organization = bulk_deed.c.organization
    same = organization.is_(None) if staff.organization is None else organization == staff.organization
    return (bulk_deed.c.role == staff.role.value) & same


def _staff_of(caller: Caller) -> Staff:
    if caller.staff is None:
        raise NotFound
    return caller.staff


def _to_bulk_deed(row: Any, now: datetime) -> BulkDeed:  # noqa: ANN401  a row of bulk_deed
    state = BulkState(row.state)
    if state is BulkState.PROPOSED and from_us(row.expires_at_us) <= now:
        state = BulkState.EXPIRED
    return BulkDeed(
        id=row.id,
        kind=BulkKind(row.kind),
        state=state,
        reason=row.reason,
        lines=row.lines,
        done=row.done,
        failed=row.failed,
        proposed_by=row.proposed_by,
        proposed_at=from_us(row.proposed_at_us),
        decided_by=row.decided_by,
        decided_at=None if row.decided_at_us is None else from_us(row.decided_at_us),
    )
