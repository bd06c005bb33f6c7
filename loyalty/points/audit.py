"""Does every account have what its postings, lots and holds say (稽核)?"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, ScalarSelect, Select, func, literal, select
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.needs import View
from loyalty.points.accounts import HOUSE
from loyalty.points_tables import points_account, points_hold, points_lot, points_posting

PAGE: Final = 1000


@dataclass(frozen=True, slots=True)
class Difference:
    """An account whose ``kept`` figure is not what its rows sum to. ``what``: balance, held, owed, lots (their sum
    against the balance), lots_held, unknown (postings of an account that is not there)."""

    account: str
    what: str
    kept: int
    summed: int


async def audit(reading: View, *, page: int = PAGE) -> AsyncIterator[Difference]:
    """Every account that differs, one by one; nothing: all is well. No more than a page is in memory."""
    after: str | None = ""
    while after is not None:
        async with reading() as connection:
            found, after = await audit_page(connection, after=after, page=page)
        for difference in found:
            yield difference


async def audit_page(
    connection: AsyncConnection, *, after: str, page: int = PAGE
) -> tuple[list[Difference], str | None]:
    """What differs of the accounts that come after an id, and the last one's, where the next page goes on; None: that
    was all. A page is one statement, so that it sees one moment of a ledger that goes on."""
    rows = (await connection.execute(_ask(after, page))).all()
    found = [difference for row in rows for difference in _compare(row)]
    if len(rows) == page:
        return found, rows[-1].id
    for statement in _ask_unknown():
        unknown = (await connection.execute(statement.limit(page))).all()
        found += [Difference(account, "unknown", 0, int(points)) for account, points in unknown]
    return found, None


def _compare(row: Row[Any]) -> list[Difference]:
    compared = [
        ("balance", row.balance, int(row.came) - int(row.went)),
        ("held", row.held, int(row.holds)),
        ("owed", row.owed, int(row.debt_went) - int(row.debt_came)),
        ("lots", row.balance, int(row.lots)),
        ("lots_held", row.held, int(row.lots_held)),
    ]
    return [Difference(row.id, what, kept, summed) for what, kept, summed in compared if kept != summed]


def _ask(after: str, page: int) -> Select[Any]:
    account, lot, hold = points_account, points_lot, points_hold
    debt = literal("debt:").concat(account.c.id)
    mine = (lot.c.account == account.c.id,)
    open_holds = (hold.c.account == account.c.id, hold.c.state == "held")
    sums = {
        "came": _sum(points_posting.c.points, points_posting.c.to_account == account.c.id),
        "went": _sum(points_posting.c.points, points_posting.c.from_account == account.c.id),
        "debt_came": _sum(points_posting.c.points, points_posting.c.to_account == debt),
        "debt_went": _sum(points_posting.c.points, points_posting.c.from_account == debt),
        "holds": _sum(hold.c.points, *open_holds),
        "lots": _sum(lot.c.remaining + lot.c.held, *mine),
        "lots_held": _sum(lot.c.held, *mine),
    }
    columns = (account.c.id, account.c.balance, account.c.held, account.c.owed)
    told = select(*columns, *(each.label(name) for name, each in sums.items()))
    return told.where(account.c.id > after).order_by(account.c.id).limit(page)


def _ask_unknown() -> list[Select[Any]]:
    """Postings whose account, or whose debtor, has no row, and is none of the house's."""
    told = []
    for side in (points_posting.c.to_account, points_posting.c.from_account):
        known = select(points_account.c.id).where(points_account.c.id == side).exists()
        debtor = select(points_account.c.id).where(points_account.c.id == func.substr(side, len("debt:") + 1)).exists()
        told.append(
            select(side, func.sum(points_posting.c.points)).where(side.not_in(HOUSE), ~known, ~debtor).group_by(side)
        )
    return told


def _sum(points: ColumnElement[int], *where: ColumnElement[bool]) -> ScalarSelect[Any]:
    return select(func.coalesce(func.sum(points), 0)).where(*where).correlate(points_account).scalar_subquery()
