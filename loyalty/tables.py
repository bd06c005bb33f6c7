"""Where do this room's rows stand, and in which units?

Instants are microseconds since the epoch, UTC; days are ISO texts of business time; money is whole fen, points whole.
"""

from datetime import UTC, datetime

from sqlalchemy import MetaData

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def to_us(moment: datetime) -> int:
    """Microseconds since the epoch."""
    return (moment - _EPOCH) // datetime.resolution


def from_us(moment_us: int) -> datetime:
    """The aware instant (UTC) of so many microseconds since the epoch."""
    return _EPOCH + moment_us * datetime.resolution


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
