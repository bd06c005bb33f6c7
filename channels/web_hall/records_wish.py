"""Which call records does a customer look for, and how does a form say it?

What is looked for (a number, a place) stands in a form and never in an address: addresses are kept in histories.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from channels.web_hall.evidence import read_plain
from channels.web_hall.months import count_back

KINDS = ("VOICE", "SMS", "DATA", "VALUE_ADDED")
DIRECTIONS = ("OUTGOING", "INCOMING")
ORDERS = ("NEWEST", "OLDEST", "DEAREST", "LARGEST")
FIELDS = (
    "month", "kind_VOICE", "kind_SMS", "kind_DATA", "kind_VALUE_ADDED", "direction", "number", "place", "from_day",
    "to_day", "fee_from", "charged", "order", "newest",
)  # fmt: skip
"""The names of the form's fields, all text as it was typed; ``newest`` is the running month, as the page knew it."""
_CHARACTERS_MOST = 64


@dataclass(frozen=True, slots=True)
class Wish:
    """What was typed, field by field, for the form to show again."""

    typed: Mapping[str, str]
    after: str | None = None
    reveal: bool = False

    @property
    def month(self) -> str | None:
        """``2026-10``, or None for the running month."""
        return self.typed["month"] or None

    @property
    def order(self) -> str:
        """How the records are sorted."""
        return self.typed["order"] if self.typed["order"] in ORDERS else ORDERS[0]

    @property
    def wanted(self) -> dict[str, Any] | None:
        """The graph's CallRecordFilter; None where nothing is left out."""
        typed = self.typed
        kinds = [kind for kind in KINDS if typed[f"kind_{kind}"]]
        parts = {
            "kinds": kinds if 0 < len(kinds) < len(KINDS) else None,
            "direction": typed["direction"] if typed["direction"] in DIRECTIONS else None,
            "number": read_plain(typed["number"]) or None,
            "place": typed["place"].strip() or None,
            "fromDay": typed["from_day"] or None,
            "toDay": typed["to_day"] or None,
            "feeFrom": read_plain(typed["fee_from"]) or None,
            "chargedOnly": True if typed["charged"] else None,
        }
        return {name: part for name, part in parts.items() if part is not None} or None

    @property
    def is_plain(self) -> bool:
        """Whether it is the first look, which reads one page and no more."""
        return self.wanted is None and self.order == ORDERS[0]

    @property
    def fields(self) -> dict[str, str]:
        """What was typed and is not empty: what a button of the answer sends again."""
        return {name: value for name, value in self.typed.items() if value}

    @property
    def months(self) -> list[str]:
        """The months that the page offered; none where it did not say."""
        try:
            return count_back(self.typed["newest"])
        except ValueError:
            return []

    def of_month(self, month: str, months: list[str]) -> "Wish":
        """The same, of a month that is now known, among those that are kept."""
        return replace(self, typed={**self.typed, "month": month, "newest": next(iter(months), "")})


def read_wish(form: Mapping[str, str]) -> Wish:
    """A form's fields, each cut to what it can hold at most."""
    typed = {name: form.get(name, "")[:_CHARACTERS_MOST] for name in FIELDS}
    return Wish(typed, form.get("after") or None, bool(form.get("reveal")))
