"""From where on does a line's trail belong to whoever holds the line now?"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.identity.audit.entry import AuditEntry, audit_record, record
from graphql_schema.client import Channel

LINE_ENDED = "line_ended"


@dataclass(frozen=True, slots=True)
class Held:
    """The last record of a former holder of the line, and its moment (microseconds); zeros where there is none."""

    after_id: int = 0
    after_us: int = 0


async def find_held(connection: AsyncConnection, line_id: str) -> Held:
    """What of the line's records its holder may see: those after this."""
    ended = (audit_record.c.subject == line_id, audit_record.c.deed == LINE_ENDED)
    asked = select(func.max(audit_record.c.id), func.max(audit_record.c.at_us)).where(*ended)
    row = (await connection.execute(asked)).one()
    return Held(row[0] or 0, row[1] or 0)


async def part_trail(connection: AsyncConnection, line_id: str, *, now: datetime) -> None:
    """The line ended, or somebody else holds it now: its next holder sees nothing of before. Auditors still do."""
    newest = select(func.max(audit_record.c.id)).where(audit_record.c.subject == line_id)
    held, last = await find_held(connection, line_id), (await connection.execute(newest)).scalar_one()
    if last is not None and last == held.after_id:
        return  # nothing was done since
    await record(connection, AuditEntry(LINE_ENDED, "system", line_id, Channel.SYSTEM, 0), now=now)
