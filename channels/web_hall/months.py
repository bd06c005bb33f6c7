"""Which months are kept online, seen from an instant?"""

from calendar import monthrange
from datetime import date

from channels.rendering import to_local

MONTHS_ONLINE = 6
"""The running month and the five before it (domain page §4)."""


def list_months(as_of: str) -> list[str]:
    """``["2026-11", "2026-10", …]``: the running month on the clock of Asia/Shanghai first."""
    return count_back(f"{to_local(as_of):%Y-%m}")


def count_back(month: str) -> list[str]:
    """A running month and those before it that are kept online. Raises ValueError."""
    first = first_day(month)
    newest = first.year * 12 + first.month - 1
    return [f"{count // 12}-{count % 12 + 1:02}" for count in range(newest, newest - MONTHS_ONLINE, -1)]


def first_day(month: str) -> date:
    """``2026-10`` → the day it begins. Raises ValueError."""
    return date.fromisoformat(f"{month}-01")


def last_day(month: str) -> date:
    """``2026-10`` → 2026-10-31. Raises ValueError."""
    first = first_day(month)
    return first.replace(day=monthrange(first.year, first.month)[1])
