"""Is it really one of ours who called or rang, and what did we really say to a line?"""

import hmac
import secrets
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database import insert_into, write
from gateway.identity.audit.entry import AuditEntry, record
from gateway.identity.contact.code import DIGITS, ContactCodes
from gateway.identity.contact.messages import fetch_messages, forget_holder
from gateway.identity.contact.tables import contact, message_horizon
from gateway.identity.contact.tries import count_check, find_attempts, take_back
from gateway.identity.number import parse_number
from gateway.identity.password import normalize_secret
from gateway.identity.staff.tables import staff_member
from gateway.identity.tables import from_us, to_us
from graphql_schema.client import Caller
from graphql_schema.identity_ports import Deed
from graphql_schema.ports import Lines
from graphql_schema.problems import BadArgument, Locked, NotFound
from graphql_schema.types.contact import Contact, ContactCheck, ContactKind, ContactPurpose

OPENED = "openContact"
KINDS = (ContactKind.CALL, ContactKind.VISIT)
PURPOSES = tuple(
    purpose
    for purpose in ContactPurpose
    if purpose not in (ContactPurpose.CODE, ContactPurpose.ALERT, ContactPurpose.ANSWER)
)
KEPT = timedelta(days=180)
STRANGER = ContactCheck(genuine=False, contact=None)


class SqlContacts:
    """The ``Contacts`` of graphql_schema.identity_ports over SQL."""

    def __init__(self, engine: AsyncEngine, lines: Lines, *, secret: bytes, now: Callable[[], datetime]) -> None:
        """``secret`` draws the codes and keys their digests."""
        self._engine, self._lines, self._now = engine, lines, now
        self._codes = ContactCodes(secret=secret)

    async def check(self, caller: Caller, code: str, number: str | None) -> ContactCheck:
        """Counts the check as a wrong one, looks, and takes that back where it was right; all in one commit.

        The line that a contact is about learns who it is; anybody else who holds code and number learns only that it is
        genuine. Raises Locked, BadArgument, DatabaseFault.
        """
        other = self._find_other(caller, number)
        digits = normalize_secret(code)
        if len(digits) != DIGITS or not (digits.isascii() and digits.isdigit()):
            return STRANGER
        now, attempts = self._now(), find_attempts(caller, other)
        async with write(self._engine) as connection:
            locked_until = await count_check(connection, attempts, now=now)
            found = None if locked_until else await self._find(connection, caller, digits, other, now)
            if found is not None:
                await take_back(connection, attempts, now=now)
        if locked_until is not None:
            raise Locked(until=locked_until)
        if found is None:
            return STRANGER
        return ContactCheck(genuine=True, contact=found if other is None else None)

    async def fetch_recent(self, caller: Caller, *, first: int) -> Sequence[Contact]:
        """Calls and visits of the line, and messages to its number, newest first. Raises DatabaseFault."""
        mine = contact.c.line_id == caller.subscriber
        asked = select(contact).where(mine).order_by(contact.c.at_us.desc()).limit(first)
        messages: Sequence[Contact] = ()
        async with write(self._engine) as connection:
            opened = [_to_contact(row) for row in (await connection.execute(asked)).all()]
            if caller.number and caller.subscriber:
                messages = await fetch_messages(
                    connection, caller.number, caller.subscriber, first=first, now=self._now()
                )
        return sorted((*opened, *messages), key=lambda each: each.at, reverse=True)[:first]

    async def open(
        self, deed: Deed, number: str, kind: ContactKind, purpose: ContactPurpose, minutes: int
    ) -> tuple[Contact, str]:
        """The contact and its code; the same again for the same deed. Raises NotFound, BadArgument, BssFault,
        DatabaseFault."""
        if kind not in KINDS:
            raise BadArgument(name="kind")
        if purpose not in PURPOSES:
            raise BadArgument(name="purpose")
        plain = parse_number(number)
        line = await self._lines.find_line(plain) if plain else None
        if line is None or deed.caller.staff is None:
            raise NotFound
        now, code = self._now(), self._codes.draw(deed.id)
        row = {
            "id": secrets.token_hex(16),
            "deed": deed.id,
            "line_id": line.id,
            "number": line.number,
            "kind": kind.value,
            "purpose": purpose.value,
            "badge": deed.caller.staff.id,
            "at_us": to_us(now),
            "valid_until_us": to_us(now + timedelta(minutes=minutes)),
            "digest": self._codes.digest(line.id, code),
        }
        async with write(self._engine) as connection:
            row["person"] = await _fetch_name(connection, deed.caller.staff.id)
            fresh = insert_into(contact, connection).values(**row).on_conflict_do_nothing(index_elements=["deed"])
            if (await connection.execute(fresh)).rowcount == 1:
                await self._record(connection, deed.caller, line.id, f"{kind.value} · {purpose.value}", now)
            kept = (await connection.execute(select(contact).where(contact.c.deed == deed.id))).one()
        return _to_contact(kept), code

    def _find_other(self, caller: Caller, number: str | None) -> str | None:
        """The number that is asked about, None where a line asks about itself. Raises BadArgument."""
        if number is None:
            if caller.subscriber is None:
                raise BadArgument(name="number")
            return None
        plain = parse_number(number)
        if plain is None:
            raise BadArgument(name="number")
        return None if caller.subscriber is not None and plain == caller.number else plain

    async def _find(
        self, connection: AsyncConnection, caller: Caller, digits: str, other: str | None, now: datetime
    ) -> Contact | None:
        about = contact.c.line_id == caller.subscriber if other is None else contact.c.number == other
        asked = select(contact).where(about, contact.c.valid_until_us > to_us(now)).order_by(contact.c.at_us.desc())
        found = None
        for row in (await connection.execute(asked)).all():
            if hmac.compare_digest(row.digest, self._codes.digest(row.line_id, digits)) and found is None:
                found = _to_contact(row)
        return found

    async def _record(
        self, connection: AsyncConnection, caller: Caller, line_id: str, note: str, now: datetime
    ) -> None:
        entry = AuditEntry(
            OPENED, caller.actor, line_id, caller.channel, caller.assurance, note=note, session=caller.session
        )
        await record(connection, entry, now=now)


