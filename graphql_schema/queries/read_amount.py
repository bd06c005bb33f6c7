"""Is this an amount that can be put in?"""

from decimal import Decimal

from graphql_schema.problems import AmountRefused
from graphql_schema.types.money import FEN, Money
from graphql_schema.types.recharge import RechargeOptions


def read_amount(yuan: Decimal, options: RechargeOptions, *, least: Decimal | None = None) -> Money:
    """An amount of whole fen within the bounds. Raises AmountRefused: 0, -1, 13.333, 10⁹, NaN."""
    lowest = options.least if least is None else Money(amount=least, currency=options.least.currency)
    whole = yuan.is_finite() and abs(yuan) <= options.most.amount and yuan == yuan.quantize(FEN)
    if not whole or not lowest.amount <= yuan <= options.most.amount:
        raise AmountRefused(least=lowest, most=options.most)
    return Money(amount=yuan, currency=options.least.currency)
