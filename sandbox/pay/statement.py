"""What did the payment provider collect and give back on a day, for the merchant's books?"""

import csv
import io
from datetime import date, datetime, timedelta
from typing import Final

from sandbox.bss.month import CHINA, render_instant
from sandbox.pay.amount import render_fen
from sandbox.pay.payment_book import Payment, PaymentBook, Refund

HEADINGS: Final = ("kind", "id", "reference", "refundReference", "amount", "currency", "at")


def render_statement(book: PaymentBook, day: date) -> str:
    """The payments and refunds of a business day (of China), oldest first, as CSV."""
    begins = datetime(day.year, day.month, day.day, tzinfo=CHINA)
    start_ms, end_ms = (round(at.timestamp() * 1000) for at in (begins, begins + timedelta(days=1)))
    rows = [(payment.paid_ms or 0, _payment_row(payment)) for payment in book.collected_between(start_ms, end_ms)]
    rows += [(refund.done_ms or 0, _refund_row(refund)) for refund in book.refunded_between(start_ms, end_ms)]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADINGS)
    writer.writerows(row for _, row in sorted(rows, key=lambda row: row[0]))
    return text.getvalue()


def _payment_row(payment: Payment) -> tuple[str, ...]:
    fen = payment.collected_fen + (1 if "wrongAmount" in payment.statement_lie else 0)
    currency = "USD" if "wrongCurrency" in payment.statement_lie else payment.collected_currency
    at = render_instant(payment.paid_ms or 0)
    return ("payment", payment.code, payment.reference, "", render_fen(fen), currency, at)


def _refund_row(refund: Refund) -> tuple[str, ...]:
    amount, at = render_fen(refund.amount_fen), render_instant(refund.done_ms or 0)
    return ("refund", f"R{refund.serial}", refund.reference, refund.refund_reference, amount, "CNY", at)
