"""What was the payment provider asked for, what was paid, and where is it kept?"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Literal

PaymentState = Literal["open", "paying", "paid", "refused", "closed"]
RefundState = Literal["working", "done"]
AgreementState = Literal["signing", "signed", "ended"]

TABLES: Final = """
CREATE TABLE IF NOT EXISTS pay_payment (
    serial INTEGER PRIMARY KEY, reference TEXT NOT NULL UNIQUE, code TEXT NOT NULL UNIQUE, state TEXT NOT NULL,
    amount_fen INTEGER NOT NULL, currency TEXT NOT NULL, subject TEXT NOT NULL, notify_url TEXT NOT NULL,
    return_url TEXT NOT NULL, created_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL, agreement TEXT NOT NULL,
    collected_fen INTEGER NOT NULL DEFAULT 0, collected_currency TEXT NOT NULL DEFAULT 'CNY', paid_ms INTEGER,
    reason TEXT NOT NULL DEFAULT '', settles_real_ms INTEGER, statement_lie TEXT NOT NULL DEFAULT '') STRICT;
CREATE INDEX IF NOT EXISTS pay_payment_by_day ON pay_payment (paid_ms);
CREATE INDEX IF NOT EXISTS pay_payment_unsettled ON pay_payment (settles_real_ms) WHERE state = 'paying';
CREATE INDEX IF NOT EXISTS pay_payment_by_agreement ON pay_payment (agreement, paid_ms);
CREATE TABLE IF NOT EXISTS pay_refund (
    serial INTEGER PRIMARY KEY, refund_reference TEXT NOT NULL UNIQUE,
    reference TEXT NOT NULL REFERENCES pay_payment (reference), state TEXT NOT NULL, amount_fen INTEGER NOT NULL,
    notify_url TEXT NOT NULL, done_ms INTEGER, settles_real_ms INTEGER) STRICT;
CREATE INDEX IF NOT EXISTS pay_refund_by_payment ON pay_refund (reference);
CREATE INDEX IF NOT EXISTS pay_refund_unsettled ON pay_refund (settles_real_ms) WHERE state = 'working';
CREATE INDEX IF NOT EXISTS pay_refund_by_day ON pay_refund (done_ms);
CREATE TABLE IF NOT EXISTS pay_agreement (
    serial INTEGER PRIMARY KEY, reference TEXT NOT NULL UNIQUE, code TEXT NOT NULL UNIQUE, state TEXT NOT NULL,
    most_fen INTEGER NOT NULL, return_url TEXT NOT NULL) STRICT;
"""
_PAYMENT: Final = (
    "serial, reference, code, state, amount_fen, currency, subject, notify_url, return_url, created_ms, expires_ms,"
    " agreement, collected_fen, collected_currency, paid_ms, reason, settles_real_ms, statement_lie"
)
_REFUND: Final = "serial, refund_reference, reference, state, amount_fen, notify_url, done_ms, settles_real_ms"


@dataclass(frozen=True, slots=True)
class Payment:
    """What is to be collected for a ``reference`` of the merchant's; its page is found by ``code``. ``paying``: the
    payer did it, and it is settled at ``settles_real_ms``. What was collected may be another amount on a bad day."""

    serial: int
    reference: str
    code: str
    state: PaymentState
    amount_fen: int
    currency: str
    subject: str
    notify_url: str
    return_url: str
    created_ms: int
    expires_ms: int
    agreement: str = ""
    collected_fen: int = 0
    collected_currency: str = "CNY"
    paid_ms: int | None = None
    reason: str = ""
    settles_real_ms: int | None = None
    statement_lie: str = ""


@dataclass(frozen=True, slots=True)
class Refund:
    """What is given back of a payment."""

    serial: int
    refund_reference: str
    reference: str
    state: RefundState
    amount_fen: int
    notify_url: str
    done_ms: int | None = None
    settles_real_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Agreement:
    """A payer's word that the merchant may collect up to so much in a month of business time."""

    serial: int
    reference: str
    code: str
    state: AgreementState
    most_fen: int
    return_url: str


