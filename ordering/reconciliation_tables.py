"""Which rows does a day's reconciliation keep?

Instants are microseconds since the epoch, UTC; days are ISO texts of business time; amounts are whole fen.
"""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table

from ordering.tables import metadata

reconciliation = Table(
    "reconciliation",
    metadata,
    Column("day", String(10), primary_key=True),
    Column("source", String(16), primary_key=True),
    Column("currency", String(3), nullable=False),
    Column("done_at_us", BigInteger, nullable=True, comment="last; null: not yet"),
    Column("payments", Integer, nullable=False, comment="on the provider's statement"),
    Column("paid_fen", BigInteger, nullable=False),
    Column("refunded_fen", BigInteger, nullable=False),
    Column("credited_fen", BigInteger, nullable=False, comment="of these payments, in the operator's books"),
    Column("agrees", Boolean, nullable=False),
    Column(
        "free_at_us", BigInteger, nullable=True, comment="from when a worker may look; null: it agrees, or is too old"
    ),
    Column("attempts", Integer, nullable=False, comment="also the fence of a lease"),
    Index("ix_reconciliation_free_at_us", "free_at_us"),
)

mismatch = Table(
    "reconciliation_mismatch",
    metadata,
    Column("day", String(10), primary_key=True),
    Column("source", String(16), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("reference", String(128), primary_key=True),
    Column("recharge_id", String(32), nullable=True),
    Column("ours_fen", BigInteger, nullable=True),
    Column("theirs_fen", BigInteger, nullable=True),
    Column("currency", String(3), nullable=False),
    Column("mended", Boolean, nullable=False),
    Column("found_at_us", BigInteger, nullable=False),
)
