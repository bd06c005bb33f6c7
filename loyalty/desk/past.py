"""What happened last month, as campaigns would have met it?

Facts of a line (its package, region, stars …) are as they are today: what they were then is kept nowhere. A colleague
waits for it, so that each question has an end: rows, lines that are asked about, and the time that is taken for asking.
"""

import asyncio
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
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
COUNTED_MOST: Final = 1_000_000
LINES_ASKED_MOST: Final = 500
ASKING_SECONDS: Final = 3
"""After that nobody is asked about any more: the operator's systems are slow today."""
ROWS_AT_ONCE: Final = 1000
AT_ONCE: Final = 8
LINES_A_QUESTION: Final = 400
OF_THE_LINE: Final = frozenset({What.PACKAGE, What.REGION})
Customer = tuple[LoyaltyCustomer, int]


@dataclass(frozen=True, slots=True)
class Past:
    """What of a month can be judged, in its order, of ``count`` that there were (None: more than are counted)."""

    month: Month
    rows: Sequence[Row[Any]]
    count: int | None
    customers: Mapping[str, Customer] | None
    firsts: Mapping[tuple[str, str], str]

    def build(self) -> Iterator[PastHappening]:
        """Each as campaigns would have met it."""
        return (_build(row, self.customers, self.firsts) for row in self.rows)


async def fetch_past(bureau: Bureau, campaigns: Collection[Campaign], kinds: frozenset[HappeningKind]) -> Past:
    """Last month's happenings of these kinds. Where no campaign asks about a person the operator's systems are not
    asked either, and an account stands for its customer. Where there are more than a trial looks at, or can ask about
    in its time, the first of the month are there. Raises BssFault."""
    month = Month.of(bureau.now()).plus(-1)
    async with bureau.reading() as connection:
        count, rows = await _fetch_rows(connection, month, kinds)
    customers: Mapping[str, Customer] | None = None
    if asks_about_people(campaigns):
        lines = list(dict.fromkeys(row.line_id for row in rows))[:LINES_ASKED_MOST]
        asked = await _fetch_customers(bureau, lines)
        customers = {line_id: customer for line_id, customer in asked.items() if customer}
        rows = _take_known(rows, asked)
    async with bureau.reading() as connection:
        firsts = await _fetch_firsts(connection, rows)
    return Past(month, rows, count, customers, firsts)


def asks_about_people(campaigns: Iterable[Campaign]) -> bool:
    """Whether any condition of theirs rests on what only the operator's systems know of a line."""
    conditions = (each for campaign in campaigns for group in campaign.groups for each in group.conditions)
    return any(
        isinstance(each, (Between, Birthday)) or (isinstance(each, OneOf) and each.what in OF_THE_LINE)
        for each in conditions
    )


async def _fetch_rows(
    connection: AsyncConnection, month: Month, kinds: frozenset[HappeningKind]
) -> tuple[int | None, Sequence[Row[Any]]]:
    """Kind by kind, as the index has them."""
    table, count, rows = happening, 0, list[Row[Any]]()
    for kind in sorted(kinds):
        mine = (table.c.kind == kind, table.c.at_us >= to_us(month.starts_at), table.c.at_us < to_us(month.ends_at))
        some = select(table.c.id).where(*mine).limit(COUNTED_MOST + 1).subquery()
        count += (await connection.execute(select(func.count()).select_from(some))).scalar_one()
        asked = select(table).where(*mine).order_by(table.c.at_us, table.c.id).limit(HAPPENINGS_MOST)
        async with connection.stream(asked) as found:
            async for several in found.partitions(ROWS_AT_ONCE):  # others have their turn between them
                rows += several
    rows.sort(key=lambda row: (row.at_us, row.id))
    return (None if count > COUNTED_MOST else count), rows[:HAPPENINGS_MOST]


async def _fetch_customers(bureau: Bureau, lines: Sequence[str]) -> dict[str, Customer | None]:
    """Of as many as answer in time, a few at a time; None: that is no line any more."""
    found: dict[str, Customer | None] = {}
    waiting, until = iter(lines), time.monotonic() + ASKING_SECONDS

    async def ask_one_by_one() -> None:
        for line_id in waiting:
            if time.monotonic() >= until:
                return
            customer, stars = await fetch_customer_and_stars(bureau, line_id)
            found[line_id] = None if customer is None else (customer, stars)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(ask_one_by_one())
    except ExceptionGroup as faults:  # the first one is why the others were called off
        raise faults.exceptions[0] from None
    return found


def _take_known(rows: Sequence[Row[Any]], asked: Mapping[str, Customer | None]) -> list[Row[Any]]:
    """What happened to lines that were asked about and are there; from the first one on that nobody was asked about,
    the rest of the month is left out, so that what is looked at is a beginning of it without holes."""
    end = next((place for place, row in enumerate(rows) if row.line_id not in asked), len(rows))
    return [row for row in rows[:end] if asked[row.line_id]]


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
