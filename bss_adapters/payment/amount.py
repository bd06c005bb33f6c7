"""How do payment providers write an amount, and is it the same money to the fen?"""

import re
from decimal import Decimal

from graphql_schema.types.money import Money

CURRENCY = "CNY"
"""What WeChat Pay and Alipay settle in, inside the country; some of their messages leave it out."""
FEN_IN_YUAN = 100
_YUAN = re.compile(r"(0|[1-9][0-9]{0,9})(\.[0-9]{1,2})?")
_MOST_FEN = 10**12


class BadAmount(ValueError):  # noqa: N818  the finding itself
    """What came is no amount of whole fen."""


def render_yuan(money: Money) -> str:
    """``50.00``. Raises BadAmount for what is not positive or no whole number of fen."""
    fen = render_fen(money)
    return f"{fen // FEN_IN_YUAN}.{fen % FEN_IN_YUAN:02}"


def render_fen(money: Money) -> int:
    """``5000``. Raises BadAmount for what is not positive or no whole number of fen."""
    fen = money.amount * FEN_IN_YUAN
    if fen != int(fen) or not 0 < fen <= _MOST_FEN:
        raise BadAmount("not a positive number of whole fen")
    return int(fen)


def parse_yuan(value: object, currency: object) -> Money:
    """The money that ``50.00``, ``50.0`` or ``50`` is. Raises BadAmount."""
    if not isinstance(value, str) or not _YUAN.fullmatch(value):
        raise BadAmount("no amount in yuan")
    return Money(amount=Decimal(value), currency=_parse_currency(currency))


def parse_fen(value: object, currency: object) -> Money:
    """The money that ``5000`` is. Raises BadAmount."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MOST_FEN:
        raise BadAmount("no amount in fen")
    return Money(amount=Decimal(value) / FEN_IN_YUAN, currency=_parse_currency(currency))


def _parse_currency(value: object) -> str:
    """Three letters; whether it is ours is for whoever compares it with what was asked for."""
    if not isinstance(value, str) or len(value) != 3 or not (value.isascii() and value.isalpha() and value.isupper()):
        raise BadAmount("no currency")
    return value