class PaymentBook:
    """The provider's part of the sandbox's database. Every write is one statement, which decides races."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._database.executescript(TABLES)

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is written meanwhile, a notice too, stands as a whole or not at all."""
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")

    def add_payment(self, asked: Payment) -> Payment:
        """Keeps a payment, or answers the one of its reference."""
        self._database.execute(
            "INSERT INTO pay_payment (reference, code, state, amount_fen, currency, subject, notify_url, return_url,"
            " created_ms, expires_ms, agreement) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (reference) DO NOTHING",
            (
                asked.reference,
                asked.code,
                asked.state,
                asked.amount_fen,
                asked.currency,
                asked.subject,
                asked.notify_url,
                asked.return_url,
                asked.created_ms,
                asked.expires_ms,
                asked.agreement,
            ),
        )
        found = self.find_payment(asked.reference)
        if found is None:
            raise LookupError(asked.reference)
        return found

    def find_payment(self, reference: str) -> Payment | None:
        """The payment of a reference."""
        return self._payment("reference = ?", reference)

    def find_page(self, code: str) -> Payment | None:
        """The payment of a page."""
        return self._payment("code = ?", code)

    def collect(self, payment: Payment, *, at_ms: int, settles_real_ms: int) -> bool:
        """The payer pays so much; False if somebody was faster."""
        row = self._database.execute(
            "UPDATE pay_payment SET state = 'paying', collected_fen = ?, collected_currency = ?, paid_ms = ?,"
            " settles_real_ms = ?, statement_lie = ? WHERE serial = ? AND state = 'open'",
            (
                payment.collected_fen,
                payment.collected_currency,
                at_ms,
                settles_real_ms,
                payment.statement_lie,
                payment.serial,
            ),
        )
        return row.rowcount == 1

    def settle(self, serial: int) -> bool:
        """What the payer did is paid; False if it was settled before."""
        done = "UPDATE pay_payment SET state = 'paid' WHERE serial = ? AND state = 'paying'"
        return self._database.execute(done, (serial,)).rowcount == 1

    def end_payment(self, serial: int, state: Literal["refused", "closed"], reason: str = "") -> bool:
        """An open payment is refused or closed; False if somebody was faster."""
        ended = "UPDATE pay_payment SET state = ?, reason = ? WHERE serial = ? AND state = 'open'"
        return self._database.execute(ended, (state, reason, serial)).rowcount == 1

    def unsettled(self, real_ms: int) -> list[Payment]:
        """What payers did and is to be settled by now."""
        return self._payments("state = 'paying' AND settles_real_ms <= ?", real_ms)

    def collected_between(self, start_ms: int, end_ms: int) -> list[Payment]:
        """What was paid in a span."""
        return self._payments("state = 'paid' AND paid_ms >= ? AND paid_ms < ?", start_ms, end_ms)

    def charged_fen(self, agreement: str, start_ms: int, end_ms: int) -> int:
        """What an agreement collected in a span."""
        row = self._database.execute(
            "SELECT coalesce(sum(collected_fen), 0) FROM pay_payment"
            " WHERE agreement = ? AND state IN ('paying', 'paid') AND paid_ms >= ? AND paid_ms < ?",
            (agreement, start_ms, end_ms),
        ).fetchone()
        charged: int = row[0]
        return charged

    def latest_payments(self, most: int) -> list[Payment]:
        """The last so many payments, the oldest first."""
        return self._payments("serial > (SELECT coalesce(max(serial), 0) FROM pay_payment) - ?", most)

    def add_refund(self, asked: Refund) -> Refund | None:
        """Keeps a refund, or answers the one of its reference; None if the payment has no room for it."""
        self._database.execute(
            "INSERT INTO pay_refund (refund_reference, reference, state, amount_fen, notify_url, settles_real_ms)"
            " SELECT ?, reference, 'working', ?, ?, ? FROM pay_payment p WHERE reference = ? AND state = 'paid' AND"
            " collected_fen >= ? + (SELECT coalesce(sum(amount_fen), 0) FROM pay_refund r"
            " WHERE r.reference = p.reference) ON CONFLICT (refund_reference) DO NOTHING",
            (
                asked.refund_reference,
                asked.amount_fen,
                asked.notify_url,
                asked.settles_real_ms,
                asked.reference,
                asked.amount_fen,
            ),
        )
        return self.find_refund(asked.refund_reference)

    def find_refund(self, refund_reference: str) -> Refund | None:
        """The refund of a reference."""
        found = self._refunds("refund_reference = ?", refund_reference)
        return found[0] if found else None

    def refunds_of(self, reference: str) -> list[Refund]:
        """What is given back of a payment."""
        return self._refunds("reference = ?", reference)

    def unsettled_refunds(self, real_ms: int) -> list[Refund]:
        """Those to be done by now."""
        return self._refunds("state = 'working' AND settles_real_ms <= ?", real_ms)

    def settle_refund(self, serial: int, at_ms: int) -> bool:
        """It is given back; False if it was before."""
        done = "UPDATE pay_refund SET state = 'done', done_ms = ? WHERE serial = ? AND state = 'working'"
        return self._database.execute(done, (at_ms, serial)).rowcount == 1

    def refunded_between(self, start_ms: int, end_ms: int) -> list[Refund]:
        """What was given back in a span."""
        return self._refunds("state = 'done' AND done_ms >= ? AND done_ms < ?", start_ms, end_ms)

    def latest_refunds(self, most: int) -> list[Refund]:
        """The last so many refunds, the oldest first."""
        return self._refunds("serial > (SELECT coalesce(max(serial), 0) FROM pay_refund) - ?", most)

    def add_agreement(self, asked: Agreement) -> Agreement:
        """Keeps an agreement, or answers the one of its reference."""
        row = self._database.execute(
            "INSERT INTO pay_agreement (reference, code, state, most_fen, return_url) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (reference) DO UPDATE SET reference = excluded.reference RETURNING *",
            (asked.reference, asked.code, asked.state, asked.most_fen, asked.return_url),
        ).fetchone()
        return Agreement(*row)

    def find_agreement(self, code: str) -> Agreement | None:
        """The agreement of an id."""
        row = self._database.execute("SELECT * FROM pay_agreement WHERE code = ?", (code,)).fetchone()
        return Agreement(*row) if row else None

    def move_agreement(self, code: str, to: AgreementState, *, out_of: tuple[AgreementState, ...]) -> bool:
        """It is signed or ended; False if it was in none of these states."""
        places = ", ".join("?" * len(out_of))
        moved = f"UPDATE pay_agreement SET state = ? WHERE code = ? AND state IN ({places})"  # noqa: S608  only ? in it
        return self._database.execute(moved, (to, code, *out_of)).rowcount == 1

    def _payment(self, where: str, value: str) -> Payment | None:
        found = self._payments(where, value)
        return found[0] if found else None

    def _payments(self, where: str, *values: str | int) -> list[Payment]:
        rows = self._database.execute(f"SELECT {_PAYMENT} FROM pay_payment WHERE {where} ORDER BY serial", values)  # noqa: S608  constants
        return [Payment(*row) for row in rows]

    def _refunds(self, where: str, *values: str | int) -> list[Refund]:
        rows = self._database.execute(f"SELECT {_REFUND} FROM pay_refund WHERE {where} ORDER BY serial", values)  # noqa: S608  constants
        return [Refund(*row) for row in rows]
