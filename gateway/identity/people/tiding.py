"""Who still has to be told about a permission to help, and by which number?"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database import DatabaseFault, read, write
from gateway.identity.notice import Notices
from gateway.identity.people.permission import Permission, parse_permission
from gateway.identity.people.tables import helper_permission
from gateway.identity.tables import to_us
from graphql_schema.ports import BssFault, Lines, answering_by
from graphql_schema.types.line import Line, LineKind, LineState, mask_number

log = structlog.get_logger(__name__)
LOOKUP_SECONDS = 8.0
NEWS_FOR = timedelta(hours=1)
"""What could not be looked up by then is dropped: an asked permission stays without its owner, and opens nothing."""
MOST_AT_ONCE = 100


class Tidings:
    """Looks up whose number it is, binds the permission to the line, and tells the owner of that line by SMS.

    All of it happens behind the answer, which is the same for a number that is nobody's, in words and in time. What a
    failing BSS or a dying process left over is found again by ``tell_waiting``.
    """

    def __init__(self, engine: AsyncEngine, lines: Lines, notices: Notices, *, now: Callable[[], datetime]) -> None:
        self._engine, self._lines, self._notices, self._now = engine, lines, notices, now

    async def tell_waiting(self) -> int:
        """Tells all that wait and says how many; to be run every minute. Raises DatabaseFault."""
        table, since_us = helper_permission, to_us(self._now() - NEWS_FOR)
        asked = select(table.c.id).where(table.c.untold.is_not(None), table.c.untold_since_us > since_us)
        async with read(self._engine) as connection:
            waiting = (await connection.execute(asked.order_by(table.c.untold_since_us).limit(MOST_AT_ONCE))).scalars()
            ids = list(waiting)
        for permission_id in ids:
            await self.tell(permission_id)
        return len(ids)

    async def tell(self, permission_id: str) -> None:
        """Tells of one permission, once. Never raises: it waits for the next round then."""
        try:
            with answering_by(time.monotonic() + LOOKUP_SECONDS):  # the request that caused it is long answered
                await self._tell(permission_id)
        except (BssFault, DatabaseFault) as fault:
            log.warning("not_told_yet", error=getattr(fault, "code", type(fault).__name__))

    async def _tell(self, permission_id: str) -> None:
        table = helper_permission
        async with read(self._engine) as connection:
            row = (await connection.execute(select(table).where(table.c.id == permission_id))).one_or_none()
        if row is None or row.untold is None:
            return
        permission, (who, what) = parse_permission(row), row.untold.split("_")
        line = await self._find_line(permission, who)
        bound: dict[str, object] = {"untold": None}
        if line is not None and getattr(row, f"{who}_line_id") is None:
            bound |= {f"{who}_line_id": line.id, f"{who}_customer_id": line.customer_id}
        async with write(self._engine) as connection:
            mine = (table.c.id == permission_id, table.c.untold == row.untold)
            first = (await connection.execute(update(table).where(*mine).values(**bound))).rowcount == 1
            if first and line is not None and line.kind is LineKind.MOBILE:
                await self._send(connection, permission, line, what)

    async def _find_line(self, permission: Permission, who: str) -> Line | None:
        """The line to tell, by the number that it has now; one that is bound already is known by its id."""
        side = permission.owner if who == "owner" else permission.helper
        line = await (self._lines.fetch_line(side.line_id) if side.line_id else self._lines.find_line(side.number))
        if line is None or line.state in {LineState.CLOSED, LineState.PENDING}:
            return None
        if line.stale:  # whoever held it then may not hold it now
            raise BssFault("line_unavailable", retryable=True)
        return line if side.customer_id in {None, line.customer_id} else None

    async def _send(self, connection: AsyncConnection, permission: Permission, line: Line, what: str) -> None:
        owner, helper = mask_number(permission.owner.number), mask_number(permission.helper.number)
        terms = {"scopes": list(permission.scopes), "days": permission.days}
        facts: dict[str, dict[str, object]] = {
            "asked": {"helper": helper, **terms},
            "granted": {"owner": owner, **terms},
            "ended": {"owner": owner, "helper": helper},
        }
        await self._notices.send(
            connection, number=line.number, notice=f"help_{what}", key=f"{permission.id}:{what}", **facts[what]
        )
