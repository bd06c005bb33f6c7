"""Which rows does the doorkeeper keep?

Instants are microseconds since the epoch, UTC. No secret stands here in the clear: passwords are argon2 hashes, codes
and tokens are digests.
"""

from datetime import UTC, datetime, timedelta

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, MetaData, SmallInteger, String, Table

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "pk": "pk_%(table_name)s",
    }
)

credential = Table(
    "credential",
    metadata,
    Column("number", String(64), primary_key=True),
    Column("line_id", String(128), nullable=False, comment="the line that had this number when we last asked its BSS"),
    Column("password_hash", String(255), nullable=True, comment="argon2id over a keyed digest; null: never set"),
    Column("password_set_at_us", BigInteger, nullable=True),
)

one_time_code = Table(
    "one_time_code",
    metadata,
    Column("number", String(64), primary_key=True, comment="well-formed, not necessarily a customer's"),
    Column("purpose", String(32), primary_key=True, comment="one live code each"),
    Column("digest", String(64), nullable=False, comment="keyed: a copy of this table opens nothing"),
    Column("tries", SmallInteger, nullable=False),
    Column("issued_at_us", BigInteger, nullable=False),
    Column("expires_at_us", BigInteger, nullable=False),
    Column("texted_at_us", BigInteger, nullable=True, comment="null: not a line of ours, so it opens nothing"),
    Column("used_at_us", BigInteger, nullable=True),
    Index("ix_one_time_code_expires_at_us", "expires_at_us"),
)

attempt_budget = Table(
    "attempt_budget",
    metadata,
    Column("kind", String(32), primary_key=True),
    Column("subject", String(128), primary_key=True, comment="a number, or who tries"),
    Column("window_at_us", BigInteger, nullable=False, comment="when the running window began"),
    Column("spent", Integer, nullable=False),
    CheckConstraint("spent >= 0", name="spent"),
    Index("ix_attempt_budget_window_at_us", "window_at_us"),
)

hall_session = Table(
    "hall_session",
    metadata,
    Column("token_digest", String(64), primary_key=True, comment="SHA-256 of the token"),
    Column("channel", String(16), nullable=False, comment="a token is worthless in another channel"),
    Column("number", String(64), nullable=False),
    Column("line_id", String(128), nullable=False),
    Column("assurance", SmallInteger, nullable=False),
    Column("proved_at_us", BigInteger, nullable=False),
    Column("seen_at_us", BigInteger, nullable=False, comment="exact to the minute"),
    Column("expires_at_us", BigInteger, nullable=False, comment="the end, however busy the session is"),
    Index("ix_hall_session_number", "number"),
    Index("ix_hall_session_expires_at_us", "expires_at_us"),
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_us(moment: datetime) -> int:
    """Microseconds since the epoch, exactly."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def from_us(moment_us: int) -> datetime:
    """Aware UTC."""
    return EPOCH + timedelta(microseconds=moment_us)
