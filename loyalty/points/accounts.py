"""In which account do points stand, and who has it in hand?

A line has one open account; whoever gets the line after it was closed gets a new one. Whatever changes points first
takes the account's row in hand, so that no two do at once; of several they take the one whose id sorts first. The
house's accounts come last, one of them in each deed, and in HOUSES parts each, so that not everybody waits for the same
row. A transaction that does deeds for several lines does them in the order of their ids.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zlib import crc32

from sqlalchemy import BigInteger, String, and_, case, cast, func, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import CursorResult, Row
from sqlalchemy.ext.asyncio import AsyncConnection

from loyalty.points.given_rows import given
from loyalty.points_tables import points_account
from loyalty.tables import to_us

ISSUED, SPENT, DONATED, EXPIRED, CLOSED, WRITTEN_OFF = "issued", "spent", "donated", "expired", "closed", "written_off"
HOUSES: Final = 64
_ATTEMPTS: Final = 5


@dataclass(frozen=True, slots=True)
class Change:
    """What is added to an account, below nothing where it is taken away; ``house`` is one of the house's accounts and
    what its balance gets."""

    balance: int = 0
    held: int = 0
    owed: int = 0
    house: tuple[str, int] | None = None


def house_account(name: str, key: str) -> str:
    """``house:issued/7``: which part of the house's account a key belongs to."""
    return f"house:{name}/{crc32(key.encode()) % HOUSES}"


def debt_account(account_id: str) -> str:
    """Where stands what an account owes: below nothing while it does. Its balance is kept as the account's ``owed``."""
    return f"debt:{account_id}"


def find_line(account_id: str) -> str:
    """Whose account it is, or was: ``line:L1``, ``line/2:L1`` → ``L1``."""
    return account_id.partition(":")[2]


async def take_line(connection: AsyncConnection, line_id: str) -> Row[Any] | None:
    """The line's open account, in the caller's hand until its transaction ends; None: it has none."""
    asked = select(points_account).where(points_account.c.line_id == line_id, points_account.c.closed_at_us.is_(None))
    return (await connection.execute(asked.with_for_update())).one_or_none()


async def take_account(connection: AsyncConnection, account_id: str) -> Row[Any]:
    """An account that is there, open or closed."""
    asked = select(points_account).where(points_account.c.id == account_id)
    return (await connection.execute(asked.with_for_update())).one()


async def take_or_open_line(connection: AsyncConnection, line_id: str) -> Row[Any]:
    """The same as take_line, with an account made where there is none."""
    found = await take_line(connection, line_id)
    return (await take_or_open_lines(connection, [line_id]))[line_id] if found is None else found


async def take_or_open_lines(connection: AsyncConnection, line_ids: Sequence[str]) -> dict[str, Row[Any]]:
    """Each line's open account, in hand. Two statements, however many there are."""
    lines = sorted(set(line_ids))
    for _ in range(_ATTEMPTS):  # another may close one between its making and our taking it
        await open_lines(connection, lines)
        taken = await take_lines(connection, lines)
        if len(taken) == len(lines):
            return taken
    raise LookupError("accounts are closed as fast as they are opened")


async def open_lines(connection: AsyncConnection, lines: Sequence[str]) -> None:
    """Makes an account for those that have none that is open."""
    wanted, table = given(connection, {"line": str}, [{"line": each} for each in lines]), points_account
    former = table.alias("former")
    holders = select(func.count()).where(former.c.line_id == wanted.c.line).scalar_subquery()
    name = case(
        (holders == 0, literal("line:").concat(wanted.c.line)),
        else_=literal("line/").concat(cast(holders + 1, String)).concat(":").concat(wanted.c.line),
    )
    opened = select(former.c.id).where(former.c.line_id == wanted.c.line, former.c.closed_at_us.is_(None)).exists()
    zero = literal(0, BigInteger)
    rows = select(name, wanted.c.line, zero, zero, zero).where(~opened).order_by(wanted.c.line)
    columns = [table.c.id, table.c.line_id, table.c.balance, table.c.held, table.c.owed]
    await connection.execute(_insert(connection).from_select(columns, rows).on_conflict_do_nothing())


async def take_lines(connection: AsyncConnection, lines: Sequence[str]) -> dict[str, Row[Any]]:
    """The open accounts of those that have one, by line, in hand."""
    table = points_account
    wanted = given(connection, {"line": str}, [{"line": each} for each in lines])
    mine = and_(table.c.line_id.in_(select(wanted.c.line)), table.c.closed_at_us.is_(None))
    asked = select(table).where(mine).order_by(table.c.id).with_for_update()
    return {row.line_id: row for row in (await connection.execute(asked)).all()}


async def change(connection: AsyncConnection, account_id: str, more: Change) -> None:
    """Changes an account that is in hand, and with it one of the house's."""
    table = points_account
    mine = table.c.id == account_id
    house_id, house_points = more.house or ("", 0)
    changes = {
        table.c.balance: table.c.balance + case((mine, more.balance), else_=house_points),
        table.c.held: table.c.held + case((mine, more.held), else_=0),
        table.c.owed: table.c.owed + case((mine, more.owed), else_=0),
    }
    both = table.c.id.in_([account_id, house_id]) if more.house else mine
    done: CursorResult[Any] = await connection.execute(update(table).where(both).values(changes))
    if more.house and done.rowcount < 2:
        await change_house(connection, house_id, house_points)


async def change_house(connection: AsyncConnection, house_id: str, points: int) -> None:
    """Changes one of the house's accounts, which need not be there yet."""
    row = {"id": house_id, "line_id": None, "balance": points, "held": 0, "owed": 0}
    statement = _insert(connection).values(row)
    more = {"balance": points_account.c.balance + statement.excluded.balance}
    await connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=more))


async def change_many(connection: AsyncConnection, balances: dict[str, int]) -> None:
    """Changes the balances of accounts that are in hand, in one statement."""
    rows = [{"account": account, "points": points} for account, points in balances.items()]
    wanted = given(connection, {"account": str, "points": int}, rows)
    table = points_account
    more = {table.c.balance: table.c.balance + wanted.c.points}
    await connection.execute(update(table).where(table.c.id == wanted.c.account).values(more))


async def mark_closed(connection: AsyncConnection, account_id: str, event: str, *, now: datetime) -> None:
    """From now on nothing comes to stay."""
    closed = {"closed_at_us": to_us(now), "closed_by": event}
    await connection.execute(update(points_account).where(points_account.c.id == account_id).values(closed))


def _insert(connection: AsyncConnection) -> postgresql.Insert | sqlite.Insert:
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    return insert(points_account)
