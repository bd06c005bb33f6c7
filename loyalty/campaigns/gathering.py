"""What is known of a happening and its line when it is decided?"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from graphql_schema.loyalty_ports import LoyaltyCustomer
from graphql_schema.types.month import BUSINESS_ZONE
from loyalty.campaign_tables import happening
from loyalty.campaigns.needs import Bureau
from loyalty.rules.facts import Facts, HappeningKind, count_months
from loyalty.tables import from_us, to_us


@dataclass(frozen=True, slots=True)
class Told:
    """What the event itself knows. ``amount_fen`` is what of it was not given back."""

    id: str
    kind: HappeningKind
    line_id: str
    at: datetime
    amount_fen: int
    channel: str
    offering: str | None
    draw: int
    chosen: Mapping[str, str]


def read_told(row: Row[Any]) -> Told:
    """From a happening's row."""
    told = json.loads(row.facts)
    return Told(
        id=row.id,
        kind=HappeningKind(row.kind),
        line_id=row.line_id,
        at=from_us(row.at_us),
        amount_fen=row.amount_fen - (row.back_parts if row.amount_fen else 0),
        channel=told["channel"],
        offering=told["offering"],
        draw=row.draw,
        chosen=told["chosen"],
    )


async def fetch_customer_and_stars(bureau: Bureau, line_id: str) -> tuple[LoyaltyCustomer | None, int]:
    """Who the line's customer is, and its stars; None where there is no such line any more. Raises BssFault."""
    customer = await bureau.customers.fetch_customer(line_id)
    return customer, (0 if customer is None else await bureau.stars.fetch_stars(line_id))


async def is_first(connection: AsyncConnection, told: Told) -> bool:
    """Whether nothing of the kind happened to the line before, or was decided before: what is heard of late comes after
    what has won meanwhile, so that there is one first."""
    table = happening
    before = or_(
        table.c.state == "decided",
        table.c.at_us < to_us(told.at),
        and_(table.c.at_us == to_us(told.at), table.c.id < told.id),
    )
    mine = (table.c.line_id == told.line_id, table.c.kind == told.kind.value, table.c.id != told.id)
    asked = select(table.c.id).where(*mine, before).limit(1)
    return (await connection.execute(asked)).one_or_none() is None


async def is_still_first(connection: AsyncConnection, told: Told) -> bool:
    """The same in the transaction that decides, before it closes the happening: two of one line that are decided at
    once come one after the other."""
    table = happening
    mine = (table.c.line_id == told.line_id, table.c.kind == told.kind.value, table.c.state == "waiting")
    await connection.execute(select(table.c.id).where(*mine).order_by(table.c.id).with_for_update())
    return await is_first(connection, told)


def build_facts(told: Told, customer: LoyaltyCustomer, stars: int, *, first: bool) -> Facts:
    """Everything but what was taken."""
    day = told.at.astimezone(BUSINESS_ZONE).date()
    return Facts(
        kind=told.kind,
        key=told.id,
        at=told.at,
        day=day,
        amount_fen=told.amount_fen,
        channel=told.channel,
        offering=told.offering,
        package=customer.package,
        region=customer.region,
        tenure_months=count_months(customer.since, day),
        stars=stars,
        birthday=customer.birthday,
        is_first=first,
        arrears_free_months=customer.arrears_free_months,
        paid_by_organization=customer.paid_by_organization,
        draw=told.draw,
        chosen=told.chosen,
    )
