"""Who was invited by whom, and may they be?"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import CursorResult, Row
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.client import Caller
from graphql_schema.identity_ports import Deed
from graphql_schema.loyalty_ports import LoyaltyCustomer
from graphql_schema.problems import InvitationRefused, NotFound
from graphql_schema.types.month import BUSINESS_ZONE, Month
from graphql_schema.types.promotion import Invitation, InvitationState, PromisedReward, Referral
from loyalty.needs import insert_new
from loyalty.referral.codes import fetch_code, find_inviter
from loyalty.referral.kinship import Guest, find_kinship
from loyalty.referral.needs import Hospitality
from loyalty.referral_tables import invitation, invitation_month
from loyalty.tables import from_us, to_us

UNKNOWN, OWN, TOO_LATE, TOO_MANY, ALREADY = "unknown", "own", "too_late", "too_many", "already"
_SHOWN: Final = {"accepted": "accepted", "paid": "accepted", "rewarded": "rewarded", "refused": "refused"}


class _MonthFull(Exception):  # noqa: N818  an expected answer, as a refusal is
    """The inviter has as many as there may be: nothing of the transaction may stand."""


class SqlReferrals:
    """The ``Referrals`` of graphql_schema.loyalty_ports over SQL."""

    def __init__(self, hospitality: Hospitality) -> None:
        self._house = hospitality

    async def fetch_referral(self, caller: Caller) -> Referral:
        """The caller's code, made at the first asking, and who came by it, newest first. Raises NotFound."""
        house, line_id = self._house, caller.subscriber
        if line_id is None:
            raise NotFound
        async with house.transaction() as connection:
            code = await fetch_code(connection, line_id, secret=house.secret, now=house.now())
        newest = (invitation.c.at_us.desc(), invitation.c.id)
        mine = select(invitation).where(invitation.c.inviter_line_id == line_id)
        async with house.reading() as connection:
            rows = (await connection.execute(mine.order_by(*newest).limit(house.rules.shown))).all()
        return Referral(
            code=code,
            link=house.link(code),
            rewards=list(await self.fetch_rewards()),
            invitations=[_tell(row) for row in rows],
            most=house.rules.most_a_month,
        )

    async def fetch_rewards(self) -> Sequence[PromisedReward]:
        """What an invitation gives now, whoever asks."""
        return await self._house.rewards.fetch_rewards()

    async def accept(self, deed: Deed, code: str) -> Invitation:
        """A new line says who invited it, once. Raises InvitationRefused, the first that is so: unknown, own, already,
        too_late, too_many; NotFound, BssFault. That it was somebody's own in truth is kept, for the inviter to see."""
        line_id = deed.caller.subscriber
        if line_id is None:
            raise NotFound
        standing = await self._find(invitation.c.id == deed.id)
        if standing is not None:
            return _answer(standing)
        inviter_id = await self._find_inviter(line_id, code)
        customer = await self._house.customers.fetch_customer(line_id)
        if customer is None:
            raise NotFound
        kinship = await self._find_kinship(inviter_id, customer)
        if kinship is None:
            await self._check_new(customer)
        await self._write(deed, inviter_id, customer, kinship)
        self._house.cross("invitation.accepted")
        written = await self._find(invitation.c.id == deed.id)
        if written is None:  # another one was accepted a moment before
            raise InvitationRefused(reason=ALREADY)
        return _answer(written)

    async def _find_inviter(self, line_id: str, code: str) -> str:
        async with self._house.reading() as connection:
            inviter_id = await find_inviter(connection, code)
        if inviter_id is None or inviter_id == line_id:
            raise InvitationRefused(reason=UNKNOWN if inviter_id is None else OWN)
        return inviter_id

    async def _check_new(self, customer: LoyaltyCustomer) -> None:
        if await self._find(invitation.c.bound_line_id == customer.line_id) is not None:
            raise InvitationRefused(reason=ALREADY)
        today = self._house.now().astimezone(BUSINESS_ZONE).date()
        if today - customer.since > timedelta(days=self._house.rules.accept_within_days):
            raise InvitationRefused(reason=TOO_LATE)

    async def _find_kinship(self, inviter_id: str, invitee: LoyaltyCustomer) -> str | None:
        inviter = await self._house.customers.fetch_customer(inviter_id)
        if inviter is None:  # the line is gone, and its code with it
            raise InvitationRefused(reason=UNKNOWN)
        ties = self._house.ties
        hosts, guests = await ties.fetch_ties(inviter_id), await ties.fetch_ties(invitee.line_id)
        return find_kinship(Guest(inviter, hosts), Guest(invitee, guests))

    async def _write(self, deed: Deed, inviter_id: str, invitee: LoyaltyCustomer, kinship: str | None) -> None:
        """One inviter a line, and so many lines an inviter a month: the database says so."""
        house = self._house
        row = {
            "id": deed.id,
            "inviter_line_id": inviter_id,
            "invitee_line_id": invitee.line_id,
            "bound_line_id": None if kinship else invitee.line_id,
            "masked_number": house.mask(deed.caller.number or ""),
            "state": "refused" if kinship else "accepted",
            "reason": kinship,
            "at_us": to_us(house.now()),
            "attempts": 0,
            "turn": 0,
        }
        try:
            async with house.transaction() as connection:
                if await insert_new(connection, invitation, row) and kinship is None:
                    await self._count(connection, inviter_id)
        except _MonthFull:
            raise InvitationRefused(reason=TOO_MANY) from None

    async def _count(self, connection: AsyncConnection, inviter_id: str) -> None:
        insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        first = {"line_id": inviter_id, "month": Month.of(self._house.now()).text, "used": 1}
        more = invitation_month.c.used + 1
        counted: CursorResult[Any] = await connection.execute(
            insert(invitation_month)
            .values(first)
            .on_conflict_do_update(
                index_elements=["line_id", "month"],
                set_={"used": more},
                where=more <= self._house.rules.most_a_month,
            )
        )
        if counted.rowcount != 1 or self._house.rules.most_a_month < 1:
            raise _MonthFull

    async def _find(self, which: ColumnElement[bool]) -> Row[Any] | None:
        async with self._house.reading() as connection:
            return (await connection.execute(select(invitation).where(which))).one_or_none()


def _answer(row: Row[Any]) -> Invitation:
    if row.state == "refused":
        raise InvitationRefused(reason=OWN)
    return _tell(row)


def _tell(row: Row[Any]) -> Invitation:
    state = InvitationState(_SHOWN[row.state])
    return Invitation(masked_number=row.masked_number, state=state, at=from_us(row.at_us))