async def forget_line(connection: AsyncConnection, line_id: str, number: str | None = None, *, now: datetime) -> None:
    """The line ended, or its number is another's now: its contacts go, and what was sent to its number until now is
    hidden. ``number`` is its last one where the caller knows it; those that we know of go in any case."""
    numbers = set((await connection.execute(select(contact.c.number).where(contact.c.line_id == line_id))).scalars())
    await forget_holder(connection, line_id, numbers | ({number} if number else set()), now=now)
    await connection.execute(delete(contact).where(contact.c.line_id == line_id))


def contact_forgetter(now: Callable[[], datetime]) -> Callable[[AsyncConnection, str], Awaitable[None]]:
    """``forget_line`` as the doorkeeper's ``line_ended`` takes it."""

    async def forget(connection: AsyncConnection, line_id: str) -> None:
        await forget_line(connection, line_id, now=now())

    return forget


async def forget_contacts(connection: AsyncConnection, *, now: datetime) -> None:
    """Forgets contacts after 180 days, and who had a number that is nobody's, once no message to it is kept."""
    old = to_us(now - KEPT)
    await connection.execute(delete(contact).where(contact.c.at_us < old))
    nobodys = (message_horizon.c.line_id == "", message_horizon.c.since_us < old)
    await connection.execute(delete(message_horizon).where(*nobodys))


async def _fetch_name(connection: AsyncConnection, staff_id: str) -> str:
    name = select(staff_member.c.name).where(staff_member.c.id == staff_id, staff_member.c.active)
    found: str | None = (await connection.execute(name)).scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


def _to_contact(row: Any) -> Contact:  # noqa: ANN401  a row of contact
    return Contact(
        id=row.id,
        kind=ContactKind(row.kind),
        purpose=ContactPurpose(row.purpose),
        person=row.person,
        badge=row.badge,
        at=from_us(row.at_us),
        valid_until=from_us(row.valid_until_us),
    )
