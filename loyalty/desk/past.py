"""What happened last month, as campaigns would have met it?

Facts of a line (its package, region, stars …) are as they are today: what they were then is kept nowhere.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.loyalty_ports import LoyaltyCustomer
from graphql_schema.types.month import BUSINESS_ZONE, Month
from loyalty.campaign_tables import happening
from loyalty.campaigns.gathering import build_facts, fetch_customer_and_stars, read_told
from loyalty.campaigns.needs import Bureau
from loyalty.campaigns.simulation import PastHappening
from loyalty.rules.campaign import Campaign
from loyalty.rules.condition import Between, Birthday, OneOf
from loyalty.rules.condition import Listed as What
from loyalty.rules.facts import HappeningKind
from loyalty.tables import from_us, to_us

HAPPENINGS_MOST: Final = 20_000
LINES_ASKED_MOST: Final = 500
"""How many lines' customers are asked about for one trial: a colleague waits for it."""
AT_ONCE: Final = 8
LINES_A_QUESTION: Final = 400
OF_THE_LINE: Final = frozenset({What.PACKAGE, What.REGION})
Customer = tuple[LoyaltyCustomer, int]


@dataclass(frozen=True, slots=True)
class Past:
    """The happenings of a month that could be judged, in their order, of ``count`` that there were."""

    month: Month
    happenings: Sequence[PastHappening]
    count: int


async def fetch_past(bureau: Bureau, campaigns: Collection[Campaign], kinds: frozenset[HappeningKind]) -> Past:
    """Last month's happenings of these kinds. Where no campaign asks about a person the operator's systems are not
    asked either, and an account stands for its customer. Where there are more than a trial looks at, the first of the
    month are there. Raises BssFault."""
    month = Month.of(bureau.now()).plus(-1)
    async with bureau.reading() as connection:
        count, rows = await _fetch_rows(connection, month, kinds)
    customers: Mapping[str, Customer] | None = None
    if asks_about_people(campaigns):
        lines = list(dict.fromkeys(row.line_id for row in rows))[:LINES_ASKED_MOST]
        customers = await _fetch_customers(bureau, lines)
        rows = _take_known(rows, customers, all_asked=len(lines) < LINES_ASKED_MOST)
    async with bureau.reading() as connection:
        firsts = await _fetch_firsts(connection, rows)
    return Past(month, [_build(row, customers, firsts) for row in rows], count)


def asks_about_people(campaigns: Iterable[Campaign]) -> bool:
    """Whether any condition of theirs rests on what only the operator's systems know of a line."""
    conditions = (each for campaign in campaigns for group in campaign.groups for each in group.conditions)
    return any(
        isinstance(each, (Between, Birthday)) or (isinstance(each, OneOf) and each.what in OF_THE_LINE)
        for each in conditions
    )


async def _fetch_rows(
    connection: AsyncConnection, month: Month, kinds: frozenset[HappeningKind]
) -> tuple[int, Sequence[Row[Any]]]:
    begins, ends = to_us(month.starts_at), to_us(month.ends_at)
    mine = (happening.c.kind.in_(sorted(kinds)), happening.c.at_us >= begins, happening.c.at_us < ends)
    count = (await connection.execute(select(func.count()).select_from(happening).where(*mine))).scalar_one()
    asked = select(happening).where(*mine).order_by(happening.c.at_us, happening.c.id).limit(HAPPENINGS_MOST)
    return int(count), (await connection.execute(asked)).all()


async def _fetch_customers(bureau: Bureau, lines: Sequence[str]) -> dict[str, Customer]:
    """Those that are lines still, a few at a time."""
    found: dict[str, Customer] = {}
    waiting = iter(lines)

    async def ask_one_by_one() -> None:
        for line_id in waiting:
            customer, stars = await fetch_customer_and_stars(bureau, line_id)
            if customer is not None:
                found[line_id] = customer, stars

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(ask_one_by_one())
    except ExceptionGroup as faults:  # the first one is why the others were called off
        raise faults.exceptions[0] from None
    return found


def _take_known(rows: Sequence[Row[Any]], customers: Mapping[str, Customer], *, all_asked: bool) -> list[Row[Any]]:
    """What happened to lines that were asked about; once there is one that was not, the rest of the month is left out,
    so that what is looked at is a beginning of it without holes."""
    if all_asked:
        return [row for row in rows if row.line_id in customers]
    lines = dict.fromkeys(row.line_id for row in rows)
    asked = set(list(lines)[:LINES_ASKED_MOST])
    end = next((place for place, row in enumerate(rows) if row.line_id not in asked), len(rows))
    return [row for row in rows[:end] if row.line_id in customers]


async def _fetch_firsts(connection: AsyncConnection, rows: Sequence[Row[Any]]) -> dict[tuple[str, str], str]:
    """Of each line and kind, which happening was its first."""
    lines = list(dict.fromkeys(row.line_id for row in rows))
    begun: dict[tuple[str, str], int] = {}
    for start in range(0, len(lines), LINES_A_QUESTION):
        mine = happening.c.line_id.in_(lines[start : start + LINES_A_QUESTION])
        by = (happening.c.line_id, happening.c.kind)
        asked = select(*by, func.min(happening.c.at_us)).where(mine).group_by(*by)
        begun |= {(line_id, kind): at_us for line_id, kind, at_us in (await connection.execute(asked)).all()}
    firsts: dict[tuple[str, str], str] = {}
    for row in rows:  # in their order: of two at one instant the first by id
        if begun[row.line_id, row.kind] == row.at_us:
            firsts.setdefault((row.line_id, row.kind), row.id)
    return firsts


def _build(
    row: Row[Any], customers: Mapping[str, Customer] | None, firsts: Mapping[tuple[str, str], str]
) -> PastHappening:
    customer, stars = (_stand_in(row), 0) if customers is None else customers[row.line_id]
    first = firsts.get((row.line_id, row.kind)) == row.id
    return PastHappening(customer.customer_id, build_facts(read_told(row), customer, stars, first=first))


def _stand_in(row: Row[Any]) -> LoyaltyCustomer:
    """Whom nobody asks about."""
    return LoyaltyCustomer(
        line_id=row.line_id,
        account_id=row.account_id,
        customer_id=row.account_id,
        since=from_us(row.at_us).astimezone(BUSINESS_ZONE).date(),
        package=None,
        region=None,
        birthday=None,
        suspended=False,
        owes=False,
        real_name=True,
        arrears_free_months=0,
    )
