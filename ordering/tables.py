"""Which rows does this room keep?

Instants are microseconds since the epoch, UTC; days are ISO texts of business time; amounts are whole 厘.
"""

import re
from datetime import UTC, datetime

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, MetaData, String, Table

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "pk": "pk_%(table_name)s",
    }
)

line_promise = Table(
    "line_promise",
    metadata,
    Column("id", String(64), primary_key=True, comment="of the deed that made it: done again, it is there once"),
    Column("line_id", String(128), nullable=False),
    Column("offering_id", String(128), nullable=False),
    Column("name_zh", String(200), nullable=False, comment="what the offering was called when it was promised"),
    Column("name_en", String(200), nullable=False),
    Column("monthly_li", BigInteger, nullable=False),
    Column("gift_li", BigInteger, nullable=True, comment="a credit on each bill"),
    Column("currency", String(3), nullable=False),
    Column("starts_on", String(10), nullable=False),
    Column("ends_on", String(10), nullable=False, comment="the day after its last"),
    Column("source", String(16), nullable=False),
    Column("made_by", String(160), nullable=False, comment="who is answerable, as in the audit trail"),
    Column("made_at_us", BigInteger, nullable=False),
    Column("note", String(200), nullable=False, comment="the promise in the seller's words"),
    CheckConstraint("monthly_li >= 0 and (gift_li is null or gift_li > 0)", name="amounts"),
    Index("ix_line_promise_line_id", "line_id", "starts_on"),
)


def is_row_id(text: str) -> bool:
    """Whether a row of this room can have this id: what no database can even look for is nobody's."""
    return _ROW_ID.fullmatch(text) is not None


def to_us(moment: datetime) -> int:
    """Microseconds since the epoch."""
    return (moment - _EPOCH) // datetime.resolution


def from_us(moment_us: int) -> datetime:
    """The aware instant (UTC) of so many microseconds since the epoch."""
    return _EPOCH + moment_us * datetime.resolution


_ROW_ID = re.compile("[0-9A-Za-z_-]{1,64}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
