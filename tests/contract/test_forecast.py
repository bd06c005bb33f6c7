"""Does the range of a forecast hold in four of five months, for everybody in the sandbox and on every day?"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import dropwhile

from graphql_schema.money_ports import RatedDay, RatedMonth
from graphql_schema.queries.charge_forecast import decide_forecast
from graphql_schema.queries.usage_days import add_up_fees
from graphql_schema.types.bill import CurrentCharges
from graphql_schema.types.money import Money
from graphql_schema.types.month import BUSINESS_ZONE, Month
from sandbox.bss.month import Month as SandboxMonth
from sandbox.bss.portfolio import Portfolio
from sandbox.bss.world import World

BORN_MS = 1_795_312_800_000  # 2026-11-22
PEOPLE = 60
HEAVY = "13800138011"
"""20,000 records a month: their own tests read them."""
RUNNING = Month(2026, 11)
HISTORY_LEAST = 3
AS_OF = datetime(2026, 11, 22, tzinfo=UTC)
FEN = Decimal("0.01")


def read_people() -> list[list[RatedMonth]]:
    """Each line's ended months, oldest first, from its first use on, straight from the sandbox's books: that they come
    over the wire as they are is held in tests/bss_adapters/test_usage_sums.py."""
    world, people = World.open(subscribers=PEOPLE, now_ms=BORN_MS), []
    for portfolio in map(world.portfolio, range(PEOPLE)):
        lines = [line for line in portfolio.lines if line.number != HEAVY]
        months = [read_months(world, portfolio, ago) for ago in range(6, 0, -1)] if lines else []
        for line in lines:
            own = [month[line.id] for month in months]
            people.append(list(dropwhile(lambda month: not month.days, own)))
    world.store.close()
    return people


def read_months(world: World, portfolio: Portfolio, ago: int) -> dict[str, RatedMonth]:
    """The month so long ago of every line."""
    month = RUNNING.plus(-ago)
    fees: dict[str, dict[date, int]] = {line.id: defaultdict(int) for line in portfolio.lines}
    booked = SandboxMonth(month.year, month.number)
    for rated in world.months.rated(portfolio, booked, as_of_ms=booked.end_ms):
        at = datetime.fromtimestamp(rated.use.at_ms / 1000, BUSINESS_ZONE)
        fees[rated.use.line_id][at.date()] += rated.fee_li
    return {line_id: rated_month(month, days) for line_id, days in fees.items()}


def rated_month(month: Month, days: dict[date, int]) -> RatedMonth:
    used = (RatedDay(day, None, "rate", 1, Decimal(li) / 1000, roaming=False) for day, li in sorted(days.items()))
    return RatedMonth(month=month, days=tuple(used), currency="CNY", as_of=AS_OF, stale=False)


def cut(month: RatedMonth, days: int) -> RatedMonth:
    return replace(month, days=tuple(each for each in month.days if each.day.day <= days))


def charges_of(month: Month, so_far: Decimal) -> CurrentCharges:
    return CurrentCharges(
        total=Money(amount=so_far, currency="CNY"),
        period_start=month.first_day,
        period_end=month.plus(1).first_day,
        subjects=[],
        as_of=AS_OF,
        stale=False,
    )


@dataclass
class Tally:
    """How often the range held, by third of the month, and how far the expected sum was from the real one."""

    judged: Counter[int] = field(default_factory=Counter)
    held: Counter[int] = field(default_factory=Counter)
    below: int = 0
    above: int = 0
    off: Decimal = Decimal(0)
    real: Decimal = Decimal(0)

    def judge(self, this: RatedMonth, before: list[RatedMonth], day: int) -> None:
        """Cuts a month that is over after so many days, and holds what is then guessed against how it ended."""
        seen, end, days = cut(this, day), add_up_fees(this.days), (this.month.ends_at - this.month.starts_at).days
        now = this.month.starts_at + timedelta(days=day)
        guess = decide_forecast(charges_of(this.month, add_up_fees(seen.days)), [seen], before, now=now)
        below, above = end < guess.least.amount - FEN, end > guess.most.amount + FEN
        third = (day - 1) * 3 // days
        self.judged[third] += 1
        self.held[third] += not (below or above)
        self.below, self.above = self.below + below, self.above + above
        self.off, self.real = self.off + abs(guess.expected.amount - end), self.real + end


def test_the_range_holds_in_about_four_of_five() -> None:
    """Judged where there is something to guess: people whom use outside the allowances has cost anything yet."""
    tally = Tally()
    for months in read_people():
        for place in range(HISTORY_LEAST, len(months)):
            this, before = months[place], months[max(0, place - 5) : place]
            if any(add_up_fees(month.days) for month in [this, *before]):
                for day in range(1, (this.month.ends_at - this.month.starts_at).days):
                    tally.judge(this, before, day)
    total = sum(tally.judged.values())
    assert total > 1000
    assert 0.75 <= sum(tally.held.values()) / total <= 0.88
    assert all(tally.held[third] / tally.judged[third] >= 0.70 for third in range(3))
    assert max(tally.below, tally.above) / total < 0.18
    assert tally.off / tally.real < Decimal("0.30")
