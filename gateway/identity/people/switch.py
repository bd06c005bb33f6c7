"""How does a session go on for another line?"""

from collections.abc import Callable
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database import DatabaseFault, write
from gateway.identity.audit.entry import AuditEntry, record
from gateway.identity.line_watch import number_of
from gateway.identity.people.link import hold_link
from gateway.identity.people.permission import is_active
from gateway.identity.people.permission_change import hold_permission
from gateway.identity.people.reach import Offer, Reach
from gateway.identity.people.tables import helper_permission
from gateway.identity.session import Move, Sessions
from graphql_schema.client import Channel
from graphql_schema.door import Admitted, Turned
from graphql_schema.ports import BssFault

log = structlog.get_logger(__name__)
PROVED = 2
"""What a person must have proved of the own line before another one opens to them."""


class SqlLineSwitch:
    """The ``LineSwitch`` of graphql_schema.door, over SQL."""

    def __init__(self, engine: AsyncEngine, reach: Reach, sessions: Sessions, *, now: Callable[[], datetime]) -> None:
        self._engine, self._reach, self._sessions, self._now = engine, reach, sessions, now

    async def switch(self, token: str, line_id: str, channel: Channel) -> Admitted | Turned:
        """Turned is ``session_ended``, ``not_found`` (no line that is offered), ``step_up_required`` (needed: the own
        line was not proved at level 2), or ``unavailable``."""
        try:
            return await self._switch(token, line_id, channel)
        except (BssFault, DatabaseFault) as fault:
            log.warning("no_switch", error=getattr(fault, "code", type(fault).__name__))
            return Turned("unavailable")

    async def _switch(self, token: str, line_id: str, channel: Channel) -> Admitted | Turned:
        session = await self._sessions.recognize(token, channel, now=self._now())
        if session is None or session.caller.client is not None:
            return Turned("session_ended")
        if session.caller.subscriber == line_id:
            return Admitted(session.caller, token, session.expires_at)
        offers = await self._reach.find_offers(session.home_line_id)
        chosen = next((offer for offer in offers if offer.line.id == line_id and offer.can_open), None)
        if chosen is None:
            return Turned("not_found")
        if session.caller.assurance < PROVED and not chosen.is_home:
            return Turned("step_up_required", {"needed": PROVED})
        if chosen.line.stale and not chosen.is_home:  # whoever held it then may not hold it now
            return Turned("unavailable")
        async with write(self._engine) as connection:
            return await self._move(connection, token, channel, chosen, home_line_id=session.home_line_id)

    async def _move(
        self, connection: AsyncConnection, token: str, channel: Channel, chosen: Offer, *, home_line_id: str
    ) -> Admitted | Turned:
        """What opens the line is held first: whoever ends it at this moment finds the session, or it never began."""
        now, permission, line = self._now(), chosen.permission, chosen.line
        if not await self._stands(connection, chosen, now):
            return Turned("not_found")
        move = Move(
            line.id,
            number_of(line),
            helper=home_line_id if permission else None,
            scopes=permission.scopes if permission else None,
            until=permission.until if permission else None,
        )
        admitted = await self._sessions.move(connection, token, channel, move, now=now)
        if admitted is None:
            return Turned("session_ended")
        entry = AuditEntry.by(admitted.caller, "switch_line", note=line.masked_number)
        await record(connection, entry, now=now)
        return admitted

    async def _stands(self, connection: AsyncConnection, chosen: Offer, now: datetime) -> bool:
        if chosen.is_home:
            return True
        if chosen.link is not None:
            return await hold_link(connection, chosen.link.id)
        named = helper_permission.c.id == chosen.permission.id if chosen.permission else None
        return named is not None and await hold_permission(connection, named, is_active(now)) is not None
