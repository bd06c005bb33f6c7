"""How does anybody put money onto a line, and see what became of it?"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.engine import Row

from graphql_schema.identity_ports import Deed
from graphql_schema.payment_ports import PaidState, PaymentFault
from graphql_schema.problems import AmountRefused, NotFound, ProviderRefused
from graphql_schema.types.line import Line
from graphql_schema.types.money import FEN, Money
from graphql_schema.types.recharge import (
    PayWay,
    Recharge,
    RechargeOptions,
    RechargeProvider,
    RechargeSource,
    RechargeStarted,
    Reconciliation,
)
from ordering.money.intents import check_room, draft, draft_for, find_target
from ordering.money.needs import Till
from ordering.money.payments import NOT_OPENED, UNAVAILABLE, Payments
from ordering.money.refund_rows import (
    Begun,
    WantedRefund,
    begin_held_refund,
    begin_refund,
    fetch_refund,
    find_refund,
)
from ordering.money.refunds import Refunds
from ordering.money.rows import HELD, fetch_row, find_recharge
from ordering.money.units import from_fen, to_fen, to_us
from ordering.money.view import digest_receipt, read_offer, tell
from ordering.money.vouchers import NOT_ASKED, Vouchers, turn_down
from ordering.money_tables import recharge
from ordering.needs import insert_new

FetchReconciliations = Callable[[date], Awaitable[Sequence[Reconciliation]]]


class SqlRecharges:
    """The ``Recharges`` of graphql_schema.payment_ports over SQL."""

    def __init__(self, till: Till, reconciliations: FetchReconciliations) -> None:
        self._till, self._cross, self._reconciliations = till, till.cross, reconciliations
        self._payments, self._vouchers, self._refunds = Payments(till), Vouchers(till), Refunds(till)

    def options(self) -> RechargeOptions:
        """Amounts, bounds, providers."""
        till = self._till
        providers = [
            RechargeProvider(source=source, ways=list(provider.ways), agreements=source in till.agreements)
            for source, provider in till.providers.items()
        ]
        least, most = self._bounds()
        suggested = [Money(amount=each, currency=till.rules.currency) for each in till.rules.suggested]
        return RechargeOptions(suggested=suggested, least=least, most=most, providers=providers)

    async def start(
        self, deed: Deed, number: str | None, amount: Money, source: RechargeSource, way: PayWay
    ) -> RechargeStarted:
        """Writes the intent, then opens the payment: on an unknown outcome it is CHECKING and resolves itself. The same
        deed starts one. Raises AmountRefused, NotRechargeable, ProviderRefused, TooMany, BadArgument, BssFault."""
        standing = await find_recharge(self._till, recharge.c.id == deed.id)
        if standing is not None:
            return self._started(standing)
        self._check_amount(amount)
        provider = self._till.providers.get(source)
        if provider is None or way not in provider.ways:
            raise ProviderRefused(reason="not_offered")
        line = await find_target(self._till, deed.caller, number)
        begun = await self._begin(draft(self._till, deed, line, source) | {"way": way.value}, amount)
        if begun is None:
            return self._started(await fetch_row(self._till, deed.id))
        return self._started(await self._payments.open(begun, first=True))

    async def start_automatic(
        self, recharge_id: str, line: Line, amount: Money, source: RechargeSource, *, agreement: str
    ) -> Recharge:
        """Collects by a standing agreement with the provider, once for the id (32 letters and digits at most), and
        credits it as any other. Raises nothing of a provider's: a state says what became of it."""
        row = draft_for(self._till, recharge_id, line, source) | {"agreement": agreement}
        begun = await self._begin(row, amount)
        if begun is not None:
            begun = await self._payments.open(begun, first=True)
        return tell(self._till, begun or await fetch_row(self._till, recharge_id), line_id=line.id)

    async def redeem_voucher(self, deed: Deed, number: str | None, card: str) -> Recharge:
        """Asks the operator for the card's money; on an unknown outcome it is CHECKING and resolves itself. Raises
        BadArgument, VoucherRefused, Locked, NotRechargeable, TooMany, BssFault."""
        row = await find_recharge(self._till, recharge.c.id == deed.id)
        if row is None:
            line = await find_target(self._till, deed.caller, number)
            row = await self._vouchers.begin(deed, line, card)
        if row.state == "refused" and row.failure != NOT_ASKED:
            raise turn_down(row, tries_left=0)
        return tell(self._till, row, receipt=True)

    async def cancel(self, deed: Deed, receipt: str) -> Recharge:
        """Closes one that waits; paid in the meantime, it is answered as paid. Raises NotFound."""
        row = await self._find_by_receipt(receipt)
        if row.state in {"opening", "waiting"}:
            row = await self._payments.close(row)
        return tell(self._till, row, receipt=True)

    async def fetch_by_receipt(self, receipt: str) -> Recharge:
        """Raises NotFound."""
        return tell(self._till, await self._find_by_receipt(receipt), receipt=True)

    async def fetch_pay_offer(self, receipt: str) -> RechargeStarted:
        """The same, and how to pay it while it waits. Raises NotFound."""
        return self._show(await self._find_by_receipt(receipt))

    async def fetch_one(self, recharge_id: str) -> Recharge:
        """For whoever began it without a person. Raises NotFound."""
        row = await find_recharge(self._till, recharge.c.id == recharge_id)
        if row is None:
            raise NotFound
        return tell(self._till, row)

    async def fetch_of_line(self, line_id: str, *, limit: int) -> Sequence[Recharge]:
        """Those of a line or begun by it, newest first; cards that were refused are left out."""
        newest = recharge.c.began_at_us.desc(), recharge.c.id
        asked = select(recharge).where(_of_line(line_id)).order_by(*newest).limit(limit)
        async with self._till.reading() as connection:
            rows = (await connection.execute(asked)).all()
        return [tell(self._till, row, line_id=line_id) for row in rows]

    async def fetch_mine(self, line_id: str, recharge_id: str) -> Recharge:
        """One of those, however old. Raises NotFound."""
        row = await find_recharge(self._till, recharge.c.id == recharge_id, _of_line(line_id))
        if row is None:
            raise NotFound
        return tell(self._till, row, line_id=line_id)

    async def refund(self, deed: Deed, recharge_id: str, amount: Money) -> Recharge:
        """Takes it out of the operator's books and gives it back to the payer, as far as that comes at once. Raises
        NotFound, AmountRefused, ProviderRefused, BssFault."""
        paid = await find_recharge(self._till, recharge.c.id == recharge_id)
        if paid is None:
            raise NotFound
        first = await self._begin_refund(deed, paid, amount)
        refund = await fetch_refund(self._till, deed.id)
        if first:
            refund = await self._refunds.advance(refund, first=True)
        if refund.state == "refused":
            raise ProviderRefused(reason=refund.failure or "refused")
        return tell(self._till, await fetch_row(self._till, recharge_id))

    async def fetch_reconciliations(self, day: date) -> Sequence[Reconciliation]:
        """Each provider's, for a business day; empty before it was done."""
        return await self._reconciliations(day)

    async def _begin(self, row: dict[str, Any], amount: Money) -> Row[Any] | None:
        """Writes the intent of a payment; None where it is there. Raises TooMany."""
        expires_at_us = to_us(self._till.now() + self._till.rules.payable_for)
        row |= {"amount_fen": to_fen(amount), "state": "opening", "expires_at_us": expires_at_us}
        async with self._till.transaction() as connection:
            if row.get("agreement") is None:
                await check_room(connection, self._till.rules, row["by_line_id"])
            if not await insert_new(connection, recharge, row):
                return None
        self._cross("recharge.intended")
        return await fetch_row(self._till, row["id"])

    async def _begin_refund(self, deed: Deed, paid: Row[Any], amount: Money) -> bool:
        """Whether the intent is new. Raises AmountRefused, ProviderRefused."""
        till = self._till
        if await find_refund(till, deed.id) is not None:
            return False
        if paid.source == RechargeSource.VOUCHER.value:
            raise ProviderRefused(reason="not_offered")
        if paid.state == HELD:
            return await self._begin_held_refund(deed, paid, amount)
        if paid.state not in {"credited", "refunding"}:
            raise ProviderRefused(reason="refused")
        least, left = (from_fen(each, paid.currency) for each in (1, paid.amount_fen - paid.back_fen))
        exact = amount.currency == paid.currency and amount.amount == amount.amount.quantize(FEN)
        if not exact or not least.amount <= amount.amount <= left.amount:
            raise AmountRefused(least=least, most=left)
        wish = WantedRefund(deed.id, to_fen(amount), deed.caller.actor)
        async with till.transaction() as connection:
            begun = await begin_refund(connection, till, paid, wish)
        if begun is Begun.TOO_MUCH:  # another refund was faster
            raise AmountRefused(least=least, most=left)
        self._cross("refund.intended")
        return begun is Begun.NEW

    async def _begin_held_refund(self, deed: Deed, held: Row[Any], amount: Money) -> bool:
        """All that the provider says that it collected, or nothing. Raises AmountRefused, ProviderRefused."""
        try:
            collected = await self._payments.fetch_collected(held)
        except PaymentFault as fault:
            raise ProviderRefused(reason="unavailable") from fault
        there = collected.amount
        if collected.state is not PaidState.PAID or there is None or there.currency != held.currency:
            raise ProviderRefused(reason="refused")
        if amount != there:
            raise AmountRefused(least=there, most=there)
        wish = WantedRefund(deed.id, to_fen(amount), deed.caller.actor)
        async with self._till.transaction() as connection:
            begun = await begin_held_refund(connection, self._till, held, wish, paid_at=collected.paid_at)
        if begun is Begun.TOO_MUCH:  # another was faster, or the provider names the right amount meanwhile
            raise ProviderRefused(reason="refused")
        self._cross("refund.intended")
        return begun is Begun.NEW

    def _started(self, row: Row[Any]) -> RechargeStarted:
        """What whoever starts it is told, also when the deed is done again. Raises ProviderRefused where the provider
        never took it."""
        if row.state == "refused" and row.failure in {NOT_OPENED, UNAVAILABLE}:
            raise ProviderRefused(reason="refused" if row.failure == NOT_OPENED else "unavailable")
        return self._show(row)

    def _show(self, row: Row[Any]) -> RechargeStarted:
        return RechargeStarted(recharge=tell(self._till, row, receipt=True), pay=read_offer(self._till, row))

    async def _find_by_receipt(self, receipt: str) -> Row[Any]:
        row = await find_recharge(self._till, recharge.c.receipt_digest == digest_receipt(receipt))
        if row is None:
            raise NotFound
        return row

    def _bounds(self) -> tuple[Money, Money]:
        rules = self._till.rules
        least, most = (Money(amount=each, currency=rules.currency) for each in (rules.least, rules.most))
        return least, most

    def _check_amount(self, amount: Money) -> None:
        least, most = self._bounds()
        exact = amount.amount == amount.amount.quantize(FEN) and amount.currency == most.currency
        if not exact or not least.amount <= amount.amount <= most.amount:
            raise AmountRefused(least=least, most=most)


def _of_line(line_id: str) -> ColumnElement[bool]:
    """For a line or begun by it; a card that was refused put nothing in."""
    mine = or_(recharge.c.line_id == line_id, recharge.c.by_line_id == line_id)
    return and_(mine, or_(recharge.c.source != RechargeSource.VOUCHER.value, recharge.c.state != "refused"))
