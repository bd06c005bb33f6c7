"""Who invites whom in these tests? Lines over this room's tables, on both databases."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Table, select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.database import read, write
from graphql_schema.client import Caller, Channel
from graphql_schema.identity_ports import Deed
from graphql_schema.ports import BssFault
from graphql_schema.types.promotion import Invitation, Referral
from loyalty.campaigns.invitation_rewards import InvitationRewards
from loyalty.referral.invitations import SqlReferrals
from loyalty.referral.needs import Hospitality, ReferralRules, Ties
from loyalty.referral.rewarding import ReferralWork, note_paid_bill
from loyalty.rules.effects import Tier
from loyalty.rules.facts import HappeningKind
from tests.loyalty.grants.conftest import database_url, postgres_fair, sqlite_fair
from tests.loyalty.grants.fair import POINTS, SECRET, Fair, make_campaign

__all__ = ["database_url", "postgres_fair", "sqlite_fair"]
BY_INVITATION = frozenset({HappeningKind.INVITEE_PAID})
INVITED = make_campaign(POINTS, id="invite", kinds=BY_INVITATION, tiers=(Tier(0, ("points",)),))


class FakeTies:
    """What lines are tied to; ``down`` while nobody can say."""

    def __init__(self) -> None:
        self.of: dict[str, Ties] = {}
        self.down = False

    async def fetch_ties(self, line_id: str) -> Ties:
        if self.down:
            raise BssFault("customer_unavailable", retryable=True)
        return self.of.get(line_id, Ties(frozenset({f"device of {line_id}"}), frozenset({f"payer of {line_id}"})))


class Party:
    """A fair whose lines invite each other. L1 is old, all others are new."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.fair, self.ties = Fair(engine), FakeTies()
        self.house = self.make_house()
        self.referrals, self.work = SqlReferrals(self.house), ReferralWork(self.house)
        self.deeds = 0
        for number in range(2, 20):
            self.fair.customers.changes[f"L{number}"] = {"since": self.fair.moment.date() - timedelta(days=number - 2)}

    def make_house(self, **rules: Any) -> Hospitality:
        fair = self.fair
        return Hospitality(
            transaction=partial(write, fair.engine),
            reading=partial(read, fair.engine),
            customers=fair.customers,
            ties=self.ties,
            rewards=InvitationRewards(fair.bureau, fair.shelf),
            mask=lambda number: f"***{number[-4:]}",
            link=lambda code: f"https://hall.example/invite/{code}",
            now=fair.now,
            secret=SECRET,
            rules=ReferralRules(**rules),
            cross=fair.cross,
        )

    async def see(self, line_id: str = "L1") -> Referral:
        return await self.referrals.fetch_referral(caller(line_id))

    async def accept(self, line_id: str, code: str, deed: str | None = None) -> Invitation:
        self.deeds += 1
        return await self.referrals.accept(Deed(deed or f"D{self.deeds}", caller(line_id)), code)

    async def pays(self, line_id: str) -> bool:
        """A bill of the line is paid, and the workers have done what follows."""
        async with write(self.fair.engine) as connection:
            found = await note_paid_bill(connection, line_id, at=self.fair.moment)
        await self.work.work()
        await self.fair.work.work()
        return found

    async def rows(self, table: Table) -> Sequence[Row[Any]]:
        async with read(self.fair.engine) as connection:
            return (await connection.execute(select(table))).all()

    def shares(self, line_id: str, **ties: str) -> None:
        """With L1."""
        for each in ("L1", line_id):
            own = Ties(frozenset({f"device of {each}"}), frozenset({f"payer of {each}"}))
            self.ties.of[each] = replace(own, **{name: frozenset({digest}) for name, digest in ties.items()})


def caller(line_id: str) -> Caller:
    return Caller(Channel.APP, subscriber=line_id, number=f"1380013{int(line_id[1:]):04}", assurance=2)


@pytest.fixture
async def party(engine: AsyncEngine) -> Party:
    party = Party(engine)
    await party.fair.run(INVITED)
    return party
