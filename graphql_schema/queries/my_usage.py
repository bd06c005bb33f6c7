"""What can a caller ask about use: by day and month, outside the allowances, by the month's end, and its brake?"""

import asyncio
from collections.abc import Awaitable
from datetime import datetime
from typing import TypeVar

import strawberry

from graphql_schema.context import Facts
from graphql_schema.money_ports import BrakeReading, RatedMonth
from graphql_schema.ports import BssFault
from graphql_schema.problems import DeadlineExceeded
from graphql_schema.queries.charge_brake import BrakeLimits, decide_brake
from graphql_schema.queries.charge_forecast import decide_forecast
from graphql_schema.queries.kept_month import find_kept_month
from graphql_schema.queries.usage_days import decide_history, decide_month_of_use, decide_out_of_bucket
from graphql_schema.types.charge_brake import ChargeBrake
from graphql_schema.types.day_of_use import ChargeForecast, MonthOfUse, OutOfBucket, UsageHistory
from graphql_schema.types.line import Line
from graphql_schema.types.month import MONTHS_ONLINE, Month

T = TypeVar("T")

LINES_MOST = 10
"""Of an account, whose use is read for a forecast: a household has a handful. For a company's there is none."""


@strawberry.type
class MyUsage:
    """What was used and what it costs, beside the allowances."""

    facts: strawberry.Private[Facts]

    @strawberry.field
    async def usage_of_month(self, month: str | None = None) -> MonthOfUse | None:
        """Use by day in a month (YYYY-MM; null: the running one)."""
        asked = find_kept_month(month, now=self.facts.ports.clock.now())
        return decide_month_of_use(await self.facts.month_of_use(asked))

    @strawberry.field
    async def usage_history(self) -> UsageHistory | None:
        """The running month and the five before, by type."""
        now = self.facts.ports.clock.now()
        months = await asyncio.gather(*map(self.facts.month_of_use, [Month.of(now), *_ended_months(now)]))
        return decide_history(months)

    @strawberry.field
    async def out_of_bucket(self) -> OutOfBucket | None:
        """What use outside the allowances cost in the running month so far."""
        return decide_out_of_bucket(await self.facts.month_of_use(Month.of(self.facts.ports.clock.now())))

    @strawberry.field
    async def charge_forecast(self) -> ChargeForecast | None:
        """What the running month will cost by its end; null for an account with more lines than can be looked at."""
        now = self.facts.ports.clock.now()
        charges, lines = await asyncio.gather(self.facts.current_charges(), self.facts.lines_of_account())
        if len(lines) > LINES_MOST:
            return None
        running = await asyncio.gather(*(self.facts.rated_month(line.id, Month.of(now)) for line in lines))
        ended = await asyncio.gather(*(unless_missing(_read_ended(self.facts, line)) for line in lines))
        known = None if None in ended else [month for months in ended if months for month in months]
        return decide_forecast(charges, running, known, now=now)

    @strawberry.field
    async def charge_brake(self) -> ChargeBrake | None:
        """Which charges are paused, and whether pausing is offered because spending is far above the usual."""
        return await look_at_brake(self.facts, await self.facts.brake())


async def look_at_brake(facts: Facts, reading: BrakeReading) -> ChargeBrake:
    """The brake, with what is spent where that can be read."""
    now = facts.ports.clock.now()
    running, ended = await asyncio.gather(
        unless_missing(facts.month_of_use(Month.of(now))),
        unless_missing(asyncio.gather(*map(facts.month_of_use, _ended_months(now)))),
    )
    limits = BrakeLimits(facts.ports.brake_factor, facts.ports.brake_least)
    return decide_brake(reading, running, ended, now=now, limits=limits)


async def unless_missing(fact: Awaitable[T]) -> T | None:
    """The fact, or None where its system does not give it in time."""
    try:
        return await fact
    except (BssFault, DeadlineExceeded):
        return None


async def _read_ended(facts: Facts, line: Line) -> list[RatedMonth]:
    months = _ended_months(facts.ports.clock.now())
    return list(await asyncio.gather(*(facts.rated_month(line.id, month) for month in months)))


def _ended_months(now: datetime) -> list[Month]:
    """Those that are kept before the running one, newest first."""
    return [Month.of(now).plus(-ago) for ago in range(1, MONTHS_ONLINE + 1)]
