"""Which rows say who the operator's people are, where they are signed in, and what they do to many lines?"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
)

from gateway.identity.tables import metadata

staff_member = Table(
    "staff_member",
    metadata,
    Column("id", String(32), primary_key=True, comment="the badge number; contacts show it"),
    Column("name", String(64), nullable=False),
    Column("role", String(32), nullable=False),
    Column("organization", String(128), nullable=True, comment="of an enterprise's administrator: the billing account"),
    Column("active", Boolean, nullable=False),
    Column("passphrase_hash", String(255), nullable=True, comment="argon2id over a keyed digest; null: not enrolled"),
    Column("totp_key", Text, nullable=True, comment="sealed"),
    Column("totp_step", BigInteger, nullable=False, comment="the last 30 s step whose code was used"),
    Column("enrolment_digest", String(64), nullable=True, comment="SHA-256 of the code to enrol with"),
    Column("enrolment_until_us", BigInteger, nullable=True),
    Column("added_at_us", BigInteger, nullable=False),
    Column("enrolled_at_us", BigInteger, nullable=True),
    CheckConstraint("(role = 'enterprise_admin') = (organization IS NOT NULL)", name="organization"),
    Index("ix_staff_member_enrolment_digest", "enrolment_digest", unique=True),
)

staff_session = Table(
    "staff_session",
    metadata,
    Column("token_digest", String(64), primary_key=True, comment="SHA-256 of the token"),
    Column("id", String(32), nullable=False, unique=True, comment="public"),
    Column("staff_id", String(32), nullable=False),
    Column("began_at_us", BigInteger, nullable=False),
    Column("seen_at_us", BigInteger, nullable=False, comment="exact to the minute"),
    Column("expires_at_us", BigInteger, nullable=False, comment="the end, however busy the session is"),
    Index("ix_staff_session_staff_id", "staff_id"),
    Index("ix_staff_session_expires_at_us", "expires_at_us"),
)

bulk_deed = Table(
    "bulk_deed",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("deed", String(64), nullable=False, unique=True, comment="what proposed it: the same again makes no other"),
    Column("kind", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", String(200), nullable=False),
    Column("role", String(32), nullable=False, comment="whose deed it is: another person of this role decides"),
    Column("organization", String(128), nullable=True),
    Column("lines", Integer, nullable=False),
    Column("done", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("proposed_by", String(32), nullable=False),
    Column("proposed_at_us", BigInteger, nullable=False),
    Column("expires_at_us", BigInteger, nullable=False, comment="undecided until then is a no"),
    Column("decided_by", String(32), nullable=True),
    Column("decided_at_us", BigInteger, nullable=True),
    Column("decided_deed", String(64), nullable=True),
    Column("attempts", Integer, nullable=False, comment="also the fence: a lease is (id, attempts)"),
    Column("free_at_us", BigInteger, nullable=False, comment="claimable from here on: a pause, or the lease's end"),
    Column("ended_at_us", BigInteger, nullable=True),
    CheckConstraint("state IN ('proposed', 'refused', 'approved', 'done', 'expired')", name="state"),
    CheckConstraint("decided_by IS NULL OR decided_by <> proposed_by", name="other_eyes"),
    Index("ix_bulk_deed_proposed_at_us", "proposed_at_us"),
    Index("ix_bulk_deed_claim", "state", "free_at_us"),
)

bulk_row = Table(
    "bulk_row",
    metadata,
    Column("bulk_id", String(32), ForeignKey("bulk_deed.id", ondelete="CASCADE"), primary_key=True),
    Column("position", SmallInteger, primary_key=True, autoincrement=False),
    Column("number", String(64), nullable=False, comment="normalized, or as it was typed where it is no number"),
    Column("state", String(16), nullable=False),
    Column("tries", SmallInteger, nullable=False, comment="how often its BSS did not answer"),
    CheckConstraint("state IN ('waiting', 'done', 'failed')", name="state"),
    Index("ix_bulk_row_waiting", "bulk_id", "state", "position"),
)
