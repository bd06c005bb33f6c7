"""What happens once somebody has proved who they are: to their device, their session and the trail?"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database import write
from gateway.identity.audit.entry import AuditEntry, record
from gateway.identity.device import Welcomed, keep_proof, welcome_device
from gateway.identity.device_name import name_device
from gateway.identity.notice import Notices
from gateway.identity.proof import Failed, Proved, rest_after, sure
from gateway.identity.session import SESSION_CHANNELS, Sessions
from graphql_schema.client import Caller, Channel
from graphql_schema.door import Admitted, StrongEvidence, Turned

ALONE = 2
"""The level from which on a device is the owner's (domain page §5)."""


@dataclass(frozen=True, slots=True)
class Admission:
    """Lets in whoever has proved something."""

    engine: AsyncEngine
    sessions: Sessions
    notices: Notices
    now: Callable[[], datetime]

    async def let_in(self, proved: Proved, evidence: StrongEvidence, channel: Channel) -> Admitted:
        """A caller; on the web and in the app a session of a device, which its owner hears of if it is new.

        Raises DatabaseFault.
        """
        now = self.now()
        rests_until = rest_after(proved.reset_at, now)
        visitor = Caller(channel, proved.line_id, proved.number, rests_until=rests_until)
        caller = sure(visitor, {proved.factor: proved.at}, now)
        async with write(self.engine) as connection:
            if channel not in SESSION_CHANNELS:
                await record(connection, AuditEntry.by(caller, "sign_in"), now=now)
                return Admitted(caller)
            return await self._begin(connection, caller, evidence, now)

    async def note_failure(self, deed: str, failed: Failed, channel: Channel) -> Turned:
        """Puts a wrong secret into the trail and says what is answered. Raises DatabaseFault."""
        entry = AuditEntry(deed, "visitor", failed.line_id, channel, 0, failed.turned.code)
        async with write(self.engine) as connection:
            await record(connection, entry, now=self.now())
        return failed.turned

    async def _begin(
        self, connection: AsyncConnection, caller: Caller, evidence: StrongEvidence, now: datetime
    ) -> Admitted:
        name, line_id = name_device(evidence.device_name), caller.subscriber or ""
        welcomed = await welcome_device(connection, evidence.device, name, line_id=line_id, now=now)
        if caller.assurance >= ALONE:
            await keep_proof(connection, welcomed.id, caller.number or "", line_id, now=now)
        begun = await self.sessions.begin(connection, caller, now=now, device=welcomed.id, device_name=name)
        await record(connection, AuditEntry.by(begun.caller, "sign_in", note=name), now=now)
        await self._tell(connection, begun.caller, welcomed, name)
        return replace(begun, device=welcomed.secret)

    async def _tell(self, connection: AsyncConnection, caller: Caller, welcomed: Welcomed, name: str) -> None:
        if welcomed.new_to_line:
            key = f"{caller.session}:{welcomed.id}"
            await self.notices.send(connection, number=caller.number or "", notice="new_device", key=key, device=name)
