"""How often may anybody try a voucher card, or a number to put money onto?"""

import json
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database import write
from gateway.identity.budget import DAY, HOUR, Attempts, Budget, Exhausted, give_back, name_source, spend_all
from graphql_schema.client import Caller
from graphql_schema.problems import Locked, TooMany
from ordering.money.needs import CardTry

CARDS = Budget("voucher_tries", 5, DAY)
"""Wrong cards of whoever is signed in for a line; and for a line by visitors, who have theirs together: nobody can use
up the owner's (domain page §5, §7)."""
CARDS_OF_A_SOURCE = Budget("voucher_source_tries", 20, DAY)
_OF_CARDS = {budget.kind: budget for budget in (CARDS, CARDS_OF_A_SOURCE)}
NUMBERS = Budget("recharge_lookups", 30, HOUR)


class MoneyBudgets:
    """Counts in SQL, one statement a try, in all channels and processes together."""

    def __init__(self, engine: AsyncEngine, *, now: Callable[[], datetime]) -> None:
        self._engine, self._now = engine, now

    async def spend(self, connection: AsyncConnection, caller: Caller, line_id: str) -> CardTry:
        """Counts a try of a card in the caller's transaction. Raises Locked."""
        counts = _cards(caller, line_id)
        counted = await spend_all(connection, counts, now=self._now())
        if isinstance(counted, Exhausted):
            raise Locked(until=counted.until)
        return CardTry(counted.left, json.dumps([[budget.kind, subject] for budget, subject in counts]))

    async def give_back(self, connection: AsyncConnection, whose: str, *, tried_at: datetime) -> None:
        """That try does not count; of a day that is over, nothing is left to give back."""
        for kind, subject in json.loads(whose):
            await give_back(connection, _OF_CARDS[kind], subject, now=tried_at)

    async def look_up(self, caller: Caller) -> None:
        """Counts that a number was named. Raises TooMany."""
        async with write(self._engine) as connection:
            counted = await spend_all(connection, ((NUMBERS, _who(caller)),), now=self._now())
        if isinstance(counted, Exhausted):
            raise TooMany(most=NUMBERS.limit)


def _cards(caller: Caller, line_id: str) -> Attempts:
    if caller.subscriber is not None:
        return ((CARDS, f"line:{caller.subscriber}"),)
    return (CARDS_OF_A_SOURCE, _who(caller)), (CARDS, f"visitors:{line_id}")


def _who(caller: Caller) -> str:
    """The line of whoever is signed in, a colleague, or where a visitor comes from: an address, or over a trusted link
    a number."""
    return caller.actor if caller.actor != "visitor" else f"from:{name_source(caller.source or caller.number or '')}"
