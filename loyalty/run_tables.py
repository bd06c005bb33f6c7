"""Which rows say what is done once a day or a month, and what came of it?"""

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, String, Table, Text

from loyalty.tables import metadata

loyalty_run = Table(
    "loyalty_run",
    metadata,
    Column("id", String(32), primary_key=True, comment="kind:period"),
    Column("kind", String(16), nullable=False),
    Column("period", String(10), nullable=False, comment="a business day, or the first of a month"),
    Column("state", String(8), nullable=False),
    Column("place", String(160), nullable=False, comment="where it goes on; blank at its beginning"),
    Column("counted", BigInteger, nullable=False, comment="points ended, lines told or rated, accounts that differ"),
    Column("found", Text, nullable=False, comment="JSON: of an audit, the first accounts that differ"),
    Column("began_at_us", BigInteger, nullable=False),
    Column("ended_at_us", BigInteger, nullable=True),
    Column("free_at_us", BigInteger, nullable=True),
    Column("attempts", Integer, nullable=False),
    Column("turn", Integer, nullable=False, default=0),
    CheckConstraint("kind IN ('expiry', 'notice', 'rating', 'audit')", name="kind"),
    CheckConstraint("state IN ('due', 'done')", name="state"),
    Index("ix_loyalty_run_free_at_us", "free_at_us"),
)
"""A run is claimed, once a period however many schedules there are, and is caught up with after a pause."""
