"""Which rows does money given to other lines keep?

Instants are microseconds since the epoch, UTC; days are ISO texts of business time; amounts are whole fen.
"""

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, String, Table, Text

from ordering.tables import metadata

balance_transfer = Table(
    "balance_transfer",
    metadata,
    Column("id", String(32), primary_key=True, comment="of the deed that asked, and our reference at the BSS"),
    Column("line_id", String(128), nullable=True, comment="that gives; null: it changed hands since"),
    Column("account_id", String(128), nullable=False),
    Column("to_account_id", String(128), nullable=False),
    Column("masked_number", String(64), nullable=False, comment="that gets it"),
    Column(
        "numbers", Text, nullable=False, comment="sealed: the giver's and the receiver's, for their texts; then blank"
    ),
    Column("amount_fen", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("day", String(10), nullable=False, comment="on which it counts towards the most of a day"),
    Column("state", String(16), nullable=False),
    Column("failure", String(32), nullable=True),
    Column("asked_at_us", BigInteger, nullable=False),
    Column("ended_at_us", BigInteger, nullable=True),
    Column(
        "free_at_us", BigInteger, nullable=True, comment="from when a worker may go on; null: there is nothing to do"
    ),
    Column("attempts", Integer, nullable=False),
    CheckConstraint("amount_fen > 0", name="amount"),
    CheckConstraint("state IN ('asked', 'done', 'refused')", name="state"),
    CheckConstraint("(state = 'asked') = (ended_at_us IS NULL)", name="ended"),
    Index("ix_balance_transfer_line_id", "line_id", "asked_at_us"),
    Index("ix_balance_transfer_free_at_us", "free_at_us"),
    Index("ix_balance_transfer_ended_at_us", "ended_at_us"),
)

transfer_day = Table(
    "transfer_day",
    metadata,
    Column("account_id", String(128), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("given_fen", BigInteger, nullable=False, comment="what was asked for and not refused"),
    CheckConstraint("given_fen >= 0", name="given"),
)
"""One row counts an account's day: its update decides how much more may be given, however many ask at once."""
