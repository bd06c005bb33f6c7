"""Which rows do invitations keep?

Instants are microseconds since the epoch, UTC; months are texts of business time (2026-11).
"""

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, String, Table, UniqueConstraint

from loyalty.tables import metadata

referral_code = Table(
    "referral_code",
    metadata,
    Column("line_id", String(128), primary_key=True),
    Column("code", String(8), nullable=False),
    Column("made_at_us", BigInteger, nullable=False),
    UniqueConstraint("code"),
)

invitation = Table(
    "invitation",
    metadata,
    Column("id", String(32), primary_key=True, comment="of the deed that accepted it"),
    Column("inviter_line_id", String(128), nullable=False, comment="blank: it changed hands since"),
    Column("invitee_line_id", String(128), nullable=False, comment="blank: it changed hands since"),
    Column("bound_line_id", String(128), nullable=True, comment="the invitee's, unless it was refused: one inviter"),
    Column("masked_number", String(64), nullable=False, comment="the invitee's, as the inviter may see it"),
    Column("state", String(8), nullable=False),
    Column("reason", String(16), nullable=True, comment="why it was refused: what both have in common"),
    Column("at_us", BigInteger, nullable=False),
    Column("paid_at_us", BigInteger, nullable=True, comment="when the invitee's first bill was paid"),
    Column("free_at_us", BigInteger, nullable=True, comment="from when a worker may go on with it"),
    Column("attempts", Integer, nullable=False),
    Column("turn", Integer, nullable=False, comment="whose turn it was: who lost the row writes nothing into it"),
    UniqueConstraint("bound_line_id"),
    CheckConstraint("state IN ('accepted', 'paid', 'rewarded', 'refused')", name="state"),
    CheckConstraint("inviter_line_id <> invitee_line_id OR inviter_line_id = ''", name="own"),
    Index("ix_invitation_inviter_line_id", "inviter_line_id", "at_us"),
    Index("ix_invitation_free_at_us", "free_at_us"),
)

invitation_month = Table(
    "invitation_month",
    metadata,
    Column("line_id", String(128), primary_key=True, comment="the inviter's"),
    Column("month", String(7), primary_key=True),
    Column("used", Integer, nullable=False),
    CheckConstraint("used >= 0", name="used"),
)
