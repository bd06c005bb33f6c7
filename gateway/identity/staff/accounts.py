"""How do the operator's people get, lose and renew their accounts? For the operator's command line alone."""

import re
import secrets
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database import insert_into, read, write
from gateway.identity.audit.entry import AuditEntry, record
from gateway.identity.staff.session import end_staff_sessions
from gateway.identity.staff.tables import staff_member
from gateway.identity.staff.tries import forgive_tries
from gateway.identity.tables import from_us, to_us
from graphql_schema.client import Channel, Role

ENROL_WITHIN = timedelta(hours=24)
FIRST_ID = 1001
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that look alike
_GROUPS, _GROUP = 5, 4


class AccountRefused(Exception):  # noqa: N818  a refusal
    """What the operator asked for can't be; the text says why, in plain words for a terminal."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """The code that a colleague enrols with at /desk/enrol, once, until ``expires_at``. Hand it over in person."""

    staff_id: str
    code: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Account:
    """One of the operator's people, as ``onehall staff list`` shows it."""

    id: str
    name: str
    role: Role
    organization: str | None
    active: bool
    enrolled_at: datetime | None


async def add_member(  # noqa: PLR0913  what makes an account
    engine: AsyncEngine,
    *,
    name: str,
    role: Role,
    now: datetime,
    organization: str | None = None,
    staff_id: str | None = None,
) -> Invitation:
    """A new account that waits for its owner. Without an id the next free number is taken.

    Raises AccountRefused, DatabaseFault.
    """
    if (role is Role.ENTERPRISE_ADMIN) != (organization is not None):
        raise AccountRefused("an enterprise_admin, and nobody else, needs the billing account of their organization")
    shown = " ".join(name.split())
    if not 1 <= len(shown) <= 64 or not shown.isprintable():
        raise AccountRefused("a name has 1 to 64 characters")
    async with write(engine) as connection:
        known = _check_id(staff_id) if staff_id is not None else await _find_free_id(connection)
        fresh = {
            "id": known, "name": shown, "role": role.value, "organization": organization, "active": True,
            "totp_step": 0, "added_at_us": to_us(now),
        }  # fmt: skip
        insert = insert_into(staff_member, connection).values(**fresh).on_conflict_do_nothing()
        if (await connection.execute(insert)).rowcount != 1:
            raise AccountRefused(f"there is a {known} already")
        await _note(connection, "staff_added", f"{known} · {role.value}", now)
        return await _invite(connection, known, now)


async def list_members(engine: AsyncEngine) -> Sequence[Account]:
    """All of them, by id."""
    async with read(engine) as connection:
        rows = (await connection.execute(select(staff_member).order_by(staff_member.c.id))).all()
    return [_to_account(row) for row in rows]


async def disable_member(engine: AsyncEngine, staff_id: str, *, now: datetime) -> None:
    """They are out at once and stay out; what they did stays in the trail. Raises AccountRefused, DatabaseFault."""
    async with write(engine) as connection:
        await _change(connection, staff_id, active=False, enrolment_digest=None, enrolment_until_us=None)
        await end_staff_sessions(connection, staff_id)
        await _note(connection, "staff_disabled", staff_id, now)


async def reset_member(engine: AsyncEngine, staff_id: str, *, now: datetime) -> Invitation:
    """Passphrase and authenticator are void at once; their owner enrols anew. It also lets a disabled one back in.

    Raises AccountRefused, DatabaseFault.
    """
    async with write(engine) as connection:
        await _change(connection, staff_id, active=True, passphrase_hash=None, totp_key=None, enrolled_at_us=None)
        await end_staff_sessions(connection, staff_id)
        await forgive_tries(connection, staff_id)
        await _note(connection, "staff_reset", staff_id, now)
        return await _invite(connection, staff_id, now)


def normalize_staff_id(text: str) -> str:
    """An id as it is kept, whatever the keyboard; at most 32 characters."""
    plain = unicodedata.normalize("NFKC", text[:64]).strip().casefold()
    return plain.encode("ascii", "backslashreplace").decode().replace("\0", "")[:32]


def digest_of_enrolment(code: str) -> str:
    """What is kept of an enrolment code: 100 bits need no key."""
    plain = re.sub(r"[\s-]+", "", unicodedata.normalize("NFKC", code[:64])).upper()
    return sha256(plain.encode(errors="backslashreplace")).hexdigest()


async def _invite(connection: AsyncConnection, staff_id: str, now: datetime) -> Invitation:
    letters = "".join(secrets.choice(_LETTERS) for _ in range(_GROUPS * _GROUP))
    code = "-".join(letters[start : start + _GROUP] for start in range(0, len(letters), _GROUP))
    until = now + ENROL_WITHIN
    values = {"enrolment_digest": digest_of_enrolment(code), "enrolment_until_us": to_us(until)}
    await connection.execute(update(staff_member).where(staff_member.c.id == staff_id).values(**values))
    return Invitation(staff_id, code, until)


async def _change(connection: AsyncConnection, staff_id: str, **values: object) -> None:
    changed = update(staff_member).where(staff_member.c.id == staff_id).values(**values)
    if (await connection.execute(changed)).rowcount != 1:
        raise AccountRefused(f"there is no {staff_id}")


async def _find_free_id(connection: AsyncConnection) -> str:
    ids = set((await connection.execute(select(staff_member.c.id))).scalars())
    return next(str(number) for number in range(FIRST_ID, FIRST_ID + len(ids) + 1) if str(number) not in ids)


def _check_id(staff_id: str) -> str:
    plain = normalize_staff_id(staff_id)
    if len(staff_id.strip()) > 32 or not _ID.fullmatch(plain):
        raise AccountRefused("an id has 1 to 32 letters, digits, dots, dashes or underscores")
    return plain


async def _note(connection: AsyncConnection, deed: str, note: str, now: datetime) -> None:
    await record(connection, AuditEntry(deed, "system", None, Channel.SYSTEM, 0, note=note), now=now)


def _to_account(row: Any) -> Account:  # noqa: ANN401  a row of staff_member
    enrolled_at = None if row.enrolled_at_us is None else from_us(row.enrolled_at_us)
    return Account(row.id, row.name, Role(row.role), row.organization, row.active, enrolled_at)
