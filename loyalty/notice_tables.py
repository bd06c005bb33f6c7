"""Which rows say what a line's owner is still to be told by text, and was told?"""

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, String, Table, Text

from loyalty.tables import metadata

loyalty_notice = Table(
    "loyalty_notice",
    metadata,
    Column("id", String(200), primary_key=True, comment="notice:key, told once"),
    Column("line_id", String(128), nullable=False),
    Column("notice", String(32), nullable=False),
    Column("facts", Text, nullable=False, comment="JSON; nothing secret"),
    Column("state", String(8), nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Column("free_at_us", BigInteger, nullable=True),
    Column("attempts", Integer, nullable=False),
    Column("turn", Integer, nullable=False, default=0),
    CheckConstraint("state IN ('waiting', 'told', 'dropped')", name="state"),
    Index("ix_loyalty_notice_line_id", "line_id"),
    Index("ix_loyalty_notice_free_at_us", "free_at_us"),
    Index("ix_loyalty_notice_at_us", "at_us"),
)
"""Written in the commit of what it tells of; the number is looked up afterwards, outside of any transaction."""
