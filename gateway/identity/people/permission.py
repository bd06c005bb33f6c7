"""Which permissions to help stand, and how do they begin, change and end?"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.identity.people.elsewhere import end_sessions_of_help
from gateway.identity.people.tables import helper_permission
from gateway.identity.tables import from_us, to_us
from graphql_schema.types.line import mask_number
from graphql_schema.types.own_line import Helper, HelpState

ANSWER_WITHIN = timedelta(hours=24)
"""Silence until then is a no."""

_T = helper_permission.c
_UNENDED = _T.state.in_((HelpState.ASKED.value, HelpState.ACTIVE.value))


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: the line is None until the number was looked up, and where it is nobody's."""

    number: str
    line_id: str | None
    customer_id: str | None


@dataclass(frozen=True, slots=True)
class Permission:
    """The helper may act for the owner's line within scopes; ``until`` is when that ends, or when silence is a no."""

    id: str
    owner: Side
    helper: Side
    scopes: tuple[str, ...]
    days: int
    state: HelpState
    asked_at: datetime
    until: datetime

    def as_word(self, now: datetime) -> Helper:
        """As the owner sees it; what is only asked would end so many days after a yes said now."""
        until = now + timedelta(days=self.days) if self.state is HelpState.ASKED else self.until
        masked = mask_number(self.helper.number)
        return Helper(
            id=self.id,
            masked_number=masked,
            scopes=list(self.scopes),
            state=self.state,
            asked_at=self.asked_at,
            until=until,
        )


async def keep_permission(  # noqa: PLR0913  a row's columns
    connection: AsyncConnection,
    deed_id: str,
    *,
    owner: Side,
    helper: Side,
    scopes: Sequence[str],
    days: int,
    asked: bool,
    now: datetime,
) -> Permission:
    """A new one: asked for, or granted and active at once."""
    state = HelpState.ASKED if asked else HelpState.ACTIVE
    until = now + (ANSWER_WITHIN if asked else timedelta(days=days))
    made = Permission(secrets.token_hex(16), owner, helper, tuple(scopes), days, state, now, until)
    await connection.execute(
        helper_permission.insert().values(
            id=made.id,
            deed=deed_id,
            asked=asked,
            owner_line_id=owner.line_id,
            owner_number=owner.number,
            owner_customer_id=owner.customer_id,
            helper_line_id=helper.line_id,
            helper_number=helper.number,
            helper_customer_id=helper.customer_id,
            scopes=" ".join(made.scopes),
            days=days,
            state=state.value,
            asked_at_us=to_us(now),
            until_us=to_us(until),
            untold="owner_asked" if asked else "helper_granted",
            untold_since_us=to_us(now),
        )
    )
    return made


async def find_permission(connection: AsyncConnection, *where: ColumnElement[bool]) -> Permission | None:
    """The one that fits, or None: also where several do."""
    rows = (await connection.execute(select(helper_permission).where(*where).limit(2))).all()
    return parse_permission(rows[0]) if len(rows) == 1 else None


async def fetch_permissions(connection: AsyncConnection, *where: ColumnElement[bool]) -> list[Permission]:
    """All that fit, by age."""
    asked = select(helper_permission).where(*where).order_by(_T.asked_at_us, _T.id)
    return [parse_permission(row) for row in await connection.execute(asked)]


async def count_permissions(connection: AsyncConnection, *where: ColumnElement[bool]) -> int:
    """How many fit."""
    counted = await connection.execute(select(func.count()).select_from(helper_permission).where(*where))
    return int(counted.scalar_one())


async def accept(connection: AsyncConnection, asked: Permission, *, deed_id: str, now: datetime) -> bool:
    """The owner's yes, if it is still asked; of two answers at once one counts."""
    answered = {"answered_at_us": to_us(now), "answered_deed": deed_id}
    until_us = to_us(now + timedelta(days=asked.days))
    told = {"untold": "helper_granted", "untold_since_us": to_us(now)}
    statement = update(helper_permission).where(_T.id == asked.id, is_asked(now))
    changed = await connection.execute(
        statement.values(state=HelpState.ACTIVE.value, until_us=until_us, **answered, **told)
    )
    return changed.rowcount == 1


async def refuse(connection: AsyncConnection, asked: Permission, *, deed_id: str, now: datetime) -> bool:
    """The owner's no, if it is still asked. The helper is not told: it would show that the number is somebody's."""
    answered = {"answered_at_us": to_us(now), "answered_deed": deed_id, "untold": None}
    statement = update(helper_permission).where(_T.id == asked.id, is_asked(now))
    return (await connection.execute(statement.values(state=HelpState.REFUSED.value, **answered))).rowcount == 1


async def end(  # noqa: PLR0913  who ended it, and who has to hear of it
    connection: AsyncConnection,
    permission_id: str,
    *,
    by: str,
    now: datetime,
    deed_id: str | None = None,
    untold: str | None = None,
) -> Permission | None:
    """It opens nothing any more, neither does a session that rests on it (one that was only asked bears none).

    ``by`` owner, helper, line, another; ``untold``: who has to be told of it. None where it had ended before.
    """
    values = {"ended_at_us": to_us(now), "ended_by": by, "ended_deed": deed_id, "untold": untold}
    statement = update(helper_permission).values(state=HelpState.ENDED.value, untold_since_us=to_us(now), **values)
    for state in (HelpState.ASKED, HelpState.ACTIVE):
        mine = statement.where(_T.id == permission_id, _T.state == state.value).returning(helper_permission)
        row = (await connection.execute(mine)).one_or_none()
        if row is not None and state is HelpState.ACTIVE and row.helper_line_id and row.owner_line_id:
            await end_sessions_of_help(connection, helper_line_id=row.helper_line_id, owner_line_id=row.owner_line_id)
        if row is not None:
            return parse_permission(row)
    return None


async def hold_permission(connection: AsyncConnection, *where: ColumnElement[bool]) -> Permission | None:
    """One that fits, an active one first, which nobody else changes before this transaction is over."""
    asked = select(helper_permission).where(*where).order_by(_T.state).limit(1).with_for_update()
    row = (await connection.execute(asked)).one_or_none()
    return parse_permission(row) if row else None


def is_asked(now: datetime) -> ColumnElement[bool]:
    """Still waits for an answer."""
    return and_(_T.state == HelpState.ASKED.value, _T.until_us > to_us(now))


def is_active(now: datetime) -> ColumnElement[bool]:
    """Opens something now."""
    return and_(_T.state == HelpState.ACTIVE.value, _T.until_us > to_us(now))


def is_living(now: datetime) -> ColumnElement[bool]:
    """One of both."""
    return and_(_UNENDED, _T.until_us > to_us(now))


def concerns(line_id: str) -> ColumnElement[bool]:
    """On either side."""
    return or_(_T.owner_line_id == line_id, _T.helper_line_id == line_id)


def parse_permission(row: Row[Any]) -> Permission:
    """A row of helper_permission."""
    return Permission(
        id=row.id,
        owner=Side(row.owner_number, row.owner_line_id, row.owner_customer_id),
        helper=Side(row.helper_number, row.helper_line_id, row.helper_customer_id),
        scopes=tuple(row.scopes.split()),
        days=row.days,
        state=HelpState(row.state),
        asked_at=from_us(row.asked_at_us),
        until=from_us(row.until_us),
    )
