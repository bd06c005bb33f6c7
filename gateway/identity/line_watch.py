"""Does a line still stand, and what ends with it?"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database import write
from gateway.identity.audit.entry import AuditEntry, record
from gateway.identity.credential import Credential, forget_credentials, keep_line
from gateway.identity.device import forget_proofs
from gateway.identity.number import parse_number
from gateway.identity.session import end_sessions
from gateway.identity.session_row import Session
from gateway.identity.tables import credential, hall_session, push_token, to_us
from graphql_schema.client import Channel
from graphql_schema.door import Turned
from graphql_schema.ports import BssFault, Lines
from graphql_schema.types.line import Line, LineState
from loyalty.earning_tables import watched_bill

log = structlog.get_logger(__name__)
LineEnded = Callable[[AsyncConnection, str], Awaitable[None]]
"""What else ends with a line, in the same transaction: ``async def forget_line(connection, line_id)``."""


@dataclass(frozen=True, slots=True)
class WatchRule:
    """A session's line is looked at every so often; while its BSS gives no answer, it goes on for a while unchecked."""

    check_every: timedelta = timedelta(minutes=5)
    ask_again_after: timedelta = timedelta(seconds=30)
    unchecked_longest: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class LineWatch:
    """Looks at lines: now and then for a session that is used, at once when their BSS says that something changed."""

    engine: AsyncEngine
    lines: Lines
    now: Callable[[], datetime]
    rule: WatchRule = WatchRule()
    line_ended: Sequence[LineEnded] = ()

    async def check(self, session: Session) -> Turned | None:
        """None: the session goes on. Its line, and the one that it was proved by, are asked for when that is due.

        A line that is gone, closed, or somebody else's ends all of its sessions. Raises DatabaseFault.
        """
        now = self.now()
        checked_at = session.checked_at
        if session.check_due_at <= now and await self._claim(session, now):
            try:
                found = await self._look(session)
            except BssFault as fault:
                log.warning("line_not_checked", fault=fault.code)
            else:
                if found is None:
                    return Turned("session_ended")
                await self._note(session, found, now)
                checked_at = now
        return Turned("unavailable") if now - checked_at > self.rule.unchecked_longest else None

    async def recheck(self, line_id: str) -> None:
        """Looks at a line at once, for all its sessions and whatever else rests on it. Raises BssFault, DatabaseFault.

        A line with another number keeps what is its owner's; what was proved by the old number ends.
        """
        line = await self._fetch(line_id)
        async with write(self.engine) as connection:
            if line is None:
                await self._end(connection, line_id)
                return
            if await _fetch_holders(connection, line_id) - {None, line.customer_id}:
                await self._end(connection, line_id)
            else:
                await _end_number(connection, line)

    async def meet(self, connection: AsyncConnection, number: str, line: Line) -> None:
        """Remembers whose the number is, as its BSS just said. Where the line has another holder than before, all that
        stood on the former one ends first: no event may have told of it."""
        if not line.stale and await _fetch_holders(connection, line.id) - {None, line.customer_id}:
            await self._end(connection, line.id)
        await keep_line(connection, number, line)

    async def find_current_line(self, known: Credential) -> str | None:
        """The line that still has this number, None where the number or the line went to another, or to nobody.

        Asks the BSS, since a number is given to someone else after a while; while the BSS is down, the line as last
        heard. Raises DatabaseFault.
        """
        try:
            line = await self.lines.find_line(known.number)
        except BssFault:
            return known.line_id
        if line is None or line.state is LineState.CLOSED:
            return None
        held = known.is_held_by(line)
        if not held or known.customer_id is None:
            async with write(self.engine) as connection:
                await self.meet(connection, known.number, line)
                if not held:
                    await forget_proofs(connection, known.line_id)
        return known.line_id if held else None

    async def _look(self, session: Session) -> Line | None:
        """The session's line as it is now; None: it was ended, with all that rested on it. Raises BssFault."""
        number, line_id = session.caller.number, session.caller.subscriber or ""
        line = await self._fetch(line_id)
        other = line is not None and session.customer_id not in (None, line.customer_id)
        if line is None or other or number_of(line) != number:
            await self._end_now(line_id, line if not other else None)
            return None
        if session.home_line_id != line_id:
            home = await self._fetch(session.home_line_id)
            if home is None or number_of(home) != session.home_number:
                await self._end_now(session.home_line_id, home)
                return None
        return line

    async def _fetch(self, line_id: str) -> Line | None:
        """The line if it lives. Raises BssFault, also where only an old reading can be had."""
        line = await self.lines.fetch_line(line_id)
        if line is not None and line.stale:
            raise BssFault("line_unavailable", retryable=True)
        return None if line is None or line.state is LineState.CLOSED else line

    async def _end_now(self, line_id: str, line: Line | None) -> None:
        async with write(self.engine) as connection:
            if line is None:
                await self._end(connection, line_id)
            else:
                await _end_number(connection, line)

    async def _end(self, connection: AsyncConnection, line_id: str) -> None:
        ended = await end_sessions(connection, line_id)
        await forget_proofs(connection, line_id)
        await forget_credentials(connection, line_id)
        for forget in self.line_ended:
            await forget(connection, line_id)
        if ended:
            entry = AuditEntry("sessions_ended", "system", line_id, Channel.SYSTEM, 0, note=str(ended))
            await record(connection, entry, now=self.now())

    async def _claim(self, session: Session, now: datetime) -> bool:
        """Whether this request is the one that asks; of any number at once it is one."""
        due = (hall_session.c.session_id == session.id, hall_session.c.check_due_at_us <= to_us(now))
        later = to_us(now + self.rule.ask_again_after)
        async with write(self.engine) as connection:
            claimed = await connection.execute(update(hall_session).where(*due).values(check_due_at_us=later))
        return claimed.rowcount == 1

    async def _note(self, session: Session, line: Line, now: datetime) -> None:
        checked = {
            "customer_id": line.customer_id,
            "checked_at_us": to_us(now),
            "check_due_at_us": to_us(now + self.rule.check_every),
        }
        async with write(self.engine) as connection:
            mine = hall_session.c.session_id == session.id
            await connection.execute(update(hall_session).where(mine).values(checked))


def number_of(line: Line) -> str:
    """The line's number in the form that evidence has."""
    return parse_number(line.number) or line.number


async def _fetch_holders(connection: AsyncConnection, line_id: str) -> set[str | None]:
    """Who held the line whenever somebody of ours asked, or a bill of it earned points."""
    of_sessions = select(hall_session.c.customer_id).where(hall_session.c.line_id == line_id)
    of_passwords = select(credential.c.customer_id).where(credential.c.line_id == line_id)
    of_devices = select(push_token.c.customer_id).where(push_token.c.line_id == line_id)
    of_bills = select(watched_bill.c.customer_id).where(watched_bill.c.line_id == line_id)
    return set((await connection.execute(of_sessions.union(of_passwords, of_devices, of_bills))).scalars())


async def _end_number(connection: AsyncConnection, line: Line) -> None:
    """Ends what was proved by a number that the line has no more."""
    row, number = hall_session.c, number_of(line)
    looked_at = (row.line_id == line.id) & (row.number != number)
    proved_by = (row.home_line_id == line.id) & (row.home_number != number)
    await connection.execute(delete(hall_session).where(looked_at | proved_by))
    await forget_credentials(connection, line.id, but=number)
