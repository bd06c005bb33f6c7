"""What of the house do rewards hear of, each in its own commit: money, orders, paid bills, lines that are left?"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.types.change import ChangeAction
from loyalty.campaigns.happenings import Happening, note_happening
from loyalty.campaigns.leaving import fetch_binding_packages
from loyalty.campaigns.retention import forget_rewards_of
from loyalty.campaigns.returning import Returns
from loyalty.earning.bills import PaidBill
from loyalty.earning.retention import forget_bills_of
from loyalty.notices import forget_notices_of
from loyalty.points.accounts import take_line
from loyalty.points.closing import close
from loyalty.points.tiers import fetch_tier
from loyalty.referral.retention import forget_invitations_of
from loyalty.referral.rewarding import note_paid_bill
from loyalty.rewards.retention import forget_redemptions_of
from loyalty.rules.facts import HappeningKind
from loyalty.tables import to_us
from ordering.changes.needs import DoneOrder
from ordering.money.needs import Credited

EARNING: Final = frozenset({ChangeAction.ADD, ChangeAction.CHANGE_PLAN, ChangeAction.OPEN_LINE})
"""Orders that give a line something: whoever drops or closes wins nothing by it."""


class RechargeRewards:
    """The ``Rewards`` of ordering/money/needs.py: what was recharged may earn something, and what is given back takes
    it back, each in the commit that says so."""

    def __init__(self, returns: Returns) -> None:
        self._returns = returns

    async def note_recharge(self, connection: AsyncConnection, credited: Credited) -> None:
        """A line that changed hands meanwhile earns nothing."""
        if credited.line_id is None:
            return
        noted = Happening(
            id=_name(credited.recharge_id),
            kind=HappeningKind.RECHARGE,
            line_id=credited.line_id,
            account_id=credited.account_id,
            at=credited.at,
            amount_fen=credited.amount_fen,
            channel=credited.channel,
        )
        await note_happening(connection, noted)

    async def note_refund(self, connection: AsyncConnection, recharge_id: str, *, given_fen: int) -> None:
        """So much of it, in all."""
        await self._returns.take_back_for(connection, _name(recharge_id), back_fen=given_fen)


class OrdersDone:
    """The ``OrderRewards`` of ordering/changes/needs.py: what was ordered may earn something, and whoever takes another
    plan gives up what an earlier one had won with conditions."""

    def __init__(self, returns: Returns, now: Callable[[], datetime]) -> None:
        self._returns, self._now = returns, now

    async def note_done(self, connection: AsyncConnection, done: DoneOrder) -> None:
        """An order about no offering (a service switched, a package dropped) earns nothing."""
        if done.offering_id is None or done.action not in EARNING:
            return
        noted = Happening(
            id=f"order:{done.order_id}",
            kind=HappeningKind.ORDER_DONE,
            line_id=done.line_id,
            account_id=done.account_id,
            at=done.at,
            channel=done.channel,
            offering=done.offering_id,
        )
        await note_happening(connection, noted)
        if done.action is ChangeAction.CHANGE_PLAN:
            for package in await fetch_binding_packages(connection, done.line_id, now=self._now()):
                if package != done.offering_id:
                    await self._returns.take_back_on_leaving(connection, done.line_id, package=package)


class LinesLeft:
    """What ends with a line, or when it goes to somebody else, in the transaction that ends its sessions."""

    def __init__(self, returns: Returns, now: Callable[[], datetime]) -> None:
        self._returns, self._now = returns, now

    async def forget_line(self, connection: AsyncConnection, line_id: str) -> None:
        """What its holder may not keep goes back first, then nothing of it is the line's any more. However often that
        is told, it happens once."""
        await self._returns.take_back_on_leaving(connection, line_id, package=None)
        await forget_line(connection, line_id, now=self._now())


async def note_bill(connection: AsyncConnection, paid: PaidBill) -> None:
    """A paid bill may earn more than its points, and is what an invitation waits for."""
    noted = Happening(
        id=f"bill:{paid.id}",
        kind=HappeningKind.BILL_PAID,
        line_id=paid.line_id,
        account_id=paid.account_id,
        at=paid.at,
        amount_fen=paid.paid_fen,
    )
    await note_happening(connection, noted)
    await note_paid_bill(connection, paid.line_id, at=paid.at)


async def forget_line(connection: AsyncConnection, line_id: str, *, now: datetime) -> None:
    """The line ended or goes to somebody else: its points and stars end, and nothing that was won, redeemed, paid or
    invited is seen by its next holder. Told again, it changes nothing: an account is closed once, by its own name."""
    await forget_rewards_of(connection, line_id, now=now)
    await forget_redemptions_of(connection, line_id)
    await forget_invitations_of(connection, line_id)
    await forget_bills_of(connection, line_id)
    await forget_notices_of(connection, line_id)
    account = await take_line(connection, line_id)  # last: whoever grants or redeems takes it after their own rows too
    if account is not None:
        await close(connection, f"left:{account.id}", line_id, now=now)
    elif await fetch_tier(connection, line_id) is not None:
        await close(connection, f"left:{line_id}:{to_us(now)}", line_id, now=now)


def _name(recharge_id: str) -> str:
    return f"recharge:{recharge_id}"
