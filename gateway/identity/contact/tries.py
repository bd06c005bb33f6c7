"""How often may somebody name a wrong code for a contact?"""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.identity.budget import DAY, MINUTE, Budget, Exhausted, find_window, spend_all
from gateway.identity.tables import attempt_budget, to_us
from graphql_schema.client import Caller

WRONG_A_DAY = 5
OWN = Budget("contact_own", WRONG_A_DAY, DAY)
"""A line that asks about itself has tries of its own: strangers can't use them up."""
ABOUT = Budget("contact_about", WRONG_A_DAY, DAY)
"""Whoever else asks about a number, together."""
ASKER = Budget("contact_asker", WRONG_A_DAY, DAY)
VISITORS = Budget("contact_visitors", 300, MINUTE)
"""All visitors of all channels together, whatever number they name."""

Attempts = tuple[tuple[Budget, str], ...]


def find_attempts(caller: Caller, number: str | None) -> Attempts:
    """What a check is counted in; ``number`` is None for a line that asks about itself."""
    if number is None:
        return ((OWN, str(caller.subscriber)),)
    if caller.actor == "visitor":
        return ((VISITORS, ""), (ABOUT, number))
    return ((ASKER, caller.actor), (ABOUT, number))


async def count_check(connection: AsyncConnection, attempts: Attempts, *, now: datetime) -> datetime | None:
    """Counts it as wrong before anything is looked at; until when it is locked, None where it may go on."""
    counted = await spend_all(connection, attempts, now=now)
    return counted.until if isinstance(counted, Exhausted) else None


async def take_back(connection: AsyncConnection, attempts: Attempts, *, now: datetime) -> None:
    """A right one was no wrong one: one try is given back, never more. Those of all visitors count each check."""
    for budget, subject in attempts:
        if budget is VISITORS:
            continue
        begins, _ = find_window(budget.window, now)
        table = attempt_budget.c
        mine = (table.kind == budget.kind, table.subject == subject, table.window_at_us == to_us(begins))
        await connection.execute(update(attempt_budget).where(*mine, table.spent > 0).values(spent=table.spent - 1))
