"""What is a customer told of points that our own ledger keeps, and how do they give some to another line of theirs?"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.identity_ports import Deed
from graphql_schema.loyalty_ports import LoyaltyCustomers
from graphql_schema.ports import Lines
from graphql_schema.problems import NotFound, RedemptionRefused
from graphql_schema.types.line import Line, LineState
from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.month import Month
from graphql_schema.types.points import Points, PointsEntry, PointsExpiry, PointsKind, PointsMonth, PointsTransferred
from graphql_schema.types.reward import RedemptionObstacle, RedemptionObstacleCode
from loyalty.needs import Transaction, View
from loyalty.points.answers import Kind, PointsRefused, Reason
from loyalty.points.expiring import fetch_ending
from loyalty.points.policies import SOON, EarningPolicy, decide_policy, find_business_day
from loyalty.points.statement import Statement, check_month, fetch_balance, fetch_statement
from loyalty.points.tiers import fetch_tier
from loyalty.points.transferring import Holder, Transfer, transfer

TOLD_AS: Final[Mapping[Kind, PointsKind]] = {
    Kind.BILL: PointsKind.EARNED,
    Kind.ON_TIME: PointsKind.BONUS,
    Kind.TENURE: PointsKind.BONUS,
    Kind.REWARD: PointsKind.BONUS,
    Kind.SPENT: PointsKind.REDEEMED,
    Kind.DONATED: PointsKind.REDEEMED,
    Kind.RETURNED: PointsKind.RETURNED,
    Kind.TAKEN_BACK: PointsKind.TAKEN_BACK,
    Kind.REPAID: PointsKind.TAKEN_BACK,
    Kind.EXPIRED: PointsKind.EXPIRED,
    Kind.CLOSED: PointsKind.EXPIRED,
    Kind.WRITTEN_OFF: PointsKind.TAKEN_BACK,
}

Spell = Callable[[str], str | None]
"""A number as the operator's systems write it, from what was typed; None where it is none."""
Names = Callable[[AsyncConnection, Collection[str]], Awaitable[Mapping[str, LocalizedText]]]
"""What the references of postings are called, as far as they have a name: a campaign, a reward."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """Everything that a look at points may touch. ``now`` is business time."""

    transaction: Transaction
    reading: View
    lines: Lines
    customers: LoyaltyCustomers
    policies: Sequence[EarningPolicy]
    names: Names
    spell: Spell
    now: Callable[[], datetime]


class SqlPointsBook:
    """The ``PointsBook`` of graphql_schema.loyalty_ports over our own ledger."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    async def fetch_points(self, line_id: str) -> Points:
        """What is there now, with its stars and what ends within three months."""
        now = self._shelf.now()
        day = find_business_day(now)
        async with self._shelf.reading() as connection:
            balance = await fetch_balance(connection, line_id, now=now)
            tier = await fetch_tier(connection, line_id)
            ending = await fetch_ending(connection, line_id, day=day, until=day + SOON)
        stars = tier.stars if tier is not None else 0
        return Points(
            available=balance.spendable,
            held=balance.held,
            owed=balance.owed,
            stars=stars,
            stars_until=tier.valid_until if tier is not None else None,
            factor=decide_policy(self._shelf.policies, day).factors[stars],
            redeemable=True,
            expiring=[PointsExpiry(on=each.expires_on, points=each.points) for each in ending],
            as_of=now,
            stale=False,
        )

    async def fetch_month(self, line_id: str, month: Month) -> PointsMonth:
        """Every movement of a month. Raises MonthNotKept before the last three years and after this month."""
        check_month(month, now=self._shelf.now())
        async with self._shelf.reading() as connection:
            statement = await fetch_statement(connection, line_id, month)
            names = await self._shelf.names(connection, {each.reference for each in statement.entries})
        return _tell(statement, names)

    async def transfer(self, deed: Deed, number: str, points: int) -> PointsTransferred:
        """Moves points to another line of the same customer, as often as it is asked once. Raises NotFound,
        RedemptionRefused, BssFault."""
        giver, taker = await self._find_sides(deed, number)
        sides = (Holder(giver.id, giver.customer_id), Holder(taker.id, taker.customer_id))
        now, wanted = self._shelf.now(), Transfer(f"transfer:{deed.id}", *sides, points)
        async with self._shelf.transaction() as connection:
            done = await transfer(connection, wanted, now=now)
        if isinstance(done, PointsRefused):
            raise _explain(done, points)
        async with self._shelf.reading() as connection:
            left = (await fetch_balance(connection, giver.id, now=now)).spendable
        return PointsTransferred(id=deed.id, masked_number=taker.masked_number, points=done.points, available=left)

    async def _find_sides(self, deed: Deed, number: str) -> tuple[Line, Line]:
        """Raises NotFound for a number that is not another living line of the same customer: nothing else is told."""
        spelt, own_id = self._shelf.spell(number), deed.caller.subscriber
        giver = None if own_id is None else await self._shelf.lines.fetch_line(own_id)
        taker = None if spelt is None else await self._shelf.lines.find_line(spelt)
        if giver is None or taker is None or taker.state is LineState.CLOSED:
            raise NotFound
        if taker.customer_id != giver.customer_id or taker.id == giver.id:
            raise NotFound
        await self._check_giver(giver)
        return giver, taker

    async def _check_giver(self, giver: Line) -> None:
        """Raises RedemptionRefused: points do not leave a line that may not redeem them."""
        customer = await self._shelf.customers.fetch_customer(giver.id)
        if customer is None:
            raise NotFound
        reasons = (
            (customer.suspended, RedemptionObstacleCode.SUSPENDED),
            (customer.owes, RedemptionObstacleCode.OWES),
            (not customer.real_name, RedemptionObstacleCode.NOT_REAL_NAME),
        )
        obstacles = [RedemptionObstacle(code=code) for holds, code in reasons if holds]
        if obstacles:
            raise RedemptionRefused(obstacles=obstacles)


def _explain(refused: PointsRefused, points: int) -> NotFound | RedemptionRefused:
    if refused.reason is not Reason.NOT_ENOUGH:
        return NotFound()
    missing = max(1, points - (refused.most or 0))
    return RedemptionRefused(
        obstacles=[RedemptionObstacle(code=RedemptionObstacleCode.TOO_FEW_POINTS, missing=missing)]
    )


def _tell(statement: Statement, names: Mapping[str, LocalizedText]) -> PointsMonth:
    entries, balance = list[PointsEntry](), statement.opening
    for each in statement.entries:
        balance += each.points
        entries.append(
            PointsEntry(
                id=each.id,
                at=each.at,
                kind=_read_kind(each.kind, each.points),
                points=each.points,
                balance=balance,
                name=names.get(each.reference),
            )
        )
    return PointsMonth(
        month=statement.month.text,
        opening=statement.opening,
        closing=statement.closing,
        entries=entries,
        unlisted=statement.unlisted,
    )


def _read_kind(kind: Kind, points: int) -> PointsKind:
    if kind is Kind.TRANSFERRED:
        return PointsKind.TRANSFERRED_IN if points > 0 else PointsKind.TRANSFERRED_OUT
    return TOLD_AS[kind]
