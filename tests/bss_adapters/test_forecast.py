"""Does the range of a forecast hold in four of five months, for everybody in the sandbox and on every day?"""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx
import pytest

from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.usage_history import TmfUsageHistory
from graphql_schema.ports import RatedMonth
from graphql_schema.queries.charge_forecast import decide_forecast
from graphql_schema.queries.usage_days import add_up_fees
from graphql_schema.types.bill import CurrentCharges
from graphql_schema.types.money import Money
from graphql_schema.types.month import Month
from sandbox.app import create_app
from sandbox.bss.world import World
from tests.bss_adapters.conftest import BORN_MS, make_client

pytestmark = pytest.mark.anyio

PEOPLE = 40
HEAVY = "13800138011"
"""20,000 records a month: their own tests read them."""
RUNNING = Month(2026, 11)
HISTORY_LEAST = 3
AS_OF = datetime(2026, 11, 22, tzinfo=UTC)
FEN = Decimal("0.01")


@pytest.fixture
async def client() -> AsyncIterator[TmfClient]:
    world = World.open(subscribers=PEOPLE, now_ms=BORN_MS)
    transport = httpx.ASGITransport(create_app(world), raise_app_exceptions=False)
    client = make_client("http://bss.example/tmf-api", transport=transport)
    yield client
    await client.aclose()
    world.store.close()


async def read_people(client: TmfClient) -> list[list[RatedMonth]]:
    """Each line's ended months, oldest first, from its first use on."""
    world = World.open(subscribers=PEOPLE, now_ms=BORN_MS)
    lines = [line for index in range(PEOPLE) for line in world.portfolio(index).lines if line.number != HEAVY]
    world.store.close()
    history, people = TmfUsageHistory(client), []
    for line in lines:
        months = [await history.fetch_month(line.id, RUNNING.plus(-ago)) for ago in range(6, 0, -1)]
        while months and not months[0].days:
            months.pop(0)
        people.append(months)
    return people


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


async def test_the_range_holds_in_about_four_of_five(client: TmfClient) -> None:
    """Judged where there is something to guess: people whom use outside the allowances has cost anything yet."""
    tally = Tally()
    for months in await read_people(client):
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
