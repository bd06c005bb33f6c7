"""How does a bill differ from the one before?"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from channels.web_hall.periods import leave_out_months


class Change(NamedTuple):
    """How a subject differs from the bill before: by how much, and which lines are new or gone."""

    code: str
    difference: dict[str, str]
    new: list[Mapping[str, str]]
    gone: list[Mapping[str, str]]


def compare_subjects(now: Sequence[Mapping[str, Any]], before: Sequence[Mapping[str, Any]]) -> list[Change]:
    """What changed from one bill to the next, largest first; subjects that stayed the same are left out."""
    old = {subject["code"]: subject for subject in before}
    new = {subject["code"]: subject for subject in now}
    changes = [_compare(code, new.get(code), old.get(code)) for code in dict.fromkeys([*new, *old])]
    return sorted(
        (change for change in changes if Decimal(change.difference["amount"])),
        key=lambda change: -abs(Decimal(change.difference["amount"])),
    )


def _compare(code: str, now: Mapping[str, Any] | None, before: Mapping[str, Any] | None) -> Change:
    totals = [Decimal(subject["total"]["amount"]) if subject else Decimal(0) for subject in (now, before)]
    currency = (now or before or {})["total"]["currency"]
    names = [_line_names(subject) for subject in (now, before)]
    return Change(
        code,
        {"amount": str(totals[0] - totals[1]), "currency": currency},
        [name for key, name in names[0].items() if key not in names[1]],
        [name for key, name in names[1].items() if key not in names[0]],
    )


def _line_names(subject: Mapping[str, Any] | None) -> dict[str, Mapping[str, str]]:
    """Names by what they are for: a late fee on another month's bill is no new item."""
    return {leave_out_months(line["name"]["zh"]): line["name"] for line in (subject or {}).get("ratedLines", [])}
