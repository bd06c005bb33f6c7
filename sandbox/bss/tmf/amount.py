"""How much money does a request ask for?"""

from decimal import Decimal
from typing import Any, Final

from sandbox.bss.tmf.body import wanted
from sandbox.bss.tmf.problem import bad_request
from sandbox.bss.tmf.wire import Json

GREATEST_LI: Final = 50_000_000


def amount_li(wire: Json, *, least_li: int) -> int:
    """The ``amount`` of an object, a TMF Quantity of the currency, in whole fen. Raises Problem 400."""
    amount: Any = wanted(wire, "amount")
    value = wanted(amount, "amount")
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise bad_request("badProperty", "amount.amount must be a number.")
    fen = Decimal(str(value)) * 100
    if wanted(amount, "units") != "CNY" or fen != int(fen) or not least_li <= int(fen) * 10 <= GREATEST_LI:
        raise bad_request("badProperty", "amount must be in CNY, in whole fen, above 0 and at most 50000.")
    return int(fen) * 10
