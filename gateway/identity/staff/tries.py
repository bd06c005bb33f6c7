"""How often may somebody try to sign in as one of the operator's people?"""

from datetime import datetime, timedelta

from sqlalchemy import case, or_
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.database import insert_into
from gateway.identity.budget import MINUTE, Budget, Exhausted, Spent, forgive, name_source, spend
from gateway.identity.tables import attempt_budget, from_us, to_us

TRIES = 5
LOCKED = timedelta(minutes=15)
ACCOUNT = Budget("staff_tries", TRIES, LOCKED)
SOURCE = Budget("staff_source_minute", 30, MINUTE)


async def count_try(connection: AsyncConnection, staff_id: str, source: str, *, now: datetime) -> Spent | Exhausted:
    """Counts a try before anything is looked at, in one statement an account: of any number at once, five are let
    through.

    Each counted try begins the 15 minutes anew, so that the lock lasts 15 minutes from the fifth; a refused one
    prolongs nothing. An id that is nobody's is counted alike.
    """
    by_source = await spend(connection, SOURCE, name_source(source), now=now)
    if isinstance(by_source, Exhausted):
        return by_source
    table, now_us = attempt_budget, to_us(now)
    over = table.c.window_at_us <= to_us(now - LOCKED)
    fresh = insert_into(table, connection).values(kind=ACCOUNT.kind, subject=staff_id, window_at_us=now_us, spent=1)
    statement = fresh.on_conflict_do_update(
        index_elements=["kind", "subject"],
        set_={"spent": case((over, 1), else_=table.c.spent + 1), "window_at_us": now_us},
        where=or_(over, table.c.spent < TRIES),
    ).returning(table.c.spent)
    spent: int | None = (await connection.execute(statement)).scalar_one_or_none()
    if spent is not None:
        return Spent(left=TRIES - spent)
    mine = (table.c.kind == ACCOUNT.kind) & (table.c.subject == staff_id)
    since_us = (await connection.execute(table.select().where(mine))).one().window_at_us
    return Exhausted(until=from_us(since_us) + LOCKED)


async def forgive_tries(connection: AsyncConnection, staff_id: str) -> None:
    """Whoever came in has all tries again."""
    await forgive(connection, ACCOUNT, staff_id)
