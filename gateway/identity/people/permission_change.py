"""How does a permission to help begin, change and end?"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.identity.people.elsewhere import end_sessions_of_help
from gateway.identity.people.permission import Permission, Side, is_asked, parse_permission
from gateway.identity.people.tables import helper_permission
from gateway.identity.tables import to_us
from graphql_schema.types.own_line import HelpState

ANSWER_WITHIN = timedelta(hours=24)
"""Silence until then is a no."""

_T = helper_permission.c


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
