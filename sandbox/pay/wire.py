"""How do a payment, a refund and an agreement look to the merchant?"""

from typing import Any

from sandbox.bss.month import render_instant
from sandbox.bss.tmf.wire import HOST
from sandbox.pay.amount import render_fen
from sandbox.pay.payment_book import Agreement, Payment, PaymentBook, Refund


def render_payment(book: PaymentBook, payment: Payment) -> dict[str, Any]:
    """A payment; what was collected of it, as soon as it is paid."""
    is_paid = payment.state == "paid"
    page = f"{HOST.get()}/pay/{payment.code}"
    wire: dict[str, Any] = {
        "id": payment.code,
        "reference": payment.reference,
        "state": "open" if payment.state == "paying" else payment.state,
        "amount": render_fen(payment.collected_fen if is_paid else payment.amount_fen),
        "currency": payment.collected_currency if is_paid else payment.currency,
        "subject": payment.subject,
        "createdAt": render_instant(payment.created_ms),
        "expiresAt": render_instant(payment.expires_ms),
        "refunded": render_fen(sum(refund.amount_fen for refund in book.refunds_of(payment.reference))),
        "page": page,
        "qr": page,
        "app": {"payUrl": page},
    }
    if is_paid and payment.paid_ms is not None:
        wire["paidAt"] = render_instant(payment.paid_ms)
    if payment.reason:
        wire["reason"] = payment.reason
    return wire


def render_refund(book: PaymentBook, refund: Refund) -> dict[str, Any]:
    """A refund, in the currency in which was paid."""
    payment = book.find_payment(refund.reference)
    wire: dict[str, Any] = {
        "id": f"R{refund.serial}",
        "reference": refund.reference,
        "refundReference": refund.refund_reference,
        "state": refund.state,
        "amount": render_fen(refund.amount_fen),
        "currency": payment.collected_currency if payment else "CNY",
    }
    if refund.done_ms is not None:
        wire["doneAt"] = render_instant(refund.done_ms)
    return wire


def render_agreement(agreement: Agreement) -> dict[str, Any]:
    """An agreement, and where it is signed."""
    return {
        "id": agreement.code,
        "reference": agreement.reference,
        "state": agreement.state,
        "signed": agreement.state == "signed",
        "ended": agreement.state == "ended",
        "mostAMonth": render_fen(agreement.most_fen),
        "currency": "CNY",
        "signPage": f"{HOST.get()}/pay/sign/{agreement.code}",
    }
