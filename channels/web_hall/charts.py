"""How do the days of a month and the last six months of use become bars?"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from channels.web_hall.months import count_back, first_day, last_day


class Bar(NamedTuple):
    """A day or month: when it begins, what was used (bytes, seconds or messages), its height of 100, and its fee."""

    begins: str
    used: int
    height: str
    fee: dict[str, str] | None

    @property
    def charged(self) -> bool:
        """Whether something of it was outside every allowance."""
        return self.fee is not None and Decimal(self.fee["amount"]) > 0


def draw_days(month: Mapping[str, Any], kind: str) -> list[Bar]:
    """Every day of a month of use, one of a kind; days that have not come yet are empty like those without use."""
    used = {each["day"]: each for each in month["days"] if each["usageType"] == kind}
    first, last = first_day(month["month"]), last_day(month["month"])
    days = [first.replace(day=number).isoformat() for number in range(1, last.day + 1)]
    return _draw(days, used)


def draw_months(history: Mapping[str, Any], kind: str, newest: str) -> list[Bar]:
    """The six months that end with ``newest``, oldest first."""
    used = {f"{each['month']}-01": each for each in history["months"] if each["usageType"] == kind}
    return _draw([f"{month}-01" for month in reversed(count_back(newest))], used)


def find_highest(bars: Sequence[Bar]) -> Bar | None:
    """The bar of the most use; None where nothing was used."""
    return max((bar for bar in bars if bar.used), key=lambda bar: bar.used, default=None)


def add_up_fees(fees: Sequence[Mapping[str, str]]) -> dict[str, str] | None:
    """What they cost together, exact to the 厘; None of nothing."""
    if not fees:
        return None
    return {"amount": str(sum((Decimal(fee["amount"]) for fee in fees), Decimal(0))), "currency": fees[0]["currency"]}


def _draw(begins: Sequence[str], used: Mapping[str, Mapping[str, Any]]) -> list[Bar]:
    most = max((int(each["used"]) for each in used.values()), default=0) or 1
    return [
        Bar(day, int(used[day]["used"]), f"{int(used[day]['used']) * 100 / most:.1f}", used[day]["fee"])
        if day in used
        else Bar(day, 0, "0.0", None)
        for day in begins
    ]
