"""Which rows say whom the operator turned to, and since when a number's messages are its line's?"""

from sqlalchemy import BigInteger, Column, Index, String, Table

from gateway.identity.tables import metadata

contact = Table(
    "contact",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("deed", String(64), nullable=False, unique=True, comment="what opened it: the same again makes no other"),
    Column("line_id", String(128), nullable=False),
    Column("number", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("purpose", String(16), nullable=False),
    Column("person", String(64), nullable=False),
    Column("badge", String(32), nullable=False, comment="the id of the colleague"),
    Column("at_us", BigInteger, nullable=False),
    Column("valid_until_us", BigInteger, nullable=False),
    Column("digest", String(64), nullable=False, comment="keyed: a copy of this table tells no code"),
    Index("ix_contact_line_id_at_us", "line_id", "at_us"),
    Index("ix_contact_number", "number"),
    Index("ix_contact_at_us", "at_us"),
)

message_horizon = Table(
    "message_horizon",
    metadata,
    Column("number", String(64), primary_key=True),
    Column("line_id", String(128), nullable=False, comment="whose the number is, as far as we know; empty: nobody's"),
    Column("since_us", BigInteger, nullable=False, comment="older messages went to a former owner of the number"),
)
