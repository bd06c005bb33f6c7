"""What is an amount of money?"""

from decimal import ROUND_HALF_UP, Decimal

from graphql_schema.types.word import word

FEN = Decimal("0.01")


@word
class Money:
    """An exact amount in a currency (ISO 4217). Never a float; 厘 are kept until a bill run rounds a subject."""

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        """Gives every amount one spelling, wherever it came from: two decimals, and more only where there are 厘."""
        fen = self.amount.quantize(FEN)
        object.__setattr__(self, "amount", fen if fen == self.amount else self.amount.normalize())


def round_to_fen(amount: Decimal) -> Decimal:
    """Rounds half-up to 0.01, as a bill run rounds a subject (domain: rounding)."""
    return amount.quantize(FEN, rounding=ROUND_HALF_UP)
