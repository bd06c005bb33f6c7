"""How does a new colleague get passphrase and authenticator?"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, cast

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database import read, write
from gateway.identity.audit.entry import AuditEntry, record
from gateway.identity.budget import Exhausted, name_source, spend
from gateway.identity.password import PasswordHashes
from gateway.identity.seal import Seal
from gateway.identity.staff.accounts import digest_of_enrolment
from gateway.identity.staff.passphrase import find_passphrase_weakness, normalize_passphrase
from gateway.identity.staff.session import StaffSessions
from gateway.identity.staff.tables import staff_member
from gateway.identity.staff.totp import find_step, make_key, name_key
from gateway.identity.staff.tries import SOURCE
from gateway.identity.tables import to_us
from graphql_schema.door import Turned
from graphql_schema.staff_door import Enrolment, EnrolmentOffer, StaffAdmitted

REFUSED = Turned("enrolment_refused")


class _Invited(Protocol):
    """A row of staff_member."""

    id: str
    name: str
    totp_key: str | None


@dataclass(frozen=True, slots=True)
class StaffEnrolment:
    """The way from an invitation to an account that works."""

    engine: AsyncEngine
    hashes: PasswordHashes
    sessions: StaffSessions
    seal: Seal
    now: Callable[[], datetime]

    async def begin(self, code: str, source: str) -> EnrolmentOffer | Turned:
        """The key for the authenticator, made at the first look and the same at each. Raises DatabaseFault."""
        refused = await self._count(source)
        if refused is not None:
            return refused
        fresh = {"totp_key": self.seal.close(make_key())}
        async with write(self.engine) as connection:
            invited = self._invited(code)
            await connection.execute(
                update(staff_member).where(invited, staff_member.c.totp_key.is_(None)).values(**fresh)
            )
            row = (await connection.execute(select(staff_member).where(invited))).one_or_none()
        if row is None:
            return REFUSED
        key = self.seal.open(row.totp_key)
        return EnrolmentOffer(row.id, row.name, key, name_key(key, staff_id=row.id))

    async def finish(self, enrolment: Enrolment, instead_of: str | None) -> StaffAdmitted | Turned:
        """Sets both, once: of two that finish at once one does. Raises DatabaseFault, Overloaded."""
        refused = await self._count(enrolment.source)
        if refused is not None:
            return refused
        row = await self._fetch_invited(enrolment.enrolment_code)
        if row is None or row.totp_key is None:
            return REFUSED
        passphrase = normalize_passphrase(enrolment.passphrase)
        weakness = find_passphrase_weakness(passphrase, staff_id=row.id, name=row.name)
        if weakness is not None:
            return Turned("weak_password", {"reason": weakness})
        step = find_step(self.seal.open(row.totp_key), enrolment.code, self.now())
        if step is None:
            return Turned("wrong_credentials")
        passphrase_hash = await self.hashes.hash(passphrase, number=hash_name(row.id))
        async with write(self.engine) as connection:
            if not await self._settle(connection, row, enrolment.enrolment_code, passphrase_hash, step):
                return REFUSED
            admitted = await self.sessions.begin(connection, row.id, instead_of=instead_of, now=self.now())
            await record(connection, AuditEntry.by(admitted.caller, "staff_enrolled"), now=self.now())
        return admitted

    async def _settle(
        self, connection: AsyncConnection, invited: _Invited, code: str, passphrase_hash: str, step: int
    ) -> bool:
        settled = (
            update(staff_member)
            .where(self._invited(code), staff_member.c.totp_key == invited.totp_key)
            .values(
                passphrase_hash=passphrase_hash,
                totp_step=step,
                enrolled_at_us=to_us(self.now()),
                enrolment_digest=None,
                enrolment_until_us=None,
            )
        )
        return (await connection.execute(settled)).rowcount == 1

    async def _count(self, source: str) -> Turned | None:
        async with write(self.engine) as connection:
            counted = await spend(connection, SOURCE, name_source(source), now=self.now())
        return Turned("locked", {"until": counted.until}) if isinstance(counted, Exhausted) else None

    async def _fetch_invited(self, code: str) -> _Invited | None:
        async with read(self.engine) as connection:
            row = (await connection.execute(select(staff_member).where(self._invited(code)))).one_or_none()
        return cast("_Invited | None", row)

    def _invited(self, code: str) -> ColumnElement[bool]:
        mine = staff_member.c
        return (
            (mine.enrolment_digest == digest_of_enrolment(code))
            & (mine.enrolment_until_us > to_us(self.now()))
            & mine.active
        )


def hash_name(staff_id: str) -> str:
    """What a passphrase is keyed with beside the house's secret: a hash is right for nobody else."""
    return f"staff:{staff_id}"
