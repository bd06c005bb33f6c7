"""Which permissions to help are there, and how do they stand?"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.identity.people.tables import helper_permission
from gateway.identity.tables import from_us, to_us
from graphql_schema.types.line import mask_number
from graphql_schema.types.own_line import Helper, HelpState

_T = helper_permission.c
_UNENDED = _T.state.in_((HelpState.ASKED.value, HelpState.ACTIVE.value))


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: the line is None until the number was looked up, and where it is nobody's."""

    number: str
    line_id: str | None
    customer_id: str | None


@dataclass(frozen=True, slots=True)
class Permission:
    """The helper may act for the owner's line within scopes; ``until`` is when that ends, or when silence is a no."""

    id: str
    owner: Side
    helper: Side
    scopes: tuple[str, ...]
    days: int
    state: HelpState
    asked_at: datetime
    until: datetime

    def as_word(self, now: datetime) -> Helper:
        """As the owner sees it; what is only asked would end so many days after a yes said now."""
        until = now + timedelta(days=self.days) if self.state is HelpState.ASKED else self.until
        masked = mask_number(self.helper.number)
        return Helper(
            id=self.id,
            masked_number=masked,
            scopes=list(self.scopes),
            state=self.state,
            asked_at=self.asked_at,
            until=until,
        )


async def find_permission(connection: AsyncConnection, *where: ColumnElement[bool]) -> Permission | None:
    """The one that fits, or None: also where several do."""
    rows = (await connection.execute(select(helper_permission).where(*where).limit(2))).all()
    return parse_permission(rows[0]) if len(rows) == 1 else None


async def fetch_permissions(connection: AsyncConnection, *where: ColumnElement[bool]) -> list[Permission]:
    """All that fit, by age."""
    asked = select(helper_permission).where(*where).order_by(_T.asked_at_us, _T.id)
    return [parse_permission(row) for row in await connection.execute(asked)]


async def count_permissions(connection: AsyncConnection, *where: ColumnElement[bool]) -> int:
    """How many fit."""
    counted = await connection.execute(select(func.count()).select_from(helper_permission).where(*where))
    return int(counted.scalar_one())


def is_asked(now: datetime) -> ColumnElement[bool]:
    """Still waits for an answer."""
    return and_(_T.state == HelpState.ASKED.value, _T.until_us > to_us(now))


def is_active(now: datetime) -> ColumnElement[bool]:
    """Opens something now."""
    return and_(_T.state == HelpState.ACTIVE.value, _T.until_us > to_us(now))


def is_living(now: datetime) -> ColumnElement[bool]:
    """One of both."""
    return and_(_UNENDED, _T.until_us > to_us(now))


def concerns(line_id: str) -> ColumnElement[bool]:
    """On either side."""
    return or_(_T.owner_line_id == line_id, _T.helper_line_id == line_id)


def parse_permission(row: Row[Any]) -> Permission:
    """A row of helper_permission."""
    return Permission(
        id=row.id,
        owner=Side(row.owner_number, row.owner_line_id, row.owner_customer_id),
        helper=Side(row.helper_number, row.helper_line_id, row.helper_customer_id),
        scopes=tuple(row.scopes.split()),
        days=row.days,
        state=HelpState(row.state),
        asked_at=from_us(row.asked_at_us),
        until=from_us(row.until_us),
    )
