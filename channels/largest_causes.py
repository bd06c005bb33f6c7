"""What made a bill different, in so few causes that they can be told?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

FEN = Decimal("0.01")
TOLD_BY_USE = frozenset({"OUT_OF_BUCKET", "ROAMING"})


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
        {**cause, "subject": subject["code"]}
        for subject in difference["subjects"]
        for cause in subject["causes"]
        if cause["kind"] != "OTHER"
    ]
    in_fen = [{**cause, "amount": _in_fen(cause["amount"])} for cause in _join_by_use(found)]
    told = [cause for cause in in_fen if Decimal(cause["amount"]["amount"])]
    told.sort(key=lambda cause: -abs(Decimal(cause["amount"]["amount"])))
    chosen = tuple(told[:most])
    whole = _in_fen(difference["difference"])
    rest = Decimal(whole["amount"]) - sum((Decimal(cause["amount"]["amount"]) for cause in chosen), Decimal(0))
    return LargestCauses(chosen, {"amount": str(rest), "currency": whole["currency"]})


def _join_by_use(causes: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Use at several tariffs is told as one: nobody is told the tariff, so one more line would say the same again."""
    joined: dict[Any, Mapping[str, Any]] = {}
    for order, cause in enumerate(causes):
        of_use = (cause["kind"], cause["subject"], cause.get("maskedNumber"))
        key = of_use if cause["kind"] in TOLD_BY_USE else order
        joined[key] = _join(joined[key], cause) if key in joined else cause
    return list(joined.values())


def _join(cause: Mapping[str, Any], other: Mapping[str, Any]) -> Mapping[str, Any]:
    amount = Decimal(cause["amount"]["amount"]) + Decimal(other["amount"]["amount"])
    days = sorted({*cause["days"], *other["days"]})
    span = {"days": days, "firstDay": days[0] if days else None, "lastDay": days[-1] if days else None}
    places = list(dict.fromkeys([*cause["places"], *other["places"]]))
    return {**cause, **span, "places": places, "amount": {**cause["amount"], "amount": str(amount)}}


def _in_fen(money: Mapping[str, Any]) -> dict[str, str]:
    amount = Decimal(money["amount"]).quantize(FEN, rounding=ROUND_HALF_UP)
    return {"amount": str(amount), "currency": money["currency"]}
