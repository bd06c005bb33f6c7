"""What is an amount of money?"""

from decimal import ROUND_HALF_UP, Decimal

from graphql_schema.types.word import word

FEN = Decimal("0.01")


@word
class Money:
    """An exact amount in a currency (ISO 4217). Never a float; 厘 are kept until a bill run rounds a subject."""

    amount: Decimal
    currency: str


def round_to_fen(amount: Decimal) -> Decimal:
    """Rounds half-up to 0.01, as a bill run rounds a subject (domain: rounding)."""
    return amount.quantize(FEN, rounding=ROUND_HALF_UP)
