"""What does a provider know of a payment, and what do we make of it?

Whatever is not known for certain is asked about again; nothing is ever concluded from silence.
"""

import logging
from typing import Any, Final

from sqlalchemy.engine import Row

from graphql_schema.payment_ports import (
    AgreementProvider,
    Opening,
    PaidState,
    PaymentFault,
    PaymentProvider,
    PaymentWish,
    ProviderPayment,
)
from graphql_schema.types.recharge import PayWay, RechargeSource
from ordering.money.ledger import DUE, Movement, move, provider_account
from ordering.money.needs import Till
from ordering.money.receipts import announce
from ordering.money.rows import AT_ONCE, HELD, MOVED_NOTHING, enter, fetch_row, find_patience, find_pause, free
from ordering.money.units import from_fen, from_us, to_us
from ordering.money.view import DIFFERS, make_receipt, write_offer
from ordering.money_tables import recharge

LOG = logging.getLogger(__name__)
PROVIDER_ID_CHARACTERS: Final = 64
NOT_OPENED: Final = "not_opened"
UNAVAILABLE: Final = "unavailable"
"""Why the provider never took it: it would not, or it could not be asked."""


class Payments:
    """The steps of a payment. Each takes a row as it was read or claimed, and answers it as it then stands."""

    def __init__(self, till: Till) -> None:
        self._till, self._cross = till, till.cross

    async def open(self, row: Row[Any], *, first: bool = False) -> Row[Any]:
        """Has the provider make the payment, or say again how to get to it. ``first``: nobody asked for it before, so
        a fault that leaves nothing open ends it."""
        if row.agreement is not None:
            return await self._charge(row, first=first)
        try:
            opening = await self._provider_of(row).open(self._wish(row))
        except PaymentFault as fault:
            return await self._open_in_vain(row, fault, first=first)
        self._cross("recharge.opened")
        return await self._keep_offer(row, opening)

    async def ask(self, row: Row[Any]) -> Row[Any]:
        """Asks what became of it. Raises PaymentFault."""
        return await self.settle(row, await self._provider_of(row).fetch(row.id))

    async def fetch_collected(self, row: Row[Any]) -> ProviderPayment:
        """What the provider says now of a payment that is held. Raises PaymentFault."""
        return await self._provider_of(row).fetch(row.id)

    async def close(self, row: Row[Any]) -> Row[Any]:
        """Nobody can pay it any more; if somebody was faster, it is paid."""
        if row.state != "closing":
            closing = await self._pass(row, "closing", free_in=self._till.rules.lease)
            if closing is None:
                return await fetch_row(self._till, row.id)
            row = closing
            self._cross("recharge.close_intended")
        try:
            closed = await self._provider_of(row).close(row.id)
        except PaymentFault:
            return await self._leave(row)
        self._cross("recharge.closed_at_provider")
        return await self.settle(row, closed)

    async def settle(self, row: Row[Any], payment: ProviderPayment) -> Row[Any]:
        """Draws the conclusion from what the provider said when it was asked."""
        if payment.reference != row.id:
            return await self._leave(row, failure="garbled")
        if payment.state is PaidState.PAID:
            return await self._take(row, payment)
        if row.state in MOVED_NOTHING:
            return await self._rest(row)
        if payment.state is PaidState.REFUSED:
            return await self._end(row, "refused", failure="refused")
        # one that it never heard of it will not take any more, once it was told to close it
        if payment.state is PaidState.CLOSED or (payment.state is PaidState.UNKNOWN and row.state == "closing"):
            return await self._end(row, "closed")
        return await self._leave(row)

    async def _charge(self, row: Row[Any], *, first: bool) -> Row[Any]:
        try:
            charged = await self._agreements_of(row).charge(row.agreement, self._wish(row))
        except PaymentFault as fault:
            return await self._open_in_vain(row, fault, first=first)
        self._cross("recharge.charged")
        return await self.settle(row, charged)

    async def _open_in_vain(self, row: Row[Any], fault: PaymentFault, *, first: bool) -> Row[Any]:
        if fault.outcome_unknown or not first:
            return await self._leave(row)
        return await self._end(row, "refused", failure=NOT_OPENED if fault.code == "refused" else UNAVAILABLE)

    async def _keep_offer(self, row: Row[Any], opening: Opening) -> Row[Any]:
        kept = {"offer": write_offer(self._till, opening), "failure": None}
        waiting = await self._pass(row, "waiting", free_in=self._till.rules.ask_after, **kept)
        return waiting or await fetch_row(self._till, row.id)

    async def _take(self, row: Row[Any], payment: ProviderPayment) -> Row[Any]:
        """The money is here: state and movement in one commit."""
        if payment.amount is None:
            return await self._leave(row, failure="garbled")
        if payment.amount != from_fen(row.amount_fen, row.currency):
            return await self._hold(row)
        now = self._till.now()
        paid_at_us, provider_id = to_us(payment.paid_at or now), payment.provider_id[:PROVIDER_ID_CHARACTERS] or None
        kept = {"paid_at_us": paid_at_us, "provider_id": provider_id, "offer": "", "failure": None, "ended_at_us": None}
        source = RechargeSource(row.source)
        movement = Movement(f"paid:{row.id}", row.id, DUE, provider_account(source), row.amount_fen, row.currency)
        async with self._till.transaction() as connection:
            paid = await enter(connection, row.id, "paid", now=now, free_in=AT_ONCE, **kept)
            if paid is not None:
                await move(connection, movement, now=now)
        if paid is None:
            return await fetch_row(self._till, row.id)
        self._cross("recharge.paid")
        await announce(self._till, paid)
        return paid

    async def _hold(self, row: Row[Any]) -> Row[Any]:
        """Another amount was collected than anybody asked for: nothing moves before the provider names the right one,
        or a colleague gives back what it has."""
        if row.state == HELD:
            return await self._leave(row)
        after, kept = self._till.rules.ask_held_after, {"failure": DIFFERS, "offer": "", "ended_at_us": None}
        held = await self._pass(row, HELD, free_in=after, **kept)
        if held is None:
            return await fetch_row(self._till, row.id)
        LOG.warning("%s is held: the provider collected another amount", row.id)
        await announce(self._till, held)
        return held

    async def _end(self, row: Row[Any], state: str, *, failure: str | None = None) -> Row[Any]:
        ended_at_us = to_us(self._till.now())
        ended = await self._pass(row, state, free_in=None, failure=failure, offer="", ended_at_us=ended_at_us)
        if ended is None:
            return await fetch_row(self._till, row.id)
        await announce(self._till, ended)
        return ended

    async def _rest(self, row: Row[Any]) -> Row[Any]:
        """It was looked at once more because of a notice, and is over as it was."""
        await free(self._till, recharge, row, after=None)
        return await fetch_row(self._till, row.id)

    async def _leave(self, row: Row[Any], *, failure: str | None = None) -> Row[Any]:
        rules, kept = self._till.rules, {"failure": failure}
        if row.state == HELD:
            pause, kept = rules.ask_held_after, {}
        else:
            pause = (find_patience if row.state == "waiting" else find_pause)(rules, row.attempts)
        await free(self._till, recharge, row, after=pause, **kept)
        return await fetch_row(self._till, row.id)

    async def _pass(self, row: Row[Any], state: str, **values: Any) -> Row[Any] | None:  # noqa: ANN401  columns
        async with self._till.transaction() as connection:
            return await enter(connection, row.id, state, now=self._till.now(), **values)

    def _provider_of(self, row: Row[Any]) -> PaymentProvider:
        provider = self._till.providers.get(RechargeSource(row.source))
        if provider is None:  # it was taken out of the settings while a payment was under way
            raise PaymentFault("unavailable", outcome_unknown=True)
        return provider

    def _agreements_of(self, row: Row[Any]) -> AgreementProvider:
        provider = self._till.agreements.get(RechargeSource(row.source))
        if provider is None:
            raise PaymentFault("unavailable", outcome_unknown=True)
        return provider

    def _wish(self, row: Row[Any]) -> PaymentWish:
        till = self._till
        return PaymentWish(
            reference=row.id,
            amount=from_fen(row.amount_fen, row.currency),
            subject=f"{till.rules.subject} {row.masked_number}",
            way=PayWay(row.way) if row.way else PayWay.PAGE,
            expires_at=from_us(row.expires_at_us),
            notify_url=till.notice_url(RechargeSource(row.source)),
            return_url=f"{till.pages.rstrip('/')}/recharge/{make_receipt(till, row.id)}",
        )
