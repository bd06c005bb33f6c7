"""Which rows carry a request for one's data to its end?"""

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, LargeBinary, String, Table, Text, text

from gateway.identity.tables import metadata

_OPEN = text("state IN ('waiting', 'working')")

personal_data_request = Table(
    "personal_data_request",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("deed", String(64), nullable=False, unique=True, comment="what asked: the same again asks for no second"),
    Column("line_id", String(128), nullable=False),
    Column("number", String(64), nullable=True, comment="null once it has ended: it is needed no more"),
    Column("kind", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("asked_at_us", BigInteger, nullable=False),
    Column("due_at_us", BigInteger, nullable=True, comment="when an erasure begins"),
    Column("done_at_us", BigInteger, nullable=True, comment="done or called off"),
    Column("expires_at_us", BigInteger, nullable=True, comment="until when an export can be fetched"),
    Column("free_at_us", BigInteger, nullable=False, comment="claimable from here on: due, a pause, or a lease's end"),
    Column("attempts", Integer, nullable=False, comment="also the fence: a lease is (id, attempts)"),
    Column("progress", Integer, nullable=False, comment="0-100"),
    Column("report", Text, nullable=False, comment="JSON, one entry a kind of record, in the order of the work"),
    CheckConstraint("kind IN ('export', 'erasure')", name="kind"),
    CheckConstraint("state IN ('waiting', 'working', 'done', 'called_off')", name="state"),
    Index(
        "ix_personal_data_request_open",
        "line_id",
        "kind",
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    ),
    Index("ix_personal_data_request_line_id", "line_id", "asked_at_us"),
    Index("ix_personal_data_request_free_at_us", "state", "free_at_us"),
)

personal_data_export = Table(
    "personal_data_export",
    metadata,
    Column("request_id", String(32), primary_key=True),
    Column("part", Integer, primary_key=True, autoincrement=False, comment="0-based"),
    Column("line_id", String(128), nullable=False),
    Column("sealed", LargeBinary, nullable=False, comment="a piece of the ZIP, closed with the house's secret"),
    Column("expires_at_us", BigInteger, nullable=False),
    Index("ix_personal_data_export_line_id", "line_id"),
    Index("ix_personal_data_export_expires_at_us", "expires_at_us"),
)
