"""How do amounts and instants stand in a row?"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from graphql_schema.types.money import Money

FEN_PER_YUAN: Final = 100
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def to_fen(money: Money) -> int:
    """Whole fen. Raises ValueError for a part of one."""
    fen = money.amount * FEN_PER_YUAN
    if fen != int(fen):
        raise ValueError("an amount of money that moves is whole fen")
    return int(fen)


def from_fen(amount_fen: int, currency: str) -> Money:
    """So much of a currency whose unit has a hundred."""
    return Money(amount=Decimal(amount_fen) / FEN_PER_YUAN, currency=currency)


def to_us(moment: datetime) -> int:
    """Microseconds since the epoch, exactly."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def from_us(moment_us: int) -> datetime:
    """Aware UTC."""
    return _EPOCH + timedelta(microseconds=moment_us)
