"""In which account do points stand, and who has it in hand?

A line has one open account; whoever gets the line after it was closed gets a new one. Whatever changes points first
takes the account's row in hand, so that no two do at once; of several they take the one whose id sorts first, and a
transaction that does deeds for several lines does them in the order of their ids.

The house's own accounts, and what each account owes, have postings and no row: what they stand at is the sum of these.
So no deed waits for one row that everybody needs.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import BigInteger, Insert, Select, String, Update, bindparam, case, cast, func, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.points.given_rows import given, render_rows
from loyalty.points_tables import points_account
from loyalty.tables import to_us

ISSUED: Final = "house:issued"
SPENT: Final = "house:spent"
DONATED: Final = "house:donated"
EXPIRED: Final = "house:expired"
CLOSED: Final = "house:closed"
WRITTEN_OFF: Final = "house:written_off"
HOUSE: Final = (ISSUED, SPENT, DONATED, EXPIRED, CLOSED, WRITTEN_OFF)
_ATTEMPTS: Final = 5
_LINE: Final[Mapping[str, type]] = {"line": str}
_MORE: Final[Mapping[str, type]] = {"account": str, "points": int}


def debt_account(account_id: str) -> str:
    """Where stands what an account owes: below nothing while it does. Its balance is kept as the account's ``owed``."""
    return f"debt:{account_id}"


def find_line(account_id: str) -> str:
    """Whose account it is, or was: ``line:L1``, ``line/2:L1`` → ``L1``."""
    return account_id.partition(":")[2]


async def take_line(connection: AsyncConnection, line_id: str) -> Row[Any] | None:
    """The line's open account, in the caller's hand until its transaction ends; None: it has none."""
    return (await connection.execute(_TAKE_LINE, {"line": line_id})).one_or_none()


async def take_account(connection: AsyncConnection, account_id: str) -> Row[Any]:
    """An account that is there, open or closed."""
    return (await connection.execute(_TAKE_ACCOUNT, {"account": account_id})).one()


async def take_or_open_lines(connection: AsyncConnection, line_ids: Sequence[str]) -> dict[str, Row[Any]]:
    """Each line's open account, in hand, made where there is none. Two statements, however many there are."""
    lines = sorted(set(line_ids))
    taken = await take_lines(connection, lines) if len(lines) == 1 else {}  # one is most often there
    for _ in range(_ATTEMPTS):  # another may close one between its making and our taking it
        if len(taken) == len(lines):
            return taken
        await open_lines(connection, lines)
        taken = await take_lines(connection, lines)
    raise LookupError("accounts are closed as fast as they are opened")


async def open_lines(connection: AsyncConnection, lines: Sequence[str]) -> None:
    """Makes an account for those that have none that is open."""
    await connection.execute(_open_lines(connection.dialect.name), render_rows([{"line": each} for each in lines]))


async def take_lines(connection: AsyncConnection, lines: Sequence[str]) -> dict[str, Row[Any]]:
    """The open accounts of those that have one, by line, in hand."""
    rows = render_rows([{"line": each} for each in lines])
    taken = await connection.execute(_take_lines(connection.dialect.name), rows)
    return {row.line_id: row for row in taken}


async def change(
    connection: AsyncConnection, account_id: str, *, balance: int = 0, held: int = 0, owed: int = 0
) -> None:
    """Adds so much to an account that is in hand; below nothing, it is taken away."""
    more = {"account": account_id, "more_balance": balance, "more_held": held, "more_owed": owed}
    await connection.execute(_CHANGE, more)


async def change_many(connection: AsyncConnection, balances: Mapping[str, int]) -> None:
    """Adds to the balances of accounts that are in hand, in one statement."""
    rows = [{"account": account, "points": points} for account, points in balances.items()]
    await connection.execute(_change_many(connection.dialect.name), render_rows(rows))


async def mark_closed(connection: AsyncConnection, account_id: str, event: str, *, now: datetime) -> None:
    """From now on nothing comes to stay."""
    closed = {"closed_at_us": to_us(now), "closed_by": event}
    await connection.execute(update(points_account).where(points_account.c.id == account_id).values(closed))


_OPEN = points_account.c.closed_at_us.is_(None)
_TAKE_LINE = select(points_account).where(points_account.c.line_id == bindparam("line"), _OPEN).with_for_update()
_TAKE_ACCOUNT = select(points_account).where(points_account.c.id == bindparam("account")).with_for_update()
_CHANGE = (
    update(points_account)
    .where(points_account.c.id == bindparam("account"))
    .values(
        {
            each: each + bindparam(f"more_{each.name}", type_=BigInteger)
            for each in points_account.c["balance", "held", "owed"]
        }
    )
)


@cache
def _open_lines(dialect: str) -> Insert:
    wanted, table = given(dialect, _LINE), points_account
    former = table.alias("former")
    holders = select(func.count()).where(former.c.line_id == wanted.c.line).scalar_subquery()
    name = case(
        (holders == 0, literal("line:").concat(wanted.c.line)),
        else_=literal("line/").concat(cast(holders + 1, String)).concat(":").concat(wanted.c.line),
    )
    opened = select(former.c.id).where(former.c.line_id == wanted.c.line, former.c.closed_at_us.is_(None)).exists()
    zero = literal(0, BigInteger)
    rows = select(name, wanted.c.line, zero, zero, zero).where(~opened).order_by(wanted.c.line)
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    columns = [table.c.id, table.c.line_id, table.c.balance, table.c.held, table.c.owed]
    return insert(table).from_select(columns, rows).on_conflict_do_nothing()


@cache
def _take_lines(dialect: str) -> Select[Any]:
    mine = points_account.c.line_id.in_(select(given(dialect, _LINE).c.line))
    return select(points_account).where(mine, _OPEN).order_by(points_account.c.id).with_for_update()


@cache
def _change_many(dialect: str) -> Update:
    table, wanted = points_account, given(dialect, _MORE)
    return (
        update(table).where(table.c.id == wanted.c.account).values({table.c.balance: table.c.balance + wanted.c.points})
    )
