"""Who reads a line of a ledger's text table, does it, and says what came of it?

    at 2026-11-22 12:00            the clock, in Asia/Shanghai
    earn e1 A 100                  a bill of line A's earned 100 points (`earn_many e1:A:100 e2:B:5`: a batch)
    spend s1 A 40                  (`donate`: to a good cause; `hold`, then `capture s1` or `release s1`)
    return r1 s1                   what s1 spent goes back
    take_back t1 e1 [30]           what e1 earned is taken back, or so much of it
    transfer x1 A B 20 [stranger]  to another line of the customer's (or a stranger's)
    expire 2029-12-01              the month-end run of that day
    close c1 A                     the line's account is closed

What is expected follows: ``-> answer | balances``, a balance being ``A 60``, ``A 60 held 10``, ``A 0 owed 20``,
``A 60 free 0`` where not all that is not held can be spent.
"""

from contextlib import AbstractAsyncContextManager
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from gateway.database import open_database, read, write
from gateway.identity.audit.append_only import AppendOnly, create_triggers
from graphql_schema.types.month import BUSINESS_ZONE
from loyalty.points.answers import Held, Kind, PointsRefused, Posted, TakenBack
from loyalty.points.audit import Difference, audit
from loyalty.points.closing import close
from loyalty.points.earning import Earning, earn, earn_many
from loyalty.points.expiring import Expired, expire
from loyalty.points.holding import capture, release, reserve
from loyalty.points.policies import MONTHS_36
from loyalty.points.spending import Spending, return_points, spend
from loyalty.points.statement import fetch_balance
from loyalty.points.taking_back import take_back
from loyalty.points.transferring import Holder, Transfer, transfer
from loyalty.tables import metadata

START = datetime(2026, 11, 22, 12, tzinfo=BUSINESS_ZONE)
TABLES = [table for name, table in metadata.tables.items() if name.startswith("points_")]


def bill(event: str, line_id: str, points: int) -> Earning:
    return Earning(event, line_id, points, Kind.BILL, f"of:{event}")


def spending(event: str, line_id: str, points: int, kind: Kind = Kind.SPENT) -> Spending:
    return Spending(event, line_id, points, f"of:{event}", kind)


async def furnish(url: str) -> None:
    """Makes the ledger's tables, with the guard that the house puts on postings."""
    engine = open_database(url)
    async with write(engine) as connection:
        await connection.run_sync(lambda sync: [table.create(sync) for table in TABLES])
        await connection.run_sync(create_triggers, [AppendOnly("points_posting")])
    await engine.dispose()


class Scribe:
    """A ledger over a database, its clock, and every deed by name."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine, self.now = engine, START
        self.policies = [MONTHS_36]

    def transaction(self) -> AbstractAsyncContextManager[AsyncConnection]:
        return write(self.engine)

    def reading(self) -> AbstractAsyncContextManager[AsyncConnection]:
        return read(self.engine)

    async def do(self, deed: str, *words: str) -> Any:
        """What the ledger answers."""
        if deed == "expire":
            return await expire(self.transaction, date.fromisoformat(words[0]), now=self.now, batch=2)
        async with self.transaction() as connection:
            answer: Any = await getattr(self, deed)(connection, *words)
            return answer

    async def earn(self, connection: AsyncConnection, event: str, line: str, points: str) -> Posted:
        return await earn(connection, bill(event, line, int(points)), self.policies, now=self.now)

    async def earn_many(self, connection: AsyncConnection, *earnings: str) -> tuple[Posted, ...]:
        told = [each.split(":") for each in earnings]
        wanted = [bill(event, line, int(points)) for event, line, points in told]
        return await earn_many(connection, wanted, self.policies, now=self.now)

    async def spend(self, connection: AsyncConnection, event: str, line: str, points: str) -> Any:
        return await spend(connection, spending(event, line, int(points)), now=self.now)

    async def donate(self, connection: AsyncConnection, event: str, line: str, points: str) -> Any:
        return await spend(connection, spending(event, line, int(points), Kind.DONATED), now=self.now)

    async def hold(self, connection: AsyncConnection, event: str, line: str, points: str) -> Any:
        return await reserve(connection, spending(event, line, int(points)), now=self.now)

    async def capture(self, connection: AsyncConnection, event: str) -> Any:
        return await capture(connection, event, now=self.now)

    async def release(self, connection: AsyncConnection, event: str) -> Any:
        return await release(connection, event, now=self.now)

    async def return_(self, connection: AsyncConnection, event: str, spent: str) -> Any:
        return await return_points(connection, event, spent=spent, now=self.now)

    async def take_back(self, connection: AsyncConnection, event: str, earned: str, points: str = "") -> Any:
        most = int(points) if points else None
        return await take_back(connection, event, earned=earned, points=most, now=self.now)

    async def transfer(self, connection: AsyncConnection, event: str, *told: str) -> Any:
        giver, taker, points, *stranger = told
        sides = Holder(giver, "owner"), Holder(taker, *stranger or ["owner"])
        return await transfer(connection, Transfer(event, *sides, int(points)), now=self.now)

    async def close(self, connection: AsyncConnection, event: str, line: str) -> Any:
        return await close(connection, event, line, now=self.now)

    async def fetch_rows(self) -> dict[str, list[Any]]:
        """Every row of the ledger."""
        async with self.reading() as connection:
            return {
                table.name: list((await connection.execute(select(table).order_by(*table.primary_key))).all())
                for table in TABLES
            }

    async def audit(self) -> list[Difference]:
        return [each async for each in audit(self.reading, page=3)]

    async def render_balance(self, line: str) -> str:
        """``A 60 held 10``."""
        async with self.reading() as connection:
            found = await fetch_balance(connection, line, now=self.now)
        told = f"{line} {found.points}"
        told += f" held {found.held}" if found.held else ""
        told += f" free {found.spendable}" if found.spendable != found.points - found.held else ""
        return told + (f" owed {found.owed}" if found.owed else "")


def render_answer(answer: Any) -> str:
    """As a table says it."""
    match answer:
        case Posted(points=points):
            return str(points)
        case Held(points=points):
            return f"held {points}"
        case TakenBack(points=points, owed=owed):
            return f"{points} owed {owed}"
        case PointsRefused(reason=reason, most=most):
            return f"refused {reason}" + ("" if most is None else f" {most}")
        case Expired(lots=lots, points=points):
            return f"{points} of {lots}"
    return " ".join(render_answer(each) for each in answer)
