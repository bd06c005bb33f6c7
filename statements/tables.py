"""Which rows does this room keep?

Instants are microseconds since the epoch, UTC. What a customer asked for, what was made of it, and which bill a link
shows are personal: they are kept closed with the house's secret, and of a link's token there is a digest alone.
"""

import re
from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
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

record_export = Table(
    "record_export",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("deed", String(64), nullable=False, comment="what asked: the same again asks for no second"),
    Column("line_id", String(128), nullable=False),
    Column("slot", SmallInteger, nullable=True, comment="1-3 while it waits or is worked on: no fourth can begin"),
    Column("month", String(7), nullable=False),
    Column("format", String(8), nullable=False),
    Column("filtered", Boolean, nullable=False),
    Column("wish", Text, nullable=False, comment="sealed: who asked and for which records; blank once it has ended"),
    Column("state", String(16), nullable=False),
    Column("failure", String(32), nullable=True),
    Column("progress", SmallInteger, nullable=False, comment="0-100"),
    Column("rows", Integer, nullable=True),
    Column("bytes", BigInteger, nullable=True),
    Column("asked_at_us", BigInteger, nullable=False),
    Column("ready_at_us", BigInteger, nullable=True),
    Column("expires_at_us", BigInteger, nullable=True, comment="until when the file can be fetched"),
    Column("forget_at_us", BigInteger, nullable=True, comment="when this row goes too"),
    Column("free_at_us", BigInteger, nullable=False, comment="claimable from here on: a pause, or a lease's end"),
    Column("attempts", Integer, nullable=False, comment="also the fence: a lease, and a file, is (id, attempts)"),
    UniqueConstraint("deed"),
    UniqueConstraint("line_id", "slot"),
    CheckConstraint("state IN ('waiting', 'working', 'ready', 'failed', 'gone')", name="state"),
    CheckConstraint("format IN ('csv', 'xlsx', 'pdf')", name="format"),
    Index("ix_record_export_line_id", "line_id", "asked_at_us"),
    Index("ix_record_export_claim", "state", "free_at_us"),
    Index("ix_record_export_forget_at_us", "forget_at_us"),
)

record_export_part = Table(
    "record_export_part",
    metadata,
    Column("export_id", String(32), primary_key=True),
    Column("attempt", Integer, primary_key=True, autoincrement=False, comment="which try at the file it belongs to"),
    Column("part", Integer, primary_key=True, autoincrement=False, comment="0-based"),
    Column("line_id", String(128), nullable=False),
    Column("sealed", LargeBinary, nullable=False, comment="a piece of the file, closed with the house's secret"),
    Index("ix_record_export_part_line_id", "line_id"),
)

bill_share = Table(
    "bill_share",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("deed", String(64), nullable=False, comment="what asked: the same again makes no second"),
    Column("line_id", String(128), nullable=False),
    Column("slot", SmallInteger, nullable=True, comment="1-10 while it lives: no eleventh can be made"),
    Column("token_digest", String(64), nullable=False, comment="SHA-256 of what stands in the link"),
    Column("shown", Text, nullable=False, comment="sealed: which bill; blank once it has ended"),
    Column("made_at_us", BigInteger, nullable=False),
    Column("expires_at_us", BigInteger, nullable=False),
    Column("ended_at_us", BigInteger, nullable=True),
    Column("opened", Integer, nullable=False),
    UniqueConstraint("deed"),
    UniqueConstraint("token_digest"),
    UniqueConstraint("line_id", "slot"),
    Index("ix_bill_share_expires_at_us", "expires_at_us"),
)


def is_row_id(text: str) -> bool:
    """Whether a row of this room can have this id: what no database can even look for is nobody's."""
    return _ROW_ID.fullmatch(text) is not None


def to_us(moment: datetime) -> int:
    """Microseconds since the epoch."""
    return (moment - _EPOCH) // _MICROSECOND


def from_us(moment_us: int) -> datetime:
    """The aware instant (UTC) of so many microseconds since the epoch."""
    return _EPOCH + moment_us * _MICROSECOND


_ROW_ID = re.compile("[0-9a-f]{32}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = datetime.resolution
