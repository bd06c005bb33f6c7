"""Can a difference between the books be mended by asking again?

No money moves because of a statement alone: it makes us ask, and the answer counts.
"""

from typing import Any

from sqlalchemy import or_, update
from sqlalchemy.engine import Row

from graphql_schema.payment_ports import CreditState, PaidState, PaymentFault, RefundState
from graphql_schema.ports import BssFault
from graphql_schema.types.recharge import MismatchKind, RechargeSource
from ordering.money.books import UNDER_WAY
from ordering.money.credits import Credits
from ordering.money.differences import Difference
from ordering.money.needs import Till
from ordering.money.payments import Payments
from ordering.money.refund_rows import find_refund
from ordering.money.rows import ASKED_ABOUT, fetch_row, find_recharge
from ordering.money.units import from_fen, to_fen, to_us
from ordering.money.vouchers import Vouchers
from ordering.money_tables import recharge, recharge_refund


class Mending:
    """Asks whoever can know, as the worker of that payment would. Doing it twice changes nothing."""

    def __init__(self, till: Till) -> None:
        self._till, self._cross = till, till.cross
        self._payments, self._credits, self._vouchers = Payments(till), Credits(till), Vouchers(till)

    async def mend(self, source: RechargeSource, found: Difference) -> bool | None:
        """Whether it is mended; None: it is no difference after all, only of another day. Who can't be asked mends
        nothing, and keeps no other difference from being said."""
        try:
            return await self._ask(source, found)
        except (BssFault, PaymentFault):
            return False

    async def _ask(self, source: RechargeSource, found: Difference) -> bool | None:
        match found.kind:
            case MismatchKind.TAKEN_UP:
                return await self._take_up(found)
            case MismatchKind.CLEARED:
                return await self._look_elsewhere(source, found)
            case MismatchKind.REFUND_NOTED:
                return await self._wake_refund(found)
            case MismatchKind.CREDITED:
                return await self._credit(found)
            case MismatchKind.UNKNOWN_CREDIT:
                return await self._note_booked(found)
            case MismatchKind.AMOUNT_DIFFERS:
                return await self._look_again(found)

    async def _take_up(self, found: Difference) -> bool:
        """The provider is asked about a payment that we thought open, closed or refused: its answer decides."""
        row = await find_recharge(self._till, recharge.c.id == found.reference)
        return row is not None and await self._ask_and_bring_in(row)

    async def _look_again(self, found: Difference) -> bool:
        """Of a payment that moved nothing yet the provider's own word decides, which holds it; the rest is for a
        person."""
        row = await find_recharge(self._till, recharge.c.id == found.reference)
        return row is not None and row.state in ASKED_ABOUT and await self._ask_and_bring_in(row)

    async def _ask_and_bring_in(self, row: Row[Any]) -> bool:
        asked = await self._payments.ask(row)
        self._cross("reconciliation.taken_up")
        return await self._bring_in(asked)

    async def _look_elsewhere(self, source: RechargeSource, found: Difference) -> bool | None:
        """A payment or refund of ours that is not on this day's statement: the provider may have it on another."""
        provider = self._till.providers[source]
        if found.recharge_id == found.reference:
            there = await provider.fetch(found.reference)
            return None if there.state is PaidState.PAID else False
        given = await provider.fetch_refund(found.recharge_id or "", found.reference)
        return None if given.state is RefundState.DONE else False

    async def _wake_refund(self, found: Difference) -> bool:
        """A refund that is under way here: the worker that follows it is woken."""
        refund = await find_refund(self._till, found.reference)
        if refund is None:
            return False
        woken = update(recharge_refund).where(
            recharge_refund.c.id == refund.id, recharge_refund.c.free_at_us.is_not(None)
        )
        async with self._till.transaction() as connection:
            await connection.execute(woken.values(free_at_us=to_us(self._till.now())))
        return bool(refund.state == "given")

    async def _credit(self, found: Difference) -> bool | None:
        """What is paid here and not credited goes on; what we say that the operator has, and its books of the day do
        not, it is asked about."""
        row = await find_recharge(self._till, recharge.c.id == found.recharge_id)
        if row is None:
            return False
        if found.reference == row.id and row.credited_at_us is None:
            return await self._bring_in(row)
        return await self._ask_operator(row, found)

    async def _bring_in(self, row: Row[Any]) -> bool:
        """Takes a payment as far as it comes now: credited, or given back."""
        if row.state in UNDER_WAY:
            claimed = await self._claim(row)
            row = await (fetch_row(self._till, row.id) if claimed is None else self._credits.credit(claimed))
        return row.credited_at_us is not None or row.state == "refunded"

    async def _claim(self, row: Row[Any]) -> Row[Any] | None:
        """As a worker does, but before its time if nobody can be at it: who had it before sends nothing back any more.
        None: another was faster, or may be putting it in at this moment."""
        now, lease = self._till.now(), self._till.rules.lease
        nobody = or_(recharge.c.free_at_us <= to_us(now), recharge.c.free_at_us > to_us(now + lease))
        mine = (recharge.c.id == row.id, recharge.c.state == row.state, recharge.c.attempts == row.attempts, nobody)
        leased = {"attempts": row.attempts + 1, "free_at_us": to_us(now + lease)}
        async with self._till.transaction() as connection:
            claimed = update(recharge).where(*mine).values(leased).returning(*recharge.c)
            return (await connection.execute(claimed)).one_or_none()

    async def _ask_operator(self, row: Row[Any], found: Difference) -> bool | None:
        """It gets what it never had under the same reference, once. Not a card, whose number nobody has any more; and
        nothing is taken out of its books a second time: both are for a person."""
        money, ours_fen = self._till.money, found.ours_fen or 0
        find = money.find_take_back if ours_fen < 0 else money.find_top_up
        credit = await find(row.account_id, found.reference)
        if credit.state is CreditState.DONE:
            same = credit.amount is None or abs(to_fen(credit.amount)) == abs(ours_fen)
            return None if same else False
        if credit.state is CreditState.UNKNOWN and ours_fen > 0 and row.source != RechargeSource.VOUCHER.value:
            credit = await money.top_up(found.reference, row.account_id, amount=from_fen(ours_fen, row.currency))
        self._cross("reconciliation.credited")
        return credit.state is CreditState.DONE

    async def _note_booked(self, found: Difference) -> bool:
        """The operator booked what is under way here, or refused: a card or a refund goes on. The rest is for a
        person."""
        row = await find_recharge(self._till, recharge.c.id == found.reference)
        if row is None:
            return await self._wake_refund(found)
        if row.state == "redeeming":
            row = await self._vouchers.redeem(row)
        return row.credited_at_us is not None
