"""How does a caller who is in already become surer?"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database import write
from gateway.identity.admission import Admission
from gateway.identity.audit.entry import AuditEntry, record
from gateway.identity.device import keep_proof
from gateway.identity.number import parse_number
from gateway.identity.proof import Failed, Proved, rest_after, sure
from gateway.identity.session import Sessions
from gateway.identity.session_row import Session
from graphql_schema.client import Caller, Channel
from graphql_schema.door import Admitted, CodeEvidence, PasskeyEvidence, Purpose, StrongEvidence, Turned

Judge = Callable[[StrongEvidence], Awaitable[Proved | Failed | Turned]]
NOT_THEIRS = Turned("wrong_credentials")
"""Evidence of another line: refused before it is looked at, so that it tells nothing of that line."""


@dataclass(frozen=True, slots=True)
class StepUp:
    """Adds a proof to a session, or to the caller of a dialogue."""

    engine: AsyncEngine
    sessions: Sessions
    admission: Admission
    judge: Judge
    now: Callable[[], datetime]

    async def in_session(
        self, token: str, session: Session, evidence: StrongEvidence, channel: Channel
    ) -> Admitted | Turned:
        """Another token, of a surer session; the old one is void. Raises DatabaseFault, Overloaded, BssFault."""
        caller = session.caller
        number, line_id = caller.number, caller.subscriber
        if caller.helper is not None:  # a helper proves the own line, the other one is its owner's to prove
            number, line_id = session.home_number, session.home_line_id
        proved = await self._judge(evidence, channel, number, line_id)
        if isinstance(proved, Turned):
            return proved
        now = self.now()
        async with write(self.engine) as connection:
            surer = await self.sessions.prove(connection, token, channel, proved.factor, now=now)
            if surer is None:
                return Turned("session_ended")
            if caller.device is not None:
                await keep_proof(connection, caller.device, proved.number, proved.line_id, now=now)
            await self._record(connection, surer.caller, session.device_name, now)
        return surer

    async def in_dialogue(self, caller: Caller, evidence: StrongEvidence, channel: Channel) -> Admitted | Turned:
        """The same caller, surer. Raises DatabaseFault, Overloaded, BssFault."""
        proved = await self._judge(evidence, channel, caller.number, caller.subscriber)
        if isinstance(proved, Turned):
            return proved
        now = self.now()
        rested = replace(caller, rests_until=rest_after(proved.reset_at, now))
        surer = sure(rested, {**caller.proofs, proved.factor: proved.at}, now)
        async with write(self.engine) as connection:
            await self._record(connection, surer, "", now)
        return Admitted(surer)

    async def _judge(
        self, evidence: StrongEvidence, channel: Channel, number: str | None, line_id: str | None
    ) -> Proved | Turned:
        if number is None or line_id is None or not _fits(evidence, number):
            return NOT_THEIRS
        verdict = await self.judge(evidence)
        if isinstance(verdict, Failed):
            return await self.admission.note_failure("step_up", verdict, channel)
        if isinstance(verdict, Proved) and verdict.line_id != line_id:
            return NOT_THEIRS
        return verdict

    async def _record(self, connection: AsyncConnection, caller: Caller, note: str, now: datetime) -> None:
        await record(connection, AuditEntry.by(caller, "step_up", note=note), now=now)


def _fits(evidence: StrongEvidence, number: str) -> bool:
    if isinstance(evidence, PasskeyEvidence):
        return True  # it names nobody: whose it is, it shows itself
    if isinstance(evidence, CodeEvidence) and evidence.purpose is not Purpose.STEP_UP:
        return False
    return parse_number(evidence.number) == number
