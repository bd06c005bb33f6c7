"""What made a bill different, in so few causes that they can be told?"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

FEN = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class LargestCauses:
    """The largest causes, each with its ``subject`` (a SubjectCode's name) and an amount in fen, and the rest.

    The shown amounts and ``rest`` add up to the shown difference, so that who adds finds nothing missing.
    """

    causes: tuple[Mapping[str, Any], ...]
    rest: Mapping[str, str]


def choose_causes(difference: Mapping[str, Any], most: int) -> LargestCauses:
    """The ``most`` largest causes (either sign) of a BillDifference, whatever their subject; OTHER is never one."""
    found = [
        {**cause, "subject": subject["code"], "amount": _in_fen(cause["amount"])}
        for subject in difference["subjects"]
        for cause in subject["causes"]
        if cause["kind"] != "OTHER"
    ]
    told = [cause for cause in found if Decimal(cause["amount"]["amount"])]
    told.sort(key=lambda cause: -abs(Decimal(cause["amount"]["amount"])))
    chosen = tuple(told[:most])
    whole = _in_fen(difference["difference"])
    rest = Decimal(whole["amount"]) - sum((Decimal(cause["amount"]["amount"]) for cause in chosen), Decimal(0))
    return LargestCauses(chosen, {"amount": str(rest), "currency": whole["currency"]})


def _in_fen(money: Mapping[str, Any]) -> dict[str, str]:
    amount = Decimal(money["amount"]).quantize(FEN, rounding=ROUND_HALF_UP)
    return {"amount": str(amount), "currency": money["currency"]}
