"""How do both earn something, once, when an invited line's first bill was paid?

The bill is noted in the commit in which it is paid. A worker then looks again at what both have in common: a payer or
a device may be known since that was not when the invitation was accepted.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.loyalty_ports import LoyaltyCustomer
from loyalty.campaigns.happenings import Happening, note_happening
from loyalty.claiming import Turns, unchanged
from loyalty.referral.kinship import Guest, find_kinship
from loyalty.referral.needs import Hospitality
from loyalty.referral_tables import invitation
from loyalty.rules.facts import HappeningKind
from loyalty.tables import to_us

GONE = "gone"


async def note_paid_bill(connection: AsyncConnection, line_id: str, *, at: datetime) -> bool:
    """A bill of this line was paid in full, in the caller's transaction; whether it was the first of an invited one."""
    mine = (invitation.c.bound_line_id == line_id, invitation.c.state == "accepted")
    paid = {"state": "paid", "paid_at_us": to_us(at), "free_at_us": to_us(at)}
    return (await connection.execute(update(invitation).where(*mine).values(paid))).rowcount == 1


class ReferralWork:
    """Claims invitations whose bill was paid; any number of workers may, at once."""

    def __init__(self, hospitality: Hospitality) -> None:
        self._house, rules = hospitality, hospitality.rules
        self._turns = Turns(
            invitation,
            hospitality.transaction,
            hospitality.reading,
            hospitality.now,
            lease=rules.lease,
            rest_at_most=rules.rest_at_most,
        )

    async def work(self) -> int:
        """Works until nothing is due; how many steps it took."""
        return await self._turns.work(self._reward)

    async def _reward(self, row: Row[Any]) -> None:
        """Both or neither, in one commit with the state that says so."""
        house = self._house
        inviter = await house.customers.fetch_customer(row.inviter_line_id)
        invitee = await house.customers.fetch_customer(row.invitee_line_id)
        kinship = await self._find_kinship(inviter, invitee)
        house.cross("invitation.judged")
        state = {"state": "refused" if kinship else "rewarded", "reason": kinship, "free_at_us": None}
        async with house.transaction() as connection:
            if await _pass(connection, row, **state) and inviter and invitee and not kinship:
                await note_happening(connection, self._build(row, "inviter", inviter))
                await note_happening(connection, self._build(row, "invitee", invitee))
        house.cross("invitation.rewarded")

    async def _find_kinship(self, inviter: LoyaltyCustomer | None, invitee: LoyaltyCustomer | None) -> str | None:
        if inviter is None or invitee is None:
            return GONE
        ties = self._house.ties
        hosts, guests = await ties.fetch_ties(inviter.line_id), await ties.fetch_ties(invitee.line_id)
        return find_kinship(Guest(inviter, hosts), Guest(invitee, guests))

    def _build(self, row: Row[Any], who: str, customer: LoyaltyCustomer) -> Happening:
        """``who`` stands as its offering, so that a campaign can give both different things."""
        return Happening(
            id=f"invitee_paid:{row.id}:{who}",
            kind=HappeningKind.INVITEE_PAID,
            line_id=customer.line_id,
            account_id=customer.account_id,
            at=self._house.now(),
            offering=who,
        )


async def _pass(
    connection: AsyncConnection,
    row: Row[Any],
    **values: Any,  # noqa: ANN401  columns
) -> bool:
    """Whether it is still this worker's turn."""
    mine = (*unchanged(invitation, row), invitation.c.state == "paid")
    return (await connection.execute(update(invitation).where(*mine).values(values))).rowcount == 1
