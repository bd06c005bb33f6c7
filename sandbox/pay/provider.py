"""What does the payment provider do when it is asked to collect, to give back or to stop?"""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from sandbox.bss.clock import Clock
from sandbox.bss.month import Month, render_instant
from sandbox.pay.amount import render_fen
from sandbox.pay.bad_day import BadDay
from sandbox.pay.courier import Courier
from sandbox.pay.payment_book import Agreement, Payment, PaymentBook, Refund

CURRENCY: Final = "CNY"
_OTHER_CURRENCY: Final = "USD"


class PayRefusedError(Exception):
    """The provider does not do this; ``code`` says why."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a merchant wants to have collected. ``expires_ms`` None: in a day."""

    reference: str
    amount_fen: int
    subject: str
    notify_url: str = ""
    return_url: str = ""
    expires_ms: int | None = None


class Provider:
    """The provider's deeds. Each is done once for a reference, by the state in which the book is."""

    def __init__(
        self,
        book: PaymentBook,
        courier: Courier,
        day: BadDay,
        clock: Clock,
        *,
        real_ms: Callable[[], int] | None = None,
    ) -> None:
        self.book = book
        self._courier = courier
        self._day = day
        self._clock = clock
        self._real_ms = real_ms or (lambda: time.time_ns() // 1_000_000)

    def open(self, wanted: Wanted) -> tuple[Payment, bool]:
        """The payment of a reference, and whether it is new. Raises PayRefusedError 409 for another wish."""
        known = self.book.find_payment(wanted.reference)
        if known is not None:
            return _same(self._looked_at(known), wanted), False
        payment = self.book.add_payment(self._drafted(wanted))
        if payment.notify_url and self._day.take("forge"):
            self._courier.lie(payment.notify_url, _said_of(replace(payment, state="paid"), self._clock.now_ms()))
        return payment, True

    def find(self, reference: str) -> Payment:
        """Raises PayRefusedError 404."""
        found = self.book.find_payment(reference)
        if found is None:
            raise PayRefusedError(404, "unknownPayment", f"There is no payment {reference}.")
        return self._looked_at(found)

    def find_page(self, code: str) -> Payment | None:
        """The payment of a page."""
        found = self.book.find_page(code)
        return self._looked_at(found) if found else None

    def close(self, reference: str) -> Payment:
        """Nobody can pay it any more. What a payer did just before is paid."""
        payment = self.find(reference)
        self.book.end_payment(payment.serial, "closed")
        self._settle(self.find(reference))
        return self.find(reference)

    def pay(self, payment: Payment) -> Payment:
        """The payer pays, unless the bank refuses, or it is too late."""
        payment = self._looked_at(payment)
        if payment.state == "open" and self._day.take("refuse"):
            return self.refuse(payment, "bankRefused")
        delay = self._day.take("delay") if payment.state == "open" else None
        settles_real_ms = self._real_ms() + round(delay.seconds * 1000 if delay else 0)
        collected = self._collected(payment)
        if self.book.collect(collected, at_ms=self._clock.stamp_ms(), settles_real_ms=settles_real_ms) and not delay:
            self._settle(self.find(payment.reference))
        return self.find(payment.reference)

    def refuse(self, payment: Payment, reason: str) -> Payment:
        """The payer, or the bank, says no."""
        with self.book.together():
            if self.book.end_payment(payment.serial, "refused", reason):
                self._tell(payment.reference)
        return self.find(payment.reference)

    def refund(self, asked: Refund) -> tuple[Refund, bool]:
        """The refund of a reference, and whether it is new. Raises PayRefusedError: 404, 409."""
        payment = self.find(asked.reference)
        known = self.book.find_refund(asked.refund_reference)
        if known is not None:
            if (known.reference, known.amount_fen) != (asked.reference, asked.amount_fen):
                raise PayRefusedError(409, "referenceReused", "This refundReference was used for another refund.")
            return known, False
        if payment.state != "paid":
            raise PayRefusedError(409, "notPaid", f"{asked.reference} is {payment.state}.")
        delay = self._day.take("delay")
        settles_real_ms = self._real_ms() + round(delay.seconds * 1000 if delay else 0)
        made = self.book.add_refund(replace(asked, settles_real_ms=settles_real_ms))
        if made is None:
            raise PayRefusedError(409, "refundTooMuch", "No more can be given back than was paid.")
        self.settle_due()
        return self.find_refund(asked.refund_reference), True

    def find_refund(self, refund_reference: str) -> Refund:
        """Raises PayRefusedError 404."""
        self.settle_due()
        found = self.book.find_refund(refund_reference)
        if found is None:
            raise PayRefusedError(404, "unknownRefund", f"There is no refund {refund_reference}.")
        return found

    def charge(self, agreement: Agreement, wanted: Wanted) -> tuple[Payment, bool]:
        """Collects by an agreement, once for a reference: paid, or refused with the reason."""
        known = self.book.find_payment(wanted.reference)
        if known is not None:
            return _same(self._looked_at(known), wanted), False
        payment = self.book.add_payment(replace(self._drafted(wanted), agreement=agreement.code))
        reason = self._why_not(agreement, wanted)
        return (self.refuse(payment, reason) if reason else self.pay(payment)), True

    def settle_due(self) -> None:
        """What was delayed until now is paid, or given back, and told."""
        for payment in self.book.unsettled(self._real_ms()):
            self._settle(payment)
        for refund in self.book.unsettled_refunds(self._real_ms()):
            with self.book.together():
                if self.book.settle_refund(refund.serial, self._clock.stamp_ms()):
                    self._tell_refund(refund)

    def _drafted(self, wanted: Wanted) -> Payment:
        now_ms = self._clock.now_ms()
        expires_ms = wanted.expires_ms if wanted.expires_ms is not None else now_ms + 86_400_000
        code = secrets.token_urlsafe(16)
        return Payment(
            0, wanted.reference, code, "open", wanted.amount_fen, CURRENCY, wanted.subject, wanted.notify_url,
            wanted.return_url, now_ms, expires_ms,
        )  # fmt: skip

    def _looked_at(self, payment: Payment) -> Payment:
        """The payment as it is now. It has expired when both clocks say so: a merchant may go by either."""
        self.settle_due()
        if payment.expires_ms <= min(self._clock.now_ms(), self._real_ms()):
            self.book.end_payment(payment.serial, "closed", "expired")
        return self.book.find_payment(payment.reference) or payment

    def _collected(self, payment: Payment) -> Payment:
        """What is collected, and what the statement will say: on a bad day not what was asked for."""
        wrong = 1 if payment.amount_fen != 1 else 10_000
        amount = wrong if self._day.take("wrongAmount", "payment") else payment.amount_fen
        currency = _OTHER_CURRENCY if self._day.take("wrongCurrency", "payment") else payment.currency
        lies = [mode for mode in ("wrongAmount", "wrongCurrency") if self._day.take(mode, "statement")]
        lie = " ".join(lies)
        return replace(payment, collected_fen=amount, collected_currency=currency, statement_lie=lie)

    def _why_not(self, agreement: Agreement, wanted: Wanted) -> str | None:
        if agreement.state != "signed":
            return "ended" if agreement.state == "ended" else "notSigned"
        month = Month.of(self._clock.now_ms())
        spent_fen = self.book.charged_fen(agreement.code, month.start_ms, month.end_ms)
        if spent_fen + wanted.amount_fen > agreement.most_fen:
            return "mostAMonth"
        return "payerRefused" if self._day.take("refuse") else None

    def _settle(self, payment: Payment) -> None:
        with self.book.together():
            if self.book.settle(payment.serial):
                self._tell(payment.reference)

    def _tell(self, reference: str) -> None:
        payment = self.book.find_payment(reference)
        if payment is not None:
            self._courier.tell(payment.notify_url, _said_of(payment, self._clock.now_ms()))

    def _tell_refund(self, refund: Refund) -> None:
        payment = self.book.find_payment(refund.reference)
        said = {
            "kind": "refund",
            "reference": refund.reference,
            "refundReference": refund.refund_reference,
            "state": "done",
            "amount": render_fen(refund.amount_fen),
            "currency": payment.collected_currency if payment else CURRENCY,
            "at": render_instant(self._clock.now_ms()),
        }
        self._courier.tell(refund.notify_url or (payment.notify_url if payment else ""), said)


def _same(known: Payment, wanted: Wanted) -> Payment:
    if known.amount_fen != wanted.amount_fen:
        raise PayRefusedError(409, "referenceReused", f"{wanted.reference} was used for another amount.")
    return known


def _said_of(payment: Payment, at_ms: int) -> dict[str, Any]:
    """A payment, as a notice tells it."""
    is_paid = payment.state == "paid" and payment.paid_ms is not None
    return {
        "kind": "payment",
        "reference": payment.reference,
        "state": payment.state,
        "amount": render_fen(payment.collected_fen if is_paid else payment.amount_fen),
        "currency": payment.collected_currency if is_paid else payment.currency,
        "at": render_instant(at_ms),
    }
