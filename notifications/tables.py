"""Which rows does this room keep?

Instants are microseconds since the epoch, UTC. The long texts of both tables are personal: only the queue reads them.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_Id = BigInteger().with_variant(Integer, "sqlite")

outbound_sms = Table(
    "outbound_sms",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("key", String(160), nullable=False, comment="idempotency: the same promise is queued once"),
    Column("recipient", String(32), nullable=False),
    Column("text", Text, nullable=False, comment="blank once a one-time code left or can no longer leave"),
    Column("lane", SmallInteger, nullable=False, comment="10 code, 20 alert, 30 answer, 40 notice: low goes first"),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False, comment="also the fence: a lease is (id, attempts)"),
    Column("parts_total", SmallInteger, nullable=True, comment="the cost: message parts, known once it was sent"),
    Column("failure", String(64), nullable=True),
    Column("created_at_us", BigInteger, nullable=False),
    Column("not_after_at_us", BigInteger, nullable=False, comment="worthless afterwards"),
    Column("free_at_us", BigInteger, nullable=False, comment="claimable from here on: a pause, or the lease's end"),
    Column("ended_at_us", BigInteger, nullable=True, comment="sent, failed, expired or receipted"),
    UniqueConstraint("key"),
    CheckConstraint("state in ('queued', 'leased', 'sent', 'delivered', 'failed', 'expired')", name="state"),
    Index("ix_outbound_sms_claim", "state", "lane", "id"),
    Index("ix_outbound_sms_recipient", "recipient", "id"),
)

outbound_sms_part = Table(
    "outbound_sms_part",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("outbound_sms_id", BigInteger, nullable=False),
    Column("part", SmallInteger, nullable=False, comment="1-based"),
    Column("smsc_message_id", String(65), nullable=False, comment="what the SMSC calls this part; receipts name it"),
    Column("receipt", String(16), nullable=True, comment="SMPP 3.4 appendix B stat, e.g. DELIVRD"),
    Index("ix_outbound_sms_part_smsc_message_id", "smsc_message_id"),
    Index("ix_outbound_sms_part_outbound_sms_id", "outbound_sms_id"),
)

inbound_sms = Table(
    "inbound_sms",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("session", String(64), nullable=False, comment="which bind delivered it"),
    Column("sequence", BigInteger, nullable=False, comment="its number within that bind"),
    Column("digest", String(64), nullable=False, comment="of sender, destination, reference and text"),
    Column("sender", String(32), nullable=False),
    Column("destination", String(32), nullable=False),
    Column("text", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("received_at_us", BigInteger, nullable=False),
    Column("free_at_us", BigInteger, nullable=False),
    Column("answered_at_us", BigInteger, nullable=True),
    UniqueConstraint("session", "sequence"),
    CheckConstraint("state in ('received', 'answered')", name="state"),
    Index("ix_inbound_sms_claim", "state", "id"),
    Index("ix_inbound_sms_sender", "sender", "id"),
    Index("ix_inbound_sms_digest", "digest"),
)

inbound_sms_part = Table(
    "inbound_sms_part",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("digest", String(64), nullable=False, comment="of sender, destination, reference and number of parts"),
    Column("part", SmallInteger, nullable=False, comment="1-based"),
    Column("text", Text, nullable=False),
    Column("received_at_us", BigInteger, nullable=False),
    UniqueConstraint("digest", "part"),
)
