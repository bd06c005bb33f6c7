"""How do the operator's own people come in and go out?"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, TypeVar

import structlog
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database import DatabaseFault, read, write
from gateway.identity.audit.entry import AuditEntry, record
from gateway.identity.budget import Exhausted
from gateway.identity.password import Overloaded, PasswordHashes
from gateway.identity.seal import Seal
from gateway.identity.staff.accounts import normalize_staff_id
from gateway.identity.staff.enrolment import StaffEnrolment, hash_name
from gateway.identity.staff.passphrase import normalize_passphrase
from gateway.identity.staff.session import StaffSessions
from gateway.identity.staff.tables import staff_member
from gateway.identity.staff.totp import find_step, make_key
from gateway.identity.staff.tries import LOCKED, count_try, forgive_tries
from graphql_schema.client import Channel
from graphql_schema.door import Turned
from graphql_schema.staff_door import Enrolment, EnrolmentOffer, StaffAdmitted, StaffEvidence

log = structlog.get_logger(__name__)
T = TypeVar("T")
SIGN_IN = "staff_sign_in"


class HallStaffDoor:
    """The ``StaffDoor`` of graphql_schema.staff_door: passphrase and authenticator, both each time."""

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        hashes: PasswordHashes,
        secret: bytes,
        now: Callable[[], datetime],
        sessions: StaffSessions | None = None,
    ) -> None:
        """``secret`` seals the keys of the authenticators."""
        self._engine, self._hashes, self._now = engine, hashes, now
        self._seal = Seal(secret=secret, purpose="staff-totp")
        self._sessions = sessions or StaffSessions(engine)
        self._enrolment = StaffEnrolment(engine, hashes, self._sessions, self._seal, now)
        self._nobodys_key = make_key()

    async def admit(self, token: str) -> StaffAdmitted | Turned:
        """Whose session this is."""

        async def recognize() -> StaffAdmitted | Turned:
            return await self._sessions.recognize(token, now=self._now()) or Turned("session_ended")

        return await _or_unavailable(recognize)

    async def sign_in(self, evidence: StaffEvidence, *, instead_of: str | None = None) -> StaffAdmitted | Turned:
        """Counts the try, and only then looks; an id that is nobody's is counted and takes as long."""
        return await _or_unavailable(lambda: self._sign_in(evidence, instead_of))

    async def begin_enrolment(self, enrolment_code: str, *, source: str) -> EnrolmentOffer | Turned:
        """What to put into the authenticator."""
        return await _or_unavailable(lambda: self._enrolment.begin(enrolment_code, source))

    async def enrol(self, enrolment: Enrolment, *, instead_of: str | None = None) -> StaffAdmitted | Turned:
        """Sets passphrase and authenticator, once, and begins a session."""
        return await _or_unavailable(lambda: self._enrolment.finish(enrolment, instead_of))

    async def sign_out(self, token: str) -> None:
        """Ends the session of this token. Raises DatabaseFault."""
        async with write(self._engine) as connection:
            await self._sessions.end(connection, token)

    async def purge(self) -> None:
        """Forgets sessions that are over. Raises DatabaseFault."""
        async with write(self._engine) as connection:
            await self._sessions.purge(connection, now=self._now())

    async def _sign_in(self, evidence: StaffEvidence, instead_of: str | None) -> StaffAdmitted | Turned:
        staff_id = normalize_staff_id(evidence.staff_id)
        async with write(self._engine) as connection:
            counted = await count_try(connection, staff_id, evidence.source, now=self._now())
        if isinstance(counted, Exhausted):
            return Turned("locked", {"until": counted.until})
        row = await self._fetch_enrolled(staff_id)
        passphrase_hash, key = (row.passphrase_hash, self._seal.open(row.totp_key)) if row else (None, "")
        known = await self._hashes.verify(
            passphrase_hash, normalize_passphrase(evidence.passphrase), number=hash_name(staff_id)
        )
        step = find_step(key or self._nobodys_key, evidence.code, self._now())
        async with write(self._engine) as connection:
            if row and known and step is not None and await self._use_step(connection, row, step):
                await forgive_tries(connection, staff_id)
                admitted = await self._sessions.begin(connection, staff_id, instead_of=instead_of, now=self._now())
                await record(connection, AuditEntry.by(admitted.caller, SIGN_IN), now=self._now())
                return admitted
            outcome = "wrong_credentials" if counted.left else "locked"
            actor = f"staff:{staff_id}" if row else "visitor"
            await record(connection, AuditEntry(SIGN_IN, actor, None, Channel.DESK, 0, outcome), now=self._now())
        return Turned(outcome, {"tries_left": counted.left} if counted.left else {"until": self._now() + LOCKED})

    async def _fetch_enrolled(self, staff_id: str) -> Any:  # noqa: ANN401  a row of staff_member, or None
        mine = (staff_member.c.id == staff_id, staff_member.c.active, staff_member.c.enrolled_at_us.is_not(None))
        async with read(self._engine) as connection:
            return (await connection.execute(select(staff_member).where(*mine))).one_or_none()

    async def _use_step(self, connection: AsyncConnection, row: Any, step: int) -> bool:  # noqa: ANN401  a row
        """Of the same code twice at once one is right; and nothing was reset since we looked."""
        member = staff_member.c
        unchanged = (member.id == row.id, member.active, member.passphrase_hash == row.passphrase_hash)
        used = update(staff_member).where(*unchanged, member.totp_step < step).values(totp_step=step)
        return (await connection.execute(used)).rowcount == 1


async def _or_unavailable(look: Callable[[], Awaitable[T]]) -> T | Turned:
    try:
        return await look()
    except (DatabaseFault, Overloaded) as fault:
        log.error("staff_door_unavailable", error=type(fault).__name__)
        return Turned("unavailable")
