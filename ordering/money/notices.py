"""Is what somebody posted as a provider's callback one, and what follows from it?

Nothing but a question: a notice that is believed makes us ask the provider, and the provider's answer alone moves
money. What is not believed changes nothing.
"""

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from sqlalchemy.engine import Row

from graphql_schema.payment_ports import NoticeAnswer, NoticeRefused, PaymentFault, PaymentNotice, PaymentProvider
from graphql_schema.types.recharge import RechargeSource
from ordering.money.needs import Till
from ordering.money.payments import Payments
from ordering.money.refund_rows import find_refund
from ordering.money.rows import ASKED_ABOUT, find_recharge, wake_row
from ordering.money.units import from_fen, to_us
from ordering.money_tables import payment_notice, recharge
from ordering.needs import insert_new

LOG = logging.getLogger(__name__)
WINDOW: Final = timedelta(minutes=5)
BODY_BYTES_MOST: Final = 64 * 1024
ID_CHARACTERS: Final = range(1, 129)
REFERENCE_CHARACTERS: Final = range(1, 33)


class PaymentNotices:
    """Takes the callbacks of all providers."""

    def __init__(self, till: Till, *, window: timedelta = WINDOW) -> None:
        self._till, self._window, self._payments, self._cross = till, window, Payments(till), till.cross

    async def take(self, source: RechargeSource, headers: Mapping[str, str], body: bytes) -> NoticeAnswer:
        """What the provider wants to hear: that it was taken, or that it was not. Raises LookupError for a provider
        that we have not, and a fault of the database's."""
        provider = self._till.providers.get(source)
        if provider is None:
            raise LookupError(source.value)
        try:
            notice = self._read(provider, headers, body)
            paid = await self._find_meant(source, notice)
        except NoticeRefused as refusal:
            LOG.warning("a notice of %s is not believed: %s", source.value, refusal.code)
            return provider.answer_notice(taken=False)
        if await self._note(source, notice, paid):
            self._cross("notice.noted")
            await self._follow(notice, paid)
        return provider.answer_notice(taken=True)

    def _read(self, provider: PaymentProvider, headers: Mapping[str, str], body: bytes) -> PaymentNotice:
        """Raises NoticeRefused."""
        if len(body) > BODY_BYTES_MOST:
            raise NoticeRefused("garbled")
        now = self._till.now()
        notice = provider.read_notice(headers, body, now=now)
        if abs(notice.at - now) > self._window:
            raise NoticeRefused("too_old")
        if len(notice.id) not in ID_CHARACTERS or len(notice.reference) not in REFERENCE_CHARACTERS:
            raise NoticeRefused("garbled")
        return notice

    async def _find_meant(self, source: RechargeSource, notice: PaymentNotice) -> Row[Any]:
        """Our recharge, if reference, provider, amount and currency are those of one. Raises NoticeRefused."""
        refund = await find_refund(self._till, notice.reference) if notice.kind == "refund" else None
        recharge_id = notice.reference if refund is None else refund.recharge_id
        paid = await find_recharge(self._till, recharge.c.id == recharge_id, recharge.c.source == source.value)
        if paid is None:
            raise NoticeRefused("unknown_reference")
        amount_fen = paid.amount_fen if refund is None else refund.amount_fen
        whole = notice.kind == "payment" or refund is not None  # a refund may be told under the payment's reference
        if whole and notice.amount is not None and notice.amount != from_fen(amount_fen, paid.currency):
            raise NoticeRefused("amount_differs")
        return paid

    async def _note(self, source: RechargeSource, notice: PaymentNotice, paid: Row[Any]) -> bool:
        """Keeps that it was told, and lets the workers look at it at once; False where it was told before."""
        now = self._till.now()
        row = {
            "source": source.value,
            "notice_id": notice.id,
            "reference": notice.reference,
            "seen_at_us": to_us(now),
        }
        async with self._till.transaction() as connection:
            new = await insert_new(connection, payment_notice, row)
            if new:
                await wake_row(connection, paid.id, now=now)
        return new

    async def _follow(self, notice: PaymentNotice, paid: Row[Any]) -> None:
        """Asks the provider now, while whoever paid looks at the page; a worker does it otherwise."""
        if notice.kind == "payment" and paid.state in ASKED_ABOUT:
            try:
                await self._payments.ask(paid)
            except PaymentFault as fault:
                LOG.info("asking about a payment waits for the next worker: %s", fault.code)
