"""Which rows say which bills earn points, and what was paid of them?"""

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Index, Integer, String, Table

from loyalty.tables import metadata

watched_bill = Table(
    "watched_bill",
    metadata,
    Column("id", String(128), primary_key=True, comment="the bill's at its BSS"),
    Column("account_id", String(128), nullable=False),
    Column("line_id", String(128), nullable=True, comment="that its points went to; null: none so far"),
    Column("customer_id", String(128), nullable=True, comment="who held that line then"),
    Column("month", String(7), nullable=True, comment="that it is of, once it was read"),
    Column("paid_fen", BigInteger, nullable=False),
    Column("in_time", Boolean, nullable=True, comment="paid by its day"),
    Column("state", String(8), nullable=False),
    Column("seen_at_us", BigInteger, nullable=False),
    Column("free_at_us", BigInteger, nullable=True),
    Column("attempts", Integer, nullable=False),
    Column("turn", Integer, nullable=False, default=0),
    CheckConstraint("state IN ('open', 'earned', 'nothing')", name="state"),
    CheckConstraint("paid_fen >= 0", name="paid"),
    Index("ix_watched_bill_free_at_us", "free_at_us"),
    Index("ix_watched_bill_line_id", "line_id", "month"),
)
"""A bill is looked at until it is paid, and earns once, in the commit that says so."""
