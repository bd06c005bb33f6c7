"""What do the operator's people see of a line, and do for its owner?"""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import read, write
from gateway.identity.audit.entry import AuditEntry, record
from gateway.identity.budget import Budgets
from gateway.identity.notice import Notices
from gateway.identity.number import parse_number
from gateway.identity.session import end_sessions
from gateway.identity.staff.line_keys import fetch_line_keys
from gateway.identity.staff.tables import staff_member
from graphql_schema.client import Caller, Channel, Role
from graphql_schema.identity_ports import AuditTrail, Deed
from graphql_schema.ports import Lines, SimCards
from graphql_schema.problems import NotFound
from graphql_schema.types.line import Line, mask_number
from graphql_schema.types.staff import MemberLine, ServedLine, StaffMember

LOOK, END, MEMBERS = "find_line", "endLineSessions", "fetch_members"
RECENT = 10


class SqlStaffDesk:
    """The ``StaffDesk`` of graphql_schema.identity_ports. Each look at a line is in the trail before it is answered."""

    def __init__(  # noqa: PLR0913  everything that a colleague may look at
        self,
        engine: AsyncEngine,
        lines: Lines,
        sim_cards: SimCards,
        trail: AuditTrail,
        notices: Notices,
        *,
        now: Callable[[], datetime],
        budgets: Budgets | None = None,
    ) -> None:
        self._engine, self._lines, self._sim_cards = engine, lines, sim_cards
        self._trail, self._notices, self._now = trail, notices, now
        self._budgets = budgets or Budgets()

    async def fetch_member(self, caller: Caller) -> StaffMember:
        """Who the caller is. Raises NotFound, DatabaseFault."""
        if caller.staff is None:
            raise NotFound
        mine = (staff_member.c.id == caller.staff.id, staff_member.c.active)
        async with read(self._engine) as connection:
            row = (await connection.execute(select(staff_member).where(*mine))).one_or_none()
        if row is None:
            raise NotFound
        return StaffMember(id=row.id, name=row.name, role=Role(row.role))

    async def find_line(self, caller: Caller, number: str) -> ServedLine:
        """A customer's line, to help with. Raises NotFound, DatabaseFault, BssFault (also where nobody can say when the
        SIM card was changed: "never" would be a lie)."""
        line = await self._find(caller, LOOK, number)
        await self._record(caller, LOOK, line.masked_number, subject=line.id)
        sim_changed_at = await self._sim_cards.fetch_changed_at(line.id)
        owner = Caller(Channel.DESK, subscriber=line.id)
        recent = await self._trail.fetch_own(owner, first=RECENT, before=None, sign_ins_only=False)
        async with read(self._engine) as connection:
            tries = self._budgets.password_tries
            keys = await fetch_line_keys(connection, line, password_tries=tries, now=self._now())
        return ServedLine(
            id=line.id,
            masked_number=line.masked_number,
            kind=line.kind,
            state=line.state,
            password_set=keys.password_set,
            password_locked_until=keys.password_locked_until,
            sim_changed_at=sim_changed_at,
            sessions=keys.sessions,
            helpers=keys.helpers,
            recent=list(recent),
        )

    async def fetch_members(self, caller: Caller) -> Sequence[MemberLine]:
        """The lines of an enterprise administrator's organization. Raises NotFound, BssFault, DatabaseFault."""
        organization = caller.staff.organization if caller.staff else None
        if organization is None:
            raise NotFound
        lines = await self._lines.fetch_lines_of_account(organization)
        await self._record(caller, MEMBERS, str(len(lines)), subject=None)
        return [
            MemberLine(id=line.id, masked_number=line.masked_number, kind=line.kind, state=line.state) for line in lines
        ]

    async def end_line_sessions(self, deed: Deed, number: str, reason: str) -> int:
        """Ends every session of a customer's line and tells its owner. Raises NotFound, BssFault, DatabaseFault."""
        line = await self._find(deed.caller, END, number)
        async with write(self._engine) as connection:
            count = await end_sessions(connection, line.id)
            if count:
                told = {"number": line.number, "notice": "sessions_ended", "key": deed.id}
                await self._notices.send(connection, **told, count=count)
            await record(connection, _entry(deed.caller, END, reason, subject=line.id), now=self._now())
        return count

    async def _find(self, caller: Caller, deed: str, number: str) -> Line:
        plain = parse_number(number)
        line = await self._lines.find_line(plain) if plain else None
        if line is None:
            await self._record(caller, deed, mask_number(plain or ""), subject=None, outcome=NotFound.code)
            raise NotFound
        return line

    async def _record(
        self, caller: Caller, deed: str, note: str, *, subject: str | None, outcome: str = "done"
    ) -> None:
        async with write(self._engine) as connection:
            await record(connection, _entry(caller, deed, note, subject=subject, outcome=outcome), now=self._now())


def _entry(caller: Caller, deed: str, note: str, *, subject: str | None, outcome: str = "done") -> AuditEntry:
    return AuditEntry(
        deed, caller.actor, subject, caller.channel, caller.assurance, outcome, note, session=caller.session
    )
