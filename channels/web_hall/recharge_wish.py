"""Which recharge does somebody want, as a form says it?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from channels.web_hall.amounts import read_amount
from channels.web_hall.deed import Word, read_refusal
from channels.web_hall.evidence import read_plain
from graphql_schema.door import Turned

NUMBER_CHARACTERS_MOST = 32
ON_A_PAGE = ("PAGE", "QR")
"""Ways to pay that a page can show; the third belongs to the app."""


@dataclass(frozen=True, slots=True)
class RechargeWish:
    """How much goes onto which number (empty: the own line), paid at whom and how."""

    number: str
    amount: str
    source: str
    way: str

    @property
    def wanted(self) -> dict[str, Any]:
        """The fields of the graph's StartRechargeInput."""
        return {"number": self.number or None, "amount": self.amount, "source": self.source, "way": self.way}

    @property
    def fields(self) -> dict[str, str]:
        """The same as a form's hidden fields."""
        return {"number": self.number, "amount": self.amount, "pay": f"{self.source}.{self.way}"}


def read_money_refusal(word: Word) -> Turned:
    """A refusal of a deed with money; too many means here that so many wait, or that so many numbers were tried."""
    refusal = read_refusal(word)
    return Turned("too_many_recharges", refusal.parameters) if refusal.code == "too_many" else refusal


def list_ways(options: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Every provider with each of its ways that a page can show, the first one usual."""
    return [
        (each["source"], way)
        for each in options["providers"]
        for way in sorted(each["ways"], key="PAGE QR APP".index)
        if way in ON_A_PAGE
    ]


def read_recharge_wish(
    typed: Mapping[str, str], options: Mapping[str, Any], *, has_line: bool
) -> RechargeWish | Turned:
    """What was typed, or the first thing that is wrong with it. An amount typed by hand counts before a suggested one;
    ``has_line``: no number means the own line."""
    number = read_number(typed)
    if not number and not has_line:
        return Turned("number_missing")
    amount = read_amount(
        typed.get("other_amount", "").strip() or typed.get("amount", ""), options["least"], options["most"]
    )
    if isinstance(amount, Turned):
        return amount
    source, _, way = typed.get("pay", "").partition(".")
    if (source, way) not in list_ways(options):
        return Turned("pay_missing")
    return RechargeWish(number, amount, source, way)


def read_number(typed: Mapping[str, str]) -> str:
    """The number, without what people put between its digits."""
    return read_plain(typed.get("number", ""))[:NUMBER_CHARACTERS_MOST]
