"""Which rows does the money keep: recharges, what was given back, notices of providers, and the ledger?

Instants are microseconds since the epoch, UTC; amounts are whole fen. Numbers, cards and ways to pay are sealed.
``free_at_us`` says from when a worker may go on with a row, null where there is nothing to do.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from ordering.tables import metadata

recharge = Table(
    "recharge",
    metadata,
    Column("id", String(32), primary_key=True, comment="of the deed that began it, and our reference everywhere"),
    Column("receipt_digest", String(64), nullable=False, comment="SHA-256 of what opens it without signing in"),
    Column("line_id", String(128), nullable=True, comment="that the money goes to; null: it changed hands since"),
    Column("by_line_id", String(128), nullable=True, comment="that began it; null: a visitor, or it changed hands"),
    Column("account_id", String(128), nullable=False),
    Column("masked_number", String(64), nullable=False),
    Column("number", Text, nullable=False, comment="sealed, for receipts by SMS; blank once it changed hands"),
    Column("amount_fen", BigInteger, nullable=False, comment="0: of a card that nobody has asked about yet"),
    Column("back_fen", BigInteger, nullable=False, comment="given back, or about to be"),
    Column("given_fen", BigInteger, nullable=False, comment="given back for certain"),
    Column("arrears_fen", BigInteger, nullable=True, comment="what of it went to bills that were past due"),
    Column("currency", String(3), nullable=False),
    Column("source", String(16), nullable=False),
    Column("channel", String(16), nullable=False, comment="that it was begun through"),
    Column("way", String(8), nullable=True),
    Column("agreement", String(128), nullable=True, comment="the provider's, of one that no person pays"),
    Column("state", String(16), nullable=False),
    Column("failure", String(32), nullable=True, comment="why it was refused, or what does not fit"),
    Column("offer", Text, nullable=False, comment="sealed: how to pay; blank while there is nothing to pay"),
    Column("card", Text, nullable=False, comment="sealed, and whose try it was, while nobody knows; then blank"),
    Column("card_digest", String(64), nullable=True, comment="keyed: the same card is known again, and not read"),
    Column("provider_id", String(64), nullable=True, comment="what the provider calls the payment"),
    Column("began_at_us", BigInteger, nullable=False),
    Column("expires_at_us", BigInteger, nullable=True, comment="nobody shall pay it afterwards"),
    Column("changed_at_us", BigInteger, nullable=False, comment="since when it is in its state"),
    Column("paid_at_us", BigInteger, nullable=True),
    Column("credited_at_us", BigInteger, nullable=True),
    Column("ended_at_us", BigInteger, nullable=True, comment="nothing is under way any more"),
    Column("free_at_us", BigInteger, nullable=True),
    Column("attempts", Integer, nullable=False, comment="since it came into its state"),
    UniqueConstraint("receipt_digest"),
    CheckConstraint(
        "state IN ('opening', 'waiting', 'closing', 'paid', 'crediting', 'redeeming', 'credited', 'refused', 'closed',"
        " 'held', 'refunding', 'refunded')",
        name="state",
    ),
    CheckConstraint("source IN ('wechat_pay', 'alipay', 'sandbox', 'voucher')", name="source"),
    CheckConstraint("amount_fen > 0 OR (amount_fen = 0 AND source = 'voucher')", name="amount"),
    CheckConstraint("given_fen >= 0 AND given_fen <= back_fen AND back_fen <= amount_fen", name="back"),
    CheckConstraint("arrears_fen IS NULL OR (arrears_fen >= 0 AND arrears_fen <= amount_fen)", name="arrears"),
    Index("ix_recharge_line_id", "line_id", "began_at_us"),
    Index("ix_recharge_by_line_id", "by_line_id", "began_at_us"),
    Index("ix_recharge_free_at_us", "free_at_us"),
    Index("ix_recharge_paid_at_us", "source", "paid_at_us"),
    Index("ix_recharge_ended_at_us", "ended_at_us"),
)

recharge_refund = Table(
    "recharge_refund",
    metadata,
    Column("id", String(32), primary_key=True, comment="of the deed that began it, and our reference for it"),
    Column("recharge_id", String(32), nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("automatic", Boolean, nullable=False, comment="it never was in the operator's books"),
    Column("asked_by", String(160), nullable=False, comment="who is answerable, as in the audit trail"),
    Column("state", String(16), nullable=False),
    Column("failure", String(32), nullable=True),
    Column("began_at_us", BigInteger, nullable=False),
    Column("ended_at_us", BigInteger, nullable=True),
    Column("free_at_us", BigInteger, nullable=True),
    Column("attempts", Integer, nullable=False),
    CheckConstraint("amount_fen > 0", name="amount"),
    CheckConstraint("state IN ('taking', 'giving', 'restoring', 'given', 'refused')", name="state"),
    Index("ix_recharge_refund_recharge_id", "recharge_id"),
    Index("ix_recharge_refund_free_at_us", "free_at_us"),
    Index("ix_recharge_refund_ended_at_us", "ended_at_us"),
)

payment_notice = Table(
    "payment_notice",
    metadata,
    Column("source", String(16), primary_key=True),
    Column("notice_id", String(128), primary_key=True, comment="the provider's: told again, it is taken once"),
    Column("reference", String(32), nullable=False),
    Column("seen_at_us", BigInteger, nullable=False),
    Index("ix_payment_notice_seen_at_us", "seen_at_us"),
)

money_movement = Table(
    "money_movement",
    metadata,
    Column("id", String(96), primary_key=True, comment="what moved it, and of which deed: it moves once"),
    Column("reference", String(32), nullable=False, comment="the recharge or transfer that it belongs to"),
    Column("debit", String(32), nullable=False, comment="the account that it arrives at"),
    Column("credit", String(32), nullable=False, comment="the account that it leaves"),
    Column("amount_fen", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("at_us", BigInteger, nullable=False),
    CheckConstraint("amount_fen > 0", name="amount"),
    CheckConstraint("debit <> credit", name="accounts"),
    Index("ix_money_movement_reference", "reference"),
    Index("ix_money_movement_at_us", "at_us"),
)
"""One row is both entries, so that what one account gets another loses: no movement can fail to sum to nothing. Rows
are never changed and never deleted; nothing in them says whose money it is."""
