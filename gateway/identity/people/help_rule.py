"""How many may help, ask and be asked?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.identity.budget import DAY, Budget, Exhausted, spend
from gateway.identity.number import parse_number
from gateway.identity.people.permission import Side, count_permissions, is_active
from gateway.identity.people.tables import helper_permission
from gateway.identity.tables import to_us
from graphql_schema.problems import BadArgument, TooMany
from graphql_schema.scopes import HELPER_SCOPES

GRANTS = Budget("help_grants", 10, DAY)
ASKS = Budget("help_asks", 5, DAY)
_T = helper_permission.c


@dataclass(frozen=True, slots=True)
class HelpRule:
    """All of it is counted alike for every number, a customer's or not. Each grant and each ask may text a stranger."""

    active_most: int = 5
    asks_of_owner_most: int = 3
    days_most: int = 365
    grants: Budget = GRANTS
    asks: Budget = ASKS

    def check(self, number: str, scopes: Sequence[str], days: int, *, own: str) -> str:
        """The number, as one is written here. Raises BadArgument."""
        known = parse_number(number)
        if known is None or known == own:
            raise BadArgument(name="number")
        if not scopes or not HELPER_SCOPES.issuperset(scopes):
            raise BadArgument(name="scopes")
        if not 1 <= days <= self.days_most:
            raise BadArgument(name="days", least=1, most=self.days_most)
        return known

    async def refuse_grant(
        self, connection: AsyncConnection, owner: Side, helper: Side, *, now: datetime
    ) -> TooMany | None:
        """Counts a grant, in the owner's turn."""
        if isinstance(await spend(connection, self.grants, str(owner.line_id), now=now), Exhausted):
            return TooMany(most=self.grants.limit)
        return TooMany(most=self.active_most) if await self.is_full(connection, owner, helper, now=now) else None

    async def refuse_ask(
        self, connection: AsyncConnection, owner: Side, helper: Side, *, now: datetime
    ) -> TooMany | None:
        """Counts an ask, in the turn of whose number is asked.

        An answered one counts on for a day: else a further ask would show that somebody is there who answers.
        """
        if isinstance(await spend(connection, self.asks, str(helper.line_id), now=now), Exhausted):
            return TooMany(most=self.asks.limit)
        lately = (_T.owner_number == owner.number, _T.asked, _T.asked_at_us > to_us(now - timedelta(days=1)))
        most = self.asks_of_owner_most
        return TooMany(most=most) if await count_permissions(connection, *lately) >= most else None

    async def is_full(self, connection: AsyncConnection, owner: Side, helper: Side, *, now: datetime) -> bool:
        """Whether as many as there may be help this owner, beside this one."""
        others = (_T.owner_line_id == owner.line_id, _T.helper_number != helper.number, is_active(now))
        return await count_permissions(connection, *others) >= self.active_most
