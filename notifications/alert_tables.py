"""Which rows carry a use from the BSS's event to the words that a person reads?

Instants are microseconds since the epoch, UTC.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
)

from notifications.tables import metadata

_Id = BigInteger().with_variant(Integer, "sqlite")

usage_event = Table(
    "usage_event",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("event_id", String(128), nullable=False, comment="the BSS's id of the use: told twice, it stands once"),
    Column("line_id", String(64), nullable=False),
    Column("usage_type", String(8), nullable=True),
    Column("at_us", BigInteger, nullable=False),
    Column("consumption", JSON, nullable=False, comment="[[bucket id, amount], …]"),
    Column("state", String(8), nullable=False),
    Column("attempts", Integer, nullable=False, comment="how often its bucket could not be read"),
    UniqueConstraint("event_id"),
    CheckConstraint("state in ('new', 'counted', 'parked')", name="state"),
    Index("ix_usage_event_state", "state", "id"),
    Index("ix_usage_event_line_id", "line_id"),
)

usage_counter = Table(
    "usage_counter",
    metadata,
    Column("line_id", String(64), nullable=False),
    Column("bucket_id", String(64), nullable=False),
    Column("cycle_start_at_us", BigInteger, nullable=False),
    Column("cycle_end_at_us", BigInteger, nullable=False),
    Column("usage_type", String(8), nullable=False),
    Column("counts", Boolean, nullable=False, comment="general and with a total: part of the watched allowance"),
    Column("total", BigInteger, nullable=True),
    Column("used", BigInteger, nullable=False),
    Column("read_at_us", BigInteger, nullable=False, comment="the BSS's reading holds every use up to here"),
    PrimaryKeyConstraint("line_id", "bucket_id", "cycle_start_at_us"),
    Index("ix_usage_counter_bucket_id", "bucket_id"),
)

alert = Table(
    "alert",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("topic", String(160), nullable=False, comment="what is watched, in which cycle"),
    Column("step", SmallInteger, nullable=False, comment="the threshold: said once for a topic"),
    Column("name", String(64), nullable=False, comment="the folder below alerts/"),
    Column("line_id", String(64), nullable=False),
    Column("facts", JSON, nullable=False),
    Column("state", String(8), nullable=False),
    Column("attempts", Integer, nullable=False, comment="also the fence: a lease is (id, attempts)"),
    Column("free_at_us", BigInteger, nullable=False, comment="claimable from here on: new, a pause, or a lease's end"),
    Column("created_at_us", BigInteger, nullable=False),
    Column("ended_at_us", BigInteger, nullable=True),
    UniqueConstraint("topic", "step"),
    CheckConstraint("state in ('due', 'said', 'dead')", name="state"),
    Index("ix_alert_state", "state", "free_at_us"),
    Index("ix_alert_line_id", "line_id"),
)

inbox_message = Table(
    "inbox_message",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("alert_id", BigInteger, nullable=False),
    Column("line_id", String(64), nullable=False),
    Column("name", String(64), nullable=False),
    Column("facts", JSON, nullable=False),
    Column("raised_at_us", BigInteger, nullable=False),
    UniqueConstraint("alert_id"),
    Index("ix_inbox_message_line_id", "line_id", "id"),
)
