"""How is money counted?

In whole 厘 (li, 1/1000 of a yuan), so that nothing is ever inexact; subjects are rounded to fen (10 li).
"""


def yuan(amount: float) -> int:
    """A price as one writes it, in li: ``yuan(0.07)`` is 70."""
    return round(amount * 1000)


def rounded_to_fen(amount_li: int) -> int:
    """Half a fen and more goes away from zero; still in li."""
    return share_of(amount_li, 1, 10) * 10


def share_of(amount: int, numerator: int, denominator: int) -> int:
    """``amount * numerator / denominator`` as a whole number, half goes away from zero."""
    magnitude = (2 * abs(amount) * numerator + denominator) // (2 * denominator)
    return magnitude if amount >= 0 else -magnitude
