"""Which rows does the doorkeeper keep?

Instants are microseconds since the epoch, UTC. No secret stands here in the clear: passwords are argon2 hashes; codes,
sessions' tokens and devices' secrets are digests.
"""

from datetime import UTC, datetime, timedelta

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

credential = Table(
    "credential",
    metadata,
    Column("number", String(64), primary_key=True),
    Column("line_id", String(128), nullable=False, comment="the line that had this number when we last asked its BSS"),
    Column("customer_id", String(64), nullable=True, comment="who held that line then; null: not asked yet"),
    Column("password_hash", String(255), nullable=True, comment="argon2id over a keyed digest; null: never set"),
    Column("password_set_at_us", BigInteger, nullable=True),
    Column("password_deed", String(64), nullable=True, comment="the deed that set it: done again, it changes nothing"),
    Column("reset_at_us", BigInteger, nullable=True, comment="when a forgotten one was set anew: call records rest"),
    Index("ix_credential_line_id", "line_id"),
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
    Column("subject", String(128), primary_key=True, comment="a number, a device, or who tries"),
    Column("window_at_us", BigInteger, nullable=False, comment="when the running window began"),
    Column("spent", Integer, nullable=False),
    CheckConstraint("spent >= 0", name="spent"),
    Index("ix_attempt_budget_window_at_us", "window_at_us"),
)

hall_session = Table(
    "hall_session",
    metadata,
    Column("token_digest", String(64), primary_key=True, comment="SHA-256 of the token, another one at each level"),
    Column("session_id", String(64), nullable=False, comment="public; stays while tokens change"),
    Column("channel", String(16), nullable=False, comment="a token is worthless in another channel"),
    Column("number", String(64), nullable=False),
    Column("line_id", String(128), nullable=False, comment="the line that is looked at"),
    Column("home_number", String(64), nullable=False),
    Column("home_line_id", String(128), nullable=False, comment="the line that was proved; another one after a switch"),
    Column("helper_line_id", String(128), nullable=True, comment="the home line, where its owner acts for another"),
    Column("customer_id", String(64), nullable=True, comment="who held the line when it was last checked"),
    Column("link_proved_at_us", BigInteger, nullable=True),
    Column("code_proved_at_us", BigInteger, nullable=True),
    Column("password_proved_at_us", BigInteger, nullable=True),
    Column("passkey_proved_at_us", BigInteger, nullable=True),
    Column("moved_at_us", BigInteger, nullable=True, comment="of a switch: older proofs are the home line's"),
    Column("device_id", String(64), nullable=True),
    Column("device_name", String(64), nullable=False),
    Column("client", String(128), nullable=True, comment="the OAuth client that holds it"),
    Column("scopes", String(512), nullable=True, comment="all that it opens, apart by blanks; null: everything"),
    Column("began_at_us", BigInteger, nullable=False),
    Column("seen_at_us", BigInteger, nullable=False, comment="exact to the minute"),
    Column("idle_us", BigInteger, nullable=False, comment="how long it lives without a sign of life"),
    Column("expires_at_us", BigInteger, nullable=False, comment="the end, however busy the session is"),
    Column("acting_until_at_us", BigInteger, nullable=True, comment="the end of the leave to act for another"),
    Column("checked_at_us", BigInteger, nullable=False, comment="when its BSS last said that the line stands"),
    Column("check_due_at_us", BigInteger, nullable=False),
    Index("ix_hall_session_session_id", "session_id", unique=True),
    Index("ix_hall_session_line_id", "line_id"),
    Index("ix_hall_session_home_line_id", "home_line_id"),
    Index("ix_hall_session_expires_at_us", "expires_at_us"),
)

device = Table(
    "device",
    metadata,
    Column("id", String(64), primary_key=True, comment="public"),
    Column("digest", String(64), nullable=False, comment="SHA-256 of its secret"),
    Column("name", String(64), nullable=False, comment="Chrome · Windows"),
    Column("first_seen_at_us", BigInteger, nullable=False),
    Column("last_seen_at_us", BigInteger, nullable=False),
    Index("ix_device_digest", "digest", unique=True),
    Index("ix_device_last_seen_at_us", "last_seen_at_us"),
)

device_proof = Table(
    "device_proof",
    metadata,
    Column("device_id", String(64), ForeignKey("device.id", ondelete="CASCADE"), primary_key=True),
    Column("number", String(64), primary_key=True),
    Column("line_id", String(128), nullable=False),
    Column("proved_at_us", BigInteger, nullable=False, comment="when it last showed level 2 for this number"),
    Index("ix_device_proof_line_id", "line_id"),
)

push_token = Table(
    "push_token",
    metadata,
    Column("device_id", String(64), ForeignKey("device.id", ondelete="CASCADE"), primary_key=True),
    Column("line_id", String(128), primary_key=True, comment="whose owner signed in there; outlives an idle session"),
    Column("kind", String(8), primary_key=True, comment="web, apns, fcm, hms"),
    Column("token", Text, nullable=False, comment="where the device is reached, until its owner ends that"),
    Column("token_digest", String(64), nullable=False, comment="SHA-256: the same token stands in one place alone"),
    Column("customer_id", String(64), nullable=True, comment="who held the line then; null: not asked yet"),
    Column("kept_at_us", BigInteger, nullable=False),
    Index("ix_push_token_line_id", "line_id"),
    Index("ix_push_token_token_digest", "token_digest"),
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_us(moment: datetime) -> int:
    """Microseconds since the epoch, exactly."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def from_us(moment_us: int) -> datetime:
    """Aware UTC."""
    return EPOCH + timedelta(microseconds=moment_us)
