"""What does a row say of a session, and which rows are alive or concern a line?"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select

from gateway.identity.proof import newest_alone, read_proofs, rest_after, sure
from gateway.identity.tables import credential, from_us, hall_session, to_us
from graphql_schema.client import Caller, Channel
from graphql_schema.scopes import open_fields


@dataclass(frozen=True, slots=True)
class Session:
    """A living session: whose, and until when.

    ``home_line_id`` and ``home_number`` are of the line that was proved, another one than the caller's after a switch;
    ``customer_id`` is who held the line at ``checked_at``, None while nobody has asked its BSS.
    """

    id: str
    caller: Caller
    expires_at: datetime
    home_line_id: str
    home_number: str
    device_name: str
    began_at: datetime
    seen_at: datetime
    customer_id: str | None
    checked_at: datetime
    check_due_at: datetime


def read_sessions(now: datetime) -> Select[Any]:
    """The question for living sessions, each with the moment of its line's last password reset."""
    same = and_(credential.c.number == hall_session.c.number, credential.c.line_id == hall_session.c.line_id)
    asked = select(hall_session, credential.c.reset_at_us).outerjoin(credential, same)
    return asked.where(*alive_at(now))


def parse_session(row: Any, now: datetime) -> Session:  # noqa: ANN401  a row of read_sessions
    """A row of ``read_sessions``; the level is that of this moment."""
    caller = Caller(
        Channel(row.channel),
        row.line_id,
        row.number,
        fields=None if row.scopes is None else open_fields(row.scopes.split()),
        session=row.session_id,
        device=row.device_id,
        helper=row.helper_line_id,
        client=row.client,
        rests_until=rest_after(None if row.reset_at_us is None else from_us(row.reset_at_us), now),
    )
    proofs = read_proofs(row)
    if row.helper_line_id is not None:  # whoever acts for another gets no higher than level 2, whatever they prove
        proofs = newest_alone(proofs)
    return Session(
        id=row.session_id,
        caller=sure(caller, proofs, now),
        expires_at=from_us(row.expires_at_us),
        home_line_id=row.home_line_id,
        home_number=row.home_number,
        device_name=row.device_name,
        began_at=from_us(row.began_at_us),
        seen_at=from_us(row.seen_at_us),
        customer_id=row.customer_id,
        checked_at=from_us(row.checked_at_us),
        check_due_at=from_us(row.check_due_at_us),
    )


def alive_at(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Neither idle for too long nor over, and within the leave to act for another."""
    row, now_us = hall_session.c, to_us(now)
    return (
        row.seen_at_us + row.idle_us > now_us,
        row.expires_at_us > now_us,
        or_(row.acting_until_at_us.is_(None), row.acting_until_at_us > now_us),
    )


def over_at(now: datetime) -> ColumnElement[bool]:
    """The opposite of ``alive_at``."""
    row, now_us = hall_session.c, to_us(now)
    idle, ended = row.seen_at_us + row.idle_us <= now_us, row.expires_at_us <= now_us
    return or_(idle, ended, and_(row.acting_until_at_us.is_not(None), row.acting_until_at_us <= now_us))


def concerns(line_id: str) -> ColumnElement[bool]:
    """Whether a session looks at the line, or was proved by it."""
    return or_(hall_session.c.line_id == line_id, hall_session.c.home_line_id == line_id)


def digest_of(token: str) -> str:
    """What is kept of a token or of a device's secret."""
    return sha256(token.encode(errors="backslashreplace")).hexdigest()
